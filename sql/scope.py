"""What names mean in a query: the tables in FROM, their columns, the catalog behind them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Protocol, runtime_checkable

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.records import dataclass
from gpudb.sql.plan import Field, TableSource
from gpudb.sql.tree import QueryTree
from gpudb.storage.names import RelationName, schema_key
from gpudb.storage.types import SqlType
from gpudb.storage.view import Check

# What a database is called in SQL.
DATABASE = "gpudb"


class Column(Protocol):
    """What binding needs of a table's column."""

    @property
    def name(self) -> str:
        """The name as it was given."""
        ...

    @property
    def type(self) -> SqlType:
        """The type."""
        ...

    @property
    def not_null(self) -> bool:
        """Whether NULL is refused."""
        ...


@runtime_checkable
class StoredColumn(Protocol):
    """A column of a stored table, which may have a default."""

    @property
    def default(self) -> str | None:
        """The SQL text of what a row gets that names no value."""
        ...


class Table(TableSource, Protocol):
    """A table, or a file about to be read, with its columns in order."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns, in order."""
        ...


@runtime_checkable
class StoredTable(Table, Protocol):
    """A table of the database, as statements want it that change it."""

    @property
    def full_name(self) -> RelationName:
        """The name with the schema."""
        ...

    @property
    def checks(self) -> tuple[Check, ...]:
        """The CHECK constraints."""
        ...


class View(Protocol):
    """What binding needs of a view."""

    @property
    def name(self) -> str:
        """The name as it was given."""
        ...

    @property
    def full_name(self) -> RelationName:
        """The name with the schema."""
        ...

    @property
    def path(self) -> tuple[str, ...]:
        """The schemas in which the query looks up bare names."""
        ...

    @property
    def text(self) -> str:
        """The query."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """The columns' names."""
        ...

    @property
    def source_columns(self) -> Sequence[str]:
        """What the query called the columns when the view was made."""
        ...


class Catalog(Protocol):
    """Where tables are found: in the schema that is named, or else along the search path."""

    @property
    def path(self) -> tuple[str, ...]:
        """The schemas of the search path that exist."""
        ...

    @property
    def schemas(self) -> tuple[str, ...]:
        """The names of all schemas that hold tables."""
        ...

    def find_schema(self, name: str) -> str | None:
        """Return the name of the schema called `name`, in any case, or None."""
        ...

    def inside(self, schema: str) -> Sequence[str]:
        """Return the names of what lies in a schema."""
        ...

    def inside_view(self, path: tuple[str, ...], *, is_temporary: bool) -> Catalog:
        """Return the catalog as a view's query sees it: other views may be temporary ones."""
        ...

    def find_table(self, name: str, schema: str | None = None) -> Table | None:
        """Return the table called `name`, in any case, or None."""
        ...

    def table_names(self) -> Sequence[str]:
        """Return the names of all tables."""
        ...

    def find_view(self, name: str, schema: str | None = None) -> View | None:
        """Return the view called `name`, in any case, or None."""
        ...

    def find_information(self, name: str) -> Table | None:
        """Return the table of information_schema called `name`, in lower case, or None."""
        ...

    def show_setting(self, name: str) -> str:
        """Return the value of a setting as SHOW has it; raises ProgrammingError."""
        ...

    def parsed(self, text: str) -> QueryTree:
        """Return the query `text`, such as a view's, parsed."""
        ...

    def open_file(self, path: str) -> Table:
        """Return the file, files or glob `path` as a table; raises OperationalError."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """A table, a derived table or a CTE in FROM, under its alias; `hidden` columns are USING's.

    A hidden column does not show in `*` nor to a bare name, since the left table's stands for both.
    `schema` is that of a table without an alias, which may be named with it.
    """

    alias: str
    fields: tuple[Field, ...]
    hidden: frozenset[int] = frozenset()
    schema: str | None = None

    def is_called(self, alias: str, schema: str | None) -> bool:
        """Return whether `alias`, or `schema.alias`, means this source."""
        is_there = schema is None or (self.schema or "").lower() == schema_key(schema)
        return is_there and self.alias.lower() == alias.lower()


@dataclass(frozen=True, slots=True)
class Scope:
    """The sources of one FROM clause, in order."""

    sources: tuple[Source, ...] = field(default=())
    # The fields of `*` by their names in lower case, filled when a name is first looked up.
    _named: dict[str, list[Field]] = field(default_factory=dict, init=False, compare=False)

    def fields(self, alias: str | None = None, schema: str | None = None) -> tuple[Field, ...]:
        """Return what `*` or `alias.*` stands for; raises ProgrammingError for an unknown alias."""
        if alias is not None:
            return self.source(alias, schema).fields
        return tuple(f for s in self.sources for f in s.fields if f.id not in s.hidden)

    def knows(self, name: str, alias: str | None = None, schema: str | None = None) -> bool:
        """Return whether the alias, or a column of the name without one, is here."""
        if alias is not None:
            return any(source.is_called(alias, schema) for source in self.sources)
        return bool(self.find_columns(name))

    def source(self, alias: str, schema: str | None = None) -> Source:
        """Return the source called `alias`; raises ProgrammingError with the nearest one."""
        for source in self.sources:
            if source.is_called(alias, schema):
                return source
        alias = alias if schema is None else f"{schema}.{alias}"
        known = [source.alias for source in self.sources]
        hint = nearest(alias, known) or known_names(known)
        raise ProgrammingError(f"table {alias} is not in FROM{hint}")

    def column(self, name: str, alias: str | None = None, schema: str | None = None) -> Field:
        """Return the field that a name means; raises ProgrammingError if none or several do."""
        found = self.find_columns(name, alias, schema)
        if len(found) == 1:
            return found[0]
        if found:
            owners = " and ".join(
                f"{s.alias}.{name}" for s in self.sources if set(found) & set(s.fields)
            )
            raise ProgrammingError(f"column {name} is ambiguous: it may be {owners}")
        if name.lower() == "rowid":
            message = "rows have no rowid here: row_number() OVER () numbers those of an answer"
            raise NotSupportedError(message)
        known = {f.name for f in self.fields(alias)}
        where = "" if alias is None else f" in {alias}"
        hint = nearest(name, known) or known_names(known)
        raise ProgrammingError(f"column {name} does not exist{where}{hint}")

    def find_columns(
        self, name: str, alias: str | None = None, schema: str | None = None
    ) -> list[Field]:
        """Return every field that `name` may mean."""
        if alias is not None:
            return [f for f in self.fields(alias, schema) if f.name.lower() == name.lower()]
        if not self._named:
            for each in self.fields():
                self._named.setdefault(each.name.lower(), []).append(each)
        return self._named.get(name.lower(), [])


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean x?` for the known name nearest to `word`, or nothing.

    >>> nearest("l_shipdat", ["l_shipdate", "l_tax"])
    '; did you mean l_shipdate?'
    """
    names = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(word.lower(), sorted(names), n=1)
    return f"; did you mean {names[matches[0]]}?" if matches else ""


def known_names(known: Iterable[str], most: int = 8) -> str:
    """Return `; there are a, b and c` for a short list of names, or nothing."""
    names = sorted(known)
    return f"; there are {', '.join(names)}" if 0 < len(names) <= most else ""
