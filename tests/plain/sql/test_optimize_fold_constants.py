"""fold_constants: expressions before and after, and folding checked against Python."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpudb.sql.explain import explain, expression_text
from gpudb.sql.expr import Branch, Call, Case, Cast, ColumnReference, Expression, Literal
from gpudb.sql.optimize.fold_constants import as_filter, fold, fold_constants
from gpudb.sql.plan import Filter, Values
from gpudb.storage.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL_MONTHS,
    SMALLINT,
    TEXT,
    TINYINT,
    SqlType,
    decimal,
    timestamp,
)
from tests.plain.sql.plans import (
    Builder,
    apply_rule,
    both,
    call,
    day,
    days,
    either,
    literal,
    one_of,
    text,
)

NULL_TRUTH = literal(None, BOOLEAN)
YES, NO = literal(True, BOOLEAN), literal(False, BOOLEAN)


def column(name: str, of: SqlType, *, nullable: bool = False) -> ColumnReference:
    return ColumnReference(id=ord(name[0]), name=name, type=of, nullable=nullable)


def cast(argument: Expression, of: SqlType, *, is_try: bool = False) -> Cast:
    return Cast(argument=argument, type=of, nullable=argument.nullable or is_try, is_try=is_try)


def integer(value: int | None) -> Literal:
    return literal(value, INTEGER)


A, B = column("a", INTEGER), column("b", INTEGER, nullable=True)
P, Q = column("p", BOOLEAN, nullable=True), column("q", BOOLEAN, nullable=True)


def folded(expression: Expression) -> str:
    result = fold(expression)
    assert result.type == expression.type
    assert fold(result) == result
    return expression_text(result)


def times(function: str, a: int, b: int) -> Call:
    return call(function, integer(a), integer(b), of=INTEGER)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (times("add", 2, 3), "5"),
        (times("divide", -7, 2), "-3"),
        (times("modulo", -7, 2), "-1"),
        # What raises stays, and raises when a row gets there.
        (times("divide", 1, 0), "1 / 0"),
        (times("modulo", 1, 0), "1 % 0"),
        (times("multiply", 1 << 20, 1 << 20), "1048576 * 1048576"),
        (call("divide", literal(-(1 << 63), BIGINT), literal(-1, BIGINT), of=BIGINT), None),
        (call("add", integer(1), integer(None), of=INTEGER), "NULL"),
        (call("add", times("divide", 1, 0), integer(None), of=INTEGER), "1 / 0 + NULL"),
        (call("multiply", literal(1e300, DOUBLE), literal(1e300, DOUBLE), of=DOUBLE), None),
        (
            call(
                "multiply", literal(150, decimal(3, 2)), literal(2, decimal(1, 0)), of=decimal(4, 2)
            ),
            "3.00",
        ),
        (
            call("add_months", day("1995-01-31"), literal(1, INTERVAL_MONTHS), of=DATE),
            "DATE '1995-02-28'",
        ),
        (call("extract_year", day("1995-01-31"), of=INTEGER), "1995"),
        (call("less", text("a"), text("b")), "TRUE"),
        (call("equal", literal(100, decimal(3, 2)), literal(100, decimal(9, 2))), "TRUE"),
        (call("equal", integer(1), integer(None)), "NULL"),
        (call("is_distinct_from", A, integer(None)), "TRUE"),
        (call("is_not_distinct_from", B, integer(None)), "b IS NULL"),
    ],
)
def test_calls(expression: Expression, expected: str | None) -> None:
    assert folded(expression) == (expression_text(expression) if expected is None else expected)


@pytest.mark.parametrize(
    ("source", "of", "target", "expected"),
    [
        (125, decimal(5, 2), decimal(5, 1), 13),
        (-125, decimal(5, 2), decimal(5, 1), -13),
        (125, decimal(5, 2), INTEGER, 1),
        (150, decimal(5, 2), INTEGER, 2),
        (2.5, DOUBLE, INTEGER, 2),
        (3.5, DOUBLE, INTEGER, 4),
        (7, INTEGER, decimal(5, 2), 700),
        (1000, INTEGER, decimal(5, 2), None),
        (300, INTEGER, TINYINT, None),
        (125, decimal(5, 2), DOUBLE, 1.25),
        ("1995-03-15", TEXT, DATE, days("1995-03-15")),
        ("1995-02-30", TEXT, DATE, None),
        ("1995-03-15 12:00:00.5", TEXT, timestamp(3), days("1995-03-15") * 86_400_000 + 43_200_500),
        ("12", TEXT, INTEGER, 12),
        ("x", TEXT, INTEGER, None),
        ("-1.25", TEXT, decimal(5, 2), -125),
        (1, DATE, timestamp(0), 86_400),
        (-1, timestamp(0), DATE, -1),
        (5, INTEGER, BOOLEAN, True),
    ],
)
def test_casts_of_literals(
    source: int | float | str, of: SqlType, target: SqlType, expected: int | float | None
) -> None:
    result = fold(cast(literal(source, of), target))
    if expected is None:
        assert isinstance(result, Cast)
    else:
        assert result == literal(expected, target)


def test_try_cast_and_null() -> None:
    assert fold(cast(literal(None, TEXT), INTEGER)) == integer(None)
    failing = cast(integer(300), TINYINT, is_try=True)
    assert fold(failing) is failing


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (both(P, YES), "p"),
        (both(P, NO), "FALSE"),
        (either(P, YES), "TRUE"),
        (either(P, NO), "p"),
        (both(P, P), "p"),
        (both(P, both(Q, P)), "p AND q"),
        # NULL AND p is FALSE where p is, so neither may go.
        (both(P, NULL_TRUTH), "p AND NULL"),
        (call("not", P), "NOT p"),
        (call("not", call("not", P)), "p"),
        (call("not", NULL_TRUTH), "NULL"),
        (call("not", call("less", A, B)), "a >= b"),
        (call("not", either(P, call("equal", A, B))), "NOT p AND a <> b"),
        (call("not", call("is_null", B)), "b IS NOT NULL"),
        (call("is_null", A), "FALSE"),
        (call("is_not_null", B), "b IS NOT NULL"),
        (call("coalesce", integer(None), B, A, B, of=INTEGER), "coalesce(b, a)"),
        (call("less", integer(5), A), "a > 5"),
        (one_of(integer(2), integer(1), integer(2)), "TRUE"),
        (one_of(A, integer(2)), "a = 2"),
    ],
)
def test_logic(expression: Expression, expected: str) -> None:
    assert folded(expression) == expected


def test_order_comparisons_of_floats_keep_their_not() -> None:
    """NaN < 1 and NaN >= 1 are both FALSE in a kernel."""
    d = column("d", DOUBLE)
    less = call("less", d, literal(1.0, DOUBLE))
    assert folded(call("not", less)) == "NOT d < 1.0"
    assert folded(call("not", replace(less, function="equal"))) == "d <> 1.0"


def case(*branches: tuple[Expression, Expression], otherwise: Expression) -> Case:
    made = tuple(Branch(*b) for b in branches)
    return Case(branches=made, otherwise=otherwise, type=otherwise.type, nullable=True)


def test_case() -> None:
    one, two = integer(1), integer(2)
    assert folded(case((NO, one), (P, two), otherwise=B)) == "CASE WHEN p THEN 2 ELSE b END"
    assert folded(case((NULL_TRUTH, one), otherwise=B)) == "b"
    assert folded(case((P, one), (YES, two), (Q, one), otherwise=B)) == (
        "CASE WHEN p THEN 1 ELSE 2 END"
    )
    # The branch that would raise is not evaluated, so its error must not come early.
    lazy = case((call("equal", A, integer(0)), one), otherwise=times("divide", 1, 0))
    assert folded(lazy) == "CASE WHEN a = 0 THEN 1 ELSE 1 / 0 END"


@pytest.mark.parametrize(
    ("function", "of", "value", "expected"),
    [
        ("less", timestamp(0), days("1995-03-15") * 86_400, "c < DATE '1995-03-15'"),
        ("less", timestamp(0), days("1995-03-15") * 86_400 + 1, "c < DATE '1995-03-16'"),
        ("less_equal", timestamp(0), days("1995-03-15") * 86_400 + 1, "c <= DATE '1995-03-15'"),
        ("greater", timestamp(0), days("1995-03-15") * 86_400 + 1, "c > DATE '1995-03-15'"),
        ("greater_equal", timestamp(0), days("1995-03-15") * 86_400 + 1, "c >= DATE '1995-03-16'"),
        ("equal", timestamp(0), days("1995-03-15") * 86_400 + 1, "FALSE"),
        ("not_equal", timestamp(0), days("1995-03-15") * 86_400 + 1, "TRUE"),
    ],
)
def test_dates_cast_to_timestamps(function: str, of: SqlType, value: int, expected: str) -> None:
    comparison = call(function, cast(column("c", DATE), of), literal(value, of))
    assert folded(comparison) == expected


def test_always_true_or_false_keeps_null() -> None:
    c = column("c", SMALLINT, nullable=True)
    below = call("less", cast(c, INTEGER), integer(100_000))
    assert folded(below) == "c IS NOT NULL OR NULL"
    assert expression_text(as_filter(fold(below))) == "c IS NOT NULL"
    above = call("greater", cast(c, INTEGER), integer(100_000))
    assert folded(above) == "c IS NULL AND NULL"
    assert as_filter(fold(above)) == NO
    far = one_of(cast(c, INTEGER), integer(5), integer(100_000))
    assert folded(far) == "c = 5"


def test_cast_that_may_raise_stays() -> None:
    narrow = cast(column("c", BIGINT), decimal(5, 2))
    comparison = call("less", narrow, literal(150, decimal(5, 2)))
    assert fold(comparison) is comparison
    floating = call("less", cast(column("c", BIGINT), DOUBLE), literal(1.5, DOUBLE))
    assert fold(floating) is floating


COMPARE = {
    "equal": lambda a, b: a == b,
    "not_equal": lambda a, b: a != b,
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
}
WIDENINGS = (
    (TINYINT, INTEGER, 1),
    (TINYINT, decimal(9, 2), 100),
    (decimal(2, 1), decimal(9, 3), 100),
    (TINYINT, DOUBLE, 1),
    (decimal(2, 1), decimal(4, 1), 1),
)


@given(
    types=st.sampled_from(WIDENINGS),
    function=st.sampled_from(sorted(COMPARE)),
    value=st.integers(-13_000, 13_000),
    shift=st.integers(-3, 3),
    data=st.data(),
)
def test_unwrapped_comparisons_agree(
    types: tuple[SqlType, SqlType, int], function: str, value: int, shift: int, data: st.DataObject
) -> None:
    source, target, factor = types
    limits = source.value_range
    assert limits is not None
    x = data.draw(st.integers(*limits))
    near = data.draw(st.sampled_from((value, x * factor + shift)))
    compared = near / 2 if target.is_float else near
    given_literal = literal(compared, target)
    comparison = call(function, cast(column("c", source), target), given_literal)
    result = fold(comparison)
    expected = COMPARE[function](x * factor, compared)
    if isinstance(result, Literal):
        assert result.value == expected
        return
    assert isinstance(result, Call)
    bare, bound = result.arguments
    assert bare == column("c", source)
    assert isinstance(bound, Literal)
    assert COMPARE[result.function](x, bound.value) == expected


TRUTHS = st.sampled_from((True, False, None))


def three_valued(e: Expression, values: dict[int, bool | None]) -> bool | None:
    """Evaluate logic by Kleene's tables."""
    match e:
        case Literal(value=value):
            return None if value is None else bool(value)
        case ColumnReference(id=field):
            return values[field]
        case Call(function="not", arguments=(a,)):
            inner = three_valued(a, values)
            return None if inner is None else not inner
        case Call(function="is_null" | "is_not_null" as function, arguments=(a,)):
            return (three_valued(a, values) is None) == (function == "is_null")
        case Call(function="and" | "or" as function, arguments=parts):
            found = [three_valued(p, values) for p in parts]
            decisive = function == "or"
            if decisive in found:
                return decisive
            return None if None in found else not decisive
        case Call(function="equal" | "not_equal" as function, arguments=(a, b)):
            first, second = three_valued(a, values), three_valued(b, values)
            if first is None or second is None:
                return None
            return (first == second) == (function == "equal")
    raise AssertionError(e)


LOGIC = st.recursive(
    st.sampled_from((P, Q, YES, NO, NULL_TRUTH)),
    lambda parts: st.one_of(
        st.builds(both, parts, parts),
        st.builds(either, parts, parts, parts),
        st.builds(lambda a: call("not", a), parts),
        st.builds(lambda a: call("is_null", a), parts),
        st.builds(lambda a, b: call("equal", a, b), parts, parts),
    ),
    max_leaves=8,
)


@given(e=LOGIC, p=TRUTHS, q=TRUTHS)
def test_logic_agrees_with_kleene(e: Expression, p: bool | None, q: bool | None) -> None:
    values = {P.id: p, Q.id: q}
    expected = three_valued(e, values)
    result = fold(e)
    assert three_valued(result, values) == expected
    assert (three_valued(as_filter(result), values) is True) == (expected is True)


@given(
    function=st.sampled_from(("add", "subtract", "multiply", "divide", "modulo")),
    a=st.integers(-(1 << 31), (1 << 31) - 1) | st.integers(-9, 9),
    b=st.integers(-(1 << 31), (1 << 31) - 1) | st.integers(-9, 9),
)
def test_integers_agree_with_python(function: str, a: int, b: int) -> None:
    result = fold(times(function, a, b))
    if function in ("divide", "modulo"):
        quotient = 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        exact = None if b == 0 else quotient if function == "divide" else a - b * quotient
    else:
        exact = {"add": a + b, "subtract": a - b, "multiply": a * b}[function]
    fits = exact is not None and -(1 << 31) <= exact < 1 << 31
    assert result == (integer(exact) if fits else times(function, a, b))


def test_filters_that_pass_all_or_nothing() -> None:
    b = Builder()
    scan = b.scan("region")
    always = call("less", integer(1), integer(2))
    assert apply_rule(fold_constants, Filter(scan, always)) is scan
    nothing = apply_rule(fold_constants, Filter(scan, call("not", always)))
    assert nothing == Values(scan.fields, ())
    unknown = both(call("equal", b.column("r_regionkey"), integer(None)), always)
    assert explain(apply_rule(fold_constants, Filter(scan, unknown))).endswith("0 rows")
    kept = Filter(scan, call("less", b.column("r_regionkey"), integer(2)))
    assert apply_rule(fold_constants, kept) is kept
