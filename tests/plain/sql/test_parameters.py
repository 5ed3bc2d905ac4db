"""Parameters: Python's values as literals, and the errors where they do not match the text."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pytest

from gpudb.errors import ProgrammingError
from gpudb.sql.parameters import typed
from gpudb.storage import types
from tests.plain.sql.binding import bound, item

ZONE = datetime.timezone(datetime.timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "type_", "physical"),
    [
        (None, types.NULL, None),
        (True, types.BOOLEAN, True),
        (5, types.INTEGER, 5),
        (-(1 << 31), types.INTEGER, -(1 << 31)),
        (1 << 31, types.BIGINT, 1 << 31),
        (1 << 63, types.decimal(19, 0), 1 << 63),
        (2.5, types.DOUBLE, 2.5),
        ("x", types.TEXT, "x"),
        (Decimal("1.50"), types.decimal(3, 2), 150),
        (Decimal("-0.001"), types.decimal(3, 3), -1),
        (Decimal("1e3"), types.decimal(4, 0), 1000),
        (datetime.date(1970, 1, 2), types.DATE, 1),
        (datetime.time(0, 0, 1, 5), types.TIME, 1_000_005),
        (datetime.datetime(1970, 1, 1, 0, 0, 1), types.timestamp(6), 1_000_000),
        (datetime.datetime(1970, 1, 1, 2, 0, 0, tzinfo=ZONE), types.timestamp(6), 0),
        (datetime.timedelta(days=-1), types.INTERVAL_TIME, -86_400_000_000),
        (np.int64(7), types.INTEGER, 7),
        (np.float64(1.5), types.DOUBLE, 1.5),
        ([1, None], types.array(types.BIGINT), "{1,NULL}"),
        (("a,b", "c"), types.array(types.TEXT), '{"a,b",c}'),
    ],
)
def test_typed(value: object, type_: types.SqlType, physical: object) -> None:
    assert typed(value) == (type_, physical)


@pytest.mark.parametrize(
    "value",
    [b"x", [], [[1]], [b"x"], [object()], [1, "x"], [10**40], object(), Decimal("NaN"), 10**40, 1j],
)
def test_values_that_are_no_sql_values(value: object) -> None:
    with pytest.raises(ProgrammingError):
        typed(value)


def test_parameters_adapt_like_literals() -> None:
    assert item("s < ?", (5,)) == "less(s, 5:SMALLINT) : BOOLEAN"
    assert item("day < ?", ("1970-01-02",)) == "less(day, 1:DATE) : BOOLEAN"
    assert item("d = :v", {"v": Decimal("1.5")}) == "equal(d, 150:DECIMAL(15,2)) : BOOLEAN"
    assert item("x = ?", (None,)) == "equal(x, None:TEXT) : BOOLEAN"


def test_name_may_be_used_twice() -> None:
    assert item(":v + :v", {"v": 2}) == "4:INTEGER : INTEGER!"


ERRORS: list[tuple[str, object, str]] = [
    ("SELECT ?", (), "the statement has 1 parameter, but 0 values are given"),
    ("SELECT ?, ?", (1,), "the statement has 2 parameters, but 1 value is given"),
    ("SELECT ?", (1, 2), "the statement has 1 parameter, but 2 values are given"),
    (
        "SELECT 1",
        (1,),
        "the statement has 0 parameters, but 1 value is given; they are written ?, :name or $1",
    ),
    ("SELECT :a", {}, "no value is given for parameter :a"),
    ("SELECT :a", {"a": 1, "b": 2}, "the statement has no parameter :b"),
    ("SELECT :a", (1,), "the statement has parameters :a: give a mapping of values"),
    ("SELECT ?", {"a": 1}, "the statement has ? parameters: give a sequence of values"),
    ("SELECT ?, :a", {"a": 1}, "a statement has ?, :name or $1 parameters, of one kind"),
    ("SELECT ?", "x", "parameters are a sequence or a mapping of values, not one text"),
    ("SELECT ?", (b"x",), "a parameter cannot be a Python bytes"),
    ("SELECT ?", ([],), "a list without values has no type; cast '{}' instead"),
]


@pytest.mark.parametrize(("text", "values", "message"), ERRORS)
def test_mismatches(text: str, values: tuple[object, ...], message: str) -> None:
    with pytest.raises(ProgrammingError) as caught:
        bound(text, values)
    assert caught.value.message == message


def test_first_missing_parameter_is_marked() -> None:
    with pytest.raises(ProgrammingError) as caught:
        bound("SELECT a FROM t WHERE a = ? AND s = ?", (1,))
    assert caught.value.place is not None
    assert caught.value.place.column == 37
