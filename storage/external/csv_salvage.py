"""Finds the rows of a CSV block that do not fit, and keeps the others.

A block is halved until its parts are small, since most parts hold no bad row; in a small part Arrow
is asked again and again, and names one bad row each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa

from gpudb.records import dataclass
from gpudb.storage.external.csv_format import CsvFormat
from gpudb.storage.external.csv_parse import CsvColumn, Parsing, fits, parse_rows, parse_strings
from gpudb.storage.external.csv_rows import Block, row_begins
from gpudb.storage.external.rejects import Reject, RejectLog

_PART_ROWS = 128
_ROW_NUMBER = re.compile(r"Row #(\d+): ")
_COLUMN_NUMBER = re.compile(r"CSV column #(\d+): ")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Salvage:
    """One block that did not parse as a whole; `wanted` are the columns that are read."""

    path: str
    block: Block
    format: CsvFormat
    wanted: Sequence[CsvColumn]
    rejects: RejectLog

    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows that fit, in order; raises DataError past the limit of rejects."""
        rows = row_begins(self.block.data, self.format.parsing.dialect)
        yield from self._salvage(rows)

    def _salvage(self, rows: list[Span]) -> Iterator[pa.Table]:
        if len(rows) <= _PART_ROWS:
            yield from self._salvage_part(rows)
            return
        middle = len(rows) // 2
        for half in (rows[:middle], rows[middle:]):
            try:
                table = self._parse(self.block.data[half[0][0] : half[-1][1]])
            except pa.ArrowInvalid:
                yield from self._salvage(half)
            else:
                yield table

    def _salvage_part(self, rows: list[Span]) -> Iterator[pa.Table]:
        kept = list(rows)
        found: list[Reject] = []
        while kept:
            try:
                table = self._parse(b"".join(self.block.data[b:e] for b, e in kept))
            except pa.ArrowInvalid as error:
                found.append(self._take_bad_row(kept, str(error)))
                continue
            yield from self._in_order(found, table)
            return
        yield from self._in_order(found, None)

    def _in_order(self, found: list[Reject], table: pa.Table | None) -> Iterator[pa.Table]:
        """Log the rejects in the order of the file, not of its columns; then yield the table."""
        for reject in sorted(found, key=lambda reject: reject.line):
            self.rejects.add(reject)
        if table is not None:
            yield table

    def _take_bad_row(self, rows: list[Span], message: str) -> Reject:
        """Remove the row that Arrow's message names, or else the first bad one."""
        number = _ROW_NUMBER.search(message)
        named = [int(number[1]) - 1] if number is not None else []
        for place in (*named, *range(len(rows))):
            if place >= len(rows):
                continue
            reject = self._find_fault(rows[place], message)
            if reject is not None:
                del rows[place]
                return reject
        raise AssertionError(f"rows failed together but not one by one: {message}")

    def _find_fault(self, span: Span, message: str) -> Reject | None:
        parsing, columns = self.format.parsing, self.format.columns
        row = self.block.data[span[0] : span[1]]
        line = self.block.line_at(span[0], parsing.dialect)
        text = row.decode("utf-8", errors="replace").rstrip("\r\n")
        try:
            values = parse_strings(row, columns, parsing)
        except pa.ArrowInvalid as error:
            return Reject(self.path, line, None, None, _shape_reason(error, columns), text)
        for column in self._suspects(message):
            if not fits(row, columns, column, parsing):
                value = values.column(column.name)[0].as_py()
                shown = value.decode("utf-8", errors="replace")
                reason = _value_reason(value, column, parsing)
                return Reject(self.path, line, column.name, shown, reason, text)
        return None

    def _suspects(self, message: str) -> list[CsvColumn]:
        """Return the wanted columns, the one that Arrow's message names first."""
        number = _COLUMN_NUMBER.search(message)
        named = self.format.columns[int(number[1])] if number is not None else None
        return sorted(self.wanted, key=lambda column: column != named)

    def _parse(self, data: bytes) -> pa.Table:
        return parse_rows(data, self.format.columns, self.wanted, self.format.parsing)


def _shape_reason(error: pa.ArrowInvalid, columns: Sequence[CsvColumn]) -> str:
    text = str(error).strip().splitlines()[0]
    _, _, counts = text.partition(f"Expected {len(columns)} columns, got ")
    expected = sum(not column.is_trailing for column in columns)
    found = counts.partition(":")[0]
    if not found.isdigit():
        return f"the row cannot be read: {text}"
    return f"the row has {found} values where {expected} are expected"


def _value_reason(value: bytes, column: CsvColumn, parsing: Parsing) -> str:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"is not UTF-8 (byte 0x{value[error.start]:02x})"
    formats = (parsing.options.date_format, parsing.options.timestamp_format)
    if column.type.is_temporal and any(formats):
        return f"is no {column.type} written as {' or '.join(f for f in formats if f)}"
    return f"does not fit {column.type}"
