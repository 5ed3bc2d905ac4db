"""Share sums: sums of x + 1, x + 2, ... are made of the sum of x and the number of its values.

    SELECT sum(x + 1), sum(x + 2)   ->   SELECT sum(x) + count(x), sum(x) + 2 * count(x)

Only for integers, and where the statistics prove that no sum on the way leaves 64 bits and that no
x + k leaves its type: then nothing raises before or after, and the answers are the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from gpudb.records import replace
from gpudb.sql.bounds import Bounds, bounds, type_bounds
from gpudb.sql.expr import AggregateCall, Call, Cast, Expression, Literal
from gpudb.sql.grounds import StoredRows, ask, find_stored
from gpudb.sql.optimize.rewrite import (
    call,
    is_widening,
    pass_through,
    reference,
    transform_plan,
    unused_ids,
)
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Field,
    Filter,
    Item,
    Plan,
    Project,
    Scan,
)
from gpudb.storage.types import BIGINT

# Two sums become a sum and a count, which is no gain.
LEAST_SUMS = 3
MOST = 1 << 62


def share_sums(plan: Plan) -> Plan:
    """Compute sums that differ by constants from one sum and one count."""
    take_id = unused_ids(plan).__next__
    return transform_plan(plan, lambda node: _share(node, take_id), of=Aggregate)


def _share(plan: Plan, take_id: Callable[[], int]) -> Plan:
    if not isinstance(plan, Aggregate):
        return plan
    parts = [_find_part(item.call) for item in plan.aggregates]
    times = Counter(part[0] for part in parts if part is not None)
    shared = {x for x, number in times.items() if number >= LEAST_SUMS}
    if not shared:
        return plan
    scan = _find_scan(plan.input)
    if scan is None or find_stored(scan.table) is None:
        return plan
    columns = tuple((field.id, name) for field, name in zip(scan.fields, scan.columns, strict=True))
    for part in parts:
        if part is None or part[0] not in shared:
            continue
        if not ask(scan.table, _stays_inside, *part, columns):
            shared.discard(part[0])
    return _rebuilt(plan, parts, shared, take_id) if shared else plan


Part = tuple[Expression, int, Expression]


def _find_part(of: AggregateCall) -> Part | None:
    """Return x, k and the whole x + k of a sum of it; k is 0 for a sum of x itself."""
    whole = of.argument
    is_sum = of.function == "sum" and not of.is_distinct and of.type == BIGINT
    if not is_sum or whole is None or not whole.type.is_integer:
        return None
    match whole:
        case (
            Call(function="add", arguments=(x, Literal(value=int() as k)))
            | Call(function="add", arguments=(Literal(value=int() as k), x))
        ) if x.type.is_integer:
            return _narrow(x), k, whole
        case Call(function="subtract", arguments=(x, Literal(value=int() as k))):
            return (_narrow(x), -k, whole) if x.type.is_integer else None
    return _narrow(whole), 0, whole


def _narrow(x: Expression) -> Expression:
    """Return `x` without casts that only widen it: the sum is the same."""
    while (
        isinstance(x, Cast) and x.argument.type.is_integer and is_widening(x.argument.type, x.type)
    ):
        x = x.argument
    return x


def _find_scan(plan: Plan) -> Scan | None:
    """Return the scan that the rows come from, none of them twice."""
    while isinstance(plan, Filter):
        plan = plan.input
    return plan if isinstance(plan, Scan) else None


def _stays_inside(
    table: StoredRows,
    x: Expression,
    k: int,
    whole: Expression,
    columns: tuple[tuple[int, str], ...],
) -> bool:
    """Whether neither x + k nor a sum of it or of x may leave its type, by the table's values."""
    found, allowed = bounds(x, _known_bounds(table, dict(columns))), type_bounds(whole.type)
    is_free = allowed.minimum <= found.minimum + k and found.maximum + k <= allowed.maximum
    greatest = max(abs(found.minimum), abs(found.maximum)) + abs(k)
    return is_free and greatest * (table.row_count + table.deleted_rows) < MOST


def _known_bounds(table: StoredRows, columns: Mapping[int, str]) -> Callable[[int], Bounds | None]:
    def known(id: int) -> Bounds | None:
        if id not in columns:
            return None
        statistics = table.statistics(columns[id])
        low, high = statistics.minimum, statistics.maximum
        return Bounds(low, high) if isinstance(low, int) and isinstance(high, int) else None

    return known


def _rebuilt(
    plan: Aggregate, parts: list[Part | None], shared: set[Expression], take_id: Callable[[], int]
) -> Plan:
    fields: dict[AggregateCall, Field] = {}

    def shared_field(function: str, x: Expression) -> Field:
        nullable = function == "sum"
        of = AggregateCall(function=function, argument=x, type=BIGINT, nullable=nullable)
        if of not in fields:
            fields[of] = Field(take_id(), function, BIGINT, nullable)
        return fields[of]

    items = [pass_through(group.field) for group in plan.groups]
    kept = []
    for item, part in zip(plan.aggregates, parts, strict=True):
        if part is None or part[0] not in shared:
            kept.append(item)
            items.append(pass_through(item.field))
            continue
        value: Expression = reference(shared_field("sum", part[0]))
        if part[1]:
            factor = Literal(type=BIGINT, nullable=False, value=part[1])
            number = reference(shared_field("count", part[0]))
            value = call("add", value, call("multiply", factor, number, of=BIGINT), of=BIGINT)
        items.append(Item(item.field, value))
    kept += [AggregateItem(field, of) for of, field in fields.items()]
    return Project(replace(plan, aggregates=tuple(kept)), tuple(items))
