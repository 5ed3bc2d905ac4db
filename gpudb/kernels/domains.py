"""Domains: the strings behind the codes of a TEXT value while a query runs.

A string function runs once for each string of a domain and gives another domain; a predicate gives
a table of booleans by code. What was computed is kept with the domain, which lives as long as its
column's dictionary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache, partial
from typing import NamedTuple, TypeVar, cast

import numpy as np
import pyarrow as pa

from gpudb.kernels.kept_blocks import FEW_ROWS, KeptBlocks
from gpudb.kernels.packed_strings import PackedStrings
from gpudb.late import compute as pc
from gpudb.storage.arrow import to_arrow_text
from gpudb.storage.encodings.arrays import array_of, codes_of, numbers_of, text_array
from gpudb.storage.encodings.packed import PATIENCE

T = TypeVar("T")
# Tables by code that a domain keeps for further queries; the least recently used go first.
MOST_DERIVED = 64
# The bytes of strings that an Arrow array's 32-bit offsets reach.
MOST_BYTES = (1 << 31) - 1
# Strings of up to so many bytes become words where they are so few that the words stay in a cache.
WORD_BYTES = 16
MOST_WORDS = 1 << 16
# Fewer strings are not worth being packed.
FEWEST_PACKED = 1 << 16
# So many strings are looked up one by one.
FEW = 8
# So many strings are a part of them, where these are many.
PART_STRINGS = 1 << 15
# The arrays of constants of so many characters are kept.
SHORT = 64


class Domain:
    """Distinct strings; code i stands for `strings[i]`. Not hashable by content.

    Only by identity.
    """

    _derived: dict[object, object]

    def __init__(self, strings: pa.Array) -> None:
        self.strings = strings
        self._derived = {}

    def __len__(self) -> int:
        return len(self.strings)

    @property
    def size_bytes(self) -> int:
        """The bytes of the strings."""
        return int(self.strings.nbytes)

    @property
    def has_null(self) -> bool:
        """Whether NULL is among the strings."""
        return bool(self.strings.null_count)

    def take(self, codes: np.ndarray, nulls: np.ndarray | None) -> pa.Array:
        """Return `strings[codes]`, NULL where `nulls`; a code under a NULL may be anything."""
        return to_arrow_text(codes, nulls, self.strings)

    @cached_property
    def table(self) -> TextTable:
        """The strings as kernels read them."""
        return TextTable.of(self.strings)

    @cached_property
    def words(self) -> WordTable | None:
        """The strings as words of 16 bytes, where they are few and short."""
        return WordTable.of(self.table) if len(self) <= MOST_WORDS else None

    @cached_property
    def order(self) -> np.ndarray:
        """The codes in the order of their strings' UTF-8 bytes: int32[len]."""
        return numbers_of(pc.array_sort_indices(self.strings)).astype(np.int32)

    @cached_property
    def ranks(self) -> np.ndarray:
        """For each code, the place of its string in sorted order: int32[len]."""
        ranks = np.empty(len(self), np.int32)
        ranks[self.order] = np.arange(len(self), dtype=np.int32)
        return ranks

    @cached_property
    def sorted(self) -> Domain:
        """The domain of the same strings in order: `ranks` are its codes."""
        return Domain(self.strings.take(array_of(self.order)))

    def find(self, string: str) -> int:
        """Return the code of `string`, or -1."""

        def search(strings: pa.Array) -> int:
            return int(pc.index(strings, pa.scalar(string, strings.type)).as_py())

        return self.derive(("code", string), search)

    def derive(self, key: object, compute: Callable[[pa.Array], T]) -> T:
        """Return compute(strings), kept under `key`."""
        return self.keep(key, lambda: compute(self.strings))

    def keep(self, key: object, make: Callable[[], T]) -> T:
        """Return make(), kept under `key`."""
        made = self._derived.pop(key, None)
        if made is None:
            made = make()
        self._derived[key] = made  # the last one used stands last
        while len(self._derived) > MOST_DERIVED:
            del self._derived[next(iter(self._derived))]
        return cast(T, made)

    def codes_in(self, other: Domain) -> np.ndarray:
        """Return, for each code, the code of the same string in `other`, or -1: int32[len]."""
        return self.keep(("codes in", id(other), other), lambda: other.codes_of(self))

    def codes_of(self, other: Domain) -> np.ndarray:
        """Return the code of each of `other`'s strings, or -1: int32[len(other)]."""
        if len(other) <= FEW:  # no table of all strings, and kept for the next query
            found = [self.find(string) for string in other.strings.to_pylist()]
            return np.array(found, np.int32)
        found = pc.index_in(other.strings.cast(self.strings.type), value_set=self.strings)
        return codes_of(found, -1).astype(np.int32)

    def united(self, others: Sequence[Domain]) -> Domain:
        """Return a domain that holds these strings and those of `others`."""
        parts = [d.strings.cast(pa.large_string()) for d in (self, *others)]
        return Domain(pc.unique(pa.concat_arrays(parts)))

    def mapped(self, key: object, strings: pa.Array) -> Mapped:
        """Return the domain of what `strings` has for each code, and how codes map to it."""
        return self.keep(key, lambda: Mapped.of(strings))

    def parts(self) -> list[Callable[[], pa.Array]]:
        """Return the strings in parts of some, in order, each made when it is called."""
        begins = range(0, len(self), PART_STRINGS)
        return [partial(self.strings.slice, begin, PART_STRINGS) for begin in begins]


class PlacedDomain(Domain):
    """The strings of rows, of which some may be equal: codes are the places of the rows.

    With `are_places` no row is NULL, so that its place is all that there is to know of its code.
    """

    def __init__(self, strings: pa.Array, *, are_places: bool) -> None:
        super().__init__(strings)
        self.are_places = are_places


class TextTable(NamedTuple):
    """The bytes of strings: those of string i begin at begins[i] and end at the next.

    Places are int32 or int64, as Arrow has them.
    """

    begins: np.ndarray
    data: np.ndarray

    @classmethod
    def of(cls, strings: pa.Array) -> TextTable:
        """Return the table of a string array, whose memory it shares where it can."""
        item = np.dtype(np.int64 if pa.types.is_large_string(strings.type) else np.int32)
        _, offsets, buffer = strings.buffers()
        if offsets is None or not len(strings):
            return cls(np.zeros(1, item), np.zeros(0, np.uint8))
        begins = np.frombuffer(offsets, item, len(strings) + 1, strings.offset * item.itemsize)
        data = np.zeros(0, np.uint8) if buffer is None else np.frombuffer(buffer, np.uint8)
        return cls(begins, data)

    @property
    def strings(self) -> pa.Array:
        """The strings as an array, whose memory is the table's."""
        kind = pa.large_string() if self.begins.dtype == np.int64 else pa.string()
        buffers = [None, pa.py_buffer(self.begins), pa.py_buffer(self.data)]
        return pa.Array.from_buffers(kind, len(self.begins) - 1, buffers)

    @property
    def size_bytes(self) -> int:
        """The bytes of all strings."""
        return int(self.begins[-1] - self.begins[0])

    @property
    def mean_length(self) -> float:
        """The bytes of a string, on an average."""
        return self.size_bytes / max(1, len(self.begins) - 1)


class WordTable(NamedTuple):
    """Strings of at most 16 bytes each, behind one that stands for NULL; uint8."""

    words: np.ndarray
    lengths: np.ndarray
    longest: int

    @classmethod
    def of(cls, table: TextTable) -> WordTable | None:
        """Return the words of strings, None where one is too long."""
        begins, lengths = table.begins[:-1], np.diff(table.begins)
        longest = int(lengths.max()) if len(lengths) else 0
        if longest > WORD_BYTES:
            return None
        words = np.zeros((len(lengths) + 1, WORD_BYTES), np.uint8)
        for byte in range(longest):
            has = lengths > byte
            words[1:, byte][has] = table.data[begins[has] + byte]
        padded = np.concatenate(([0], lengths)).astype(np.uint8)
        return cls(words.reshape(-1), padded, longest)


class PackedDomain(Domain):
    """Many strings, compressed until all of them have been asked for PATIENCE times.

    An answer unpacks the blocks of its strings only.
    """

    def __init__(self, packed: PackedStrings) -> None:
        self._derived = {}
        self._count, self._bytes = len(packed), packed.whole_bytes
        self._packed: PackedStrings | None = packed
        self._blocks: KeptBlocks | None = KeptBlocks(packed)
        self._whole: pa.Array | None = None
        self._reads = 0

    def __len__(self) -> int:
        return self._count

    @property
    def size_bytes(self) -> int:
        """The bytes of the strings unpacked: those who read them all make room for these."""
        return self._bytes

    @property
    def has_null(self) -> bool:
        """Whether NULL is among the strings."""
        return False

    @property
    def table(self) -> TextTable:
        """The strings as kernels read them, which are not kept."""
        return TextTable.of(self.strings)

    @property
    def strings(self) -> pa.Array:
        """All strings."""
        packed = self._packed
        if packed is None:
            return self._whole
        whole = packed.strings()
        self._reads += 1
        if self._reads >= PATIENCE:
            self._whole, self._packed, self._blocks = whole, None, None
        return whole

    def take(self, codes: np.ndarray, nulls: np.ndarray | None) -> pa.Array:
        """Return `strings[codes]`, NULL where `nulls`; a code under a NULL may be anything."""
        packed, blocks = self._packed, self._blocks
        if blocks is not None and len(codes) <= FEW_ROWS:
            return blocks.take(codes, nulls)
        return super().take(codes, nulls) if packed is None else packed.take(codes, nulls)

    @cached_property
    def sorted(self) -> Domain:
        """The domain of the same strings in order: `ranks` are its codes."""
        return SortedDomain(self)

    def parts(self) -> list[Callable[[], pa.Array]]:
        """Return the strings in parts of some, in order, each unpacked when it is called."""
        packed = self._packed
        return super().parts() if packed is None else packed.parts(PART_STRINGS)


class SortedDomain(Domain):
    """Packed strings in order: an answer unpacks the blocks of its strings only."""

    def __init__(self, of: PackedDomain) -> None:
        self._derived = {}
        self._of = of

    def __len__(self) -> int:
        return len(self._of)

    @property
    def size_bytes(self) -> int:
        """The bytes of the strings unpacked: those who read them all make room for these."""
        return self._of.size_bytes

    @property
    def has_null(self) -> bool:
        """Whether NULL is among the strings."""
        return False

    @cached_property
    def strings(self) -> pa.Array:
        """All strings."""
        return self._of.strings.take(array_of(self._of.order))

    def take(self, codes: np.ndarray, nulls: np.ndarray | None) -> pa.Array:
        """Return `strings[codes]`, NULL where `nulls`; a code under a NULL may be anything."""
        known = codes if nulls is None else np.where(nulls.view(np.bool_), 0, codes)
        return self._of.take(self._of.order[known], nulls)


def held_domain(strings: pa.Array) -> Domain:
    """Return the domain of a column's strings, without NULL, packed where they are many."""
    return Domain(strings) if len(strings) < FEWEST_PACKED else packed_domain(strings)


def packed_domain(strings: pa.Array) -> PackedDomain:
    """Return the domain of strings, of type large_string and without NULL, that are packed."""
    return PackedDomain(PackedStrings.of(strings))


class Mapped:
    """A domain made from another: `codes` maps codes of the other; -1 stands for NULL."""

    def __init__(self, domain: Domain, codes: np.ndarray) -> None:
        self.domain = domain
        self.codes = codes
        self.has_nulls = bool((codes < 0).any())

    @classmethod
    def of(cls, strings: pa.Array) -> Mapped:
        """Return the distinct strings of an array with one entry a code of the old domain."""
        encoded = encode(strings)
        codes = codes_of(encoded.indices, -1)
        return cls(Domain(encoded.dictionary), codes.astype(np.int32))


def encode(strings: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Return `strings` dictionary-encoded, as one array."""
    encoded = strings.cast(pa.large_string()).dictionary_encode()
    return encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded


def encode_chunks(chunks: Sequence[pa.Array]) -> tuple[Domain, list[np.ndarray]]:
    """Return the strings of all chunks, each once, and every chunk's codes: int32, -1 for NULL.

    The chunks are not copied into one.
    """
    kind = pa.large_string()
    whole = pa.chunked_array([chunk.cast(kind) for chunk in chunks], type=kind)
    encoded = whole.dictionary_encode().chunks
    domain = held_domain(encoded[-1].dictionary if encoded else pa.array([], kind))
    codes = (codes_of(chunk.indices, -1).astype(np.int32, copy=False) for chunk in encoded)
    # Arrow leaves out chunks without rows.
    return domain, [next(codes) if len(chunk) else np.zeros(0, np.int32) for chunk in chunks]


def union(domains: Sequence[Domain]) -> Domain:
    """Return a domain that holds the strings of all `domains`; the one itself if there is one."""
    distinct = list({id(d): d for d in domains}.values())
    # Arrays stay arrays beside those that are known by their texts.
    first, *others = sorted(distinct, key=lambda domain: (type(domain) is Domain, -len(domain)))
    others = [other for other in others if not _is_part(other, first)]
    if not others:
        return first
    return first.keep(("union", *map(_content, others)), lambda: first.united(others))


def _is_part(few: Domain, domain: Domain) -> bool:
    """Whether few strings, such as a constant, are known to be in a domain already."""
    return len(few) <= FEW and bool((domain.codes_of(few) >= 0).all())


def _content(domain: Domain) -> object:
    """Return what tells a domain from others: few strings do, those of each query's constants."""
    is_few = type(domain) is Domain and len(domain) <= FEW
    return tuple(domain.strings.to_pylist()) if is_few else domain


def literals(strings: Sequence[str]) -> Domain:
    """Return the domain of constants, a new one: that two are equal is not to be seen in a text."""
    if len(strings) == 1 and len(strings[0]) <= SHORT:
        return Domain(_short_literal(strings[0]))
    return Domain(text_array(strings))


@lru_cache(maxsize=256)
def _short_literal(string: str) -> pa.Array:
    return text_array([string])
