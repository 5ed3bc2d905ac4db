"""ALTER TABLE: the table as it shall be, and the query that gives the values of a column.

Constraints name columns in their text, which changes with them.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot.tokenizer_core import TokenType

from gpudb.errors import Error, ProgrammingError
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.bind.changes import assigned
from gpudb.sql.bind.coerce import cast, may_cast
from gpudb.sql.bind.context import Context, Environment
from gpudb.sql.bind.ddl import (
    NewColumn,
    Surround,
    bind_checks,
    definition_of,
    existing_column,
    try_default,
)
from gpudb.sql.bind.dispatch import bind_expression, reference
from gpudb.sql.bind.names import known_schema, known_table, named_schema
from gpudb.sql.bind.table_rows import table_rows
from gpudb.sql.definition import Definition
from gpudb.sql.dialect import tokenize
from gpudb.sql.expr import AggregateCall, Call, Expression, Literal, transform
from gpudb.sql.plan import Aggregate, AggregateItem, Field, Filter, Item, Project, Values
from gpudb.sql.scope import (
    Column,
    Scope,
    Source,
    StoredColumn,
    StoredTable,
    Table,
    known_names,
    nearest,
)
from gpudb.storage import types
from gpudb.storage.names import INFORMATION_SCHEMA, TEMPORARY_SCHEMA, RelationName, schema_key


def bind_alter(body: tree.AlterTree, surround: Surround) -> bound.Statement:
    """Bind ALTER TABLE."""
    environment = surround(None)
    schema = named_schema(body.table, environment)
    if body.if_exists and environment.catalog.find_table(body.table.text, schema) is None:
        return bound.Nothing()
    table = known_table(body.table, environment)
    columns = tuple(bound.AlteredColumn(_plain(c), c.name) for c in table.columns)
    before = bound.AlterTable(table.full_name, table.full_name, columns, tuple(table.checks))
    match body.action:
        case tree.RenameTable(new=new):
            return replace(before, name=replace(table.full_name, name=new.text))
        case tree.SetSchema(schema=to):
            return replace(before, name=_moved(table, to, environment))
        case tree.AddColumn():
            return _add_column(body.action, table, before, surround)
        case tree.AddCheck(check=check):
            checks = bind_checks([check], before.checks, table.columns, body.table, surround)
            return replace(before, checks=checks)
        case tree.DropCheck():
            return _drop_check(body.action, table, before, environment)
        case tree.DropColumn(name=name, if_exists=True):
            if name.text.lower() not in {c.name.lower() for c in table.columns}:
                return bound.Nothing()
    return _alter_column(body, table, before, environment, surround)


def _with(
    before: bound.AlterTable, name: str, *made: bound.AlteredColumn
) -> tuple[bound.AlteredColumn, ...]:
    """Return the columns with `made`, one or none, in place of the one called `name`."""
    found = [made if column.source == name else (column,) for column in before.columns]
    return tuple(column for columns in found for column in columns)


def _moved(table: StoredTable, to: tree.Name, environment: Environment) -> RelationName:
    """Return the table's name in another schema."""
    schema = known_schema(to.text, to.span, environment)
    is_temporary = table.full_name.is_temporary
    if schema in (INFORMATION_SCHEMA, TEMPORARY_SCHEMA) or is_temporary:
        raise environment.wrong(f"{table.full_name} cannot be moved to {schema}", to.span)
    moved = RelationName(table.name, schema)
    taken = environment.catalog.find_table(moved.name, moved.schema)
    if schema_key(schema) != schema_key(table.full_name.schema) and taken is not None:
        raise environment.wrong(f"table {moved} exists already", to.span)
    return moved


def _alter_column(
    body: tree.AlterTree,
    table: StoredTable,
    before: bound.AlterTable,
    environment: Environment,
    surround: Surround,
) -> bound.Statement:
    """Bind an action on a column that the table has."""
    match body.action:
        case tree.RenameColumn(old=old, new=new):
            column = existing_column(old, table, environment)
            _check_free(new, column, table, environment)
            made = bound.AlteredColumn(replace(_plain(column), name=new.text), column.name)
            texts = [renamed(check.text, column.name, new.text) for check in before.checks]
            pairs = zip(before.checks, texts, strict=True)
            checks = tuple(replace(check, text=text) for check, text in pairs)
            return replace(before, columns=_with(before, column.name, made), checks=checks)
        case tree.DropColumn(name=name):
            column = existing_column(name, table, environment)
            if len(table.columns) == 1:
                message = f"{column.name} is the only column of {table.name}"
                raise environment.wrong(message, name.span)
            checks = tuple(c for c in before.checks if not mentions(c.text, column.name))
            return replace(before, columns=_with(before, column.name), checks=checks)
        case tree.SetDefault(column=name, default=default):
            column = existing_column(name, table, environment)
            if default is not None:
                try_default(default, _plain(column), body.table, surround)
            text = None if default is None else default.text
            made = bound.AlteredColumn(replace(_plain(column), default=text), column.name)
            return replace(before, columns=_with(before, column.name, made))
        case tree.SetNotNull(column=name, not_null=not_null):
            column = existing_column(name, table, environment)
            made = bound.AlteredColumn(replace(_plain(column), not_null=not_null), column.name)
            nulls = _count_nulls(table, column, environment) if not_null else None
            columns = _with(before, column.name, made)
            return replace(before, columns=columns, without_nulls=column.name, nulls=nulls)
    assert isinstance(body.action, tree.ChangeType)
    return _change_type(body.action, table, before, environment, surround)


def _drop_check(
    action: tree.DropCheck,
    table: StoredTable,
    before: bound.AlterTable,
    environment: Environment,
) -> bound.Statement:
    kept = before.checks
    left = tuple(check for check in kept if check.name.lower() != action.name.text.lower())
    if len(left) < len(kept):
        return replace(before, checks=left)
    if action.if_exists:
        return bound.Nothing()
    names = [check.name for check in kept]
    hint = nearest(action.name.text, names) or known_names(names)
    message = f"table {table.name} has no constraint {action.name.text}{hint}"
    raise environment.wrong(message, action.name.span)


def _add_column(
    action: tree.AddColumn, table: StoredTable, before: bound.AlterTable, surround: Surround
) -> bound.Statement:
    tree_, definition = action.column, definition_of(action.column)
    environment = surround(None if tree_.default is None else tree_.default.query)
    if definition.name.lower() in {c.name.lower() for c in table.columns}:
        if action.if_not_exists:
            return bound.Nothing()
        message = f"table {table.name} has a column {definition.name} already"
        raise environment.wrong(message, tree_.name.span)
    named = NewColumn(definition.name, definition.type, definition.not_null)
    value: Expression = Literal(type=definition.type, nullable=True, value=None)
    if tree_.default is not None:
        node = tree_.default.query.tree.expressions[0]
        given = bind_expression(node, Context(environment, Scope(), "DEFAULT"))
        place = tree.Name(table.name, environment.span(node) or tree_.name.span)
        value = assigned(named, given, place, environment)
    made = environment.field(definition.name, definition.type, nullable=value.nullable)
    query = bound.Query(Project(Values((), ((),)), (Item(made, value),)), (definition.name,))
    columns = [*(_plain(column) for column in table.columns), definition]
    name = replace(tree_.name, text=table.name)
    checks = bind_checks(action.checks, before.checks, columns, name, surround)
    added = bound.AlteredColumn(definition, None, query)
    return replace(before, columns=(*before.columns, added), checks=checks)


def _plain(column: Column) -> Definition:
    default = column.default if isinstance(column, StoredColumn) else None
    return Definition(column.name, column.type, column.not_null, default=default)


def _change_type(
    action: tree.ChangeType,
    table: StoredTable,
    before: bound.AlterTable,
    environment: Environment,
    surround: Surround,
) -> bound.AlterTable:
    column = existing_column(action.column, table, environment)
    if action.using is not None:
        environment = surround(action.using.query)
    rows = table_rows(table, environment, numbered=True)
    assert rows.number is not None
    field = next(f for f in rows.fields if f.name == column.name)
    target = NewColumn(column.name, action.type, column.not_null)
    value: Expression = reference(field)
    place = tree.Name(table.name, action.column.span)
    if action.using is not None:
        node = action.using.query.tree.expressions[0]
        scope = Scope((Source(table.name, rows.fields),))
        value = bind_expression(node, Context(environment, scope, "USING"))
        place = replace(place, span=environment.span(node) or place.span)
    items = [Item(rows.number, reference(rows.number))]
    if action.using is None:
        value = _converted(value, action, column, environment)
    value = assigned(target, value, place, environment)
    made: Field = environment.field(column.name, action.type, nullable=value.nullable)
    items.append(Item(made, value))
    query = bound.Query(Project(rows.plan, tuple(items)), ("row_number", column.name))
    changed = bound.AlteredColumn(replace(_plain(column), type=action.type), column.name, query)
    return replace(before, columns=_with(before, column.name, changed))


def _converted(
    value: Expression, action: tree.ChangeType, column: Column, environment: Environment
) -> Expression:
    """Return a column's value in its new type, as CAST makes it; errors stand at the name."""
    span = action.column.span
    if not may_cast(value.type, action.type):
        message = f"column {column.name} is {value.type}, which no CAST makes {action.type}"
        raise environment.wrong(message, span)
    made = cast(value, action.type)
    return transform(made, lambda part: replace(part, span=span))


def _count_nulls(table: Table, column: Column, environment: Environment) -> bound.Query:
    """Return SELECT count(*) FROM table WHERE column IS NULL."""
    rows = table_rows(table, environment)
    field = next(f for f in rows.fields if f.name == column.name)
    value = replace(reference(field), nullable=True)
    is_null = Call(function="is_null", arguments=(value,), type=types.BOOLEAN, nullable=False)
    count = AggregateCall(function="count", argument=None, type=types.BIGINT, nullable=False)
    made = environment.field("nulls", types.BIGINT, nullable=False)
    plan = Aggregate(Filter(rows.plan, is_null), (), (AggregateItem(made, count),))
    return bound.Query(plan, (made.name,))


def _check_free(
    name: tree.Name, renamed_column: Column, table: Table, environment: Environment
) -> None:
    taken = {c.name.lower() for c in table.columns if c is not renamed_column}
    if name.text.lower() in taken:
        error: Error = ProgrammingError(f"table {table.name} has a column {name.text} already")
        raise environment.place(error, name.span)


def mentions(text: str, column: str) -> bool:
    """Return whether a constraint's text names a column."""
    return renamed(text, column, "") != text


def renamed(text: str, old: str, new: str) -> str:
    """Return a constraint's text with a column called otherwise.

    >>> renamed("a > 0 AND f(A) = 'a'", "a", "b c")
    '"b c" > 0 AND f("b c") = \\'a\\''
    """
    parts, end = [], 0
    tokens = tokenize(text)
    for token, behind in zip(tokens, [*tokens[1:], None], strict=True):
        is_call = behind is not None and behind.token_type is TokenType.L_PAREN
        is_name = token.token_type not in (TokenType.STRING, TokenType.NUMBER)
        if not is_name or is_call or token.text.lower() != old.lower():
            continue
        escaped = new.replace('"', '""')
        parts += [text[end : token.start], f'"{escaped}"']
        end = token.end + 1
    return "".join((*parts, text[end:]))
