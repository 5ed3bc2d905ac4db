"""INSERT INTO name [(columns)] VALUES of literals, read straight from the text.

    find_literal_rows(text) -> LiteralRows     column_values(cells, type) -> physical values

A tree, a plan and a pipeline for values that stand there already take a hundred times as long as
storing them. Whatever is not of this form, or does not fit its column as it is, is None here: then
the statement goes the way of all others, which says what is wrong, and where.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache

from gpudb.errors import Error
from gpudb.late import late_pattern
from gpudb.records import dataclass
from gpudb.sql.bind.constants import Value, convert
from gpudb.sql.parameters import decimal_literal, integer_type
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType

NAME = r'(?:[A-Za-z_]\w*|"(?:[^"]|"")+")'
LIST = r"\(\s*{item}(?:\s*,\s*{item})*\s*\)"
FIRST_WORD = "INSERT"
HEAD = late_pattern(
    rf"\s*INSERT\s+INTO\s+(?P<table>{NAME}(?:\s*[.]\s*{NAME})?)\s*"
    rf"(?P<columns>{LIST.format(item=NAME)})?\s*VALUES\s*",
    re.IGNORECASE,
)
# A backslash may mean more than itself, and two strings side by side are one.
CELL = (
    r"\s*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|'[^'\\]*(?:''[^'\\]*)*'|NULL|TRUE|FALSE)\s*"
)
FIRST_ROW = late_pattern(rf"\({CELL}(?:,{CELL})*\)", re.IGNORECASE)
CELLS = late_pattern(CELL, re.IGNORECASE)
WORDS: dict[str, tuple[SqlType, Value]] = {
    "TRUE": (types.BOOLEAN, True),
    "FALSE": (types.BOOLEAN, False),
}
MOST_DIGITS = types.MAX_DECIMAL_PRECISION
MOMENTS = (Kind.DATE, Kind.TIME, Kind.TIMESTAMP)


class UnlikeError(Exception):
    """A literal that its column does not take as it is."""


@dataclass(frozen=True, slots=True)
class LiteralRows:
    """What an INSERT of literals says: `columns` is None where it names none.

    `table` is a name, or a schema's and a name, `cells` the literals' texts column by column.
    """

    table: tuple[str, ...]
    columns: tuple[str, ...] | None
    cells: tuple[list[str], ...]


def find_literal_rows(text: str) -> LiteralRows | None:
    """Return the rows that `text` inserts if it is an INSERT of literals only, else None.

    >>> find_literal_rows("INSERT INTO t VALUES (1, 'one'), (2, NULL)").cells
    (['1', '2'], ["'one'", 'NULL'])
    """
    if text.lstrip()[: len(FIRST_WORD)].upper() != FIRST_WORD:
        return None
    head = HEAD.match(text)
    first = None if head is None else FIRST_ROW.match(text, head.end())
    if head is None or first is None:
        return None
    width = len(CELLS.findall(text, first.start() + 1, first.end() - 1))
    rows = _rows(width).findall(text, first.start())
    if rows[-1][width]:
        return None
    # The last column is of what is no row: there is none.
    *cells, _ = map(list, zip(*rows, strict=True))
    columns = None if head["columns"] is None else tuple(listed_names(head["columns"]))
    return LiteralRows(tuple(listed_names(head["table"])), columns, tuple(cells))


@lru_cache(maxsize=64)
def _rows(width: int) -> re.Pattern[str]:
    """Return the pattern of a row of so many cells that ends the text or has another behind it.

    Where there is none, it is that of all that is left.
    """
    row = rf"\({','.join([CELL] * width)}\)"
    return re.compile(rf"{row}\s*(?:,\s*(?=\()|;?\s*\Z)|([\s\S]+)", re.IGNORECASE)


def listed_names(text: str) -> list[str]:
    """Return the names in a list, without their quotes; quoted ones may hold commas."""
    return [unquote(name) for name in re.findall(NAME, text)]


def unquote(name: str) -> str:
    """Return a name without its quotes."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def column_values(cells: Sequence[str], target: SqlType) -> list[Value | None] | None:
    """Return the physical values, None for NULL, that literals are in a column of type `target`.

    None instead of a list where one of them does not fit, or only by a rule of its own.
    """
    read = READERS.get(target.kind)
    if read is not None:
        found = read(cells, target)
        if found is not None:
            return found
    try:
        return [_value(cell, target) for cell in cells]
    except (UnlikeError, Error):
        return None


def _integers(cells: Sequence[str], target: SqlType) -> list[Value | None] | None:
    bounds = target.value_range
    assert bounds is not None
    try:
        values: list[Value | None] = list(map(int, cells))
    except ValueError:
        return None
    least, greatest = min(values), max(values)  # type: ignore[type-var]
    return values if bounds[0] <= least and greatest <= bounds[1] else None  # type: ignore[operator]


def _floats(cells: Sequence[str], _: SqlType) -> list[Value | None] | None:
    try:
        # A decimal -0.0 is 0.
        values: list[Value | None] = [float(cell) + 0.0 for cell in cells]
    except ValueError:
        return None
    # Exact numbers end at so many digits; exponents have rules of their own.
    is_plain = max(map(len, cells)) <= MOST_DIGITS and "e" not in "".join(cells).lower()
    return values if is_plain else None


def _texts(cells: Sequence[str], _: SqlType) -> list[Value | None] | None:
    values: list[Value | None] = [cell[1:-1] for cell in cells if cell[0] == "'"]
    if len(values) < len(cells):
        return None
    has_quotes = any("''" in cell[1:-1] for cell in cells)
    return [cell[1:-1].replace("''", "'") for cell in cells] if has_quotes else values


READERS: dict[Kind, Callable[[Sequence[str], SqlType], list[Value | None] | None]] = {
    **dict.fromkeys(types.INTEGER_BITS, _integers),
    Kind.DOUBLE: _floats,
    Kind.TEXT: _texts,
}


def _value(cell: str, target: SqlType) -> Value | None:
    """Return one literal's value; raises UnlikeError or an Error where it does not fit."""
    word = cell.upper()
    if word == "NULL":
        return None
    type_, value = WORDS.get(word) or _literal(cell)
    is_alike = (
        (type_.is_numeric and target.is_numeric)
        or type_.kind is target.kind
        or (type_.is_text and target.kind in MOMENTS)
    )
    if target.is_array or not is_alike:
        raise UnlikeError
    found = value if type_ == target else convert(value, type_, target)
    if isinstance(found, float) and (not math.isfinite(found) or (found == 0 and cell[0] == "-")):
        raise UnlikeError
    return found


def _literal(cell: str) -> tuple[SqlType, Value]:
    """Return the type and the value that a literal has by itself."""
    if cell[0] == "'":
        return types.TEXT, cell[1:-1].replace("''", "'")
    if "e" in cell or "E" in cell:
        return types.DOUBLE, float(cell)
    if "." in cell:
        return decimal_literal(Decimal(cell))
    # A text of thousands of digits is refused by int itself.
    try:
        value = int(cell)
    except ValueError:
        raise UnlikeError from None
    return integer_type(value), value
