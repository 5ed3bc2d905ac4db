"""Commands that tell what there is: tables, columns, functions, files, memory, the program."""

from __future__ import annotations

import fnmatch
import platform
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import gpudb
from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.result import listed
from gpudb.shell.command import Command, quoted
from gpudb.shell.statement_help import STATEMENTS

if TYPE_CHECKING:
    from gpudb.shell.session import Session


NO_GPU = "no device launches kernels on a GPU yet"


def show(session: Session, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as an answer."""
    session.output.write_answer(listed(names, rows), None)


def list_tables(session: Session, pattern: str) -> None:
    """List the tables, or those that fit a pattern."""
    tables = [t for t in session.connection.database.tables() if is_match(t.name, pattern)]
    rows = [(t.name, len(t.columns), t.row_count, t.stored_bytes) for t in tables]
    show(session, ("table", "columns", "rows", "bytes"), rows)


def describe_table(session: Session, name: str) -> None:
    """List the columns of a table, or the tables."""
    if not name:
        list_tables(session, "")
        return
    rows = [
        (c.name, str(c.type), "no" if c.nullable else "yes", c.encoding)
        for c in session.connection.get_table_details(unquoted(name))
    ]
    show(session, ("column", "type", "not null", "encoding"), rows)


def describe_table_fully(session: Session, name: str) -> None:
    """List the columns of a table with what is known of their values, and how it is stored."""
    table = session.connection.database.table(unquoted(name))
    rows = []
    for column in table.columns:
        known = table.statistics(column.name)
        encodings = {chunk.columns[column.name].encoding for chunk in table.chunks}
        size = sum(chunk.columns[column.name].stored_bytes for chunk in table.chunks)
        nulls, distinct = known.nulls, round(known.distinct)
        stored = ", ".join(sorted(encodings))
        rows.append((column.name, str(column.type), nulls, distinct, stored, size))
    show(session, ("column", "type", "nulls", "distinct (about)", "stored as", "bytes"), rows)
    session.write(
        f"{table.name}: {table.row_count:,} rows in {len(table.chunks):,} chunks of at most "
        f"{table.chunk_rows:,}, {table.stored_bytes:,} bytes"
    )


def list_functions(session: Session, pattern: str) -> None:
    """List the functions, or those that fit a pattern."""
    from gpudb.sql.function_list import NAMES, function_rows

    rows = function_rows(session.connection.functions)
    show(session, NAMES, [row for row in rows if is_match(row[0].partition("(")[0], pattern)])


def detect(session: Session, path: str) -> None:
    """Show the columns and types that a file would be loaded with, and its first rows."""
    from gpudb.storage.external.open import open_source

    (name,) = words(path, 1, "FILE")
    source = open_source(name)
    rows = [(c.name, str(c.type), "yes" if c.not_null else "no") for c in source.columns]
    show(session, ("column", "type", "not null"), rows)
    session.run_statement(f"SELECT * FROM {quoted(name)} LIMIT 5")


def copy_file(session: Session, argument: str) -> None:
    """Load a file into a table, which is made if it is not there."""
    path, table = words(argument, 2, "FILE TABLE")
    target = '"' + table.replace('"', '""') + '"'
    if session.connection.database.find_table(table) is None:
        session.run_statement(f"CREATE TABLE {target} AS SELECT * FROM {quoted(path)}")
    else:
        session.run_statement(f"COPY {target} FROM {quoted(path)}")


def list_databases(session: Session, _argument: str) -> None:
    """List the database in use, and those in folders beside it."""
    from gpudb.storage.manifest import MANIFEST_NAME

    used = Path(session.database).resolve() if session.database else None
    found = sorted(path.parent for path in used.parent.glob(f"*/{MANIFEST_NAME}")) if used else []
    rows = [(str(path), "in use" if path == used else "") for path in found]
    show(session, ("database", ""), rows or [(session.database or "in memory", "in use")])


def use_cpu(session: Session, _argument: str) -> None:
    """Run queries on the CPU."""
    show_device(session, "cpu")


def use_gpu(session: Session, _argument: str) -> None:
    """Tell that no device launches kernels on a GPU yet."""
    raise NotSupportedError(f"{NO_GPU}: queries run on the CPU")


def clear_gpu(session: Session, _argument: str) -> None:
    """Tell that nothing lies in a GPU's memory yet."""
    session.write(f"{NO_GPU}: there is nothing to clear")


def show_memory(session: Session, _argument: str) -> None:
    """Show what the columns in memory take."""
    session.run_statement("SHOW MEMORY")


def clear_memory(session: Session, _argument: str) -> None:
    """Forget the columns in memory; they are read again when a query needs them."""
    from gpudb.storage.cache import CACHE

    freed = CACHE.use().bytes
    CACHE.clear()
    session.write(f"{freed:,} bytes of columns are no longer held in memory")


def show_device(session: Session, name: str) -> None:
    """Show where queries run, or choose it."""
    if name:
        session.connection.settings.set("device", name)
    session.run_statement("SHOW DEVICE")


def show_status(session: Session, _argument: str) -> None:
    """Show the database, the device and the settings that differ from their defaults."""
    tables = session.connection.database.tables()
    settings = session.connection.settings
    rows = [
        ("database", session.database or "in memory"),
        ("tables", f"{len(tables):,}"),
        ("rows", f"{sum(table.row_count for table in tables):,}"),
        ("stored bytes", f"{sum(table.stored_bytes for table in tables):,}"),
        *((name, value) for name, value, _ in settings.rows()),
    ]
    show(session, ("name", "value"), rows)


def show_version(session: Session, _argument: str) -> None:
    """Show the version of gpudb and of Python."""
    session.write(f"gpudb {gpudb.__version__}, Python {platform.python_version()}")


def show_syntax(session: Session, name: str) -> None:
    """List the statements, or show the syntax of one."""
    if not name:
        show(session, ("statement", "meaning"), [(s.name, s.meaning) for s in STATEMENTS])
        return
    found = [s for s in STATEMENTS if s.name.startswith(name.upper())]
    if not found:
        raise ProgrammingError(f"there is no help on {name}; \\h lists the statements")
    for statement in found:
        session.write(f"{statement.meaning}:\n{statement.syntax}")


def is_match(name: str, pattern: str) -> bool:
    """Whether `name` holds `pattern`, or matches it where it has * or ?."""
    if any(sign in pattern for sign in "*?"):
        return fnmatch.fnmatch(name.lower(), pattern.lower())
    return pattern.lower() in name.lower()


def unquoted(name: str) -> str:
    """Return a name without its quotes."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def words(argument: str, count: int, usage: str) -> list[str]:
    """Return the `count` words of an argument, quotes removed; ProgrammingError for others."""
    try:
        found = shlex.split(argument)
    except ValueError as error:
        raise ProgrammingError(f"a quote is open in: {argument}") from error
    if len(found) != count:
        raise ProgrammingError(f"expected {usage}, not: {argument}")
    return found


TABLE_COMMANDS: tuple[Command, ...] = (
    Command("h", "[STATEMENT]", "list the statements of SQL, or show the syntax", show_syntax),
    Command("d", "[TABLE]", "list the columns of a table, or the tables", describe_table),
    Command("d+", "TABLE", "list columns with statistics and storage", describe_table_fully),
    Command("dt", "[PATTERN]", "list the tables", list_tables),
    Command("df", "[PATTERN]", "list the functions", list_functions),
    Command("detect", "FILE", "show the columns and types found in a file", detect),
    Command("copy", "FILE TABLE", "load a file; makes the table if it is not there", copy_file),
    Command("l", "", "list the databases", list_databases),
    Command("cpu", "", "run queries on the CPU", use_cpu),
    Command("gpu", "", "tells that no GPU is used yet", use_gpu),
    Command("memory_summary", "", "show the memory that columns take", show_memory),
    Command("clear_cpu", "", "forget the columns in memory", clear_memory),
    Command("clear_gpu", "", "tells that no GPU is used yet", clear_gpu),
    Command("device", "[NAME]", "show or choose where queries run", show_device),
    Command("status", "", "show the database and the settings", show_status),
    Command("version", "", "show the versions", show_version),
)
