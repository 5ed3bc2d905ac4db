"""What has a name in SQL: tables, views, information_schema, files, and named data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gpudb.errors import Error
from gpudb.information_schema import information_table
from gpudb.sql.bind import bind
from gpudb.sql.parse import parse_script
from gpudb.sql.statement import Describe
from gpudb.sql.tree import QueryTree
from gpudb.storage.external.open import open_source
from gpudb.storage.external.source import ExternalSource
from gpudb.storage.snapshot import Snapshot
from gpudb.storage.table import TableVersion
from gpudb.storage.types import SqlType
from gpudb.storage.view import View

FindSource = Callable[[str], ExternalSource | None]


def find_nothing(_name: str) -> None:
    """Return None: nothing but tables and files has a name."""


@dataclass
class Catalog:
    """The database's tables, data with a name, and files in FROM, as the binder wants them."""

    snapshot: Snapshot
    find_data: FindSource = find_nothing
    _parsed: dict[str, QueryTree] = field(default_factory=dict)

    def find_view(self, name: str) -> View | None:
        """Return the view called `name`, or None."""
        return self.snapshot.find_view(name)

    def find_information(self, name: str) -> TableVersion | None:
        """Return the table of information_schema called `name`, or None."""
        return information_table(name, self.snapshot, self._describe)

    def _describe(self, view: View) -> tuple[tuple[str, SqlType, bool], ...]:
        """Return a view's columns; none where its query does not hold any more."""
        escaped = view.name.replace('"', '""')
        (parsed,) = parse_script(f'DESCRIBE "{escaped}"')
        try:
            described = bind(parsed, self)
        except Error:
            return ()
        assert isinstance(described, Describe)
        return described.columns

    def parsed(self, text: str) -> QueryTree:
        """Return a query that is kept as text, parsed."""
        if text not in self._parsed:
            (parsed,) = parse_script(text)
            assert isinstance(parsed.body, QueryTree)
            self._parsed[text] = parsed.body
        return self._parsed[text]

    def find_table(self, name: str) -> TableVersion | ExternalSource | None:
        """Return the table or else the data called `name`, or None."""
        return self.snapshot.find_table(name) or self.find_data(name)

    def table_names(self) -> Sequence[str]:
        """Return the names of all tables and views."""
        return [relation.name for relation in self.snapshot.relations()]

    def open_file(self, path: str) -> ExternalSource:
        """Return a file, several, or a glob as a table."""
        return open_source(path)
