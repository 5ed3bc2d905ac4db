"""What an encoded column is made of, and what every encoding offers.

An encoding turns the physical values of one column of one chunk into a few flat buffers and
scalars:

    PhysicalColumn(values, nulls) --encode--> Encoded(layout, rows, buffers, scalars)
                                  <--decode--
                                  <--at(*buffers, *scalars, row)--     one value, inside kernels

`at` and `is_null_at` are written in the kernel language: scalar Python on ints and floats, typed by
use, which calls nothing but the language's own words, so that its text can be pasted into any
kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from gpudb.records import dataclass
from gpudb.storage.statistics import Statistics

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EncodingRequest:
    """What DDL asks of a column: `kind` is DICT, FIXED, DAYS or NONE, `bits` its width (0 for
    NONE)."""

    kind: str
    bits: int = 0

    def __str__(self) -> str:
        return f"{self.kind}({self.bits})" if self.bits else self.kind


@dataclass(frozen=True, slots=True)
class PhysicalColumn:
    """Values as gpudb.storage.types defines them: int8..int64, uint8..uint32, float32 or float64.

    `nulls` is True where the value is NULL, or None where there is no NULL; a value under a NULL
    means nothing.
    """

    values: Array
    nulls: Mask | None = None

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        """Unpack as values and nulls."""
        return iter((self.values, self.nulls))


@dataclass(frozen=True, slots=True)
class Layout:
    """All that shapes the code that reads an encoded column; equal layouts share their kernels.

    `buffers` are (name, numpy dtype name) and `scalars` (name, "int" or "float"), in the order in
    which `at` takes them, buffers first. `nulls` is "none", "code" (one code means NULL) or
    "bitmap" (the last buffer, `null_bits`, has bit `row & 7` of byte `row >> 3` set where the row
    is NULL). `at` and `is_null_at` of an encoding always take the same arguments, so a raw column
    without NULLs has an empty `null_bits`. The layout of arrays has that of their `elements`, whose
    buffers and scalars stand behind its own.
    """

    encoding: str
    buffers: tuple[tuple[str, str], ...]
    scalars: tuple[tuple[str, str], ...]
    nulls: str
    elements: Layout | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """One column of one chunk; `buffers` and `scalars` stand in the order of `layout`."""

    layout: Layout
    rows: int
    buffers: tuple[Array, ...]
    scalars: tuple[int | float, ...]

    @property
    def size_bytes(self) -> int:
        """The bytes of all buffers."""
        return sum(buffer.nbytes for buffer in self.buffers)

    def scalar(self, name: str) -> int | float:
        """Return the scalar called `name`."""
        names = [scalar_name for scalar_name, _ in self.layout.scalars]
        return self.scalars[names.index(name)]


@dataclass(frozen=True, slots=True)
class Encoding:
    """One way to store numbers; each module of this package defines one, as ENCODING.

    `estimate` gives the bytes that the encoding would take, None where it does not apply. `encode`
    gives None where the values turn out not to fit after all (estimates may look at a sample only).
    `at` and `is_null_at` are functions of the kernel language; `is_null_at` is only called where
    `layout.nulls` is not "none".
    """

    name: str
    estimate: Callable[[PhysicalColumn, Statistics], int | None]
    encode: Callable[[PhysicalColumn, Statistics], Encoded | None]
    decode: Callable[[Encoded], PhysicalColumn]
    at: Callable[..., int | float]
    is_null_at: Callable[..., bool]
