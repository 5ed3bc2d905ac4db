"""What the database keeps as SQL text, bound where it is used: views, defaults, constraints.

The text is not the statement's, so its places are none in it: errors and expressions are placed
where the statement names the view or the table.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from gpudb.errors import Error
from gpudb.records import replace
from gpudb.sql.bind.coerce import without_null_type
from gpudb.sql.bind.context import Context, Environment, Relation
from gpudb.sql.bind.dispatch import bind_expression, reference
from gpudb.sql.bind.places import Places
from gpudb.sql.expr import Expression, Span, transform
from gpudb.sql.plan import Aggregate, Item, Plan, Project, inputs, output_fields, with_inputs
from gpudb.sql.plan_expressions import map_expressions
from gpudb.sql.scope import Scope, View

BindView = Callable[[exp.Expr, Environment], Relation]


def bind_view(
    view: View, where: exp.Expr | Span | None, environment: Environment, bind: BindView
) -> Relation:
    """Bind a view; `where` is where the statement names it, `bind` binds a query."""
    own = view.full_name
    seen = environment.views | {own.key}
    inner = replace(
        _inner(view.text, environment),
        catalog=environment.catalog.inside_view(view.path, is_temporary=own.is_temporary),
        views=seen,
    )
    try:
        if own.key in environment.views:
            raise environment.wrong(f"view {view.name} refers to itself", None)
        relation = bind(environment.catalog.parsed(view.text).tree, inner)
        relation = _with_columns(relation, view, environment)
    except Error as error:
        raise _elsewhere(error, f"in view {view.name}", where, environment) from None
    span = where if isinstance(where, Span) or where is None else environment.span(where)
    return replace(relation, plan=_placed_plan(relation.plan, span))


def _with_columns(relation: Relation, view: View, environment: Environment) -> Relation:
    """Return the columns that the view had when it was made, though * may give more by now."""
    names = tuple(view.columns)
    if relation.names == tuple(view.source_columns):
        return Relation(relation.plan, names)
    fields = dict(zip(relation.names, output_fields(relation.plan), strict=True))
    missing = [name for name in view.source_columns if relation.names.count(name) != 1]
    if missing:
        message = f"the query gives no column {missing[0]} any more; CREATE OR REPLACE the view"
        raise environment.wrong(message, None)
    items = tuple(Item(fields[name], reference(fields[name])) for name in view.source_columns)
    return Relation(Project(relation.plan, items), names)


def bind_default(text: str, environment: Environment, column: str) -> Expression:
    """Bind a column's default."""
    inner, node = _expression(text, environment)
    try:
        bound = bind_expression(node, Context(inner, Scope(), "DEFAULT"))
    except Error as error:
        raise _elsewhere(error, f"the default of column {column}", None, environment) from None
    return _placed(without_null_type(bound), None)


def _expression(text: str, environment: Environment) -> tuple[Environment, exp.Expr]:
    query = f"SELECT {text}"
    tree = environment.catalog.parsed(query).tree
    return _inner(query, environment), tree.expressions[0]


def _inner(text: str, environment: Environment) -> Environment:
    tokens = environment.catalog.parsed(text).tokens
    return replace(environment, places=Places(tokens, text), parameters=())


def _placed(expression: Expression, span: Span | None) -> Expression:
    """Return `expression` with `span` as the place of all its parts."""
    return transform(expression, lambda node: replace(node, span=span))


def _placed_plan(plan: Plan, span: Span | None) -> Plan:
    parts = [_placed_plan(part, span) for part in inputs(plan)]
    node = map_expressions(with_inputs(plan, parts), lambda e: _placed(e, span))
    if not isinstance(node, Aggregate):
        return node
    calls = tuple(replace(a, call=replace(a.call, span=span)) for a in node.aggregates)
    return replace(node, aggregates=calls)


def _elsewhere(
    error: Error, what: str, where: exp.Expr | Span | None, environment: Environment
) -> Error:
    """Return `error` with its place in the statement instead of the stored text."""
    error.message = f"{what}: {error.message}"
    error.text = error.begin = error.end = None
    return environment.place(error, where)
