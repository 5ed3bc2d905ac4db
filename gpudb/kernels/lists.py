"""Domains of arrays: distinct arrays as offsets and elements; codes stand for them as for strings.

    offsets   0   2   2   5          list 0: 1 2     list 1: empty     list 2: 1 2 3
    values    1 2 | | 1 2 3

Equal arrays have one code, so grouping, joins and comparisons go on codes, as those of TEXT do.
What asks for the texts of arrays gets them, written when first asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa

from gpudb.kernels.domains import FEW, Domain, encode, union
from gpudb.kernels.radix import stable_order
from gpudb.kernels.sorting import float_order, packed
from gpudb.records import dataclass, replace
from gpudb.storage.arrow import (
    arrow_type,
    list_column,
    lists_of_texts,
    to_arrow,
    to_arrow_lists,
    to_arrow_text,
)
from gpudb.storage.encodings import wide
from gpudb.storage.encodings.arrays import array_of, codes_of
from gpudb.storage.encodings.encoded import PhysicalColumn
from gpudb.storage.encodings.lists import (
    ListColumn,
    element_words,
    gathered,
    hash_lists,
)
from gpudb.storage.lists import list_texts
from gpudb.storage.types import SqlType


@dataclass(frozen=True, eq=False)
class Lists:
    """Arrays of type `of`, none NULL: list i is values[offsets[i] : offsets[i + 1]].

    Values are physical, words of 128 bits where a DECIMAL needs them; text elements are codes of
    `domain`. `nulls` is true where an element is NULL.
    """

    of: SqlType
    offsets: np.ndarray
    values: np.ndarray
    nulls: np.ndarray | None = None
    domain: Domain | None = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def element(self) -> SqlType:
        """The elements' type."""
        assert self.of.element is not None
        return self.of.element

    @property
    def lengths(self) -> np.ndarray:
        """How many elements each list has."""
        return np.diff(self.offsets)

    @cached_property
    def words(self) -> tuple[np.ndarray, np.ndarray | None]:
        """The values as kernels read them: numbers, or low and high words of 128 bits."""
        if not wide.is_wide(self.values):
            return self.values, None
        return wide.low_words(self.values), wide.high_words(self.values)

    def take(self, places: np.ndarray) -> Lists:
        """Return the lists at `places`."""
        offsets, elements = gathered(self.offsets[places], self.lengths[places])
        nulls = None if self.nulls is None else self.nulls[elements]
        return replace(self, offsets=offsets, values=self.values[elements], nulls=nulls)

    def arrow(self, nulls: np.ndarray | None = None) -> pa.Array:
        """Return the lists as an Arrow array, NULL where `nulls`."""
        return to_arrow_lists(self.offsets, nulls, self.elements())

    def elements(self) -> pa.Array:
        """Return the elements of all lists as one Arrow array."""
        if self.domain is not None:
            return to_arrow_text(self.values, self.nulls, self.domain.strings).cast(pa.string())
        return to_arrow(self.values, self.nulls, self.element)

    @classmethod
    def of_column(cls, column: ListColumn, of: SqlType, domain: Domain | None = None) -> Lists:
        """Return the lists of a stored column, NULL as an empty one.

        Text elements that are strings get a domain of their own; codes are those of `domain`.
        """
        elements = column.elements
        if not isinstance(elements, PhysicalColumn):
            encoded = encode(elements)
            missing = encoded.indices.is_null().to_numpy(zero_copy_only=False)
            nulls = missing if missing.any() else None
            elements = PhysicalColumn(codes_of(encoded.indices, 0).astype(np.int32), nulls)
            domain = Domain(encoded.dictionary)
        return cls(of, column.offsets, elements.values, elements.nulls, domain)

    def empty(self, rows: int) -> Lists:
        """Return as many empty lists."""
        return replace(self, offsets=np.zeros(rows + 1, np.int64))

    @classmethod
    def none(cls, of: SqlType) -> Lists:
        """Return no lists."""
        array = pa.array([], pa.large_list(arrow_type(of).value_type))
        return cls.of_arrow(array, of)

    @classmethod
    def of_arrow(cls, array: pa.Array, of: SqlType) -> Lists:
        """Return the lists of an Arrow array, NULL as an empty one."""
        return cls.of_column(list_column(array, of), of)


def joined(parts: Sequence[Lists]) -> Lists:
    """Return the lists of all parts, which are of one type."""
    if len(parts) == 1:
        return parts[0]
    parts = _in_one_domain(parts)
    lengths = np.concatenate([part.lengths for part in parts])
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    values = [part.values for part in parts]
    if any(wide.is_wide(v) for v in values):
        values = [wide.as_wide(v) for v in values]
    nulls = None
    if any(part.nulls is not None for part in parts):
        nulls = np.concatenate(
            [np.zeros(len(p.values), np.bool_) if p.nulls is None else p.nulls for p in parts]
        )
    return replace(parts[0], offsets=offsets, values=np.concatenate(values), nulls=nulls)


def _in_one_domain(parts: Sequence[Lists]) -> Sequence[Lists]:
    domains = [part.domain for part in parts if part.domain is not None]
    if not domains:
        return parts
    together = union(domains)
    return [_in_domain(part, together) for part in parts]


def _in_domain(part: Lists, together: Domain) -> Lists:
    if part.domain is None or part.domain is together:
        return replace(part, domain=together)
    codes = part.values if part.nulls is None else np.where(part.nulls, 0, part.values)
    if len(part.domain):
        codes = part.domain.codes_in(together)[codes]
    return replace(part, values=codes, domain=together)


def distinct(lists: Lists) -> tuple[Lists, np.ndarray]:
    """Return each of the lists once, in the order of their coming, and the code of every one."""
    if not len(lists):
        return lists, np.zeros(0, np.int32)
    words = element_words(PhysicalColumn(lists.values, lists.nulls))
    hashes = hash_lists(lists.offsets, words)
    for _ in range(_MOST_ROUNDS):
        encoded = array_of(hashes).dictionary_encode()
        codes = codes_of(encoded.indices, 0).astype(np.int32)
        count = len(encoded.dictionary)
        if count == len(lists):
            return lists, codes
        first = np.empty(count, np.int64)
        first[codes[::-1]] = np.arange(len(lists))[::-1]  # the first of each code is written last
        same = _same_lists(lists, first[codes])
        if same.all():
            return lists.take(first), codes
        # Different lists of one hash: those that are not like the first get hashes of their own.
        hashes = np.where(same, hashes, hashes * np.uint64(3) + np.uint64(1))
    raise AssertionError("lists of one hash are all different")


_MOST_ROUNDS = 1000


def _same_lists(lists: Lists, others: np.ndarray) -> np.ndarray:
    """Return where list i is equal to the list at others[i]."""
    lengths = lists.lengths
    same: np.ndarray = lengths == lengths[others]
    rows = np.flatnonzero(same & (others != np.arange(len(lists))) & (lengths > 0))
    _, mine = gathered(lists.offsets[rows], lengths[rows])
    starts, theirs = gathered(lists.offsets[others[rows]], lengths[rows])
    differs = _differs(lists, mine, lists, theirs)
    if len(rows):
        same[rows] = ~np.logical_or.reduceat(differs, starts[:-1])
    return same


def _differs(lists: Lists, mine: np.ndarray, others: Lists, theirs: np.ndarray) -> np.ndarray:
    """Return whether elements of lists differ from those of others; text is of one domain."""
    values, other_values = lists.values[mine], others.values[theirs]
    if wide.is_wide(values) or wide.is_wide(other_values):
        a, b = wide.as_wide(values), wide.as_wide(other_values)
        differs: np.ndarray = (a["low"] != b["low"]) | (a["high"] != b["high"])
    else:
        mine_words, their_words = (element_words(PhysicalColumn(v)) for v in (values, other_values))
        differs = mine_words != their_words
    a_null, b_null = _nulls_at(lists, mine), _nulls_at(others, theirs)
    different: np.ndarray = (a_null != b_null) | (differs & ~a_null)
    return different


def _nulls_at(lists: Lists, places: np.ndarray) -> np.ndarray:
    if lists.nulls is None:
        return np.zeros(len(places), np.bool_)
    found: np.ndarray = lists.nulls[places]
    return found


class ListDomain(Domain):
    """Distinct arrays; code i stands for list i."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self._derived = {}

    def __len__(self) -> int:
        return len(self.lists)

    @property
    def size_bytes(self) -> int:
        """The bytes of the offsets and the elements."""
        return int(self.lists.offsets.nbytes + self.lists.values.nbytes)

    @cached_property
    def strings(self) -> pa.Array:
        """The arrays' texts, which tell them apart as the arrays themselves do."""
        return list_texts(self.lists.arrow(), self.lists.element)

    @cached_property
    def ranks(self) -> np.ndarray:
        """For each code, the place of its array in order: int32[len]."""
        return list_ranks(self.lists).astype(np.int32)

    @cached_property
    def order(self) -> np.ndarray:
        """The codes in the order of their arrays: int32[len]."""
        order = np.empty(len(self), np.int32)
        order[self.ranks] = np.arange(len(self), dtype=np.int32)
        return order

    @cached_property
    def sorted(self) -> Domain:
        """The domain of the same arrays in order."""
        return ListDomain(self.lists.take(self.order))

    def find(self, string: str) -> int:
        """Return the code of the array that a text says, or -1."""
        wanted = lists_of(Domain(pa.array([string], pa.large_string())), self.lists.of)
        own, wanted = _in_one_domain([self.lists, wanted])
        found = np.flatnonzero(own.lengths == len(wanted.values))
        for place in range(len(wanted.values)):
            at = own.offsets[found] + place
            found = found[~_differs(own, at, wanted, np.full(len(at), place))]
        return int(found[0]) if len(found) else -1

    def codes_of(self, other: Domain) -> np.ndarray:
        """Return the code of each of `other`'s arrays, or -1: int32[len(other)]."""
        if len(other) <= FEW:
            return np.array([self.find(text) for text in other.strings.to_pylist()], np.int32)
        _, codes = distinct(joined([self.lists, lists_of(other, self.lists.of)]))
        found = codes[len(self) :]
        return np.where(found < len(self), found, -1).astype(np.int32)

    def united(self, others: Sequence[Domain]) -> Domain:
        """Return a domain of these arrays and those of `others`."""
        parts = [self.lists, *(lists_of(other, self.lists.of) for other in others)]
        return ListDomain(distinct(joined(parts))[0])


def lists_of(domain: Domain, of: SqlType) -> Lists:
    """Return the arrays of type `of` that a domain's codes stand for."""
    if isinstance(domain, ListDomain):
        return domain.lists
    return domain.derive(("lists", of), lambda texts: Lists.of_arrow(lists_of_texts(texts, of), of))


def list_domain(domain: Domain, of: SqlType) -> Domain:
    """Return a domain of type `of`, of arrays as offsets and elements; the codes stay the same."""
    if not of.is_array or isinstance(domain, ListDomain):
        return domain
    return domain.keep(("list domain", of), lambda: ListDomain(lists_of(domain, of)))


def list_ranks(lists: Lists) -> np.ndarray:
    """Return the place of each of distinct lists in PostgreSQL's order: int64[len].

    Elements are compared one after the other, NULL as the greatest; a list that another begins with
    comes before it. Only lists that are equal so far are looked at again.
    """
    parts = _order_parts(lists)
    ranks = np.zeros(len(lists), np.int64)
    left, lengths, place = np.arange(len(lists)), lists.lengths, 0
    while len(left):
        has_more = lengths[left] > place
        at = np.where(has_more, lists.offsets[left] + place, 0)
        keys = [ranks[left], has_more.astype(np.int64)]
        if has_more.any():
            keys += [np.where(has_more, part[at], 0) for part in parts]
        order = stable_order(packed(keys))
        left = left[order]
        kept = [key[order] for key in keys]
        begins = np.ones(len(left), np.bool_)
        begins[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in kept])
        first_of_rank = np.ones(len(left), np.bool_)
        first_of_rank[1:] = kept[0][1:] != kept[0][:-1]
        places = np.arange(len(left))
        run = np.maximum.accumulate(np.where(begins, places, 0))
        ranks[left] = kept[0] + run - np.maximum.accumulate(np.where(first_of_rank, places, 0))
        sizes = np.diff(np.append(np.flatnonzero(begins), len(left)))
        left = left[np.repeat(sizes > 1, sizes) & kept[1].astype(np.bool_)]
        place += 1
    return ranks


def _order_parts(lists: Lists) -> list[np.ndarray]:
    """Return integers by which elements compare, the most significant first."""
    values, nulls = lists.values, lists.nulls
    if lists.domain is not None:
        codes = values if nulls is None else np.where(nulls, 0, values)
        ranks = lists.domain.ranks
        parts = [ranks[codes].astype(np.int64) if len(ranks) else np.zeros(len(codes), np.int64)]
    elif wide.is_wide(values):
        parts = [wide.high_words(values), wide.low_words(values) ^ np.int64(-(1 << 63))]
    elif values.dtype.kind == "f":
        parts = [float_order(values.astype(np.float64))]
    else:
        parts = [values.astype(np.int64)]
    if nulls is None:
        return parts
    return [nulls.astype(np.int64), *(np.where(nulls, 0, part) for part in parts)]
