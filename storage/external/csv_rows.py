"""Where rows of CSV text end: newlines within quotes do not count.

    bytes of a file --read_blocks--> blocks of whole rows, each with the number of its first line

A block is what is parsed at once and by one thread, so that errors can be placed exactly.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from gpudb.errors import DataError
from gpudb.records import dataclass

BLOCK_BYTES = 4 << 20
MAX_ROW_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Dialect:
    """The characters that shape a CSV file; `newline` is the byte that ends a row."""

    delimiter: str
    quote: str | None = '"'
    escape: str | None = None
    newline: bytes = b"\n"


@dataclass(frozen=True, slots=True)
class Block:
    """Whole rows; `first_line` is the number of the first line in the file, from 1."""

    data: bytes
    first_line: int

    def line_at(self, offset: int, dialect: Dialect) -> int:
        """Return the number of the line that holds the byte at `offset`."""
        return self.first_line + self.data.count(dialect.newline, 0, offset)


def read_blocks(
    read: Callable[[int], bytes], dialect: Dialect, name: str, block_bytes: int = BLOCK_BYTES
) -> Iterator[Block]:
    """Yield blocks of whole rows of what `read` gives; `name` is the file's for messages."""
    pending = b""
    line = 1
    while chunk := read(block_bytes):
        data = pending + chunk
        end = last_row_end(data, dialect)
        if end == 0:
            _check_row_size(data, line, name)
            pending = data
            continue
        yield Block(data[:end], line)
        line += data.count(dialect.newline, 0, end)
        pending = data[end:]
    if pending:
        _check_closed(pending, dialect, line, name)
        yield Block(pending, line)


def last_row_end(data: bytes, dialect: Dialect) -> int:
    """Return the offset after the last whole row of `data`, 0 where there is none."""
    if _is_plain(data, dialect):
        return data.rfind(dialect.newline) + 1
    ends = row_ends(data, dialect)
    return int(ends[-1]) if len(ends) else 0


def row_ends(data: bytes, dialect: Dialect) -> NDArray[np.int64]:
    """Return the offsets after each newline of `data` that ends a row; `data` begins a row."""
    values = np.frombuffer(data, np.uint8)
    newlines = np.flatnonzero(values == dialect.newline[0])
    if _is_plain(data, dialect):
        return (newlines + 1).astype(np.int64)
    assert dialect.quote is not None or dialect.escape is not None
    if dialect.escape is None and dialect.quote is not None:
        quotes = np.flatnonzero(values == ord(dialect.quote))
        if _all_enclose(values, quotes, dialect):
            # Before a newline that ends a row, each quote that was opened is closed.
            ends: NDArray[np.int64] = newlines[np.searchsorted(quotes, newlines) % 2 == 0] + 1
            return ends
    return _outside(newlines, data, dialect) + 1


def row_begins(data: bytes, dialect: Dialect) -> list[tuple[int, int]]:
    """Return begin and end of each row that is not empty; the last may lack its newline."""
    ends = [int(end) for end in row_ends(data, dialect)]
    if not ends or ends[-1] < len(data):
        ends.append(len(data))
    begins = [0, *ends[:-1]]
    return [
        (begin, end)
        for begin, end in zip(begins, ends, strict=True)
        if data[begin:end].strip(b"\r\n")
    ]


def _is_plain(data: bytes, dialect: Dialect) -> bool:
    marks = (mark for mark in (dialect.quote, dialect.escape) if mark is not None)
    return all(mark.encode() not in data for mark in marks)


def _all_enclose(values: NDArray[np.uint8], quotes: NDArray[np.int64], dialect: Dialect) -> bool:
    """Return whether each odd quote opens a value or is the second of a doubled one.

    Where a quote stands inside an unquoted value, as in 5" pipe, counting them tells nothing.
    """
    openings = quotes[0::2]
    before = values[np.maximum(openings - 1, 0)]
    begins_value = np.isin(before, [ord(dialect.delimiter), ord("\n"), ord("\r")])
    begins_value |= openings == 0
    doubled = np.zeros(len(openings), np.bool_)
    doubled[1:] = openings[1:] == quotes[1::2][: len(openings) - 1] + 1
    return bool((begins_value | doubled).all())


def _outside(newlines: NDArray[np.int64], data: bytes, dialect: Dialect) -> NDArray[np.int64]:
    spans = np.array(
        [match.span() for match in _enclosed(dialect).finditer(data)], np.int64
    ).reshape(-1, 2)
    span = np.searchsorted(spans[:, 0], newlines, side="right") - 1
    is_inside = (span >= 0) & (newlines < spans[np.maximum(span, 0), 1] if len(spans) else False)
    return newlines[~is_inside]


@functools.lru_cache(maxsize=16)
def _enclosed(dialect: Dialect) -> re.Pattern[bytes]:
    """Return the pattern of quoted values and of escaped characters outside of them."""
    delimiter = re.escape(dialect.delimiter)
    parts = []
    if dialect.quote is not None:
        quote = re.escape(dialect.quote)
        escape = re.escape(dialect.escape or dialect.quote)
        parts.append(
            rf"(?<![^{delimiter}\n\r]){quote}[^{quote}{escape}]*+"
            rf"(?:(?:{quote}{quote}|{escape}[\s\S])[^{quote}{escape}]*+)*+(?:{quote}|\Z)"
            if dialect.escape
            else rf"(?<![^{delimiter}\n\r]){quote}[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+"
            rf"(?:{quote}|\Z)"
        )
    if dialect.escape is not None:
        parts.append(rf"{re.escape(dialect.escape)}[\s\S]")
    return re.compile("|".join(parts).encode())


def _check_row_size(data: bytes, line: int, name: str) -> None:
    if len(data) > MAX_ROW_BYTES:
        raise DataError(
            f"'{name}', line {line}: no row ends within {MAX_ROW_BYTES >> 20} MiB; a quoted "
            "value may lack its end (WITH (quoted = false) takes quotes as characters)"
        )


def _check_closed(data: bytes, dialect: Dialect, line: int, name: str) -> None:
    """Raise DataError if a quoted value of the file's last rows never ends."""
    whole = data if data.endswith(dialect.newline) else data + dialect.newline
    ends = row_ends(whole, dialect)
    if len(ends) and ends[-1] == len(whole):
        return
    begin = int(ends[-1]) if len(ends) else 0
    at = line + data.count(dialect.newline, 0, begin)
    raise DataError(
        f"'{name}', line {at}: a quoted value begins in this row and never ends "
        "(WITH (quoted = false) takes quotes as characters)"
    )
