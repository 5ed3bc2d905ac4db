"""What CREATE, ALTER, DROP and COMMENT do; registered with gpudb.statements.execute."""

from __future__ import annotations

import pyarrow as pa

from gpudb import ingest
from gpudb.constraints import shown_value
from gpudb.errors import DataError, IntegrityError
from gpudb.records import replace
from gpudb.result import Result
from gpudb.session import Execution
from gpudb.sql import statement as bound
from gpudb.sql.definition import Definition
from gpudb.sql.numbered import numbered_between
from gpudb.sql.plan import output_fields
from gpudb.statements import chunk_rows, execute, reported
from gpudb.storage.alter import AlteredColumn, altered, define_column
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings import EncodingRequest
from gpudb.storage.external.source import SourceColumn
from gpudb.storage.names import RelationName
from gpudb.storage.table import TableVersion
from gpudb.storage.transaction import Transaction
from gpudb.storage.view import View

__all__ = ["execute"]


@execute.register
def _(statement: bound.CreateTable, execution: Execution) -> Result:
    transaction = execution.transaction
    if statement.or_replace:
        replace_relation(statement.name, transaction, is_view=False)
    transaction.create_table(
        statement.name,
        [stored_definition(definition) for definition in statement.definitions],
        chunk_rows(statement.options, execution),
        statement.checks,
    )
    return Result()


@execute.register
def _(statement: bound.CreateTableAs, execution: Execution) -> Result:
    transaction = execution.transaction
    columns = tuple(
        SourceColumn(name, f.type)
        for name, f in zip(statement.query.names, output_fields(statement.query.plan), strict=True)
    )
    # The query may read the table that it replaces.
    batches = execution.stream(statement.query, keep_dictionaries=True)
    if statement.or_replace:
        replace_relation(statement.name, transaction, is_view=False)
    rows = ingest.create_table_as(
        transaction,
        statement.name,
        columns,
        reported(batches, execution, statement.query),
        chunk_rows(statement.options, execution),
    )
    return Result(row_count=rows)


@execute.register
def _(statement: bound.CreateView, execution: Execution) -> Result:
    transaction = execution.transaction
    if statement.or_replace:
        replace_relation(statement.name, transaction, is_view=True)
    transaction.create_view(
        View(
            statement.name.name,
            statement.text,
            statement.columns,
            statement.source_columns,
            schema=statement.name.schema,
            path=statement.path,
        )
    )
    return Result()


def replace_relation(name: RelationName, transaction: Transaction, *, is_view: bool) -> None:
    """Remove what OR REPLACE replaces; what is of another kind stays, and is in the way then."""
    if is_view and transaction.snapshot.find_view(name) is not None:
        transaction.drop_view(name)
    if not is_view and transaction.find_table(name) is not None:
        transaction.drop_table(name)


def stored_definition(definition: Definition) -> ColumnDefinition:
    """Return a column as storage knows it."""
    encoding = definition.encoding
    return ColumnDefinition(
        definition.name,
        definition.type,
        definition.not_null,
        None if encoding is None else EncodingRequest(encoding.kind, encoding.bits),
        definition.default,
    )


@execute.register
def _(statement: bound.Drop, execution: Execution) -> Result:
    for name in statement.names:
        if statement.is_view:
            execution.transaction.drop_view(name)
        else:
            execution.transaction.drop_table(name)
    return Result()


@execute.register
def _(statement: bound.CreateSchema, execution: Execution) -> Result:
    execution.transaction.create_schema(statement.name)
    return Result()


@execute.register
def _(statement: bound.DropSchemas, execution: Execution) -> Result:
    for name in statement.names:
        execution.transaction.drop_schema(name)
    return Result()


@execute.register
def _(_: bound.Nothing, execution: Execution) -> Result:
    return Result()


@execute.register
def _(statement: bound.AlterTable, execution: Execution) -> Result:
    for each in statement.nulls:
        (nulls,) = execution.run(each.query).table().column(0).to_pylist()
        if nulls:
            where = f"table '{statement.table}', column '{each.column}'"
            message = f"{where}: {nulls} rows hold NULL, so it cannot be NOT NULL"
            raise IntegrityError(message, begin=each.span.begin, end=each.span.end)
    transaction = execution.transaction
    table = transaction.table(statement.table)
    columns = [altered_column(column, table, execution) for column in statement.columns]
    transaction.alter(
        statement.table,
        lambda table, store, version: altered(table, version, store, columns, statement.checks),
    )
    if statement.name != statement.table:
        transaction.rename(statement.table, statement.name)
    return Result()


def altered_column(
    column: bound.AlteredColumn, table: TableVersion, execution: Execution
) -> AlteredColumn:
    """Return a column as storage shall make it of what the table has."""
    if column.source is None:
        assert column.values is not None
        (value,) = execution.run(column.values).table().column(0)
        return AlteredColumn(stored_definition(column.definition), None, value)
    given, old = column.definition, table.column(column.source)
    definition = replace(
        old,
        name=given.name,
        type=given.type,
        not_null=given.not_null,
        default=given.default,
        encoding=old.encoding if given.type == old.type else None,
    )
    if column.values is None:
        return AlteredColumn(definition, column.source)
    found = changed_values(column, table, execution)
    rows, values = found.column(0).to_numpy(), found.column(1).combine_chunks()
    return AlteredColumn(definition, column.source, rows=rows, values=values)


def changed_values(
    column: bound.AlteredColumn, table: TableVersion, execution: Execution
) -> pa.Table:
    """Return the rows' numbers and new values; DataError names the first row that fails."""
    assert column.values is not None and column.old is not None
    try:
        return execution.run(column.values).table()
    except DataError as error:
        row, first = first_failure(column.values, table.first_rows[-1], error, execution)
        old = execution.run(numbered_between(column.old, row, row + 1)).table().column(1)
        where = f"table '{table.full_name}', column '{column.source}', row {row + 1}"
        first.message = f"{where} holds {shown_value(old[0].as_py())}: {first.message}"
        raise first from error.__cause__


def first_failure(
    query: bound.Query, rows: int, error: DataError, execution: Execution
) -> tuple[int, DataError]:
    """Return the number of the first row for which a query fails, and how; by halves of halves.

    `rows` is how many there are, `error` what the query raised over all of them.
    """
    begin, end = 0, rows
    while end - begin > 1:
        middle = (begin + end) // 2
        try:
            execution.run(numbered_between(query, begin, middle))
            begin = middle
        except DataError as earlier:
            error, end = earlier, middle
    return begin, error


def redefine(
    table_name: RelationName, column: str, execution: Execution, **changes: object
) -> Result:
    """Change what is said of a column, and nothing of its values."""
    old = execution.transaction.table(table_name).column(column)
    definition = replace(old, **changes)  # type: ignore[arg-type]
    execution.transaction.alter(
        table_name, lambda table, _, version: define_column(table, version, definition)
    )
    return Result()


@execute.register
def _(statement: bound.AlterView, execution: Execution) -> Result:
    view = execution.transaction.snapshot.view(statement.view)
    name, schema = statement.name.name, statement.name.schema
    changed = replace(view, name=name, schema=schema, columns=statement.columns)
    execution.transaction.replace_view(view.full_name, changed)
    return Result()


@execute.register
def _(statement: bound.Comment, execution: Execution) -> Result:
    transaction = execution.transaction
    view = transaction.snapshot.find_view(statement.relation)
    if view is not None:
        if statement.column is None:
            view = replace(view, comment=statement.text)
        else:
            view = view.commented(statement.column, statement.text)
        transaction.replace_view(view.full_name, view)
        return Result()
    if statement.column is not None:
        return redefine(statement.relation, statement.column, execution, comment=statement.text)
    transaction.alter(
        statement.relation,
        lambda table, _, version: table.changed(version, comment=statement.text),
    )
    return Result()
