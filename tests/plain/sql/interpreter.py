"""Runs logical plans over lists of rows, as plainly as their meaning can be said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import product

from gpudb.sql.expr import (
    AggregateCall,
    Call,
    Case,
    Cast,
    ColumnReference,
    Expression,
    InList,
    Literal,
)
from gpudb.sql.plan import (
    Aggregate,
    Filter,
    Join,
    JoinKind,
    Limit,
    LimitBy,
    Plan,
    Project,
    Repeat,
    Scan,
    Sort,
    Union,
    Values,
    output_fields,
)

Value = int | float | bool | str | None
Row = dict[int, Value]
# The rows of each table, by its name; each row holds its columns by their names.
Stored = Mapping[str, list[dict[str, Value]]]


def evaluate(e: Expression, row: Row) -> Value:
    """Return an expression's value for a row; casts of numbers change nothing."""
    match e:
        case ColumnReference(id=field):
            return row[field]
        case Literal(value=value):
            return value
        case Cast(argument=argument):
            return evaluate(argument, row)
        case Case(branches=branches, otherwise=otherwise):
            taken = (b.value for b in branches if evaluate(b.condition, row) is True)
            return evaluate(next(taken, otherwise), row)
        case InList(argument=argument, values=values):
            found = evaluate(argument, row)
            return None if found is None else any(found == v.value for v in values)
        case Call(function="and" | "or" as function, arguments=parts):
            truths = [evaluate(part, row) for part in parts]
            decisive = function == "or"
            if any(t is decisive for t in truths):
                return decisive
            return None if None in truths else not decisive
        case Call(function=function, arguments=parts):
            return compute(function, [evaluate(part, row) for part in parts])
    raise AssertionError(e)


def compute(function: str, values: list[Value]) -> Value:
    """Return the value of a function that sees all its arguments."""
    if function in ("is_null", "is_not_null"):
        return (values[0] is None) == (function == "is_null")
    if None in values:
        return None
    if function == "not":
        return not values[0]
    a, b = values
    assert isinstance(a, int | float)
    assert isinstance(b, int | float)
    match function:
        case "divide":
            return a / b
        case "add":
            return a + b
        case "less" | "greater_equal":
            return (a < b) == (function == "less")
        case "greater" | "less_equal":
            return (a > b) == (function == "greater")
        case "equal" | "not_equal":
            return (a == b) == (function == "equal")
    raise AssertionError(function)


def aggregate(call: AggregateCall, rows: list[Row]) -> Value:
    """Return an aggregate over a group."""
    if call.argument is None:
        return len(rows)
    values = [v for row in rows if (v := evaluate(call.argument, row)) is not None]
    if call.is_distinct:
        values = list(dict.fromkeys(values))
    if call.function == "count":
        return len(values)
    if not values:
        return None
    numbers = [v for v in values if not isinstance(v, str)]
    total = sum(numbers)
    found = {"sum": total, "min": min(numbers), "max": max(numbers), "avg": total / len(numbers)}
    return found[call.function]


def run(plan: Plan, stored: Stored) -> list[Row]:
    """Return the rows of a plan."""
    match plan:
        case Scan(table=table, fields=fields, columns=columns):
            pairs = list(zip(fields, columns, strict=True))
            return [{f.id: row[c] for f, c in pairs} for row in stored[table.name]]
        case Values(fields=fields, rows=literals):
            return [{f.id: v.value for f, v in zip(fields, r, strict=True)} for r in literals]
        case Filter(input=below, predicate=predicate):
            return [row for row in run(below, stored) if evaluate(predicate, row) is True]
        case Project(input=below, items=items):
            return [
                {i.field.id: evaluate(i.expression, row) for i in items}
                for row in run(below, stored)
            ]
        case Join():
            return run_join(plan, run(plan.left, stored), run(plan.right, stored))
        case Aggregate():
            return run_aggregate(plan, run(plan.input, stored))
        case Sort():
            return run_sort(plan, run(plan.input, stored))
    return run_rows(plan, stored)


def run_rows(plan: Plan, stored: Stored) -> list[Row]:
    """Return the rows of a node that only cuts, repeats or unites."""
    match plan:
        case Limit(input=below, count=count, offset=offset):
            end = None if count is None else offset + count
            return run(below, stored)[offset:end]
        case LimitBy(input=below, keys=keys, count=count, offset=offset):
            return run_limit_by(run(below, stored), keys, count, offset)
        case Union(parts=parts):
            return [row for part in parts for row in run_part(plan, part, stored)]
        case Repeat(input=below, times=times):
            return [r for r in run(below, stored) for _ in range(int(r[times] or 0))]
    raise AssertionError(plan)


def run_limit_by(
    rows: list[Row], keys: tuple[int, ...], count: int | None, offset: int
) -> list[Row]:
    """Return the first rows of those that agree in the keys."""
    seen: Counter[tuple[Value, ...]] = Counter()
    kept: list[Row] = []
    for row in rows:
        key = tuple(row[k] for k in keys)
        place = seen[key] - offset
        seen[key] += 1
        if place >= 0 and (count is None or place < count):
            kept.append(row)
    return kept


def run_part(plan: Union, part: Plan, stored: Stored) -> list[Row]:
    """Return a part's rows under the fields of its UNION ALL."""
    pairs = list(zip(plan.fields, output_fields(part), strict=True))
    return [{whole.id: row[own.id] for whole, own in pairs} for row in run(part, stored)]


def run_join(plan: Join, left: list[Row], right: list[Row]) -> list[Row]:
    """Return a join's rows by comparing every pair."""

    def matches(row: Row) -> bool:
        is_equal = all(
            compute("equal", [evaluate(k.left, row), evaluate(k.right, row)]) is True
            for k in plan.keys
        )
        return is_equal and (plan.condition is None or evaluate(plan.condition, row) is True)

    if plan.kind in (JoinKind.INNER, JoinKind.CROSS):
        return [row for a, b in product(left, right) if matches(row := {**a, **b})]
    missing: Row = dict.fromkeys((f.id for f in output_fields(plan.right)), None)
    rows: list[Row] = []
    for a in left:
        found = [row for b in right if matches(row := {**a, **b})]
        if plan.kind is JoinKind.LEFT:
            rows += found or [{**a, **missing}]
        elif bool(found) == (plan.kind is JoinKind.SEMI):
            rows.append(a)
    return rows


def run_aggregate(plan: Aggregate, rows: list[Row]) -> list[Row]:
    """Return one row for each group."""
    groups: dict[tuple[Value, ...], list[Row]] = {} if plan.groups else {(): []}
    for row in rows:
        key = tuple(evaluate(g.expression, row) for g in plan.groups)
        groups.setdefault(key, []).append(row)
    return [
        {
            **{g.field.id: v for g, v in zip(plan.groups, key, strict=True)},
            **{a.field.id: aggregate(a.call, members) for a in plan.aggregates},
        }
        for key, members in groups.items()
    ]


def run_sort(plan: Sort, rows: list[Row]) -> list[Row]:
    """Return the rows in order."""
    for key in reversed(plan.keys):
        expression = key.expression
        nulls = [row for row in rows if evaluate(expression, row) is None]
        others = [row for row in rows if evaluate(expression, row) is not None]
        others.sort(key=lambda row: evaluate(expression, row), reverse=key.is_descending)  # type: ignore[arg-type, return-value]
        rows = nulls + others if key.is_nulls_first else others + nulls
    return rows[: plan.limit]


def result(plan: Plan, stored: Stored) -> list[tuple[Value, ...]]:
    """Return a plan's rows as tuples, in the plan's order."""
    fields = output_fields(plan)
    return [tuple(row[f.id] for f in fields) for row in run(plan, stored)]
