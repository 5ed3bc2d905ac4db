"""Runs the queries of one seed: random tables, then query after query with its checks."""

from __future__ import annotations

import gc
import random
import time
from collections import Counter
from dataclasses import dataclass, field, replace

from tests.fuzz.checks import Check, Difference, World, check_sqlite, draw_checks, partition_check
from tests.fuzz.minimise import minimise
from tests.fuzz.queries import Queries, Query
from tests.fuzz.reproduce import script
from tests.fuzz.tables import Tables, random_tables
from tests.fuzz.vocabulary import Vocabulary, sqlite_vocabulary

SIZES = {"p": (5, 12, 25), "q": (4, 12), "e": (0,), "o": (1,)}
SLOW_SECONDS = 10.0
# How many queries are of the kind that SQLite understands in the same way.
PORTABLE_SHARE = 0.1


@dataclass
class Outcome:
    """What the queries of a seed came to: a script for each difference, and what took long."""

    seed: int
    tally: Counter[str] = field(default_factory=Counter)
    scripts: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)


def collect_seldom() -> None:
    """Let Python look for cycles less often: plans and texts are trees, and it took a third."""
    gc.set_threshold(100_000, 50, 50)


def run_seed(
    seed: int, count: int, vocabulary: Vocabulary, minimise_seconds: float = 40
) -> Outcome:
    """Run `count` queries over the tables of a seed."""
    r = random.Random(seed)
    tables = random_tables(r, SIZES)
    settings: dict[str, object] = {"device": "python", "morsel_rows": r.choice((1, 3, 1 << 17))}
    outcome = Outcome(seed)
    world = World(tables, settings, outcome.tally)
    queries, portable = Queries(seed, vocabulary), Queries(seed, sqlite_vocabulary(vocabulary))
    for _ in range(count):
        is_portable = r.random() < PORTABLE_SHARE
        query = (portable if is_portable else queries).make()
        checks = [*draw_checks(r), *partition_check(r, query)]
        outcome.tally["queries"] += 1
        began = time.monotonic()
        found = run_checks(world, query, [*checks, check_sqlite] if is_portable else checks)
        if time.monotonic() - began > SLOW_SECONDS:
            outcome.slow.append(f"-- slow: {time.monotonic() - began:.0f} s\n{query.text}")
        if found is not None:
            outcome.tally["differences"] += 1
            outcome.scripts.append(f"-- seed {seed}\n" + report(world, *found, minimise_seconds))
    world.close()
    return outcome


def run_checks(world: World, query: Query, checks: list[Check]) -> tuple[Difference, Check] | None:
    """Return the first difference that the checks find, and the check."""
    for check in checks:
        found = check(world, query)
        if found is not None:
            return found, check
    return None


def report(world: World, found: Difference, check: Check, seconds: float) -> str:
    """Return a script of the smallest query and tables that differ as `found` does."""
    kind = kind_of(found)

    def again(text: str, tables: Tables) -> Difference | None:
        trial = World(tables, world.settings)
        try:
            other = check(trial, replace(found.query, text=text))
        finally:
            trial.close()
        return other if other is not None and kind_of(other) == kind else None

    text, tables = minimise(
        found.query.text, world.tables, lambda t, d: again(t, d) is not None, seconds
    )
    smallest = again(text, tables)
    if smallest is None:
        return script(found, world.tables, world.settings)
    return script(smallest, tables, world.settings)


def kind_of(found: Difference) -> tuple[str, str]:
    """Return what must stay the same while a query is made smaller."""
    if found.what != "fails":
        return found.check, "answers"
    message = found.ours if found.ours.startswith("error") else found.expected
    return found.check, "".join(c for c in message[:60] if not c.isdigit())
