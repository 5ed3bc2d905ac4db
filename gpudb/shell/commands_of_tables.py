"""Commands that tell what there is: tables, views, columns, functions, files, databases, syntax."""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gpudb.errors import ProgrammingError
from gpudb.result import listed
from gpudb.shell.command import Command, quoted
from gpudb.shell.statement_help import STATEMENTS
from gpudb.storage.names import RelationName
from gpudb.storage.table import TableVersion
from gpudb.storage.view import View

if TYPE_CHECKING:
    from gpudb.shell.session import Session


NAME = re.compile(r'"(?:[^"]|"")+"|[^".]+')
# \copy as psql writes it: a table or a query FROM or TO a file, whose quotes may be left away.
COPY = re.compile(
    r"(?P<what>\(.*\)|\S+)\s+(?P<way>FROM|TO)\s+(?P<path>'(?:[^']|'')*'|\S+)"
    r"(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)


def show(session: Session, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as an answer."""
    session.output.write_answer(listed(names, rows), None)


def list_tables(session: Session, pattern: str) -> None:
    """List the tables, or those that fit a pattern."""
    found = session.connection.snapshot().tables()
    tables = [t for t in found if is_match(str(t.full_name), pattern)]
    rows = [(str(t.full_name), len(t.columns), t.row_count, t.stored_bytes) for t in tables]
    show(session, ("table", "columns", "rows", "bytes"), rows)


def list_views(session: Session, pattern: str) -> None:
    """List the views, or those that fit a pattern."""
    found = session.connection.snapshot().views()
    views = [v for v in found if is_match(str(v.full_name), pattern)]
    rows = [(str(v.full_name), len(v.columns), v.text) for v in views]
    show(session, ("view", "columns", "query"), rows)


def list_schemas(session: Session, _argument: str) -> None:
    """List the schemas."""
    session.show_statement("SHOW SCHEMAS")


def describe(session: Session, name: str) -> None:
    """List the columns of a table or a view, or all tables and views."""
    if name:
        relation = find_relation(session, name)
        show_columns(session, relation)
        write_facts(session, relation)
        return
    rows = [
        (str(r.full_name), "table", len(r.columns), r.row_count)
        if isinstance(r, TableVersion)
        else (str(r.full_name), "view", len(r.columns), None)
        for r in session.connection.snapshot().relations()
    ]
    show(session, ("name", "kind", "columns", "rows"), rows)


def describe_fully(session: Session, name: str) -> None:
    """List the columns of a table with what is known of their values, and how it is stored."""
    table = find_relation(session, name)
    if not isinstance(table, TableVersion):
        describe(session, name)
        return
    rows = []
    for column in table.columns:
        known = table.statistics(column.name)
        encodings = {chunk.columns[column.name].encoding for chunk in table.chunks}
        size = sum(chunk.columns[column.name].stored_bytes for chunk in table.chunks)
        nulls, distinct = known.nulls, round(known.distinct)
        stored = ", ".join(sorted(encodings))
        rows.append((column.name, str(column.type), nulls, distinct, stored, size))
    show(session, ("column", "type", "nulls", "distinct (about)", "stored as", "bytes"), rows)
    write_facts(session, table)
    chunks = "1 chunk" if len(table.chunks) == 1 else f"{len(table.chunks):,} chunks"
    session.write(
        f"{table.full_name}: {table.row_count:,} rows in {chunks} of at most {table.chunk_rows:,}, "
        f"{table.stored_bytes:,} bytes"
    )


def find_relation(session: Session, name: str) -> TableVersion | View:
    """Return the table or view called `name`; ProgrammingError offers the nearest name."""
    snapshot = session.connection.snapshot()
    found = session.connection.relation_name(unquoted(name))
    return snapshot.find_view(found) or snapshot.table(found)


def show_columns(session: Session, relation: TableVersion | View) -> None:
    """Print the columns of a table or a view: what none of them has is left away."""
    answer = session.answer(f"DESCRIBE {in_quotes(relation.full_name)}")
    rows = [row for batch in answer.batches() for row in batch.to_pylist()]
    heads = ["name", "type", "null", "encoding"]
    heads += [head for head in ("default", "comment") if any(row[head] for row in rows)]
    if isinstance(relation, View):
        heads = [head for head in heads if head not in ("null", "encoding")]
    names = {"name": "column", "null": "not null"}
    flags = {"YES": "no", "NO": "yes"}
    shown = [
        [flags.get(row[h], row[h]) if h == "null" else row[h] or "" for h in heads] for row in rows
    ]
    show(session, [names.get(head, head) for head in heads], shown)


def write_facts(session: Session, relation: TableVersion | View) -> None:
    """Print a view's query, a table's constraints, and the comment."""
    if isinstance(relation, View):
        session.write(f"query: {relation.text}")
    else:
        for check in relation.checks:
            session.write(f"check {check.name}: {check.text}")
    if relation.comment:
        session.write(f"comment: {relation.comment}")


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
    session.show_statement(f"SELECT * FROM {quoted(name)} LIMIT 5")


def copy_file(session: Session, argument: str) -> None:
    """Load a file into a table, which is made if it is not there; or copy as psql writes it."""
    match = COPY.fullmatch(argument)
    if match is not None:
        path = match["path"] if match["path"].startswith("'") else quoted(match["path"])
        session.show_statement(f"COPY {match['what']} {match['way']} {path}{match['rest']}")
        return
    path, table = words(argument, 2, "FILE TABLE")
    name = session.connection.relation_name(table)
    target = in_quotes(name)
    if session.connection.snapshot().find_table(name) is None:
        session.show_statement(f"CREATE TABLE {target} AS SELECT * FROM {quoted(path)}")
    else:
        session.show_statement(f"COPY {target} FROM {quoted(path)}")


def in_quotes(name: RelationName) -> str:
    """Return a name and its schema as SQL has them, in quotes."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in (name.schema, name.name))


def list_databases(session: Session, _argument: str) -> None:
    """List the database in use, and those in folders beside it."""
    from gpudb.storage.manifest import MANIFEST_NAME

    used = Path(session.database).resolve() if session.database else None
    found = sorted(path.parent for path in used.parent.glob(f"*/{MANIFEST_NAME}")) if used else []
    rows = [(str(path), "in use" if path == used else "") for path in found]
    show(session, ("database", "state"), rows or [(session.database or "in memory", "in use")])


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
    """Return a name without its quotes, or its schema's and its own."""
    parts = NAME.findall(name)
    plain = [p[1:-1].replace('""', '"') if p.startswith('"') else p for p in parts]
    return ".".join(plain) if parts else name


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
    Command("d", "[TABLE]", "list the columns of a table or view, or these", describe),
    Command("d+", "TABLE", "list columns with statistics and storage", describe_fully),
    Command("dt", "[PATTERN]", "list the tables", list_tables),
    Command("dv", "[PATTERN]", "list the views", list_views),
    Command("dn", "", "list the schemas", list_schemas),
    Command("df", "[PATTERN]", "list the functions", list_functions),
    Command("detect", "FILE", "show the columns and types found in a file", detect),
    Command("copy", "FILE TABLE", "load a file; makes the table if it is not there", copy_file),
    Command("l", "", "list the databases", list_databases),
)
