"""The strings behind TEXT columns and arrays, and codes where storage has none."""

from __future__ import annotations

import threading
import weakref

import numpy as np
import pyarrow as pa

from gpudb.kernels.domains import Domain, TextTable, encode_chunks
from gpudb.kernels.lists import ListDomain, Lists, distinct, joined
from gpudb.storage.dictionary import Dictionary
from gpudb.storage.encodings.arrays import null_mask
from gpudb.storage.table import TableVersion

Codes = tuple[Domain, list[np.ndarray]]


class TextColumns:
    """The domains of TEXT columns, kept as long as their dictionaries, and of arrays.

    Arrays, and raw columns, whose strings are not dictionary-encoded in storage, are encoded here
    when a query first asks for their codes; the result is kept with the snapshot. Strings that are
    only carried to an answer need not be told apart: their codes are the places of their rows.
    """

    def __init__(self) -> None:
        self._domains: weakref.WeakKeyDictionary[Dictionary, Domain] = weakref.WeakKeyDictionary()
        self._raw: weakref.WeakKeyDictionary[TableVersion, dict[tuple[str, bool], Codes]] = (
            weakref.WeakKeyDictionary()
        )
        self._lock = threading.Lock()

    def domain(self, version: TableVersion, column: str, *, is_carried: bool = False) -> Domain:
        """Return a column's strings; those carried may come more than once."""
        if self.makes_codes(version, column):
            return self._encoded(version, column, is_carried)[0]
        return self.of_dictionary(version.dictionary(column))

    def makes_codes(self, version: TableVersion, column: str) -> bool:
        """Whether the codes of a column are made here, since storage has none."""
        return version.column(column).type.is_array or not version.is_dictionary(column)

    def codes(
        self, version: TableVersion, column: str, chunk: int, *, is_carried: bool = False
    ) -> np.ndarray:
        """Return the codes that are made here, in a chunk: int32[rows], -1 for NULL."""
        return self._encoded(version, column, is_carried)[1][chunk]

    def of_dictionary(self, dictionary: Dictionary) -> Domain:
        """Return the domain of a dictionary's strings."""
        with self._lock:
            return self._of_dictionary(dictionary)

    def _of_dictionary(self, dictionary: Dictionary) -> Domain:
        known = self._domains.get(dictionary)
        if known is None:
            known = self._domains[dictionary] = Domain(dictionary.strings)
        return known

    def _encoded(self, version: TableVersion, column: str, is_carried: bool) -> Codes:
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
                known[column, False] = _encode_column(version, column)
            known.pop((column, True), None)
            return known[column, False]

    def _encode_lists(self, version: TableVersion, column: str) -> Codes:
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


def _encode_column(version: TableVersion, column: str) -> Codes:
    found = encode_chunks(_strings(version, column))
    # What it took to get there is several times what stays.
    pa.default_memory_pool().release_unused()
    return found


def _place_column(version: TableVersion, column: str) -> Codes:
    """Return the strings as they stand in the rows, and the places of the rows, -1 for NULL."""
    chunks = _strings(version, column)
    codes, begin = [], 0
    for chunk in chunks:
        places = np.arange(begin, begin + len(chunk), dtype=np.int32)
        nulls = null_mask(chunk)
        codes.append(places if nulls is None else np.where(nulls, np.int32(-1), places))
        begin += len(chunk)
    return Domain(joined_texts(chunks)), codes


def _strings(version: TableVersion, column: str) -> list[pa.Array]:
    """Return the strings of each chunk."""
    return [version.read_strings(i, column) for i in range(len(version.chunks))]


def joined_texts(chunks: list[pa.Array]) -> pa.Array:
    """Return all strings as one array, with any text where one is NULL; `chunks` are given up."""
    rows = sum(map(len, chunks))
    tables = [TextTable.of(chunk) for chunk in chunks]
    chunks.clear()
    begins = np.zeros(rows + 1, np.int64)
    data = np.empty(sum(table.size_bytes for table in tables), np.uint8)
    row = place = 0
    tables.reverse()
    while tables:
        own = tables.pop()
        first, end = int(own.begins[0]), int(own.begins[-1])
        begins[row : row + len(own.begins)] = own.begins + (place - first)
        data[place : place + end - first] = own.data[first:end]
        row, place = row + len(own.begins) - 1, place + end - first
    buffers = [None, pa.py_buffer(begins), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_string(), rows, buffers)
