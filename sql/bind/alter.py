"""ALTER TABLE: the table as it shall be, and the queries that give the values of columns.

Constraints name columns in their text, which changes with them.
"""

from __future__ import annotations

from gpudb.records import dataclass, replace
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
from gpudb.sql.bind.names import known_table, named_schema
from gpudb.sql.bind.renames import check_free, mentions, renamed, renamed_relation
from gpudb.sql.bind.table_rows import table_rows
from gpudb.sql.definition import Definition
from gpudb.sql.expr import AggregateCall, Call, ColumnReference, Expression, Literal, transform
from gpudb.sql.plan import Aggregate, AggregateItem, Field, Filter, Item, Project, Values
from gpudb.sql.scope import (
    Column,
    Scope,
    Source,
    StoredColumn,
    StoredTable,
    known_names,
    nearest,
)
from gpudb.storage import types


@dataclass(frozen=True)
class Target:
    """The table that a statement alters, as it is, and its name there."""

    table: StoredTable
    name: tree.Name
    surround: Surround

    @property
    def environment(self) -> Environment:
        """The surroundings of what is no expression."""
        return self.surround(None)


def bind_alter(body: tree.AlterTree, surround: Surround) -> bound.Statement:
    """Bind ALTER TABLE: each action finds the columns that those before it leave.

    Expressions read the rows as they are before the statement.
    """
    environment = surround(None)
    schema = named_schema(body.table, environment)
    if body.if_exists and environment.catalog.find_table(body.table.text, schema) is None:
        return bound.Nothing()
    table = known_table(body.table, environment)
    columns = tuple(bound.AlteredColumn(_plain(c), c.name) for c in table.columns)
    before = bound.AlterTable(table.full_name, table.full_name, columns, tuple(table.checks))
    target = Target(table, body.table, surround)
    made = before
    for action in body.actions:
        made = _altered(action, made, target)
        if not made.columns and isinstance(action, tree.DropColumn):
            last = action.name
    if not made.columns:
        message = f"{last.text} is the only column of {table.name}"
        raise environment.wrong(message, last.span)
    made = replace(made, nulls=_null_counts(body.actions, made, target))
    return bound.Nothing() if made == before else made


def _altered(action: tree.Action, made: bound.AlterTable, target: Target) -> bound.AlterTable:
    """Return the table `made` so far with one action more."""
    match action:
        case tree.RenameRelation() | tree.SetSchema():
            name = renamed_relation(target.table.full_name, action, target.environment)
            return replace(made, name=name)
        case tree.AddColumn():
            return _add_column(action, made, target)
        case tree.AddCheck(check=check):
            columns = [column.definition for column in made.columns]
            checks = bind_checks([check], made.checks, columns, target.name, target.surround)
            return replace(made, checks=checks)
        case tree.DropCheck():
            return _drop_check(action, made, target)
        case tree.DropColumn(name=name, if_exists=True):
            if name.text.lower() not in {c.definition.name.lower() for c in made.columns}:
                return made
    return _alter_column(action, made, target)


def _with(
    made: bound.AlterTable, old: bound.AlteredColumn, *new: bound.AlteredColumn
) -> bound.AlterTable:
    """Return the table with `new`, one column or none, in place of `old`."""
    found = [new if column is old else (column,) for column in made.columns]
    return replace(made, columns=tuple(column for columns in found for column in columns))


def _column(name: tree.Name, made: bound.AlterTable, target: Target) -> bound.AlteredColumn:
    """Return a column that the table has after the actions so far; raises ProgrammingError."""
    definitions = [column.definition for column in made.columns]
    found = existing_column(name, definitions, f"table {target.table.name}", target.environment)
    return next(column for column in made.columns if column.definition is found)


def _alter_column(action: tree.Action, made: bound.AlterTable, target: Target) -> bound.AlterTable:
    """Bind an action on a column that the table has."""
    match action:
        case tree.RenameColumn(old=old, new=new):
            return _rename_column(old, new, made, target)
        case tree.DropColumn(name=name):
            column = _column(name, made, target)
            left = [c for c in made.checks if not mentions(c.text, column.definition.name)]
            return replace(_with(made, column), checks=tuple(left))
        case tree.SetDefault(column=name, default=default):
            column = _column(name, made, target)
            if default is not None:
                try_default(default, column.definition, target.name, target.surround)
            text = None if default is None else default.text
            definition = replace(column.definition, default=text)
            return _with(made, column, replace(column, definition=definition))
        case tree.SetNotNull(column=name, not_null=not_null):
            column = _column(name, made, target)
            definition = replace(column.definition, not_null=not_null)
            return _with(made, column, replace(column, definition=definition))
    assert isinstance(action, tree.ChangeType)
    return _change_type(action, made, target)


def _rename_column(
    old: tree.Name, new: tree.Name, made: bound.AlterTable, target: Target
) -> bound.AlterTable:
    column = _column(old, made, target)
    names = [c.definition.name for c in made.columns if c is not column]
    check_free(new, names, f"table {target.table.name}", target.environment)
    definition = replace(column.definition, name=new.text)
    texts = [renamed(check.text, column.definition.name, new.text) for check in made.checks]
    pairs = zip(made.checks, texts, strict=True)
    checks = tuple(replace(check, text=text) for check, text in pairs)
    return replace(_with(made, column, replace(column, definition=definition)), checks=checks)


def _drop_check(action: tree.DropCheck, made: bound.AlterTable, target: Target) -> bound.AlterTable:
    kept = made.checks
    left = tuple(check for check in kept if check.name.lower() != action.name.text.lower())
    if len(left) < len(kept) or action.if_exists:
        return replace(made, checks=left)
    names = [check.name for check in kept]
    hint = nearest(action.name.text, names) or known_names(names)
    message = f"table {target.table.name} has no constraint {action.name.text}{hint}"
    raise target.environment.wrong(message, action.name.span)


def _add_column(action: tree.AddColumn, made: bound.AlterTable, target: Target) -> bound.AlterTable:
    tree_, definition = action.column, definition_of(action.column)
    environment = target.surround(None if tree_.default is None else tree_.default.query)
    names = [column.definition.name for column in made.columns]
    if action.if_not_exists and definition.name.lower() in {name.lower() for name in names}:
        return made
    table = target.table.name
    check_free(tree_.name, names, f"table {table}", environment)
    named = NewColumn(definition.name, definition.type, definition.not_null)
    value: Expression = Literal(type=definition.type, nullable=True, value=None)
    if tree_.default is not None:
        node = tree_.default.query.tree.expressions[0]
        given = bind_expression(node, Context(environment, Scope(), "DEFAULT"))
        place = tree.Name(table, environment.span(node) or tree_.name.span)
        value = assigned(named, given, place, environment)
    field = environment.field(definition.name, definition.type, nullable=value.nullable)
    query = bound.Query(Project(Values((), ((),)), (Item(field, value),)), (definition.name,))
    columns = [*(column.definition for column in made.columns), definition]
    name = replace(tree_.name, text=table)
    checks = bind_checks(action.checks, made.checks, columns, name, target.surround)
    added = bound.AlteredColumn(definition, None, query)
    return replace(made, columns=(*made.columns, added), checks=checks)


def _plain(column: Column) -> Definition:
    default = column.default if isinstance(column, StoredColumn) else None
    return Definition(column.name, column.type, column.not_null, default=default)


def _change_type(
    action: tree.ChangeType, made: bound.AlterTable, target: Target
) -> bound.AlterTable:
    column = _column(action.column, made, target)
    environment, name = target.environment, column.definition.name
    if column.values is not None:
        reason = "is new" if column.source is None else "has changed its type"
        message = f"column {name} {reason} in this statement: write all of it at once"
        raise environment.wrong(message, action.column.span)
    if action.using is not None:
        environment = target.surround(action.using.query)
    rows = table_rows(target.table, environment, numbered=True)
    assert rows.number is not None
    source = reference(next(f for f in rows.fields if f.name == column.source))
    value = _new_value(action, source, rows.fields, environment, target)
    field = environment.field(name, action.type, nullable=value.nullable)
    number = Item(rows.number, reference(rows.number))
    before = environment.field(name, source.type, nullable=source.nullable)
    changed = replace(
        column,
        definition=replace(column.definition, type=action.type),
        values=bound.Query(Project(rows.plan, (number, Item(field, value))), ("row", name)),
        old=bound.Query(Project(rows.plan, (number, Item(before, source))), ("row", name)),
    )
    return _with(made, column, changed)


def _new_value(
    action: tree.ChangeType,
    source: ColumnReference,
    fields: tuple[Field, ...],
    environment: Environment,
    target: Target,
) -> Expression:
    """Return what a column gets that changes its type, by CAST or by USING."""
    table, span = target.table.name, action.column.span
    named = NewColumn(source.name, action.type, not_null=False)
    if action.using is None:
        value = _converted(source, action, environment)
        return assigned(named, value, tree.Name(table, span), environment)
    node = action.using.query.tree.expressions[0]
    scope = Scope((Source(table, fields),))
    value = bind_expression(node, Context(environment, scope, "USING"))
    return assigned(named, value, tree.Name(table, environment.span(node) or span), environment)


def _converted(
    source: ColumnReference, action: tree.ChangeType, environment: Environment
) -> Expression:
    """Return a column's value in its new type, as CAST makes it; errors stand at the name."""
    span = action.column.span
    if not may_cast(source.type, action.type):
        message = f"column {source.name} is {source.type}, which no CAST makes {action.type}"
        raise environment.wrong(message, span)
    made = cast(source, action.type)
    return transform(made, lambda part: replace(part, span=span))


def _null_counts(
    actions: tuple[tree.Action, ...], made: bound.AlterTable, target: Target
) -> tuple[bound.NullCount, ...]:
    """Return the counts of NULLs in columns that keep their values, but may hold no NULL now."""
    spans = {
        a.column.text.lower(): a.column.span for a in actions if isinstance(a, tree.SetNotNull)
    }
    nullable = {column.name for column in target.table.columns if not column.not_null}
    return tuple(
        bound.NullCount(each.source, _count_nulls(each.source, target), spans[each.source.lower()])
        for each in made.columns
        if each.source in nullable and each.definition.not_null and each.values is None
    )


def _count_nulls(column: str, target: Target) -> bound.Query:
    """Return SELECT count(*) FROM table WHERE column IS NULL."""
    environment = target.environment
    rows = table_rows(target.table, environment)
    value = reference(next(f for f in rows.fields if f.name == column))
    is_null = Call(function="is_null", arguments=(value,), type=types.BOOLEAN, nullable=False)
    count = AggregateCall(function="count", argument=None, type=types.BIGINT, nullable=False)
    made = environment.field("nulls", types.BIGINT, nullable=False)
    plan = Aggregate(Filter(rows.plan, is_null), (), (AggregateItem(made, count),))
    return bound.Query(plan, (made.name,))
