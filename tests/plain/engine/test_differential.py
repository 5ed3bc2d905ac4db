"""Random queries answer as DuckDB does, on every device and however the rows are split."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

import gpudb
from tests.plain.engine.agreement import check_agreement, find_difference
from tests.plain.engine.random_expressions import Expressions
from tests.plain.engine.random_queries import Queries, Query
from tests.plain.engine.random_tables import make_databases, random_table


@pytest.mark.parametrize("seed", range(1000, 1012))
def test_queries_agree_with_duckdb(seed: int) -> None:
    r = random.Random(seed)
    ours = gpudb.connect(device="python", morsel_rows=r.choice((1, 3, 1 << 17)))
    databases = make_databases(r, ours)
    queries = Queries(seed)
    answered = sum(check_agreement(databases, queries.make()) for _ in range(25))
    databases.close()
    assert answered > 20


@pytest.mark.parametrize("seed", range(2000, 2003))
def test_compiled_queries_agree_with_duckdb(seed: int) -> None:
    databases = make_databases(random.Random(seed), gpudb.connect(device="cpu", morsel_rows=3))
    queries = Queries(seed)
    answered = sum(check_agreement(databases, queries.make()) for _ in range(10))
    databases.close()
    assert answered > 5


@pytest.mark.parametrize("seed", range(3000, 3004))
def test_a_predicate_is_true_false_or_null(seed: int) -> None:
    r = random.Random(seed)
    with gpudb.connect(device="python", morsel_rows=7) as ours:
        make_databases(r, ours).theirs.close()
        for _ in range(10):
            predicate = Query(Expressions(r, ["a"]).boolean(2), is_ordered=False).ours
            counts = [
                ours.execute(f"SELECT COUNT(*) FROM p AS a{where}").fetchall()[0][0]
                for where in (
                    "",
                    f" WHERE {predicate}",
                    f" WHERE NOT {predicate}",
                    f" WHERE {predicate} IS NULL",
                )
            ]
            assert counts[0] == sum(counts[1:]), predicate


@pytest.mark.parametrize("seed", range(4000, 4004))
def test_any_split_of_the_rows_gives_the_same_answer(seed: int) -> None:
    r = random.Random(seed)
    tables = {name: random_table(r, 23) for name in ("p", "q", "e")}
    connections = [
        connection_with(tables, chunk_rows, morsel_rows)
        for chunk_rows, morsel_rows in ((1, 1), (2, 1 << 17), (4, 3), (1000, 5), (1000, 1 << 17))
    ]
    queries = Queries(seed)
    for _ in range(15):
        query = queries.make()
        answers = [answer(connection, query.ours) for connection in connections]
        for other in answers[1:]:
            difference = find_difference(answers[0], other, is_ordered=query.is_ordered)
            assert difference is None, f"{query.ours}\n{difference}"
    for connection in connections:
        connection.close()


def connection_with(
    tables: dict[str, pa.Table], chunk_rows: int, morsel_rows: int
) -> gpudb.Connection:
    connection = gpudb.connect(device="python", morsel_rows=morsel_rows, chunk_rows=chunk_rows)
    for name, table in tables.items():
        connection.cursor().adbc_ingest(name, table, "create")
    return connection


def answer(connection: gpudb.Connection, text: str) -> list[tuple[object, ...]]:
    try:
        return connection.execute(text).fetchall()
    except (gpudb.DataError, gpudb.NotSupportedError) as error:
        return [(error.message,)]
