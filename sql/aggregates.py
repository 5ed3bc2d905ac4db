"""The aggregates that plans may hold, by name: which merge, which need their group's rows together.

Names that users write beside these (count_if, bool_and, stddev, median, ...) are made of them while
binding (gpudb.sql.bind.aggregate_forms).
"""

from __future__ import annotations

from gpudb.records import replace
from gpudb.sql.expr import AggregateCall, Branch, Call, Case, Expression, Literal
from gpudb.sql.plan import Aggregate
from gpudb.storage.types import (
    BOOLEAN,
    INTEGER,
    MAX_NARROW_PRECISION,
    Kind,
    SqlType,
)

# Partial results that are plain values of their own: by which aggregate they merge.
MERGED_BY = {
    "count": "sum",
    "sum": "sum",
    "min": "min",
    "max": "max",
    "bit_and": "bit_and",
    "bit_or": "bit_or",
    "bit_xor": "bit_xor",
    "product": "product",
}
# DISTINCT changes nothing: a value that comes twice says no more than once.
IDEMPOTENT = frozenset(
    ("min", "max", "bit_and", "bit_or", "arg_min", "arg_max", "approx_count_distinct")
)
# Deviations from the mean of one argument, and of pairs.
DEVIATIONS = frozenset(("var_pop", "var_samp", "stddev_pop", "stddev_samp"))
HIGHER_MOMENTS = frozenset(("skewness", "kurtosis", "kurtosis_pop"))
PAIRED = frozenset(
    (
        *("covar_pop", "covar_samp", "corr", "regr_count", "regr_avgx", "regr_avgy"),
        *("regr_sxx", "regr_syy", "regr_sxy", "regr_slope", "regr_intercept", "regr_r2"),
    )
)
# States of many words, which are worth it for few groups only.
SKETCHED = frozenset(("approx_count_distinct", "approx_quantile"))
# What is computed from all of a group's values at once, in their order.
HOLISTIC = frozenset(
    ("quantile_cont", "quantile_disc", "mode", "string_agg", "array_agg", "first", "last")
)
# FIRST and LAST by one key, as the optimizer makes them: states of plain values, which merge.
PICKED = frozenset(("first_of", "last_of"))
# The n-th of a group's values from either end, as the optimizer asks for them, up to the fourth.
NTH = frozenset(("nth_least", "nth_greatest"))
MOST_KEPT = 4
# Counts, which are 0 over no rows; all others are NULL.
COUNTS = frozenset(("count", "regr_count", "approx_count_distinct"))
# NULL even for some groups whose arguments are not, such as a group of one row.
OFTEN_NULL = frozenset(
    (
        *("var_samp", "stddev_samp", "covar_samp", "corr"),
        *("regr_slope", "regr_intercept", "regr_r2", "skewness", "kurtosis", "kurtosis_pop"),
    )
)


def may_be_null(call: AggregateCall) -> bool:
    """Whether the aggregate of a group of at least one row may be NULL."""
    nullable = any(argument.nullable for argument in arguments_of(call))
    is_filtered = call.function in ("first", "last") and bool(call.others)
    return call.function in OFTEN_NULL | NTH or nullable or is_filtered


def is_mergeable(call: AggregateCall) -> bool:
    """Whether partial results of plain values merge: AVG's are its sum and its count."""
    return call.function in MERGED_BY or call.function == "avg"


def arguments_of(call: AggregateCall) -> tuple[Expression, ...]:
    """Return the arguments; count(*) has none."""
    return () if call.argument is None else (call.argument, *call.others)


def state_arguments(call: AggregateCall) -> tuple[Expression, ...]:
    """Return what a state is made of: a digest answers any fraction, FIRST reads its key."""
    if call.function == "approx_quantile" or call.function in NTH:
        return arguments_of(call)[:1]
    if call.function in PICKED and call.argument is not None:
        return (call.argument, *(key.expression for key in call.order), *call.others)
    return arguments_of(call)


def is_plain_word(of: SqlType) -> bool:
    """Whether values of a type have an order that one word tells."""
    is_plain = of.is_numeric or of.is_text or of.is_temporal
    return is_plain and not (may_be_wide(of) or of.is_array)


def may_be_wide(of: SqlType) -> bool:
    """Whether values of a type may need more than 64 bits."""
    return of.kind is Kind.DECIMAL and of.precision > MAX_NARROW_PRECISION


def over_distinct(call: AggregateCall, values: tuple[Expression, ...]) -> AggregateCall:
    """Return a call over distinct `values` of its arguments, each tuple of which comes once."""
    first, *others = values
    call = replace(call, argument=first, is_distinct=False)
    if call.function != "count" or not others:
        return replace(call, others=tuple(others))
    present = tuple(
        Call(function="is_not_null", arguments=(value,), type=BOOLEAN, nullable=False)
        for value in values
    )
    both = Call(function="and", arguments=present, type=BOOLEAN, nullable=False)
    one = Literal(type=INTEGER, nullable=False, value=1)
    none = Literal(type=INTEGER, nullable=True, value=None)
    counted = Case(branches=(Branch(both, one),), otherwise=none, type=INTEGER, nullable=True)
    return replace(call, argument=counted, others=())


def is_counted(call: AggregateCall) -> bool:
    """Whether this is a MODE that merges: the most frequent value, of several the least."""
    (key,) = call.order if call.function == "mode" else (None,)
    return key is not None and not (key.is_descending or may_be_wide(call.type))


def merges_by_key(call: AggregateCall) -> bool:
    """Whether this is FIRST or LAST by one key, of values that one word holds each."""
    if call.function not in ("first", "last") or len(call.order) != 1 or call.is_distinct:
        return False
    return is_plain_word(call.type) and is_plain_word(call.order[0].expression.type)


def is_of_values(call: AggregateCall) -> bool:
    """Whether the call is over distinct values, or over the number of each."""
    return call.is_distinct or is_counted(call)


def needs_numbers(plan: Aggregate) -> bool:
    """Whether an aggregate's groups must be numbered, so that several passes over them meet.

    So it is for what needs a group's rows together, and where some aggregates are over distinct
    values and others can only be computed in one go.
    """
    calls = [item.call for item in plan.aggregates]
    has_values = any(map(is_of_values, calls))
    return any(call.function in HOLISTIC and not is_counted(call) for call in calls) or (
        has_values and not all(is_of_values(call) or is_mergeable(call) for call in calls)
    )
