"""A snapshot: the schemas, tables and views of a database at one commit, found by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from gpudb.errors import ProgrammingError
from gpudb.storage.names import (
    MAIN_SCHEMA,
    TEMPORARY_SCHEMA,
    Key,
    RelationName,
    relation_name,
    schema_key,
)
from gpudb.storage.table import TableVersion, nearest_name
from gpudb.storage.view import View

# What may stand in FROM; the relations of a schema share one set of names.
Relation: TypeAlias = TableVersion | View
Name: TypeAlias = str | RelationName
MAIN_ONLY = (MAIN_SCHEMA,)


class Snapshot:
    """An immutable set of relations, whose names are case-insensitive and keep their case.

    A bare name is one in `main`. `schemas` are those that statements have made, and `main`.
    """

    def __init__(
        self,
        relations: Iterable[Relation] = (),
        commit: int = 0,
        schemas: Iterable[str] = MAIN_ONLY,
    ) -> None:
        self.commit = commit
        self._schemas = {schema_key(schema): schema for schema in schemas}
        self._relations = {relation.full_name.key: relation for relation in relations}

    @property
    def schemas(self) -> tuple[str, ...]:
        """The schemas' names, sorted."""
        return tuple(self._schemas[key] for key in sorted(self._schemas))

    def find_schema(self, name: str) -> str | None:
        """Return the name of the schema called `name` in any case, or None."""
        key = schema_key(name)
        return TEMPORARY_SCHEMA if key == TEMPORARY_SCHEMA else self._schemas.get(key)

    def find(self, name: Name) -> Relation | None:
        """Return the table or view called `name`, in any case, or None."""
        return self._relations.get(relation_name(name).key)

    def find_table(self, name: Name) -> TableVersion | None:
        """Return the table called `name`, in any case, or None."""
        found = self.find(name)
        return found if isinstance(found, TableVersion) else None

    def find_view(self, name: Name) -> View | None:
        """Return the view called `name`, in any case, or None."""
        found = self.find(name)
        return found if isinstance(found, View) else None

    def table(self, name: Name) -> TableVersion:
        """Return the table called `name`, in any case; ProgrammingError offers the nearest name."""
        table = self.find_table(name)
        if table is None:
            if self.find_view(name) is not None:
                raise ProgrammingError(f"'{name}' is a view, and no table")
            raise ProgrammingError(f"no table '{name}'{self._nearest(name, self.tables())}")
        return table

    def view(self, name: Name) -> View:
        """Return the view called `name`, in any case; ProgrammingError offers the nearest name."""
        view = self.find_view(name)
        if view is None:
            if self.find_table(name) is not None:
                raise ProgrammingError(f"'{name}' is a table, and no view")
            raise ProgrammingError(f"no view '{name}'{self._nearest(name, self.views())}")
        return view

    def _nearest(self, name: Name, relations: Sequence[Relation]) -> str:
        return nearest_name(str(name), [str(relation.full_name) for relation in relations])

    def relations(self) -> tuple[Relation, ...]:
        """Return all tables and views, sorted by schema and name."""
        return tuple(self._relations[key] for key in sorted(self._relations))

    def tables(self) -> tuple[TableVersion, ...]:
        """Return all tables, sorted by schema and name."""
        return tuple(r for r in self.relations() if isinstance(r, TableVersion))

    def views(self) -> tuple[View, ...]:
        """Return all views, sorted by schema and name."""
        return tuple(r for r in self.relations() if isinstance(r, View))

    def names(self) -> set[RelationName]:
        """Return the names of all relations."""
        return {relation.full_name for relation in self._relations.values()}

    def inside(self, schema: str) -> tuple[Relation, ...]:
        """Return what lies in a schema, sorted by name."""
        key = schema_key(schema)
        return tuple(r for r in self.relations() if schema_key(r.schema) == key)

    def with_relation(self, relation: Relation) -> Snapshot:
        """Return the snapshot with `relation` in place of any of its name."""
        return self._changed({**self._relations, relation.full_name.key: relation})

    def without(self, name: Name) -> Snapshot:
        """Return the snapshot without the relation called `name`."""
        left_out = relation_name(name).key
        return self._changed({k: r for k, r in self._relations.items() if k != left_out})

    def with_schemas(self, schemas: Iterable[str]) -> Snapshot:
        """Return the snapshot with other schemas."""
        return self._changed(self._relations, schemas)

    def with_temporary(self, relations: Sequence[Relation]) -> Snapshot:
        """Return the snapshot with a connection's own relations in it."""
        if not relations:
            return self
        return self._changed({**self._relations, **{r.full_name.key: r for r in relations}})

    def temporary(self) -> tuple[Relation, ...]:
        """Return the relations that only one connection sees."""
        return self.inside(TEMPORARY_SCHEMA)

    def permanent(self) -> Snapshot:
        """Return the snapshot as all connections see it."""
        if not any(schema == TEMPORARY_SCHEMA for schema, _ in self._relations):
            return self
        kept = {k: r for k, r in self._relations.items() if k[0] != TEMPORARY_SCHEMA}
        return self._changed(kept)

    def is_like(self, other: Snapshot) -> bool:
        """Whether both hold the same versions of the same relations."""
        return self._relations == other._relations and self._schemas == other._schemas

    def differing(self, other: Snapshot) -> list[tuple[Relation, Relation]] | None:
        """Return the relations that are others in `other`, each with that; None for other names."""
        before, after = self._relations, other._relations
        if self._schemas != other._schemas or before.keys() != after.keys():
            return None
        found = [(r, after[key]) for key, r in before.items() if after[key] is not r]
        return found if all(old.full_name == new.full_name for old, new in found) else None

    def _changed(
        self, relations: Mapping[Key, Relation], schemas: Iterable[str] | None = None
    ) -> Snapshot:
        made = Snapshot((), self.commit, () if schemas is None else schemas)
        # The names are known: making them anew would take most of a small append to many tables.
        made._relations = dict(relations)
        if schemas is None:
            made._schemas = self._schemas
        return made
