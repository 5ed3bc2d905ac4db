"""What SHOW, SET, PREPARE, ALTER SYSTEM and their like do; registered with execute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gpudb.devices.device import Device
from gpudb.errors import ProgrammingError
from gpudb.opening import why_no_gpu
from gpudb.result import ListedResult, Result, ResultColumn, listed
from gpudb.schema_statements import execute
from gpudb.session import Execution, Session
from gpudb.settings import SETTINGS
from gpudb.sql import statement as bound
from gpudb.sql.function_list import NAMES as FUNCTION_NAMES
from gpudb.sql.function_list import function_rows
from gpudb.sql.scope import INFORMATION_SCHEMA, MAIN_SCHEMA, nearest
from gpudb.storage.cache import CACHE, CacheUse
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.table import TableVersion
from gpudb.storage.types import BIGINT, TEXT
from gpudb.storage.view import View

if TYPE_CHECKING:
    from gpudb.devices.gpu import GpuDevice
    from gpudb.devices.memory import GpuMemoryUse

__all__ = ["execute"]

MEMORY_NAMES = ("columns", "bytes", "limit_bytes", "hits", "misses", "evictions", "device")
DEVICE_NAMES = ("device", "threads", "name", "memory", "compute_capability", "driver")


@execute.register
def _(statement: bound.ShowList, execution: Execution) -> Result:
    snapshot = execution.session.snapshot()
    match statement.what:
        case "tables":
            rows: Sequence[Sequence[object]] = [
                (t.name, t.row_count, t.stored_bytes) for t in snapshot.tables()
            ]
            return typed(("name", "rows", "bytes"), rows)
        case "views":
            return typed(("name", "query"), [(v.name, v.text) for v in snapshot.views()])
        case "schemas":
            return typed(("name",), [(INFORMATION_SCHEMA,), (MAIN_SCHEMA,)])
    functions = execution.session.functions
    made = [functions[name] for name in sorted(functions)]
    return listed(FUNCTION_NAMES, function_rows(made))


def typed(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Result:
    """Return rows whose columns called rows or bytes are numbers, whether or not there is one."""
    columns = tuple(
        ResultColumn(name, BIGINT if name in ("rows", "bytes") else TEXT, True) for name in names
    )
    return ListedResult(columns, len(rows), rows=rows)


@execute.register
def _(statement: bound.Describe, execution: Execution) -> Result:
    table = execution.session.snapshot().find_table(statement.name)
    rows = []
    for name, type_, nullable in statement.columns:
        column = None if table is None else table.column(name)
        encoding = None if column is None or column.encoding is None else str(column.encoding)
        default = None if column is None else column.default
        comment = None if column is None else column.comment or None
        null = "YES" if nullable else "NO"
        rows.append((name, str(type_), null, default, encoding, comment))
    return typed(("name", "type", "null", "default", "encoding", "comment"), rows)


@execute.register
def _(statement: bound.ShowCreate, execution: Execution) -> Result:
    snapshot = execution.session.snapshot()
    text = create_view_statement(snapshot.view(statement.name)) if statement.is_view else ""
    if not statement.is_view:
        text = create_statement(snapshot.table(statement.name))
    return listed(("statement",), [(text,)])


@execute.register
def _(statement: bound.Show, execution: Execution) -> Result:
    settings = execution.session.settings
    if statement.name == "all":
        return listed(("name", "value", "description"), list(settings.rows()))
    if statement.name == "device":
        return listed(DEVICE_NAMES, [device_row(execution.session)])
    if statement.name == "memory":
        return listed(MEMORY_NAMES, memory_rows(execution.session))
    return listed((statement.name,), [(settings.show(statement.name),)])


@execute.register
def _(statement: bound.ClearMemory, execution: Execution) -> Result:
    device, _ = execution.session.device()
    if statement.place == "cpu":
        CACHE.clear()
    else:
        for gpu in find_gpus(device):
            gpu.memory.clear()
    return Result()


@execute.register
def _(statement: bound.SetSetting, execution: Execution) -> Result:
    execution.session.settings.set(statement.name, statement.value)
    return Result()


@execute.register
def _(statement: bound.ResetSetting, execution: Execution) -> Result:
    names = [s.name for s in SETTINGS] if statement.name is None else [statement.name]
    for name in names:
        execution.session.settings.reset(name)
    return Result()


@execute.register
def _(statement: bound.Prepare, execution: Execution) -> Result:
    known = execution.session.statements
    if statement.name in known:
        raise ProgrammingError(f"{statement.name} is prepared already: DEALLOCATE forgets it")
    known[statement.name] = statement
    return Result()


@execute.register
def _(statement: bound.Deallocate, execution: Execution) -> Result:
    known = execution.session.statements
    if statement.name is None:
        known.clear()
    else:
        del known[prepared(statement.name, execution).name]
    return Result()


def prepared(name: str, execution: Execution) -> bound.Prepare:
    """Return a prepared statement; ProgrammingError offers the nearest name."""
    known = execution.session.statements
    if name not in known:
        raise ProgrammingError(f"no statement {name} is prepared{nearest(name, known)}")
    return known[name]


def find_gpus(device: Device) -> Sequence[GpuDevice]:
    """Return the GPUs of a device, if it is one; what only GPUs need is not loaded for others."""
    if not device.is_shared:
        return ()
    from gpudb.devices.gpu import GpuDevice

    return [part for part in device.parts if isinstance(part, GpuDevice)]


def device_row(session: Session) -> tuple[object, ...]:
    """Return where queries run; for the cpu, the driver's column says why it is no GPU."""
    device, _ = session.device()
    gpus = find_gpus(device)
    if not gpus:
        return (device.name, device.workers, None, None, None, why_no_gpu(session.settings))
    first, info = gpus[0], gpus[0].info
    capability = info.architecture.removeprefix("sm_")
    name = info.name if len(gpus) == 1 else f"{len(gpus)} x {info.name}"
    memory = sum(gpu.info.memory_bytes for gpu in gpus)
    shown = f"{capability[:-1]}.{capability[-1]}"
    return (first.name, first.threads, name, memory, shown, info.driver)


def memory_rows(session: Session) -> list[tuple[object, ...]]:
    """Return what the caches of columns hold: the host's, and each GPU's that is open."""
    device, _ = session.device()
    uses: list[tuple[CacheUse | GpuMemoryUse, str]] = [(CACHE.use(), "cpu")]
    gpus = find_gpus(device)
    for number, gpu in enumerate(gpus):
        uses.append((gpu.memory.use(), gpu.name if len(gpus) == 1 else f"{gpu.name} {number}"))
    return [
        (use.entries, use.bytes, use.limit_bytes, use.hits, use.misses, use.evictions, name)
        for use, name in uses
    ]


def create_statement(table: TableVersion) -> str:
    """Return the statements that make a table like this one, comments too."""
    lines = [f"  {quoted(c.name)} {column_text(c)}" for c in table.columns]
    lines += [f"  CONSTRAINT {quoted(c.name)} CHECK ({c.text})" for c in table.checks]
    body = ",\n".join(lines)
    name = quoted(table.name)
    statements = [f"CREATE TABLE {name} (\n{body}\n) WITH (chunk_rows = {table.chunk_rows});"]
    if table.comment:
        statements.append(f"COMMENT ON TABLE {name} IS {literal(table.comment)};")
    statements += [
        f"COMMENT ON COLUMN {name}.{quoted(c.name)} IS {literal(c.comment)};"
        for c in table.columns
        if c.comment
    ]
    return "\n".join(statements)


def create_view_statement(view: View) -> str:
    """Return the statements that make a view, its comment too."""
    names = ", ".join(quoted(column) for column in view.columns)
    text = f"CREATE VIEW {quoted(view.name)} ({names}) AS {view.text};"
    if not view.comment:
        return text
    return f"{text}\nCOMMENT ON VIEW {quoted(view.name)} IS {literal(view.comment)};"


def column_text(column: ColumnDefinition) -> str:
    """Return a column's type and constraints as DDL."""
    text = str(column.type) + (" NOT NULL" if column.not_null else "")
    text += "" if column.default is None else f" DEFAULT {column.default}"
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


def literal(text: str) -> str:
    """Return a text as SQL writes it."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
