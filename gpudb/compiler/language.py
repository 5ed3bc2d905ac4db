"""The kernel language: what generated text may say, and the types it speaks of.

A small subset of Python over int (int64, wraps), float (float64), bool, wide (int128) and pointers
to narrow numbers. `check` turns a program's text into the typed functions of `tree`; `native`,
`reference` and `numba` turn those into something that runs.

    Program(text, library, entries) --parse--> Source --check--> tree.Function ... --back end-->
"""

from __future__ import annotations

import ast
import threading
from dataclasses import field
from enum import Enum
from functools import lru_cache

from gpudb.errors import InternalError, NotSupportedError
from gpudb.records import dataclass


class ValueType(Enum):
    """The type of a value in a kernel."""

    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    WIDE = "wide"

    # Members are singletons: hashing by identity keeps the checker's dictionaries fast.
    __hash__ = object.__hash__


ELEMENTS = {
    name: ValueType.FLOAT if name.startswith("float") else ValueType.INT
    for name in (
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"),
        *("float32", "float64"),
    )
}
# The words of devices whose kernels find columns in tables of addresses.
COLUMNS = {f"{element}_column": element for element in ELEMENTS}


@dataclass(frozen=True, slots=True)
class Pointer:
    """A buffer of `element` (a numpy dtype name in ELEMENTS); a load widens to int or float.

    Buffers that a kernel writes must not overlap any other buffer of the same call, but for Views.
    """

    element: str

    def __post_init__(self) -> None:
        if self.element not in ELEMENTS:
            raise LanguageError(f"there is no pointer to {self.element}")

    @property
    def loaded(self) -> ValueType:
        """The type of a loaded element."""
        return ELEMENTS[self.element]


@dataclass(frozen=True, slots=True)
class Scratch(Pointer):
    """`length` elements that a block of threads shares while it runs.

    A device with blocks sets them aside by itself, with undefined content; elsewhere the host
    passes an array. `view_of` names another scratch of the same entry whose memory this one is.
    """

    length: int
    view_of: str | None = None


@dataclass(frozen=True, slots=True)
class Column(Pointer):
    """A buffer that nobody changes while a kernel runs: its loads may come early."""


@dataclass(frozen=True, slots=True)
class View(Pointer):
    """The buffer of the entry's parameter `of` once more, read and written as other elements.

    What is passed for it is the same memory. Back ends that assume that buffers do not overlap
    read both through the one pointer.
    """

    of: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A function of the text that the host calls; its parameters, in order."""

    name: str
    parameters: tuple[tuple[str, ValueType | Pointer], ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A kernel's source: `text` holds the entries, `library` the functions that they may call.

    Who waits for it can begin with code that is made `soon` and made well while it runs.
    """

    text: str
    library: str
    # The texts say nearly all; hashing each parameter, too, took longer than finding the code.
    entries: tuple[Entry, ...] = field(hash=False)
    soon: bool = False


class LanguageError(InternalError):
    """The text is not in the kernel language: names the line and shows it."""


@dataclass(frozen=True, slots=True)
class Source:
    """The functions and the constants (`NAME = 1` at the top level) of a text or a library."""

    title: str
    lines: tuple[str, ...]
    functions: dict[str, ast.FunctionDef]
    constants: dict[str, int | float | bool]

    def error(self, node: ast.AST, message: str) -> LanguageError:
        """Return the error that places `message` at the line of `node`."""
        line: int = getattr(node, "lineno", 1)
        source = self.lines[line - 1].strip() if line <= len(self.lines) else ""
        return LanguageError(f"{self.title}, line {line}: {message}\n    {source}")


_PARSING = threading.Lock()
TOO_DEEP = (
    "an expression is nested too deeply; compute its parts in a subquery, as columns with names"
)


def parse_python(text: str) -> ast.Module:
    """Parse Python, one thread at a time.

    CPython counts how deep a tree is in one place for all threads: where one stops halfway, for the
    garbage collector, another's count is wrong, and both raise SystemError (gh-106905).
    """
    with _PARSING:
        return ast.parse(text)


@lru_cache(maxsize=64)
def parse(text: str, title: str) -> Source:
    """Parse a text into its functions; raises LanguageError for anything else at the top level."""
    try:
        module = parse_python(text)
    except (SyntaxError, ValueError, MemoryError) as error:
        if isinstance(error, MemoryError) or "too many" in str(error):
            raise NotSupportedError(TOO_DEEP) from None
        line = getattr(error, "lineno", None) or 1
        shown = (getattr(error, "text", None) or "").strip()
        raise LanguageError(f"{title}, line {line}: {error}\n    {shown}") from None
    source = Source(title, tuple(text.split("\n")), {}, {})
    for node in module.body:
        match node:
            case ast.FunctionDef(name=name):
                if name in source.functions:
                    raise source.error(node, f"{name} is defined twice")
                source.functions[name] = node
            case ast.Assign(targets=[ast.Name(id=name)]):
                source.constants[name] = _constant(source, node)
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case _:
                raise source.error(node, "only functions and constants stand at the top level")
    return source


def _constant(source: Source, node: ast.Assign) -> int | float | bool:
    try:
        value = ast.literal_eval(node.value)
    except ValueError:
        value = None
    if not isinstance(value, int | float):
        raise source.error(node, "a constant is a number, True or False")
    return value
