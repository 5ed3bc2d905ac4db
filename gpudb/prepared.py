"""Queries kept bound and planned, so that a dashboard's same question is not planned again.

A plan rests on what it asked of its tables' statistics (gpudb.sql.grounds). After a commit of rows
the same is asked again: where all answers are as they were, the plan serves over the new rows.
What a query was bound to rests on names and types alone, and serves as long as these stay. Results
are never kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence, Set

from gpudb.records import dataclass, replace
from gpudb.settings import Settings
from gpudb.shapes import CutText, Shaped, cut
from gpudb.sql.grounds import (
    Asked,
    Grounds,
    agree,
    is_plain,
    pipelines_with_tables,
    with_tables,
)
from gpudb.sql.pipeline import Pipeline, ScanRows
from gpudb.sql.plan import Plan, Scan, TableSource, walk
from gpudb.sql.statement import Query
from gpudb.sql.varied import Varied
from gpudb.storage.names import RelationName
from gpudb.storage.snapshot import Relation, Snapshot
from gpudb.storage.statistics import Statistics
from gpudb.storage.table import TableVersion

MOST_QUERIES = 256
# Of texts of one shape that are bound in so many ways, the others are not watched.
MOST_OF_SHAPE = 4
# Plans are made anew where one of these was changed.
PLANNING_SETTINGS = ("optimizer", "search_path")
Parameters = Sequence[object] | Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A bound query and its pipelines."""

    query: Query
    pipelines: tuple[Pipeline, ...]


@dataclass(frozen=True, slots=True)
class NamedTable:
    """Stands for a table of any commit, whose rows it keeps nobody from forgetting."""

    full_name: RelationName

    @property
    def name(self) -> str:
        """What messages call the table."""
        return self.full_name.name

    @property
    def row_count(self) -> int:
        """Nothing is known of the rows."""
        raise AssertionError(self.full_name)

    def statistics(self, column: str) -> Statistics | None:
        """Nothing is known of the rows."""
        raise AssertionError(self.full_name, column)


@dataclass(frozen=True, slots=True)
class Kept:
    """A query over named tables, its pipelines, and what its plan asked of them."""

    query: Query
    pipelines: tuple[Pipeline, ...]
    answers: Mapping[RelationName, Mapping[Asked, object]]

    def is_right(self, snapshot: Snapshot) -> bool:
        """Whether the plan would be the same over the tables as they are now."""
        return all(agree(snapshot.table(name), asked) for name, asked in self.answers.items())


class PreparedQueries:
    """The queries of one connection, the least recently used of them forgotten first."""

    def __init__(self, snapshot: Callable[[], Snapshot], settings: Settings) -> None:
        self._seen = snapshot
        self._settings = settings
        self._snapshot: Snapshot | None = None
        # For the last commit, and for all in which names mean the same.
        self._queries: OrderedDict[object, Prepared] = OrderedDict()
        self._kept: OrderedDict[object, Kept] = OrderedDict()
        self._shapes: OrderedDict[object, tuple[Shaped, ...]] = OrderedDict()

    def clear(self) -> None:
        """Forget all queries: their texts may mean something else now."""
        self._queries.clear()
        self._kept.clear()
        self._shapes.clear()

    def find(self, text: str, parameters: Parameters) -> Prepared | None:
        """Return the query of this text and these values, if its plan serves the tables as now."""
        snapshot = self._seen()
        if snapshot is not self._snapshot:
            self._queries.clear()
            if self._snapshot is None or not are_alike(self._snapshot, snapshot):
                self._kept.clear()
                self._shapes.clear()
            self._snapshot = snapshot
        key = self._find_key(text, parameters)
        if key in self._queries:
            self._queries.move_to_end(key)
            return self._queries[key]
        kept = self._kept.get(key)
        if kept is None or not kept.is_right(snapshot):
            return None
        pipelines = pipelines_with_tables(kept.pipelines, _tables_of(snapshot))
        prepared = self._queries[key] = Prepared(kept.query, pipelines)
        self._kept.move_to_end(key)
        return prepared

    def find_bound(self, text: str, parameters: Parameters) -> Query | None:
        """Return the query of this text and these values, bound to the tables as they are now.

        It is for a text that `find` has just not found.
        """
        kept, snapshot = self._kept.get(self._find_key(text, parameters)), self._snapshot
        if kept is None or snapshot is None:
            return None
        query = kept.query
        return replace(query, plan=with_tables(query.plan, _tables_of(snapshot)))

    def find_shaped(self, text: str) -> Query | None:
        """Return the query of a text without parameters, if others differ in literals only.

        It is for a text that `find` has just not found.
        """
        given, snapshot = cut(text), self._snapshot
        key = None if given is None else self._find_key(given.shape, None)
        if given is None or snapshot is None or key not in self._shapes:
            return None
        self._shapes.move_to_end(key)
        for shaped in self._shapes[key]:
            plan = shaped.bound_for(given.literals)
            if plan is not None:
                plan = with_tables(plan, _tables_of(snapshot))
                return Query(plan, shaped.names, is_placed=False)
        return None

    def may_keep_shape(self, given: CutText) -> bool:
        """Whether texts of this shape have not been bound in many ways already."""
        return len(self._shapes.get(self._find_key(given.shape, None), ())) < MOST_OF_SHAPE

    def keep_shape(self, given: CutText, query: Query, varied: Varied) -> None:
        """Keep a query whose plan holds watched literals, for texts with others."""
        free = varied.free()
        known = {id(table) for table in self._seen().tables()}
        if not free or query.is_volatile:
            return
        if not is_plain(query.plan) or not reads_only(query.plan, known):
            return
        plan = with_tables(query.plan, _named)
        shaped = Shaped(plan, query.names, varied, given.literals, free)
        key = self._find_key(given.shape, None)
        self._shapes[key] = (shaped, *self._shapes.get(key, ()))
        self._shapes.move_to_end(key)
        while len(self._shapes) > MOST_QUERIES:
            self._shapes.popitem(last=False)

    def keep(self, text: str, parameters: Parameters, prepared: Prepared, grounds: Grounds) -> None:
        """Keep a query that means the same next time: of stored tables, and not volatile."""
        key = self._find_key(text, parameters)
        sources = [p.source for p in prepared.pipelines if isinstance(p.source, ScanRows)]
        known = {id(table) for table in self._seen().tables()}
        is_stored = all(id(source.table) in known for source in sources)
        if prepared.query.is_volatile or not is_stored:
            return
        self._queries[key] = prepared
        if grounds.are_whole and reads_only(prepared.query.plan, known):
            self._kept[key] = _kept(prepared, grounds)
            self._kept.move_to_end(key)
        for queries in (self._queries, self._kept):
            while len(queries) > MOST_QUERIES:
                queries.popitem(last=False)

    def _find_key(self, text: Hashable, parameters: Parameters) -> object:
        """Return what names the query."""
        named = parameters if isinstance(parameters, Mapping) else dict(enumerate(parameters or ()))
        settings = tuple(self._settings.get(name) for name in PLANNING_SETTINGS)
        values = ((name, type(value), exact(value)) for name, value in named.items())
        return (text, settings, tuple(values))


def _kept(prepared: Prepared, grounds: Grounds) -> Kept:
    query = replace(prepared.query, plan=with_tables(prepared.query.plan, _named))
    answers = {}
    for noted in grounds.noted.values():
        assert isinstance(noted.table, TableVersion)
        answers[noted.table.full_name] = noted.answers
    return Kept(query, pipelines_with_tables(prepared.pipelines, _named), answers)


def _named(table: TableSource) -> TableSource:
    assert isinstance(table, TableVersion)
    return NamedTable(table.full_name)


def _tables_of(snapshot: Snapshot) -> Callable[[TableSource], TableSource]:
    def table_of(named: TableSource) -> TableSource:
        assert isinstance(named, NamedTable)
        return snapshot.table(named.full_name)

    return table_of


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


def reads_only(plan: Plan, tables: Set[int]) -> bool:
    """Whether a plan reads tables of these identities only."""
    return all(id(node.table) in tables for node in walk(plan) if isinstance(node, Scan))


def exact(value: object) -> object:
    """Return what tells a value from all that are equal to it: 1.20 from 1.2, -0.0 from 0.0."""
    return value if isinstance(value, str | int | None) else repr(value)
