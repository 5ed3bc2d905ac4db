"""What each kind of statement does.

One function a kind, given the bound statement and its execution.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import singledispatch

import pyarrow as pa

from gpudb import export, ingest
from gpudb.constraints import default_values
from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.profile import analyze_text, code_text
from gpudb.result import Result, listed
from gpudb.row_changes import row_changes
from gpudb.session import Execution
from gpudb.sql import statement as bound
from gpudb.sql.explain import explain
from gpudb.sql.plan import output_fields
from gpudb.storage.arrow import arrow_type
from gpudb.storage.table import TableVersion


@singledispatch
def execute(statement: object, execution: Execution) -> Result:
    """Run a bound statement."""
    raise AssertionError(f"no such statement: {statement!r}")


@execute.register
def _(statement: bound.Query, execution: Execution) -> Result:
    return execution.run(statement)


@execute.register
def _(statement: bound.Insert, execution: Execution) -> Result:
    transaction = execution.transaction
    schema = table_schema(transaction.table(statement.table))
    if statement.returning:
        answer = execution.run(statement.query)
        width = len(statement.columns)
        batches: Iterable[pa.RecordBatch] = (
            pa.RecordBatch.from_arrays(batch.columns[:width], schema=schema)
            for batch in answer.batches()
        )
        transaction.append(statement.table, batches)
        return answer.behind(width)
    # A stream over the table itself reads the snapshot from before the statement.
    batches = reported(execution.stream(statement.query), execution, statement.query)
    return Result(row_count=transaction.append(statement.table, renamed(batches, schema)))


@execute.register
def _(statement: bound.Delete, execution: Execution) -> Result:
    answer = execution.run(statement.query)
    changes = row_changes(answer.table(), str(statement.table), 0)
    execution.transaction.delete(statement.table, changes.rows)
    if statement.returning:
        return answer.behind(1, changes.first)
    return Result(row_count=len(changes.rows))


@execute.register
def _(statement: bound.Update, execution: Execution) -> Result:
    answer, width = execution.run(statement.query), len(statement.columns)
    changes = row_changes(answer.table(), str(statement.table), width)
    execution.transaction.update(statement.table, changes.rows, changes.columns)
    if statement.returning:
        return answer.behind(1 + width, changes.first)
    return Result(row_count=len(changes.rows))


@execute.register
def _(statement: bound.Truncate, execution: Execution) -> Result:
    rows = 0
    for table in statement.tables:
        rows += execution.transaction.table(table).row_count
        execution.transaction.truncate(table)
    return Result(row_count=rows)


@execute.register
def _(statement: bound.CopyFrom, execution: Execution) -> Result:
    rows = ingest.copy_from(
        execution.transaction,
        statement.table,
        statement.path,
        statement.options,
        statement.columns,
        on_progress=execution.on_progress,
        defaults=default_values(execution.transaction.table(statement.table), execution),
    )
    return Result(row_count=rows)


@execute.register
def _(statement: bound.CopyTo, execution: Execution) -> Result:
    fields = output_fields(statement.query.plan)
    names = statement.query.names
    schema = pa.schema(
        [pa.field(name, arrow_type(f.type)) for name, f in zip(names, fields, strict=True)]
    )
    batches = renamed(
        reported(execution.stream(statement.query), execution, statement.query), schema
    )
    rows = export.copy_to(batches, schema, statement.path, statement.options, execution.cancel)
    return Result(row_count=rows)


@execute.register
def _(_: bound.Begin, execution: Execution) -> Result:
    execution.session.begin()
    return Result()


@execute.register
def _(_: bound.Commit, execution: Execution) -> Result:
    check_transaction("COMMIT", execution)
    execution.session.commit(execution.cancel)
    return Result()


@execute.register
def _(_: bound.Rollback, execution: Execution) -> Result:
    check_transaction("ROLLBACK", execution)
    execution.session.rollback()
    return Result()


@execute.register
def _(statement: bound.SetSavepoint, execution: Execution) -> Result:
    execution.session.open_transaction("SAVEPOINT").set_savepoint(statement.name)
    return Result()


@execute.register
def _(statement: bound.ReturnTo, execution: Execution) -> Result:
    execution.session.open_transaction("ROLLBACK TO").return_to(statement.name)
    return Result()


@execute.register
def _(statement: bound.Release, execution: Execution) -> Result:
    execution.session.open_transaction("RELEASE").release(statement.name)
    return Result()


def check_transaction(statement: str, execution: Execution) -> None:
    """Raise ProgrammingError where no transaction is open for the statement to end."""
    session = execution.session
    if not session.in_transaction and session.autocommit:
        raise ProgrammingError(f"{statement}: no transaction is open; BEGIN begins one")


@execute.register
def _(statement: bound.Explain, execution: Execution) -> Result:
    query = explained_query(statement.statement)
    if statement.form is bound.ExplainForm.PLAN:
        text = "\n".join([explain(execution.optimized(query)), *execution.group_lines(query)])
    else:
        profile = execution.run(query).profile
        is_code = statement.form is bound.ExplainForm.CODE
        text = code_text(profile) if is_code else analyze_text(profile)
    return listed(("plan",), [(line,) for line in text.splitlines()])


def explained_query(statement: object) -> bound.Query:
    """Return the query to explain; other statements are not supported."""
    if isinstance(statement, bound.Query):
        return statement
    if isinstance(statement, bound.CreateTableAs | bound.Insert | bound.CopyTo):
        return statement.query
    raise NotSupportedError("EXPLAIN takes a SELECT, or a statement with one")


def chunk_rows(options: Mapping[str, object], execution: Execution) -> int:
    """Return the rows of a chunk that WITH (chunk_rows = n).

    Or OmniSci's fragment_size, asks for.
    """
    asked = options.get("chunk_rows", options.get("fragment_size"))
    return int(str(asked if asked is not None else execution.session.settings.get("chunk_rows")))


def table_schema(table: TableVersion) -> pa.Schema:
    """Return the Arrow schema of a table's rows."""
    return pa.schema([pa.field(c.name, arrow_type(c.type)) for c in table.columns])


def renamed(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield batches under the names of `schema`."""
    for batch in batches:
        yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def reported(
    batches: Iterable[pa.RecordBatch], execution: Execution, query: bound.Query
) -> Iterator[pa.RecordBatch]:
    """Yield batches, and tell the execution's progress how many rows and bytes have passed."""
    report, total = execution.on_progress, execution.expected_rows(query)
    rows = size_bytes = 0
    for batch in batches:
        yield batch
        rows += batch.num_rows
        size_bytes += batch.nbytes
        if report is not None:
            report(rows, total, size_bytes, None)
