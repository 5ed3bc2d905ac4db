"""Finds out what of the templates gpudb binds and DuckDB runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import duckdb

import gpudb
from tests.fuzz import templates, unsettled
from tests.fuzz.databases import load_duckdb, load_ours
from tests.fuzz.expressions import Expressions, table_references
from tests.fuzz.queries import Queries
from tests.fuzz.sources import Source
from tests.fuzz.tables import random_tables
from tests.fuzz.templates import Template
from tests.fuzz.vocabulary import FORMS, READ_FAMILIES, Vocabulary
from tests.fuzz.windows import Windows

Templates = tuple[Template, ...]
SOURCE = Source("FROM p AS a1", tuple(table_references("a1")), ("a1.id",))


@dataclass
class Probe:
    """Two small databases to try templates on; `missing` tells what gpudb does not bind."""

    ours: gpudb.Connection
    theirs: duckdb.DuckDBPyConnection
    r: random.Random = field(default_factory=lambda: random.Random(5))
    missing: list[tuple[str, str]] = field(default_factory=list)

    def usable(self, found: Templates, fill: Callable[[str], str]) -> Templates:
        """Return the templates that gpudb binds; one that DuckDB refuses is our mistake."""
        return tuple(t for t in found if self.is_usable(fill(t.text), t))

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
    probe = Probe(load_ours(tables, device="python"), load_duckdb(tables))
    windows = Windows(random.Random(5), Queries(5))

    def with_id(text: str) -> str:
        return text.replace("{id}", "a1.id")

    def drawn(settled: Templates, others: Templates) -> Templates:
        return settled if is_settled else (*settled, *others)

    shown = drawn(templates.APPROXIMATE_SCALARS, unsettled.APPROXIMATE_SCALARS)
    over = drawn(templates.WINDOWS, unsettled.WINDOWS)
    vocabulary = Vocabulary(
        READ_FAMILIES,
        FORMS - unsettled.FORMS if is_settled else FORMS,
        probe.usable(drawn(templates.SCALARS, unsettled.SCALARS), with_id),
        probe.usable(shown, with_id),
        probe.usable(drawn(templates.AGGREGATES, unsettled.AGGREGATES), with_id),
        probe.usable(templates.APPROXIMATE_AGGREGATES, with_id),
        probe.usable(over, lambda text: windows.clauses(text, SOURCE)),
    )
    probe.ours.close()
    probe.theirs.close()
    return vocabulary, probe.missing


def describe_missing(missing: list[tuple[str, str]]) -> Iterator[str]:
    """Yield a line for each template that gpudb does not take."""
    for text, why in missing:
        yield f"not there: {text}: {why}"
