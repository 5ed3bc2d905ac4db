"""What CREATE, ALTER, DROP and COMMENT do; registered with gpudb.statements.execute."""

from __future__ import annotations

from dataclasses import replace

from gpudb import ingest
from gpudb.errors import IntegrityError
from gpudb.result import Result
from gpudb.session import Execution
from gpudb.sql import statement as bound
from gpudb.sql.plan import output_fields
from gpudb.statements import chunk_rows, execute, reported
from gpudb.storage.alter import (
    add_column,
    define_column,
    drop_column,
    rename_column,
    replace_column,
)
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings import EncodingRequest
from gpudb.storage.external.source import SourceColumn
from gpudb.storage.transaction import Transaction
from gpudb.storage.view import Check, View

__all__ = ["execute"]


@execute.register
def _(statement: bound.CreateTable, execution: Execution) -> Result:
    transaction = execution.transaction
    if statement.if_not_exists and transaction.snapshot.find(statement.name) is not None:
        return Result()
    if statement.or_replace:
        replace_relation(statement.name, transaction, is_view=False)
    transaction.create_table(
        statement.name,
        [stored_definition(definition) for definition in statement.definitions],
        chunk_rows(statement.options, execution),
        stored_checks(statement.checks),
    )
    return Result()


@execute.register
def _(statement: bound.CreateTableAs, execution: Execution) -> Result:
    transaction = execution.transaction
    if statement.if_not_exists and transaction.snapshot.find(statement.name) is not None:
        return Result()
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
    if statement.if_not_exists and transaction.snapshot.find(statement.name) is not None:
        return Result()
    if statement.or_replace:
        replace_relation(statement.name, transaction, is_view=True)
    transaction.create_view(
        View(statement.name, statement.text, statement.columns, statement.source_columns)
    )
    return Result()


def replace_relation(name: str, transaction: Transaction, *, is_view: bool) -> None:
    """Remove what OR REPLACE replaces; what is of another kind stays, and is in the way then."""
    if is_view and transaction.snapshot.find_view(name) is not None:
        transaction.drop_view(name)
    if not is_view and transaction.find_table(name) is not None:
        transaction.drop_table(name)


def stored_definition(definition: bound.Definition) -> ColumnDefinition:
    """Return a column as storage knows it."""
    encoding = definition.encoding
    return ColumnDefinition(
        definition.name,
        definition.type,
        definition.not_null,
        None if encoding is None else EncodingRequest(encoding.kind, encoding.bits),
        definition.default,
    )


def stored_checks(checks: tuple[bound.Check, ...]) -> tuple[Check, ...]:
    """Return constraints as storage knows them."""
    return tuple(Check(check.name, check.text) for check in checks)


@execute.register
def _(statement: bound.Drop, execution: Execution) -> Result:
    for name in statement.names:
        if statement.is_view:
            execution.transaction.drop_view(name)
        else:
            execution.transaction.drop_table(name)
    return Result()


@execute.register
def _(_: bound.Nothing, execution: Execution) -> Result:
    return Result()


@execute.register
def _(statement: bound.RenameTable, execution: Execution) -> Result:
    execution.transaction.rename(statement.table, statement.name)
    return Result()


@execute.register
def _(statement: bound.RenameColumn, execution: Execution) -> Result:
    execution.transaction.alter(
        statement.table,
        lambda table, _, version: rename_column(
            table, version, statement.old, statement.new
        ).changed(version, checks=stored_checks(statement.checks)),
    )
    return Result()


@execute.register
def _(statement: bound.AddColumn, execution: Execution) -> Result:
    (value,) = execution.run(statement.value).table().column(0)
    definition = stored_definition(statement.definition)
    execution.transaction.alter(
        statement.table,
        lambda table, store, version: add_column(table, version, store, definition, value).changed(
            version, checks=stored_checks(statement.checks)
        ),
    )
    return Result()


@execute.register
def _(statement: bound.DropColumn, execution: Execution) -> Result:
    execution.transaction.alter(
        statement.table,
        lambda table, _, version: drop_column(table, version, statement.name).changed(
            version, checks=stored_checks(statement.checks)
        ),
    )
    return Result()


@execute.register
def _(statement: bound.ChangeType, execution: Execution) -> Result:
    found = execution.run(statement.query).table()
    rows, values = found.column(0).to_numpy(), found.column(1).combine_chunks()
    old = execution.transaction.table(statement.table).column(statement.name)
    definition = replace(old, type=statement.type, encoding=None)
    execution.transaction.alter(
        statement.table,
        lambda table, store, version: replace_column(
            table, version, store, definition, rows, values
        ),
    )
    return Result()


@execute.register
def _(statement: bound.SetDefault, execution: Execution) -> Result:
    return redefine(statement.table, statement.name, execution, default=statement.default)


@execute.register
def _(statement: bound.SetNotNull, execution: Execution) -> Result:
    if statement.not_null:
        (nulls,) = execution.run(statement.nulls).table().column(0).to_pylist()
        if nulls:
            where = f"table '{statement.table}', column '{statement.name}'"
            raise IntegrityError(f"{where}: {nulls} rows hold NULL, so it cannot be NOT NULL")
    return redefine(statement.table, statement.name, execution, not_null=statement.not_null)


def redefine(table_name: str, column: str, execution: Execution, **changes: object) -> Result:
    """Change what is said of a column, and nothing of its values."""
    old = execution.transaction.table(table_name).column(column)
    definition = replace(old, **changes)  # type: ignore[arg-type]
    execution.transaction.alter(
        table_name, lambda table, _, version: define_column(table, version, definition)
    )
    return Result()


@execute.register
def _(statement: bound.SetChecks, execution: Execution) -> Result:
    checks = stored_checks(statement.checks)
    execution.transaction.alter(
        statement.table, lambda table, _, version: table.changed(version, checks=checks)
    )
    return Result()


@execute.register
def _(statement: bound.Comment, execution: Execution) -> Result:
    transaction = execution.transaction
    view = transaction.snapshot.find_view(statement.relation)
    if view is not None:
        transaction.drop_view(view.name)
        transaction.create_view(replace(view, comment=statement.text))
        return Result()
    if statement.column is not None:
        return redefine(statement.relation, statement.column, execution, comment=statement.text)
    transaction.alter(
        statement.relation,
        lambda table, _, version: table.changed(version, comment=statement.text),
    )
    return Result()
