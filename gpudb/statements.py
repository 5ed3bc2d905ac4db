"""What each kind of statement does: one function a kind, given the bound statement and its execution."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import singledispatch

import pyarrow as pa

from gpudb import export, ingest
from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.profile import analyze_text, code_text
from gpudb.result import Result, listed
from gpudb.session import Execution
from gpudb.sql import statement as bound
from gpudb.sql.explain import explain
from gpudb.sql.optimize import optimize
from gpudb.sql.plan import Field, output_fields
from gpudb.storage.arrow import arrow_type
from gpudb.storage.cache import CACHE
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings import EncodingRequest
from gpudb.storage.table import TableVersion
from gpudb.storage.types import INTEGER, MAX_STORED_DECIMAL_PRECISION, Kind, SqlType, decimal

MEMORY_NAMES = ("columns", "bytes", "limit_bytes", "hits", "misses", "evictions")


@singledispatch
def execute(statement: object, execution: Execution) -> Result:
    """Run a bound statement."""
    raise AssertionError(f"no such statement: {statement!r}")


@execute.register
def _(statement: bound.Query, execution: Execution) -> Result:
    return execution.run(statement)


@execute.register
def _(statement: bound.CreateTable, execution: Execution) -> Result:
    database = execution.session.database
    if statement.if_not_exists and database.find_table(statement.name) is not None:
        return Result()
    definitions = [
        ColumnDefinition(
            d.name,
            d.type,
            d.not_null,
            None if d.encoding is None else EncodingRequest(d.encoding.kind, d.encoding.bits),
        )
        for d in statement.definitions
    ]
    with database.begin() as transaction:
        transaction.create_table(
            statement.name, definitions, chunk_rows(statement.options, execution)
        )
    return Result()


@execute.register
def _(statement: bound.CreateTableAs, execution: Execution) -> Result:
    database = execution.session.database
    if statement.if_not_exists and database.find_table(statement.name) is not None:
        return Result()
    fields = output_fields(statement.query.plan)
    definitions = [
        ColumnDefinition(name, storable(f))
        for name, f in zip(statement.query.names, fields, strict=True)
    ]
    rows_per_chunk = chunk_rows(statement.options, execution)
    with database.begin() as transaction:
        transaction.create_table(statement.name, definitions, rows_per_chunk)
        batches = fitting(execution.stream(statement.query), definitions)
        rows = transaction.append(statement.name, batches, progress(execution, statement.query))
    return Result(row_count=rows)


@execute.register
def _(statement: bound.DropTable, execution: Execution) -> Result:
    database = execution.session.database
    if statement.if_exists and database.find_table(statement.name) is None:
        return Result()
    with database.begin() as transaction:
        transaction.drop_table(statement.name)
    return Result()


@execute.register
def _(statement: bound.Insert, execution: Execution) -> Result:
    database = execution.session.database
    table = database.table(statement.table)
    # The rows are computed before the transaction begins: they may come from the table itself.
    batches = fitting(execution.stream(statement.query), table.columns)
    with database.begin() as transaction:
        rows = transaction.append(statement.table, batches, progress(execution, statement.query))
    return Result(row_count=rows)


@execute.register
def _(statement: bound.CopyFrom, execution: Execution) -> Result:
    with execution.session.database.begin() as transaction:
        rows = ingest.copy_from(
            transaction,
            statement.table,
            statement.path,
            statement.options,
            on_progress=execution.on_progress,
        )
    return Result(row_count=rows)


@execute.register
def _(statement: bound.CopyTo, execution: Execution) -> Result:
    fields = output_fields(statement.query.plan)
    names = statement.query.names
    schema = pa.schema(
        [pa.field(name, arrow_type(f.type)) for name, f in zip(names, fields, strict=True)]
    )
    batches = counted = Counted(renamed(execution.stream(statement.query), schema))
    export.copy_to(batches, schema, statement.path, statement.options)
    return Result(row_count=counted.rows)


@execute.register
def _(_: bound.ShowTables, execution: Execution) -> Result:
    tables = execution.session.database.tables()
    return listed(
        ("name", "rows", "bytes"), [(t.name, t.row_count, t.stored_bytes) for t in tables]
    )


@execute.register
def _(statement: bound.ShowCreateTable, execution: Execution) -> Result:
    table = execution.session.database.table(statement.name)
    return listed(("statement",), [(create_statement(table),)])


@execute.register
def _(statement: bound.Show, execution: Execution) -> Result:
    settings = execution.session.settings
    if statement.name == "all":
        return listed(("name", "value", "description"), list(settings.rows()))
    if statement.name == "device":
        device, _ = execution.session.device()
        return listed(("device", "threads"), [(device.name, device.workers)])
    if statement.name == "memory":
        return listed(MEMORY_NAMES, [memory_row()])
    return listed((statement.name,), [(settings.show(statement.name),)])


@execute.register
def _(statement: bound.SetSetting, execution: Execution) -> Result:
    execution.session.settings.set(statement.name, statement.value)
    return Result()


@execute.register
def _(statement: bound.Explain, execution: Execution) -> Result:
    query = explained_query(statement.statement)
    if statement.form is bound.ExplainForm.PLAN:
        text = explain(optimize(query.plan))
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


def memory_row() -> tuple[int, ...]:
    """Return what the cache of decoded columns holds."""
    from gpudb.storage.cache import CACHE

    return ("columns", CACHE.used_bytes, int(execution.session.settings.get("memory_limit")))


def chunk_rows(options: Mapping[str, object], execution: Execution) -> int:
    """Return the rows of a chunk that WITH (chunk_rows = n), or OmniSci's fragment_size, asks for."""
    asked = options.get("chunk_rows", options.get("fragment_size"))
    return int(str(asked if asked is not None else execution.session.settings.get("chunk_rows")))


def storable(field: Field) -> SqlType:
    """Return the type in which a query's column is stored."""
    if field.type.kind is Kind.NULL:
        return INTEGER
    if field.type.is_interval:
        raise ProgrammingError(f"column {field.name} is of type {field.type}, which no table holds")
    if field.type.kind is Kind.DECIMAL and field.type.precision > MAX_STORED_DECIMAL_PRECISION:
        return decimal(
            MAX_STORED_DECIMAL_PRECISION, min(field.type.scale, MAX_STORED_DECIMAL_PRECISION)
        )
    return field.type


def fitting(
    batches: Iterable[pa.RecordBatch], columns: Sequence[ColumnDefinition]
) -> Iterator[pa.RecordBatch]:
    """Yield batches in the types and names of `columns`; DataError where a value does not fit."""
    schema = pa.schema([pa.field(c.name, arrow_type(c.type)) for c in columns])
    for batch in batches:
        if batch.schema.types == schema.types:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
            continue
        yield ingest.fit_batch(batch, columns)


def renamed(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield batches under the names of `schema`."""
    for batch in batches:
        yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


class Counted:
    """Batches whose rows are counted as they pass."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self.rows = 0
        self._batches = batches

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            self.rows += batch.num_rows
            yield batch


def progress(execution: Execution, query: bound.Query) -> Callable[[int, int], None] | None:
    """Return what to call while rows are appended: rows and bytes so far, and the rows in all."""
    report = execution.on_progress
    if report is None:
        return None
    total = execution.expected_rows(query)
    return lambda rows, done_bytes: report(rows, total, done_bytes, None)


def create_statement(table: TableVersion) -> str:
    """Return the CREATE TABLE statement that makes a table like this one."""
    lines = [f"  {quoted(c.name)} {column_text(c)}" for c in table.columns]
    body = ",\n".join(lines)
    return f"CREATE TABLE {quoted(table.name)} (\n{body}\n) WITH (chunk_rows = {table.chunk_rows});"


def column_text(column: ColumnDefinition) -> str:
    """Return a column's type and constraints as DDL."""
    text = str(column.type) + (" NOT NULL" if column.not_null else "")
    if column.encoding is None:
        return text
    bits = f"({column.encoding.bits})" if column.encoding.bits else ""
    return f"{text} ENCODING {column.encoding.kind}{bits}"


def quoted(name: str) -> str:
    """Return a name as SQL writes it: in quotes unless it is a plain word."""
    if name.isidentifier() and name.isascii():
        return name
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
