"""Texts of an answer: Arrow strings written from codes, in one pass over the rows.

codes  --write_words-->  few short strings: each is 16 bytes of a table
       --write_texts-->  others: where they lie, 16 bytes at once, while there is room
"""

# Arrays of a kernel's language are arrays of NumPy, whose elements mypy does not know.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gpudb.compiler.language import Entry, Pointer, ValueType
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.domains import MOST_BYTES, Domain, TextTable, WordTable
from gpudb.kernels.fixed import FixedKernels
from gpudb.storage.encodings.arrays import validity_of

if TYPE_CHECKING:
    Ints = np.ndarray

# Fewer rows are taken by pyarrow before the kernels are there.
LEAST_ROWS = 1 << 14
# What is copied at once, though a text be shorter.
STRIDE = 16
# How many times more room than the strings' mean length asks for the texts get at first, and then.
SPARE, GROWTH = 1.125, 1.5

INT, BYTES, INTS = ValueType.INT, Pointer("uint8"), Pointer("int64")
ROWS = ("first", INT), ("end", INT), ("codes", Pointer("int32"))
# What is written, and how far: `state` has the bytes so far, for write_texts the room for them,
# and where data must begin of which 16 bytes can be read.
WRITTEN = ("ends", Pointer("int32")), ("texts", BYTES), ("state", INTS)
WORDS = Entry("write_words", (*ROWS, ("lengths", BYTES), ("words", BYTES), *WRITTEN))
TEXTS = {
    size: Entry("write_texts", (*ROWS, ("begins", Pointer(size)), ("data", BYTES), *WRITTEN))
    for size in ("int32", "int64")
}


def write_words(
    first: int,
    end: int,
    codes: Ints,
    lengths: Ints,
    words: Ints,
    ends: Ints,
    texts: Ints,
    state: Ints,
) -> int:
    """Write the text of each row, which is one of 16 bytes, and where it ends.

    What a text writes behind its end, the next one writes over. Code -1 is NULL, as the first
    word is: it has no byte.
    """
    place = state[0]
    for row in range(first, end):
        code = codes[row] + 1
        for byte in range(16):
            texts[place + byte] = words[code * 16 + byte]
        place += lengths[code]
        ends[row + 1] = place
    state[0] = place
    return end


def write_texts(
    first: int,
    end: int,
    codes: Ints,
    begins: Ints,
    data: Ints,
    ends: Ints,
    texts: Ints,
    state: Ints,
) -> int:
    """Write the text of each row, and where it ends; return the row that has no room."""
    place = state[0]
    room = state[1]
    safe = state[2]
    for row in range(first, end):
        code = codes[row]
        if code >= 0:
            begin = begins[code]
            length = begins[code + 1] - begin
            if place + length > room:
                state[0] = place
                return row
            copy_text(data, begin, length, safe, texts, place)
            place += length
        ends[row + 1] = place
    state[0] = place
    return end


def copy_text(data: Ints, begin: int, length: int, safe: int, texts: Ints, place: int) -> None:
    """Copy some bytes; more are read and written of those that begin up to `safe`."""
    if (length > 16) or (begin > safe):
        copy_long(data, begin, length, safe, texts, place)
        return
    for byte in range(16):
        texts[place + byte] = data[begin + byte]


def copy_long(data: Ints, begin: int, length: int, safe: int, texts: Ints, place: int) -> None:
    """Copy more than 16 bytes, or those near the end of the data."""
    if begin + length > safe:
        for byte in range(length):
            texts[place + byte] = data[begin + byte]
        return
    done = 0
    while done < length:
        for byte in range(16):
            texts[place + done + byte] = data[begin + done + byte]
        done += 16


def written_texts(
    fixed: FixedKernels, codes: np.ndarray, nulls: np.ndarray | None, domain: Domain
) -> pa.Array | None:
    """Return the strings of codes, NULL where `nulls`: a string array.

    A code under a NULL may be anything. None where they take more bytes than such an array holds.
    """
    codes = np.ascontiguousarray(codes, np.int32)
    if nulls is not None:
        codes = np.where(nulls.view(np.bool_), np.int32(-1), codes)
    ends = BUFFERS.empty(len(codes) + 1, np.int32)
    ends[0] = 0
    words = domain.words
    texts = (
        _written_texts(fixed, codes, domain.table, ends)
        if words is None
        else _written_words(fixed, codes, words, ends)
    )
    if texts is None:
        return None
    buffers = [validity_of(nulls), pa.py_buffer(ends), pa.py_buffer(texts)]
    return pa.Array.from_buffers(pa.string(), len(codes), buffers)


def _written_words(
    fixed: FixedKernels, codes: np.ndarray, words: WordTable, ends: np.ndarray
) -> np.ndarray | None:
    room = len(codes) * words.longest
    if room > MOST_BYTES:
        return None
    texts, state = BUFFERS.empty(room + STRIDE, np.uint8), np.zeros(1, np.int64)
    kernel = fixed.kernel(WORDS, write_words)
    rows = 0, len(codes), codes
    kernel.call("write_words", [*rows, words.lengths, words.words, ends, texts, state])
    return _fitted(texts, int(state[0]))


def _written_texts(
    fixed: FixedKernels, codes: np.ndarray, table: TextTable, ends: np.ndarray
) -> np.ndarray | None:
    begins, data, row = table.begins, table.data, 0
    room = min(MOST_BYTES, int(len(codes) * table.mean_length * SPARE))
    state = np.array([0, room, len(data) - STRIDE], np.int64)
    texts = BUFFERS.empty(room + STRIDE, np.uint8)
    kernel = fixed.kernel(TEXTS[begins.dtype.name], write_texts, (copy_text, copy_long))
    while True:
        rows = row, len(codes), codes
        row = kernel.call("write_texts", [*rows, begins, data, ends, texts, state])
        done = int(state[0])
        if row == len(codes):
            return _fitted(texts, done)
        needed = done + int(begins[codes[row] + 1] - begins[codes[row]])
        if needed > MOST_BYTES:
            return None
        state[1] = min(MOST_BYTES, max(needed, int(state[1] * GROWTH)))
        larger = BUFFERS.empty(int(state[1]) + STRIDE, np.uint8)
        larger[:done] = texts[:done]
        texts = larger


def _fitted(texts: np.ndarray, total: int) -> np.ndarray:
    """Return the bytes that are there, in memory of their own where most of it lies idle."""
    return texts[:total].copy() if 2 * total < len(texts) else texts[:total]
