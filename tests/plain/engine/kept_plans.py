"""A check that a plan kept after a commit is the one that would be made: for every query that runs.

Each query that is kept is asked for again as if its tables had grown: where it is answered, the
plan is made anew and both must say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from gpudb.prepared import Parameters, Prepared, PreparedQueries
from gpudb.sql.grounds import Grounds, bare, pipelines_with_tables
from gpudb.sql.lower import lower
from gpudb.sql.optimize import optimize
from gpudb.sql.pipeline import Pipeline
from gpudb.sql.statement import Query
from gpudb.storage.snapshot import Snapshot
from gpudb.storage.table import TableVersion

VERSIONS = 1 << 40


class Checked:
    """How many of the queries were planned, and how many of the plans served larger tables."""

    def __init__(self) -> None:
        self.planned = self.served = 0


@contextmanager
def checked_plans() -> Iterator[Checked]:
    """Check every plan that is kept within the block, for grown tables, too."""
    checked, keep = Checked(), PreparedQueries.keep

    def check(
        queries: PreparedQueries,
        text: str,
        parameters: Parameters,
        prepared: Prepared,
        grounds: Grounds,
    ) -> None:
        keep(queries, text, parameters, prepared, grounds)
        seen = [queries._seen()]
        own = PreparedQueries(lambda: seen[0], queries._settings)
        own.find(text, parameters)
        keep(own, text, parameters, prepared, grounds)
        checked.planned += 1
        for change in (grown, shrunk):
            seen[0] = change(queries._seen())
            checked.served += _serves(own, text, parameters)

    with mock.patch.object(PreparedQueries, "keep", check):
        yield checked


def _serves(queries: PreparedQueries, text: str, parameters: Parameters) -> bool:
    """Return whether a query's plan serves the tables as they are; then it is the right one."""
    found = queries.find(text, parameters)
    query = queries.find_bound(text, parameters)
    if found is None or query is None:
        return False
    is_on = bool(queries._settings.get("optimizer"))
    fresh = planned(query, is_on=is_on)
    # What is equal may be of another type, such as 1 and TRUE.
    assert found.pipelines == fresh, text
    assert repr(found.pipelines) == repr(fresh), text
    return True


def planned(query: Query, *, is_on: bool) -> tuple[Pipeline, ...]:
    """Return the pipelines of a query, made by every stage."""
    plan = optimize(Grounds(query.plan).plan, is_on=is_on)
    return pipelines_with_tables(lower(plan), bare)


def grown(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot in which all tables hold the rows of their first chunk once more."""
    for table in snapshot.tables():
        snapshot = snapshot.with_relation(_with_chunks(table, (*table.chunks, *table.chunks[:1])))
    return snapshot


def shrunk(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot in which all tables lack their last chunk."""
    for table in snapshot.tables():
        snapshot = snapshot.with_relation(_with_chunks(table, table.chunks[:-1]))
    return snapshot


def _with_chunks(table: TableVersion, chunks: tuple[object, ...]) -> TableVersion:
    return table.changed(table.version + VERSIONS, chunks=chunks)  # type: ignore[arg-type]
