"""This machine's CPU and LLVM, told apart from others without loading LLVM.

Object code from the cache runs only where it was made. LLVM, which names the CPU and its features,
takes 40 ms to load, so what it said is kept under what it said it from: the words of CPUID and
XGETBV (Intel's manual, volume 2A and 2D), and the file that LLVM lies in.
"""

from __future__ import annotations

import ctypes
import platform
from functools import lru_cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from gpudb.compiler.loader import LoadedCode

# push rbx; mov eax, edi; mov ecx, esi; mov r8, rdx; cpuid; the four words to r8; pop rbx; ret
CPUID = bytes.fromhex("5389f889f14989d00fa241890041895804418948084189500c5bc3")
# mov ecx, edi; xgetbv; shl rdx, 32; mov eax, eax; or rax, rdx; ret
XGETBV = bytes.fromhex("89f90f01d048c1e22089c04809d0c3")
# Leaf and part: the maker; the model and its features; what is saved; AVX10; AMD's.
LEAVES = (
    *((0, 0), (1, 0), (7, 0), (7, 1), (7, 2), (0xD, 1), (0x14, 0), (0x19, 0), (0x1E, 1)),
    *((0x24, 0), (0x80000000, 0), (0x80000001, 0), (0x80000008, 0), (0x80000021, 0)),
)
IS_EXTENDED = 0x80000000
HAS_XGETBV = 1 << 27


@lru_cache(maxsize=1)
def find_machine() -> str | None:
    """Return a hash of the CPU and of the LLVM that this process would load.

    None where that is not known; then LLVM is asked.
    """
    library = _find_library()
    if library is None or platform.machine() != "x86_64" or platform.system() != "Linux":
        return None
    about = library.stat()
    of = (str(library), about.st_size, about.st_mtime_ns, *_words())
    return blake2b(repr(of).encode(), digest_size=20).hexdigest()


def _find_library() -> Path | None:
    found = find_spec("llvmlite")
    if found is None or found.origin is None:
        return None
    library = Path(found.origin).parent / "binding" / "libllvmlite.so"
    return library if library.is_file() else None


def _words() -> list[int]:
    """Return what CPUID says of features, and XGETBV of the registers that the system keeps."""
    code = LoadedCode(CPUID + XGETBV, {"cpuid": 0, "xgetbv": len(CPUID)})
    ask = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p)
    cpuid = ask(code.get_function_address("cpuid"))
    words = (ctypes.c_uint32 * 4)()
    greatest: dict[bool, int] = {}
    found: list[int] = []
    for leaf, part in LEAVES:
        is_extended = leaf >= IS_EXTENDED
        if leaf > greatest.get(is_extended, leaf):
            continue
        cpuid(leaf, part, ctypes.byref(words))
        greatest.setdefault(is_extended, words[0])
        # The second word of leaf 1 names the core that the thread happens to be on.
        found += [leaf, words[0], 0 if leaf == 1 else words[1], words[2], words[3]]
        if leaf == 1 and words[2] & HAS_XGETBV:
            xgetbv = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint32)
            found.append(xgetbv(code.get_function_address("xgetbv"))(0))
    return found
