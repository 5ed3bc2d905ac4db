"""Parts of builds that do not fit a device's memory: each meets its own rows of the source.

    build    the rows whose key's word is of part p           an index of their own
    source   the rows whose key's word is of part p           others are another round's

A bitmap's rows lie in the order of their keys, so a part of them is a range of words; other rows
are dealt by the hash of the word. A row of the source meets all its matches in one round, whatever
the kind of the join is, and rows that can have none belong to the first.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gpudb.kernels.builds import (
    BuildTable,
    DealtIndex,
    HashIndex,
    HashPart,
    RankIndex,
    WordRange,
    hash_index,
    indexed,
    part_numbers,
)
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.radix import Workers
from gpudb.records import replace
from gpudb.sql.pipeline import Pipeline, Probe


def build_sizes(pipeline: Pipeline, builds: Mapping[int, BuildTable]) -> dict[int, int]:
    """Return the bytes of the builds of which there can be parts, by their pipelines."""
    return {
        step.build: build_bytes(builds[step.build], step)
        for step in pipeline.steps
        if isinstance(step, Probe) and isinstance(builds[step.build].index, RankIndex | HashIndex)
    }


def build_bytes(table: BuildTable, probe: Probe) -> int:
    """Return how many bytes of a build its probe reads."""
    columns = [table.relation.columns[field.id] for field in probe.payload]
    if table.packed is None:
        columns += table.keys
    arrays = [array for column in columns for array in column.arrays]
    match table.index:
        case RankIndex(bits=bits, ranks=ranks, starts=starts):
            arrays += [bits, ranks, starts]
        case HashIndex() as index:
            arrays += [index.words, index.slots, index.following, index.filter]
    return sum(a.nbytes for a in arrays if a is not None)


def part_of(table: BuildTable, number: int, count: int, workers: Workers) -> BuildTable:
    """Return part `number` of `count` of a build; columns keep the bounds of all its rows."""
    if isinstance(table.index, DealtIndex):
        return _dealt_part(table, table.index, number, workers)
    if isinstance(table.index, RankIndex):
        return _range_of(table, table.index, number, count)
    assert isinstance(table.index, HashIndex)
    rows = np.flatnonzero(part_numbers(table.index.words, count) == number)
    index, longest = hash_index(table.index.words[rows], workers)
    return replace(
        table,
        relation=_taken(table.relation, rows, len(rows)),
        keys=tuple(_within(key, rows) for key in table.keys),
        index=index,
        longest=longest,
        part=HashPart(number, count),
        memory=None,
        _key_bits={},
    )


def _dealt_part(table: BuildTable, index: DealtIndex, number: int, workers: Workers) -> BuildTable:
    """Return the rows of a part that lie together, with an index of their own."""
    rows = slice(index.begins[number], index.begins[number + 1])
    relation = _taken(table.relation, rows, rows.stop - rows.start)
    keys = tuple(_within(key, rows) for key in table.keys)
    made = indexed(relation, keys, table.packed, workers)
    for id, column in made.relation.columns.items():
        _keep_bounds(column, table.relation.columns[id])
    # Of all parts: what rounds leave must agree.
    longest, are_wide = table.longest, table.are_wide
    return replace(made, longest=longest, are_wide=are_wide, part=index.parts[number])


def _range_of(table: BuildTable, index: RankIndex, number: int, count: int) -> BuildTable:
    """Return the rows of some of a bitmap's int64s, of about as many keys in each part."""
    cuts = [index.distinct * place // count for place in (number, number + 1)]
    begin, end = (int(place) for place in np.searchsorted(index.ranks, cuts))
    begin, end = (begin if number else 0), (end if number + 1 < count else len(index.bits))
    ranks = [int(index.ranks[w]) if w < len(index.bits) else index.distinct for w in (begin, end)]
    starts, rows = None, slice(*ranks)
    if index.starts is not None:
        rows = slice(int(index.starts[ranks[0]]), int(index.starts[ranks[1]]))
        starts = index.starts[ranks[0] : ranks[1] + 1] - np.int32(rows.start)
    least = index.least + 64 * begin
    part = RankIndex(
        least,
        max(0, min(index.size - 64 * begin, 64 * (end - begin))),
        index.bits[begin:end],
        index.ranks[begin:end] - np.int32(ranks[0]),
        starts,
        ranks[1] - ranks[0],
    )
    words = WordRange(
        least if number else None, index.least + 64 * end if number + 1 < count else None
    )
    relation = _taken(table.relation, rows, rows.stop - rows.start)
    return replace(table, relation=relation, index=part, part=words, memory=None, _key_bits={})


def _taken(relation: Relation, rows: np.ndarray | slice, count: int) -> Relation:
    columns = {id: _within(column, rows) for id, column in relation.columns.items()}
    return Relation(count, columns)


def _within(column: HeldColumn, rows: np.ndarray | slice) -> HeldColumn:
    """Return a column's values at `rows`, with the bounds of all: states of parts must agree."""
    taken = column.take(rows)
    _keep_bounds(taken, column)
    return taken


def _keep_bounds(part: HeldColumn, whole: HeldColumn) -> None:
    vars(part)["bounds"] = whole.bounds
