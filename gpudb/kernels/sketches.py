"""Sketches of many values in few words, which merge: in the kernel language, and their results.

HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, AofA 2007) with 2,048 registers of a byte and
64-bit hashes: a value's hash chooses a register by its upper bits, which keeps the greatest number
of zeros below, and one, of the hashes that chose it. The standard error is 1.04 / sqrt(2048), 2.3%.
"""

# The names that nobody defines here are builtins of the kernel language.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

import numpy as np
import pyarrow as pa

Ints = np.ndarray
REGISTERS = 2048
REGISTER_WORDS = REGISTERS // 8
# Groups whose registers are made into estimates at once.
BLOCK_GROUPS = 512


def keep_rank(registers: Ints, index: int, code: int) -> None:
    """Count a hash among the registers, eight in a word, that begin at `index`."""
    register = logical_shift_right(code, 53)
    rank = trailing_zeros(code | 9007199254740992) + 1
    place = index + (register >> 3)
    shift = (register & 7) << 3
    word = registers[place]
    held = (word >> shift) & 255
    if held < rank:
        registers[place] = word ^ ((held ^ rank) << shift)


def merge_registers(source: Ints, place: int, target: Ints, held: int) -> None:
    """Keep the greater of each two registers."""
    for word in range(256):
        other = source[place + word]
        own = target[held + word]
        if other != own:
            kept = 0
            for byte in range(8):
                shift = byte << 3
                kept = kept | max((other >> shift) & 255, (own >> shift) & 255) << shift
            target[held + word] = kept


def hash_word(value: int) -> int:
    """Return the hash of an integer."""
    return mix(value ^ 2611923443488327891)


def hash_wide(value: int) -> int:
    """Return the hash of 128 bits."""
    return mix(mix(wide_high(value)) ^ wide_low(value) ^ 2611923443488327891)


def estimate_distinct(words: np.ndarray) -> np.ndarray:
    """Return the numbers of distinct values of sketches, int64[groups, 256], rounded: int64."""
    found = np.empty(len(words), np.int64)
    share = 2.0 ** -np.arange(256, dtype=np.float64)
    pairs = (share[:, None] + share).ravel()  # of two registers, read as one number
    for first in range(0, len(words), BLOCK_GROUPS):
        block = np.ascontiguousarray(words[first : first + BLOCK_GROUPS])
        registers = block.view(np.uint8).reshape(len(block), REGISTERS)
        total = pairs[block.view(np.uint16)].sum(axis=1)
        empty = np.count_nonzero(registers == 0, axis=1)
        raw = 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS * REGISTERS / total
        # Few values: the empty registers tell more (linear counting).
        with np.errstate(divide="ignore"):
            counted = REGISTERS * np.log(REGISTERS / np.maximum(empty, 1))
        is_few = (raw <= 2.5 * REGISTERS) & (empty > 0)
        found[first : first + BLOCK_GROUPS] = np.rint(np.where(is_few, counted, raw))
    return found


def hash_strings(strings: pa.Array) -> np.ndarray:
    """Return a hash of each string's bytes, the same wherever it stands: int64[strings]."""
    strings = strings.cast(pa.large_binary())
    offsets = np.frombuffer(strings.buffers()[1], np.int64)[strings.offset :][: len(strings) + 1]
    data = strings.buffers()[2]
    begin, end = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
    size = 0 if data is None else end - begin
    bytes_ = np.frombuffer(data, np.uint8, size, begin) if size else np.empty(0, np.uint8)
    starts = offsets[:-1] - begin
    lengths = np.diff(offsets)
    places = np.arange(size) - np.repeat(starts, lengths)
    with np.errstate(over="ignore"):
        parts = _mixed((places.astype(np.uint64) << np.uint64(8)) + bytes_ + np.uint64(1))
        sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(parts, dtype=np.uint64)))
        total = sums[starts + lengths] - sums[starts]
        return _mixed(total + lengths.astype(np.uint64)).view(np.int64)


def _mixed(words: np.ndarray) -> np.ndarray:
    """Return well mixed words (the finalizer of MurmurHash3)."""
    for multiplier in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        words = (words ^ (words >> np.uint64(33))) * np.uint64(multiplier)
    return np.asarray(words ^ (words >> np.uint64(33)))
