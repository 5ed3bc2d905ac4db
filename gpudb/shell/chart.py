"""The last answer as a chart of characters, drawn by plotext."""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

import pyarrow as pa

from gpudb.cell_text import cell_texts, is_number
from gpudb.cursor import Answer
from gpudb.errors import InterfaceError, ProgrammingError
from gpudb.shell.terminal import terminal_size

if TYPE_CHECKING:
    from types import ModuleType

KINDS = ("bar", "line", "scatter", "hist")
USAGE = "\\chart takes bar|line|scatter|hist X [Y], with names of the last answer's columns"
MAX_BARS = 50
MAX_POINTS = 100_000
HISTOGRAM_BINS = 30
DEFAULT_HEIGHT = 20


def draw(answer: Answer, words: Sequence[str], out: TextIO) -> str:
    """Return a chart of an answer; ProgrammingError for columns that it cannot show."""
    kind, names = (words[0], words[1:]) if words else ("", ())
    if kind not in KINDS or not 1 <= len(names) <= 2 or (kind == "hist") != (len(names) == 1):
        raise ProgrammingError(USAGE)
    table = first_points(answer)
    columns = [column(table, name) for name in names]
    plot = clear_plot(out)
    if kind == "hist":
        plot.hist([v for v in numbers(columns[0], names[0]) if not math.isnan(v)], HISTOGRAM_BINS)
    elif kind == "bar":
        check_bars(table)
        labels = [text or "NULL" for text in cell_texts(columns[0])]
        plot.bar(labels, zero_for_null(numbers(columns[1], names[1])))
    else:
        draw_points(plot, kind, columns, names)
    plot.xlabel(names[0])
    if len(names) > 1:
        plot.ylabel(names[1])
    text = str(plot.build())
    return (text if has_colors(out) else str(plot.uncolorize(text))).rstrip("\n") + "\n"


def draw_points(
    plot: ModuleType, kind: str, columns: Sequence[pa.ChunkedArray], names: Sequence[str]
) -> None:
    """Draw lines or points; an x that is no number stands at its place in the answer."""
    ys = numbers(columns[1], names[1])
    is_numeric = is_number(columns[0].type)
    xs = numbers(columns[0], names[0]) if is_numeric else [float(place) for place in range(len(ys))]
    pairs = [(x, y) for x, y in zip(xs, ys, strict=True) if not math.isnan(x) | math.isnan(y)]
    if kind == "line":
        pairs.sort()
    drawn = plot.plot if kind == "line" else plot.scatter
    drawn([x for x, _ in pairs], [y for _, y in pairs])
    if not is_numeric and len(xs) > 1:
        labels = cell_texts(columns[0])
        places = sorted({0, len(xs) // 2, len(xs) - 1})
        plot.xticks(places, [labels[place] or "NULL" for place in places])


def clear_plot(out: TextIO) -> ModuleType:
    """Return plotext with an empty figure as wide as the terminal."""
    try:
        plotext = importlib.import_module("plotext")
    except ImportError:
        raise InterfaceError("\\chart needs plotext: pip install 'plotext<6'") from None
    size = terminal_size(out)
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plot_size(size.columns - 1, max(10, min(DEFAULT_HEIGHT, size.lines - 2)))
    return plotext


def first_points(answer: Answer) -> pa.Table:
    """Return the rows of an answer, up to the number that a chart can show."""
    table = pa.Table.from_batches(list(answer.batches()), answer.schema)
    if table.num_rows == 0:
        raise ProgrammingError("the last answer has no rows to draw")
    if table.num_rows > MAX_POINTS:
        raise ProgrammingError(
            f"the last answer has {table.num_rows:,} rows and a chart draws at most"
            f" {MAX_POINTS:,}: group or sample them first"
        )
    return table


def check_bars(table: pa.Table) -> None:
    """Raise ProgrammingError for more bars than anybody can read."""
    if table.num_rows > MAX_BARS:
        raise ProgrammingError(
            f"the last answer has {table.num_rows:,} rows, and bars are drawn for at most"
            f" {MAX_BARS}: add LIMIT, or draw a line"
        )


def column(table: pa.Table, name: str) -> pa.ChunkedArray:
    """Return the column called `name`, in any case."""
    for place, known in enumerate(table.schema.names):
        if known.lower() == name.lower():
            return table.column(place)
    listed = ", ".join(table.schema.names)
    raise ProgrammingError(f"the last answer has no column {name}; its columns are {listed}")


def numbers(values: pa.ChunkedArray, name: str) -> list[float]:
    """Return a column as floats, NaN for NULL; ProgrammingError for other types."""
    if not is_number(values.type):
        raise ProgrammingError(f"column {name} holds no numbers, so its values have no height")
    cast = values.cast(pa.float64())
    return [math.nan if value is None else value for value in cast.to_pylist()]


def zero_for_null(values: Sequence[float]) -> list[float]:
    """Return `values` with bars of no height for NULL."""
    return [0.0 if math.isnan(value) else value for value in values]


def has_colors(out: TextIO) -> bool:
    """Whether colours reach a person who wants them."""
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
