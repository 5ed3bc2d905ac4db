"""Aggregates that pick or order values: the first, the median, the most frequent, all joined.

median(x) is quantile_cont(x, 0.5); percentile_cont(0.5) WITHIN GROUP (ORDER BY x) is the same.
"""

from __future__ import annotations

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.records import replace
from gpudb.sql.aggregates import may_be_wide
from gpudb.sql.bind.aggregate_forms import Bind, Form, Written, wrong_type
from gpudb.sql.bind.coerce import cast, may_cast
from gpudb.sql.bind.forms import case, null, null_test
from gpudb.sql.bind.operators import connect
from gpudb.sql.dialect import way_out
from gpudb.sql.expr import AggregateCall, Case, Expression, Literal, SortKey
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType


def _best(function: str) -> Bind:
    """ARG_MIN(x, y): x of the row with the least y, of several such rows the least x."""

    def bind(written: Written) -> Expression:
        value, by = (_typed(argument, types.INTEGER) for argument in written.arguments)
        if may_be_wide(value.type) or may_be_wide(by.type):
            both = connect("and", tuple(null_test("is_not_null", a) for a in (value, by)))
            keys = (SortKey(by, function == "arg_max", False), SortKey(value, False, False))
            return _first(replace(written, arguments=(value,), order=keys), "first", both)
        return AggregateCall(
            function=function,
            argument=value,
            others=(by,),
            type=value.type,
            nullable=True,
            span=written.span,
        )

    return bind


def _first_or_last(function: str) -> Bind:
    """FIRST(x ORDER BY y): x of the first row, NULL or not."""

    def bind(written: Written) -> Expression:
        value = written.arguments[0]
        kept = null_test("is_not_null", value) if written.is_ignoring_nulls else None
        return _first(written, function, kept)

    return bind


def _last_sample(written: Written) -> Expression:
    """LAST_SAMPLE(x): the last value that is not NULL."""
    return _first(written, "last", null_test("is_not_null", written.arguments[0]))


def _first(written: Written, function: str, kept: Expression | None) -> AggregateCall:
    value = _typed(written.arguments[0], types.TEXT)
    tests = tuple(test for test in (kept, written.test) if test is not None)
    kept_rows = tests if len(tests) < 2 else (connect("and", tests),)
    return AggregateCall(
        function=function,
        argument=value,
        others=kept_rows,
        order=written.order,
        type=value.type,
        nullable=True,
        span=written.span,
    )


def _median(written: Written) -> Expression:
    half = Literal(type=types.DOUBLE, nullable=False, value=0.5)
    return _continuous(replace(written, arguments=(*written.arguments, half)))


def _continuous(written: Written) -> Expression:
    """QUANTILE_CONT(x, fraction) of a number or a moment, interpolated between neighbours."""
    key, fraction = _quantile_parts(written)
    key = replace(key, expression=_measured(key.expression, written))
    value = key.expression
    of = types.DOUBLE if value.type.is_numeric else value.type
    return _sorted("quantile_cont", written, key, of, (fraction,))


def _measured(value: Expression, written: Written) -> Expression:
    """Return a value of which there are others in between; a DATE as its first moment."""
    if value.type.kind is Kind.DATE:
        return cast(value, types.timestamp())
    if not value.type.is_numeric and value.type.kind is not Kind.TIMESTAMP:
        hint = "quantile_disc(x, 0.5) takes any type"
        raise ProgrammingError(f"{written.name} does not take {value.type}; {hint}")
    return value


def _approximate(written: Written) -> Expression:
    """APPROX_QUANTILE(x, fraction): QUANTILE_CONT of a digest, which merges."""
    key, fraction = _quantile_parts(written)
    value = _measured(key.expression, written)
    if written.is_distinct or may_be_wide(value.type):
        return _continuous(written)
    assert isinstance(fraction.value, float)
    if key.is_descending:
        fraction = replace(fraction, value=1.0 - fraction.value)
    return AggregateCall(
        function="approx_quantile",
        argument=value,
        others=(fraction,),
        type=types.DOUBLE if value.type.is_numeric else value.type,
        nullable=True,
        span=written.span,
    )


def _approximate_median(written: Written) -> Expression:
    half = Literal(type=types.DOUBLE, nullable=False, value=0.5)
    return _approximate(replace(written, arguments=(*written.arguments, half)))


def _discrete(written: Written) -> Expression:
    """QUANTILE_DISC(x, fraction): the first value that so large a part of the rows reaches."""
    key, fraction = _quantile_parts(written)
    return _sorted("quantile_disc", written, key, key.expression.type, (fraction,))


def _mode(written: Written) -> Expression:
    """MODE(x): the most frequent value, of several the first in order."""
    key = _sorted_value(written, written.arguments)
    written = replace(written, is_distinct=False)
    return _sorted("mode", written, key, key.expression.type, ())


def _sorted(
    function: str, written: Written, key: SortKey, of: SqlType, others: tuple[Literal, ...]
) -> AggregateCall:
    return AggregateCall(
        function=function,
        argument=key.expression,
        others=others,
        order=(key,),
        is_distinct=written.is_distinct,
        type=of,
        nullable=True,
        span=written.span,
    )


def _quantile_parts(written: Written) -> tuple[SortKey, Literal]:
    *values, fraction = written.arguments
    key = _sorted_value(written, tuple(values))
    number = cast(fraction, types.DOUBLE) if fraction.type.is_numeric else fraction
    if not isinstance(number, Literal) or not isinstance(number.value, float):
        raise NotSupportedError(f"{written.name} takes a fraction that is a constant, such as 0.5")
    if not 0 <= number.value <= 1:
        message = f"{written.name} takes a fraction between 0 and 1, not {number.value:g}"
        raise ProgrammingError(message)
    return key, number


def _sorted_value(written: Written, values: tuple[Expression, ...]) -> SortKey:
    """Return what is sorted: the argument, or what stands in WITHIN GROUP (ORDER BY x)."""
    if values:
        key = SortKey(values[0], False, False)
    elif len(written.order) == 1:
        key = written.order[0]
        if written.test is not None:
            kept = case([(written.test, key.expression)], null(types.NULL))
            key = replace(key, expression=kept)
    else:
        raise ProgrammingError(f"{written.name} takes one value in WITHIN GROUP (ORDER BY ...)")
    value = key.expression
    return replace(key, expression=_typed(value, types.INTEGER), is_nulls_first=False)


def _typed(value: Expression, default: SqlType) -> Expression:
    return cast(value, default) if value.type.kind is Kind.NULL else value


def _string_agg(written: Written) -> Expression:
    """STRING_AGG(x, separator ORDER BY y): the values that are not NULL, joined."""
    value = written.arguments[0]
    if not may_cast(value.type, types.TEXT):
        raise wrong_type(written, value)
    separator: Expression = Literal(type=types.TEXT, nullable=False, value=",")
    if len(written.arguments) > 1:
        separator = cast(written.arguments[1], types.TEXT)
    if not isinstance(separator, Literal):
        raise NotSupportedError(f"{written.name} takes a separator that is a constant")
    if separator.value is None:
        separator = replace(separator, value="", nullable=False)
    joined = cast(value, types.TEXT)
    order = written.order
    if written.is_distinct:
        order = tuple(_distinct_key(key, written, joined) for key in order)
    return AggregateCall(
        function="string_agg",
        argument=joined,
        others=(separator,),
        order=order,
        is_distinct=written.is_distinct,
        type=types.TEXT,
        nullable=True,
        span=written.span,
    )


def _array_agg(written: Written) -> Expression:
    """ARRAY_AGG(x ORDER BY y): all values, NULL among them, as an array; NULL of no rows."""
    value = _typed(written.arguments[0], types.INTEGER)
    if written.test is not None:
        assert isinstance(value, Case)
        value = value.branches[0].value
    if value.type.is_array or value.type.is_interval:
        message = f"{written.name} does not take {value.type}{way_out(value.type)}"
        raise NotSupportedError(message)
    if written.is_distinct and written.order:
        raise NotSupportedError(f"{written.name} of DISTINCT values with ORDER BY is not supported")
    if value.type.is_zoned:
        raise wrong_type(written, value)
    return AggregateCall(
        function="array_agg",
        argument=value,
        others=() if written.test is None else (written.test,),
        order=written.order,
        is_distinct=written.is_distinct,
        type=types.array(value.type),
        nullable=True,
        span=written.span,
    )


def _distinct_key(key: SortKey, written: Written, joined: Expression) -> SortKey:
    """Return a key of distinct values, which have no order but their own."""
    value = written.arguments[0]
    if written.test is not None:
        assert isinstance(value, Case)
        value = value.branches[0].value
    if key.expression != value:
        message = f"{written.name} of DISTINCT values is ordered by what it joins"
        raise ProgrammingError(f"{message}; no other ORDER BY has a meaning")
    return replace(key, expression=joined)


JOINED = Form(_string_agg, 1, 2, within=2)

ORDERED_FORMS: dict[str, Form] = {
    "arg_min": Form(_best("arg_min"), 2, 2),
    "argmin": Form(_best("arg_min"), 2, 2),
    "min_by": Form(_best("arg_min"), 2, 2),
    "arg_max": Form(_best("arg_max"), 2, 2),
    "argmax": Form(_best("arg_max"), 2, 2),
    "max_by": Form(_best("arg_max"), 2, 2),
    "median": Form(_median),
    "quantile_cont": Form(_continuous, 2, 2),
    "approx_median": Form(_approximate_median),
    "approx_quantile": Form(_approximate, 2, 2, within=1),
    "approx_percentile": Form(_approximate, 2, 2, within=1),
    "quantile": Form(_discrete, 2, 2),
    "quantile_disc": Form(_discrete, 2, 2),
    "percentile_cont": Form(_continuous, 1, 1, within=1),
    "percentile_disc": Form(_discrete, 1, 1, within=1),
    "mode": Form(_mode, within=0),
    "string_agg": JOINED,
    "listagg": JOINED,
    "group_concat": JOINED,
    "array_agg": Form(_array_agg),
    "list": Form(_array_agg),
    "first": Form(_first_or_last("first")),
    "last": Form(_first_or_last("last")),
    "last_sample": Form(_last_sample),
}
