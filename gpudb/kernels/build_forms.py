"""What a probe's text depends on of a build, and what it is passed of whichever build there is."""

from __future__ import annotations

from weakref import ref

import numpy as np

from gpudb.kernels.builds import BuildTable, HashIndex, RankIndex, key_words
from gpudb.kernels.domains import Domain
from gpudb.kernels.held import HeldColumn
from gpudb.sql.bounds import Known, bounds
from gpudb.sql.pipeline import Probe

Form = tuple[object, ...]


def column_form(column: HeldColumn) -> Form:
    """Return what the reading of a held column depends on, but its bounds, for which it asks."""
    high, nulls = column.high, column.nulls
    dtypes = column.values.dtype, high is None or high.dtype, nulls is None or nulls.dtype
    return column.type, dtypes, domain_form(column.domain), column.failures is None


def domain_form(domain: Domain | None) -> ref[Domain] | None:
    """Return which strings codes stand for; they may be let go while a text is kept."""
    return None if domain is None else ref(domain)


def build_form(step: Probe, build: BuildTable) -> Form | None:
    """Return what a probe's text depends on; None where it is of just this build."""
    index = build.index
    if build.part is not None:
        return None
    if isinstance(index, RankIndex):
        found: Form = RankIndex, index.least != 0, index.starts is None
    elif isinstance(index, HashIndex):
        found = HashIndex, index.filter is None, index.following is None
    elif index is None:
        found = (None,)
    else:
        return None
    parts = build.packed
    packed = None if parts is None else tuple([part.stride == 1 for part in parts])
    keys = tuple([(key.type, domain_form(key.domain)) for key in build.keys])
    columns = build.relation.columns
    payload = tuple([column_form(columns[field.id]) for field in step.payload])
    return found, packed, build.are_wide, keys, payload


def build_facts(build: BuildTable) -> Form | None:
    """Return what guesses are made of; None where they look at more, at one of several keys."""
    index = build.index
    if len(build.are_wide) > 1:
        return None
    if isinstance(index, RankIndex):
        return build.relation.rows, index.least, index.size, index.distinct
    return build.relation.rows, build.word_bounds


def are_covered(step: Probe, build: BuildTable, known: Known) -> bool:
    """Whether the probing side's bounds prove that every key lies in the bitmap."""
    index = build.index
    if not isinstance(index, RankIndex) or len(step.keys) != 1 or len(build.keys) != 1:
        return False
    key = step.keys[0]
    if key.type.is_text or key.type.is_float:
        return False
    within = bounds(key, known)
    return index.least <= within.minimum and within.maximum < index.least + index.size


def slots_mask(build: BuildTable) -> int:
    """Return what a hash is cut to for its slot."""
    assert isinstance(build.index, HashIndex)
    return len(build.index.slots) - 1


def filter_mask(build: BuildTable) -> int:
    """Return what a hash is cut to for its bit."""
    assert isinstance(build.index, HashIndex) and build.index.filter is not None
    return 64 * len(build.index.filter) - 1


def words_of_key(build: BuildTable, place: int) -> np.ndarray:
    """Return the words of one key of a build."""
    return key_words(build.keys[place])


def packed_number(build: BuildTable, place: int, name: str) -> int:
    """Return a number by which a key enters the packed word."""
    assert build.packed is not None
    return int(getattr(build.packed[place], name))
