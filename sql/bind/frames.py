"""Frames of window functions: ROWS, RANGE and GROUPS, their bounds and EXCLUDE."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sqlglot import exp

from gpudb.records import dataclass, replace
from gpudb.sql.bind.coerce import cast, is_untyped, unify
from gpudb.sql.bind.context import Context, call, placed
from gpudb.sql.bind.dispatch import bind_expression
from gpudb.sql.bind.expressions import interval_of
from gpudb.sql.bind.forms import case
from gpudb.sql.bind.intervals import Interval
from gpudb.sql.bind.operators import arithmetic, compare, connect
from gpudb.sql.expr import (
    CURRENT_ROW,
    UNBOUNDED_FOLLOWING,
    UNBOUNDED_PRECEDING,
    Bound,
    Exclusion,
    Expression,
    Frame,
    FrameUnit,
    Literal,
    SortKey,
)
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType

EXCLUSIONS = {exclusion.value.upper(): exclusion for exclusion in Exclusion}
DEFAULT = Frame(FrameUnit.RANGE, UNBOUNDED_PRECEDING, CURRENT_ROW)
DIRECTIONS = {"PRECEDING": -1, "FOLLOWING": 1}
MICROSECONDS = 6


@dataclass(frozen=True, slots=True)
class Side:
    """A bound as it is written: its direction, and the offset's node, None for UNBOUNDED."""

    direction: int
    offset: exp.Expr | None

    @property
    def bound(self) -> Bound:
        """The bound, which has no offset."""
        return Bound(self.direction)


def bind_frame(
    node: exp.WindowSpec | None, order: Sequence[SortKey], where: exp.Expr, context: Context
) -> Frame:
    """Bind a frame clause, or the default: to the last row that equals the current one."""
    if node is None:
        return DEFAULT
    unit = FrameUnit[str(node.args["kind"]).upper()]
    begin = _side(node, "start", where, context)
    end = Side(0, None) if node.args.get("end") is None else _side(node, "end", where, context)
    _check_sides(begin, end, where, context)
    if unit is FrameUnit.GROUPS and not order:
        raise context.environment.wrong("a frame of GROUPS needs ORDER BY", where)
    excluded = node.args.get("exclude")
    exclusion = Exclusion.NOTHING if excluded is None else EXCLUSIONS[excluded.name.upper()]
    if unit is FrameUnit.RANGE and (begin.offset is not None or end.offset is not None):
        return replace(_range(begin, end, order, where, context), exclusion=exclusion)
    return Frame(unit, _counted(begin, unit, context), _counted(end, unit, context), exclusion)


def _side(node: exp.WindowSpec, part: str, where: exp.Expr, context: Context) -> Side:
    value, side = node.args.get(part), str(node.args.get(f"{part}_side") or "").upper()
    if value == "CURRENT ROW":
        return Side(0, None)
    if side not in DIRECTIONS:
        message = "a frame's bound is followed by PRECEDING or FOLLOWING"
        raise context.environment.wrong(message, value if isinstance(value, exp.Expr) else where)
    return Side(DIRECTIONS[side], None if value == "UNBOUNDED" else value)


def _check_sides(begin: Side, end: Side, where: exp.Expr, context: Context) -> None:
    """Refuse what the standard does: frames that are empty by their words alone."""
    message = None
    if begin.bound == UNBOUNDED_FOLLOWING and begin.offset is None:
        message = "a frame cannot begin at UNBOUNDED FOLLOWING"
    elif end.bound == UNBOUNDED_PRECEDING and end.offset is None:
        message = "a frame cannot end at UNBOUNDED PRECEDING"
    elif begin.direction > end.direction:
        message = "a frame cannot end before it begins"
    if message is not None:
        raise context.environment.wrong(message, begin.offset or end.offset or where)


def _counted(side: Side, unit: FrameUnit, context: Context) -> Bound:
    """Return a bound so many rows or groups away."""
    if side.offset is None:
        return side.bound
    offset = bind_expression(side.offset, context)
    is_null = isinstance(offset, Literal) and offset.value is None
    if not offset.type.is_integer or is_null:
        message = f"{unit.name} takes a whole number of {unit.value}"
        raise context.environment.wrong(message, side.offset)
    return _distant(side, cast(offset, types.BIGINT), context)


def _distant(side: Side, offset: Expression, context: Context) -> Bound:
    """Return a bound so far away, which may be another distance in each row."""
    if isinstance(offset, Literal):
        assert isinstance(offset.value, int | float)
        _check_sign(offset.value, side, context)
        return Bound(side.direction, offset.value)
    return Bound(side.direction, distance=_checked(offset, offset, side, context))


def _checked(offset: Expression, value: Expression, side: Side, context: Context) -> Expression:
    """Return a number where the offset may be one; it raises for NULL, negatives and NaN."""
    assert side.offset is not None
    zero = Literal(type=offset.type, nullable=False, value=0)
    is_right: Expression = compare("greater_equal", offset, zero)
    if offset.type.is_float:
        infinity = Literal(type=offset.type, nullable=False, value=math.inf)
        is_right = connect("and", (is_right, compare("less_equal", offset, infinity)))
    wrong = Literal(type=types.BIGINT, nullable=False, value=-1)
    failing = cast(call("frame_offset", types.BIGINT, wrong), value.type)
    return placed(case([(is_right, value)], failing), context.environment.span(side.offset))


def _check_sign(value: float, side: Side, context: Context) -> None:
    if value < 0 or math.isnan(value):
        raise context.environment.wrong("the offset of a frame cannot be negative", side.offset)


def _range(
    begin: Side, end: Side, order: Sequence[SortKey], where: exp.Expr, context: Context
) -> Frame:
    """Return a frame whose bounds are a distance from the only ORDER BY item's value away."""
    if len(order) != 1:
        message = "RANGE with an offset needs exactly one ORDER BY item"
        raise context.environment.wrong(message, begin.offset or end.offset or where)
    key = order[0].expression
    sides = [side for side in (begin, end) if side.offset is not None]
    if key.type.is_numeric:
        return _numeric_range(begin, end, key, sides, context)
    if key.type.is_temporal or key.type.is_interval:
        return _temporal_range(begin, end, order[0], sides, context)
    message = f"RANGE with an offset does not take {key.type}"
    raise context.environment.wrong(message, sides[0].offset)


def _numeric_range(
    begin: Side, end: Side, key: Expression, sides: Sequence[Side], context: Context
) -> Frame:
    offsets = []
    for side in sides:
        assert side.offset is not None
        offset = bind_expression(side.offset, context)
        is_null = isinstance(offset, Literal) and offset.value is None
        if not (offset.type.is_numeric or is_untyped(offset)) or is_null:
            message = f"RANGE over {key.type} takes a number as its offset"
            raise context.environment.wrong(message, side.offset)
        offsets.append(offset)
    if key.type.is_float:
        key = cast(key, types.DOUBLE)
    key, *typed = unify((key, *offsets), "RANGE")
    pairs = zip(sides, typed, strict=True)
    bounds = {side: _distant(side, offset, context) for side, offset in pairs}
    return _range_frame(begin, end, bounds, key)


def _temporal_range(
    begin: Side, end: Side, key: SortKey, sides: Sequence[Side], context: Context
) -> Frame:
    of = _moved_type(key.expression.type)
    moved = cast(key.expression, of)
    bounds = {}
    for side in sides:
        interval = _interval(side, key.expression.type, context)
        held = replace(key, expression=moved)
        if isinstance(interval, Interval):
            bounds[side] = _moved(side, interval, held, context)
        else:
            bounds[side] = _moved_by(side, interval, held, context)
    return _range_frame(begin, end, bounds, moved)


def _range_frame(begin: Side, end: Side, bounds: dict[Side, Bound], key: Expression) -> Frame:
    first, last = bounds.get(begin, begin.bound), bounds.get(end, end.bound)
    return Frame(FrameUnit.RANGE, first, last, key=key)


def _moved_type(of: SqlType) -> SqlType:
    """Return the type of a moment and an interval together."""
    if of.kind in (Kind.DATE, Kind.TIMESTAMP):
        return types.timestamp(max(MICROSECONDS, of.precision))
    return of


def _interval(side: Side, of: SqlType, context: Context) -> Interval | Expression:
    """Return the interval of a bound, or the expression that gives it in each row."""
    node = side.offset
    assert node is not None
    interval = interval_of(node)
    if interval is None:
        offset = bind_expression(node, context)
        is_null = isinstance(offset, Literal) and offset.value is None
        if not offset.type.is_interval or is_null:
            message = f"RANGE over {of} takes an INTERVAL as its offset"
            raise context.environment.wrong(message, node)
        if not isinstance(offset, Literal):
            return offset
        assert isinstance(offset.value, int)
        is_months = offset.type.kind is Kind.INTERVAL_MONTHS
        interval = Interval(offset.value, 0) if is_months else Interval(0, offset.value)
    for part in (interval.months, interval.microseconds):
        _check_sign(part, side, context)
    kinds = {Kind.TIME: "time", Kind.INTERVAL_TIME: "time", Kind.INTERVAL_MONTHS: "months"}
    wanted = kinds.get(of.kind)
    if (wanted == "time" and interval.months) or (wanted == "months" and interval.microseconds):
        message = f"RANGE over {of} takes an INTERVAL of {wanted}"
        raise context.environment.wrong(message, node)
    return interval


def _moved(side: Side, interval: Interval, key: SortKey, context: Context) -> Bound:
    of = key.expression.type
    if of.kind is Kind.INTERVAL_MONTHS:
        return Bound(side.direction, interval.months)
    if not interval.months:
        finer = 10 ** (of.precision - MICROSECONDS) if of.kind is Kind.TIMESTAMP else 1
        return Bound(side.direction, interval.microseconds * finer)
    limit = key.expression
    for part in interval.parts():
        limit = arithmetic(_operator(side, key), limit, part)
    return Bound(side.direction, limit=limit)


def _operator(side: Side, key: SortKey) -> str:
    return "add" if (side.direction > 0) != key.is_descending else "subtract"


def _moved_by(side: Side, interval: Expression, key: SortKey, context: Context) -> Bound:
    """Return a bound where the key moved by an interval of each row is."""
    of = key.expression.type
    limit = arithmetic(_operator(side, key), key.expression, interval)
    if of.kind is not Kind.TIMESTAMP or limit.type != of:
        # A moved TIME goes round midnight, and intervals of other kinds are no bounds of one.
        message = f"RANGE over {of} by another {interval.type} in each row is"
        raise context.environment.later(message, side.offset)
    zero = Literal(type=types.BIGINT, nullable=False, value=0)
    return Bound(side.direction, limit=limit, distance=_checked(interval, zero, side, context))
