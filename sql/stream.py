"""A pipeline in the making: a source and steps, and what projections have bound to fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from gpudb.records import dataclass, replace
from gpudb.sql.expr import ColumnReference, Expression, SortKey, transform
from gpudb.sql.grounds import ask
from gpudb.sql.pipeline import ScanRows, Source, Step
from gpudb.sql.plan import Field, TableSource

# Longer arrays are not unnested inside kernels.
MOST_ELEMENTS = 1 << 14


@dataclass(frozen=True, slots=True)
class Stream:
    """A pipeline that still lacks its sink.

    `bindings` are the expressions behind projected fields; `order` is what is known of the order
    of the source's rows.
    """

    source: Source
    steps: tuple[Step, ...] = ()
    bindings: Mapping[int, Expression] = field(default_factory=dict)
    order: tuple[SortKey, ...] = ()

    def resolve(self, expression: Expression) -> Expression:
        """Return `expression` over the fields of the source and the probes."""
        return transform(expression, self._bound)

    def _bound(self, node: Expression) -> Expression:
        if isinstance(node, ColumnReference):
            return self.bindings.get(node.id, node)
        return node

    def then(self, step: Step) -> Stream:
        """Return the stream with one more step."""
        return replace(self, steps=(*self.steps, step))


def reference(of: Field) -> ColumnReference:
    """Return an expression that reads `of`."""
    return ColumnReference(id=of.id, name=of.name, type=of.type, nullable=of.nullable)


def longest_array(source: Source, arrays: Sequence[Expression]) -> int | None:
    """Return how many elements arrays have at most that a scan reads; None where they may be many.

    A kernel keeps room for all that one row gives, so long arrays, and those of which nothing is
    known, are better expanded by numpy.
    """
    if not isinstance(source, ScanRows):
        return None
    columns = dict(zip((f.id for f in source.fields), source.columns, strict=True))
    longest = 0
    for array in arrays:
        if not isinstance(array, ColumnReference) or array.id not in columns:
            return None
        known = ask(source.table, _longest, columns[array.id])
        if known is None:
            return None
        longest = max(longest, known)
    return longest if longest <= MOST_ELEMENTS else None


def _longest(table: TableSource, column: str) -> int | None:
    known = table.statistics(column)
    return None if known is None else known.longest
