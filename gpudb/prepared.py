"""Queries kept bound and planned, so that a dashboard's same question is not planned again.

A plan rests on what it asked of its tables' statistics (gpudb.sql.grounds). After a commit of rows
the same is asked again: where all answers are as they were, the plan serves over the new rows.
What a query was bound to rests on names and types alone, and serves as long as these stay. Results
are never kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from typing import Any
from weakref import WeakMethod

from gpudb.brief import is_plain as are_plain
from gpudb.records import dataclass, replace
from gpudb.settings import Settings
from gpudb.shapes import CutText, Made, Shaped, TracedPlan, cut, filled
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
from gpudb.sql.template import Template
from gpudb.sql.traced import Trace
from gpudb.sql.varied import Varied, with_values
from gpudb.storage.names import RelationName
from gpudb.storage.snapshot import Relation, Snapshot
from gpudb.storage.statistics import Statistics
from gpudb.storage.table import TableVersion

MOST_QUERIES = 256
# Of texts of one shape that are bound in so many ways, the others are not watched.
MOST_OF_SHAPE = 4
# Of the plans of one that is bound, so many are kept: literals that answer otherwise make others.
MOST_OF_LITERALS = 8
# Plans are made anew where one of these was changed.
PLANNING_SETTINGS = ("optimizer", "search_path")
Parameters = Sequence[object] | Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A bound query and its pipelines."""

    query: Query
    pipelines: tuple[Pipeline, ...]
    # Whether nothing in them takes long a row (gpudb.brief), if that is known.
    are_plain: bool | None = None


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
    are_plain: bool
    answers: Mapping[RelationName, Mapping[Asked, object]]

    def is_right(self, snapshot: Snapshot) -> bool:
        """Whether the plan would be the same over the tables as they are now."""
        return all(agree(snapshot.table(name), asked) for name, asked in self.answers.items())


@dataclass(frozen=True, slots=True)
class Other:
    """A text that differs from one that was bound in literals only, and what it makes of these."""

    text: str
    shaped: Shaped
    made: Made
    # Whether it is the very text that was bound.
    is_own: bool


# What was bound and its pipelines, over the tables of one commit.
OverTables = tuple[Template[Plan], Template[tuple[Pipeline, ...]]]


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
        # By the identities of plans, these for the last commit, if they are right for it.
        self._over: dict[int, tuple[TracedPlan, OverTables | None]] = {}

    def clear(self) -> None:
        """Forget all queries: their texts may mean something else now."""
        self._queries.clear()
        self._kept.clear()
        self._shapes.clear()
        self._over.clear()
        self._snapshot = None

    def find(self, text: str, parameters: Parameters) -> Prepared | None:
        """Return the query of this text and these values, if its plan serves the tables as now."""
        snapshot = self._seen()
        if snapshot is not self._snapshot:
            self._queries.clear()
            self._over.clear()
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
        prepared = self._queries[key] = Prepared(kept.query, pipelines, kept.are_plain)
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

    def find_shaped(self, text: str) -> Other | None:
        """Return how a text without parameters differs from another one in literals only.

        It is for a text that `find` has just not found.
        """
        given = cut(text)
        if given is None or self._snapshot is None:
            return None
        key = self._find_key(given.shape, None)
        for shaped in self._shapes.get(key, ()):
            made = shaped.made_for(given.literals)
            if made is not None:
                self._shapes.move_to_end(key)
                return Other(text, shaped, made, given.literals == shaped.literals)
        return None

    def find_served(self, other: Other) -> Prepared | None:
        """Return a query that a plan of other literals serves, over the tables as they are now."""
        for traced in other.shaped.plans:
            made = traced.trace.serves(other.made)
            over = None if made is None else self._over_tables(other.shaped, traced)
            if made is None or over is None:
                continue
            plan, pipelines = over
            query = Query(filled(plan, other.made), other.shaped.names, is_placed=False)
            prepared = Prepared(query, filled(pipelines, made))
            self._queries[self._find_key(other.text, None)] = prepared
            _forget_oldest(self._queries)
            return prepared
        return None

    def _over_tables(self, shaped: Shaped, traced: TracedPlan) -> OverTables | None:
        """Return a plan over the tables as they are now; None where it would be another now."""
        snapshot = self._snapshot
        assert snapshot is not None
        if id(traced) not in self._over:
            over = None
            if all(agree(snapshot.table(n), asked) for n, asked in traced.answers.items()):
                tables = _tables_of(snapshot)
                pipelines = pipelines_with_tables(traced.pipelines.whole, tables)
                over = Template(with_tables(shaped.plan, tables)), Template(pipelines)
            self._over[id(traced)] = traced, over
        return self._over[id(traced)][1]

    def bound(self, other: Other) -> Query:
        """Return a query bound to the tables as they are now, for its own literals."""
        assert self._snapshot is not None
        plan = with_values(other.shaped.plan, other.made)
        plan = with_tables(plan, _tables_of(self._snapshot))
        return Query(plan, other.shaped.names, is_placed=False)

    def traced(self, other: Other) -> tuple[Trace, Plan]:
        """Return a trace of planning, and the plan to begin with, over the tables as they are now.

        The trace outlives these tables.
        """
        assert self._snapshot is not None
        trace = other.shaped.trace(other.made)
        return trace, with_tables(trace.plan, _tables_of(self._snapshot))

    def keep_traced(
        self, other: Other, trace: Trace, pipelines: tuple[Pipeline, ...], grounds: Grounds
    ) -> tuple[Pipeline, ...]:
        """Keep pipelines for other literals; return those for the trace's own."""
        answers = _answers(grounds)
        of_tables = tuple(given for each in answers.values() for _, given in each)
        if not Template(of_tables).leaves:
            template = Template(pipelines_with_tables(pipelines, _named))
            plans = (TracedPlan(trace, template, answers), *other.shaped.plans)
            other.shaped.plans = plans[:MOST_OF_LITERALS]
        return filled(Template(pipelines), [step.made for step in trace.steps])

    def may_keep_shape(self, given: CutText) -> bool:
        """Whether texts of this shape have not been bound in many ways already."""
        return len(self._shapes.get(self._find_key(given.shape, None), ())) < MOST_OF_SHAPE

    def keep_shape(self, given: CutText, query: Query, varied: Varied) -> None:
        """Keep a query whose plan holds watched literals, for texts with others."""
        known = {id(table) for table in self._seen().tables()}
        if not varied.free() or query.is_volatile:
            return
        if not is_plain(query.plan) or not reads_only(query.plan, known):
            return
        plan = with_tables(query.plan, _named)
        shaped = Shaped(plan, query.names, varied, given.literals)
        key = self._find_key(given.shape, None)
        self._shapes[key] = (shaped, *self._shapes.get(key, ()))
        self._shapes.move_to_end(key)
        _forget_oldest(self._shapes)

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
        _forget_oldest(self._queries)
        _forget_oldest(self._kept)

    def _find_key(self, text: Hashable, parameters: Parameters) -> object:
        """Return what names the query."""
        named = parameters if isinstance(parameters, Mapping) else dict(enumerate(parameters or ()))
        settings = tuple(self._settings.get(name) for name in PLANNING_SETTINGS)
        values = ((name, type(value), exact(value)) for name, value in named.items())
        return (text, settings, tuple(values))


def _kept(prepared: Prepared, grounds: Grounds) -> Kept:
    query = replace(prepared.query, plan=with_tables(prepared.query.plan, _named))
    pipelines = pipelines_with_tables(prepared.pipelines, _named)
    return Kept(query, pipelines, are_plain(pipelines), _answers(grounds))


def _answers(grounds: Grounds) -> dict[RelationName, Mapping[Asked, object]]:
    answers: dict[RelationName, Mapping[Asked, object]] = {}
    for noted in grounds.noted.values():
        assert isinstance(noted.table, TableVersion)
        answers[noted.table.full_name] = noted.answers
    return answers


def weakly(see: Callable[[], Snapshot]) -> Callable[[], Snapshot]:
    """Return a method that does not hold its object, which holds the queries that call it.

    Else files of tables that are gone would wait for the garbage collector.
    """
    method = WeakMethod(see)

    def seen() -> Snapshot:
        found = method()
        assert found is not None
        return found()

    return seen


def _forget_oldest(queries: OrderedDict[object, Any]) -> None:
    while len(queries) > MOST_QUERIES:
        queries.popitem(last=False)


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
    differing = first.differing(second)
    return differing is not None and all(_is_alike(old, new) for old, new in differing)


def _is_alike(first: Relation, second: Relation) -> bool:
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
