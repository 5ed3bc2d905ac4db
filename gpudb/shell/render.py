"""Answers as aligned text.

 name  | count
-------+-------
 north |    12
 NULL  |     7
(2 rows, 1.4 ms)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import pyarrow as pa

NULL_TEXT = "NULL"
# Newlines make lines of a cell; other control characters would act on the terminal.
CONTROLS = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code != ord("\n")
}
CONTROLS[ord("\t")] = "\\t"
CONTROLS[ord("\r")] = "\\r"


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column ready to print: each cell is its lines."""

    name: str
    cells: list[list[str]]
    is_right_aligned: bool

    def width(self) -> int:
        """Return the width of the widest line, in places of a terminal."""
        return max(map(places, [self.name, *(line for cell in self.cells for line in cell)]))


def render(table: pa.Table) -> Iterator[str]:
    """Yield the lines of `table`, its header first."""
    columns = [text_column(field, table.column(i)) for i, field in enumerate(table.schema)]
    widths = [column.width() for column in columns]
    names = [align(c.name, w, is_right=False) for c, w in zip(columns, widths, strict=True)]
    yield join_line(names)
    yield "+".join("-" * (width + 2) for width in widths)
    for row in zip(*(column.cells for column in columns), strict=True):
        for line in zip_longest(*row, fillvalue=""):
            yield join_line(
                align(text, width, is_right=column.is_right_aligned)
                for text, width, column in zip(line, widths, columns, strict=True)
            )


def summary(row_count: int, *, shown_rows: int | None = None, seconds: float | None = None) -> str:
    """Return the line under an answer; `row_count` is -1 where there is none to tell.

    >>> summary(1200, shown_rows=50, seconds=0.0123)
    '(1,200 rows, 50 shown, 12.3 ms)'
    """
    parts = [] if row_count < 0 else [f"{row_count:,} {'row' if row_count == 1 else 'rows'}"]
    if shown_rows is not None and shown_rows < row_count:
        parts.append(f"{shown_rows:,} shown")
    if seconds is not None:
        parts.append(show_seconds(seconds))
    return f"({', '.join(parts or ['done'])})"


def show_seconds(seconds: float) -> str:
    """Return a duration in a fitting unit."""
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 120:
        return f"{seconds:.2f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def text_column(field: pa.Field, values: pa.ChunkedArray) -> TextColumn:
    """Return the cells of a column, numbers to the right."""
    kind = field.type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    cells = [cell_lines(text) for text in cell_texts(values)]
    return TextColumn(field.name.translate(CONTROLS), cells, bool(is_number))


def cell_texts(values: pa.ChunkedArray) -> Sequence[str | None]:
    """Return the values of a column as text, None for NULL; dates beyond Python's are fine."""
    kind = values.type
    if pa.types.is_decimal(kind):
        # Arrow's cast would write small ones with an exponent.
        return [None if value is None else f"{value:f}" for value in values.to_pylist()]
    if pa.types.is_interval(kind) or pa.types.is_duration(kind):
        return [None if value is None else show_interval(value) for value in values.to_pylist()]
    texts: list[str | None] = values.cast(pa.string()).to_pylist()
    return texts


def show_interval(value: object) -> str:
    """Return an interval in words: pyarrow's MonthDayNano, or datetime.timedelta as it is."""
    if not isinstance(value, pa.MonthDayNano):
        return str(value)
    parts = (
        [f"{value.months} months"] if value.months or not (value.days or value.nanoseconds) else []
    )
    parts += [f"{value.days} days"] if value.days else []
    parts += [f"{value.nanoseconds / 1e9:g} seconds"] if value.nanoseconds else []
    return " ".join(parts)


def cell_lines(text: str | None) -> list[str]:
    """Return the lines of one cell, without characters that would act on the terminal."""
    return [NULL_TEXT] if text is None else text.translate(CONTROLS).split("\n")


def align(text: str, width: int, *, is_right: bool) -> str:
    """Return `text` filled up to `width` places."""
    fill = " " * (width - places(text))
    return fill + text if is_right else text + fill


def join_line(cells: Iterator[str] | Sequence[str]) -> str:
    """Return one line of the table."""
    return (" " + " | ".join(cells)).rstrip()


def places(text: str) -> int:
    """Return how many places of a terminal `text` takes; letters of East Asia take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
