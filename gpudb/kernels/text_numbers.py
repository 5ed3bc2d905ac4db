"""Texts numbered by an open-addressing table of their hashes, in the kernel language.

    begins, data  --hash_texts-->    64 bits a text
                  --number_texts-->  1, 2, 1, 3 ... in the order of first coming; 0 for NULL
                  --scatter_texts-->  the first text of each number, side by side

A slot holds the upper half of a hash and a row, so that texts are compared where they are most
likely equal. Rows come 64 at a time: their slots, and then the texts that these name, are touched
before any is needed, so that waits for memory pass together.
"""

# The names that nobody defines here are builtins of the kernel language.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gpudb.compiler.language import Entry, Pointer, ValueType
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.domains import TextTable
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.library import eight_bytes
from gpudb.kernels.writer import Argument

if TYPE_CHECKING:
    Ints = np.ndarray

INT, BYTES, INTS, SMALL = ValueType.INT, Pointer("uint8"), Pointer("int64"), Pointer("int32")
BATCH = 64
# A table begins small, and has this many times the slots when half of them are taken.
FEWEST_SLOTS, GROWTH = 1 << 13, 4

TEXTS = ("first", INT), ("end", INT), ("begins", INTS), ("data", BYTES)
HASH = Entry("hash_texts", (*TEXTS, ("safe", INT), ("hashes", INTS)))
TABLE = ("slots", INTS), ("mask", INT)
NUMBER = Entry(
    "number_texts",
    (
        *TEXTS,
        ("hashes", INTS),
        ("nulls", BYTES),
        *TABLE,
        ("heads", INTS),
        ("firsts", SMALL),
        ("numbers", SMALL),
        ("state", INTS),
    ),
)
PLACE = Entry(
    "place_texts", (("first", INT), ("end", INT), ("hashes", INTS), ("firsts", SMALL), *TABLE)
)
SCATTER = Entry("scatter_texts", (*TEXTS, ("rows", SMALL), ("places", INTS), ("new_data", BYTES)))


def hash_texts(first: int, end: int, begins: Ints, data: Ints, safe: int, hashes: Ints) -> int:
    """Write the hash of each text; eight bytes can be read of those that begin up to `safe`."""
    for row in range(first, end):
        begin = begins[row]
        hashes[row] = hash_text(data, begin, begins[row + 1] - begin, safe)
    return end


def hash_text(data: Ints, begin: int, length: int, safe: int) -> int:
    """Return the hash of some bytes: eight at a time, the last eight of them once more."""
    code = length
    last = begin + length - 8
    place = begin
    while place < last:
        code = (code ^ eight_bytes(data, place)) * -7046029254386353131
        code = code ^ logical_shift_right(code, 32)
        place += 8
    if length >= 8:
        return mix(code ^ eight_bytes(data, last))
    word = 0
    if begin <= safe:
        word = eight_bytes(data, begin) & ((1 << (length * 8)) - 1)
    else:
        for byte in range(length):
            word = word | data[begin + byte] << (byte * 8)
    return mix(code ^ (word * -7046029254386353131))


def number_texts(  # noqa: PLR0913, PLR0917 (an entry)
    first: int,
    end: int,
    begins: Ints,
    data: Ints,
    hashes: Ints,
    nulls: Ints,
    slots: Ints,
    mask: int,
    heads: Ints,
    firsts: Ints,
    numbers: Ints,
    state: Ints,
) -> int:
    """Number the texts of rows, and note the first row of each number.

    `state` has how many there are so far. Returns the row from which on the table has no room.
    """
    count = state[0]
    row = first
    while row < end:
        if 2 * (count + 64) > mask:
            state[0] = count
            return row
        stop = min(row + 64, end)
        for place in range(row, stop):
            heads[place - row] = slots[hashes[place] & mask]
        touched = 0
        for place in range(row, stop):
            head = heads[place - row]
            known = place
            if logical_shift_right(head ^ hashes[place], 32) == 0 and head & 4294967295 != 0:
                known = (head & 4294967295) - 1
            touched += data_at(data, begins, known) + numbers[known]
        state[1] = touched
        for place in range(row, stop):
            if nulls[place] != 0:
                numbers[place] = 0
            else:
                count = number_text(
                    begins, data, hashes, place, slots, mask, firsts, numbers, count
                )
        row = stop
    state[0] = count
    return end


def data_at(data: Ints, begins: Ints, row: int) -> int:
    """Return the first byte of a text, 0 of none."""
    if begins[row + 1] > begins[row]:
        return data[begins[row]]
    return 0


def number_text(  # noqa: PLR0913, PLR0917 (inlined where it is called)
    begins: Ints,
    data: Ints,
    hashes: Ints,
    row: int,
    slots: Ints,
    mask: int,
    firsts: Ints,
    numbers: Ints,
    count: int,
) -> int:
    """Write the number of one text; return how many there are by now."""
    code = hashes[row]
    slot = code & mask
    head = slots[slot]
    while head & 4294967295 != 0:
        if logical_shift_right(head ^ code, 32) == 0:
            known = (head & 4294967295) - 1
            if are_same(begins, data, row, known):
                numbers[row] = numbers[known]
                return count
        slot = (slot + 1) & mask
        head = slots[slot]
    slots[slot] = (code & -4294967296) | (row + 1)
    firsts[count] = row
    numbers[row] = count + 1
    return count + 1


def are_same(begins: Ints, data: Ints, row: int, known: int) -> bool:
    """Return whether two texts have the same bytes."""
    begin = begins[row]
    begin2 = begins[known]
    length = begins[row + 1] - begin
    if begins[known + 1] - begin2 != length:
        return False
    last = length - 8
    done = 0
    while done < last:
        if eight_bytes(data, begin + done) != eight_bytes(data, begin2 + done):
            return False
        done += 8
    if length >= 8:
        return eight_bytes(data, begin + last) == eight_bytes(data, begin2 + last)
    found = True
    for byte in range(length):
        if data[begin + byte] != data[begin2 + byte]:
            found = False
    return found


def place_texts(first: int, end: int, hashes: Ints, firsts: Ints, slots: Ints, mask: int) -> int:
    """Enter the rows that have a number each in a larger table."""
    for number in range(first, end):
        row = firsts[number]
        slot = hashes[row] & mask
        while slots[slot] & 4294967295 != 0:
            slot = (slot + 1) & mask
        slots[slot] = (hashes[row] & -4294967296) | (row + 1)
    return end


def scatter_texts(
    first: int,
    end: int,
    begins: Ints,
    data: Ints,
    rows: Ints,
    places: Ints,
    new_data: Ints,
) -> int:
    """Copy the texts of some rows to places that are known: no byte behind a text is written."""
    for number in range(first, end):
        row = rows[number]
        begin = begins[row]
        copy_exactly(data, begin, begins[row + 1] - begin, new_data, places[number])
    return end


def copy_exactly(data: Ints, begin: int, length: int, new_data: Ints, place: int) -> None:
    """Copy some bytes: sixteen at a time, the last sixteen of them once more."""
    if length < 16:
        for byte in range(length):
            new_data[place + byte] = data[begin + byte]
        return
    last = length - 16
    done = 0
    while done < last:
        for byte in range(16):
            new_data[place + done + byte] = data[begin + done + byte]
        done += 16
    for byte in range(16):
        new_data[place + last + byte] = data[begin + last + byte]


class TextKernels:
    """The kernels above over arrays; texts are a TextTable whose places are int64."""

    def __init__(self, fixed: FixedKernels) -> None:
        self._hash = fixed.kernel(HASH, hash_texts, (eight_bytes, hash_text))
        uses = eight_bytes, are_same, data_at, number_text
        self._number = fixed.kernel(NUMBER, number_texts, uses)
        self._place = fixed.kernel(PLACE, place_texts)
        self._scatter = fixed.kernel(SCATTER, scatter_texts, (copy_exactly,))

    def hashes(self, texts: TextTable) -> np.ndarray:
        """Return a hash for each text: int64."""
        count = len(texts.begins) - 1
        hashes = BUFFERS.empty(count)
        self._hash.call("hash_texts", [0, count, *texts, len(texts.data) - 8, hashes])
        return hashes

    def numbers(
        self, texts: TextTable, hashes: np.ndarray, nulls: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return each text's number, 0 for NULL, and the first row of each: int32."""
        rows = len(hashes)
        missing = np.zeros(rows, np.uint8) if nulls is None else nulls.view(np.uint8)
        firsts, numbers = BUFFERS.empty(rows, np.int32), BUFFERS.zeros(rows, np.int32)
        heads, state = np.zeros(BATCH, np.int64), np.zeros(2, np.int64)
        slots, row = BUFFERS.zeros(FEWEST_SLOTS), 0
        while True:
            table = slots, len(slots) - 1
            given: list[Argument] = [
                row,
                rows,
                *texts,
                hashes,
                missing,
                *table,
                heads,
                firsts,
                numbers,
                state,
            ]
            row = self._number.call("number_texts", given)
            count = int(state[0])
            if row == rows:
                return numbers, firsts[:count]
            slots = BUFFERS.zeros(GROWTH * len(slots))
            placed: list[Argument] = [0, count, hashes, firsts, slots, len(slots) - 1]
            self._place.call("place_texts", placed)

    def copied(
        self, texts: TextTable, rows: np.ndarray, order: np.ndarray | None = None
    ) -> TextTable:
        """Return the texts of some rows, int32 and ascending; in another order if one is given.

        They are read as they lie and written where they belong: reading waits, writing does not.
        """
        lengths = texts.begins[1:][rows] - texts.begins[rows]
        begins = BUFFERS.empty(len(rows) + 1)
        begins[0] = 0
        np.cumsum(lengths if order is None else lengths[order], out=begins[1:])
        places = begins
        if order is not None:
            places = BUFFERS.empty(len(rows))
            places[order] = begins[:-1]
        data = BUFFERS.empty(int(begins[-1]), np.uint8)
        self._scatter.call("scatter_texts", [0, len(rows), *texts, rows, places, data])
        return TextTable(begins, data)
