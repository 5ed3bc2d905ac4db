"""INSERT, UPDATE and DELETE -> the query whose rows say what changes.

UPDATE and DELETE read the table's row numbers besides what their clauses name:

    DELETE FROM t USING u WHERE ...     SELECT number of t's row FROM t, u WHERE ...
    UPDATE t SET a = x FROM u WHERE ... SELECT number of t's row, x FROM t, u WHERE ...
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from gpudb.errors import Error, IntegrityError, ProgrammingError
from gpudb.records import replace
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.bind.attach import attach, filtered
from gpudb.sql.bind.coerce import cast, may_cast
from gpudb.sql.bind.context import Context, Environment, refuse_extras
from gpudb.sql.bind.ctes import with_ctes
from gpudb.sql.bind.dispatch import bind_condition, bind_expression, reference
from gpudb.sql.bind.joins import From
from gpudb.sql.bind.names import known_table, schema_of
from gpudb.sql.bind.places import Places
from gpudb.sql.bind.query import SelectBinder, bind_query
from gpudb.sql.bind.row_values import row_nodes
from gpudb.sql.bind.stored import bind_default
from gpudb.sql.bind.subqueries import bind_row_query
from gpudb.sql.bind.table_rows import named_from, table_rows
from gpudb.sql.bind.tables import Surroundings, bind_source, cross_join, find_table
from gpudb.sql.bind.values import bind_values, refuse_alias
from gpudb.sql.dialect import is_word, plain_name
from gpudb.sql.expr import Expression, Literal, Span
from gpudb.sql.plan import Field, Item, Plan, Project, Values, output_fields
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
from gpudb.storage.names import INFORMATION_SCHEMA

DELETE_PARTS = frozenset({"this", "using", "where", "with_", "returning"})
UPDATE_PARTS = frozenset({"this", "expressions", "from_", "where", "with_", "returning"})
TARGET_PARTS = frozenset({"this", "alias", "db", "catalog"})


def bind_insert(body: tree.InsertTree, environment: Environment) -> bound.Insert:
    """Bind INSERT: the plan gives all of the table's columns, NULL for those left out."""
    table = known_table(body.table, environment)
    targets, plan = _inserted(body, table, environment)
    sources = dict(zip((c.name for c in targets), output_fields(plan), strict=True))
    items = []
    for column in table.columns:
        source = sources.get(column.name)
        value: Expression = (
            _default(column, body.table, environment)
            if source is None
            else assigned(column, reference(source), body.table, environment)
        )
        made = environment.field(column.name, column.type, nullable=value.nullable)
        items.append(Item(made, value))
    names = tuple(column.name for column in table.columns)
    plan = Project(plan, tuple(items))
    if body.returning is None:
        return bound.Insert(table.full_name, names, bound.Query(plan, names))
    inner = replace(environment, places=Places(body.returning.tokens, environment.places.text))
    shown = Source(table.name, output_fields(plan), schema=table.full_name.schema)
    if body.alias is not None:
        shown = Source(body.alias.text, output_fields(plan))
    alone = Surroundings(inner, {}, None, bind_query)
    query, returning = _returned(
        From(plan, Scope((shown,))), output_fields(plan), body.returning.tree.expressions, alone
    )
    return bound.Insert(table.full_name, names, query, returning)


def _inserted(
    body: tree.InsertTree, table: StoredTable, environment: Environment
) -> tuple[list[Column], Plan]:
    """Return the columns that get values, and the rows of these."""
    if isinstance(body.query.tree, exp.Values) and not body.query.tree.expressions:
        return [], Values((), ((),))
    if not body.is_by_name:
        targets = _targets(body.columns, table, environment)
        return targets, _given(body, targets, table, environment)
    relation = bind_query(body.query.tree, Surroundings(environment, {}, None, bind_query))
    named = tuple(tree.Name(name, body.table.span) for name in relation.names)
    targets = _targets(named, table, environment)
    return targets, _given(body, targets, table, environment)


def _returned(
    source: From, kept: Sequence[Field], nodes: list[exp.Expr], surroundings: Surroundings
) -> tuple[bound.Query, tuple[str, ...]]:
    """Return the query of the fields `kept` and then of what RETURNING gives, and its names."""
    environment = surroundings.environment
    select = exp.Select(expressions=nodes)
    output = SelectBinder(select, surroundings, source).bind_rows("RETURNING")
    plan, values = attach(source.plan, [i.expression for i in output.items], environment)
    items = [Item(each, reference(each)) for each in kept]
    items += [replace(i, expression=v) for i, v in zip(output.items, values, strict=True)]
    names = tuple(output.names)
    query = bound.Query(Project(plan, tuple(items)), (*(each.name for each in kept), *names))
    return query, names


def bind_delete(node: exp.Delete, environment: Environment) -> bound.Delete:
    """Bind DELETE FROM table [USING tables] [WHERE condition]."""
    refuse_extras(node, DELETE_PARTS, environment)
    surroundings = with_ctes(node, Surroundings(environment, {}, None, bind_query))
    table, source, number = _target(node.this, surroundings)
    for each in node.args.get("using") or ():
        source = cross_join(source, bind_source(each, surroundings), each, environment)
    plan = _filtered(source, node, surroundings)
    returning = node.args.get("returning")
    if returning is not None:
        found = replace(source, plan=plan)
        query, names = _returned(found, [number], returning.expressions, surroundings)
        return bound.Delete(table.full_name, query, names)
    rows = Project(plan, (Item(number, reference(number)),))
    return bound.Delete(table.full_name, bound.Query(rows, (number.name,)))


def bind_update(node: exp.Update, environment: Environment) -> bound.Update:
    """Bind UPDATE table SET column = value, ... [FROM tables] [WHERE condition]."""
    refuse_extras(node, UPDATE_PARTS, environment)
    surroundings = with_ctes(node, Surroundings(environment, {}, None, bind_query))
    table, source, number = _target(node.this, surroundings)
    clause = node.args.get("from_")
    if clause is not None:
        source = cross_join(
            source, bind_source(clause.this, surroundings), clause.this, environment
        )
    columns, values = _assignments(node, table, source, surroundings)
    plan = _filtered(source, node, surroundings)
    plan, values = attach(plan, values, environment)
    items = [Item(number, reference(number))]
    for column, value in zip(columns, values, strict=True):
        made = environment.field(column.name, column.type, nullable=value.nullable)
        items.append(Item(made, value))
    names = tuple(item.field.name for item in items)
    returning = node.args.get("returning")
    if returning is None:
        query = bound.Query(Project(plan, tuple(items)), names)
        return bound.Update(table.full_name, names[1:], query)
    found = _changed(source, plan, items)
    fields = [item.field for item in items]
    query, shown = _returned(found, fields, returning.expressions, surroundings)
    return bound.Update(table.full_name, names[1:], query, shown)


def _changed(source: From, plan: Plan, items: list[Item]) -> From:
    """Return the rows of UPDATE's table, the first of `source`, with their new values."""
    target, *others = source.scope.sources
    new = {item.field.name: item.field for item in items[1:]}
    taken = {item.field.id for item in items}
    passed = [each for each in output_fields(plan) if each.id not in taken]
    kept = tuple(Item(each, reference(each)) for each in passed)
    shown = replace(target, fields=tuple(new.get(each.name, each) for each in target.fields))
    return From(Project(plan, (*items, *kept)), Scope((shown, *others)))


def _target(node: exp.Expr, surroundings: Surroundings) -> tuple[StoredTable, From, Field]:
    """Return the table to change, its rows, and the field that numbers them."""
    environment = surroundings.environment
    span = environment.span(node)
    is_file = span is not None and environment.places.text[span.begin] == "'"
    if is_file or not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
        raise environment.wrong("only the rows of a table can be changed", node)
    refuse_extras(node, TARGET_PARTS, environment)
    schema = schema_of(node, environment)
    if schema == INFORMATION_SCHEMA:
        raise environment.wrong("information_schema cannot be changed", node)
    if environment.catalog.find_view(plain_name(node.name), schema) is not None:
        raise environment.wrong(f"{node.name} is a view: its rows cannot be changed", node)
    table = find_table(node, environment)
    if not isinstance(table, StoredTable):
        raise environment.wrong("only the rows of a table can be changed", node)
    rows = table_rows(table, environment, numbered=True)
    assert rows.number is not None
    return table, named_from(rows, node, table.full_name), rows.number


def _filtered(source: From, node: exp.Expr, surroundings: Surroundings) -> Plan:
    where = node.args.get("where")
    if where is None:
        return source.plan
    predicate = bind_condition(where.this, surroundings.context(source.scope, "WHERE"))
    return filtered(source.plan, predicate, surroundings.environment)


def _assignments(
    node: exp.Update, table: Table, source: From, surroundings: Surroundings
) -> tuple[list[Column], Sequence[Expression]]:
    """Return the columns that SET names, each once, and the values that they get."""
    environment = surroundings.environment
    context = surroundings.context(source.scope, "SET")
    where = tree.Name(table.name, environment.span(node.this) or Span(0, 0))
    columns: list[Column] = []
    values = []
    for target, value in _pairs(node, context, environment):
        column = _column(_named(target, environment), table, columns, environment)
        columns.append(column)
        if isinstance(value, Expression):
            values.append(assigned(column, value, where, environment))
            continue
        if is_word(value, "DEFAULT"):
            values.append(_default(column, where, environment))
            continue
        given = bind_expression(value, context)
        place = replace(where, span=environment.span(value) or where.span)
        values.append(assigned(column, given, place, environment))
    return columns, values


def _pairs(
    node: exp.Update, context: Context, environment: Environment
) -> list[tuple[exp.Expr, exp.Expr | Expression]]:
    """Return each column that SET names, with its value: (a, b) = (1, 2) are two."""
    found: list[tuple[exp.Expr, exp.Expr | Expression]] = []
    if not node.expressions:
        raise environment.wrong("UPDATE needs SET column = value", node.this)
    for each in node.expressions:
        if not isinstance(each, exp.EQ):
            raise environment.wrong("SET takes column = value, ...", each)
        left, right = each.this, each.expression
        if not isinstance(left, exp.Tuple | exp.Paren):
            found.append((left, right))
            continue
        targets = left.expressions if isinstance(left, exp.Tuple) else [left.this]
        values: Sequence[exp.Expr | Expression] = row_nodes(right) or [right]
        if isinstance(right, exp.Subquery):
            values = bind_row_query(right, context)
        if len(targets) != len(values):
            message = f"{len(targets)} columns take as many values, not {len(values)}"
            raise environment.wrong(message, each)
        found += zip(targets, values, strict=True)
    return found


def _named(node: exp.Expr, environment: Environment) -> tree.Name:
    if not isinstance(node, exp.Column) or node.table:
        raise environment.wrong("SET takes the bare name of a column", node)
    return tree.Name(plain_name(node.name), environment.span(node) or Span(0, 0))


def _default(column: Column, where: tree.Name, environment: Environment) -> Expression:
    """Return what a column gets that is given no value: `where` is the table's name."""
    if not isinstance(column, StoredColumn) or column.default is None:
        return Literal(type=column.type, nullable=True, value=None)
    value = bind_default(column.default, environment, column.name)
    return assigned(column, value, where, environment)


def _given(
    body: tree.InsertTree, targets: list[Column], table: StoredTable, environment: Environment
) -> Plan:
    """Return the rows to insert, with a field for each of the target columns."""
    surroundings = Surroundings(environment, {}, None, bind_query)
    node = body.query.tree

    def cell(value: exp.Expr, place: int, context: Context) -> Expression:
        if place >= len(targets):
            raise _wrong_width(place + 1, targets, body.table, environment)
        if is_word(value, "DEFAULT"):
            return _default(targets[place], body.table, environment)
        target, span = targets[place], environment.span(value) or body.table.span
        given = assigned(target, bind_expression(value, context), body.table, environment)
        if target.not_null and isinstance(given, Literal) and given.value is None:
            where = f"table '{table.full_name}', column '{target.name}'"
            error = IntegrityError(f"{where}: NULL in a column that is NOT NULL")
            raise environment.place(error, span)
        return given

    is_plain = isinstance(node, exp.Values) and not any(
        node.args.get(part) for part in ("with_", "order", "limit", "offset")
    )
    if is_plain:
        assert isinstance(node, exp.Values)
        refuse_alias(node, environment)
        plan = bind_values(node, surroundings, cell).plan
    else:
        plan = bind_query(node, surroundings).plan
    given = len(output_fields(plan))
    if given != len(targets):
        raise _wrong_width(given, targets, body.table, environment)
    if is_plain or not isinstance(plan, Project):
        return plan
    items = []
    for column, item in zip(targets, plan.items, strict=True):
        value = assigned(column, item.expression, body.table, environment)
        field = environment.field(column.name, column.type, nullable=value.nullable)
        items.append(Item(field, value))
    return Project(plan.input, tuple(items))


def _wrong_width(
    given: int, targets: list[Column], table: tree.Name, environment: Environment
) -> Error:
    message = f"{table.text} takes {len(targets)} values here, but the query gives {given}"
    return environment.wrong(message, table.span)


def assigned(
    column: Column, value: Expression, where: tree.Name, environment: Environment
) -> Expression:
    """Cast a value to a column's type, as assignment may: texts only where literal.

    `where` is the table's name, at the place of errors that have none of their own.
    """
    is_text = value.type.is_text and not isinstance(value, Literal)
    if not may_cast(value.type, column.type) or (is_text and not column.type.is_text):
        message = f"column {column.name} of {where.text} is {column.type}, not {value.type}"
        raise environment.wrong(f"{message}; write CAST(... AS {column.type})", where.span)
    try:
        return cast(value, column.type)
    except Error as error:
        error.message = f"column {column.name} of {where.text}: {error.message}"
        raise environment.place(error, value.span or where.span) from None


def bind_truncate(body: tree.TruncateTree, environment: Environment) -> bound.Truncate:
    """Bind TRUNCATE."""
    return bound.Truncate(tuple(known_table(t, environment).full_name for t in body.tables))


def bind_copy_from(body: tree.CopyFromTree, environment: Environment) -> bound.CopyFrom:
    """Bind COPY table FROM."""
    table = known_table(body.table, environment)
    columns = tuple(c.name for c in _targets(body.columns, table, environment))
    given = columns if body.columns else ()
    return bound.CopyFrom(table.full_name, given, body.path, body.options)


def _targets(names: tuple[tree.Name, ...], table: Table, environment: Environment) -> list[Column]:
    found: list[Column] = []
    for name in names:
        found.append(_column(name, table, found, environment))
    return found or list(table.columns)


def _column(
    name: tree.Name, table: Table, taken: Sequence[Column], environment: Environment
) -> Column:
    """Return the column that a statement gives values to, which none of `taken` may be."""
    known = {column.name.lower(): column for column in table.columns}
    column = known.get(name.text.lower())
    if column is None:
        names = [c.name for c in table.columns]
        hint = nearest(name.text, names) or known_names(names)
        message = f"table {table.name} has no column {name.text}{hint}"
        raise environment.place(ProgrammingError(message), name.span)
    if column in taken:
        raise environment.wrong(f"column {name.text} is given twice", name.span)
    return column
