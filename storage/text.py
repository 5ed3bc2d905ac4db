"""How a TEXT column is loaded: strings to codes of the column's dictionary, or as they are.

A column begins with a dictionary. It turns raw, for good, at the chunk that would make the
dictionary useless: most of the chunk's strings are new and there are many, or the dictionary grows
past a limit. Chunks loaded before keep their codes. DDL may force either way: DICT(8|16|32) never
turns, NONE is raw from the start.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.records import dataclass
from gpudb.storage.block import Piece
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.dictionary import Dictionary, concatenate
from gpudb.storage.encodings.arrays import array_of, codes_of, null_mask, values_of
from gpudb.storage.encodings.encoded import Array, Mask, PhysicalColumn
from gpudb.storage.encodings.lists import ListColumn
from gpudb.storage.encodings.nullbits import mask_of

# A dictionary of fewer strings than this is kept however distinct they are.
MANY_STRINGS = 65_536
NEW_STRINGS_SHARE = 0.5
# So few strings of a dictionary are looked through for every batch.
FEW_STRINGS = 4096
# Where a sixteenth of a chunk is nearly distinct, this share of it may tell that it turns raw.
SURE_SHARE = 0.625
FEW_ROWS = 16
LIMIT_STRINGS = 1 << 23
LIMIT_BYTES = 1 << 29


@dataclass(frozen=True, slots=True)
class TextState:
    """A TEXT column's dictionary, and whether its newer chunks are raw strings instead."""

    dictionary: Dictionary
    is_raw: bool


@dataclass(frozen=True, slots=True)
class Distinct:
    """Strings that occur, each once; row i holds `strings[places[i]]`, or NULL where `nulls[i]`."""

    strings: pa.Array
    places: Array
    nulls: Mask | None


class TextLoader:
    """Turns one column's strings into codes, chunk after chunk, while one transaction appends."""

    def __init__(self, table: str, definition: ColumnDefinition, state: TextState) -> None:
        self._table = table
        self._definition = definition
        self._dictionary = state.dictionary
        request = definition.encoding
        self._bits = request.bits if request is not None and request.kind == "DICT" else None
        self._is_raw = state.is_raw or (request is not None and request.kind == "NONE")

    @property
    def state(self) -> TextState:
        """The column's state after the chunks seen so far."""
        return TextState(self._dictionary, self._is_raw)

    def gathered(self, piece: Piece) -> Piece:
        """Return the codes of rows whose strings are all known, so that their batch can go."""
        if self._is_raw or not 0 < len(self._dictionary) <= FEW_STRINGS:
            return piece
        codes = self._known_codes([piece])
        return piece if codes is None else codes

    def load(self, pieces: list[Piece], first_row: int) -> PhysicalColumn | pa.Array:
        """Return the codes of a chunk's strings, or the strings themselves where the column is raw.

        A piece is an array of strings, or codes of rows loaded before. `first_row` is the number,
        within the append, of the first row, which errors count from. Raises DataError where a
        forced code width has no code left.
        """
        if not self._is_raw:
            known = self._known_codes(pieces)
            if known is not None:
                return known
        arrays = [self._strings_of(piece) for piece in pieces]
        if not self._is_raw and not self._surely_turns_raw(arrays):
            codes = self._encode(_distinct(arrays), first_row)
            if codes is not None:
                return codes
        self._is_raw = True
        return _joined(arrays)

    def _known_codes(self, pieces: list[Piece]) -> PhysicalColumn | None:
        """Return the codes of codes and of dictionaries whose strings are all known already.

        Rows are then looked at once. None where a string may be new: whether a row uses it would
        have to be known.
        """
        arrays = [piece for piece in pieces if not isinstance(piece, PhysicalColumn | ListColumn)]
        if not all(pa.types.is_dictionary(array.type) for array in arrays):
            return None
        known = self._dictionary.strings
        entries = [array.dictionary.cast(pa.string()) for array in arrays]
        strings = concatenate(entries or [known.slice(0, 0)])
        found = pc.index_in(strings, value_set=known)
        if found.null_count:
            return None
        rows = sum(len(piece) for piece in pieces)
        codes: Array = np.empty(rows, _code_dtype(len(known)))
        code_of_place = array_of(values_of(found, np.int32).astype(codes.dtype))
        nulls, row, place = np.zeros(rows, np.bool_), 0, 0
        for piece in pieces:
            end = row + len(piece)
            if isinstance(piece, PhysicalColumn):
                codes[row:end], mask = piece.values, piece.nulls
            else:
                assert not isinstance(piece, ListColumn)
                own = code_of_place.slice(place, len(piece.dictionary))
                codes[row:end] = values_of(own.take(piece.indices), codes.dtype)
                mask = null_mask(piece.indices)
                place += len(own)
            if mask is not None:
                nulls[row:end] = mask
            row = end
        return PhysicalColumn(codes, mask_of(nulls))

    def _strings_of(self, piece: Piece) -> pa.Array:
        if not isinstance(piece, PhysicalColumn):
            return piece
        assert not isinstance(piece, ListColumn)
        codes = array_of(piece.values.astype(np.int32), piece.nulls)
        if self._is_raw:
            return self._dictionary.strings.take(codes)
        return pa.DictionaryArray.from_arrays(codes, self._dictionary.strings)

    def _encode(self, distinct: Distinct, first_row: int) -> PhysicalColumn | None:
        """Return codes, adding new strings to the dictionary; None where the column turns raw."""
        known = self._dictionary.strings
        found = pc.index_in(distinct.strings, value_set=known)
        is_new = null_mask(found)
        code_of_place = codes_of(found, 0)
        if is_new is not None:
            added = distinct.strings.filter(found.is_null())
            if self._turns_raw(added, len(distinct.places)):
                return None
            self._check_room(distinct, is_new, first_row)
            code_of_place = code_of_place.copy()
            code_of_place[is_new] = np.arange(len(known), len(known) + len(added), dtype=np.int32)
            self._dictionary = Dictionary(concatenate([known, added]), self._dictionary.source)
        if len(code_of_place) == 0:
            return PhysicalColumn(np.zeros(len(distinct.places), np.int32), distinct.nulls)
        return PhysicalColumn(code_of_place[distinct.places], distinct.nulls)

    def _surely_turns_raw(self, arrays: list[pa.Array]) -> bool:
        """Whether the first rows alone hold so many new strings that the chunk turns raw."""
        rows = sum(len(array) for array in arrays)
        if self._bits is not None or rows <= MANY_STRINGS or not _are_strings(arrays):
            return False
        strings = pa.chunked_array(arrays)
        few = rows // FEW_ROWS
        if len(strings.slice(0, few).unique()) < SURE_SHARE * few:
            return False
        distinct = len(strings.slice(0, int(rows * SURE_SHARE)).unique()) - 1  # NULL may be one
        added = distinct - len(self._dictionary)
        return distinct > MANY_STRINGS and added > NEW_STRINGS_SHARE * rows

    def _turns_raw(self, added: pa.Array, rows: int) -> bool:
        if self._bits is not None:
            return False
        known = self._dictionary.strings
        count = len(known) + len(added)
        is_distinct = count > MANY_STRINGS and len(added) > NEW_STRINGS_SHARE * rows
        return is_distinct or count > LIMIT_STRINGS or known.nbytes + added.nbytes > LIMIT_BYTES

    def _check_room(self, distinct: Distinct, is_new: Array, first_row: int) -> None:
        if self._bits is None:
            return
        # One code stands for NULL unless there can be none.
        room = (1 << self._bits) - (0 if self._definition.not_null else 1)
        room -= len(self._dictionary.strings)
        new_places = np.flatnonzero(is_new)
        if len(new_places) <= room:
            return
        place = new_places[room]
        is_row = distinct.places == place
        if distinct.nulls is not None:
            is_row &= ~distinct.nulls
        row = first_row + int(np.argmax(is_row))
        raise DataError(
            f"table '{self._table}', column '{self._definition.name}', row {row}: no code is left "
            f"in DICT({self._bits}) for {distinct.strings[int(place)].as_py()!r}; "
            "declare the column wider, or without ENCODING"
        )


def _code_dtype(count: int) -> str:
    """Return the narrowest dtype for the codes of `count` strings."""
    return "uint8" if count <= 1 << 8 else "uint16" if count <= 1 << 16 else "int32"


def _distinct(arrays: list[pa.Array]) -> Distinct:
    """Return the distinct strings of arrays of strings or of dictionaries of strings."""
    if _are_strings(arrays):
        return _distinct_strings(pa.chunked_array(arrays))
    encoded = [
        array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        for array in arrays
    ]
    rows = sum(len(array) for array in encoded)
    places, nulls = np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
    strings, base, row = [], 0, 0
    for array in encoded:
        indices, end = array.indices, row + len(array)
        mask = null_mask(indices)
        if mask is not None:
            nulls[row:end] = mask
        np.add(codes_of(indices, 0), base, out=places[row:end], casting="unsafe")
        strings.append(array.dictionary.cast(pa.string()))
        base, row = base + len(array.dictionary), end
    places[nulls] = 0
    return _merged(concatenate(strings), places, nulls)


def _are_strings(arrays: list[pa.Array]) -> bool:
    """Whether there are arrays, and all are strings with offsets of one width."""
    types = {array.type for array in arrays}
    return len(types) == 1 and not pa.types.is_dictionary(types.pop())


def _distinct_strings(strings: pa.ChunkedArray) -> Distinct:
    """Return the distinct strings: each is looked up once in one table of them all."""
    indices = strings.dictionary_encode().combine_chunks()
    nulls = null_mask(indices.indices)
    places = codes_of(indices.indices, 0)
    return Distinct(indices.dictionary.cast(pa.string()), places, nulls)


def _merged(strings: pa.Array, places: Array, nulls: Mask) -> Distinct:
    """Return the strings that some row uses, each once; under a NULL the place means nothing."""
    used = np.zeros(len(strings), np.bool_)
    used[places[~nulls] if nulls.any() else places] = True
    entries = np.flatnonzero(used)
    unique = strings.take(array_of(entries)).dictionary_encode()
    is_null = null_mask(strings)
    if is_null is not None:
        # A dictionary may itself hold NULL as an entry.
        nulls = nulls | is_null[places]
    place_of = np.zeros(max(len(strings), 1), np.int32)
    place_of[entries] = codes_of(unique.indices, 0)
    return Distinct(unique.dictionary, place_of[places], mask_of(nulls))


def _joined(arrays: list[pa.Array]) -> pa.Array:
    """Return the strings as one array, with wide offsets where they need it."""
    plain = [
        array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array
        for array in arrays
    ]
    if len(plain) == 1:
        return plain[0]
    is_large = sum(array.nbytes for array in plain) >= 1 << 31
    kind = pa.large_string() if is_large else pa.string()
    return pa.concat_arrays([array.cast(kind) for array in plain])
