"""Which types, templates and forms the random queries may use."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.fuzz import templates
from tests.fuzz.templates import Template

FAMILIES = ("int", "decimal", "wide", "float", "real", "clock", "date", "time", "text", "bool")
# Arrays have no order, and are read by templates only.
READ_FAMILIES = (*FAMILIES, "array")
FORMS = frozenset(
    (
        "ILIKE",
        "LATERAL",
        "VALUES",
        "ANY",
        "GROUPING SETS",
        "DISTINCT ON",
        "INTERSECT ALL",
        "QUALIFY",
        "RECURSIVE",
        "SERIES",
        "UNNEST",
    )
)


@dataclass(frozen=True)
class Vocabulary:
    """The families of types, the templates by what they make, forms that not all databases have."""

    families: tuple[str, ...] = READ_FAMILIES
    forms: frozenset[str] = FORMS

    scalars: tuple[Template, ...] = templates.SCALARS
    approximate: tuple[Template, ...] = templates.APPROXIMATE_SCALARS
    aggregates: tuple[Template, ...] = templates.AGGREGATES
    approximate_aggregates: tuple[Template, ...] = templates.APPROXIMATE_AGGREGATES
    windows: tuple[Template, ...] = templates.WINDOWS

    def choose(self, r: random.Random, families: Sequence[str]) -> str:
        """Return one of `families` that the vocabulary has."""
        return r.choice([family for family in families if family in self.families])


def sqlite_vocabulary(usable: Vocabulary) -> Vocabulary:
    """Return what SQLite means as we do, of what is usable."""
    windows = tuple(t for t in templates.SQLITE_WINDOWS if t in usable.windows)
    return Vocabulary(
        families=("int", "text", "bool"),
        forms=frozenset(),
        scalars=templates.SQLITE_SCALARS,
        approximate=(),
        aggregates=templates.SQLITE_AGGREGATES,
        approximate_aggregates=(),
        windows=windows,
    )
