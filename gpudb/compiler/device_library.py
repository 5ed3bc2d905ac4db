"""The functions in the kernel language that come with a device without a C library."""

from __future__ import annotations

import ast
from functools import lru_cache
from importlib.resources import files

from gpudb.compiler import c_library
from gpudb.compiler.language import Source, parse, parse_python

_MODULES = ("device_math", "device_angles")
# A builtin that goes to the C library elsewhere -> the function that stands for it here.
REPLACEMENTS = {name: f"device_{name}" for name in (*c_library.UNARY, *c_library.BINARY)}


@lru_cache(maxsize=1)
def device_text() -> str:
    """Return the text of the functions, without imports and docstrings."""
    kept: list[str] = []
    for name in _MODULES:
        text = files("gpudb.compiler").joinpath(f"{name}.py").read_text(encoding="utf-8")
        module = parse_python(text)
        kept += [ast.unparse(n) for n in module.body if isinstance(n, ast.FunctionDef | ast.Assign)]
    return "\n\n".join(kept)


@lru_cache(maxsize=1)
def device_source() -> Source:
    """Return the functions, parsed."""
    return parse(device_text(), "device library")
