"""CHECK constraints, and the defaults of columns that a file or a frame has no values for.

A constraint is checked once a statement is done, over the chunks that it has made: whatever way the
rows came, none passes by.
"""

from __future__ import annotations

import pyarrow as pa

from gpudb.catalog import Catalog
from gpudb.errors import Error, IntegrityError
from gpudb.session import Execution
from gpudb.sql.bind import bind
from gpudb.sql.bind.renames import mentions
from gpudb.sql.parse import parse_script
from gpudb.sql.statement import Query
from gpudb.storage.names import RelationName
from gpudb.storage.snapshot import Snapshot
from gpudb.storage.table import TableVersion

# What the rows to be checked are called.
PART = RelationName("part")


def check_constraints(execution: Execution, before: Snapshot) -> None:
    """Raise IntegrityError for a row that the statement has made against a constraint."""
    after = execution.transaction.snapshot
    differing = before.differing(after)
    for table in after.tables() if differing is None else [new for _, new in differing]:
        if not isinstance(table, TableVersion) or not table.checks:
            continue
        old = before.find_table(table.full_name)
        if table is old:
            continue
        known = set(old.chunks) if old is not None and old.checks == table.checks else set()
        chunks = tuple(chunk for chunk in table.chunks if chunk not in known)
        if chunks:
            _check(table, table.changed(table.version, chunks=chunks), execution)


def _check(table: TableVersion, part: TableVersion, execution: Execution) -> None:
    for check in table.checks:
        where = f"constraint '{check.name}' of table '{table.full_name}'"
        # Without a LIMIT, which takes rows from anywhere: the first one is told, at every run.
        text = f"SELECT * FROM part WHERE NOT ({check.text})"
        try:
            found = run_text(
                text, Catalog(Snapshot([part.changed(part.version, name=PART)])), execution
            )
        except Error as error:
            error.message = f"{where}: {error.message}"
            raise
        for row in found.slice(0, 1).to_pylist():
            values = ", ".join(f"{name} = {shown_value(value)}" for name, value in row.items())
            message = f"{where}, CHECK ({check.text}), refuses the row {values}"
            columns = [c.name for c in table.columns if mentions(check.text, c.name)]
            about = [f"constraint {check.name}", *(f"column {name}" for name in columns)]
            raise IntegrityError(message, about=about)


def shown_value(value: object) -> str:
    """Return a value as messages show it."""
    if value is None:
        return "NULL"
    return repr(value) if isinstance(value, str) else str(value)


def default_values(table: TableVersion, execution: Execution) -> dict[str, pa.Scalar]:
    """Return what the columns with a default get, by their names."""
    values = {}
    for column in table.columns:
        if column.default is not None:
            text = f"SELECT CAST(({column.default}) AS {column.type})"
            (value,) = run_text(text, Catalog(Snapshot()), execution).column(0)
            values[column.name] = value
    return values


def run_text(text: str, catalog: Catalog, execution: Execution) -> pa.Table:
    """Run a query of our own making; errors have no place, since the user did not write it."""
    try:
        (parsed,) = parse_script(text)
        query = bind(parsed, catalog, functions=execution.session.functions)
        assert isinstance(query, Query)
        return execution.run(query).table()
    except Error as error:
        error.text = error.begin = error.end = None
        raise
