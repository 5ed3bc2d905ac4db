"""Frame of reference with codes of any number of bits, one after the other in words of 64 bits.

Bit `row * bits` of the stream of little-endian words is the lowest bit of that row's code, so codes
may straddle two words. One word more than needed lets `at` read two words always. NULL is the
greatest code.

The packing is done for whole columns at once: neighbouring codes are joined inside their bytes
until a 64-bit lane is nearly full, and the 8 to 64 lanes of 64 rows are then shifted into words.

    codes in uint16     |......dddddddddd|......cccccccccc|......bbbbbbbbbb|......aaaaaaaaaa|
    a lane of 40 bits   |........................ddddddddddccccccccccbbbbbbbbbbaaaaaaaaaa|
"""

from __future__ import annotations

import numpy as np

from gpudb.storage.encodings import frame
from gpudb.storage.encodings.encoded import Array, Encoded, Encoding, Layout, PhysicalColumn
from gpudb.storage.statistics import Statistics

_GREATEST_BITS = 62
_BYTE_PARTS = (1, 2, 4, 8)
# Blocks of this many groups of 64 rows keep the steps inside the cache.
_BLOCK_GROUPS = 1024


def layout(*, has_nulls: bool) -> Layout:
    """Return the layout of bit-packed columns; the width is a scalar: all widths share kernels."""
    scalars = (("bits", "int"), ("base", "int"), ("null_code", "int"))
    return Layout("bitpack", (("words", "int64"),), scalars, "code" if has_nulls else "none")


def code_bits(minimum: int, maximum: int, *, has_nulls: bool) -> int:
    """Return the bits that a code needs, at least 1."""
    return max(1, (maximum - minimum + int(has_nulls)).bit_length())


def estimate(column: PhysicalColumn, statistics: Statistics) -> int | None:
    """Return the bytes of the words; None for floats and for codes of more than 62 bits."""
    bounds = frame.integer_bounds(column, statistics)
    if bounds is None:
        return None
    bits = code_bits(*bounds, has_nulls=statistics.nulls > 0)
    return len(column) * bits // 8 if bits <= _GREATEST_BITS else None


def encode(column: PhysicalColumn, statistics: Statistics) -> Encoded | None:
    """Encode integers in the fewest bits."""
    bounds = frame.integer_bounds(column, statistics)
    if bounds is None:
        return None
    return encode_as(column, bounds, has_nulls=statistics.nulls > 0)


def encode_as(
    column: PhysicalColumn, bounds: tuple[int, int], *, has_nulls: bool
) -> Encoded | None:
    """Encode integers within `bounds`; None where a code would need more than 62 bits."""
    minimum, maximum = bounds
    bits = code_bits(minimum, maximum, has_nulls=has_nulls)
    if bits > _GREATEST_BITS:
        return None
    nulls = column.nulls if has_nulls else None
    null_code = (1 << bits) - 1 if has_nulls else frame.NO_NULL_CODE
    codes = frame.codes_of(column.values, nulls, minimum, null_code, _unpacked_dtype(bits))
    return Encoded(
        layout(has_nulls=has_nulls), len(column), (pack(codes, bits),), (bits, minimum, null_code)
    )


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the column as int32 or int64."""
    return frame.decode(to_frame(encoded))


def to_frame(encoded: Encoded) -> Encoded:
    """Return the same codes in 1, 2, 4 or 8 bytes each."""
    bits, base, null_code = (int(scalar) for scalar in encoded.scalars)
    codes = unpack(encoded.buffers[0], bits, encoded.rows)
    has_nulls = encoded.layout.nulls == "code"
    return Encoded(
        frame.layout(codes.dtype.name, has_nulls=has_nulls),
        encoded.rows,
        (codes,),
        (base, null_code),
    )


def pack(codes: Array, bits: int) -> Array:
    """Return int64 words of codes below 2**bits, given in the dtype that `unpack` returns."""
    rows = len(codes)
    groups = -(-rows // 64)
    if bits in _BYTE_PARTS:
        return _parts_of_bytes(_padded(codes, groups * 64), bits)[: _word_count(rows, bits)]
    lane_count = 8 * codes.dtype.itemsize
    lane_bits = 64 * bits // lane_count
    padded = _padded(codes, groups * 64)
    words = np.zeros(groups * bits + 1, np.uint64)
    begin_bits = 64 * np.arange(bits)
    first_lanes = begin_bits // lane_bits
    for begin in range(0, groups, _BLOCK_GROUPS):
        end = min(begin + _BLOCK_GROUPS, groups)
        lanes = _join(padded[64 * begin : 64 * end], bits).reshape(end - begin, lane_count)
        block = words[bits * begin : bits * end].reshape(end - begin, bits)
        block |= lanes.take(first_lanes, axis=1) >> _shifts(begin_bits - first_lanes * lane_bits)
        for place in range(1, 64 // lane_bits + 2):
            # NumPy's shifts by 64 and more give 0, so lanes behind a word leave it alone.
            shifts = (first_lanes + place) * lane_bits - begin_bits
            block |= lanes.take(first_lanes + place, axis=1, mode="clip") << _shifts(shifts)
    return words[: _word_count(rows, bits)].view(np.int64)


def _word_count(rows: int, bits: int) -> int:
    return -(-rows * bits // 64) + 1


def _parts_of_bytes(codes: Array, bits: int) -> Array:
    """Return the words of codes that share bytes with whole others: neighbours become one."""
    parts = codes
    while bits < 8:
        pairs = parts.view(np.uint16)
        parts = (pairs | (pairs >> np.uint16(8 - bits))).astype(np.uint8)
        bits *= 2
    words = np.zeros(len(parts) // 8 + 1, np.int64)
    words.view(np.uint8)[: len(parts)] = parts
    return words


def unpack(words: Array, bits: int, rows: int) -> Array:
    """Return the codes as uint8, uint16, uint32 or int64, the narrowest that holds them.

    They are the caller's: no other array shares their memory.
    """
    groups = -(-rows // 64)
    dtype = np.dtype(_unpacked_dtype(bits))
    if bits % 8 == 0:
        return _whole_bytes(words, bits // 8, rows, dtype)
    lane_count = 8 * dtype.itemsize
    lane_bits = 64 * bits // lane_count
    padded = _padded(words.view(np.uint64), groups * bits)
    codes = np.empty(groups * 64, dtype)
    first_words, shifts = np.divmod(lane_bits * np.arange(lane_count), 64)
    mask = np.uint64((1 << lane_bits) - 1)
    for begin in range(0, groups, _BLOCK_GROUPS):
        end = min(begin + _BLOCK_GROUPS, groups)
        block = padded[bits * begin : bits * end].reshape(end - begin, bits)
        lanes = block.take(first_words, axis=1)
        lanes >>= _shifts(shifts)
        upper = block.take(first_words + 1, axis=1, mode="clip")
        upper <<= _shifts(64 - shifts)
        lanes |= upper
        lanes &= mask
        codes[64 * begin : 64 * end] = _split(lanes.reshape(-1), bits, dtype)
    return codes[:rows]


def _whole_bytes(words: Array, size: int, rows: int, dtype: np.dtype[np.generic]) -> Array:
    """Return codes of `size` bytes each as `dtype`."""
    if size == dtype.itemsize:
        return words.view(dtype)[:rows].copy()
    packed = words.view(np.uint8)[: rows * size].reshape(rows, size)
    codes = np.zeros(rows, dtype)
    parts = codes.view(np.uint8).reshape(rows, dtype.itemsize)
    for place in range(size):
        parts[:, place] = packed[:, place]
    return codes


def _shifts(shifts: Array) -> Array:
    return shifts.astype(np.uint64)


def _unpacked_dtype(bits: int) -> str:
    return "uint8" if bits <= 8 else "uint16" if bits <= 16 else "uint32" if bits <= 32 else "int64"


def _padded(array: Array, length: int) -> Array:
    if len(array) >= length:
        return np.ascontiguousarray(array[:length])
    padded = np.zeros(length, array.dtype)
    padded[: len(array)] = array
    return padded


def _join(codes: Array, bits: int) -> Array:
    """Join neighbours until they fill uint64 lanes."""
    width = codes.dtype.itemsize * 8
    codes = codes.view(f"u{codes.dtype.itemsize}")
    while width < 64:
        width *= 2
        pairs = codes.view(f"u{width // 8}")
        half = pairs.dtype.type((1 << bits) - 1)
        gap = pairs.dtype.type(width // 2 - bits)
        codes = (pairs & half) | ((pairs >> gap) & ~half)
        bits *= 2
    return codes


def _split(lanes: Array, bits: int, dtype: np.dtype[np.generic]) -> Array:
    """Undo `_join`: return the codes, of `bits` bits each, as `dtype`."""
    width, lane_bits = 64, bits * 8 // dtype.itemsize
    while width > dtype.itemsize * 8:
        lane_bits //= 2
        kind = np.dtype(f"u{width // 8}").type
        half = kind((1 << lane_bits) - 1)
        lanes = (lanes & half) | ((lanes & ~half) << kind(width // 2 - lane_bits))
        width //= 2
        lanes = lanes.view(f"u{width // 8}")
    return lanes.view(dtype)


def bitpack_at(words: list[int], bits: int, base: int, null_code: int, row: int) -> int:
    """Return the value of a row.

    The masks stand for a logical shift, and for a shift by 64 that gives 0.
    """
    place = row * bits
    word = place >> 6
    shift = place & 63
    low = (words[word] >> shift) & ~(-2 << (63 - shift))
    high = (words[word + 1] << 1) << (63 - shift)
    return base + ((low | high) & ((1 << bits) - 1))


def bitpack_is_null_at(words: list[int], bits: int, base: int, null_code: int, row: int) -> bool:
    """Return whether a row is NULL."""
    place = row * bits
    word = place >> 6
    shift = place & 63
    low = (words[word] >> shift) & ~(-2 << (63 - shift))
    high = (words[word + 1] << 1) << (63 - shift)
    return ((low | high) & ((1 << bits) - 1)) == null_code


def narrow_bitpack_at(words: list[int], bits: int, base: int, null_code: int, row: int) -> int:
    """Return the value of a row, of at most 32 bits, from the words' halves: uint32."""
    place = row * bits
    half = place >> 5
    pair = words[half] | (words[half + 1] << 32)
    return base + ((pair >> (place & 31)) & ((1 << bits) - 1))


def narrow_bitpack_is_null_at(
    words: list[int], bits: int, base: int, null_code: int, row: int
) -> bool:
    """Return whether a row, of at most 32 bits, is NULL, from the words' halves: uint32."""
    place = row * bits
    half = place >> 5
    pair = words[half] | (words[half + 1] << 32)
    return ((pair >> (place & 31)) & ((1 << bits) - 1)) == null_code


ENCODING = Encoding("bitpack", estimate, encode, decode, bitpack_at, bitpack_is_null_at)
