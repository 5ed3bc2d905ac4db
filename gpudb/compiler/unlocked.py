"""LLVM's two long calls, without the lock that llvmlite holds around every call.

Modules of contexts of their own share nothing, nor do the machines that threads have each for
themselves: so code can be made while other threads wait for theirs. Neither call holds the GIL.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llvmlite.binding import ModulePassManager, ModuleRef, PassBuilder, TargetMachine


def run_passes(passes: ModulePassManager, module: ModuleRef, builder: PassBuilder) -> None:
    """Run passes over a module whose context is of this thread."""
    _library().LLVMPY_RunNewModulePassManager(passes, module, builder)


def emit_object(machine: TargetMachine, module: ModuleRef) -> bytes:
    """Return the object code of a module whose context, as the machine, is of this thread."""
    from llvmlite.binding import ffi

    with ffi.OutputString() as error:
        made = _library().LLVMPY_TargetMachineEmitToMemory(machine, module, 1, error)
        if not made:
            raise RuntimeError(str(error))
    try:
        size: int = ffi.lib.LLVMPY_GetBufferSize(made)
        return ctypes.string_at(ffi.lib.LLVMPY_GetBufferStart(made), size)
    finally:
        ffi.lib.LLVMPY_DisposeMemoryBuffer(made)


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    """Return llvmlite's library with the types of both calls."""
    from llvmlite.binding import ffi

    library = ctypes.CDLL(ffi.lib._name)
    run, emit = library.LLVMPY_RunNewModulePassManager, library.LLVMPY_TargetMachineEmitToMemory
    run.argtypes = (ffi.LLVMModulePassManagerRef, ffi.LLVMModuleRef, ffi.LLVMPassBuilderRef)
    run.restype = None
    strings = ctypes.POINTER(ctypes.c_char_p)
    emit.argtypes = (ffi.LLVMTargetMachineRef, ffi.LLVMModuleRef, ctypes.c_int, strings)
    emit.restype = ffi.LLVMMemoryBufferRef
    return library
