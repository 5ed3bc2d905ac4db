"""What has a name in SQL: tables, views, information_schema, files, and named data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field

from gpudb.errors import Error, ProgrammingError
from gpudb.information_schema import information_table
from gpudb.name_lists import quoted
from gpudb.records import dataclass, replace
from gpudb.sql.bind import bind
from gpudb.sql.parse import parse_script
from gpudb.sql.statement import Describe
from gpudb.sql.tree import QueryTree
from gpudb.storage.external.open import open_source
from gpudb.storage.external.source import ExternalSource
from gpudb.storage.names import MAIN_SCHEMA, TEMPORARY_SCHEMA, RelationName
from gpudb.storage.snapshot import Relation, Snapshot
from gpudb.storage.table import TableVersion
from gpudb.storage.types import SqlType
from gpudb.storage.view import View

MAIN_PATH = (MAIN_SCHEMA,)
FindSource = Callable[[str], ExternalSource | None]


def no_setting(name: str) -> str:
    """Raise ProgrammingError: what is kept in the database has no settings."""
    raise ProgrammingError(f"there is no setting {name} here: a session has settings")


def find_nothing(_name: str) -> None:
    """Return None: nothing but tables and files has a name."""


@dataclass
class Catalog:
    """The database's tables, data with a name, and files in FROM, as the binder wants them.

    A bare name is looked up among the temporary relations, where `sees_temporary`, and then in the
    schemas of `search_path`.
    """

    snapshot: Snapshot
    find_data: FindSource = find_nothing
    search_path: tuple[str, ...] = MAIN_PATH
    sees_temporary: bool = True
    find_setting: Callable[[str], str] = no_setting
    _parsed: dict[str, QueryTree] = field(default_factory=dict)

    @property
    def path(self) -> tuple[str, ...]:
        """The schemas of the search path that exist."""
        found = (self.snapshot.find_schema(name) for name in self.search_path)
        return tuple(schema for schema in found if schema is not None)

    @property
    def schemas(self) -> tuple[str, ...]:
        """The names of all schemas that hold tables."""
        return self.snapshot.schemas

    def find_schema(self, name: str) -> str | None:
        """Return the name of the schema called `name`, in any case, or None."""
        return self.snapshot.find_schema(name)

    def inside(self, schema: str) -> Sequence[str]:
        """Return the names of what lies in a schema."""
        return [relation.name for relation in self.snapshot.inside(schema)]

    def inside_view(self, path: tuple[str, ...], *, is_temporary: bool) -> Catalog:
        """Return the catalog as a view's query sees it: wherever the view is used, the same."""
        return replace(self, search_path=path, sees_temporary=is_temporary)

    def find(self, name: str, schema: str | None = None) -> Relation | None:
        """Return the relation called `name` in a schema, or else the first along the path."""
        if schema is not None:
            is_hidden = schema == TEMPORARY_SCHEMA and not self.sees_temporary
            return None if is_hidden else self.snapshot.find(RelationName(name, schema))
        path = (TEMPORARY_SCHEMA, *self.path) if self.sees_temporary else self.path
        found = (self.snapshot.find(RelationName(name, each)) for each in path)
        return next((relation for relation in found if relation is not None), None)

    def relation_name(self, text: str | RelationName) -> RelationName:
        """Return the name of the relation that Python calls `text`, there or to be made.

        It is the whole text, if a relation is called so, or else SCHEMA.NAME, if there is such a
        schema; what is not there yet is made in the first schema of the path.
        """
        if isinstance(text, RelationName):
            schema = self.find_schema(text.schema)
            if schema is None:
                raise ProgrammingError(f"schema '{text.schema}' does not exist")
            return RelationName(text.name, schema)
        found = self.find(text)
        if found is not None:
            return found.full_name
        before, dot, name = text.partition(".")
        known = self.find_schema(before) if dot and name else None
        if known is not None:
            return RelationName(name, known)
        return RelationName(text, next(iter(self.path), MAIN_SCHEMA))

    def find_view(self, name: str, schema: str | None = None) -> View | None:
        """Return the view called `name`, or None."""
        found = self.find(name, schema)
        return found if isinstance(found, View) else None

    def find_information(self, name: str) -> TableVersion | None:
        """Return the table of information_schema called `name`, or None."""
        return information_table(name, self.snapshot, self._describe)

    def _describe(self, view: View) -> tuple[tuple[str, SqlType, bool], ...]:
        """Return a view's columns; none where its query does not hold any more."""
        (parsed,) = parse_script(f"DESCRIBE {quoted(view.schema)}.{quoted(view.name)}")
        try:
            described = bind(parsed, self)
        except Error:
            return ()
        assert isinstance(described, Describe)
        return described.columns

    def show_setting(self, name: str) -> str:
        """Return the value of a setting as SHOW has it; raises ProgrammingError."""
        return self.find_setting(name)

    def parsed(self, text: str) -> QueryTree:
        """Return a query that is kept as text, parsed."""
        if text not in self._parsed:
            (parsed,) = parse_script(text)
            assert isinstance(parsed.body, QueryTree)
            self._parsed[text] = parsed.body
        return self._parsed[text]

    def find_table(
        self, name: str, schema: str | None = None
    ) -> TableVersion | ExternalSource | None:
        """Return the table or else the data called `name`, or None."""
        found = self.find(name, schema)
        if found is None and schema is None:
            return self.find_data(name)
        return found if isinstance(found, TableVersion) else None

    def table_names(self) -> Sequence[str]:
        """Return the names of all tables and views."""
        return [str(relation.full_name) for relation in self.snapshot.relations()]

    def open_file(self, path: str) -> ExternalSource:
        """Return a file, several, or a glob as a table."""
        return open_source(path)
