"""Values as text for people to read: in tables of the shell and of notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from gpudb.late import html
from gpudb.storage.arrow import sql_type
from gpudb.storage.lists import list_texts


def is_number(kind: pa.DataType) -> bool:
    """Whether an Arrow type is one of numbers."""
    found = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return bool(found)


def is_list(kind: pa.DataType) -> bool:
    """Whether an Arrow type is one of arrays."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def cell_texts(values: pa.ChunkedArray) -> Sequence[str | None]:
    """Return the values of a column as text, None for NULL; dates beyond Python's are fine."""
    kind = values.type
    if pa.types.is_decimal(kind):
        # Arrow's cast would write small ones with an exponent.
        return [None if value is None else f"{value:f}" for value in values.to_pylist()]
    if pa.types.is_interval(kind) or pa.types.is_duration(kind):
        return [None if value is None else show_interval(value) for value in values.to_pylist()]
    if is_list(kind):
        shown: list[str | None] = list_texts(values, sql_type(kind.value_type)).to_pylist()
        return shown
    if pa.types.is_integer(kind):  # Arrow's cast would load all of its functions first
        return [None if value is None else str(value) for value in values.to_pylist()]
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


def html_head(schema: pa.Schema) -> Iterator[str]:
    """Yield the begin of an HTML table, up to its rows."""
    yield "<table>\n"
    heads = "".join(f"<th>{html.escape(name)}</th>" for name in schema.names)
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>\n"


def html_row(row: Sequence[str | None], schema: pa.Schema, null: str) -> str:
    """Return a row of an HTML table: numbers to the right, NULL with a class of its own."""
    styles = (' align="right"' if is_number(field.type) else "" for field in schema)
    cells = (
        f'<td{style} class="null">{html.escape(null)}</td>'
        if cell is None
        else f"<td{style}>{html.escape(cell)}</td>"
        for cell, style in zip(row, styles, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>\n"


HTML_END = "</tbody>\n</table>\n"


def html_table(table: pa.Table, null: str = "NULL") -> str:
    """Return a table as HTML."""
    rows = zip(*map(cell_texts, table.columns), strict=True)
    lines = (html_row(row, table.schema, null) for row in rows)
    return "".join([*html_head(table.schema), *lines, HTML_END])
