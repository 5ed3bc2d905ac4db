"""The words of a device: what it does by itself, where others call a function of the library.

Three ways, which the checker knows and the device's back end completes:

    results         name -> the result's type for arguments of given types; the back end has code
    library         functions of the kernel language that come with the device
    replacements    a builtin -> the function of `library` that stands for it
    columns         name -> the elements of the buffer whose address it takes out of a table
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from gpudb.compiler.language import Pointer, Source, ValueType
from gpudb.compiler.tree import Function
from gpudb.records import dataclass

Types = tuple[ValueType | Pointer, ...]
# Gives the type of the result, None for nothing, or in words why the arguments do not fit.
Typing = Callable[[Types], ValueType | str | None]


@dataclass(frozen=True, slots=True)
class Word:
    """How a word is typed, and the function that writes its body's lines."""

    typing: Typing
    write: Callable[[Function], list[str]]


@dataclass(frozen=True, slots=True)
class Words:
    """What a device knows; its words win over functions of the same name."""

    results: Mapping[str, Typing]
    library: Source
    replacements: Mapping[str, str]
    columns: Mapping[str, str] = field(default_factory=dict)


NO_WORDS = Words({}, Source("device", (), {}, {}), {})
