"""Makes a failing query and its tables smaller while the query still fails.

The query is parsed and loses clauses, items and operands one after the other; then the tables lose
rows, as in delta debugging (Zeller and Hildebrandt, 2002). A candidate counts when it still fails.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tests.fuzz.tables import Tables

Fails = Callable[[str, Tables], bool]
CLAUSES = ("with_", "where", "group", "having", "qualify", "order", "limit", "offset", "distinct")
DIALECT = "duckdb"


def minimise(text: str, tables: Tables, fails: Fails, seconds: float = 60) -> tuple[str, Tables]:
    """Return a smaller query and smaller tables that still fail, found within `seconds`."""
    deadline = time.monotonic() + seconds
    tables = fewer_tables(text, tables)
    if not fails(text, tables):
        return text, tables
    tables = fewer_rows(text, tables, fails, deadline)
    text = smaller_query(text, tables, fails, deadline)
    tables = fewer_tables(text, tables)
    return text, fewer_rows(text, tables, fails, deadline)


def smaller_query(text: str, tables: Tables, fails: Fails, deadline: float) -> str:
    """Return the query without what it fails without."""
    has_changed = True
    while has_changed:
        has_changed = False
        for candidate in list(smaller_texts(text)):
            if time.monotonic() > deadline:
                return text
            if len(candidate) < len(text) and fails(candidate, tables):
                text, has_changed = candidate, True
                break
    return text


def smaller_texts(text: str) -> Iterator[str]:
    """Yield the query with one part less, large parts first."""
    try:
        tree = sqlglot.parse_one(text, read=DIALECT)
    except SqlglotError:
        return
    for place, node in enumerate(tree.walk()):
        for cut in cuts(node):
            copy = tree.copy()
            target = list(copy.walk())[place]
            try:
                changed = cut(target)
                smaller = changed if target is copy and changed is not None else copy
                yield smaller.sql(DIALECT)
            except (SqlglotError, TypeError, AttributeError, ValueError):
                # Not every cut leaves a tree that can be written.
                continue


Cut = Callable[[exp.Expr], "exp.Expr | None"]


def cuts(node: exp.Expr) -> Iterator[Cut]:
    """Yield ways to make a node smaller in place; a way returns what replaces the root."""
    if isinstance(node, exp.Query):
        for other in node.find_all(exp.Query):
            if other is not node and not isinstance(other, exp.Subquery):
                yield replacement(node, other)
    for name in CLAUSES:
        if node.args.get(name) is not None:
            yield removal(name)
    for name in ("expressions", "joins", "ifs"):
        values = node.args.get(name)
        if isinstance(values, list) and (len(values) > 1 or name == "joins"):
            for place in range(len(values)):
                yield item_removal(name, place)
    if isinstance(node, exp.Condition) and not isinstance(node, exp.Column | exp.Literal):
        for child in node.iter_expressions():
            if isinstance(child, exp.Condition):
                yield replacement(node, child)
        yield constant(exp.null())
        yield constant(exp.true())


def replacement(node: exp.Expr, other: exp.Expr) -> Cut:
    """Return the cut that puts a part of a node into its place."""
    place = next(i for i, each in enumerate(node.walk()) if each is other)

    def cut(target: exp.Expr) -> exp.Expr | None:
        part = list(target.walk())[place]
        part.pop()
        target.replace(part)
        return part

    return cut


def removal(name: str) -> Cut:
    """Return the cut that takes a clause away."""

    def cut(target: exp.Expr) -> None:
        target.set(name, None)

    return cut


def item_removal(name: str, place: int) -> Cut:
    """Return the cut that takes one of several items away."""

    def cut(target: exp.Expr) -> None:
        values = list(target.args[name])
        del values[place]
        target.set(name, values)

    return cut


def constant(value: exp.Expr) -> Cut:
    """Return the cut that puts a constant into a node's place."""

    def cut(target: exp.Expr) -> exp.Expr | None:
        target.replace(value.copy())
        return None

    return cut


def fewer_tables(text: str, tables: Tables) -> Tables:
    """Return the tables that the text names."""
    names = {word.strip("(),") for word in text.split()}
    kept = {name: data for name, data in tables.data.items() if name in names}
    return replace(tables, data=kept)


def fewer_rows(text: str, tables: Tables, fails: Fails, deadline: float) -> Tables:
    """Return the tables without rows that the failure does not need."""
    for name in tables.data:
        size = max(1, tables.data[name].num_rows // 2)
        while size >= 1:
            begin = 0
            while begin < tables.data[name].num_rows and time.monotonic() < deadline:
                data = tables.data[name]
                rest = pa.concat_tables([data.slice(0, begin), data.slice(begin + size)])
                candidate = replace(tables, data={**tables.data, name: rest})
                if fails(text, candidate):
                    tables = candidate
                else:
                    begin += size
            size //= 2
    return tables
