"""Sorts of long keys: some passes over the leading bits, then what is out of place is moved.

    parts    id (20 bits), price (60 bits)
    lead     id, and the first 42 bits of the price: one word a row
    passes   over the first 24 bits of it: rows with the same 24 bits lie together, and are few
    settle   insertion within them by the whole word; rows with the same word by the whole parts

A sample of the rows tells how many bits part most of them; where none do, all are sorted by
(gpudb/kernels/radix.py).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gpudb.devices.device import Morsel
from gpudb.kernels.buffers import BUFFERS
from gpudb.records import dataclass

if TYPE_CHECKING:
    from gpudb.kernels.radix import Workers

WORD_BITS = 62
DIGIT_BITS = 8
SAMPLE_ROWS = 1 << 13
# Insertion passes by so many rows for each, on average; of more, a pass over a digit is cheaper.
MOST_TOGETHER = 16
# So many rows that have each row's whole word are put in order in one thread.
MOST_EQUAL = 0.5
# Settling costs about as much as so many passes.
SETTLING_PASSES = 2


@dataclass(frozen=True, slots=True)
class Lead:
    """The leading bits of keys: of each part the least value, the low bits dropped, those taken."""

    fields: tuple[tuple[int, int, int], ...]
    is_whole: bool

    @property
    def bits(self) -> int:
        """How many bits a word has."""
        return sum(taken for _, _, taken in self.fields)

    def write(self, parts: Sequence[np.ndarray], out: np.ndarray) -> None:
        """Write the words of rows: int64[rows]."""
        out[:] = 0
        for part, (least, dropped, taken) in zip(parts, self.fields, strict=False):
            # Wraps: the bits are those of an unsigned number.
            offset = np.subtract(part, np.int64(least)).view(np.uint64) >> np.uint64(dropped)
            out <<= taken
            out |= offset.view(np.int64)


def find_lead(limits: Sequence[tuple[int, int]]) -> Lead:
    """Return what leads keys whose parts lie between these limits."""
    fields: list[tuple[int, int, int]] = []
    room = WORD_BITS
    for least, greatest in limits:
        bits = (greatest - least).bit_length()
        taken = min(bits, room)
        fields.append((least, bits - taken, taken))
        room -= taken
        if taken < bits:
            return Lead(tuple(fields), is_whole=False)
    return Lead(tuple(fields), is_whole=True)


def order_by_lead(
    workers: Workers, parts: Sequence[np.ndarray], limits: Sequence[tuple[int, int]]
) -> np.ndarray | None:
    """Return the row numbers in the order of `parts`, as `Workers.order` does.

    None where passes over all digits are cheaper.
    """
    lead = find_lead(limits)
    leading = _leading_bits(lead, parts, limits)
    if leading is None:
        return None
    count = len(parts[0])
    words = BUFFERS.empty(count)
    rows = BUFFERS.made(count, lambda at: np.arange(at.start, at.stop), np.int32)

    def write(morsel: Morsel) -> None:
        for first, end in workers.blocks(morsel):
            lead.write([part[first:end] for part in parts], words[first:end])

    workers.run(count, write)
    shift = lead.bits - leading
    words, rows = workers.sort_digits((words, rows), range(shift, lead.bits, DIGIT_BITS))
    if not _settle(workers, words, rows, shift):
        words, rows = workers.sort_digits((words, rows), range(0, lead.bits, DIGIT_BITS))
    if not lead.is_whole:
        _settle_equal(parts[len(lead.fields) - 1 :], words, rows)
    return rows


def _leading_bits(
    lead: Lead, parts: Sequence[np.ndarray], limits: Sequence[tuple[int, int]]
) -> int | None:
    """Return how many leading bits leave few rows together; None if not worth it."""
    rows = len(parts[0])
    passes = sum(-(-(high - low).bit_length() // DIGIT_BITS) for low, high in limits)
    places = np.unique(np.random.default_rng(rows).integers(0, rows, SAMPLE_ROWS))
    words = np.empty(len(places), np.int64)
    lead.write([part[places] for part in parts], words)
    if not lead.is_whole and _rows_together(words, rows) > MOST_EQUAL:
        return None
    for bits in range(DIGIT_BITS, lead.bits, DIGIT_BITS):
        if bits // DIGIT_BITS + SETTLING_PASSES >= passes:
            return None
        if _rows_together(words >> (lead.bits - bits), rows) <= MOST_TOGETHER:
            return bits
    return None


def _rows_together(sample: np.ndarray, rows: int) -> float:
    """Return how many of all rows have the same word as a row, on average, by a sample's."""
    _, counts = np.unique(sample, return_counts=True)
    pairs = float((counts * (counts - 1.0)).sum())
    return rows * pairs / (len(sample) * max(1.0, len(sample) - 1.0))


def _settle(workers: Workers, words: np.ndarray, rows: np.ndarray, shift: int) -> bool:
    """Put rows in the order of their words, which are in that of their bits from `shift` on.

    Return False where that would take too long; then some rows are in order.
    """
    pieces, count = workers.fixed.device.workers, len(words)
    cuts = [0]
    for piece in range(1, pieces):
        last = int(words[count * piece // pieces]) >> shift
        behind = bisect_right(range(count), last, key=lambda row: int(words[row]) >> shift)
        cuts.append(max(behind, cuts[-1]))
    cuts.append(count)
    morsels = [Morsel(n, n, cuts[n], cuts[n + 1]) for n in range(pieces)]
    are_settled = [False] * pieces

    def settle(morsel: Morsel) -> None:
        are_settled[morsel.order] = workers.fixed.settle_words(morsel, words, rows)

    workers.fixed.device.run(morsels, lambda: settle, workers.cancel)
    return all(are_settled)


def _settle_equal(parts: Sequence[np.ndarray], words: np.ndarray, rows: np.ndarray) -> None:
    """Put rows with the same word in the order of `parts`."""
    is_same = words[1:] == words[:-1]
    places = np.flatnonzero(np.append(is_same, False) | np.insert(is_same, 0, False))
    some = rows[places]
    order = np.lexsort([*(part[some] for part in reversed(parts)), words[places]])
    rows[places] = some[order]
