"""Prune zones: a scan learns from the filter right above it which zones cannot hold a row."""

from __future__ import annotations

from functools import partial, reduce
from math import isnan

from gpudb.records import replace
from gpudb.sql.expr import Call, ColumnReference, Expression, InList, Literal, split_conjunction
from gpudb.sql.optimize.rewrite import transform_plan
from gpudb.sql.plan import Filter, Plan, Scan, ZoneFilter, with_inputs
from gpudb.sql.template import ask_about, derived_from, zone_filter
from gpudb.storage.types import BIGINT

Range = tuple[int | float | None, int | float | None]


def prune_zones(plan: Plan) -> Plan:
    """Set the zone filters of every scan under a filter; the filter stays."""
    return transform_plan(plan, _prune, of=Filter)


def _prune(plan: Plan) -> Plan:
    if not isinstance(plan, Filter) or not isinstance(plan.input, Scan):
        return plan
    scan = plan.input
    columns = {f.id: c for f, c in zip(scan.fields, scan.columns, strict=True)}
    bounding: dict[int, list[Expression]] = {}
    for conjunct in split_conjunction(plan.predicate):
        found = ask_about(_find_bounded, conjunct)
        if found in columns:
            bounding.setdefault(found, []).append(conjunct)
    filters = tuple([_zone_filter(columns[id], tuple(of)) for id, of in bounding.items()])
    if filters == scan.zone_filters:
        return plan
    return with_inputs(plan, [replace(scan, zone_filters=filters)])


def _find_bounded(conjunct: Expression) -> int | None:
    """Return the field that `conjunct` bounds."""
    found = find_range(conjunct)
    return None if found is None else found[0]


def _zone_filter(column: str, conjuncts: tuple[Expression, ...]) -> ZoneFilter:
    low, high = (derived_from(partial(_end, place), conjuncts) for place in (0, 1))
    return zone_filter(column, low, high)


def _end(place: int, conjuncts: tuple[Expression, ...]) -> Literal | None:
    """Return the least (0) or greatest (1) value that all of `conjuncts` let pass."""
    ranges = [found[1] for part in conjuncts if (found := find_range(part)) is not None]
    value = reduce(_intersect, ranges)[place]
    # Of which type it is does not matter.
    return None if value is None else Literal(type=BIGINT, nullable=False, value=value)


def find_range(conjunct: Expression) -> tuple[int, Range] | None:
    """Return the field that `conjunct` bounds and the closed range that its values must lie in.

    Of NaN, which is the greatest, no zone's ends tell.
    """
    match conjunct:
        case Call(function="or", arguments=branches):
            return _hull([find_range(branch) for branch in branches])
        case Call(function="and", arguments=parts):
            return _tightest([find_range(part) for part in parts])
        case InList(argument=ColumnReference(id=id, type=type), values=values) if values:
            numbers = [v.value for v in values if isinstance(v.value, int | float)]
            if type.is_text or len(numbers) != len(values) or any(map(isnan, numbers)):
                return None
            return id, (min(numbers), max(numbers))
        case Call(
            function=function,
            arguments=(ColumnReference(id=id, type=type), Literal(value=int() | float() as value)),
        ) if not type.is_text and not isnan(value):
            found = _range(function, value, 0 if type.is_float else 1)
            return None if found is None else (id, found)
    return None


def _range(function: str, value: int | float, step: int) -> Range | None:
    match function:
        case "equal" | "is_not_distinct_from":
            return value, value
        case "less":
            return None, value - step
        case "less_equal":
            return None, value
        case "greater":
            return value + step, None
        case "greater_equal":
            return value, None
    return None


def _hull(found: list[tuple[int, Range] | None]) -> tuple[int, Range] | None:
    """Return the range around all branches of an OR; None unless all bound the same field."""
    known = [entry for entry in found if entry is not None]
    if len(known) < len(found) or len({field for field, _ in known}) != 1:
        return None
    lows, highs = [r[0] for _, r in known], [r[1] for _, r in known]
    low = None if None in lows else min(v for v in lows if v is not None)
    high = None if None in highs else max(v for v in highs if v is not None)
    return None if low is None and high is None else (known[0][0], (low, high))


def _tightest(found: list[tuple[int, Range] | None]) -> tuple[int, Range] | None:
    """Return the range that an AND inside an OR sets for the first field that it bounds."""
    known = [entry for entry in found if entry is not None]
    if not known:
        return None
    result = known[0]
    for field, bounds in known[1:]:
        if field == result[0]:
            result = field, _intersect(result[1], bounds)
    return result


def _intersect(first: Range, second: Range) -> Range:
    lows = [bound for bound in (first[0], second[0]) if bound is not None]
    highs = [bound for bound in (first[1], second[1]) if bound is not None]
    return max(lows, default=None), min(highs, default=None)
