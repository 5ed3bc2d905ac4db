"""Subqueries in a clause -> joins below it.

    WHERE EXISTS (q), x IN (q)          SEMI join       NOT EXISTS (q)     ANTI join
    any other place                     the subquery becomes aggregates over its rows, grouped by
                                        what it compares with outer columns and LEFT-joined by that

So x IN (q) is made of three counts: of rows equal to x, of rows at all, and of those not NULL.
"""

from __future__ import annotations

from collections.abc import Iterable

from gpudb.errors import Error
from gpudb.records import replace
from gpudb.sql.bind.coerce import cast
from gpudb.sql.bind.context import Environment, call
from gpudb.sql.bind.decorrelate import keyed_by, pull
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.bind.domain import Domain, or_else, or_empty, over, same
from gpudb.sql.bind.operators import compare, connect
from gpudb.sql.bind.reuse import Reused
from gpudb.sql.bind.row_values import compare_rows
from gpudb.sql.bind.subqueries import EXISTS, SCALAR, BoundQuery
from gpudb.sql.expr import (
    AggregateCall,
    Branch,
    Call,
    Case,
    ColumnReference,
    Expression,
    Literal,
    Subquery,
    conjunction,
    field_ids,
    split_conjunction,
    transform,
    walk,
)
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Filter,
    Item,
    Join,
    JoinKind,
    Limit,
    Plan,
    Project,
    Sort,
    Values,
    Window,
    output_fields,
)
from gpudb.sql.plan_expressions import free_ids, map_call, map_plan, renumbered
from gpudb.storage import types
from gpudb.storage.types import Kind

TRUE = Literal(type=types.BOOLEAN, nullable=False, value=True)
FALSE = Literal(type=types.BOOLEAN, nullable=False, value=False)
ZERO = Literal(type=types.BIGINT, nullable=False, value=0)
UNKNOWN = Literal(type=types.BOOLEAN, nullable=True, value=None)


def has_subquery(expression: Expression) -> bool:
    """Return whether a subquery stands in `expression`."""
    return any(isinstance(node, Subquery) for node in walk(expression))


def attach(
    plan: Plan, expressions: Iterable[Expression], environment: Environment
) -> tuple[Plan, tuple[Expression, ...]]:
    """Return `plan` with what the subqueries need joined to it, and the expressions over that."""
    attaching = Attaching(plan, environment)
    values = tuple(attaching.value(e) for e in expressions)
    return attaching.plan, values


def filtered(plan: Plan, predicate: Expression, environment: Environment) -> Plan:
    """Return the rows of `plan` for which `predicate` is TRUE; the plan may have more fields."""
    if not has_subquery(predicate):
        return Filter(plan, predicate)
    parts = split_conjunction(predicate)
    plain = conjunction(tuple(p for p in parts if not has_subquery(p)))
    attaching = Attaching(plan if plain is None else Filter(plan, plain), environment)
    others = [p for p in parts if has_subquery(p)]
    rest = tuple(attaching.value(p) for p in others if not attaching.filter(p))
    left = conjunction(rest)
    return attaching.plan if left is None else Filter(attaching.plan, left)


class Attaching:
    """A plan that subqueries are joined to, one after the other."""

    def __init__(self, plan: Plan, environment: Environment) -> None:
        self.plan = plan
        self.environment = environment
        self.values: dict[Subquery, Expression] = {}
        # The rows of subqueries of several columns, each joined once.
        self.rows: dict[object, list[Expression]] = {}

    def value(self, expression: Expression) -> Expression:
        """Return `expression` over the plan, which is extended for the subqueries in it."""

        def change(node: Expression) -> Expression:
            if not isinstance(node, Subquery):
                return node
            # x BETWEEN 1 AND 3, COALESCE(x, 0) and others read x twice.
            if node not in self.values:
                try:
                    self.values[node] = self._value(node)
                except Error as error:
                    raise self.environment.place(error, node.span) from None
            return self.values[node]

        return transform(expression, change) if has_subquery(expression) else expression

    def filter(self, conjunct: Expression) -> bool:
        """Filter the plan by a SEMI or ANTI join where `conjunct` is but a subquery's test."""
        kind, node = JoinKind.SEMI, conjunct
        if isinstance(conjunct, Call) and conjunct.function == "not":
            kind, node = JoinKind.ANTI, conjunct.arguments[0]
        if not isinstance(node, Subquery) or any(has_subquery(a) for a in node.arguments):
            return False
        bound = _own(node)
        # A NULL in NOT IN is neither a match nor none, which an ANTI join cannot tell.
        may_be_null = bound.test != EXISTS and node.nullable
        if bound.test == SCALAR or (kind is JoinKind.ANTI and may_be_null):
            return False
        operands = node.arguments[: len(bound.values)]
        compared: tuple[Expression, ...] = ()
        if bound.test != EXISTS:
            compared = split_conjunction(compare_rows(bound.test, operands, bound.values))
        plan = _tested(bound.plan) if bound.test == EXISTS else bound.plan
        found = pull(plan, self.environment)
        if found is None:
            return False
        condition = conjunction((*compared, *found.conditions))
        if condition is None:
            return False
        self.plan = Join(kind, self.plan, found.plan, (), condition)
        return True

    def _value(self, node: Subquery) -> Expression:
        bound = _own(node)
        if bound.test == SCALAR and len(output_fields(bound.plan)) > 1:
            return self._column(bound, node)
        if bound.test == SCALAR:
            return self._scalar(bound.plan, node)
        if bound.test == EXISTS:
            single = _single(bound.plan)
            if single is not None and not single[1]:
                return TRUE
            return self._is_some(_tested(bound.plan))
        operands = node.arguments[: len(bound.values)]
        if bound.test == "equal":
            return self._in(bound, operands)
        if len(operands) > 1:
            return self._rows(bound, operands)
        return self._ordered(bound, operands[0])

    def _scalar(self, plan: Plan, node: Subquery) -> Expression:
        """Return the value of a subquery's only row; NULL where it has none."""
        single = _single(plan)
        if single is not None:
            value, conditions, aggregate = single
            fields = {} if aggregate is None else self._row(aggregate)
            value = _swapped(value, fields)
            having = conjunction(tuple(_swapped(c, fields) for c in conditions))
            return value if having is None else _if(having, value)
        only = _orderable(reference(output_fields(plan)[0]))
        rows, least = self._aggregates(plan, (("count", None), ("min", only)))
        return _only(rows, least, node)

    def _column(self, bound: BoundQuery, node: Subquery) -> Expression:
        """Return a column of a subquery's only row, which is joined once for all of them."""
        given = node.query
        assert isinstance(given, BoundQuery)
        key = (id(given.plan), node.arguments)
        if key not in self.rows:
            values = [_orderable(reference(each)) for each in output_fields(bound.plan)]
            wanted = (("count", None), *(("min", value) for value in values))
            self.rows[key] = self._aggregates(bound.plan, wanted)
        rows, *values = self.rows[key]
        return _only(rows, values[bound.place], node)

    def _is_some(self, plan: Plan) -> Expression:
        """Return whether `plan` has a row."""
        (rows,) = self._aggregates(plan, (("count", None),))
        return compare("greater", rows, ZERO)

    def _in(self, bound: BoundQuery, operands: tuple[Expression, ...]) -> Expression:
        """Return x IN (plan): NULL where nothing is equal, but a comparison is NULL."""
        pairs = list(zip(operands, bound.values, strict=True))
        equal = tuple(compare("equal", a, b) for a, b in pairs)
        condition = conjunction(equal)
        assert condition is not None
        if not any(a.nullable or b.nullable for a, b in pairs):
            return self._is_some(Filter(bound.plan, condition))
        rows = Reused(bound.plan, "subquery", self.environment)
        matched = self._is_some(Filter(rows.original(), condition))
        plan, copied = rows.copy()
        values = [renumbered(value, copied) for value in bound.values]
        if len(operands) == 1:
            count, known = self._aggregates(plan, (("count", None), ("count", values[0])))
            is_null = call("is_null", types.BOOLEAN, operands[0])
            has_null = compare("less", known, count)
            nulls = connect("or", (replace(is_null, nullable=False), has_null))
            unknown = connect("and", (compare("greater", count, ZERO), nulls))
        else:
            may_match = tuple(
                or_else(compare("equal", a, b), TRUE) for a, b in zip(operands, values, strict=True)
            )
            test = conjunction(may_match)
            assert test is not None
            unknown = self._is_some(Filter(plan, test))
        branches = (Branch(matched, TRUE), Branch(unknown, UNKNOWN))
        return Case(branches=branches, otherwise=FALSE, type=types.BOOLEAN, nullable=True)

    def _rows(self, bound: BoundQuery, operands: tuple[Expression, ...]) -> Expression:
        """Return (x, y) < ANY (plan): NULL where it holds for no row, but is NULL for one."""
        test = compare_rows(bound.test, operands, bound.values)
        rows = Reused(bound.plan, "subquery", self.environment)
        matched = self._is_some(Filter(rows.original(), test))
        plan, copied = rows.copy()
        values = [renumbered(value, copied) for value in bound.values]
        again = compare_rows(bound.test, operands, values)
        is_null = replace(call("is_null", types.BOOLEAN, again), nullable=False)
        unknown = self._is_some(Filter(plan, is_null))
        branches = (Branch(matched, TRUE), Branch(unknown, UNKNOWN))
        return Case(branches=branches, otherwise=FALSE, type=types.BOOLEAN, nullable=True)

    def _ordered(self, bound: BoundQuery, operand: Expression) -> Expression:
        """Return x < ANY (plan), which is x < its greatest value; other comparisons likewise."""
        value = bound.values[0]
        wanted = (("count", None), ("count", value), ("min", value), ("max", value))
        rows, known, least, most = self._aggregates(bound.plan, wanted)
        ends = {"less": (most,), "less_equal": (most,), "not_equal": (least, most)}
        tests = [compare(bound.test, operand, e) for e in ends.get(bound.test, (least,))]
        matched = tests[0] if len(tests) == 1 else connect("or", tuple(tests))
        is_null = replace(call("is_null", types.BOOLEAN, operand), nullable=False)
        nulls = connect("or", (is_null, compare("less", known, rows)))
        unknown = connect("and", (compare("greater", rows, ZERO), nulls))
        branches = (Branch(matched, TRUE), Branch(unknown, UNKNOWN))
        return Case(branches=branches, otherwise=FALSE, type=types.BOOLEAN, nullable=True)

    def _aggregates(
        self, plan: Plan, wanted: tuple[tuple[str, Expression | None], ...]
    ) -> list[Expression]:
        """Return aggregates over all rows of `plan`."""
        items = []
        for function, argument in wanted:
            is_count = function == "count"
            of = types.BIGINT if is_count or argument is None else argument.type
            aggregate = AggregateCall(
                function=function, argument=argument, type=of, nullable=not is_count
            )
            made = self.environment.field(function, of, nullable=not is_count)
            items.append(AggregateItem(made, aggregate))
        found = self._row(Aggregate(plan, (), tuple(items)))
        return [found[item.field.id] for item in items]

    def _row(self, aggregate: Aggregate) -> dict[int, Expression]:
        """Join an aggregate of one row for each row of the plan; return its results by field."""
        outer = free_ids(aggregate) & frozenset(f.id for f in output_fields(self.plan))
        if not outer:
            self.plan = Join(JoinKind.CROSS, self.plan, aggregate, ())
            return {a.field.id: reference(a.field) for a in aggregate.aggregates}
        calls = tuple(
            replace(a, field=replace(a.field, id=next(self.environment.ids), nullable=True))
            for a in aggregate.aggregates
        )
        joined = self._grouped(aggregate.input, calls) or self._over_domain(
            aggregate.input, calls, outer
        )
        self.plan = joined
        pairs = zip(aggregate.aggregates, calls, strict=True)
        return {a.field.id: or_empty(a.call, i.field) for a, i in pairs}

    def _grouped(self, below: Plan, calls: tuple[AggregateItem, ...]) -> Plan | None:
        """Return the plan joined with the aggregates, grouped by what is equal to outer values."""
        found = pull(below, self.environment)
        if found is None:
            return None
        known = frozenset(field.id for field in output_fields(found.plan))
        keyed = keyed_by(found.conditions, known, self.environment)
        if keyed is None or any(not field_ids(c.call) <= known for c in calls):
            return None
        groups, conditions = keyed
        right = Aggregate(found.plan, groups, calls)
        return Join(JoinKind.LEFT, self.plan, right, (), conjunction(conditions))

    def _over_domain(
        self, below: Plan, calls: tuple[AggregateItem, ...], outer: frozenset[int]
    ) -> Plan:
        domain = Domain(self.plan, outer, self.environment)
        plan, fields = domain.join(below)
        inner = tuple(replace(c, call=map_call(c.call, lambda e: over(e, fields))) for c in calls)
        groups = tuple(Item(fields[i], reference(fields[i])) for i in domain.ids)
        grouped = Aggregate(plan, groups, inner)
        own = {f.id: f for f in output_fields(self.plan)}
        parts = tuple(same(reference(own[i]), reference(fields[i])) for i in domain.ids)
        return Join(JoinKind.LEFT, domain.outer, grouped, (), conjunction(parts))


def _orderable(value: Expression) -> Expression:
    """Return a value that has a least one: BOOLEANs as numbers."""
    return cast(value, types.INTEGER) if value.type.kind is Kind.BOOLEAN else value


def _only(rows: Expression, least: Expression, node: Subquery) -> Expression:
    """Return the least of a subquery's values, of which there may be one row only."""
    test = Call(
        function="is_single",
        arguments=(rows,),
        type=types.BOOLEAN,
        nullable=rows.nullable,
        span=node.span,
    )
    one = Literal(type=types.INTEGER, nullable=False, value=1)
    is_boolean = node.type.kind is Kind.BOOLEAN
    return _if(test, compare("equal", least, one) if is_boolean else least)


def _own(node: Subquery) -> BoundQuery:
    """Return the subquery with what the outer query's fields have become at its place."""
    bound = node.query
    assert isinstance(bound, BoundQuery)
    given = node.arguments[len(bound.values) :]
    values = {
        id: argument
        for id, argument in zip(bound.outer, given, strict=True)
        if not (isinstance(argument, ColumnReference) and argument.id == id)
    }
    if not values:
        return bound
    return replace(bound, plan=map_plan(bound.plan, lambda e: _swapped(e, values)))


def _swapped(expression: Expression, values: dict[int, Expression]) -> Expression:
    def change(node: Expression) -> Expression:
        return values.get(node.id, node) if isinstance(node, ColumnReference) else node

    return transform(expression, change)


def _tested(plan: Plan) -> Plan:
    """Return a plan that has rows where `plan` has some."""
    match plan:
        case Project(input=below) | Sort(input=below, limit=None) | Window(input=below):
            return _tested(below)
        case Limit(input=below, count=count, offset=0, percent=None) if count is None or count > 0:
            return _tested(below)
        case Aggregate(input=below, groups=groups) if groups:
            return _tested(below)
    return plan


Single = tuple[Expression, tuple[Expression, ...], Aggregate | None]


def _single(plan: Plan) -> Single | None:
    """Return the value of a plan of at most one row, the row's conditions and its aggregate."""
    match plan:
        case Limit(input=below, count=count, offset=0, percent=None) if count is None or count > 0:
            return _single(below)
        case Sort(input=below, limit=None):
            return _single(below)
        case Project(input=below, items=items) if items:
            conditions: tuple[Expression, ...] = ()
            while isinstance(below, Filter):
                conditions, below = (*conditions, below.predicate), below.input
            if isinstance(below, Aggregate) and not below.groups:
                return items[0].expression, conditions, below
            if isinstance(below, Values) and not below.fields and len(below.rows) == 1:
                return items[0].expression, conditions, None
    return None


def _if(condition: Expression, value: Expression) -> Case:
    otherwise = Literal(type=value.type, nullable=True, value=None)
    branches = (Branch(condition, value),)
    return Case(branches=branches, otherwise=otherwise, type=value.type, nullable=True)
