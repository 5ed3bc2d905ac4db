"""Functions that users make: their types, and how they are computed.

COMPILED   text of the kernel language, called in the kernel for each row
PYTHON     a Python function, called once for each distinct combination of arguments
ARROW      a Python function over batches of Arrow arrays
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from gpudb.records import dataclass
from gpudb.storage.types import SqlType


class Mode(enum.Enum):
    """How a function is computed."""

    COMPILED = "compiled"
    PYTHON = "python"
    ARROW = "arrow"


@dataclass(frozen=True, slots=True)
class KernelText:
    """A function in the kernel language: `name` is one of `functions`, which hold their texts.

    One that `may_stop` returns a wide number: the bits of its value below a status, which is 0, or
    -1 for NULL, or the number of one of `stops`, from 1. One that is total ends for any arguments.
    """

    name: str
    functions: Mapping[str, str]
    may_stop: bool
    may_be_null: bool
    is_total: bool
    stops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a function gave for arrays of arguments, and what went wrong, row by row.

    `failures` holds messages, NULL where there is an answer; it is None where nothing failed.
    """

    values: pa.Array
    failures: pa.Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class UserFunction:
    """One function. A strict one gives NULL where an argument is NULL, without being called."""

    name: str
    parameters: tuple[SqlType, ...]
    result: SqlType
    mode: Mode
    is_strict: bool
    description: str
    kernel: KernelText | None = None
    evaluate: Callable[[Sequence[pa.Array], int], Outcome] | None = None

    @property
    def signature(self) -> str:
        """The function as \\df shows it."""
        return f"{self.name}({', '.join(map(str, self.parameters))}) -> {self.result}"
