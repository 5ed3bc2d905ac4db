"""What SHOW, SET, PREPARE, ALTER SYSTEM and their like do; registered with execute."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from gpudb.devices.device import Device
from gpudb.errors import ProgrammingError
from gpudb.information_schema import schema_names
from gpudb.name_lists import joined_names, quoted
from gpudb.opening import why_no_gpu
from gpudb.result import ListedResult, Result, ResultColumn, listed
from gpudb.schema_statements import execute
from gpudb.session import Execution, Session
from gpudb.settings import SETTINGS
from gpudb.sql import statement as bound
from gpudb.sql.function_list import NAMES as FUNCTION_NAMES
from gpudb.sql.function_list import function_rows
from gpudb.sql.scope import DATABASE, nearest
from gpudb.storage.cache import CACHE, CacheUse
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.names import MAIN_SCHEMA
from gpudb.storage.snapshot import Relation
from gpudb.storage.table import TableVersion
from gpudb.storage.types import BIGINT, TEXT
from gpudb.storage.view import View

if TYPE_CHECKING:
    from gpudb.devices.gpu import GpuDevice
    from gpudb.devices.memory_use import GpuMemoryUse

__all__ = ["execute"]

Rows = Sequence[Sequence[object]]
AnyRelation = TypeVar("AnyRelation", bound=Relation)
# What programs ask PostgreSQL for, and is the same in every session.
FIXED: dict[str, Callable[[], str]] = {
    "timezone": lambda: "UTC",
    "transaction_isolation": lambda: "snapshot",
    "server_version": lambda: importlib.metadata.version("gpudb-engine"),
    "server_encoding": lambda: "UTF8",
    "client_encoding": lambda: "UTF8",
    "datestyle": lambda: "ISO, YMD",
    "standard_conforming_strings": lambda: "on",
}
MEMORY_NAMES = ("columns", "bytes", "limit_bytes", "hits", "misses", "evictions", "device")
DEVICE_NAMES = ("device", "threads", "name", "memory", "compute_capability", "driver")


@execute.register
def _(statement: bound.ShowList, execution: Execution) -> Result:
    names, make = LISTS[statement.what]
    rows = make(statement, execution.session)
    if statement.pattern is not None:
        fits = like(statement.pattern)
        rows = [row for row in rows if fits.fullmatch(str(row[0]))]
    return typed(names, rows)


def like(pattern: str) -> re.Pattern[str]:
    """Return a pattern of LIKE as a regular expression."""
    parts = [{"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in pattern]
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def chosen(statement: bound.ShowList, relations: Sequence[AnyRelation]) -> list[AnyRelation]:
    """Return the relations of the schema, or of the names, that a statement asks for."""
    keys = {name.key for name in statement.names}
    return [
        relation
        for relation in relations
        if statement.schema in (None, relation.schema)
        and (not keys or relation.full_name.key in keys)
    ]


def list_tables(statement: bound.ShowList, session: Session) -> Rows:
    """SHOW TABLES."""
    found = chosen(statement, session.snapshot().tables())
    return [(shown_name(t), t.row_count, t.stored_bytes) for t in found]


def list_views(statement: bound.ShowList, session: Session) -> Rows:
    """SHOW VIEWS."""
    return [(shown_name(v), v.text) for v in chosen(statement, session.snapshot().views())]


def list_relations(statement: bound.ShowList, session: Session) -> Rows:
    """SHOW ALL TABLES: tables and views with their columns."""
    rows = []
    for relation in chosen(statement, session.snapshot().relations()):
        if isinstance(relation, TableVersion):
            kind, columns = "table", [column.name for column in relation.columns]
        else:
            kind, columns = "view", list(relation.columns)
        own = "yes" if relation.full_name.is_temporary else "no"
        rows.append((relation.name, relation.schema, kind, joined_names(columns), own))
    return rows


def list_details(statement: bound.ShowList, session: Session) -> Rows:
    """SHOW TABLE DETAILS: what OmniSci tells of its tables, as far as it is there."""
    return [
        (
            shown_name(t),
            len(t.columns),
            t.row_count,
            t.deleted_rows,
            len(t.chunks),
            t.chunk_rows,
            t.stored_bytes,
        )
        for t in chosen(statement, session.snapshot().tables())
    ]


def list_schemas(_: bound.ShowList, session: Session) -> Rows:
    """SHOW SCHEMAS."""
    return [(name,) for name in schema_names(session.snapshot())]


def list_databases(_: bound.ShowList, session: Session) -> Rows:
    """SHOW DATABASES: there is one in a connection."""
    path = session.database.path
    return [(DATABASE, "in memory" if path is None else str(path))]


def list_functions(_: bound.ShowList, session: Session) -> Rows:
    """SHOW FUNCTIONS."""
    functions = session.functions
    return function_rows([functions[name] for name in sorted(functions)])


# The columns of each list of SHOW, and what makes its rows.
LISTS: dict[str, tuple[tuple[str, ...], Callable[[bound.ShowList, Session], Rows]]] = {
    "tables": (("name", "rows", "bytes"), list_tables),
    "views": (("name", "query"), list_views),
    "relations": (("name", "schema", "kind", "columns", "temporary"), list_relations),
    "details": (
        ("name", "column_count", "rows", "deleted_rows", "chunks", "chunk_rows", "bytes"),
        list_details,
    ),
    "schemas": (("name",), list_schemas),
    "databases": (("name", "path"), list_databases),
    "functions": (FUNCTION_NAMES, list_functions),
}
NUMBERS = frozenset({"rows", "bytes", "column_count", "deleted_rows", "chunks", "chunk_rows"})


def shown_name(relation: Relation) -> str:
    """Return a relation's name as a statement may write it: with its schema, but for main."""
    return relation.name if relation.schema == MAIN_SCHEMA else str(relation.full_name)


def typed(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Result:
    """Return rows whose columns in NUMBERS are numbers, whether or not there is a row."""
    columns = tuple(ResultColumn(name, BIGINT if name in NUMBERS else TEXT, True) for name in names)
    return ListedResult(columns, len(rows), rows=rows)


@execute.register
def _(statement: bound.Describe, execution: Execution) -> Result:
    of, snapshot = statement.name, execution.session.snapshot()
    view = None if of is None else snapshot.find_view(of)
    table = None if of is None or view is not None else snapshot.find_table(of)
    rows = []
    for name, type_, nullable in statement.columns:
        column = None if table is None else table.column(name)
        encoding = None if column is None or column.encoding is None else str(column.encoding)
        default = None if column is None else column.default
        comment = "" if column is None else column.comment
        comment = comment if view is None else view.column_comment(name)
        null = "YES" if nullable else "NO"
        rows.append((name, str(type_), null, default, encoding, comment or None))
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
    if statement.name in FIXED:
        return listed((statement.name,), [(FIXED[statement.name](),)])
    if statement.name in ("all", "settings"):
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
    name = made_name(table)
    kind = "TEMPORARY TABLE" if table.full_name.is_temporary else "TABLE"
    statements = [f"CREATE {kind} {name} (\n{body}\n) WITH (chunk_rows = {table.chunk_rows});"]
    if table.comment:
        statements.append(f"COMMENT ON TABLE {name} IS {literal(table.comment)};")
    comments = column_comments(name, [(c.name, c.comment) for c in table.columns])
    return "\n".join((*statements, *comments))


def column_comments(relation: str, columns: Sequence[tuple[str, str]]) -> list[str]:
    """Return the statements that comment on the columns that have a comment."""
    return [
        f"COMMENT ON COLUMN {relation}.{quoted(column)} IS {literal(comment)};"
        for column, comment in columns
        if comment
    ]


def made_name(relation: Relation) -> str:
    """Return a relation's name as CREATE has it: CREATE TEMPORARY names no schema."""
    if relation.schema == MAIN_SCHEMA or relation.full_name.is_temporary:
        return quoted(relation.name)
    return f"{quoted(relation.schema)}.{quoted(relation.name)}"


def create_view_statement(view: View) -> str:
    """Return the statements that make a view, its comments too."""
    names, name = joined_names(view.columns), made_name(view)
    kind = "TEMPORARY VIEW" if view.full_name.is_temporary else "VIEW"
    statements = [f"CREATE {kind} {name} ({names}) AS {view.text};"]
    if view.comment:
        statements.append(f"COMMENT ON VIEW {name} IS {literal(view.comment)};")
    columns = [(column, view.column_comment(column)) for column in view.columns]
    return "\n".join((*statements, *column_comments(name, columns)))


def column_text(column: ColumnDefinition) -> str:
    """Return a column's type and constraints as DDL."""
    text = str(column.type) + (" NOT NULL" if column.not_null else "")
    text += "" if column.default is None else f" DEFAULT {column.default}"
    if column.encoding is None:
        return text
    bits = f"({column.encoding.bits})" if column.encoding.bits else ""
    return f"{text} ENCODING {column.encoding.kind}{bits}"


def literal(text: str) -> str:
    """Return a text as SQL writes it."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
