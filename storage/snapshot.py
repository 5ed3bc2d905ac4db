"""A snapshot: the tables of a database at one commit, found by name."""

from __future__ import annotations

from collections.abc import Iterable

from gpudb.errors import ProgrammingError
from gpudb.storage.table import TableVersion, nearest_name


class Snapshot:
    """An immutable set of tables, whose names are case-insensitive and keep their case."""

    def __init__(self, tables: Iterable[TableVersion] = (), commit: int = 0) -> None:
        self.commit = commit
        self._tables = {table.name.casefold(): table for table in tables}

    def find_table(self, name: str) -> TableVersion | None:
        """Return the table called `name`, in any case, or None."""
        return self._tables.get(name.casefold())

    def table(self, name: str) -> TableVersion:
        """Return the table called `name`, in any case; ProgrammingError offers the nearest name."""
        table = self.find_table(name)
        if table is None:
            names = [known.name for known in self._tables.values()]
            raise ProgrammingError(f"no table '{name}'{nearest_name(name, names)}")
        return table

    def tables(self) -> tuple[TableVersion, ...]:
        """Return all tables, sorted by name."""
        return tuple(self._tables[name] for name in sorted(self._tables))

    def names(self) -> set[str]:
        """Return the names of all tables, folded."""
        return set(self._tables)

    def with_table(self, table: TableVersion) -> Snapshot:
        """Return the snapshot with `table` in place of any of its name."""
        return Snapshot({**self._tables, table.name.casefold(): table}.values(), self.commit)

    def without_table(self, name: str) -> Snapshot:
        """Return the snapshot without the table called `name`."""
        kept = {key: table for key, table in self._tables.items() if key != name.casefold()}
        return Snapshot(kept.values(), self.commit)
