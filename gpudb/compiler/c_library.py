"""The functions of the C library that the language's floats go to, in every back end of the CPU."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import lru_cache

UNARY = ("exp", "log", "log10", "sin", "cos", "tan", "asin", "acos", "atan")
BINARY = ("atan2", "pow", "fmod")
# Instructions in machine code; functions where Python asks.
ROUNDINGS = ("sqrt", "floor", "ceil", "rint")
# What their names begin with in object code.
PREFIX = "gpudb_"
# What LLVM makes of loops that copy and clear.
MEMORY = ("memcpy", "memmove", "memset", "memcmp")


def process() -> ctypes.CDLL:
    """Return the C library that this process runs with."""
    return ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)


@lru_cache(maxsize=1)
def load() -> dict[str, Callable[..., float]]:
    """Return the functions by name. They raise nothing: log(-1.0) is NaN."""
    library = process()
    found: dict[str, Callable[..., float]] = {}
    for names, count in ((UNARY + ROUNDINGS, 1), (BINARY, 2)):
        for name in names:
            function = library[name]
            function.restype = ctypes.c_double
            function.argtypes = [ctypes.c_double] * count
            found[name] = function
    return found


def address(name: str) -> int:
    """Return the address of a function of the C library in this process."""
    function = load()[name] if name not in MEMORY else process()[name]
    found = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]
    assert found is not None
    return found


def find_address(symbol: str) -> int | None:
    """Return the address of what object code calls by `symbol`; None for what is not known here."""
    name = symbol.removeprefix(PREFIX)
    is_ours = symbol in MEMORY if name == symbol else name in (*UNARY, *BINARY)
    return address(name) if is_ours else None
