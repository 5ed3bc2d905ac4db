"""bounds: never too narrow, checked against Python's integers; and tight where kernels need it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpudb.sql.bounds import INT64, Bounds, bounds, shared, type_bounds
from gpudb.sql.expr import Branch, Call, Case, Cast, ColumnReference, Expression, Literal
from gpudb.sql.functions import get_function
from gpudb.storage.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL_MONTHS,
    SMALLINT,
    SqlType,
    decimal,
    timestamp,
)
from tests.plain.sql.plans import aggregate_call, call, literal

X = ColumnReference(id=0, name="x", type=BIGINT, nullable=False)
Y = ColumnReference(id=1, name="y", type=BIGINT, nullable=False)
MONEY = decimal(15, 2)


def column(of: SqlType, field: int = 0) -> ColumnReference:
    return ColumnReference(id=field, name="c", type=of, nullable=False)


def cast(argument: Expression, of: SqlType) -> Cast:
    return Cast(argument=argument, type=of, nullable=argument.nullable)


def truncated(a: int, b: int) -> int:
    magnitude = abs(a) // abs(b)
    return magnitude if (a < 0) == (b < 0) else -magnitude


PYTHON: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": truncated,
    "modulo": lambda a, b: a - b * truncated(a, b),
}


class UndefinedError(Exception):
    """The expression raises for these values."""


def evaluate(e: Expression, values: dict[int, int]) -> int:
    """Return an expression's value by Python's integers; UndefinedError where SQL would raise."""
    match e:
        case ColumnReference(id=field):
            return values[field]
        case Literal(value=int() as value):
            return value
        case Call(function="negate", arguments=(argument,)):
            result = -evaluate(argument, values)
        case Case(branches=(branch,), otherwise=otherwise):
            test = evaluate(branch.condition, values)
            return evaluate(branch.value if test else otherwise, values)
        case Call(function="less", arguments=(left, right)):
            return int(evaluate(left, values) < evaluate(right, values))
        case Call(function=function, arguments=(left, right)):
            a, b = evaluate(left, values), evaluate(right, values)
            if function in ("divide", "modulo") and b == 0:
                raise UndefinedError
            result = PYTHON[function](a, b)
        case _:
            raise AssertionError(e)
    limits = type_bounds(e.type)
    if not limits.minimum <= result <= limits.maximum:
        raise UndefinedError
    return result


def combined(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    binary = st.builds(
        lambda name, a, b: call(name, a, b, of=BIGINT),
        st.sampled_from(sorted(PYTHON)),
        parts,
        parts,
    )
    negated = st.builds(lambda a: call("negate", a, of=BIGINT), parts)
    chosen = st.builds(choose, parts, parts, parts)
    return binary | negated | chosen


def choose(condition: Expression, value: Expression, otherwise: Expression) -> Case:
    branch = Branch(call("less", condition, literal(0, BIGINT)), value)
    return Case(branches=(branch,), otherwise=otherwise, type=BIGINT, nullable=False)


NUMBERS = st.integers(-12, 12) | st.integers(INT64.minimum, INT64.maximum)
LEAVES = st.sampled_from((X, Y)) | st.builds(lambda v: literal(v, BIGINT), NUMBERS)
EXPRESSIONS = st.recursive(LEAVES, combined, max_leaves=6)
INTERVALS = st.tuples(NUMBERS, NUMBERS).map(lambda ends: Bounds(min(ends), max(ends)))


@given(e=EXPRESSIONS, x=INTERVALS, y=INTERVALS, data=st.data())
def test_never_too_narrow(e: Expression, x: Bounds, y: Bounds, data: st.DataObject) -> None:
    found = bounds(e, {0: x, 1: y}.get)
    values = {field: data.draw(st.integers(b.minimum, b.maximum)) for field, b in ((0, x), (1, y))}
    try:
        value = evaluate(e, values)
    except UndefinedError:
        return
    assert found.minimum <= value <= found.maximum


@given(x=INTERVALS, y=INTERVALS, name=st.sampled_from(sorted(PYTHON)))
def test_ends_are_reached(x: Bounds, y: Bounds, name: str) -> None:
    """Over small intervals, add, subtract and multiply are exact."""
    if max(abs(v) for b in (x, y) for v in (b.minimum, b.maximum)) > 12 or name in (
        "divide",
        "modulo",
    ):
        return
    found = bounds(call(name, X, Y, of=BIGINT), {0: x, 1: y}.get)
    results = [
        PYTHON[name](a, b)
        for a in range(x.minimum, x.maximum + 1)
        for b in range(y.minimum, y.maximum + 1)
    ]
    assert found == Bounds(min(results), max(results))


@pytest.mark.parametrize(
    ("source", "target", "given_bounds", "expected"),
    [
        (INTEGER, decimal(15, 2), Bounds(-3, 7), Bounds(-300, 700)),
        (decimal(15, 2), decimal(15, 1), Bounds(-155, 155), Bounds(-16, 16)),
        (decimal(15, 2), INTEGER, Bounds(149, 250), Bounds(1, 3)),
        (DATE, timestamp(0), Bounds(1, 2), Bounds(86_400, 172_800)),
        (timestamp(3), DATE, Bounds(-1, 86_400_000), Bounds(-1, 1)),
        (timestamp(6), timestamp(0), Bounds(-1, 1), Bounds(-1, 1)),
        (BIGINT, SMALLINT, Bounds(0, 1 << 40), Bounds(0, 32_767)),
        (BIGINT, BOOLEAN, Bounds(0, 1 << 40), Bounds(0, 1)),
        (DOUBLE, INTEGER, Bounds(0, 1), type_bounds(INTEGER)),
    ],
)
def test_casts(source: SqlType, target: SqlType, given_bounds: Bounds, expected: Bounds) -> None:
    assert bounds(cast(column(source), target), {0: given_bounds}.get) == expected


@given(
    low=st.integers(-40_000, 60_000),
    width=st.integers(0, 4_000),
    offset=st.integers(0, 4_000),
    name=st.sampled_from(
        (
            "extract_year",
            "extract_isoyear",
            "extract_month",
            "extract_day",
            "extract_week",
            "extract_doy",
            "extract_dow",
            "truncate_month",
            "truncate_quarter",
            "truncate_week",
        )
    ),
)
def test_parts_of_dates(low: int, width: int, offset: int, name: str) -> None:
    definition = get_function(name)
    of = definition.result_type((DATE,))
    found = bounds(call(name, column(DATE), of=of), {0: Bounds(low, low + width)}.get)
    value = definition.body(low + min(offset, width))
    assert found.minimum <= value <= found.maximum


def test_year_is_tight() -> None:
    found = bounds(call("extract_year", column(DATE), of=INTEGER), {0: Bounds(8036, 10_591)}.get)
    assert found == Bounds(1992, 1998)


def test_months_are_added() -> None:
    moved = call("add_months", column(DATE), literal(12, INTERVAL_MONTHS), of=DATE)
    assert bounds(moved, {0: Bounds(0, 365)}.get) == Bounds(365, 730)
    assert bounds(moved, lambda _: None) == type_bounds(DATE)


def test_price_of_a_line_item_fits_64_bits() -> None:
    """TPC-H Q1: extendedprice * (1 - discount) * (1 + tax)."""
    price, discount, tax = (column(MONEY, field) for field in range(3))
    one = literal(100, MONEY)
    paid = call("subtract", one, discount, of=decimal(16, 2))
    net = call("multiply", price, paid, of=decimal(31, 4))
    taxed = call("add", one, tax, of=decimal(16, 2))
    charge = call("multiply", net, taxed, of=decimal(38, 6))
    known = {0: Bounds(90_100, 10_494_950), 1: Bounds(0, 10), 2: Bounds(0, 8)}
    assert bounds(charge, known.get) == Bounds(90_100 * 90 * 100, 10_494_950 * 100 * 108)


def test_unknown_is_the_whole_type() -> None:
    assert bounds(column(MONEY), lambda _: None) == type_bounds(MONEY)
    assert bounds(column(DOUBLE), lambda _: None) == INT64
    assert bounds(aggregate_call("count"), lambda _: None) == Bounds(0, INT64.maximum)
    assert bounds(aggregate_call("min", X), {0: Bounds(3, 4)}.get) == Bounds(3, 4)
    # DECIMAL / DECIMAL of other scales, as no operator has them: no proof, so no bounds.
    odd = call("add", column(MONEY), column(decimal(15, 4), 1), of=decimal(15, 4))
    assert bounds(odd, {0: Bounds(0, 1), 1: Bounds(0, 1)}.get) == type_bounds(odd.type)


def test_null_has_no_value() -> None:
    null = literal(None, BIGINT)
    case = Case(
        branches=(Branch(call("less", X, Y), X),), otherwise=null, type=BIGINT, nullable=True
    )
    assert bounds(case, {0: Bounds(5, 9)}.get) == Bounds(5, 9)


ENDS = st.integers(INT64.minimum, INT64.maximum) | st.integers(-1000, 1000)


@given(st.tuples(ENDS, ENDS).map(sorted))
def test_shared_bounds_are_wider_by_little_and_hold_no_new_zero(ends: list[int]) -> None:
    least, greatest = ends
    found = shared(Bounds(least, greatest))
    assert INT64.minimum <= found.minimum <= least
    assert greatest <= found.maximum <= INT64.maximum
    assert (found.minimum <= 0 <= found.maximum) == (least <= 0 <= greatest)
    size = greatest - least or max(abs(least), abs(greatest))
    assert found.maximum - greatest <= size / 8
    assert least - found.minimum <= size / 8


def test_nearly_the_same_ends_share_bounds() -> None:
    assert shared(Bounds(8035, 9211)) == shared(Bounds(8040, 9209)) == Bounds(7936, 9215)
    assert shared(Bounds(7, 149995)) == shared(Bounds(2, 149998)) == Bounds(1, 163839)
    assert shared(Bounds(3, 10)) == Bounds(3, 10)
