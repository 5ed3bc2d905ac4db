"""Which strings hold a part: all their bytes are searched at once, and a hit is given its string.

    bytes      http://a.b/googlehttp://c.d/search?..      256 at once: is the part's first byte here
    begins     0                 18                       and its last where that would end?
    found      1                 0

Few places pass that test, which SIMD makes; there all bytes are compared, and what reaches over a
string's end is none.
"""

# Arrays of a kernel's language are arrays of NumPy, whose elements mypy does not know.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gpudb.compiler.language import Entry, Pointer, ValueType
from gpudb.kernels.domains import TextTable
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.library import eight_bytes
from gpudb.late import compute as pc
from gpudb.storage.encodings.arrays import array_of

if TYPE_CHECKING:
    Ints = np.ndarray

INT, BYTES = ValueType.INT, Pointer("uint8")
BLOCK = 256
# Of fewer bytes Arrow's search has ended before the kernel is there.
LEAST_BYTES = 1 << 16
# A single byte is in so many places that most would be compared.
LEAST_PART = 2
SEARCH = Entry(
    "mark_holders",
    (
        ("first", INT),
        ("end", INT),
        ("begins", Pointer("int64")),
        ("data", BYTES),
        ("part", BYTES),
        ("length", INT),
        ("keep", BYTES),
        ("found", BYTES),
    ),
)


def mark_holders(
    first: int,
    end: int,
    begins: Ints,
    data: Ints,
    part: Ints,
    length: int,
    keep: Ints,
    found: Ints,
) -> int:
    """Set `found` of each string from `first` to `end` that holds the part's `length` bytes."""
    last = length - 1
    first_byte = part[0]
    last_byte = part[last]
    row = first
    place = begins[first]
    stop = begins[end] - last
    while place + 256 <= stop:
        for offset in range(256):
            keep[offset] = int(
                data[place + offset] == first_byte and data[place + last + offset] == last_byte
            )
        for eight in range(0, 256, 8):
            if eight_bytes(keep, eight) != 0:
                row = compare_eight(begins, data, part, length, place, row, keep, eight, found)
        place += 256
    for rest in range(place, stop):
        if data[rest] == first_byte and data[rest + last] == last_byte:
            row = mark_holder(begins, data, part, length, rest, row, found)
    return end


def compare_eight(  # noqa: PLR0913, PLR0917 (inlined where it is called)
    begins: Ints,
    data: Ints,
    part: Ints,
    length: int,
    place: int,
    row: int,
    keep: Ints,
    eight: int,
    found: Ints,
) -> int:
    """Compare the bytes at those of eight places of a block that are kept."""
    for offset in range(eight, eight + 8):
        if keep[offset] != 0:
            row = mark_holder(begins, data, part, length, place + offset, row, found)
    return row


def mark_holder(
    begins: Ints, data: Ints, part: Ints, length: int, place: int, row: int, found: Ints
) -> int:
    """Compare the bytes at `place`; return the string, from `row` on, that it lies in.

    Strings lie mostly near each other, where any has the part at all.
    """
    for byte in range(1, length - 1):
        if data[place + byte] != part[byte]:
            return row
    while begins[row + 1] <= place:
        row += 1
    if place + length <= begins[row + 1]:
        found[row] = 1
    return row


def has_part(strings: pa.Array, part: str, fixed: FixedKernels) -> pa.Array | None:
    """Return whether each string holds `part`: bool; None where Arrow's own search is as fast.

    The strings are of type large_string, without NULL.
    """
    wanted = np.frombuffer(part.encode(), np.uint8)
    table = TextTable.of(strings)
    if len(wanted) < LEAST_PART or table.size_bytes < LEAST_BYTES:
        return None
    found = np.zeros(len(strings), np.uint8)
    kernel = fixed.kernel(SEARCH, mark_holders, (eight_bytes, mark_holder, compare_eight))
    rows = 0, len(strings), table.begins, table.data
    kernel.call("mark_holders", [*rows, wanted, len(wanted), np.empty(BLOCK, np.uint8), found])
    return pc.not_equal(array_of(found), 0)
