"""How many rows a plan yields, and what its columns hold, judged from the tables' statistics.

Estimates choose join orders and table sizes; nothing relies on them for a right answer. The
models are Selinger's (1979): values are uniform, columns independent, keys of the smaller side
contained in the larger's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from math import inf, isnan

from gpudb.records import dataclass, replace
from gpudb.sql.expr import (
    Call,
    Cast,
    ColumnReference,
    Expression,
    InList,
    Literal,
    field_ids,
    split_conjunction,
)
from gpudb.sql.plan import (
    Aggregate,
    Expand,
    Filter,
    Item,
    Iterate,
    Join,
    JoinKind,
    LastRound,
    Limit,
    LimitBy,
    Plan,
    Project,
    Repeat,
    Scan,
    Shared,
    Sort,
    Union,
    Values,
    Window,
    output_fields,
)
from gpudb.sql.table_estimate import Column, table_column, table_rows
from gpudb.storage.hidden import ROW_COLUMN

UNKNOWN_SHARE = 1 / 3
ROUNDS = 10
EXPANDED_VALUES = 10
# A round's rows are few, but there are many rounds: what they are joined with shall be the build,
# which is made once.
LAST_ROUND_ROWS = 1e9
TEXT_MATCH_SHARE = 0.1
UNKNOWN_DISTINCT_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A plan's rows, and its columns by field id (those not listed are unknown)."""

    rows: float
    columns: Mapping[int, Column] = field(default_factory=dict)

    def distinct(self, expression: Expression) -> float:
        """Return the number of distinct values of `expression`, at least 1."""
        return max(1.0, min(self.column(expression).distinct, self.rows))

    def column(self, expression: Expression) -> Column:
        """Return what is believed of `expression`'s values."""
        match expression:
            case ColumnReference(id=id) if id in self.columns:
                return self.columns[id]
            case Literal():
                return Column(1.0)
            case Cast(argument=argument):
                below = self.column(argument)
                return Column(below.distinct, null_share=below.null_share)
            case Call(function=function, arguments=(argument,)) if function in EXTRACTED_VALUES:
                distinct = min(EXTRACTED_VALUES[function], self.column(argument).distinct)
                return Column(distinct, null_share=self.column(argument).null_share)
        return Column(max(1.0, self.rows * UNKNOWN_DISTINCT_SHARE))

    def of_fields(self, ids: Iterable[int]) -> Estimate:
        """Return the same of some columns only, which costs less to scale."""
        known = self.columns
        return Estimate(self.rows, {id: known[id] for id in ids if id in known})


EXTRACTED_VALUES = {
    "extract_year": 20.0,
    "extract_quarter": 4.0,
    "extract_month": 12.0,
    "extract_week": 53.0,
    "extract_day": 31.0,
    "extract_dow": 7.0,
    "extract_isodow": 7.0,
}


@dataclass(frozen=True, slots=True)
class Estimates:
    """The estimates of shared definitions by their numbers, and what filters are judged by."""

    after_filter: Callable[[Estimate, Iterable[Expression]], Estimate]
    definitions: dict[int, Estimate] = field(default_factory=dict)


def estimate(plan: Plan, known: Estimates | None = None) -> Estimate:
    """Return what is believed of `plan`'s rows; `known` are the definitions met before."""
    met = known or Estimates(after_filter)
    match plan:
        case Filter(input=below, predicate=predicate):
            return met.after_filter(estimate(below, met), split_conjunction(predicate))
        case Project(input=below, items=items):
            before = estimate(below, met)
            return replace(before, columns=_item_columns(before, items))
        case Join():
            return _join(plan, met)
        case Aggregate():
            return _aggregate(plan, met)
        case Sort(input=below, limit=limit):
            return _at_most(estimate(below, met), limit)
        case Limit(input=below, count=count, percent=percent):
            before = estimate(below, met)
            return _at_most(before, count) if percent is None else scaled(before, percent / 100)
        case Repeat(input=below) | LimitBy(input=below) | Window(input=below):
            return estimate(below, met)
        case Expand(input=below):
            return _expand(plan, estimate(below, met))
    return _source(plan, met)


def _source(plan: Plan, met: Estimates) -> Estimate:
    """Return what is believed of the rows of a leaf, or of several plans' rows together."""
    match plan:
        case Scan():
            return _scan(plan)
        case Values(rows=rows):
            return Estimate(float(len(rows)))
        case Union():
            return _union(plan, met)
        case Iterate(seed=seed):
            return Estimate(ROUNDS * estimate(seed, met).rows)
        case LastRound():
            return Estimate(LAST_ROUND_ROWS)
        case Shared(number=number, fields=fields, columns=columns, definition=definition):
            if number not in met.definitions:
                met.definitions[number] = estimate(definition, met)
            known = met.definitions[number]
            pairs = zip(fields, columns, strict=True)
            own = {f.id: known.columns[c] for f, c in pairs if c in known.columns}
            return Estimate(known.rows, own)
    raise AssertionError(f"no such plan node: {plan!r}")


def _expand(plan: Expand, before: Estimate) -> Estimate:
    """A series of whole numbers tells how long it is; anything else is taken for short."""
    values = [a.value for a in plan.arguments if isinstance(a, Literal)]
    length = float(EXPANDED_VALUES)
    if len(values) == 3 and all(isinstance(v, int) and v for v in (values[0], *values[2:])):
        first, last, step = (float(v or 0) for v in values)
        length = max(0.0, (last - first) / step + 1)
    return Estimate(before.rows * length, before.columns)


def _scan(plan: Scan) -> Estimate:
    rows = table_rows(plan.table)
    columns = {}
    for output, name in zip(plan.fields, plan.columns, strict=True):
        if name == ROW_COLUMN:
            columns[output.id] = Column(max(1.0, rows), 0.0, max(0.0, rows - 1))
            continue
        known = table_column(plan.table, name)
        if known is not None:
            columns[output.id] = known
    return Estimate(rows, columns)


def _item_columns(before: Estimate, items: Iterable[Item]) -> dict[int, Column]:
    return {item.field.id: before.column(item.expression) for item in items}


def _at_most(before: Estimate, count: int | None) -> Estimate:
    if count is None or count >= before.rows:
        return before
    return scaled(before, count / before.rows)


def _aggregate(plan: Aggregate, met: Estimates) -> Estimate:
    before = estimate(plan.input, met)
    rows = 1.0
    for group in plan.groups:
        rows = min(rows * before.distinct(group.expression), max(before.rows, 1.0))
    return Estimate(rows, _item_columns(before, plan.groups))


def _union(plan: Union, met: Estimates) -> Estimate:
    """Parts may share values: a column has as many as the part with the most, or somewhat more."""
    parts = [(estimate(part, met), output_fields(part)) for part in plan.parts]
    rows = sum(found.rows for found, _ in parts)
    columns = {}
    for place, whole in enumerate(plan.fields):
        own = [found.columns.get(fields[place].id) for found, fields in parts]
        if all(own):
            columns[whole.id] = Column(max((c.distinct for c in own if c), default=1.0))
    return Estimate(rows, columns)


def _join(plan: Join, met: Estimates) -> Estimate:
    left, right = estimate(plan.left, met), estimate(plan.right, met)
    keys = tuple((key.left, key.right) for key in plan.keys)
    if plan.kind in (JoinKind.SEMI, JoinKind.ANTI):
        share = _partner_share(left, right, keys)
        return scaled(left, share if plan.kind is JoinKind.SEMI else 1 - share)
    joined = after_join(left, right, keys)
    if plan.condition is not None:
        joined = met.after_filter(joined, split_conjunction(plan.condition))
    if plan.kind is JoinKind.LEFT:
        # Every left row stays, and with it every value of the left columns.
        rows, columns = max(joined.rows, left.rows), {**joined.columns, **left.columns}
        return Estimate(rows, columns)
    return joined


def _partner_share(
    left: Estimate, right: Estimate, keys: tuple[tuple[Expression, Expression], ...]
) -> float:
    share = 1.0
    for left_key, right_key in keys:
        share = min(share, right.distinct(right_key) / left.distinct(left_key))
    return share if keys else 0.5


def after_join(
    left: Estimate, right: Estimate, keys: tuple[tuple[Expression, Expression], ...]
) -> Estimate:
    """Return the rows of the inner join of two inputs on `keys`; their product without keys."""
    left_values = right_values = 1.0
    for left_key, right_key in keys:
        left_values *= left.distinct(left_key)
        right_values *= right.distinct(right_key)
    # Several keys together have no more values than there are rows.
    values = max(min(left_values, max(left.rows, 1)), min(right_values, max(right.rows, 1)))
    rows = left.rows * right.rows / values
    columns = {**left.columns, **right.columns}
    for left_key, right_key in keys:
        distinct = min(left.distinct(left_key), right.distinct(right_key))
        for key in (left_key, right_key):
            if isinstance(key, ColumnReference) and key.id in columns:
                old = columns[key.id]
                columns[key.id] = Column(distinct, old.minimum, old.maximum)
    return Estimate(rows, columns)


def after_filter(before: Estimate, conjuncts: Iterable[Expression]) -> Estimate:
    """Return the rows that pass all of `conjuncts`, and how they narrow the columns.

    Conjuncts count one after the other, so that a < x AND x < b is the share of one interval.
    """
    for conjunct in conjuncts:
        narrowed = _narrow(before, conjunct)
        before = scaled(before, selectivity(before, conjunct), narrowed)
    return before


def scaled(
    before: Estimate, share: float, narrowed: Mapping[int, Column] | None = None
) -> Estimate:
    """Return the estimate for a random `share` of the rows; columns in `narrowed` are as given."""
    share = min(max(share, 0.0), 1.0)
    columns = {
        i: Column(
            max(1.0, c.distinct * _seen_share(before.rows, c.distinct, share)),
            c.minimum,
            c.maximum,
            c.null_share,
        )
        for i, c in before.columns.items()
    }
    return Estimate(before.rows * share, {**columns, **(narrowed or {})})


def _seen_share(rows: float, distinct: float, share: float) -> float:
    """Return the share of `distinct` values that a random `share` of `rows` still shows (Yao)."""
    if share >= 1.0 or distinct <= 0:
        return 1.0
    return float(1.0 - (1.0 - share) ** max(rows / distinct, 1.0))


def selectivity(before: Estimate, predicate: Expression) -> float:
    """Return the share of the rows for which `predicate` is TRUE."""
    match predicate:
        case Literal(value=value):
            return 1.0 if value else 0.0
        case Call(function="and"):
            own = before.of_fields(field_ids(predicate))
            return _ratio(after_filter(own, predicate.arguments), before)
        case Call(function="or", arguments=parts):
            missed = 1.0
            for part in parts:
                missed *= 1 - selectivity(before, part)
            return 1 - missed
        case Call(function="not", arguments=(part,)):
            return 1 - selectivity(before, part)
        case InList(argument=argument, values=values):
            return min(1.0, len(values) / before.distinct(argument))
        case Call(arguments=(left, right)):
            return _compare_share(before, predicate.function, left, right)
        case Call(function="is_null" | "is_not_null" as function, arguments=(argument,)):
            share = before.column(argument).null_share
            return share if function == "is_null" else 1 - share
    return UNKNOWN_SHARE


def _ratio(after: Estimate, before: Estimate) -> float:
    return after.rows / before.rows if before.rows else 1.0


def _compare_share(before: Estimate, function: str, left: Expression, right: Expression) -> float:
    match function:
        case "equal" | "is_not_distinct_from":
            return 1 / max(before.distinct(left), before.distinct(right))
        case "not_equal" | "is_distinct_from":
            return 1 - 1 / max(before.distinct(left), before.distinct(right))
        case "less" | "less_equal" | "greater" | "greater_equal":
            return _range_share(before, function, left, right)
        case "like" | "ilike" | "starts_with" | "ends_with" | "contains" | "regexp_like":
            return TEXT_MATCH_SHARE
    return UNKNOWN_SHARE


def _range_share(before: Estimate, function: str, left: Expression, right: Expression) -> float:
    column = before.column(left)
    value = right.value if isinstance(right, Literal) else None
    if not isinstance(value, int | float) or column.minimum is None or column.maximum is None:
        return UNKNOWN_SHARE
    # Whole values, each 1 wide: x < 3 over 1..10 is 2 of 10.
    is_float = left.type.is_float
    width = column.maximum - column.minimum + (0 if is_float else 1)
    edge = value - column.minimum + (0 if is_float or function in ("less", "greater_equal") else 1)
    is_known = 0 < width < inf and not isnan(edge)
    below = min(max(edge / width, 0.0), 1.0) if is_known else 0.5
    share = below if function in ("less", "less_equal") else 1 - below
    return share * (1 - column.null_share)


def _narrow(before: Estimate, conjunct: Expression) -> dict[int, Column]:
    """Return the column that a comparison with literals narrows, as it is afterwards."""
    match conjunct:
        case InList(argument=ColumnReference(id=id), values=values) if id in before.columns:
            column = before.columns[id]
            distinct = min(column.distinct, float(len(values)))
            return {id: replace(column, distinct=distinct, null_share=0.0)}
        case Call(arguments=(ColumnReference(id=id), Literal(value=value))) if id in before.columns:
            narrowed = _narrow_column(before, conjunct, before.columns[id], value)
            return {} if narrowed is None else {id: narrowed}
    return {}


def _narrow_column(
    before: Estimate, comparison: Call, column: Column, value: object
) -> Column | None:
    number = float(value) if isinstance(value, int | float) else None
    low, high = column.minimum, column.maximum
    match comparison.function:
        case "equal":
            return Column(1.0, number, number)
        case "less" | "less_equal" if number is not None and high is not None:
            high = min(high, number)
        case "greater" | "greater_equal" if number is not None and low is not None:
            low = max(low, number)
        case _:
            return None
    distinct = max(1.0, column.distinct * selectivity(before, comparison))
    return Column(distinct, low, high)
