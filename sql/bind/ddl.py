"""CREATE, ALTER, DROP and COMMENT: names are looked up, and expressions tried out.

Defaults and constraints are kept as text; they are bound here once, so that mistakes show at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot.tokenizer_core import TokenType

from gpudb.errors import Error, ProgrammingError
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.bind.changes import assigned, known_table
from gpudb.sql.bind.context import Context, Environment
from gpudb.sql.bind.dispatch import bind_condition, bind_expression, reference
from gpudb.sql.bind.query import bind_query
from gpudb.sql.bind.table_rows import table_rows
from gpudb.sql.bind.tables import Surroundings
from gpudb.sql.dialect import tokenize
from gpudb.sql.expr import AggregateCall, Call, Expression, Literal
from gpudb.sql.plan import Aggregate, AggregateItem, Field, Filter, Item, Project, Values
from gpudb.sql.scope import Column, Scope, Source, StoredTable, Table, known_names, nearest
from gpudb.storage import types
from gpudb.storage.types import SqlType

# Gives the surroundings of an expression, whose tokens tell its places.
Surround = Callable[[tree.QueryTree | None], Environment]


def bind_create_table(body: tree.CreateTableTree, surround: Surround) -> bound.CreateTable:
    """Bind CREATE TABLE: the types of defaults, the columns of constraints."""
    if not body.if_not_exists:
        _check_new(body.name, surround(None), is_view=False, or_replace=body.or_replace)
    for column in body.columns:
        if column.default is not None:
            _check_default(column.default, column.definition, body.name, surround)
    definitions = tuple(_definition(column) for column in body.columns)
    checks = _checks(body.checks, (), definitions, body.name, surround)
    return bound.CreateTable(
        body.name.text, definitions, checks, body.options, body.if_not_exists, body.or_replace
    )


def _definition(column: tree.ColumnTree) -> bound.Definition:
    default = None if column.default is None else column.default.text
    return replace(column.definition, default=default)


def _check_default(
    default: tree.StoredText, column: bound.Definition, table: tree.Name, surround: Surround
) -> None:
    environment = surround(default.query)
    node = default.query.tree.expressions[0]
    value = bind_expression(node, Context(environment, Scope(), "DEFAULT"))
    named = _Named(column.name, column.type, column.not_null)
    assigned(named, value, replace(table, span=environment.span(node) or table.span), environment)


class _Named:
    """A column that is about to be made."""

    def __init__(self, name: str, type_: SqlType, not_null: bool) -> None:
        self.name = name
        self.type = type_
        self.not_null = not_null


def _checks(
    trees: Sequence[tree.CheckTree],
    known: Sequence[bound.Check],
    columns: Sequence[Column],
    table: tree.Name,
    surround: Surround,
) -> tuple[bound.Check, ...]:
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
        found.append(bound.Check(name, each.condition.text))
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
    name = body.name.text
    if not body.if_not_exists:
        _check_new(body.name, environment, is_view=True, or_replace=body.or_replace)
    inner = replace(environment, views=environment.views | {name.lower()})
    relation = bind_query(body.query.tree, Surroundings(inner, {}, None, bind_query))
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
    return bound.CreateView(
        name, body.text, columns, relation.names, body.if_not_exists, body.or_replace
    )


def _check_new(
    name: tree.Name, environment: Environment, *, is_view: bool, or_replace: bool
) -> None:
    """Raise ProgrammingError for a name that is taken, unless OR REPLACE frees it."""
    view = environment.catalog.find_view(name.text)
    table = environment.catalog.find_table(name.text) if view is None else None
    if isinstance(table, StoredTable) and (is_view or not or_replace):
        raise environment.wrong(f"table {table.name} exists already", name.span)
    if view is not None and not (is_view and or_replace):
        raise environment.wrong(f"view {view.name} exists already", name.span)


def bind_drop(body: tree.DropTree, environment: Environment) -> bound.Drop:
    """Bind DROP: what IF EXISTS lets pass is left out."""
    names: list[str] = []
    kind, other = ("view", "table") if body.is_view else ("table", "view")
    for name in body.names:
        view = environment.catalog.find_view(name.text)
        table = environment.catalog.find_table(name.text) if view is None else None
        found, wrong = (view, table) if body.is_view else (table, view)
        is_stored = body.is_view or isinstance(found, StoredTable)
        if found is not None and is_stored:
            if found.name not in names:
                names.append(found.name)
        elif wrong is not None and (not body.is_view or isinstance(wrong, StoredTable)):
            message = f"{name.text} is a {other}: DROP {other.upper()} removes it"
            raise environment.wrong(message, name.span)
        elif not body.if_exists:
            hint = nearest(name.text, environment.catalog.table_names())
            raise environment.wrong(f"{kind} {name.text} does not exist{hint}", name.span)
    return bound.Drop(tuple(names), body.is_view)


def bind_comment(body: tree.CommentTree, environment: Environment) -> bound.Comment:
    """Bind COMMENT ON."""
    view = environment.catalog.find_view(body.name.text)
    if body.kind == "VIEW" or (body.kind == "TABLE" and view is not None):
        if view is None or body.kind == "TABLE":
            message = f"there is no {body.kind.lower()} {body.name.text}"
            raise environment.wrong(message, body.name.span)
        return bound.Comment(view.name, None, body.text)
    table = known_table(body.name, environment)
    if body.column is None:
        return bound.Comment(table.name, None, body.text)
    return bound.Comment(table.name, _column(body.column, table, environment).name, body.text)


def bind_alter(
    body: tree.AlterTree, environment: Environment, surround: Surround
) -> bound.Statement:
    """Bind ALTER TABLE."""
    if body.if_exists and environment.catalog.find_table(body.table.text) is None:
        return bound.Nothing()
    table = known_table(body.table, environment)
    assert isinstance(table, StoredTable)
    kept = tuple(bound.Check(check.name, check.text) for check in table.checks)
    match body.action:
        case tree.RenameTable(new=new):
            return bound.RenameTable(table.name, new.text)
        case tree.AddColumn():
            return _add_column(body.action, table, kept, surround)
        case tree.AddCheck(check=check):
            made = _checks([check], kept, table.columns, body.table, surround)
            return bound.SetChecks(table.name, made)
        case tree.DropCheck():
            return _drop_check(body.action, table, kept, environment)
        case tree.DropColumn(name=name, if_exists=True):
            if name.text.lower() not in {c.name.lower() for c in table.columns}:
                return bound.Nothing()
    return _alter_column(body, table, kept, environment, surround)


def _alter_column(
    body: tree.AlterTree,
    table: Table,
    kept: tuple[bound.Check, ...],
    environment: Environment,
    surround: Surround,
) -> bound.Statement:
    """Bind an action on a column that the table has."""
    match body.action:
        case tree.RenameColumn(old=old, new=new):
            column = _column(old, table, environment)
            _check_free(new, column, table, environment)
            checks = tuple(replace(c, text=renamed(c.text, column.name, new.text)) for c in kept)
            return bound.RenameColumn(table.name, column.name, new.text, checks)
        case tree.DropColumn(name=name):
            column = _column(name, table, environment)
            if len(table.columns) == 1:
                message = f"{column.name} is the only column of {table.name}"
                raise environment.wrong(message, name.span)
            kept = tuple(c for c in kept if not mentions(c.text, column.name))
            return bound.DropColumn(table.name, column.name, kept)
        case tree.SetDefault(column=name, default=default):
            column = _column(name, table, environment)
            if default is not None:
                definition = bound.Definition(column.name, column.type, column.not_null)
                _check_default(default, definition, body.table, surround)
            text = None if default is None else default.text
            return bound.SetDefault(table.name, column.name, text)
        case tree.SetNotNull(column=name, not_null=not_null):
            column = _column(name, table, environment)
            nulls = _count_nulls(table, column, environment)
            return bound.SetNotNull(table.name, column.name, not_null, nulls)
    assert isinstance(body.action, tree.ChangeType)
    return _change_type(body.action, table, environment, surround)


def _drop_check(
    action: tree.DropCheck, table: Table, kept: tuple[bound.Check, ...], environment: Environment
) -> bound.Statement:
    left = tuple(check for check in kept if check.name.lower() != action.name.text.lower())
    if len(left) < len(kept):
        return bound.SetChecks(table.name, left)
    if action.if_exists:
        return bound.Nothing()
    names = [check.name for check in kept]
    hint = nearest(action.name.text, names) or known_names(names)
    message = f"table {table.name} has no constraint {action.name.text}{hint}"
    raise environment.wrong(message, action.name.span)


def _add_column(
    action: tree.AddColumn, table: Table, kept: tuple[bound.Check, ...], surround: Surround
) -> bound.Statement:
    tree_, definition = action.column, _definition(action.column)
    environment = surround(None if tree_.default is None else tree_.default.query)
    if definition.name.lower() in {c.name.lower() for c in table.columns}:
        if action.if_not_exists:
            return bound.Nothing()
        message = f"table {table.name} has a column {definition.name} already"
        raise environment.wrong(message, tree_.name.span)
    named = _Named(definition.name, definition.type, definition.not_null)
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
    checks = _checks(action.checks, kept, columns, name, surround)
    return bound.AddColumn(table.name, definition, query, checks)


def _plain(column: Column) -> bound.Definition:
    return bound.Definition(column.name, column.type, column.not_null)


def _change_type(
    action: tree.ChangeType, table: Table, environment: Environment, surround: Surround
) -> bound.ChangeType:
    column = _column(action.column, table, environment)
    if action.using is not None:
        environment = surround(action.using.query)
    rows = table_rows(table, environment, numbered=True)
    assert rows.number is not None
    field = next(f for f in rows.fields if f.name == column.name)
    target = _Named(column.name, action.type, column.not_null)
    value: Expression = reference(field)
    place = tree.Name(table.name, action.column.span)
    if action.using is not None:
        node = action.using.query.tree.expressions[0]
        scope = Scope((Source(table.name, rows.fields),))
        value = bind_expression(node, Context(environment, scope, "USING"))
        place = replace(place, span=environment.span(node) or place.span)
    items = [Item(rows.number, reference(rows.number))]
    value = assigned(target, value, place, environment)
    made: Field = environment.field(column.name, action.type, nullable=value.nullable)
    items.append(Item(made, value))
    query = bound.Query(Project(rows.plan, tuple(items)), ("row_number", column.name))
    return bound.ChangeType(table.name, column.name, action.type, query)


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


def _column(name: tree.Name, table: Table, environment: Environment) -> Column:
    known = {column.name.lower(): column for column in table.columns}
    if name.text.lower() not in known:
        names = [column.name for column in table.columns]
        hint = nearest(name.text, names) or known_names(names)
        raise environment.wrong(f"table {table.name} has no column {name.text}{hint}", name.span)
    return known[name.text.lower()]


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
