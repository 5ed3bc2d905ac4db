"""What a scope keeps of expressions, and that texts do not tell which constants are equal."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import gpudb
from gpudb.kernels.scope import Scope
from gpudb.kernels.values import INT, Value
from gpudb.kernels.writer import Writer
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import Call, ColumnReference, Literal
from gpudb.storage.types import BIGINT


@dataclass
class Constant:
    """Reads a field whose integers lie within `bounds`."""

    bounds: Bounds | None

    def read(self, writer: Writer) -> Value:
        return Value(INT, "1")


def test_bounds_follow_the_fields_that_are_in_force() -> None:
    scope = Scope(Writer())
    column = ColumnReference(id=1, name="x", type=BIGINT, nullable=False)
    one = Literal(value=1, type=BIGINT, nullable=False)
    total = Call(function="add", arguments=(column, one), type=BIGINT, nullable=False)
    scope.add({1: Constant(Bounds(0, 9))})
    assert scope.bounds(total) == scope.bounds(total) == Bounds(1, 10)
    scope.add({1: Constant(Bounds(-5, 5))})
    assert scope.bounds(total) == Bounds(-4, 6)


def test_bounds_are_those_of_the_expression_that_is_asked_for() -> None:
    """One that is gone has left its place in memory to the next."""
    scope = Scope(Writer())
    for value in range(1000):
        made = Literal(value=value, type=BIGINT, nullable=False)
        assert scope.bounds(made) == Bounds(value, value)
        del made


ALIKE = (
    "SELECT CASE WHEN a > {0} THEN '{1}' ELSE t END FROM s",
    "SELECT a FROM s WHERE t = '{1}' OR t > '{2}' AND a BETWEEN {0} AND 7",
    "SELECT t, sum(a * 2) FROM s WHERE a <> {0} AND t <> '{1}' GROUP BY t",
)


@pytest.mark.parametrize("statement", ALIKE)
def test_a_text_does_not_tell_which_constants_are_equal(statement: str) -> None:
    with gpudb.connect(device="python") as connection:
        connection.execute("CREATE TABLE s (a INTEGER, t TEXT)")
        connection.execute("INSERT INTO s VALUES (1, 'x'), (2, 'y'), (NULL, NULL), (7, 'z')")
        connection.execute("CREATE TABLE r AS SELECT * FROM s")
        texts = {
            str(connection.execute(f"EXPLAIN CODE {statement.format(*constants)}").fetchall())
            for constants in ((1, "x", "y"), (2, "z", "x"), (7, "y", "y"), (1, "x", "x"))
        }
    assert len(texts) == 1
