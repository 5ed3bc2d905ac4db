"""Arrays as long as a chunk, into which a column's values are gathered as they come.

batch 1 |-----|            the batches' own memory serves the next ones while caches hold it,
batch 2       |-----|      and a chunk's values lie in one array when its last batch has come;
room    |-----|-----|..|   arrays serve again once no encoded column needs them
"""

from __future__ import annotations

import weakref

import numpy as np

from gpudb.storage.encodings.encoded import Array, Encoded, PhysicalColumn

# Chunks of more rows may never be filled: their columns stay as they come.
MOST_ROWS = 1 << 24


class Rooms:
    """The arrays of one column. One thread gathers; others give back."""

    def __init__(self, rows: int) -> None:
        self._rows = rows if rows <= MOST_ROWS else 0
        self._idle: list[Array] = []
        # Those lent: an array of somebody else must never serve here, however it looks.
        self._lent: list[weakref.ref[Array]] = []
        self._room: Array | None = None
        self._filled = 0

    def gathered(self, column: PhysicalColumn) -> PhysicalColumn:
        """Return the column with its values behind those that came before."""
        begin, count = self._filled, len(column)
        room = self._room
        if room is None or room.dtype != column.values.dtype or begin + count > self._rows:
            if count > self._rows:
                return column
            room, begin = self._taken(column.values.dtype), 0
        values = room[begin : begin + count]
        values[:] = column.values
        self._room, self._filled = room, begin + count
        return PhysicalColumn(values, column.nulls)

    def _taken(self, dtype: np.dtype[np.generic]) -> Array:
        room = np.empty(0, dtype)
        while self._idle and len(room) == 0:
            idle = self._idle.pop()
            room = idle if idle.dtype == dtype else room
        if len(room) == 0:
            room = np.empty(self._rows, dtype)
        self._lent = [lent for lent in self._lent if lent() is not None]
        self._lent.append(weakref.ref(room))
        return room

    def give_back(self, values: Array, encoded: Encoded) -> None:
        """Let a whole room serve again, unless `encoded` is a part of it."""
        room = values.base
        if not isinstance(room, np.ndarray) or len(values) != self._rows:
            return
        if any(np.may_share_memory(room, buffer) for buffer in encoded.buffers):
            return
        if any(lent() is room for lent in self._lent):
            self._idle.append(room)


def neighbours(parts: list[Array]) -> Array | None:
    """Return as one array what lies in one room without a gap, None for other parts."""
    room = parts[0].base
    if not isinstance(room, np.ndarray) or room.ndim != 1:
        return None
    begin = _address(parts[0])
    end = begin
    for part in (room, *parts):
        if part.dtype != room.dtype or not part.flags.c_contiguous:
            return None
    for part in parts:
        if part.base is not room or _address(part) != end:
            return None
        end += part.nbytes
    first = (begin - _address(room)) // room.itemsize
    return room[first : first + (end - begin) // room.itemsize]


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
