"""Finds out what of the templates gpudb binds and DuckDB runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import duckdb

import gpudb
from tests.fuzz import templates
from tests.fuzz.databases import load_duckdb, load_ours
from tests.fuzz.expressions import Expressions, table_references
from tests.fuzz.queries import Queries
from tests.fuzz.sources import Source
from tests.fuzz.tables import random_tables
from tests.fuzz.templates import Template
from tests.fuzz.unsettled import UNSETTLED
from tests.fuzz.vocabulary import FAMILIES, FORMS, Vocabulary
from tests.fuzz.windows import Windows

SOURCE = Source("FROM p AS a1", tuple(table_references("a1")), ("a1.id",))


@dataclass
class Probe:
    """Two small databases to try templates on; `missing` tells what gpudb does not bind."""

    ours: gpudb.Connection
    theirs: duckdb.DuckDBPyConnection
    left_out: frozenset[str]
    r: random.Random = field(default_factory=lambda: random.Random(5))
    missing: list[tuple[str, str]] = field(default_factory=list)

    def usable(
        self, found: tuple[Template, ...], fill: Callable[[str], str]
    ) -> tuple[Template, ...]:
        """Return the templates that gpudb binds; one that DuckDB refuses is our mistake."""
        tried = [t for t in found if t.text not in self.left_out]
        return tuple(t for t in tried if self.is_usable(fill(t.text), t))

    def is_usable(self, item: str, template: Template) -> bool:
        """Whether gpudb binds an item of SELECT."""
        text = Expressions(self.r, SOURCE.references).fill(Template(template.family, item), 0)
        query = f"SELECT {text} AS c1 {SOURCE.text}"
        self.theirs.execute(f"EXPLAIN {query}").fetchall()
        try:
            self.ours.execute(f"EXPLAIN {query}").fetchall()
        except gpudb.Error as error:
            self.missing.append((template.text, str(error).split("\n")[0]))
            return False
        return True


def find_vocabulary(*, is_settled: bool = False) -> tuple[Vocabulary, list[tuple[str, str]]]:
    """Return the templates that both databases take, and those that gpudb refuses, with why.

    With `is_settled`, only those that long runs have been through.
    """
    tables = random_tables(random.Random(5), {"p": (3,)})
    left_out = UNSETTLED if is_settled else frozenset()
    probe = Probe(load_ours(tables, device="python"), load_duckdb(tables), left_out)
    windows = Windows(random.Random(5), Queries(5))

    def with_id(text: str) -> str:
        return text.replace("{id}", "a1.id")

    vocabulary = Vocabulary(
        FAMILIES,
        FORMS - left_out - (frozenset() if has_qualify(probe) else {"QUALIFY"}),
        probe.usable(templates.SCALARS, with_id),
        probe.usable(templates.APPROXIMATE_SCALARS, with_id),
        probe.usable(templates.AGGREGATES, with_id),
        probe.usable(templates.APPROXIMATE_AGGREGATES, with_id),
        probe.usable(templates.WINDOWS, lambda text: windows.clauses(text, SOURCE)),
    )
    probe.ours.close()
    probe.theirs.close()
    return vocabulary, probe.missing


def has_qualify(probe: Probe) -> bool:
    """Whether gpudb binds QUALIFY."""
    if "QUALIFY" in probe.left_out:
        return False
    try:
        probe.ours.execute("SELECT k FROM p QUALIFY ROW_NUMBER() OVER (ORDER BY id) = 1")
    except gpudb.Error as error:
        probe.missing.append(("QUALIFY", str(error).split("\n")[0]))
        return False
    return True


def describe_missing(missing: list[tuple[str, str]]) -> Iterator[str]:
    """Yield a line for each template that gpudb does not take."""
    for text, why in missing:
        yield f"not there: {text}: {why}"
