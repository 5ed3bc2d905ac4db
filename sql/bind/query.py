"""SELECT -> a logical plan.

FROM -> Filter (WHERE) -> Aggregate (GROUP BY) -> Filter (HAVING) -> Project (SELECT list)
     -> Aggregate (DISTINCT) -> Sort -> Project (drops what only ORDER BY needs) -> Limit
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlglot import exp

from gpudb.errors import Error
from gpudb.sql.bind.aggregates import Grouping, has_aggregate
from gpudb.sql.bind.attach import attach, filtered
from gpudb.sql.bind.coerce import without_null_type
from gpudb.sql.bind.context import Context, Environment, Relation, refuse_extras
from gpudb.sql.bind.dispatch import bind_condition, bind_expression, reference
from gpudb.sql.bind.joins import From
from gpudb.sql.bind.set_operations import bind_set_operation
from gpudb.sql.bind.tables import Surroundings, bind_from, bind_values
from gpudb.sql.dialect import plain_name
from gpudb.sql.expr import AggregateCall, ColumnReference, Expression, Literal, transform
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Item,
    Limit,
    Plan,
    Project,
    Sort,
    SortKey,
    output_fields,
)
from gpudb.sql.scope import Scope

SELECT_PARTS = frozenset(
    {
        "expressions", "from_", "joins", "where", "group", "having", "distinct", "order",
        "limit", "offset", "with_", "kind", "alias",
    }
)  # fmt: skip
WRAPPER_PARTS = frozenset({"this", "order", "limit", "offset", "with_", "alias"})
VALUES_PARTS = frozenset({"expressions", "order", "limit", "offset", "with_", "alias"})


@dataclass(slots=True)
class Output:
    """The SELECT list in the making: items with their names, then hidden ones for ORDER BY.

    `aliases` holds the list's expressions by the names that AS gives them.
    """

    items: list[Item] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    hidden: list[Item] = field(default_factory=list)
    aliases: dict[str, Expression] = field(default_factory=dict)

    def find(self, name: str) -> list[Item]:
        """Return the items that show under `name`."""
        shown = zip(self.items, self.names, strict=True)
        return [item for item, title in shown if title.lower() == name.lower()]


def bind_query(node: exp.Expr, surroundings: Surroundings) -> Relation:
    """Bind a SELECT, a VALUES list, a set operation or a query in parentheses."""
    environment = surroundings.environment
    surroundings = _with_ctes(node, surroundings)
    if isinstance(node, exp.SetOperation):
        return _ordered(bind_set_operation(node, surroundings), node, environment)
    if isinstance(node, exp.Subquery | exp.Paren):
        refuse_extras(node, WRAPPER_PARTS, environment)
        return _ordered(bind_query(node.this, surroundings), node, environment)
    if isinstance(node, exp.Values):
        refuse_extras(node, VALUES_PARTS, environment)
        return _ordered(bind_values(node, surroundings), node, environment)
    if not isinstance(node, exp.Select):
        raise environment.later(f"{node.key.upper()} as a query is", node)
    refuse_extras(node, SELECT_PARTS, environment)
    return SelectBinder(node, surroundings).bind()


def _with_ctes(node: exp.Expr, surroundings: Surroundings) -> Surroundings:
    clause = node.args.get("with_")
    if clause is None:
        return surroundings
    environment = surroundings.environment
    if clause.args.get("recursive"):
        raise environment.later("WITH RECURSIVE is", clause)
    ctes: dict[str, exp.CTE] = {}
    for cte in clause.expressions:
        name = plain_name(cte.alias)
        if name.lower() in ctes:
            raise environment.wrong(f"WITH defines {name} twice", cte.args["alias"])
        ctes[name.lower()] = cte
    return replace(surroundings, ctes=ctes, outer=surroundings)


def _ordered(relation: Relation, node: exp.Expr, environment: Environment) -> Relation:
    """Apply ORDER BY and LIMIT that stand behind a query in parentheses or a set operation."""
    output = Output(names=list(relation.names))
    for made in output_fields(relation.plan):
        output.items.append(Item(made, reference(made)))
    plan = relation.plan
    order = node.args.get("order")
    if order is not None:
        keys = tuple(_sort_key(o, _by_name(o.this, output, environment)) for o in order.expressions)
        plan = Sort(plan, keys)
    return Relation(limited(plan, node, environment), relation.names)


def _by_name(node: exp.Expr, output: Output, environment: Environment) -> Expression:
    found = _simple_order_item(node, output, environment)
    if found is None:
        what = "ORDER BY of an expression behind VALUES, a set operation or parentheses is"
        raise environment.later(what, node)
    return reference(found.field)


class SelectBinder:
    """One SELECT, clause by clause."""

    def __init__(self, node: exp.Select, surroundings: Surroundings) -> None:
        self.node = node
        self.surroundings = surroundings
        self.environment = surroundings.environment
        self.source: From = bind_from(node, surroundings)
        self.output = Output()
        self.grouping: Grouping | None = None

    def bind(self) -> Relation:
        """Return the SELECT's plan and names."""
        self._bind_list()
        having = self._bind_having()
        keys = self._bind_order()
        plan = self._filtered(self.source.plan)
        groups = self._bind_groups()
        is_grouped = self.node.args.get("group") is not None or any(
            has_aggregate(e)
            for e in (*self._expressions(), *([having] if having is not None else []))
        )
        if is_grouped or having is not None:
            plan, having = self._aggregate(plan, groups, having)
            plan = plan if having is None else filtered(plan, having, self.environment)
        plan = self._projected(plan)
        plan = self._distinct(plan)
        plan = self._sorted(plan, keys)
        plan = limited(plan, self.node, self.environment)
        return Relation(plan, tuple(self.output.names))

    def _context(self, clause: str, *, may_aggregate: bool = False) -> Context:
        return self.surroundings.context(self.source.scope, clause, may_aggregate=may_aggregate)

    def _expressions(self) -> list[Expression]:
        return [item.expression for item in (*self.output.items, *self.output.hidden)]

    def _bind_list(self) -> None:
        if not self.node.expressions:
            raise self.environment.wrong("syntax error: SELECT has no columns", self.node)
        context = self._context("SELECT", may_aggregate=True)
        for node in self.node.expressions:
            if isinstance(node, exp.Star) or isinstance(node.this, exp.Star):
                self._bind_star(node)
                continue
            inner = node.this if isinstance(node, exp.Alias) else node
            expression = without_null_type(bind_expression(inner, context))
            name = plain_name(node.alias) or self._title(inner)
            self._show(name, expression)
            if isinstance(node, exp.Alias):
                self.output.aliases.setdefault(name.lower(), expression)

    def _bind_star(self, node: exp.Expr) -> None:
        star = node if isinstance(node, exp.Star) else node.this
        refuse_extras(star, frozenset(), self.environment)
        alias = node.table if isinstance(node, exp.Column) else None
        if not self.source.scope.sources:
            raise self.environment.wrong("SELECT * needs FROM", node)
        try:
            fields = self.source.scope.fields(alias or None)
        except Error as error:
            raise self.environment.place(error, node) from None
        for each in fields:
            self._show(each.name, reference(each))

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
        predicate = bind_condition(where.this, self._context("WHERE"))
        return filtered(plan, predicate, self.environment)

    def _projected(self, plan: Plan) -> Plan:
        items = (*self.output.items, *self.output.hidden)
        plan, values = attach(plan, self._expressions(), self.environment)
        return Project(
            plan, tuple(replace(i, expression=e) for i, e in zip(items, values, strict=True))
        )

    def _bind_having(self) -> Expression | None:
        having = self.node.args.get("having")
        if having is None:
            return None
        context = self._context("HAVING", may_aggregate=True)
        return bind_condition(having.this, replace(context, aliases=self.output.aliases))

    def _bind_groups(self) -> tuple[Item, ...]:
        group = self.node.args.get("group")
        if group is None:
            return ()
        refuse_extras(group, frozenset({"expressions"}), self.environment)
        items: list[Item] = []
        for node in group.expressions:
            expression, name = self._group(node)
            if any(item.expression == expression for item in items):
                continue
            if isinstance(expression, ColumnReference):
                name = expression.name
            made = self.environment.field(name, expression.type, nullable=expression.nullable)
            items.append(Item(made, expression))
        return tuple(items)

    def _group(self, node: exp.Expr) -> tuple[Expression, str]:
        """Bind an ordinal, an input column, an alias or an expression; return its title too."""
        if isinstance(node, exp.Literal) and not node.is_string:
            item = _ordinal(node, self.output, "GROUP BY", self.environment)
            expression, title = item.expression, item.field.name
        else:
            context = replace(self._context("GROUP BY"), aliases=self.output.aliases)
            expression, title = bind_expression(node, context), self._title(node)
        if has_aggregate(expression):
            raise self.environment.wrong("an aggregate cannot stand in GROUP BY", node)
        return without_null_type(expression), title

    def _aggregate(
        self, plan: Plan, groups: tuple[Item, ...], having: Expression | None
    ) -> tuple[Plan, Expression | None]:
        own = frozenset(field.id for field in output_fields(self.source.plan))
        grouping = Grouping(self.environment, groups, own)

        def rewritten(items: list[Item]) -> list[Item]:
            return [_rewritten(item, grouping) for item in items]

        self.output.items = rewritten(self.output.items)
        self.output.hidden = rewritten(self.output.hidden)
        kept = None if having is None else grouping.rewrite(having)
        return self._grouped(plan, groups, grouping.aggregates), kept

    def _grouped(
        self, plan: Plan, groups: tuple[Item, ...], aggregates: list[AggregateItem]
    ) -> Plan:
        """Group, after what the subqueries in groups and in aggregates' arguments need."""
        read = (*(g.expression for g in groups), *(a.call for a in aggregates))
        plan, values = attach(plan, read, self.environment)
        calls = [e for e in values[len(groups) :] if isinstance(e, AggregateCall)]
        return Aggregate(
            plan,
            tuple(replace(g, expression=e) for g, e in zip(groups, values, strict=False)),
            tuple(replace(a, call=e) for a, e in zip(aggregates, calls, strict=True)),
        )

    def _bind_order(self) -> tuple[SortKey, ...]:
        order = self.node.args.get("order")
        if order is None:
            return ()
        return tuple(_sort_key(o, self._order_item(o.this)) for o in order.expressions)

    def _order_item(self, node: exp.Expr) -> Expression:
        """An ordinal, an output column's name, or an expression, which may need a hidden item."""
        found = _simple_order_item(node, self.output, self.environment)
        if found is not None:
            return reference(found.field)
        context = self._context("ORDER BY", may_aggregate=True)
        expression = bind_expression(node, replace(context, aliases=self.output.aliases))
        for item in (*self.output.items, *self.output.hidden):
            if item.expression == expression:
                return reference(item.field)
        if self.node.args.get("distinct") is not None:
            message = "with DISTINCT, ORDER BY takes only what the SELECT list shows"
            raise self.environment.wrong(message, node)
        expression = without_null_type(expression)
        made = self.environment.field("order", expression.type, nullable=expression.nullable)
        self.output.hidden.append(Item(made, expression))
        return reference(made)

    def _distinct(self, plan: Plan) -> Plan:
        distinct = self.node.args.get("distinct")
        if distinct is None:
            return plan
        if distinct.args.get("on") is not None:
            raise self.environment.later("DISTINCT ON is", distinct.args["on"])
        # The groups keep their fields' ids, so that ORDER BY reads them as it would the items.
        groups = tuple(Item(item.field, reference(item.field)) for item in self.output.items)
        return Aggregate(plan, groups, ())

    def _sorted(self, plan: Plan, keys: tuple[SortKey, ...]) -> Plan:
        if keys:
            plan = Sort(plan, tuple(_refreshed(key, plan) for key in keys))
        if not self.output.hidden:
            return plan
        return Project(
            plan, tuple(Item(item.field, reference(item.field)) for item in self.output.items)
        )


def _refreshed(key: SortKey, plan: Plan) -> SortKey:
    """Return a key that reads its field as it came out of grouping, NULLs known."""
    fields = {each.id: each for each in output_fields(plan)}
    expression = transform(
        key.expression,
        lambda e: reference(fields[e.id]) if isinstance(e, ColumnReference) else e,
    )
    return replace(key, expression=expression)


def _rewritten(item: Item, grouping: Grouping) -> Item:
    expression = grouping.rewrite(item.expression)
    return Item(replace(item.field, nullable=expression.nullable), expression)


def _ordinal(node: exp.Literal, output: Output, clause: str, environment: Environment) -> Item:
    place = int(node.this) if str(node.this).isdigit() else 0
    if not 1 <= place <= len(output.items):
        message = f"{clause} {node.this}: the SELECT list has columns 1 to {len(output.items)}"
        raise environment.wrong(message, node)
    return output.items[place - 1]


def _simple_order_item(node: exp.Expr, output: Output, environment: Environment) -> Item | None:
    """Return the item that an ordinal or a bare name in ORDER BY means, or None."""
    if isinstance(node, exp.Literal) and not node.is_string:
        return _ordinal(node, output, "ORDER BY", environment)
    if not isinstance(node, exp.Column) or node.table:
        return None
    found = output.find(plain_name(node.name))
    if len({item.expression for item in found}) > 1:
        raise environment.wrong(f"ORDER BY {node.name} is ambiguous", node)
    return found[0] if found else None


def _sort_key(node: exp.Ordered, expression: Expression) -> SortKey:
    is_descending = bool(node.args.get("desc"))
    return SortKey(expression, is_descending, bool(node.args.get("nulls_first")))


def limited(plan: Plan, node: exp.Expr, environment: Environment) -> Plan:
    """Apply LIMIT, OFFSET and FETCH FIRST."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if limit is None and offset is None:
        return plan
    count = None
    if isinstance(limit, exp.Fetch):
        options = limit.args.get("limit_options")
        if options is not None and (options.args.get("percent") or options.args.get("with_ties")):
            raise environment.later("FETCH with PERCENT or TIES is", limit)
        count = _row_count(limit.args.get("count") or exp.Literal.number(1), "FETCH", environment)
    elif limit is not None:
        count = _row_count(limit.expression, "LIMIT", environment)
    skipped = None if offset is None else _row_count(offset.expression, "OFFSET", environment)
    return plan if count is None and not skipped else Limit(plan, count, skipped or 0)


def _row_count(node: exp.Expr, clause: str, environment: Environment) -> int | None:
    if isinstance(node, exp.Var) and node.name.upper() == "ALL":
        return None
    bound = bind_expression(node, Context(environment, Scope(), clause))
    if not isinstance(bound, Literal):
        raise environment.wrong(f"{clause} takes a constant", node)
    if bound.value is None:
        return None
    if not bound.type.is_integer or not isinstance(bound.value, int) or bound.value < 0:
        raise environment.wrong(f"{clause} takes a number of rows, not {bound.value}", node)
    return bound.value
