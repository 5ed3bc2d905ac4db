"""Rows on their way into a table: blocks in, chunk-sized runs of blocks out."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from gpudb.records import dataclass
from gpudb.storage.chunk import Chunk
from gpudb.storage.encodings import lists, strings
from gpudb.storage.encodings.encoded import Mask, PhysicalColumn
from gpudb.storage.encodings.lists import ListColumn

# An array as it came, or the values, codes, or arrays of them, of rows that the table held before.
Piece: TypeAlias = pa.Array | PhysicalColumn | ListColumn


@dataclass(frozen=True, slots=True)
class Block:
    """Some consecutive rows: one piece for each column."""

    rows: int
    pieces: tuple[Piece, ...]

    def slice(self, begin: int, rows: int) -> Block:
        """Return `rows` rows from `begin`, without a copy."""
        return Block(rows, tuple(_slice(piece, begin, rows) for piece in self.pieces))


def read_piece(chunk: Chunk, column: str) -> Piece:
    """Return a column of a chunk, deleted rows among the others: values, codes or raw strings."""
    part = chunk.columns[column]
    if part.holds_lists:
        return lists.decode(part.read())
    return strings.decode(part.read()) if part.is_raw_text else chunk.read_values(column)


def live_block(chunk: Chunk, columns: Sequence[str], live: Mask | None) -> Block:
    """Return the rows of a chunk that `live` marks, all where it is None."""
    pieces = [read_piece(chunk, column) for column in columns]
    if live is None:
        return Block(chunk.rows, tuple(pieces))
    return Block(int(np.count_nonzero(live)), tuple(_filter(piece, live) for piece in pieces))


def _filter(piece: Piece, live: Mask) -> Piece:
    if isinstance(piece, ListColumn):
        return piece.take(np.flatnonzero(live))
    if not isinstance(piece, PhysicalColumn):
        return piece.filter(pa.array(live))
    nulls = None if piece.nulls is None else piece.nulls[live]
    return PhysicalColumn(piece.values[live], nulls)


def _slice(piece: Piece, begin: int, rows: int) -> Piece:
    if not isinstance(piece, PhysicalColumn):
        return piece.slice(begin, rows)
    end = begin + rows
    nulls = None if piece.nulls is None else piece.nulls[begin:end]
    return PhysicalColumn(piece.values[begin:end], nulls)


class BlockQueue:
    """Blocks in the order of their rows."""

    def __init__(self) -> None:
        self.rows = 0
        self._blocks: deque[Block] = deque()

    def push(self, block: Block) -> None:
        """Add rows after all others."""
        if block.rows:
            self._blocks.append(block)
            self.rows += block.rows

    def push_first(self, block: Block) -> None:
        """Add rows before all others."""
        self._blocks.appendleft(block)
        self.rows += block.rows

    def take(self, rows: int) -> list[Block]:
        """Remove and return the first `rows` rows, or all if there are fewer."""
        taken = []
        while rows > 0 and self._blocks:
            block = self._blocks.popleft()
            if block.rows > rows:
                self._blocks.appendleft(block.slice(rows, block.rows - rows))
                block = block.slice(0, rows)
            taken.append(block)
            rows -= block.rows
            self.rows -= block.rows
        return taken
