"""Answers as aligned text.

 name  | count
-------+-------
 north |    12
 NULL  |     7
(2 rows, 1.4 ms)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import pyarrow as pa

from gpudb.cell_text import cell_texts, is_number
from gpudb.profile import Profile
from gpudb.records import dataclass
from gpudb.shell.fit import Width, fit

NULL_TEXT = "NULL"
UTF_8 = "utf-8"
# Newlines make lines of a cell; other control characters would act on the terminal.
CONTROLS = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code != ord("\n")
}
CONTROLS[ord("\t")] = "\\t"
CONTROLS[ord("\r")] = "\\r"


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column ready to print: each cell is its lines."""

    head: list[str]
    cells: list[list[str]]
    is_right_aligned: bool

    def width(self) -> int:
        """Return the width of the widest line, in places of a terminal."""
        return max(map(places, [*self.head, *(line for cell in self.cells for line in cell)]))


@dataclass(frozen=True, slots=True)
class Look:
    """How a table is drawn: `width` None is boundless, `cut` ends what is cut.

    `types` are the columns' types, for the head; what `encoding` lacks stands as \\x codes.
    """

    null: str = NULL_TEXT
    width: int | None = None
    types: tuple[str, ...] = ()
    cut: str = "…"
    encoding: str = UTF_8


def render(table: pa.Table, look: Look | None = None) -> Iterator[str]:
    """Yield the lines of `table`, its header first; columns that do not fit are left out."""
    look = look or Look()
    columns = [
        text_column(field, table.column(place), look, look.types[place : place + 1])
        for place, field in enumerate(table.schema)
    ]
    natural = [Width(column.width(), not column.is_right_aligned) for column in columns]
    widths = fit(natural, look.width)
    hidden = len(columns) - len(widths)
    columns, more = columns[: len(widths)], [look.cut] if hidden else []
    for names in zip(*(column.head for column in columns), strict=True):
        yield join_line([*fill(names, widths, look), *more])
    yield "+".join("-" * (width + 2) for width in [*widths, *map(len, more)])
    rights = [column.is_right_aligned for column in columns]
    for row in zip(*(column.cells for column in columns), strict=True):
        for line in zip_longest(*row, fillvalue=""):
            yield join_line([*fill(line, widths, look, rights), *more])
    if hidden:
        yield f"({hidden} of {hidden + len(widths)} columns hidden; \\x shows all)"


def fill(
    cells: Sequence[str], widths: Sequence[int], look: Look, rights: Sequence[bool] = ()
) -> Iterator[str]:
    """Yield `cells` cut and filled to `widths`; `rights` tells which stand to the right."""
    for cell, width, is_right in zip_longest(cells, widths, rights, fillvalue=False):
        yield align(shorten(str(cell), width, look.cut), width, is_right=bool(is_right))


def summary(
    row_count: int,
    *,
    shown_rows: int | None = None,
    seconds: float | None = None,
    profile: Profile | None = None,
) -> str:
    """Return the line under an answer; `row_count` is -1 where there is none to tell.

    With `seconds` and `profile` it tells the bytes of columns read, and how fast kernels ran.

    >>> summary(1200, shown_rows=50, seconds=0.0123)
    '(1,200 rows, 50 shown, 12.3 ms)'
    """
    parts = [] if row_count < 0 else [f"{row_count:,} {'row' if row_count == 1 else 'rows'}"]
    if shown_rows is not None and shown_rows < row_count:
        parts.append(f"{shown_rows:,} shown")
    if seconds is not None:
        parts.append(show_seconds(seconds))
    if seconds is not None and profile is not None and profile.touched_bytes:
        parts.append(f"{show_size(profile.touched_bytes)} read")
        run_seconds = sum(pipeline.run_seconds for pipeline in profile.pipelines)
        if run_seconds:
            parts.append(f"{show_size(profile.touched_bytes / run_seconds)}/s")
    return f"({', '.join(parts or ['done'])})"


def show_seconds(seconds: float) -> str:
    """Return a duration in a fitting unit."""
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 120:
        return f"{seconds:.2f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def show_size(size_bytes: float) -> str:
    """Return a number of bytes in a fitting unit.

    >>> show_size(1_234_567)
    '1.2 MB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000:
            return f"{size_bytes:.1f} {unit}" if unit != "B" else f"{size_bytes:.0f} B"
        size_bytes /= 1000
    return f"{size_bytes:.1f} TB"


def text_column(
    field: pa.Field, values: pa.ChunkedArray, look: Look, types: Sequence[str] = ()
) -> TextColumn:
    """Return the cells of a column, numbers to the right; `types` are lines of its head."""
    cells = [cell_lines(text, look.null, look.encoding) for text in cell_texts(values)]
    # One line each: a line end in a name would break the head.
    name = "\\n".join(cell_lines(field.name, encoding=look.encoding))
    return TextColumn([name, *types], cells, is_number(field.type))


def cell_lines(text: str | None, null: str = NULL_TEXT, encoding: str = UTF_8) -> list[str]:
    """Return the lines of one cell, without what would act on the terminal or cannot be written."""
    if text is None:
        return [null]
    if encoding != UTF_8:
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    return text.translate(CONTROLS).split("\n")


def shorten(text: str, width: int, cut: str) -> str:
    """Return `text` cut down to `width` places, `cut` at its end if anything is missing."""
    if places(text) <= width:
        return text
    kept = text[: width - len(cut)]
    while places(kept) > width - len(cut):
        kept = kept[:-1]
    return kept + cut


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
