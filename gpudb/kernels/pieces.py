"""Pieces: rows of many chunks that one launch takes one after the other.

A table says where each piece's rows lie and what is its chunk's, a line a piece:

    shift    end    addresses and numbers of the chunk's columns ...

The rows of all pieces have positions from 0 on, and a thread takes every `step`-th, so that no
thread waits for others at the end of a chunk. Position + shift is a row's number in its chunk.

Where there are rows enough, a thread reads the columns of several before it computes the first:
what memory is asked for at once is what hides its latency. Of rows of which hardly any pass the
filters only those columns are read ahead that the first filter asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from gpudb.compiler.language import Pointer, ValueType
from gpudb.devices.device import Held, Morsel
from gpudb.kernels.writer import Argument, FromChunk, FromWorker, Parameter, Writer
from gpudb.records import dataclass

TABLE = "pieces"
# Of fewer rows a thread of a large GPU has one.
LEAST_ROWS = 1 << 18
# So many rows are read at once, if they have at most so many columns: registers hold them.
ABREAST = ((8, 4), (16, 2))
# Longer bodies would be too much code, and those with loops wait in the midst of them.
MOST_LINES = 64
# Of rows of which fewer pass, most warps have none.
LEAST_SHARE = 1 / 64
# Words of a line before those of columns.
SHIFT, END, COLUMNS = 0, 1, 2


@dataclass(frozen=True)
class Amount:
    """How many rows pieces have together, and the share that is guessed to pass the filters."""

    rows: int
    share: float


@contextmanager
def over_pieces(writer: Writer, amount: Amount) -> Iterator[list[Parameter]]:
    """Write the loops over pieces and their rows; the list is filled at the end.

    With the parameters that are found in the table: they are none of the kernel any more.
    """
    columns: list[Parameter] = []
    writer.line("piece = 0")
    with writer.block("while first < end:"):
        begin = len(writer.lines)
        bounds = f"first + shift, {TABLE}[piece + {END}], step"
        with writer.block(f"for row in range({bounds}):"):
            writer.line("first = row - shift + step")
            yield columns
            reads = _reads(writer, begin + 1, amount)
            count = next((n for most, n in ABREAST if len(reads) <= most), 1)
            if reads and count > 1:
                rest = [line for line in writer.lines[begin + 1 :] if line not in reads]
                writer.lines[begin:] = [*reads, *rest]
                head = f"for row in abreast({count}, {bounds}):"
                writer.lines.insert(begin, f"{'    ' * (writer.depth - 1)}{head}")
        columns += [p for p in writer.parameters if isinstance(p.supply, FromChunk)]
        kept = [p for p in writer.parameters if not isinstance(p.supply, FromChunk)]
        writer.parameters[:] = [Parameter(TABLE, Pointer("int64"), FromWorker(TABLE)), *kept]
        indent = "    " * writer.depth
        lines = [f"shift = {TABLE}[piece]", *map(_read, columns, range(COLUMNS, 1 << 20))]
        writer.lines[begin:begin] = [f"{indent}{line}" for line in lines]
        writer.line(f"piece = piece + {COLUMNS + len(columns)}")


def _reads(writer: Writer, begin: int, amount: Amount) -> list[str]:
    """Return the lines of a body that may stand before it, if it is one that gains by that."""
    body = writer.lines[begin:]
    texts = [*body, *writer.functions.values()]
    has_loops = any(re.search(r"^ *(for|while) ", text, re.MULTILINE) for text in texts)
    if amount.rows < LEAST_ROWS or len(body) > MOST_LINES or has_loops:
        return []
    indent = "    " * writer.depth
    reads = []
    for line in body:
        if line.strip() in writer.reads and not line.startswith(f"{indent} "):
            reads.append(line)
        if line == f"{indent}    continue" and amount.share < LEAST_SHARE:
            break
    return reads


def _read(column: Parameter, word: int) -> str:
    """Return the line that finds a column's buffer, or a number, in the table."""
    text = f"{TABLE}[piece + {word}]"
    if isinstance(column.type, Pointer):
        text = f"{column.type.element}_column({TABLE}, piece + {word})"
    elif column.type is ValueType.FLOAT:
        text = f"bits_float({text})"
    return f"{column.name} = {text}"


@dataclass(frozen=True)
class Piece:
    """Rows of a chunk whose columns are held in a device's memory, and their words."""

    morsel: Morsel
    held: Held
    words: Sequence[int]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.morsel.end - self.morsel.first


def piece_of(morsel: Morsel, arguments: Sequence[Argument], held: Held) -> Piece:
    """Return the piece of a morsel; `held` are the arrays among its chunk's arguments."""
    addresses = iter(held.addresses)
    words = [next(addresses) if isinstance(a, np.ndarray) else _word(a) for a in arguments]
    return Piece(morsel, held, words)


def _word(number: int | float | bool) -> int:
    if isinstance(number, float):
        return int(np.array(number).view(np.int64))
    return int(number)


def table_of(pieces: Sequence[Piece]) -> np.ndarray:
    """Return the table of pieces: int64."""
    lines, position = [], 0
    for piece in pieces:
        lines.append([piece.morsel.first - position, piece.morsel.end, *piece.words])
        position += piece.rows
    return np.array(lines, np.int64).reshape(-1)
