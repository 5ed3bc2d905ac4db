"""Writes a kernel's text: lines, unique names, parameters, and the functions it calls."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from gpudb.compiler.language import COLUMNS, Pointer, Scratch, ValueType
from gpudb.errors import Error
from gpudb.kernels.origins import SAME, Origin
from gpudb.records import dataclass
from gpudb.sql.expr import Span
from gpudb.sql.functions.registry import kernel_source

if TYPE_CHECKING:
    from gpudb.kernels.domains import Domain

LanguageType = ValueType | Pointer
Argument = np.ndarray | int | float | bool
# How lines begin that are no plain assignments or stores.
CONTROL = ("if ", "while ", "for ", "return ")
# Of a name the first letters: LLVM cuts those of more than 1,024 itself, and may make two one.
LONGEST_NAME = 100
# Calls in calls in one line.
MOST_MIXED = 16
RESERVED = frozenset(keyword.kwlist) | {
    *("first", "end", "step", "row", "errors", "range", "min", "max", "abs", "int", "float"),
    *("bool", "wide", "pow", "exp", "log", "sqrt", "floor", "ceil", "sin", "cos", "tan", "mix"),
    *(
        "block",
        "block_end",
        "start",
        "own",
        "own_end",
        "keep",
        "flags",
        "selected",
        "kept",
        "place",
    ),
    *("eight", "group_bits", "copy", "pieces", "piece", "shift", "abreast", *COLUMNS),
    *("states", "float_states", "used", "group_mask", "group_room"),
    *("is_dealing", "is_closed", "part_places", "part_ends", "part_owners"),
    *("fail", "add", "lowest", "highest", "narrow", "isnan", "rint", "quotient", "remainder"),
    *("reserve", "claim", "peek", "thread_index", "thread_count"),
    *("group_keys", "group_limit"),
    *("open_block", "close_block", "block_states", "block_float_states", "block_group_keys"),
    *("partition_counts", "partition_places", "block_counts"),
    *("barrier", "shuffle_down", "block_thread", "block_threads"),
}


# The words that change memory which many threads share, on devices that do: atomics there.
SHARED_WORDS = frozenset(
    {
        *("add", "add_wide", "add_wide_value", "and_bits", "or_bits", "xor_bits"),
        *("lowest", "highest", "lowest_float", "highest_float", "multiply"),
    }
)


class NoSharedFormError(Exception):
    """A kernel changes its memory by more than atomics can, so it runs on the host."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A parameter whose argument is known when the kernel is generated.

    Without an `origin` it follows from what must be the same for the text to serve again.
    """

    value: Argument
    origin: Origin = SAME


@dataclass(frozen=True, slots=True)
class FromChunk:
    """A parameter whose argument is part `part` of the source's column `field` in each chunk."""

    field: int
    part: int


@dataclass(frozen=True, slots=True)
class FromLimits:
    """A parameter of two codes: those of a frame's column whose values lie in low to high."""

    field: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class FromWorker:
    """A parameter whose argument each worker owns, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class FromChunkNumber:
    """A parameter that ascends with the chunks: a chunk's number, shifted by `bits`."""

    bits: int


Supply = Constant | FromChunk | FromLimits | FromWorker | FromChunkNumber


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the kernel after first, end and step."""

    name: str
    type: LanguageType
    supply: Supply


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a kernel may fail: the error to raise, from the two integers it leaves."""

    error: Callable[[int, int], Error]
    span: Span | None


@dataclass(frozen=True, slots=True)
class Phases:
    """What a block of threads does before its rows and after them, barriers between.

    `scratch` is memory that it shares; for some parameters of the rows it stands `instead`. The
    lines are those of two functions of all parameters and the scratch that they name.
    """

    scratch: tuple[tuple[str, Scratch], ...]
    instead: Mapping[str, str]
    opening: tuple[str, ...]
    closing: tuple[str, ...]


class Block:
    """What is written inside the `with` stands one level deeper, below `head`."""

    __slots__ = ("_begin", "_head", "_writer")

    def __init__(self, writer: Writer, head: str) -> None:
        self._writer, self._head = writer, head

    def __enter__(self) -> None:
        writer = self._writer
        writer.line(self._head)
        writer.depth += 1
        self._begin = len(writer.lines)

    def __exit__(self, failed: object, error: object, trace: object) -> None:
        writer = self._writer
        if failed is None and len(writer.lines) == self._begin:
            writer.line("pass")
        writer.depth -= 1


class Writer:
    """The text of one kernel in the making.

    Many threads change the same memory at once where it `is_shared`.
    """

    def __init__(self, *, is_shared: bool = False) -> None:
        self.is_shared = is_shared
        self.lines: list[str] = []
        self.depth = 1
        self.parameters: list[Parameter] = []
        self.sites: list[Site] = []
        self.functions: dict[str, str] = {}
        # Whether a row may take any time: users' functions may.
        self.is_lengthy = False
        # Whether the text may serve again: not where an array is known to be of this run only.
        self.may_be_kept = True
        # The domains that were asked for, of fields whose codes are made for the query.
        self.domains: dict[int, Domain] = {}
        # Where else arrays come from that are passed once, by their parameters' names.
        self.others: list[tuple[str, Origin]] = []
        # The lines that read columns of the source's row, and do nothing else.
        self.reads: set[str] = set()
        self.phases: Phases | None = None
        # Besides RESERVED.
        self._names: set[str] = set()
        self._constants: dict[int, str] = {}
        # Parts of chunks, by field and part.
        self._supplies: dict[tuple[int, int], str] = {}

    def line(self, text: str) -> None:
        """Write a line at the present depth."""
        self.lines.append("    " * self.depth + text)

    def block(self, head: str) -> Block:
        """Write `head` and, one level deeper, what is written inside the `with`."""
        return Block(self, head)

    def note_reads(self, begin: int) -> None:
        """Note that the lines from `begin` on read columns of the source's row."""
        if self.is_shared:  # only those of many threads are moved, to another depth perhaps
            self.reads.update(line.strip() for line in self.lines[begin:])

    @contextmanager
    def captured(self) -> Iterator[list[str]]:
        """Keep the lines written inside the `with` apart, one level deeper.

        The caller places them.
        """
        before, self.lines = self.lines, []
        self.depth += 1
        kept: list[str] = []
        yield kept
        kept.extend(self.lines)
        self.lines = before
        self.depth -= 1

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Undo, at the end, whatever is written inside the `with`."""
        before, self.lines = self.lines, []
        parameters, sites = len(self.parameters), len(self.sites)
        constants, names = dict(self._constants), set(self._names)
        supplies = dict(self._supplies)
        yield
        self.lines, self._constants, self._names = before, constants, names
        self._supplies = supplies
        del self.parameters[parameters:]
        del self.sites[sites:]

    def name(self, wanted: str) -> str:
        """Return an unused name like `wanted`."""
        stem = _identifier(wanted)
        name, number = stem, 1
        while name in self._names or name in RESERVED:
            number += 1
            name = f"{stem}{number}"
        self._names.add(name)
        return name

    def parameter(self, wanted: str, type: LanguageType, supply: Supply) -> str:
        """Add a parameter and return its name; a part of a chunk is passed only once."""
        if isinstance(supply, FromChunk):
            return self.chunk_parameter(wanted, type, supply.field, supply.part)
        name = self.name(wanted)
        self.parameters.append(Parameter(name, type, supply))
        return name

    def chunk_parameter(self, wanted: str, type: LanguageType, field: int, part: int) -> str:
        """Return the parameter of a part of each chunk, which is added where it is not yet."""
        known = self._supplies.get((field, part))
        if known is None:
            known = self._supplies[field, part] = self.name(wanted)
            self.parameters.append(Parameter(known, type, FromChunk(field, part)))
        return known

    def worker_parameter(self, name: str, type: LanguageType) -> None:
        """Add a parameter that each worker owns, under just this name, one of RESERVED."""
        assert name in RESERVED, name
        self.parameters.append(Parameter(name, type, FromWorker(name)))

    def constant(self, wanted: str, value: Argument, origin: Origin | None = None) -> str:
        """Add a parameter for a value that is known now; one array is passed only once.

        A number without an `origin` follows from what is the same for others that the text serves;
        of an array that has to be said.
        """
        if not isinstance(value, np.ndarray):
            name = self.name(wanted)
            supply = Constant(value, origin or SAME)
            self.parameters.append(Parameter(name, scalar_type(value), supply))
            return name
        if origin is None:
            self.may_be_kept = False
        known = self._constants.get(id(value))
        if known is None:
            supply = Constant(value, origin or SAME)
            known = self.parameter(wanted, pointer_to(value.dtype), supply)
            self._constants[id(value)] = known
        elif origin is not None:
            self.others.append((known, origin))
        return known

    def assign(self, wanted: str, text: str) -> str:
        """Bind `text` to a new name, unless it is one, and return that."""
        if text.isidentifier() or text in ("True", "False"):
            return text
        name = self.name(wanted)
        self.line(f"{name} = {text}")
        return name

    def use(self, function: Callable[..., object], *uses: Callable[..., object]) -> str:
        """Make a function of the kernel language callable and return its name."""
        for each in (*uses, function):
            if each.__name__ not in self.functions:
                self.functions[each.__name__] = kernel_source(each)
        return function.__name__

    def use_text(self, functions: Mapping[str, str]) -> None:
        """Make functions callable that are given by their texts."""
        self.functions.update(functions)

    def use_change(self, function: Callable[..., object], *uses: Callable[..., object]) -> str:
        """Make a function that changes a worker's memory callable; raises NoSharedFormError."""
        if self.is_shared and function.__name__ not in SHARED_WORDS:
            raise NoSharedFormError(f"{function.__name__} is not done by atomics")
        return self.use(function, *uses)

    def fail(self, condition: str, site: Site, first: str = "0", second: str = "0") -> None:
        """Stop the kernel with the site's error where `condition` holds."""
        self.sites.append(site)
        with self.block(f"if {condition}:"):
            self.line(f"return {self.use(fail)}(errors, {len(self.sites)}, {first}, {second})")


def mixed(words: Iterable[str], hold: Callable[[str], str]) -> str:
    """Return the text of the hash of words; of many, what is deep is given to `hold` for a name."""
    code = "0"
    for count, word in enumerate(words):
        if count and count % MOST_MIXED == 0:
            code = hold(code)
        code = f"mix({code} ^ {word})"
    return code


def fail(errors, site, first, second):  # type: ignore[no-untyped-def]
    """Record an error for the host; the kernel returns -1."""
    errors[0] = site
    errors[1] = first
    errors[2] = second
    return -1


@lru_cache(maxsize=4096)
def _identifier(wanted: str) -> str:
    """Return the identifier that is most like `wanted`."""
    stem = re.sub(r"\W+", "_", wanted.lower(), flags=re.ASCII)[:LONGEST_NAME].strip("_") or "value"
    return f"value_{stem}" if stem[0].isdigit() else stem


@lru_cache(maxsize=64)
def pointer_to(dtype: np.dtype) -> Pointer:
    """Return the pointer type of an array; booleans are bytes."""
    return Pointer("uint8" if dtype == np.bool_ else dtype.name)


def scalar_type(value: int | float | bool) -> ValueType:
    """Return the type of a number that is passed by itself."""
    if isinstance(value, bool | np.bool_):
        return ValueType.BOOL
    return ValueType.FLOAT if isinstance(value, float) else ValueType.INT


def without_bools(argument: Argument) -> Argument:
    """Return masks as bytes, which is what kernels read."""
    if isinstance(argument, np.ndarray) and argument.dtype.kind == "b":
        return argument.view(np.uint8)
    return argument
