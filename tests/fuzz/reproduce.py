"""Writes a failing query down as a script that makes it fail again."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator
from decimal import Decimal

from tests.fuzz.checks import Difference
from tests.fuzz.tables import ALL_COLUMNS, Tables

TYPES = {column.name: column.sql_type for column in ALL_COLUMNS}


def script(found: Difference, tables: Tables, settings: dict[str, object]) -> str:
    """Return SQL that makes the tables, the query, and both answers as comments."""
    lines = [f"-- differs from: {found.check}", f"-- our settings: {settings}"]
    for name, data in tables.data.items():
        kept = [c for c in data.column_names if mentions(found.query.text, c)]
        suffix = tables.definitions[name].partition(" WITH ")[2]
        columns = ", ".join(f"{c} {TYPES[c]}" for c in kept or ["id"])
        lines.append(f"CREATE TABLE {name} ({columns}) WITH {suffix};")
        rows = data.select(kept or ["id"]).to_pylist()
        if rows:
            values = ", ".join(f"({', '.join(map(literal, row.values()))})" for row in rows)
            lines.append(f"INSERT INTO {name} VALUES {values};")
    lines.append(f"{found.query.text};")
    lines += comments("ours", found.ours)
    lines += comments("expected", found.expected)
    return "\n".join([*lines, *comments("difference", found.what)])


def mentions(text: str, column: str) -> bool:
    """Whether a text reads a column of this name."""
    return re.search(rf"\b{column}\b", text) is not None


def comments(title: str, text: str) -> Iterator[str]:
    """Yield the lines of a text as comments."""
    yield f"-- {title}:"
    yield from (f"--   {line}" for line in text.splitlines())


def literal(value: object) -> str:
    """Return a value as SQL writes it."""
    match value:
        case None:
            return "NULL"
        case bool() | int() | Decimal():
            return str(value).upper()
        case float() if math.isfinite(value):
            return repr(value) if "e" in repr(value) else f"{value!r}e0"
        case float():
            return f"CAST('{value}' AS DOUBLE)"
        case list():
            elements = f"ARRAY[{', '.join(map(literal, value))}]"
            return elements if value else "CAST('{}' AS INTEGER[])"
        case datetime.datetime():
            return f"TIMESTAMP '{value}'"
        case datetime.date():
            return f"DATE '{value}'"
        case datetime.time():
            return f"TIME '{value}'"
    return "'" + str(value).replace("'", "''") + "'"
