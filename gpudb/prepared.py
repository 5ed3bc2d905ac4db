"""Queries kept bound and planned, so that a dashboard's same question is not planned again.

A plan is kept with the snapshot that it was made on, and forgotten with the next commit: it rests
on statistics. What a query was bound to rests on names and types alone, and serves as long as these
stay: a commit of rows costs the next question no parsing and binding. Results are never kept.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence, Set

from gpudb.records import dataclass, replace
from gpudb.settings import Settings
from gpudb.sql.expr import Subquery
from gpudb.sql.expr import walk as walk_expression
from gpudb.sql.optimize.rewrite import transform_plan
from gpudb.sql.pipeline import Pipeline, ScanRows
from gpudb.sql.plan import Plan, Scan, Shared, walk
from gpudb.sql.plan_expressions import expressions
from gpudb.sql.statement import Query
from gpudb.storage.snapshot import Relation, Snapshot
from gpudb.storage.table import TableVersion

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
        self._bound: OrderedDict[object, Query] = OrderedDict()

    def clear(self) -> None:
        """Forget all queries: their texts may mean something else now."""
        self._queries.clear()
        self._bound.clear()

    def find(self, text: str, parameters: Parameters) -> Prepared | None:
        """Return the query of this text and these values, if the tables are as they were."""
        snapshot = self._seen()
        if snapshot is not self._snapshot:
            self._queries.clear()
            if self._snapshot is None or not are_alike(self._snapshot, snapshot):
                self._bound.clear()
            self._snapshot = snapshot
        key = self._find_key(text, parameters)
        if key not in self._queries:
            return None
        self._queries.move_to_end(key)
        return self._queries[key]

    def find_bound(self, text: str, parameters: Parameters) -> Query | None:
        """Return the query of this text and these values, bound to the tables as they are now.

        It is for a text that `find` has just not found.
        """
        query, snapshot = self._bound.get(self._find_key(text, parameters)), self._snapshot
        if query is None or snapshot is None:
            return None

        def renewed(node: Plan) -> Plan:
            if not isinstance(node, Scan) or not isinstance(node.table, TableVersion):
                return node
            return replace(node, table=snapshot.table(node.table.full_name))

        return replace(query, plan=transform_plan(query.plan, renewed))

    def keep(self, text: str, parameters: Parameters, prepared: Prepared) -> None:
        """Keep a query, if it means the same next time: only the database's tables, no now()."""
        key = self._find_key(text, parameters)
        sources = [p.source for p in prepared.pipelines if isinstance(p.source, ScanRows)]
        known = {id(table) for table in self._seen().tables()}
        is_stored = all(id(source.table) in known for source in sources)
        if VOLATILE.search(text) or not is_stored:
            return
        self._queries[key] = prepared
        if rests_on_names(prepared.query.plan, known):
            self._bound[key] = prepared.query
            self._bound.move_to_end(key)
        for kept in (self._queries, self._bound):
            while len(kept) > MOST_QUERIES:
                kept.popitem(last=False)

    def _find_key(self, text: str, parameters: Parameters) -> object:
        """Return what names the query."""
        named = parameters if isinstance(parameters, Mapping) else dict(enumerate(parameters or ()))
        settings = tuple(self._settings.get(name) for name in PLANNING_SETTINGS)
        values = ((name, type(value), exact(value)) for name, value in named.items())
        return (text, settings, tuple(values))


def are_alike(first: Snapshot, second: Snapshot) -> bool:
    """Whether all names mean the same in both: tables may hold other rows."""
    if first.schemas != second.schemas or first.names() != second.names():
        return False
    return all(_is_alike(first.find(r.full_name), r) for r in second.relations())


def _is_alike(first: Relation | None, second: Relation) -> bool:
    if first is second:
        return True
    if not isinstance(first, TableVersion) or not isinstance(second, TableVersion):
        return False
    # Where rows have been deleted, a query is bound with a filter of those that are left.
    return (first.id, first.columns, first.checks, first.deleted_rows > 0) == (
        *(second.id, second.columns, second.checks, second.deleted_rows > 0),
    )


def rests_on_names(plan: Plan, tables: Set[int]) -> bool:
    """Whether a bound plan reads tables of these identities only, each in a scan of its own."""
    for node in walk(plan):
        if isinstance(node, Shared) or (isinstance(node, Scan) and id(node.table) not in tables):
            return False
        for whole in expressions(node):
            if any(isinstance(part, Subquery) for part in walk_expression(whole)):
                return False
    return True


def exact(value: object) -> object:
    """Return what tells a value from all that are equal to it: 1.20 from 1.2, -0.0 from 0.0."""
    return value if isinstance(value, str | int | None) else repr(value)
