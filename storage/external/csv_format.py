"""What a CSV file is, told from its first rows: characters, header, names and types.

The rules, in order:
- the delimiter is the one of , ; | tab that cuts most of the first rows into equally many values;
- row 1 is a header if it holds only names of the target table's columns, or if no value of it fits
  a column that is not TEXT; where all columns are TEXT and there is no target, if its values are
  distinct and not empty;
- a type is the first of BIGINT, BOOLEAN, DATE, TIME, TIMESTAMP, DOUBLE, TEXT that fits the sample.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence

from gpudb.errors import DataError, OperationalError
from gpudb.records import dataclass, replace
from gpudb.storage.external.csv_parse import CsvColumn, Parsing, detect_types, fits
from gpudb.storage.external.csv_rows import Dialect, row_begins
from gpudb.storage.external.options import CsvOptions
from gpudb.storage.external.source import SourceColumn
from gpudb.storage.types import TEXT

SAMPLE_BYTES = 1 << 20
SAMPLE_ROWS = 20_000
_DIALECT_ROWS = 200
_DELIMITERS = (",", "\t", "|", ";")
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """How to read one CSV file; `columns` are in the order of its values.

    `header_bytes` is where the first row of data begins; `sample_row_bytes` the mean size of one.
    """

    parsing: Parsing
    columns: tuple[CsvColumn, ...]
    header_bytes: int
    sample_row_bytes: float


def strip_mark(data: bytes) -> bytes:
    """Return a file's first bytes without the UTF-8 byte order mark."""
    return data.removeprefix(_UTF8_MARK)


def detect_format(
    sample: bytes,
    *,
    is_whole: bool,
    name: str,
    options: CsvOptions,
    target: Sequence[SourceColumn] | None,
) -> CsvFormat:
    """Return the format of a file that begins with `sample`; `target` are a table's columns."""
    if sample.startswith(_UTF16_MARKS):
        raise OperationalError(f"'{name}' is written in UTF-16; convert it to UTF-8 first")
    body = strip_mark(sample)
    dialect = _detect_dialect(body, options, is_whole=is_whole)
    spans = row_begins(body, dialect)
    if len(spans) > 1 and not is_whole:
        spans = spans[:-1]
    spans = spans[:SAMPLE_ROWS]
    if not spans:
        raise DataError(f"'{name}' is empty: it has neither a header nor rows")
    parsing = Parsing(dialect, options)
    first = _values(body[slice(*spans[0])], dialect)
    guess = _Guess(body, spans, first, parsing, target)
    has_header = guess.has_header() if options.header is None else options.header
    columns = guess.columns(has_header=has_header)
    row_bytes = (spans[-1][1] - spans[0][0]) / len(spans)
    header_bytes = spans[0][1] if has_header else 0
    return CsvFormat(parsing, columns, header_bytes, max(1.0, row_bytes))


@dataclass(frozen=True, slots=True)
class _Guess:
    """The sample while header and types are told from it."""

    body: bytes
    spans: list[tuple[int, int]]
    first: list[str]
    parsing: Parsing
    target: Sequence[SourceColumn] | None

    def has_header(self) -> bool:
        names = tuple(_place_names(len(self.first)))
        if self.target is not None and self._names_target():
            return True
        if len(self.spans) == 1:
            detected = detect_types(self._row(0), names, self.parsing)
            return all(column.type == TEXT for column in detected) and self._is_nameable()
        columns = self._typed(names, self._data(has_header=True))
        tested = [
            fits(self._row(0), columns, column, self.parsing)
            for column, value in zip(columns, self.first, strict=True)
            if column.type != TEXT and value not in self.parsing.options.nulls
        ]
        if tested:
            return not any(tested)
        # Nothing but TEXT, or only NULLs above typed columns: data, if a table says its names.
        is_all_text = all(column.type == TEXT for column in columns)
        return is_all_text and self.target is None and self._is_nameable()

    def columns(self, *, has_header: bool) -> tuple[CsvColumn, ...]:
        names = self._header_names() if has_header else tuple(self._names_without_header())
        typed = self._typed(names, self._data(has_header=has_header))
        return self._without_trailing(typed, has_header=has_header)

    def _names_target(self) -> bool:
        assert self.target is not None
        wanted = {column.name.casefold() for column in self.target}
        written = [value.strip().casefold() for value in self.first]
        return all(value in wanted for value in written if value) and any(written)

    def _is_nameable(self) -> bool:
        return all(self.first) and len(set(self.first)) == len(self.first)

    def _typed(self, names: tuple[str, ...], data: bytes) -> tuple[CsvColumn, ...]:
        """Return the columns with the target's types, by name or else by place, or detected."""
        detected = detect_types(data, names, self.parsing)
        if self.target is None:
            return detected
        by_name = {column.name.casefold(): column for column in self.target}
        wanted: list[SourceColumn | None]
        if any(name.casefold() in by_name for name in names):
            wanted = [by_name.get(name.casefold()) for name in names]
        else:
            wanted = [*self.target[: len(names)], *[None] * (len(names) - len(self.target))]
        return tuple(
            column if found is None else replace(column, name=found.name, type=found.type)
            for column, found in zip(detected, wanted, strict=True)
        )

    def _header_names(self) -> tuple[str, ...]:
        names: list[str] = []
        for place, value in enumerate(self.first):
            name = value.strip() or f"column{place}"
            taken = {other.casefold() for other in names}
            numbers = (f"{name}_{number}" for number in itertools.count(1))
            unique = (n for n in itertools.chain((name,), numbers) if n.casefold() not in taken)
            names.append(next(unique))
        return tuple(names)

    def _names_without_header(self) -> Iterator[str]:
        if self.target is None:
            yield from _place_names(len(self.first))
            return
        yield from (column.name for column in self.target[: len(self.first)])
        yield from _place_names(len(self.first))[len(self.target) :]

    def _without_trailing(
        self, columns: tuple[CsvColumn, ...], *, has_header: bool
    ) -> tuple[CsvColumn, ...]:
        """Mark the empty column after a delimiter that ends every row, as TPC's dbgen writes it."""
        is_surplus = self.target is not None and len(columns) == len(self.target) + 1
        is_unnamed = not self.first[-1] and (has_header or self.target is None)
        ends = self.parsing.dialect.delimiter.encode()
        rows = self.spans[1:] if has_header else self.spans
        may_trail = len(columns) > 1 and (is_surplus or is_unnamed) and bool(rows)
        if not may_trail:
            return columns
        if not all(self.body[slice(*span)].rstrip(b"\r\n").endswith(ends) for span in rows):
            return columns
        return (*columns[:-1], replace(columns[-1], is_trailing=True))

    def _row(self, place: int) -> bytes:
        return self.body[slice(*self.spans[place])]

    def _data(self, *, has_header: bool) -> bytes:
        begin = self.spans[0][1] if has_header else self.spans[0][0]
        return self.body[begin : self.spans[-1][1]]


def _place_names(count: int) -> list[str]:
    return [f"column{place}" for place in range(count)]


def _detect_dialect(body: bytes, options: CsvOptions, *, is_whole: bool) -> Dialect:
    newline = b"\r" if b"\r" in body and b"\n" not in body else b"\n"
    if options.delimiter is not None:
        return Dialect(options.delimiter, options.quote, options.escape, newline)
    dialects = [Dialect(d, options.quote, options.escape, newline) for d in _DELIMITERS]
    return max(dialects, key=lambda dialect: _regularity(body, dialect, is_whole=is_whole))


def _regularity(body: bytes, dialect: Dialect, *, is_whole: bool) -> tuple[float, int]:
    """Return the share of the first rows with equally many values, and how many those are."""
    spans = row_begins(body[: 64 << 10], dialect)
    if len(spans) > 1 and not (is_whole and len(body) <= 64 << 10):
        spans = spans[:-1]
    counts = [len(_values(body[slice(*span)], dialect)) for span in spans[:_DIALECT_ROWS]]
    several = [count for count in counts if count > 1]
    if not several:
        return (0.0, 1)
    usual = max(set(several), key=several.count)
    return (several.count(usual) / len(counts), usual)


def _values(row: bytes, dialect: Dialect) -> list[str]:
    text = row.decode("utf-8", errors="replace").rstrip("\r\n")
    if dialect.quote is None and dialect.escape is None:
        return text.split(dialect.delimiter)
    reader = csv.reader(
        [text],
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape,
        quoting=csv.QUOTE_NONE if dialect.quote is None else csv.QUOTE_MINIMAL,
    )
    return next(reader, [])
