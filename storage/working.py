"""The snapshot that a transaction changes: what is made, renamed and dropped in it."""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.errors import InterfaceError, ProgrammingError
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.names import RelationName, relation_name, schema_key
from gpudb.storage.snapshot import Name, Snapshot
from gpudb.storage.table import DEFAULT_CHUNK_ROWS, TableVersion, check_columns
from gpudb.storage.view import Check, View
from gpudb.storage.writer import Writer


class WorkingSnapshot:
    """What has been made of a snapshot so far; what lies in tables is the transaction's concern."""

    def __init__(self, writer: Writer, snapshot: Snapshot) -> None:
        self._writer = writer
        self._after = snapshot
        self._changed: set[int] = set()
        # The tables that had more done to them than rows appended.
        self._rewritten: set[int] = set()
        self.is_open = True

    @property
    def snapshot(self) -> Snapshot:
        """The tables as this transaction sees them."""
        return self._after

    def table(self, name: Name) -> TableVersion:
        """Return a table as this transaction sees it; ProgrammingError offers the nearest name."""
        return self._after.table(name)

    def find_table(self, name: Name) -> TableVersion | None:
        """Return a table as this transaction sees it, or None."""
        return self._after.find_table(name)

    def tables(self) -> tuple[TableVersion, ...]:
        """Return all tables as this transaction sees them, sorted by name."""
        return self._after.tables()

    def create_schema(self, name: str) -> None:
        """Make a schema; ProgrammingError where its name is taken."""
        self._check_open()
        if self._after.find_schema(name) is not None:
            raise ProgrammingError(f"schema '{name}' exists already")
        self._after = self._after.with_schemas((*self._after.schemas, name))

    def drop_schema(self, name: str) -> None:
        """Remove a schema and all that lies in it."""
        self._check_open()
        for relation in self._after.inside(name):
            self._after = self._after.without(relation.full_name)
        kept = [s for s in self._after.schemas if schema_key(s) != schema_key(name)]
        self._after = self._after.with_schemas(kept)

    def create_table(
        self,
        name: Name,
        columns: Sequence[ColumnDefinition],
        chunk_rows: int | None = None,
        checks: tuple[Check, ...] = (),
    ) -> TableVersion:
        """Make an empty table; ProgrammingError where its name or a column's is taken."""
        self._check_open()
        name = relation_name(name)
        self._check_free(name)
        check_columns(name, columns)
        table = TableVersion(
            id=self._writer.take_id(),
            name=name.name,
            schema=name.schema,
            version=self._writer.take_id(),
            columns=tuple(columns),
            chunk_rows=chunk_rows or DEFAULT_CHUNK_ROWS,
            checks=checks,
        )
        self._change(table)
        return table

    def create_view(self, view: View) -> None:
        """Make a view; ProgrammingError where its name is taken."""
        self._check_open()
        self._check_free(view.full_name)
        self._after = self._after.with_relation(view)

    def _check_free(self, name: RelationName) -> None:
        if self._after.find_schema(name.schema) is None:
            raise ProgrammingError(f"schema '{name.schema}' does not exist")
        known = self._after.find(name)
        if known is not None:
            kind = "view" if isinstance(known, View) else "table"
            raise ProgrammingError(f"{kind} '{known.full_name}' exists already")

    def drop_view(self, name: Name) -> None:
        """Remove a view; ProgrammingError where there is none."""
        self._check_open()
        self._after = self._after.without(self._after.view(name).full_name)

    def replace_view(self, name: Name, view: View) -> None:
        """Put a view in another's place; ProgrammingError where its new name is taken."""
        self.drop_view(name)
        self.create_view(view)

    def rename(self, name: Name, new_name: Name) -> None:
        """Call a table otherwise, in this schema or another; ProgrammingError for a name taken."""
        self._check_open()
        table, new_name = self.table(name), relation_name(new_name)
        if table.full_name.key != new_name.key:
            self._check_free(new_name)
        self._after = self._after.without(table.full_name)
        self._rewritten.add(table.id)
        self._change(table.changed(self._writer.take_id(), name=new_name))

    def drop_table(self, name: Name) -> None:
        """Remove a table; ProgrammingError where there is none."""
        self._check_open()
        self._after = self._after.without(self.table(name).full_name)

    def _change(self, table: TableVersion) -> None:
        self._after = self._after.with_relation(table)
        self._changed.add(table.id)

    def _check_open(self) -> None:
        if not self.is_open:
            raise InterfaceError("the transaction has ended")
