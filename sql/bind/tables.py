"""FROM: tables, files, derived tables, CTEs, VALUES and joins -> a plan and the scope above it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from gpudb.errors import Error
from gpudb.records import dataclass, replace
from gpudb.sql.bind.attach import TRUE, filtered, has_subquery
from gpudb.sql.bind.context import Context, Environment, Relation, refuse_extras, refuse_rounds
from gpudb.sql.bind.ctes import Cte, RecursiveName, renamed
from gpudb.sql.bind.decorrelate import decorrelated
from gpudb.sql.bind.dispatch import bind_condition, reference
from gpudb.sql.bind.joins import SIDES, From, join_on, join_using, with_answers
from gpudb.sql.bind.names import schema_of, unknown_relation
from gpudb.sql.bind.operators import compare
from gpudb.sql.bind.pivots import pivoted
from gpudb.sql.bind.samples import sampled
from gpudb.sql.bind.stored import bind_view
from gpudb.sql.bind.table_functions import NO_ROW, CallNode, expanded, find_call
from gpudb.sql.bind.table_rows import table_rows
from gpudb.sql.bind.values import bind_values
from gpudb.sql.dialect import plain_name
from gpudb.sql.expr import Expression, conjunction
from gpudb.sql.plan import (
    Field,
    Join,
    JoinKind,
    Values,
    output_fields,
)
from gpudb.sql.scope import (
    Scope,
    Source,
    Table,
)
from gpudb.storage.names import INFORMATION_SCHEMA, RelationName

BindQuery = Callable[[exp.Expr, "Surroundings"], Relation]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a query stands in: the statement, the CTEs it may read, how queries are bound.

    `scopes` are those of the queries around it, the nearest first.
    """

    environment: Environment
    ctes: Mapping[str, Cte | RecursiveName]
    outer: Surroundings | None
    bind_query: BindQuery
    scopes: tuple[Scope, ...] = ()

    def context(self, scope: Scope, clause: str, *, may_aggregate: bool = False) -> Context:
        """Return the context of a clause that sees `scope`."""
        return Context(
            self.environment,
            scope,
            clause,
            may_aggregate,
            outer=self.scopes,
            query=self.bind_subquery,
        )

    def bind_subquery(self, node: exp.Expr, scope: Scope) -> Relation:
        """Bind a query that sees the columns of `scope` besides its own."""
        return self.bind_query(node, replace(self, scopes=(scope, *self.scopes)))

    def bind_alone(self, node: exp.Expr, environment: Environment) -> Relation:
        """Bind a query that sees nothing of the statement around it."""
        return self.bind_query(node, Surroundings(environment, {}, None, self.bind_query))

    def find_cte(self, name: str) -> Cte | RecursiveName | None:
        """Return the CTE called `name`."""
        found = self.ctes.get(name.lower())
        if found is not None:
            return found
        return None if self.outer is None else self.outer.find_cte(name)


def bind_from(node: exp.Select, surroundings: Surroundings) -> From:
    """Bind the tables and joins of a SELECT, from left to right; one empty row without FROM."""
    clause = node.args.get("from_")
    if clause is None:
        return From(Values((), ((),)), Scope())
    bound = bind_source(clause.this, surroundings)
    for join in node.args.get("joins") or ():
        bound = bind_join(bound, join, surroundings)
    return bound


TABLE_PARTS = frozenset({"this", "alias", "joins", "db", "catalog"})
SAMPLED_PARTS = TABLE_PARTS | {"sample"}
FUNCTION_PARTS = TABLE_PARTS | {"ordinality", "offset", "expressions", "view", "outer"}


def bind_source(node: exp.Expr, surroundings: Surroundings) -> From:
    """Bind one table, file, derived table, VALUES list or parenthesised join."""
    environment = surroundings.environment
    call = find_call(node)
    if node.args.get("pivots"):
        return _pivoted(node, surroundings)
    if call is not None:
        refuse_extras(node, FUNCTION_PARTS, environment)
        bound = _function(From(NO_ROW, Scope()), call, surroundings)
    elif isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        refuse_extras(node, SAMPLED_PARTS, environment)
        bound = _named(node, surroundings)
    elif isinstance(node, exp.Values):
        refuse_extras(node, frozenset({"expressions", "alias"}), environment)
        bound = _aliased(bind_values(node, surroundings), node, environment)
    elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
        refuse_extras(node, TABLE_PARTS, environment)
        bound = _aliased(surroundings.bind_query(node.this, surroundings), node, environment)
    elif isinstance(node, exp.Subquery | exp.Paren):
        bound = bind_source(node.this, surroundings)
    else:
        raise environment.later("this in FROM is", node)
    for join in node.args.get("joins") or ():
        bound = bind_join(bound, join, surroundings)
    return bound


def _pivoted(node: exp.Expr, surroundings: Surroundings) -> From:
    """Bind what stands before PIVOT or UNPIVOT as the query that it becomes."""
    environment = surroundings.environment
    source, pivots, joins = node.copy(), node.args["pivots"], node.args.get("joins") or ()
    source.set("pivots", None)
    source.set("joins", None)
    for pivot in pivots[:-1]:
        query = pivoted(source, pivot, environment)
        source = exp.Subquery(this=query, alias=pivot.args.get("alias"))
    made = environment.places.hold(pivoted(source, pivots[-1], environment))
    relation = surroundings.bind_query(made, surroundings)
    bound = _aliased(relation, pivots[-1], environment)
    for join in joins:
        bound = bind_join(bound, join, surroundings)
    return bound


def _named(node: exp.Table, surroundings: Surroundings) -> From:
    environment = surroundings.environment
    name, span = plain_name(node.name), environment.span(node.this)
    is_file = span is not None and environment.places.text[span.begin] == "'"
    schema = schema_of(node, environment)
    cte = surroundings.find_cte(name) if schema is None and not is_file else None
    is_stored = not is_file and cte is None
    view = environment.catalog.find_view(name, schema) if is_stored else None
    sample = node.args.get("sample")
    if sample is not None and (cte is not None or view is not None):
        raise environment.later("TABLESAMPLE of other than a table or a file is", sample)
    if isinstance(cte, RecursiveName):
        return _aliased(cte.read(node, len(surroundings.scopes), environment), node, environment)
    if cte is not None:
        return _aliased(cte.read(environment), node, environment)
    if schema == INFORMATION_SCHEMA:
        return _information(name, node, environment)
    if view is not None:
        relation = bind_view(view, node.this, environment, surroundings.bind_alone)
        return _aliased(relation, node, environment, default=view.full_name)
    table = _open(name, node, environment) if is_file else find_table(node, environment)
    rows = table_rows(table, environment, numbered=sample is not None)
    relation = Relation(rows.plan, rows.names)
    if sample is not None:
        relation = sampled(relation, rows.number, sample, environment)
    own: RelationName | None = getattr(table, "full_name", None)
    return _aliased(relation, node, environment, default=own)


def _information(name: str, node: exp.Table, environment: Environment) -> From:
    table = environment.catalog.find_information(name.lower())
    if table is None:
        raise environment.wrong(f"information_schema has no table {name}", node.this)
    rows = table_rows(table, environment)
    own = RelationName(table.name, INFORMATION_SCHEMA)
    return _aliased(Relation(rows.plan, rows.names), node, environment, default=own)


def cross_join(left: From, right: From, where: exp.Expr, environment: Environment) -> From:
    """Return every pair of rows; `where` is the right side's place in the text."""
    _check_aliases(left, right, where, environment)
    scope = Scope((*left.scope.sources, *right.scope.sources))
    return From(Join(JoinKind.CROSS, left.plan, right.plan, ()), scope)


def _open(path: str, node: exp.Table, environment: Environment) -> Table:
    try:
        return environment.catalog.open_file(path)
    except Error as error:
        raise environment.place(error, node.this) from None


def find_table(node: exp.Table, environment: Environment) -> Table:
    """Return the table or the data that `node` names; raises ProgrammingError."""
    name, schema = plain_name(node.name), schema_of(node, environment)
    table = environment.catalog.find_table(name, schema)
    if table is not None:
        return table
    message = unknown_relation("table", name, schema, environment)
    if message.endswith(" exist") and "." in name:
        message += f"; a file is read by FROM '{name}'"
    raise environment.wrong(message, node.this)


def _aliased(
    relation: Relation,
    node: exp.Expr,
    environment: Environment,
    default: RelationName | None = None,
) -> From:
    """Give a relation its alias: AS name, or AS name (columns)."""
    alias = node.args.get("alias")
    named = renamed(relation, alias, environment)
    given = "" if alias is None else plain_name(alias.name)
    fields = tuple(
        field if field.name == given else replace(field, name=given)
        for field, given in zip(output_fields(named.plan), named.names, strict=True)
    )
    if given or default is None:
        return From(named.plan, Scope((Source(given or plain_name(node.name), fields),)))
    source = Source(plain_name(node.name), fields, schema=default.schema)
    return From(named.plan, Scope((source,)))


JOIN_PARTS = frozenset({"this", "side", "kind", "method", "on", "using"})


def bind_join(left: From, node: exp.Join, surroundings: Surroundings) -> From:
    """Join what stands left of `node` with its table."""
    environment = surroundings.environment
    refuse_extras(node, JOIN_PARTS, environment)
    side, kind = node.side.upper(), node.kind.upper()
    call = find_call(node.this)
    if call is not None and any(argument.find(exp.Column) for argument in call.arguments):
        refuse_extras(node.this, FUNCTION_PARTS, environment)
        return bind_function_join(left, node, call, surroundings)
    if isinstance(node.this, exp.Lateral):
        return bind_lateral(left, node, surroundings)
    right = bind_source(node.this, surroundings)
    _check_aliases(left, right, node.this, environment)
    for part, sides in ((left, ("RIGHT", "FULL")), (right, ("LEFT", "FULL"))):
        if side in sides:
            refuse_rounds(part.plan, f"a {side} JOIN", node.this, environment)
    using = [plain_name(column.name) for column in node.args.get("using") or ()]
    is_natural = node.method.upper() == "NATURAL"
    if is_natural:
        using = [f.name for f in left.scope.fields() if right.scope.find_columns(f.name)]
    if using:
        pairs = _pairs(using, left, right, node.this, environment)
        if kind in ("SEMI", "ANTI"):
            equal = _equal(node, environment)
            condition = conjunction(tuple(equal(*pair) for pair in pairs)) or TRUE
            return From(join_on(JoinKind[kind], left.plan, right.plan, condition), left.scope)
        return join_using(side, left, right, pairs, _equal(node, environment), environment)
    if kind in ("SEMI", "ANTI"):
        return _filtering_join(left, right, node, surroundings)
    if node.args.get("on") is None and not is_natural:
        if kind != "CROSS" and not _is_comma(node, environment):
            raise environment.wrong("JOIN needs ON or USING (or write CROSS JOIN)", node.this)
        return cross_join(left, right, node.this, environment)
    return _join_on(left, right, node, surroundings)


def bind_lateral(left: From, node: exp.Join, surroundings: Surroundings) -> From:
    """Join with LATERAL (query), which sees the columns of the tables left of it."""
    environment, lateral = surroundings.environment, node.this
    is_query = isinstance(lateral.this, exp.Subquery)
    if not is_query or not isinstance(lateral.this.this, exp.Query | exp.Values):
        raise environment.later("LATERAL of other than a query is", lateral)
    if node.side.upper() not in ("", "LEFT") or node.method or node.args.get("using"):
        raise environment.later("LATERAL behind other than JOIN or LEFT JOIN ... ON is", lateral)
    relation = surroundings.bind_subquery(lateral.this.this, left.scope)
    right = _aliased(relation, lateral, environment)
    _check_aliases(left, right, node.this, environment)
    outer, plan, conditions = decorrelated(left.plan, right.plan, environment)
    if node.args.get("on") is not None:
        scope = Scope((*left.scope.sources, *right.scope.sources))
        on = bind_condition(node.args["on"], surroundings.context(scope, "ON"))
        if has_subquery(on):
            raise environment.later("a subquery in ON of LATERAL is", node.args["on"])
        conditions = (*conditions, on)
    condition = conjunction(conditions) or TRUE
    left, right = replace(left, plan=outer), replace(right, plan=plan)
    return SIDES[node.side.upper()](left, right, condition, environment)


def _function(
    left: From, call: CallNode, surroundings: Surroundings, *, is_outer: bool = False
) -> From:
    """Join a table function, which reads the columns of `left`."""
    plan, fields, name = expanded(left.plan, call, left.scope, surroundings, is_outer=is_outer)
    return From(plan, Scope((*left.scope.sources, Source(name, fields))))


def bind_function_join(
    left: From, node: exp.Join, call: CallNode, surroundings: Surroundings
) -> From:
    """Join with a table function: by a comma, CROSS JOIN, JOIN ... ON or LEFT JOIN ... ON TRUE."""
    environment, on = surroundings.environment, node.args.get("on")
    side = node.side.upper()
    if side not in ("", "LEFT") or node.method or node.kind.upper() in ("SEMI", "ANTI"):
        raise environment.later(
            "a table function behind other than JOIN or LEFT JOIN is", node.this
        )
    if on is None and node.kind.upper() != "CROSS" and not _is_comma(node, environment):
        raise environment.wrong("JOIN needs ON or USING (or write CROSS JOIN)", node.this)
    is_outer = side == "LEFT"
    bound = _function(left, call, surroundings, is_outer=is_outer)
    added = From(bound.plan, Scope(bound.scope.sources[-1:]))
    _check_aliases(left, added, node, environment)
    if on is None:
        return bound
    condition = bind_condition(on, surroundings.context(bound.scope, "ON"))
    if not is_outer:
        return From(filtered(bound.plan, condition, environment), bound.scope)
    if condition != TRUE:
        raise environment.later("LEFT JOIN of a table function ON other than TRUE is", on)
    return bound


def _equal(node: exp.Join, environment: Environment) -> Callable[[Field, Field], Expression]:
    def equal(ours: Field, theirs: Field) -> Expression:
        try:
            return compare("equal", reference(ours), reference(theirs))
        except Error as error:
            raise environment.place(error, node.this) from None

    return equal


def _join_on(left: From, right: From, node: exp.Join, surroundings: Surroundings) -> From:
    """Join by ON; a NATURAL join without common columns by nothing."""
    environment, on = surroundings.environment, node.args.get("on")
    scope = Scope((*left.scope.sources, *right.scope.sources))
    condition: Expression = TRUE
    if on is not None:
        condition = bind_condition(on, surroundings.context(scope, "ON"))
    if not has_subquery(condition):
        return SIDES[node.side.upper()](left, right, condition, environment)
    if node.side:
        assert on is not None
        left, right, condition = with_answers(left, right, condition, on, environment)
        return SIDES[node.side.upper()](left, right, condition, environment)
    joined = Join(JoinKind.CROSS, left.plan, right.plan, ())
    return From(filtered(joined, condition, environment), scope)


def _filtering_join(left: From, right: From, node: exp.Join, surroundings: Surroundings) -> From:
    """SEMI JOIN and ANTI JOIN by ON: the rows of the left side with, or without, a partner."""
    environment, on, kind = surroundings.environment, node.args.get("on"), node.kind.upper()
    if on is None:
        raise environment.wrong(f"{kind} JOIN needs ON or USING", node.this)
    scope = Scope((*left.scope.sources, *right.scope.sources))
    condition = bind_condition(on, surroundings.context(scope, "ON"))
    if has_subquery(condition):
        raise environment.later(f"a subquery in ON of a {kind} JOIN is", on)
    return From(join_on(JoinKind[kind], left.plan, right.plan, condition), left.scope)


def _is_comma(node: exp.Join, environment: Environment) -> bool:
    return environment.places.last_before(node.this, frozenset({",", "JOIN"})) == ","


def _check_aliases(left: From, right: From, where: exp.Expr, environment: Environment) -> None:
    taken = {source.alias.lower() for source in left.scope.sources}
    for source in right.scope.sources:
        if source.alias and source.alias.lower() in taken:
            message = f"table {source.alias} stands twice in FROM; give one of them an alias"
            raise environment.wrong(message, where)


def _pairs(
    names: list[str], left: From, right: From, where: exp.Expr, environment: Environment
) -> list[tuple[Field, Field]]:
    """Return the columns that USING names in both sides."""
    try:
        return [(left.scope.column(name), right.scope.column(name)) for name in names]
    except Error as error:
        raise environment.place(error, where) from None
