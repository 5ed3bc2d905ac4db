"""A few seconds of random queries; `make fuzz` runs as many as one likes."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from tests.fuzz.checks import (
    CIRCUMSTANCES,
    World,
    check_circumstance,
    check_duckdb,
    partition_check,
)
from tests.fuzz.known import REFUSALS, find_reason
from tests.fuzz.minimise import minimise
from tests.fuzz.probe import find_vocabulary
from tests.fuzz.queries import Queries, Query
from tests.fuzz.reproduce import literal
from tests.fuzz.seeds import SIZES, kind_of, report, run_seed
from tests.fuzz.tables import Tables, random_tables
from tests.fuzz.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    found, _ = find_vocabulary(is_settled=True)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_random_queries_agree(vocabulary: Vocabulary, seed: int) -> None:
    outcome = run_seed(seed, 15, vocabulary, minimise_seconds=5)
    assert not outcome.scripts, "\n\n".join(outcome.scripts)
    assert outcome.tally["compared with DuckDB"] >= 10


@pytest.mark.parametrize("name", [n for n in CIRCUMSTANCES if n != "numba"])
def test_circumstances_do_not_matter(vocabulary: Vocabulary, name: str) -> None:
    world = World(random_tables(random.Random(7), SIZES), {"device": "python"})
    queries = Queries(len(name), vocabulary)
    for _ in range(4):
        assert check_circumstance(world, queries.make(), name) is None
    assert world.tally[f"compared with {name}"] >= 2
    world.close()


def test_a_predicate_is_true_false_or_null(vocabulary: Vocabulary) -> None:
    world = World(random_tables(random.Random(8), SIZES), {"device": "python"})
    r, queries = random.Random(8), Queries(8, vocabulary)
    while world.tally["partitioned"] < 8:
        query = queries.make()
        assert [check(world, query) for check in partition_check(r, query)] in ([], [None])
    world.close()


def test_a_difference_is_found_and_made_small() -> None:
    world = World(random_tables(random.Random(9), {"p": (25,)}), {"device": "python"})
    # Halves are rounded to even, as PostgreSQL does, or away from zero.
    text = "SELECT a.k AS c1, ROUND(a.k + 0.5e0) AS c2 FROM p AS a WHERE a.k < 9 OR a.b ORDER BY 1"
    found = check_duckdb(world, Query(text, is_ordered=False))
    assert found is not None
    assert kind_of(found) == ("DuckDB", "answers")
    written = report(world, found, check_duckdb, 20)
    world.close()
    assert "ROUND(" in written
    assert "WHERE" not in written


def test_the_smallest_query_still_fails() -> None:
    tables = Tables({"p": pa.table({"k": [1, 2, 3, None]})}, {})
    text = "SELECT a.k AS c1, COUNT(*) AS c2 FROM p AS a WHERE a.k > 1 AND a.k < 9 GROUP BY 1"

    def fails(candidate: str, smaller: Tables) -> bool:
        connection = duckdb.connect()
        connection.register("p", smaller.data["p"])
        try:
            rows = connection.execute(candidate).fetchall()
        except duckdb.Error:
            return False
        return any(row[0] == 3 for row in rows)

    assert minimise(text, tables, fails)[0] == "SELECT a.k AS c1 FROM p AS a"
    assert minimise(text, tables, fails)[1].data["p"].to_pylist() == [{"k": 3}]


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "NULL"), (True, "TRUE"), (1.5, "1.5e0"), (1e300, "1e+300"), ("it's", "'it''s'")],
)
def test_values_are_written_as_sql(value: object, written: str) -> None:
    assert literal(value) == written


def test_each_refusal_is_explained() -> None:
    explained = (Path(__file__).parents[3] / "docs" / "decisions.md").read_text(encoding="utf-8")
    assert [reason for _, reason in REFUSALS if f"| {reason} " not in explained] == []
    assert (
        find_reason("DataError: BIGINT overflow: SUM of ...") == "a sum of integers beyond BIGINT"
    )
    assert find_reason("division by zero") is None


def test_every_template_is_bound() -> None:
    _, missing = find_vocabulary()
    assert missing == []
