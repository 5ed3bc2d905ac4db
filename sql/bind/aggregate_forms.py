"""Aggregates as users write them: how many arguments, of which types, and what plans hold for them.

Many are made of others: count_if(x) is a count, bool_and(x) a least value.
"""

from __future__ import annotations

from collections.abc import Callable

from gpudb.errors import ProgrammingError
from gpudb.records import dataclass, replace
from gpudb.sql.aggregates import COUNTS, DEVIATIONS, HIGHER_MOMENTS, IDEMPOTENT, PAIRED
from gpudb.sql.bind.coerce import cast
from gpudb.sql.bind.forms import case, integer, null
from gpudb.sql.bind.operators import compare, condition
from gpudb.sql.expr import AggregateCall, Call, Expression, Literal, SortKey, Span
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType


@dataclass(frozen=True, slots=True)
class Written:
    """A call as it is written, its parts bound; `test` is what FILTER says.

    Its first argument is NULL for rows that `test` drops already.
    """

    name: str
    arguments: tuple[Expression, ...]
    order: tuple[SortKey, ...] = ()
    is_distinct: bool = False
    is_ignoring_nulls: bool = False
    test: Expression | None = None
    span: Span | None = None


Bind = Callable[[Written], Expression]


@dataclass(frozen=True, slots=True)
class Form:
    """An aggregate of `least` to `most` arguments.

    Within WITHIN GROUP, `within` of them stand before it; None where it takes no such clause.
    """

    bind: Bind
    least: int = 1
    most: int = 1
    within: int | None = None


def _count_type(argument: SqlType) -> SqlType:
    return types.BIGINT


def _sum_type(argument: SqlType) -> SqlType | None:
    if argument.kind is Kind.DECIMAL:
        return types.decimal(types.MAX_DECIMAL_PRECISION, argument.scale)
    if argument.is_integer:
        return types.BIGINT
    if argument.kind is Kind.INTERVAL_TIME:
        return argument
    return types.DOUBLE if argument.is_float else None


def _number_type(argument: SqlType) -> SqlType | None:
    return types.DOUBLE if argument.is_numeric else None


def _extreme_type(argument: SqlType) -> SqlType | None:
    refused = (Kind.BOOLEAN, Kind.INTERVAL)
    return None if argument.kind in refused else argument


def _bits_type(argument: SqlType) -> SqlType | None:
    return argument if argument.is_integer else None


def _plain(function: str, result: Callable[[SqlType], SqlType | None]) -> Bind:
    """Return how an aggregate of one argument that kernels know is bound."""
    return lambda written: bind_plain(function, result, written)


def bind_plain(
    function: str, result: Callable[[SqlType], SqlType | None], written: Written
) -> AggregateCall:
    """Bind an aggregate of one argument; raises ProgrammingError for a type it does not take."""
    (argument,) = written.arguments
    if argument.type.kind is Kind.NULL:
        argument = cast(argument, types.INTEGER)
    of = result(argument.type)
    if of is None:
        raise wrong_type(written, argument)
    return AggregateCall(
        function=function,
        argument=argument,
        is_distinct=written.is_distinct and function not in IDEMPOTENT,
        type=of,
        nullable=function not in COUNTS,
        span=written.span,
    )


def wrong_type(written: Written, argument: Expression) -> ProgrammingError:
    """Return the error for an argument of a type that the aggregate does not take."""
    return ProgrammingError(f"{written.name} does not take {argument.type}")


def _count(written: Written) -> Expression:
    """COUNT(x), COUNT(*), COUNT(DISTINCT a, b): rows where none of a and b is NULL."""
    if not written.arguments:
        return AggregateCall(
            function="count", argument=None, type=types.BIGINT, nullable=False, span=written.span
        )
    if len(written.arguments) > 1 and not written.is_distinct:
        message = f"count takes one argument, not {len(written.arguments)}"
        raise ProgrammingError(f"{message}; or count(DISTINCT a, b)")
    first = replace(written, arguments=written.arguments[:1])
    return replace(bind_plain("count", _count_type, first), others=written.arguments[1:])


def _pair(function: str) -> Bind:
    """Return how an aggregate of two numbers is bound: rows where both are not NULL."""

    def bind(written: Written) -> Expression:
        values = [
            cast(a, types.DOUBLE) if a.type.kind is Kind.NULL else a for a in written.arguments
        ]
        for value in values:
            if not value.type.is_numeric:
                raise wrong_type(written, value)
        return AggregateCall(
            function=function,
            argument=values[0],
            others=(values[1],),
            is_distinct=written.is_distinct,
            type=types.BIGINT if function == "regr_count" else types.DOUBLE,
            nullable=function != "regr_count",
            span=written.span,
        )

    return bind


def _count_if(written: Written) -> Expression:
    """COUNT_IF(condition): the rows where it is TRUE."""
    test = condition(written.arguments[0], written.name)
    counted = case([(test, integer(1))], null(types.INTEGER))
    return bind_plain("count", _count_type, replace(written, arguments=(counted,)))


def _sum_if(written: Written) -> Expression:
    """SUM_IF(x, condition): the sum over rows where it is TRUE."""
    value, test = written.arguments
    chosen = case([(condition(test, written.name), value)], null(types.NULL))
    return bind_plain("sum", _sum_type, replace(written, arguments=(chosen,)))


def _truth(function: str) -> Bind:
    """BOOL_AND is the least of FALSE and TRUE as 0 and 1, BOOL_OR the greatest."""

    def bind(written: Written) -> Expression:
        truth = condition(written.arguments[0], written.name)
        return _by_number(function, replace(written, arguments=(truth,)))

    return bind


def _by_number(function: str, written: Written) -> Expression:
    """Bind min or max of a BOOLEAN, by its number."""
    number = cast(written.arguments[0], types.INTEGER)
    extreme = bind_plain(function, _extreme_type, replace(written, arguments=(number,)))
    return compare("equal", extreme, integer(1))


def _any_value(written: Written) -> Expression:
    """ANY_VALUE(x): the least, so that the answer does not depend on how rows are dealt out."""
    if written.arguments[0].type.kind is Kind.BOOLEAN:
        return _by_number("min", written)
    return bind_plain("min", _extreme_type, written)


def _single_value(written: Written) -> Expression:
    """SINGLE_VALUE(x): the one value that all rows have; an error where there are others."""
    if written.arguments[0].type.kind is Kind.BOOLEAN:
        number = cast(written.arguments[0], types.INTEGER)
        value = _single_value(replace(written, arguments=(number,)))
        return compare("equal", value, integer(1))
    least = bind_plain("min", _extreme_type, written)
    greatest = bind_plain("max", _extreme_type, written)
    same = compare("equal", least, greatest)
    test = Call(
        function="is_only_value",
        arguments=(same,),
        type=types.BOOLEAN,
        nullable=True,
        span=written.span,
    )
    return case([(test, least)], null(least.type))


def _approximate_count(written: Written) -> Expression:
    """APPROX_COUNT_DISTINCT(x, percent): exact where less error is wanted than sketches have."""
    first = replace(written, arguments=written.arguments[:1])
    for wanted in written.arguments[1:]:
        if not isinstance(wanted, Literal) or not isinstance(wanted.value, int):
            raise ProgrammingError(f"{written.name} takes an error in whole percent, a constant")
        if not 1 <= wanted.value <= 100:
            raise ProgrammingError(f"{written.name} takes an error of 1 to 100, not {wanted.value}")
        if wanted.value < SKETCH_PERCENT:
            return bind_plain("count", _count_type, replace(first, is_distinct=True))
    return bind_plain("approx_count_distinct", _count_type, first)


def _narrow(bind: Bind) -> Bind:
    """Return OmniSci's form of an aggregate whose result is a FLOAT."""
    return lambda written: cast(bind(written), types.FLOAT)


# The standard error of sketches of distinct values, rounded up.
SKETCH_PERCENT = 3
# What users write: what it takes, and how it is bound.
PLAIN_FORMS: dict[str, Form] = {
    "count": Form(_count, 0, 255),
    "sum": Form(_plain("sum", _sum_type)),
    "avg": Form(_plain("avg", _number_type)),
    "mean": Form(_plain("avg", _number_type)),
    "min": Form(_plain("min", _extreme_type)),
    "max": Form(_plain("max", _extreme_type)),
    "count_if": Form(_count_if),
    "countif": Form(_count_if),
    "sum_if": Form(_sum_if, 2, 2),
    "bool_and": Form(_truth("min")),
    "every": Form(_truth("min")),
    "bool_or": Form(_truth("max")),
    "bit_and": Form(_plain("bit_and", _bits_type)),
    "bit_or": Form(_plain("bit_or", _bits_type)),
    "bit_xor": Form(_plain("bit_xor", _bits_type)),
    "product": Form(_plain("product", _number_type)),
    "any_value": Form(_any_value),
    "sample": Form(_any_value),
    "single_value": Form(_single_value),
    **{name: Form(_plain(name, _number_type)) for name in (*DEVIATIONS, *HIGHER_MOMENTS)},
    "approx_count_distinct": Form(_approximate_count, 1, 2),
    "variance": Form(_plain("var_samp", _number_type)),
    "stddev": Form(_plain("stddev_samp", _number_type)),
    **{name: Form(_pair(name), 2, 2) for name in PAIRED},
    "correlation": Form(_pair("corr"), 2, 2),
    **{
        f"{name}_float": Form(_narrow(_plain(function, _number_type)))
        for name, function in (
            *((name, name) for name in sorted(DEVIATIONS)),
            *(("stddev", "stddev_samp"), ("variance", "var_samp")),
        )
    },
    **{
        f"{name}_float": Form(_narrow(_pair(function)), 2, 2)
        for name, function in (
            *(("covar_pop", "covar_pop"), ("covar_samp", "covar_samp")),
            *(("corr", "corr"), ("correlation", "corr")),
        )
    },
}
