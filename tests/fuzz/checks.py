"""What is checked of a query: against other databases, and against itself in other circumstances.

A check returns a Difference, or None where it found none; it counts in `tally` what it did.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import duckdb

import gpudb
from tests.fuzz.answers import Answer, Row, ask_duckdb, ask_ours, ask_sqlite, difference
from tests.fuzz.databases import load_duckdb, load_ours, load_sqlite
from tests.fuzz.expressions import Expressions, Reference
from tests.fuzz.known import find_reason
from tests.fuzz.queries import Query
from tests.fuzz.tables import Tables

Settings = dict[str, object]
# By name: the settings that may not change an answer, and the share of queries that it is tried on.
CIRCUMSTANCES: dict[str, tuple[Settings, float]] = {
    "without the optimizer": ({"device": "python", "optimizer": False}, 0.08),
    "1 chunk": ({"device": "python", "chunk_rows": 1000}, 0.03),
    "2 chunks": ({"device": "python", "chunk_rows": 31, "morsel_rows": 7}, 0.03),
    "7 chunks": ({"device": "python", "chunk_rows": 9, "morsel_rows": 2}, 0.03),
    "cpu": ({"device": "cpu"}, 0.015),
    "numba": ({"device": "cpu", "compiler": "numba"}, 0.001),
    "emulated": ({"device": "emulated"}, 0.01),
}
PARTITIONED_SHARE = 0.1
# SQLite 3.40 loses rows: SELECT 1 FROM t a JOIN t b ON 1 = 0 FULL JOIN t c ON 1 = 0.
LATER_OUTER_JOIN = re.compile(r"\bJOIN\b.*\b(FULL|RIGHT) JOIN\b", re.DOTALL)
DEFECTS = ("DEFECT", "LanguageError", "InternalError")


@dataclass(frozen=True)
class Difference:
    """A query that is answered in two ways: what was compared, both answers, how they differ."""

    check: str
    query: Query
    ours: str
    expected: str
    what: str


@dataclass
class World:
    """Tables, and the databases that hold them, opened when they are first asked."""

    tables: Tables
    settings: Settings
    tally: Counter[str] = field(default_factory=Counter)
    _ours: dict[str, gpudb.Connection] = field(default_factory=dict)
    _theirs: duckdb.DuckDBPyConnection | None = None
    _sqlite: sqlite3.Connection | None = None

    def ours(self, settings: Settings | None = None) -> gpudb.Connection:
        """Return gpudb with these settings."""
        chosen = self.settings if settings is None else settings
        name = repr(chosen)
        if name not in self._ours:
            self._ours[name] = load_ours(self.tables, **chosen)  # type: ignore[arg-type]
        return self._ours[name]

    def theirs(self) -> duckdb.DuckDBPyConnection:
        """Return DuckDB."""
        if self._theirs is None:
            self._theirs = load_duckdb(self.tables)
        return self._theirs

    def sqlite(self) -> sqlite3.Connection:
        """Return SQLite."""
        if self._sqlite is None:
            self._sqlite = load_sqlite(self.tables)
        return self._sqlite

    def close(self) -> None:
        """Close all of them."""
        for connection in self._ours.values():
            connection.close()
        if self._theirs is not None:
            self._theirs.close()
        if self._sqlite is not None:
            self._sqlite.close()


def check_duckdb(world: World, query: Query) -> Difference | None:
    """Compare with DuckDB. An error of DuckDB alone is counted: it may raise for a row that
    another order of conditions never meets."""
    ours, theirs = ask_ours(world.ours(), query.text), ask_duckdb(world.theirs(), query.text)
    if ours.is_cut or theirs.is_cut:
        world.tally["took too long"] += 1
        return None
    if ours.rows is None:
        reason = find_reason(ours.error or "")
        if theirs.rows is None and not is_defect(ours):
            world.tally["refused by both"] += 1
            return None
        if reason is not None and not is_defect(ours):
            world.tally[f"refused on purpose: {reason}"] += 1
            return None
        return Difference("DuckDB", query, ours.shown(), theirs.shown(), "fails")
    if theirs.rows is None:
        kind = (theirs.error or "").partition(":")[0]
        world.tally[f"refused by DuckDB: {kind}"] += 1
        return None
    world.tally["compared with DuckDB"] += 1
    what = difference(query, ours, theirs)
    if what is None:
        return None
    return Difference("DuckDB", query, ours.shown(), theirs.shown(), what)


def check_sqlite(world: World, query: Query) -> Difference | None:
    """Compare with SQLite, for which a truth is 1 or 0. What it refuses, it does not know."""
    ours, theirs = ask_ours(world.ours(), query.text), ask_sqlite(world.sqlite(), query.text)
    if ours.rows is None or theirs.rows is None:
        world.tally["refused by us" if ours.rows is None else "refused by SQLite"] += 1
        return None
    if LATER_OUTER_JOIN.search(query.text):
        world.tally["an outer JOIN that SQLite may get wrong"] += 1
        return None
    plain: list[Row] = [[int(v) if isinstance(v, bool) else v for v in row] for row in ours.rows]
    world.tally["compared with SQLite"] += 1
    what = difference(query, Answer(plain), theirs)
    if what is None:
        return None
    return Difference("SQLite", query, ours.shown(), theirs.shown(), what)


def check_circumstance(world: World, query: Query, name: str) -> Difference | None:
    """Compare our answer with the one that we give with other settings."""
    settings, _ = CIRCUMSTANCES[name]
    ours, other = ask_ours(world.ours(), query.text), ask_ours(world.ours(settings), query.text)
    if ours.is_cut or other.is_cut:
        world.tally[f"took too long with {name}"] += 1
        return None
    if is_defect(other):
        return Difference(name, query, ours.shown(), other.shown(), "fails")
    if ours.rows is None or other.rows is None:
        # Which of two errors is met first, or whether any, may depend on the order of work.
        is_same = (ours.rows is None) == (other.rows is None) or is_data_error(ours, other)
        return None if is_same else Difference(name, query, ours.shown(), other.shown(), "fails")
    world.tally[f"compared with {name}"] += 1
    what = difference(query, ours, other)
    if what is None:
        return None
    return Difference(name, query, ours.shown(), other.shown(), what)


def is_data_error(*answers: Answer) -> bool:
    """Whether one of the answers is an error of the data, such as an overflow."""
    return any((answer.error or "").startswith(("DataError", "NotSupported")) for answer in answers)


def is_defect(answer: Answer) -> bool:
    """Whether an answer is an error that no query may raise."""
    return (answer.error or "").startswith(DEFECTS)


def check_partition(world: World, query: Query, predicate: str) -> Difference | None:
    """Ternary logic partitioning (Rigger and Su, OOPSLA 2020): the rows for which a predicate is
    true, false and NULL are all the rows."""
    whole = f"SELECT * FROM ({query.text}) AS w"
    tests = (predicate, f"NOT ({predicate})", f"({predicate}) IS NULL")
    split = " UNION ALL ".join(f"{whole} WHERE {test}" for test in tests)
    ours, other = ask_ours(world.ours(), query.text), ask_ours(world.ours(), split)
    if is_defect(other):
        return Difference("partition", query, other.shown(), split, "fails")
    if ours.rows is None or other.rows is None:
        return None
    world.tally["partitioned"] += 1
    what = difference(Query(query.text), other, ours)
    if what is None:
        return None
    return Difference("partition", query, f"{split}\n{other.shown()}", ours.shown(), what)


Check = Callable[[World, Query], Difference | None]


def draw_checks(r: random.Random) -> list[Check]:
    """Return the checks to make of a query: DuckDB's answer always, the others now and then."""
    found = [
        partial(check_circumstance, name=n) for n, c in CIRCUMSTANCES.items() if r.random() < c[1]
    ]
    return [check_duckdb, *found]


def partition_check(r: random.Random, query: Query) -> list[Check]:
    """Return, now and then, the check of a query by a random predicate over its columns."""
    if r.random() > PARTITIONED_SHARE or "approximate" in query.families:
        return []
    columns = [Reference(f"w.c{p}", f) for p, f in enumerate(query.families, 1)]
    predicate = Expressions(r, columns).boolean(1)
    return [partial(check_partition, predicate=predicate)]
