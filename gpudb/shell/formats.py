"""The forms in which answers are written, as one list; all but the aligned table go batch by batch.

Each form is a function from the answer's schema and batches to pieces of text that end in newlines.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from gpudb.cell_text import HTML_END, cell_texts, html_head, html_row, is_list, is_number
from gpudb.csv_text import CsvText
from gpudb.records import dataclass
from gpudb.shell.render import Look, cell_lines, render

LINES_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer to be written, or the part of it that is shown."""

    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    look: Look

    def cells(self) -> Iterator[tuple[str | None, ...]]:
        """Yield each row as texts, None for NULL."""
        for batch in self.batches:
            for begin in range(0, batch.num_rows, LINES_AT_ONCE):
                part = batch.slice(begin, LINES_AT_ONCE)
                yield from zip(*map(column_texts, part.columns), strict=True)


@dataclass(frozen=True, slots=True)
class Format:
    """One form: `write` gives its text; None for files that gpudb.export writes."""

    name: str
    description: str
    write: Callable[[Rows], Iterator[str]] | None
    has_summary: bool = False


def column_texts(column: pa.Array) -> list[str | None]:
    """Return the values of one column of a batch as text, None for NULL."""
    return list(cell_texts(pa.chunked_array([column])))


def write_aligned(rows: Rows) -> Iterator[str]:
    """Yield the lines of a table whose columns stand under each other."""
    table = pa.Table.from_batches(list(rows.batches), rows.schema)
    return (f"{line}\n" for line in render(table, rows.look))


def write_vertical(rows: Rows) -> Iterator[str]:
    """Yield a block of lines for each row, as psql's \\x shows it."""
    names = [" ".join(cell_lines(name)) for name in rows.schema.names]
    width = max(map(len, names), default=0)
    for number, row in enumerate(rows.cells(), 1):
        yield f"-[ row {number:,} ]-".ljust(width + 12, "-") + "\n"
        for name, cell in zip(names, row, strict=True):
            lines = cell_lines(cell, rows.look.null)
            heads = itertools.chain([name], itertools.repeat(""))
            for head, line in zip(heads, lines, strict=False):
                yield f"{head.ljust(width)} | {line}".rstrip() + "\n"


def write_csv(rows: Rows) -> Iterator[str]:
    """Yield comma-separated lines that read back as the same values; NULL is nothing."""
    return separated(rows, ",")


def write_tsv(rows: Rows) -> Iterator[str]:
    """Yield the same with tabs."""
    return separated(rows, "\t")


def separated(rows: Rows, delimiter: str) -> Iterator[str]:
    """Yield a header and the lines of each batch."""
    text = CsvText(tuple(rows.schema.names), delimiter)
    yield text.header().decode()
    for batch in rows.batches:
        columns = [plain_text(column) for column in batch.columns]
        plain = pa.RecordBatch.from_arrays(columns, names=rows.schema.names)
        for lines in text.lines(plain):
            yield lines.to_pybytes().decode()


def plain_text(column: pa.Array) -> pa.Array:
    """Return `column`, as text where Arrow's own text is missing or has exponents."""
    kind = column.type
    is_odd = pa.types.is_decimal(kind) or pa.types.is_interval(kind) or pa.types.is_duration(kind)
    return pa.array(column_texts(column), pa.string()) if is_odd else column


def write_json(rows: Rows) -> Iterator[str]:
    """Yield one JSON array of objects."""
    yield "["
    separator = "\n"
    for line in json_objects(rows):
        yield f"{separator}  {line}"
        separator = ",\n"
    yield "\n]\n"


def write_json_lines(rows: Rows) -> Iterator[str]:
    """Yield one JSON object a line."""
    return (f"{line}\n" for line in json_objects(rows))


def json_objects(rows: Rows) -> Iterator[str]:
    """Yield each row as a JSON object."""
    keys = [json.dumps(name, ensure_ascii=False) for name in rows.schema.names]
    for batch in rows.batches:
        for begin in range(0, batch.num_rows, LINES_AT_ONCE):
            part = batch.slice(begin, LINES_AT_ONCE)
            for row in zip(*map(json_values, part.columns), strict=True):
                pairs = zip(keys, row, strict=True)
                yield "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


def json_values(column: pa.Array) -> list[str]:
    """Return the values of a column as JSON: numbers exactly, others as texts; NaN is null."""
    if is_list(column.type):
        found = [json_values(each.values) if each.is_valid else None for each in column]
        return ["null" if values is None else f"[{', '.join(values)}]" for values in found]
    texts = column_texts(column)
    if pa.types.is_boolean(column.type):
        return [text or "null" for text in texts]
    if pa.types.is_floating(column.type):
        return [json_number(text) for text in texts]
    if is_number(column.type):
        return [text or "null" for text in texts]
    return ["null" if text is None else json.dumps(text, ensure_ascii=False) for text in texts]


def json_number(text: str | None) -> str:
    """Return a float's text as JSON writes it; there is no JSON for NaN and infinity."""
    return text if text is not None and math.isfinite(float(text)) else "null"


def write_markdown(rows: Rows) -> Iterator[str]:
    """Yield a table of GitHub's Markdown."""
    yield f"| {' | '.join(map(markdown_cell, rows.schema.names))} |\n"
    rules = ("---:" if is_number(field.type) else "---" for field in rows.schema)
    yield f"| {' | '.join(rules)} |\n"
    for row in rows.cells():
        cells = (markdown_cell(rows.look.null if cell is None else cell) for cell in row)
        yield f"| {' | '.join(cells)} |\n"


def markdown_cell(text: str) -> str:
    """Return `text` so that it stays in its cell."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "<br>")


def write_html(rows: Rows) -> Iterator[str]:
    """Yield an HTML table; NULL has a class of its own."""
    yield from html_head(rows.schema)
    for row in rows.cells():
        yield html_row(row, rows.schema, rows.look.null)
    yield HTML_END


FORMATS: tuple[Format, ...] = (
    Format("aligned", "a table that fits the terminal", write_aligned, has_summary=True),
    Format("vertical", "each row as a block of lines", write_vertical, has_summary=True),
    Format("csv", "comma-separated values", write_csv),
    Format("tsv", "tab-separated values", write_tsv),
    Format("json", "an array of objects", write_json),
    Format("jsonlines", "an object a line", write_json_lines),
    Format("markdown", "a Markdown table", write_markdown),
    Format("html", "an HTML table", write_html),
    Format("arrow", "an Arrow file, with -o or \\o", None),
    Format("parquet", "a Parquet file, with -o or \\o", None),
)


def format_named(name: str) -> Format:
    """Return the format called `name`, which is one of FORMATS."""
    return next(form for form in FORMATS if form.name == name)
