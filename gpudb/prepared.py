"""Queries kept bound and planned, so that a dashboard's same question is not planned again.

A query is kept with the snapshot that it was planned on, and forgotten with the next commit.
Results are never kept.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from gpudb.records import dataclass
from gpudb.settings import Settings
from gpudb.sql.pipeline import Pipeline, ScanRows
from gpudb.sql.statement import Query
from gpudb.storage.snapshot import Snapshot

MOST_QUERIES = 256
# Plans are made anew where one of these was changed.
PLANNING_SETTINGS = ("optimizer", "search_path")
# What such a text means depends on the moment.
VOLATILE = re.compile(
    r"\b(now|current_\w+|localtime\w*|random|rand|setseed|sample_ratio|datetime|age|tablesample)\b",
    re.IGNORECASE,
)
Parameters = Sequence[object] | Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A bound query and its pipelines."""

    query: Query
    pipelines: tuple[Pipeline, ...]


class PreparedQueries:
    """The queries of one connection, the least recently used of them forgotten first."""

    def __init__(self, snapshot: Callable[[], Snapshot], settings: Settings) -> None:
        self._seen = snapshot
        self._settings = settings
        self._snapshot: Snapshot | None = None
        self._queries: OrderedDict[object, Prepared] = OrderedDict()

    def clear(self) -> None:
        """Forget all queries: their texts may mean something else now."""
        self._queries.clear()

    def find(self, text: str, parameters: Parameters) -> Prepared | None:
        """Return the query of this text and these values, if the tables are as they were."""
        snapshot = self._seen()
        if snapshot is not self._snapshot:
            self._queries.clear()
            self._snapshot = snapshot
        key = self._find_key(text, parameters)
        if key not in self._queries:
            return None
        self._queries.move_to_end(key)
        return self._queries[key]

    def keep(self, text: str, parameters: Parameters, prepared: Prepared) -> None:
        """Keep a query, if it means the same next time: only the database's tables, no now()."""
        key = self._find_key(text, parameters)
        sources = [p.source for p in prepared.pipelines if isinstance(p.source, ScanRows)]
        known = {id(table) for table in self._seen().tables()}
        is_stored = all(id(source.table) in known for source in sources)
        if VOLATILE.search(text) or not is_stored:
            return
        self._queries[key] = prepared
        while len(self._queries) > MOST_QUERIES:
            self._queries.popitem(last=False)

    def _find_key(self, text: str, parameters: Parameters) -> object:
        """Return what names the query."""
        named = parameters if isinstance(parameters, Mapping) else dict(enumerate(parameters or ()))
        settings = tuple(self._settings.get(name) for name in PLANNING_SETTINGS)
        values = ((name, type(value), exact(value)) for name, value in named.items())
        return (text, settings, tuple(values))


def exact(value: object) -> object:
    """Return what tells a value from all that are equal to it: 1.20 from 1.2, -0.0 from 0.0."""
    return value if isinstance(value, str | int | None) else repr(value)
