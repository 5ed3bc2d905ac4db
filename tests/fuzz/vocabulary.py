"""Which templates the random queries may use: those that gpudb binds and DuckDB runs."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fuzz import templates
from tests.fuzz.templates import Template


@dataclass(frozen=True)
class Vocabulary:
    """The templates by what they make."""

    scalars: tuple[Template, ...] = templates.SCALARS
    approximate: tuple[Template, ...] = templates.APPROXIMATE_SCALARS
    aggregates: tuple[Template, ...] = templates.AGGREGATES
    approximate_aggregates: tuple[Template, ...] = templates.APPROXIMATE_AGGREGATES
    windows: tuple[Template, ...] = templates.WINDOWS
    has_qualify: bool = True
