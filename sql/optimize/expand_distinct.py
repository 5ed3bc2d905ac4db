"""Expand distinct: aggregates over distinct values become two levels of plain aggregation.

    count(DISTINCT x), sum(y) GROUP BY g   ->   count(x), sum(s) GROUP BY g
                                                  x, sum(y) AS s GROUP BY g, x
    mode(x) GROUP BY g                     ->   arg_max(x, n) GROUP BY g
                                                  x, count(x) AS n GROUP BY g, x

With several distinct arguments every row is first repeated, once for each argument (and once for
the plain aggregates), by a cross join with a list of tags; the copy with tag i carries argument i
alone, the others being NULL, which aggregates skip. (Spark calls this Expand.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from gpudb.records import dataclass, replace
from gpudb.sql.aggregates import (
    IDEMPOTENT,
    MERGED_BY,
    arguments_of,
    is_counted,
    is_of_values,
    merges_by_key,
    needs_numbers,
    over_distinct,
)
from gpudb.sql.expr import (
    AggregateCall,
    Branch,
    Case,
    Cast,
    Expression,
    Literal,
)
from gpudb.sql.optimize.rewrite import call, null, reference, transform_plan, unused_ids
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Field,
    Item,
    Join,
    JoinKind,
    Plan,
    Project,
    Values,
    output_fields,
)
from gpudb.sql.rough_estimate import rough_estimate
from gpudb.storage.types import BIGINT, DOUBLE, INTEGER, Kind, SqlType, decimal

# Of more groups than these, sketches of distinct values and of quantiles would take more memory
# and time than the values themselves.
MOST_SKETCHES = {"approx_count_distinct": 1 << 14, "approx_quantile": 1 << 11}
# So many sketches of distinct values, of 2,048 bytes each, leave a core's cache; it takes 256 rows
# a group then before they are fewer bytes, and faster, than the values.
CACHED_SKETCHES = 1 << 10
SKETCH_ROWS = 1 << 8


def expand_distinct(plan: Plan) -> Plan:
    """Replace every aggregate over distinct values.

    Those beside aggregates whose partial results are no plain values stay: lowering numbers the
    groups for them.
    """
    ids = unused_ids(plan)
    return transform_plan(plan, lambda node: _expand(node, ids), of=Aggregate)


def _expand(plan: Plan, ids: Iterator[int]) -> Plan:
    if isinstance(plan, Aggregate):
        plan = _without_many_sketches(plan)
        if any(merges_by_key(item.call) for item in plan.aggregates):
            calls = (replace(a, call=_by_key(a.call)) for a in plan.aggregates)
            plan = replace(plan, aggregates=tuple(calls))
    if not isinstance(plan, Aggregate) or not _has_values(plan):
        return plan
    aggregates = tuple(replace(a, call=without_idle_distinct(a.call)) for a in plan.aggregates)
    plan = replace(plan, aggregates=aggregates)
    if not _has_values(plan) or needs_numbers(plan):
        return plan
    return Expansion(plan, ids).result()


def _has_values(plan: Aggregate) -> bool:
    return any(is_of_values(item.call) for item in plan.aggregates)


def _without_many_sketches(plan: Aggregate) -> Aggregate:
    """Compute exactly where sketches of all groups would take more than the values do."""
    sketched = [i.call.function for i in plan.aggregates if i.call.function in MOST_SKETCHES]
    if not sketched:
        return plan
    groups = rough_estimate(plan).rows
    many = {name for name, most in MOST_SKETCHES.items() if groups > most}
    if groups > CACHED_SKETCHES and groups * SKETCH_ROWS > rough_estimate(plan.input).rows:
        many.add("approx_count_distinct")
    items = plan.aggregates
    exact = (replace(i, call=_exact(i.call)) if i.call.function in many else i for i in items)
    return replace(plan, aggregates=tuple(exact))


def _exact(call: AggregateCall) -> AggregateCall:
    if call.function == "approx_quantile":
        return replace(call, function="quantile_cont")
    return replace(call, function="count", is_distinct=True)


def _by_key(call: AggregateCall) -> AggregateCall:
    """Return FIRST and LAST by one key as what merges; of equal keys the least value is taken."""
    return replace(call, function=f"{call.function}_of") if merges_by_key(call) else call


def without_idle_distinct(aggregate: AggregateCall) -> AggregateCall:
    """Return the call without a DISTINCT that changes nothing, such as that of MIN."""
    is_idle = aggregate.function in IDEMPOTENT and aggregate.is_distinct
    return replace(aggregate, is_distinct=False) if is_idle else aggregate


@dataclass
class Expansion:
    """One aggregate's two levels while they are put together."""

    plan: Aggregate
    ids: Iterator[int]
    inner: list[AggregateItem] = field(default_factory=list)
    outer: list[AggregateItem] = field(default_factory=list)
    results: list[Item] = field(default_factory=list)

    def result(self) -> Plan:
        """Return the plan that stands for the aggregate, with the same fields."""
        aggregates, groups = self.plan.aggregates, self.plan.groups
        distinct = (arguments_of(a.call) for a in aggregates if is_of_values(a.call))
        arguments = tuple(dict.fromkeys(distinct))
        has_plain = any(not is_of_values(a.call) for a in aggregates)
        below, tag = self.plan.input, None
        if len(arguments) > 1:
            below, tag = self.repeat_rows(len(arguments) + has_plain)
        values = {
            listed: [self.item("value", _only_for(tag, index, each)) for each in listed]
            for index, listed in enumerate(arguments)
        }
        self.results += [Item(g.field, reference(g.field)) for g in groups]
        for aggregate in aggregates:
            if is_counted(aggregate.call):
                self.merge_mode(aggregate, values[arguments_of(aggregate.call)][0])
            elif aggregate.call.is_distinct:
                self.merge_distinct(aggregate, values[arguments_of(aggregate.call)])
            else:
                self.merge_plain(aggregate, tag, len(arguments))
        tags = () if tag is None else (self.item("tag", tag),)
        keys = (item for listed in values.values() for item in listed)
        inner = Aggregate(below, (*groups, *tags, *keys), tuple(self.inner))
        outer_groups = tuple(Item(g.field, reference(g.field)) for g in groups)
        outer = Aggregate(inner, outer_groups, tuple(self.outer))
        if tuple(i.field.id for i in self.results) == tuple(f.id for f in output_fields(outer)):
            return outer
        return Project(outer, tuple(self.results))

    def repeat_rows(self, copies: int) -> tuple[Plan, Expression]:
        """Return the input with each row repeated, and the copy's number."""
        tag = Field(next(self.ids), "tag", INTEGER, False)
        rows = tuple((Literal(type=INTEGER, nullable=False, value=i),) for i in range(copies))
        repeated = Join(JoinKind.CROSS, self.plan.input, Values((tag,), rows), ())
        return repeated, reference(tag)

    def item(self, name: str, expression: Expression) -> Item:
        """Return `expression` in a new field."""
        return Item(Field(next(self.ids), name, expression.type, expression.nullable), expression)

    def aggregate(
        self, target: list[AggregateItem], function: str, argument: Expression | None, of: SqlType
    ) -> Expression:
        """Add an aggregate to a level and return a reference to its result."""
        nullable = function != "count"
        aggregate = AggregateCall(function=function, argument=argument, type=of, nullable=nullable)
        target.append(AggregateItem(Field(next(self.ids), function, of, nullable), aggregate))
        return reference(target[-1].field)

    def merge_distinct(self, aggregate: AggregateItem, values: list[Item]) -> None:
        """Aggregate the distinct values, which the inner level has made its groups."""
        parts = tuple(reference(value.field) for value in values)
        over = over_distinct(aggregate.call, parts)
        self.outer.append(replace(aggregate, call=over))
        self.results.append(Item(aggregate.field, reference(aggregate.field)))

    def merge_mode(self, aggregate: AggregateItem, value: Item) -> None:
        """Count each value in the inner level, and take the one with the most in the outer one."""
        rows = self.aggregate(self.inner, "count", value.expression, BIGINT)
        best = replace(
            aggregate.call,
            function="arg_max",
            argument=reference(value.field),
            others=(rows,),
            order=(),
        )
        self.outer.append(replace(aggregate, call=best))
        self.results.append(Item(aggregate.field, reference(aggregate.field)))

    def merge_plain(self, aggregate: AggregateItem, tag: Expression | None, index: int) -> None:
        """Aggregate in the inner level, and merge the partial results in the outer one."""
        function, argument = aggregate.call.function, aggregate.call.argument
        if argument is None:
            argument = None if tag is None else Literal(type=INTEGER, nullable=False, value=1)
        if argument is not None:
            argument = _only_for(tag, index, argument)
        if function == "avg":
            assert argument is not None
            total = self.merged("sum", argument, sum_type(argument.type))
            rows = self.merged("count", argument, BIGINT)
            result = _quotient(total, rows, aggregate.call.type)
        else:
            result = self.merged(function, argument, aggregate.call.type)
        if function == "count":
            result = _zero_for_null(result)
        self.results.append(Item(aggregate.field, result))

    def merged(self, function: str, argument: Expression | None, of: SqlType) -> Expression:
        """Return the merged result of one aggregate that both levels can compute."""
        partial = self.aggregate(self.inner, function, argument, of)
        return self.aggregate(self.outer, MERGED_BY[function], partial, of)


def sum_type(argument: SqlType) -> SqlType:
    """Return the type of SUM over `argument`."""
    if argument.is_integer:
        return BIGINT
    return decimal(38, argument.scale) if argument.kind is Kind.DECIMAL else DOUBLE


def _only_for(tag: Expression | None, index: int, value: Expression) -> Expression:
    """Return `value` in the copy of the row with tag `index`, NULL in the others."""
    if tag is None:
        return value
    is_own = call("equal", tag, Literal(type=INTEGER, nullable=False, value=index))
    branches = (Branch(is_own, value),)
    return Case(branches=branches, otherwise=null(value.type), type=value.type, nullable=True)


def _zero_for_null(result: Expression) -> Expression:
    """Return the sum of counts, which over no rows at all is 0."""
    zero = Literal(type=result.type, nullable=False, value=0)
    branches = (Branch(call("is_null", result), zero),)
    return Case(branches=branches, otherwise=result, type=result.type, nullable=False)


def _quotient(total: Expression, rows: Expression, of: SqlType) -> Expression:
    """Return total / rows, NULL for no rows."""
    zero = Literal(type=rows.type, nullable=False, value=0)
    parts = tuple(
        Cast(argument=part, type=of, nullable=True) if part.type != of else part
        for part in (total, rows)
    )
    branches = (Branch(call("greater", rows, zero), call("divide", *parts, of=of)),)
    return Case(branches=branches, otherwise=null(of), type=of, nullable=True)
