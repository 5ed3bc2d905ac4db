"""SELECT -> a logical plan.

FROM -> Filter (WHERE) -> Aggregate (GROUP BY) -> Filter (HAVING) -> Window (OVER)
     -> Project (SELECT list) -> Filter (QUALIFY) -> Aggregate (DISTINCT) -> Sort
     -> Project (drops what only ORDER BY needs) -> Limit
"""

from __future__ import annotations

from sqlglot import exp

from gpudb.records import replace
from gpudb.sql.bind.aggregates import Grouping, has_aggregate
from gpudb.sql.bind.attach import attach, filtered
from gpudb.sql.bind.coerce import without_null_type
from gpudb.sql.bind.context import Context, Environment, Relation, refuse_extras, refuse_rounds
from gpudb.sql.bind.ctes import with_ctes
from gpudb.sql.bind.dispatch import bind_condition, bind_expression, reference
from gpudb.sql.bind.grouping_sets import Sets, bind_sets, grouping_sets
from gpudb.sql.bind.joins import From
from gpudb.sql.bind.limits import find_ties, limited
from gpudb.sql.bind.output import (
    Output,
    keys_of_all,
    ordinal,
    refreshed,
    simple_order_item,
    sort_key,
)
from gpudb.sql.bind.set_operations import bind_set_operation
from gpudb.sql.bind.stars import expand_star
from gpudb.sql.bind.summaries import summary
from gpudb.sql.bind.table_functions import expanded, find_call
from gpudb.sql.bind.tables import Surroundings, bind_from
from gpudb.sql.bind.values import bind_values, refuse_alias
from gpudb.sql.bind.windows import check_nesting, has_window, named_windows, windowed
from gpudb.sql.dialect import plain_name
from gpudb.sql.expr import AggregateCall, ColumnReference, Expression, SortKey
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Filter,
    Item,
    LimitBy,
    Plan,
    Project,
    Sort,
    output_fields,
)

SELECT_PARTS = frozenset(
    {
        "expressions", "from_", "joins", "where", "group", "having", "distinct", "order",
        "limit", "offset", "with_", "kind", "alias", "windows", "qualify",
    }
)  # fmt: skip
WRAPPER_PARTS = frozenset({"this", "order", "limit", "offset", "with_", "alias"})
VALUES_PARTS = frozenset({"expressions", "order", "limit", "offset", "with_"})


def bind_query(node: exp.Expr, surroundings: Surroundings) -> Relation:
    """Bind a SELECT, a VALUES list, a set operation or a query in parentheses."""
    environment = surroundings.environment
    surroundings = with_ctes(node, surroundings)
    if isinstance(node, exp.SetOperation):
        return _ordered(bind_set_operation(node, surroundings), node, surroundings)
    if isinstance(node, exp.Subquery | exp.Paren):
        refuse_extras(node, WRAPPER_PARTS, environment)
        return _ordered(bind_query(node.this, surroundings), node, surroundings)
    if isinstance(node, exp.Values):
        refuse_alias(node, environment)
        refuse_extras(node, VALUES_PARTS, environment)
        return _ordered(bind_values(node, surroundings), node, surroundings)
    if isinstance(node, exp.Summarize):
        rows = bind_query(node.this, surroundings)
        return bind_query(environment.places.hold(summary(node.this, rows)), surroundings)
    if not isinstance(node, exp.Select):
        raise environment.later(f"{node.key.upper()} as a query is", node)
    refuse_extras(node, SELECT_PARTS, environment)
    return SelectBinder(node, surroundings).bind()


def _ordered(relation: Relation, node: exp.Expr, surroundings: Surroundings) -> Relation:
    """Apply ORDER BY and LIMIT that stand behind a query in parentheses or a set operation."""
    environment = surroundings.environment
    output = Output(names=list(relation.names))
    for made in output_fields(relation.plan):
        output.items.append(Item(made, reference(made)))
    plan = relation.plan
    order = node.args.get("order")
    if order is not None:
        keys = keys_of_all(order, output) or tuple(
            sort_key(o, _by_name(o.this, output, environment)) for o in order.expressions
        )
        ties = find_ties(node, environment)
        plan = Sort(plan, keys, ties, with_ties=ties is not None)
    return Relation(limited(plan, node, surroundings), relation.names)


def _by_name(node: exp.Expr, output: Output, environment: Environment) -> Expression:
    found = simple_order_item(node, output, environment)
    if found is None:
        what = "ORDER BY of an expression behind VALUES, a set operation or parentheses is"
        raise environment.later(what, node)
    return reference(found.field)


class SelectBinder:
    """One SELECT, clause by clause."""

    def __init__(
        self, node: exp.Select, surroundings: Surroundings, source: From | None = None
    ) -> None:
        self.node = node
        self.surroundings = surroundings
        self.environment = surroundings.environment
        self.source: From = bind_from(node, surroundings) if source is None else source
        self.output = Output()
        self.on: tuple[int, ...] | None = None
        self.unnested: exp.Expr | None = None
        self.windows = named_windows(node, self.environment)

    def bind(self) -> Relation:
        """Return the SELECT's plan and names."""
        self._bind_list()
        having = self._bind_having()
        self._bind_distinct_on()
        keys = self._bind_order()
        qualify = self._bind_qualify()
        for expression in self._expressions():
            check_nesting(expression, self.environment)
        plan = self._filtered(self.source.plan)
        groups = self._bind_groups()
        is_grouped = self.node.args.get("group") is not None or any(
            has_aggregate(e)
            for e in (*self._expressions(), *([having] if having is not None else []))
        )
        is_windowed = any(has_window(e) for e in self._expressions())
        if self.unnested is not None and (is_grouped or is_windowed or having is not None):
            what = "unnest in a SELECT list beside groups, aggregates or windows is"
            raise self.environment.later(what, self.unnested)
        if is_grouped or having is not None:
            refuse_rounds(self.source.plan, "an aggregate", self.node, self.environment)
            plan, having = self._aggregate(plan, groups, having)
            plan = plan if having is None else self._kept(plan, having)
        plan = self._projected(plan)
        plan = plan if qualify is None else Filter(plan, refreshed(qualify, plan))
        plan = self._distinct(plan)
        plan = self._sorted(plan, keys)
        plan = limited(plan, self.node, self.surroundings)
        return Relation(plan, tuple(self.output.names))

    def bind_rows(self, clause: str) -> Output:
        """Return the list alone, whose items are of single rows, as RETURNING has it."""
        self._bind_list()
        for each in self._expressions():
            if has_aggregate(each) or has_window(each):
                kind = "an aggregate" if has_aggregate(each) else "a window function"
                raise self.environment.wrong(f"{kind} cannot stand in {clause}", each.span)
            check_nesting(each, self.environment)
        if self.unnested is not None:
            raise self.environment.later(f"unnest in {clause} is", self.unnested)
        return self.output

    def _context(self, clause: str, *, may_aggregate: bool = False) -> Context:
        context = self.surroundings.context(self.source.scope, clause, may_aggregate=may_aggregate)
        return replace(context, may_number=True)

    def _late_context(self, clause: str) -> Context:
        """Return the context of a clause that comes after grouping, where windows are known."""
        return replace(self._context(clause, may_aggregate=True), windows=self.windows)

    def _expressions(self) -> list[Expression]:
        return [item.expression for item in (*self.output.items, *self.output.hidden)]

    def _bind_list(self) -> None:
        if not self.node.expressions:
            raise self.environment.wrong("syntax error: SELECT has no columns", self.node)
        # An alias may be read by what stands behind it, unless a column has its name.
        context = replace(self._late_context("SELECT"), aliases=self.output.aliases)
        for node in self.node.expressions:
            if isinstance(node, exp.Star) or isinstance(node.this, exp.Star):
                for name, expression in expand_star(node, context):
                    self._show(name, expression)
                continue
            is_named = isinstance(node, exp.Alias)  # a window has an `alias` too: its OVER's
            inner = node.this if is_named else node
            expression = self._unnested(inner) or bind_expression(inner, context)
            expression = without_null_type(expression)
            name = plain_name(node.alias) if is_named else self._title(inner)
            self._show(name, expression)
            if is_named:
                self.output.aliases.setdefault(name.lower(), expression)

    def _unnested(self, node: exp.Expr) -> Expression | None:
        """Bind unnest(x) in the SELECT list: each row as often as it has elements."""
        call = find_call(node)
        if call is None or call.name != "unnest":
            return None
        if self.unnested is not None:
            raise self.environment.later("unnest twice in a SELECT list is", node)
        self.unnested = node
        plan, fields, _ = expanded(self.source.plan, call, self.source.scope, self.surroundings)
        self.source = replace(self.source, plan=plan)
        return reference(fields[0])

    def _show(self, name: str, expression: Expression) -> None:
        made = self.environment.field(name, expression.type, nullable=expression.nullable)
        self.output.items.append(Item(made, expression))
        self.output.names.append(name)

    def _title(self, node: exp.Expr) -> str:
        """A column's result is called as the column, another's as its text."""
        if isinstance(node, exp.Column):
            name, alias = plain_name(node.name), node.table or None
            is_own = self.source.scope.knows(name, alias)
            found = self.source.scope.find_columns(name, alias) if is_own else []
            return found[0].name if found else name
        return self.environment.places.source(node) or node.sql(dialect="postgres").lower()

    def _filtered(self, plan: Plan) -> Plan:
        where = self.node.args.get("where")
        if where is None:
            return plan
        context = replace(self._context("WHERE"), aliases=self.output.aliases)
        predicate = bind_condition(where.this, context)
        if has_aggregate(predicate):
            raise self.environment.wrong("an aggregate cannot stand in WHERE", where.this)
        self._refuse_window(predicate, "WHERE", where.this)
        return self._kept(plan, predicate)

    def _kept(self, plan: Plan, predicate: Expression) -> Plan:
        """Return the rows for which a condition is TRUE, which may ask for random numbers."""
        plan, (ready,) = windowed(plan, (predicate,), self.environment)
        return filtered(plan, ready, self.environment)

    def _projected(self, plan: Plan) -> Plan:
        items = (*self.output.items, *self.output.hidden)
        plan, values = windowed(plan, self._expressions(), self.environment)
        plan, values = attach(plan, values, self.environment)
        return Project(
            plan, tuple(replace(i, expression=e) for i, e in zip(items, values, strict=True))
        )

    def _bind_having(self) -> Expression | None:
        having = self.node.args.get("having")
        if having is None:
            return None
        context = self._context("HAVING", may_aggregate=True)
        bound = bind_condition(having.this, replace(context, aliases=self.output.aliases))
        self._refuse_window(bound, "HAVING", having.this)
        return bound

    def _bind_qualify(self) -> Expression | None:
        """QUALIFY filters by window functions: its condition is an item that does not show."""
        node = self.node.args.get("qualify")
        if node is None:
            return None
        context = replace(self._late_context("QUALIFY"), aliases=self.output.aliases)
        condition = bind_condition(node.this, context)
        if not any(has_window(e) for e in (condition, *self._expressions())):
            message = "QUALIFY needs a window function, in itself or in the SELECT list"
            raise self.environment.wrong(message, node.this)
        return self._hidden("qualify", condition)

    def _refuse_window(self, bound: Expression, clause: str, node: exp.Expr) -> None:
        """Refuse a window function that came by an alias of the SELECT list."""
        if has_window(bound):
            hint = "" if clause == "GROUP BY" else "; QUALIFY filters by it"
            message = f"a window function cannot stand in {clause}{hint}"
            raise self.environment.wrong(message, node)

    def _bind_groups(self) -> Sets:
        group = self.node.args.get("group")
        if group is None:
            return bind_sets([()], self.environment)
        refuse_extras(group, frozenset({"expressions", "all"}), self.environment)
        if group.args.get("all"):
            shown = zip(self.output.items, self.output.names, strict=True)
            plain = [
                (i.expression, n)
                for i, n in shown
                if not (has_aggregate(i.expression) or has_window(i.expression))
            ]
            return bind_sets([plain], self.environment)
        sets = grouping_sets(group.expressions, self.environment)
        return bind_sets([[self._group(n) for n in chosen] for chosen in sets], self.environment)

    def _group(self, node: exp.Expr) -> tuple[Expression, str]:
        """Bind an ordinal, an input column, an alias or an expression; return its title too."""
        if isinstance(node, exp.Literal) and not node.is_string:
            item = ordinal(node, self.output, "GROUP BY", self.environment)
            expression, title = item.expression, item.field.name
        else:
            context = replace(self._context("GROUP BY"), aliases=self.output.aliases)
            expression, title = bind_expression(node, context), self._title(node)
        if isinstance(expression, ColumnReference):
            title = expression.name
        if has_aggregate(expression):
            raise self.environment.wrong("an aggregate cannot stand in GROUP BY", node)
        self._refuse_window(expression, "GROUP BY", node)
        return without_null_type(expression), title

    def _aggregate(
        self, plan: Plan, groups: Sets, having: Expression | None
    ) -> tuple[Plan, Expression | None]:
        own = frozenset(field.id for field in output_fields(self.source.plan))
        grouping = Grouping(self.environment, groups.items, own, may_be_empty=groups.may_be_empty)

        def rewritten(items: list[Item]) -> list[Item]:
            made = ((item.field, grouping.rewrite(item.expression)) for item in items)
            return [Item(replace(each, nullable=e.nullable), e) for each, e in made]

        self.output.items = rewritten(self.output.items)
        self.output.hidden = rewritten(self.output.hidden)
        kept = None if having is None else grouping.rewrite(having)
        return self._grouped(plan, groups, grouping.aggregates), kept

    def _grouped(self, plan: Plan, groups: Sets, aggregates: list[AggregateItem]) -> Plan:
        """Group, after what the subqueries in groups and in aggregates' arguments need."""
        read = (*(g.expression for g in groups.items), *(a.call for a in aggregates))
        plan, values = windowed(plan, read, self.environment)
        plan, values = attach(plan, values, self.environment)
        calls = [e for e in values[len(groups.items) :] if isinstance(e, AggregateCall)]
        pairs = zip(groups.items, values, strict=False)
        items = tuple(replace(g, expression=e) for g, e in pairs)
        called = [replace(a, call=e) for a, e in zip(aggregates, calls, strict=True)]
        return replace(groups, items=items).grouped(plan, called, self.environment)

    def _bind_order(self) -> tuple[SortKey, ...]:
        order = self.node.args.get("order")
        if order is None:
            return ()
        return keys_of_all(order, self.output) or tuple(
            sort_key(o, self._order_item(o.this)) for o in order.expressions
        )

    def _order_item(self, node: exp.Expr) -> Expression:
        """An ordinal, an output column's name, or an expression, which may need a hidden item."""
        found = simple_order_item(node, self.output, self.environment)
        if found is not None:
            return reference(found.field)
        context = self._late_context("ORDER BY")
        expression = bind_expression(node, replace(context, aliases=self.output.aliases))
        for item in (*self.output.items, *self.output.hidden):
            if item.expression == expression:
                return reference(item.field)
        if self.node.args.get("distinct") is not None and self.on is None:
            message = "with DISTINCT, ORDER BY takes only what the SELECT list shows"
            raise self.environment.wrong(message, node)
        return self._hidden("order", without_null_type(expression))

    def _hidden(self, name: str, expression: Expression) -> Expression:
        """Return a reference to an item that the result does not show."""
        made = self.environment.field(name, expression.type, nullable=expression.nullable)
        self.output.hidden.append(Item(made, expression))
        return reference(made)

    def _bind_distinct_on(self) -> None:
        """DISTINCT ON (a, b): of the rows that agree in a and b, the first by ORDER BY."""
        distinct = self.node.args.get("distinct")
        on = None if distinct is None else distinct.args.get("on")
        if on is None:
            return
        self.on = ()
        nodes = on.expressions if isinstance(on, exp.Tuple) else [on.unnest()]
        keys = [self._order_item(node) for node in nodes]
        self.on = tuple(key.id for key in keys if isinstance(key, ColumnReference))
        order = self.node.args.get("order")
        for node in [] if order is None else order.expressions[: len(set(self.on))]:
            key = self._order_item(node.this)
            if not isinstance(key, ColumnReference) or key.id not in self.on:
                message = "with DISTINCT ON, ORDER BY begins with what stands in ON"
                raise self.environment.wrong(message, node)

    def _distinct(self, plan: Plan) -> Plan:
        distinct = self.node.args.get("distinct")
        if distinct is None or distinct.args.get("on") is not None:
            return plan
        # The groups keep their fields' ids, so that ORDER BY reads them as it would the items.
        groups = tuple(Item(item.field, reference(item.field)) for item in self.output.items)
        return Aggregate(plan, groups, ())

    def _sorted(self, plan: Plan, keys: tuple[SortKey, ...]) -> Plan:
        ties = find_ties(self.node, self.environment)
        if ties is not None and self.on is not None:
            raise self.environment.later("DISTINCT ON and WITH TIES is", self.node.args["limit"])
        if keys:
            ordered = (replace(k, expression=refreshed(k.expression, plan)) for k in keys)
            plan = Sort(plan, tuple(ordered), ties, with_ties=ties is not None)
        if self.on is not None:
            plan = LimitBy(plan, self.on, 1)
        if not self.output.hidden:
            return plan
        return Project(
            plan, tuple(Item(item.field, reference(item.field)) for item in self.output.items)
        )
