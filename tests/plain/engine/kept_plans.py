"""Checks that what is kept of a query is what would be made anew, for every query that runs.

Each query that is kept is asked for again as if its tables had grown, and with other literals:
where it is answered, it is planned or bound anew and both must say the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from itertools import chain
from unittest import mock

from gpudb.engine import Engine
from gpudb.prepared import Parameters, Prepared, PreparedQueries
from gpudb.session import Execution
from gpudb.shapes import CutText, cut
from gpudb.sql.grounds import Grounds, bare, pipelines_with_tables
from gpudb.sql.lower import lower
from gpudb.sql.optimize import optimize
from gpudb.sql.parse import parse_script
from gpudb.sql.parsed import Parsed
from gpudb.sql.pipeline import Pipeline
from gpudb.sql.statement import Query, Statement
from gpudb.sql.varied import WatchedLiteral
from gpudb.storage.snapshot import Snapshot
from gpudb.storage.table import TableVersion

VERSIONS = 1 << 40


class Checked:
    """How many queries were planned, how many plans served larger tables, and other literals."""

    def __init__(self) -> None:
        self.planned = self.served = self.of_others = 0


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
        own._shapes = queries._shapes
        if not parameters:
            checked.of_others += sum(_serves_others(own, text))
        for change in (grown, shrunk):
            seen[0] = change(queries._seen())
            checked.served += _serves(own, text, parameters)
            if not parameters:
                checked.of_others += sum(_serves_others(own, text))

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


def _serves_others(queries: PreparedQueries, text: str) -> Iterator[bool]:
    """Yield for texts with other literals whether they are served; then by the right plan."""
    given = cut(text)
    if given is None or queries.find_shaped(text) is None:
        return
    for literals in dict.fromkeys(varied_literals(given.literals)):
        other = queries.find_shaped(with_literals(given, literals))
        found = None if other is None else queries.find_served(other)
        yield found is not None
        if other is None or found is None:
            continue
        is_on = bool(queries._settings.get("optimizer"))
        bound = queries.bound(other)
        assert not any(_watched(found.pipelines)), other.text
        assert repr(found.query.plan) == repr(bound.plan), other.text
        assert repr(found.pipelines) == repr(planned(bound, is_on=is_on)), other.text


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


@contextmanager
def checked_shapes() -> Iterator[Checked]:
    """Check within the block that each query is bound for other literals as their own text is."""
    checked, bind = Checked(), Engine._bind_varied

    def check(
        engine: Engine, parsed: Parsed, parameters: Parameters, execution: Execution
    ) -> Statement:
        statement = bind(engine, parsed, parameters, execution)
        given = cut(parsed.text)
        if isinstance(statement, Query) and given is not None and not parameters:
            checked.planned += 1
            assert not any(_watched(statement.plan)), parsed.text
            for literals in varied_literals(given.literals):
                checked.served += _is_bound_alike(engine, execution, with_literals(given, literals))
        return statement

    with mock.patch.object(Engine, "_bind_varied", check):
        yield checked


def _is_bound_alike(engine: Engine, execution: Execution, text: str) -> bool:
    """Return whether a text needs no binding; then its own gives the same."""
    other = engine.session.prepared.find_shaped(text)
    if other is None:
        return False
    found = engine.session.prepared.bound(other)
    (parsed,) = parse_script(text)
    fresh = engine._bind(parsed, None, execution)
    assert isinstance(fresh, Query)
    assert not any(_watched(found.plan)), text
    assert found.names == fresh.names, text
    assert repr(found.plan) == repr(fresh.plan), text
    return True


def with_literals(given: CutText, literals: Sequence[str]) -> str:
    """Return the text of a shape with these literals."""
    return "".join(chain(*zip(given.shape[::2], (*literals, ""), strict=True)))


def varied_literals(literals: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield a text's literals with some or all of them changed."""
    for change in CHANGES:
        yield tuple(change(each) for each in literals)
        for place, each in enumerate(literals):
            yield (*literals[:place], change(each), *literals[place + 1 :])


def _more(literal: str) -> str:
    if literal[0] == "'":
        day = DAY.fullmatch(literal)
        return f"'{day[1]}-0{int(day[2]) % 9 + 1}-11{day[3]}'" if day else "'zö'"
    return literal[:-1] + str((int(literal[-1]) + 1) % 10)


DAY = re.compile(r"'(\d{4})-(\d\d?)-\d\d?(.*)'")
CHANGES: tuple[Callable[[str], str], ...] = (
    _more,
    lambda literal: "''" if literal[0] == "'" else "0.0" if "." in literal else "0",
    lambda literal: "'1'" if literal[0] == "'" else "99999.5" if "." in literal else "3000000000",
)


def _watched(part: object) -> Iterator[WatchedLiteral]:
    """Yield the watched literals anywhere in a plan."""
    if isinstance(part, WatchedLiteral):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from _watched(each)
    elif is_dataclass(part) and not isinstance(part, type):
        for own in fields(part):
            yield from _watched(getattr(part, own.name))
