"""A snapshot: the tables and views of a database at one commit, found by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from gpudb.errors import ProgrammingError
from gpudb.storage.table import TableVersion, nearest_name
from gpudb.storage.view import View

# What may stand in FROM; all of them share one set of names.
Relation: TypeAlias = TableVersion | View


class Snapshot:
    """An immutable set of relations, whose names are case-insensitive and keep their case."""

    def __init__(self, relations: Iterable[Relation] = (), commit: int = 0) -> None:
        self.commit = commit
        self._relations = {relation.name.casefold(): relation for relation in relations}

    def find(self, name: str) -> Relation | None:
        """Return the table or view called `name`, in any case, or None."""
        return self._relations.get(name.casefold())

    def find_table(self, name: str) -> TableVersion | None:
        """Return the table called `name`, in any case, or None."""
        found = self.find(name)
        return found if isinstance(found, TableVersion) else None

    def find_view(self, name: str) -> View | None:
        """Return the view called `name`, in any case, or None."""
        found = self.find(name)
        return found if isinstance(found, View) else None

    def table(self, name: str) -> TableVersion:
        """Return the table called `name`, in any case; ProgrammingError offers the nearest name."""
        table = self.find_table(name)
        if table is None:
            if self.find_view(name) is not None:
                raise ProgrammingError(f"'{name}' is a view, and no table")
            raise ProgrammingError(f"no table '{name}'{self._nearest(name, self.tables())}")
        return table

    def view(self, name: str) -> View:
        """Return the view called `name`, in any case; ProgrammingError offers the nearest name."""
        view = self.find_view(name)
        if view is None:
            if self.find_table(name) is not None:
                raise ProgrammingError(f"'{name}' is a table, and no view")
            raise ProgrammingError(f"no view '{name}'{self._nearest(name, self.views())}")
        return view

    def _nearest(self, name: str, relations: Sequence[Relation]) -> str:
        return nearest_name(name, [relation.name for relation in relations])

    def relations(self) -> tuple[Relation, ...]:
        """Return all tables and views, sorted by name."""
        return tuple(self._relations[name] for name in sorted(self._relations))

    def tables(self) -> tuple[TableVersion, ...]:
        """Return all tables, sorted by name."""
        return tuple(r for r in self.relations() if isinstance(r, TableVersion))

    def views(self) -> tuple[View, ...]:
        """Return all views, sorted by name."""
        return tuple(r for r in self.relations() if isinstance(r, View))

    def names(self) -> set[str]:
        """Return the names of all relations, folded."""
        return set(self._relations)

    def with_relation(self, relation: Relation) -> Snapshot:
        """Return the snapshot with `relation` in place of any of its name."""
        kept = {**self._relations, relation.name.casefold(): relation}
        return Snapshot(kept.values(), self.commit)

    def without(self, name: str) -> Snapshot:
        """Return the snapshot without the relation called `name`."""
        kept = {
            key: relation for key, relation in self._relations.items() if key != name.casefold()
        }
        return Snapshot(kept.values(), self.commit)
