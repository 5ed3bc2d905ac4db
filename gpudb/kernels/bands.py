"""Joins by inequalities: a build in the order of one band, and where a probe begins and ends in it.

    ON low <= x AND high >= x       rows in the order of low
                                    begin: where the greatest high so far reaches x
                                    end: where low exceeds x

Intervals that do not overlap are found exactly; others by the rows between two places. The join's
condition is tested at each of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.kernels import library
from gpudb.kernels.builds import BandIndex, Bound, BuildTable
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.radix import Workers
from gpudb.kernels.scalar import write
from gpudb.kernels.scope import Scope
from gpudb.kernels.sorting import values_of
from gpudb.kernels.values import FLOAT, WIDE
from gpudb.sql.expr import Expression

BEGINS = ("greater", "greater_equal")
STRICT_BEGINS = ("greater", "less_equal")


def band_index(
    relation: Relation,
    columns: Sequence[HeldColumn],
    comparisons: Sequence[str],
    workers: Workers,
) -> BuildTable:
    """Return the build of `relation`'s rows, of whose bands `columns` none is NULL."""
    usable = [place for place, column in enumerate(columns) if column.high is None]
    if not usable or not relation.rows:
        return BuildTable(relation, (), (), None, relation.rows)
    words = {place: values_of(columns[place]) for place in usable}
    order = workers.order([words[usable[0]]])
    words = {place: column[order] for place, column in words.items()}
    # The first band lies in order; so does another where it is the same expression.
    bounds = tuple(
        _bound(words[place], comparison) if place in words else None
        for place, comparison in enumerate(comparisons)
    )
    return BuildTable(workers.take(relation, order), (), (), BandIndex(bounds), relation.rows)


def _bound(words: np.ndarray, comparison: str) -> Bound:
    """Return the bound of a comparison; words that are not in order give their running extremes."""
    is_begin = comparison in BEGINS
    if is_begin:
        ascending = np.maximum.accumulate(words)
    else:
        ascending = np.minimum.accumulate(words[::-1])[::-1]
    return Bound(np.ascontiguousarray(ascending), is_begin, comparison in STRICT_BEGINS)


def write_range(
    index: BandIndex,
    compared: Sequence[Expression],
    rows: int,
    begin: str,
    end: str,
    scope: Scope,
) -> None:
    """Write `begin` and `end`, between which all rows lie that a probe's row may join."""
    writer = scope.writer
    count = writer.constant("match_rows", rows)
    writer.line(f"{begin} = 0")
    writer.line(f"{end} = {count}")
    for bound, expression in zip(index.bounds, compared, strict=True):
        value = write(expression, scope)
        if bound is None or value.kind is WIDE:
            continue
        word = value.text
        if value.kind is FLOAT:
            order = writer.use(library.float_order, library.float_word)
            word = f"{order}({word})"
        search = library.first_exceeding if bound.is_strict else library.first_reaching
        words = writer.constant("band", bound.words)
        place = writer.assign("place", f"{writer.use(search)}({words}, {count}, {word})")
        if bound.is_begin:
            writer.line(f"{begin} = max({begin}, {place})")
        else:
            writer.line(f"{end} = min({end}, {place})")
        if value.is_null is not None:
            with writer.block(f"if {value.is_null}:"):
                writer.line(f"{end} = 0")
