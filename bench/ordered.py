"""Whether an answer is right where the order leaves a choice: ties, and which of them LIMIT keeps.

An answer with ORDER BY ... LIMIT is right if some order of the whole answer, sorted by the keys,
has its rows at these places. The peer computes the whole answer with the keys beside, and for each
row where its run of ties begins; then every row must be found in the run of its place, once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import sqlglot
from sqlglot import exp

from bench.answers import STRICT, Tolerance, is_same, plain_rows
from bench.duckdb_engine import Duckdb


@dataclass(frozen=True)
class Whole:
    """A query without its order and limit, its order's keys as further columns."""

    sql: str
    directions: tuple[str, ...]
    offset: int


def is_ordered(sql: str) -> bool:
    """Whether a query orders or cuts its answer."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    return any(tree.args.get(clause) is not None for clause in ("order", "limit", "offset"))


def whole_query(sql: str, columns: int) -> Whole:
    """Return a query of `columns` columns without ORDER BY, LIMIT and OFFSET."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    order = tree.args.get("order")
    keys = [] if order is None else order.expressions
    offset = tree.args.get("offset")
    begin = 0 if offset is None else int(offset.expression.this)
    for clause in ("order", "limit", "offset"):
        tree.set(clause, None)
    names = [f"c{place}" for place in range(1, columns + 1)]
    directions = []
    for place, key in enumerate(keys, 1):
        if isinstance(key.this, exp.Literal):
            name = f"c{key.this.this}"
        else:
            tree.select(exp.alias_(key.this.copy(), f"key_{place}"), copy=False)
            name = f"k{place}"
            names.append(name)
        directions.append(f"{name} DESC" if key.args.get("desc") else f"{name} ASC")
    text = f"SELECT * FROM ({tree.sql('duckdb')}) AS whole({', '.join(names)})"
    return Whole(text, tuple(directions), begin)


def find_misplaced(
    sql: str,
    answer: pa.Table,
    expected_rows: int,
    peer: Duckdb,
    tolerances: Sequence[Tolerance] = (),
) -> str | None:
    """Return in words what no right answer of the query has, or None."""
    if answer.num_rows != expected_rows:
        return f"{answer.num_rows} rows, expected {expected_rows}"
    if answer.num_rows == 0:
        return None
    whole = whole_query(sql, answer.num_columns)
    order = f"ORDER BY {', '.join(whole.directions)}" if whole.directions else ""
    ranked = f"SELECT *, rank() OVER ({order}) - 1 AS run FROM ({whole.sql})"
    runs = peer.query(
        f"SELECT run FROM ({ranked}) ORDER BY run LIMIT {answer.num_rows} OFFSET {whole.offset}"
    )["run"].to_pylist()
    exact = [place for place, f in enumerate(answer.schema) if not pa.types.is_floating(f.type)]
    candidates = find_candidates(ranked, answer, exact, peer, runs[-1])
    given = tolerances or [STRICT] * answer.num_columns
    for place, (row, run) in enumerate(zip(plain_rows(answer), runs, strict=True)):
        found = candidates[(run, *(row[i] for i in exact))]
        match = next((c for c in found if all(map(is_same, row, c, given))), None)
        if match is None:
            return f"row {place}: {row!r} does not belong there"
        found.remove(match)
    return None


Row = Sequence[object]


def find_candidates(
    ranked: str, answer: pa.Table, exact: Sequence[int], peer: Duckdb, last: int
) -> defaultdict[tuple[object, ...], list[Row]]:
    """Return the rows of the whole answer that may be in `answer`, by run and exact columns."""
    names = [f"c{place}" for place in range(1, answer.num_columns + 1)]
    peer.connection.register("given_answer", answer.rename_columns(names))
    same = [f"g.c{i + 1} IS NOT DISTINCT FROM r.c{i + 1}" for i in exact]
    test = f" AND EXISTS (SELECT 1 FROM given_answer AS g WHERE {' AND '.join(same)})"
    rows = peer.query(
        f"SELECT {', '.join(names)}, run FROM ({ranked}) AS r"
        f" WHERE run <= {last}{test if same else ''}"
    )
    peer.connection.unregister("given_answer")
    found: defaultdict[tuple[object, ...], list[Row]] = defaultdict(list)
    for *row, run in plain_rows(rows):
        found[(run, *(row[i] for i in exact))].append(row)
    return found
