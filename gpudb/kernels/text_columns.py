"""The strings behind TEXT columns and arrays, and codes where storage has none."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.domains import (
    MOST_BYTES,
    Domain,
    PlacedDomain,
    TextTable,
    packed_domain,
)
from gpudb.kernels.lists import ListDomain, Lists, distinct, joined
from gpudb.kernels.radix import Workers
from gpudb.kernels.text_codes import text_codes
from gpudb.storage.dictionary import Dictionary
from gpudb.storage.encodings.arrays import null_mask
from gpudb.storage.table import TableVersion

# Strings, and each chunk's codes: int32[rows], -1 for NULL. Where codes are places of rows, none of
# them NULL, the first row's stands for a chunk's.
Coded = tuple[Domain, Sequence[np.ndarray | int]]
# The share of memory_limit that strings that were carried may have when the next query begins.
KEPT_SHARE = 4


class TextColumns:
    """The domains of TEXT columns, kept as long as their dictionaries, and of arrays.

    Arrays, and raw columns, whose strings are not dictionary-encoded in storage, are encoded here
    when a query first asks for their codes; the result is kept with the snapshot. Strings that are
    only carried to an answer need not be told apart: their codes are the places of their rows.
    """

    def __init__(self) -> None:
        self._domains: weakref.WeakKeyDictionary[Dictionary, Domain] = weakref.WeakKeyDictionary()
        self._raw: weakref.WeakKeyDictionary[TableVersion, dict[tuple[str, bool], Coded]] = (
            weakref.WeakKeyDictionary()
        )
        self._taken: weakref.WeakKeyDictionary[TableVersion, set[str]] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def domain(
        self, version: TableVersion, column: str, workers: Workers, *, is_carried: bool = False
    ) -> Domain:
        """Return a column's strings; those carried may come more than once."""
        if self.makes_codes(version, column):
            return self.coded(version, column, workers, is_carried=is_carried)[0]
        return self.of_dictionary(version.dictionary(column))

    def makes_codes(self, version: TableVersion, column: str) -> bool:
        """Whether the codes of a column are made here, since storage has none."""
        return version.column(column).type.is_array or not version.is_dictionary(column)

    def may_take(self, version: TableVersion, column: str) -> bool:
        """Whether a column is text without a dictionary or codes: rows' texts are taken of it."""
        type = version.column(column).type
        if not type.is_text or type.is_array or not self.makes_codes(version, column):
            return False
        with self._lock:
            known = self._raw.get(version, {})
            return (column, False) not in known and (column, True) not in known

    def is_taken_again(self, version: TableVersion, column: str) -> bool:
        """Note that texts of some rows are taken of a column; whether this is not the first time.

        Then those of whole chunks are worth being kept.
        """
        with self._lock:
            taken = self._taken.setdefault(version, set())
            is_again = column in taken
            taken.add(column)
            return is_again

    def begin_query(self, limit_bytes: int) -> None:
        """Let carried strings go, which can be read again, where they take much of a limit."""
        with self._lock:
            carried = [(known, key) for known in self._raw.values() for key in known if key[1]]
            kept = 0
            for known, key in carried:
                kept += known[key][0].size_bytes
                if kept > limit_bytes // KEPT_SHARE:
                    kept -= known.pop(key)[0].size_bytes

    def of_dictionary(self, dictionary: Dictionary) -> Domain:
        """Return the domain of a dictionary's strings."""
        with self._lock:
            return self._of_dictionary(dictionary)

    def _of_dictionary(self, dictionary: Dictionary) -> Domain:
        known = self._domains.get(dictionary)
        if known is None:
            if dictionary.is_in_file:
                known = packed_domain(dictionary.strings.cast(pa.large_string()))
                # The strings go; Arrow keeps a thread's memory until that thread asks for this.
                pa.default_memory_pool().release_unused()
            else:
                # The dictionary holds them anyway.
                known = Domain(dictionary.strings)
            self._domains[dictionary] = known
        return known

    def coded(
        self, version: TableVersion, column: str, workers: Workers, *, is_carried: bool = False
    ) -> Coded:
        """Return the strings and codes of a column whose codes are made here."""
        with self._lock:
            known = self._raw.setdefault(version, {})
            if (column, False) in known:
                return known[column, False]
            is_array = version.column(column).type.is_array
            if is_carried and not is_array:
                if (column, True) not in known:
                    known[column, True] = _place_column(version, column)
                return known[column, True]
            if is_array:
                known[column, False] = self._encode_lists(version, column)
            else:
                known[column, False] = _encode_column(version, column, workers)
            known.pop((column, True), None)
            return known[column, False]

    def _encode_lists(self, version: TableVersion, column: str) -> Coded:
        definition = version.column(column)
        domain = None
        if definition.type.has_dictionary and version.is_dictionary(column):
            domain = self._of_dictionary(version.dictionary(column))
        parts, lives = [Lists.none(definition.type)], []
        for chunk in range(len(version.chunks)):
            found = version.read_lists(chunk, column)
            live = np.arange(len(found)) if found.nulls is None else np.flatnonzero(~found.nulls)
            lives.append((len(found), live))
            parts.append(
                Lists.of_column(
                    found if len(live) == len(found) else found.take(live), definition.type, domain
                )
            )
        lists, codes = distinct(joined(parts))
        coded, begin = [], 0
        for rows, live in lives:
            own = np.full(rows, -1, np.int32)
            own[live] = codes[begin : begin + len(live)]
            coded.append(own)
            begin += len(live)
        return ListDomain(lists), coded


def _encode_column(version: TableVersion, column: str, workers: Workers) -> Coded:
    rows = [chunk.rows for chunk in version.chunks]
    with version.dictionary(column).held():
        found = text_codes(lambda chunk: version.read_strings(chunk, column), rows, workers)
    # What it took to get there is several times what stays, and is not wanted again soon.
    pa.default_memory_pool().release_unused()
    BUFFERS.clear()
    return found


def _place_column(version: TableVersion, column: str) -> Coded:
    """Return the strings as they stand in the rows, and the places of the rows, -1 for NULL."""
    joined = JoinedTexts(sum(chunk.rows for chunk in version.chunks))
    codes, begin = list[np.ndarray | int](), 0
    with version.dictionary(column).held():
        for number, chunk in enumerate(version.chunks):
            strings = version.read_strings(number, column)
            joined.add(strings)
            nulls = null_mask(strings)
            if nulls is None:
                codes.append(begin)
            else:
                places = np.arange(begin, begin + chunk.rows, dtype=np.int32)
                codes.append(np.where(nulls, np.int32(-1), places))
            begin += chunk.rows
    return PlacedDomain(joined.array(), are_places=all(isinstance(c, int) for c in codes)), codes


def chunk_codes(coded: Coded, chunk: int, rows: int) -> np.ndarray:
    """Return the codes of a chunk of so many rows: int32[rows]."""
    codes = coded[1][chunk]
    return np.arange(codes, codes + rows, dtype=np.int32) if isinstance(codes, int) else codes


class JoinedTexts:
    """The strings of several arrays of `rows` in all, one after the other; NULL is any text."""

    def __init__(self, rows: int) -> None:
        self._begins = BUFFERS.empty(rows + 1, np.int32)
        self._begins[0] = 0
        self._data = BUFFERS.empty(0, np.uint8)
        self._row = self._size = 0

    def add(self, strings: pa.Array) -> None:
        """Copy the strings of one more array."""
        own = TextTable.of(strings)
        first, size = int(own.begins[0]), own.size_bytes
        end, row = self._size + size, self._row + len(strings)
        if end > MOST_BYTES and self._begins.dtype != np.int64:
            self._begins = BUFFERS.copied(self._begins, np.int64)
        if end > len(self._data):
            # As long as those so far: no more is touched than what there will be.
            whole = end * (len(self._begins) - 1) // max(1, row)
            larger = BUFFERS.empty(max(end, whole + whole // 64), np.uint8)
            larger[: self._size] = self._data[: self._size]
            self._data = larger
        into = self._begins[self._row : row + 1]
        np.add(own.begins, np.int64(self._size - first), out=into, casting="same_kind")
        self._data[self._size : end] = own.data[first : first + size]
        self._row, self._size = row, end

    def array(self) -> pa.Array:
        """Return all of them, once they are there; none can be added any more."""
        is_large = self._begins.dtype == np.int64
        kind = pa.large_string() if is_large else pa.string()
        buffers = [None, pa.py_buffer(self._begins), pa.py_buffer(self._data[: self._size])]
        return pa.Array.from_buffers(kind, self._row, buffers)
