"""Our compiler: machine code by LLVM, kept in memory and, where a folder is given, on disk."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from gpudb.compiler import machine_code
from gpudb.compiler.behind import BEHIND
from gpudb.compiler.cache import LIMIT_BYTES, Folder
from gpudb.compiler.language import Program
from gpudb.compiler.machine_code import NativeProgram
from gpudb.compiler.memory import Memory


def compile_program(
    program: Program, folder: Path | None = None, *, limit_bytes: int = LIMIT_BYTES
) -> NativeProgram:
    """Return the program as machine code: from memory, from `folder`, or compiled.

    Raises LanguageError, which names the line, for what is not in the kernel language.
    """
    compiled = _open(folder, limit_bytes).compile_program(program)
    if not compiled.from_cache:
        BEHIND.put_off()
    return compiled


@lru_cache(maxsize=8)
def _open(folder: Path | None, limit_bytes: int) -> Memory[NativeProgram]:
    if folder is None:
        return Memory(machine_code.compile_program)
    return Memory(Folder(folder, limit_bytes=limit_bytes).compile_program)
