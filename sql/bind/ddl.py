"""CREATE, DROP and COMMENT: names are looked up, and expressions tried out.

Defaults and constraints are kept as text; they are bound here once, so that mistakes show at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gpudb.errors import Error
from gpudb.records import replace
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.bind.changes import assigned
from gpudb.sql.bind.context import Context, Environment, Relation
from gpudb.sql.bind.dispatch import bind_condition, bind_expression
from gpudb.sql.bind.names import known_table, named_schema, new_name, unknown_relation
from gpudb.sql.bind.query import bind_query
from gpudb.sql.bind.tables import Surroundings
from gpudb.sql.definition import Definition
from gpudb.sql.plan import (
    Scan,
    walk,
)
from gpudb.sql.scope import Column, Scope, Source, StoredTable, known_names, nearest
from gpudb.storage.names import INFORMATION_SCHEMA, RelationName
from gpudb.storage.types import SqlType
from gpudb.storage.view import Check

# Gives the surroundings of an expression, whose tokens tell its places.
Surround = Callable[[tree.QueryTree | None], Environment]


def bind_create_table(
    body: tree.CreateTableTree, surround: Surround
) -> bound.CreateTable | bound.Nothing:
    """Bind CREATE TABLE: the types of defaults, the columns of constraints."""
    name = find_new(body.name, body.making, surround(None), is_view=False)
    for column in body.columns:
        if column.default is not None:
            try_default(column.default, column.definition, body.name, surround)
    definitions = tuple(definition_of(column) for column in body.columns)
    checks = bind_checks(body.checks, (), definitions, body.name, surround)
    if name is None:
        return bound.Nothing()
    return bound.CreateTable(name, definitions, checks, body.options, body.making.or_replace)


def definition_of(column: tree.ColumnTree) -> Definition:
    """Return a column's definition, its default as text."""
    default = None if column.default is None else column.default.text
    return replace(column.definition, default=default)


def try_default(
    default: tree.StoredText, column: Definition, table: tree.Name, surround: Surround
) -> None:
    """Raise the error that the default would meet."""
    environment = surround(default.query)
    node = default.query.tree.expressions[0]
    value = bind_expression(node, Context(environment, Scope(), "DEFAULT"))
    named = NewColumn(column.name, column.type, column.not_null)
    assigned(named, value, replace(table, span=environment.span(node) or table.span), environment)


class NewColumn:
    """A column that is about to be made."""

    def __init__(self, name: str, type_: SqlType, not_null: bool) -> None:
        self.name = name
        self.type = type_
        self.not_null = not_null


def bind_checks(
    trees: Sequence[tree.CheckTree],
    known: Sequence[Check],
    columns: Sequence[Column],
    table: tree.Name,
    surround: Surround,
) -> tuple[Check, ...]:
    """Return the constraints `known` and those of `trees`, which are tried on the columns."""
    found = list(known)
    for each in trees:
        environment = surround(each.condition.query)
        fields = tuple(environment.field(c.name, c.type, nullable=True) for c in columns)
        context = Context(environment, Scope((Source("", fields),)), "CHECK")
        bind_condition(each.condition.query.tree.expressions[0], context)
        taken = {check.name.lower() for check in found}
        if each.name is None:
            parts = (table.text, *([each.column] if each.column else []), "check")
            name = _free_name("_".join(parts), taken)
        else:
            name = each.name.text
            if name.lower() in taken:
                raise environment.wrong(f"constraint {name} exists already", each.name.span)
        found.append(Check(name, each.condition.text))
    return tuple(found)


def _free_name(name: str, taken: set[str]) -> str:
    number = 1
    free = name
    while free.lower() in taken:
        free, number = f"{name}{number}", number + 1
    return free


def bind_create_view(
    body: tree.CreateViewTree, environment: Environment
) -> bound.CreateView | bound.Nothing:
    """Bind CREATE VIEW; the view itself cannot stand in its query."""
    found, name = find_new(body.name, body.making, environment, is_view=True), body.name.text
    if found is None:
        return bound.Nothing()
    inner = replace(environment, views=environment.views | {found.key})
    relation = bind_query(body.query.tree, Surroundings(inner, {}, None, bind_query))
    _check_lasting(relation, found, body, inner)
    if len(body.columns) > len(relation.names):
        message = f"{name} has {len(relation.names)} columns, not {len(body.columns)}"
        raise environment.wrong(message, body.columns[-1].span)
    given = tuple(column.text for column in body.columns)
    columns = (*given, *relation.names[len(given) :])
    seen: set[str] = set()
    for column in columns:
        if column.lower() in seen:
            message = f"view {name} would have two columns {column}; name one of them by AS"
            raise environment.wrong(message, body.name.span)
        seen.add(column.lower())
    path = environment.catalog.path
    return bound.CreateView(found, body.text, columns, relation.names, path, body.making.or_replace)


def _check_lasting(
    relation: Relation, view: RelationName, body: tree.CreateViewTree, environment: Environment
) -> None:
    """Raise ProgrammingError for a view that means something else without temporary relations."""
    catalog = environment.catalog.inside_view(environment.catalog.path, is_temporary=False)
    lasting = replace(environment, catalog=catalog)
    try:
        other = bind_query(body.query.tree, Surroundings(lasting, {}, None, bind_query))
        is_same = _tables_read(other) == _tables_read(relation)
    except Error:
        is_same = False
    if not is_same and not view.is_temporary:
        message = "a view that lasts reads nothing temporary: write CREATE TEMPORARY VIEW"
        raise environment.wrong(message, body.name.span)


def _tables_read(relation: Relation) -> list[object]:
    scanned = [node.table for node in walk(relation.plan) if isinstance(node, Scan)]
    return [table for table in scanned if isinstance(table, StoredTable)]


def find_new(
    name: tree.Name, making: tree.Making, environment: Environment, *, is_view: bool
) -> RelationName | None:
    """Return the name of what is to be made; None where IF NOT EXISTS finds it there.

    Raises ProgrammingError for a name that is taken, unless OR REPLACE frees it.
    """
    found = new_name(name, environment, is_temporary=making.is_temporary)
    view = environment.catalog.find_view(found.name, found.schema)
    table = environment.catalog.find_table(found.name, found.schema) if view is None else None
    if making.if_not_exists and (view is not None or table is not None):
        return None
    if isinstance(table, StoredTable) and (is_view or not making.or_replace):
        raise environment.wrong(f"table {table.full_name} exists already", name.span)
    if view is not None and not (is_view and making.or_replace):
        raise environment.wrong(f"view {view.full_name} exists already", name.span)
    return found


def bind_drop(body: tree.DropTree, environment: Environment) -> bound.Drop:
    """Bind DROP: what IF EXISTS lets pass is left out."""
    names: list[RelationName] = []
    kind, other = ("view", "table") if body.is_view else ("table", "view")
    for name in body.names:
        schema = _schema_to_drop_from(name, environment, if_exists=body.if_exists)
        view = environment.catalog.find_view(name.text, schema)
        table = environment.catalog.find_table(name.text, schema) if view is None else None
        found, wrong = (view, table) if body.is_view else (table, view)
        if found is not None and (view is found or isinstance(found, StoredTable)):
            if found.full_name not in names:
                names.append(found.full_name)
        elif wrong is not None and (not body.is_view or isinstance(wrong, StoredTable)):
            message = f"{name.text} is a {other}: DROP {other.upper()} removes it"
            raise environment.wrong(message, name.span)
        elif not body.if_exists:
            message = unknown_relation(kind, name.text, schema, environment)
            raise environment.wrong(message, name.span)
    return bound.Drop(tuple(names), body.is_view)


def _schema_to_drop_from(
    name: tree.Name, environment: Environment, *, if_exists: bool
) -> str | None:
    """Return the schema before a name; one that does not exist holds nothing to drop."""
    if if_exists and name.schema is not None and not environment.catalog.find_schema(name.schema):
        return name.schema
    schema = named_schema(name, environment)
    if schema == INFORMATION_SCHEMA:
        raise environment.wrong(f"{INFORMATION_SCHEMA} cannot be changed", name.span)
    return schema


def bind_comment(body: tree.CommentTree, environment: Environment) -> bound.Comment:
    """Bind COMMENT ON."""
    view = environment.catalog.find_view(body.name.text, named_schema(body.name, environment))
    if body.kind == "VIEW" or (body.kind == "TABLE" and view is not None):
        if view is None or body.kind == "TABLE":
            message = f"there is no {body.kind.lower()} {body.name.text}"
            raise environment.wrong(message, body.name.span)
        return bound.Comment(view.full_name, None, body.text)
    if body.column is not None and view is not None:
        column = existing_name(body.column, view.columns, f"view {view.name}", environment)
        return bound.Comment(view.full_name, column, body.text)
    table = known_table(body.name, environment)
    if body.column is None:
        return bound.Comment(table.full_name, None, body.text)
    found = existing_column(body.column, table.columns, f"table {table.name}", environment)
    return bound.Comment(table.full_name, found.name, body.text)


def existing_column(
    name: tree.Name, columns: Sequence[Column], of: str, environment: Environment
) -> Column:
    """Return the column that a statement names, `of` a table; raises ProgrammingError."""
    found = existing_name(name, [column.name for column in columns], of, environment)
    return next(column for column in columns if column.name == found)


def existing_name(name: tree.Name, names: Sequence[str], of: str, environment: Environment) -> str:
    """Return the one of a table's or view's columns that a statement names, as it was given."""
    known = {each.lower(): each for each in names}
    if name.text.lower() not in known:
        hint = nearest(name.text, names) or known_names(names)
        raise environment.wrong(f"{of} has no column {name.text}{hint}", name.span)
    return known[name.text.lower()]
