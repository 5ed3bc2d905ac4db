"""The operations by which words of state change and merge: one table for all aggregates.

An operation owns as many words as it has first values; it stands at the first of them, and KEY at
the others (and at a group's keys), which merge with it or not at all. `groups.merge_word` knows the
operations by their places in OPERATIONS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gpudb.kernels import digests, library, moments, shared_states, sketches
from gpudb.records import dataclass
from gpudb.sql.aggregates import MOST_KEPT

ADD, ADD_FLOAT, ADD_WIDE, LOWEST, HIGHEST, LOWEST_FLOAT, HIGHEST_FLOAT, KEY = range(8)
MULTIPLY, AND_BITS, OR_BITS, XOR_BITS, LOWEST_WIDE, HIGHEST_WIDE = range(8, 14)
TAKE_LOWEST, TAKE_HIGHEST, DEVIATIONS, PAIRS, POWERS, REGISTERS, DIGEST, TAKE_FIRST = range(14, 22)
# The forms for many threads that change the same states.
SHARED_DEVIATIONS, SHARED_PAIRS, SHARED_POWERS = range(22, 25)
KEEP_GREATEST = 25

LEAST, GREATEST = -(1 << 63), (1 << 63) - 1


def number_text(value: int) -> str:
    """Return an integer's text; the least one has no literal."""
    return f"-{GREATEST} - 1" if value == LEAST else str(value)


Merge = Callable[[np.ndarray, np.ndarray], None]
Change = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Sharing:
    """How many threads at once change several words of state: functions of the kernel language.

    `merge` adds a block's state to another: buffers and place of both. `uses` are what they call.
    """

    change: Change
    merge: Change
    uses: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """How a row changes words of state, and how two states merge.

    `change` is a function of the kernel language: buffers, the place of the first word, values.
    `register` is the same for one word in a register: from its name and the value to its new value;
    states without it are changed in memory. `merge` merges states of int64[groups, words] into
    others. `uses` are the functions that `change` calls. Where threads share the states, `sharing`
    or `ties` stand for it: the latter are operations of single words, each of which counts only
    among rows that are equal in the words before it.
    """

    change: Change | None
    merge: Merge
    first: tuple[int, ...] = (0,)
    buffers: tuple[str, ...] = ("states",)
    register: str | None = None
    uses: tuple[Change, ...] = ()
    sharing: Sharing | None = None
    ties: tuple[int, ...] = ()

    @property
    def is_float(self) -> bool:
        """Whether the word is one float."""
        return self.buffers == ("float_states",)


def _add(target: np.ndarray, source: np.ndarray) -> None:
    target += source


def _add_float(target: np.ndarray, source: np.ndarray) -> None:
    floats = target.view(np.float64)
    floats += source.view(np.float64)


def _multiply(target: np.ndarray, source: np.ndarray) -> None:
    floats = target.view(np.float64)
    floats *= source.view(np.float64)


def _add_wide(target: np.ndarray, source: np.ndarray) -> None:
    low = target[:, 0].view(np.uint64)
    before = low.copy()
    with np.errstate(over="ignore"):
        low += source[:, 0].view(np.uint64)
    target[:, 1] += source[:, 1] + (low < before)


def _lowest_float(target: np.ndarray, source: np.ndarray) -> None:
    x, y = target.view(np.float64), source.view(np.float64)
    np.copyto(x, y, where=(y < x) | np.isnan(x))


def _highest_float(target: np.ndarray, source: np.ndarray) -> None:
    x, y = target.view(np.float64), source.view(np.float64)
    np.copyto(x, y, where=(y > x) | np.isnan(y))


def _in_place(function: np.ufunc) -> Merge:
    def merge(target: np.ndarray, source: np.ndarray) -> None:
        function(target, source, out=target)

    return merge


def _extreme_wide(sign: int) -> Merge:
    """Keep the lesser (1) or the greater (-1) of 128 bits: high words first, low ones unsigned."""

    def merge(target: np.ndarray, source: np.ndarray) -> None:
        a, b = (target, source) if sign > 0 else (source, target)
        low, other = a[:, 0].view(np.uint64), b[:, 0].view(np.uint64)
        is_less = (b[:, 1] < a[:, 1]) | ((b[:, 1] == a[:, 1]) & (other < low))
        np.copyto(target, source, where=is_less[:, None])

    return merge


def _take(sign: int) -> Merge:
    """Keep the pair with the lesser (1) or the greater (-1) first word, then the lesser second."""

    def merge(target: np.ndarray, source: np.ndarray) -> None:
        first, other = target[:, 0], source[:, 0]
        is_before = other < first if sign > 0 else other > first
        is_before |= (other == first) & (source[:, 1] < target[:, 1])
        np.copyto(target, source, where=is_before[:, None])

    return merge


def _take_first(target: np.ndarray, source: np.ndarray) -> None:
    """See library.take_first."""
    is_before = np.zeros(len(target), np.bool_)
    is_equal = np.ones(len(target), np.bool_)
    for word in range(4):
        is_before |= is_equal & (source[:, word] < target[:, word])
        is_equal &= source[:, word] == target[:, word]
    np.copyto(target, source, where=is_before[:, None])


def _keep_greatest(target: np.ndarray, source: np.ndarray) -> None:
    """See library.keep_greatest."""
    both = np.sort(np.concatenate((target, source), axis=1), axis=1)
    target[:] = both[:, : -target.shape[1] - 1 : -1]


def _counted(merge: Callable[[Moments, Moments], None]) -> Merge:
    """Return the merge of states that begin with a count, of which neither may be 0."""

    def merge_some(target: np.ndarray, source: np.ndarray) -> None:
        is_new = (target[:, 0] == 0) & (source[:, 0] > 0)
        both = np.flatnonzero((target[:, 0] > 0) & (source[:, 0] > 0))
        np.copyto(target, source, where=is_new[:, None])
        if len(both):
            merged = Moments(target[both])
            with np.errstate(over="ignore", invalid="ignore"):
                merge(merged, Moments(source[both]))
            target[both] = merged.words

    return merge_some


class Moments:
    """A count in the first word of each state, floats in the others."""

    def __init__(self, words: np.ndarray) -> None:
        self.words = words
        self.floats = words.view(np.float64)
        self.count = words[:, 0].astype(np.float64)

    def __getitem__(self, word: int) -> np.ndarray:
        return np.asarray(self.floats[:, word])


def _by_size(target: Moments, source: Moments) -> tuple[Moments, Moments]:
    """Return the states of more values, and those of fewer, group by group."""
    is_larger = (source.count > target.count)[:, None]
    larger = np.where(is_larger, source.words, target.words)
    return Moments(larger), Moments(np.where(is_larger, target.words, source.words))


def _merge_deviations(target: Moments, source: Moments) -> None:
    """See moments.merge_deviations."""
    larger, smaller = _by_size(target, source)
    count, total, apart = smaller.count, smaller[2], smaller[1] - larger[1]
    larger.floats[:, 2] += total + count * apart
    larger.floats[:, 3] += smaller[3] + apart * (2.0 * total + count * apart)
    larger.words[:, 0] += smaller.words[:, 0]
    target.words[:] = larger.words


def _merge_pairs(target: Moments, source: Moments) -> None:
    """See moments.merge_pairs."""
    larger, smaller = _by_size(target, source)
    count, sum_y, sum_x = smaller.count, smaller[3], smaller[4]
    dy, dx = smaller[1] - larger[1], smaller[2] - larger[2]
    larger.floats[:, 3] += sum_y + count * dy
    larger.floats[:, 4] += sum_x + count * dx
    larger.floats[:, 5] += smaller[5] + dy * (2.0 * sum_y + count * dy)
    larger.floats[:, 6] += smaller[6] + dx * (2.0 * sum_x + count * dx)
    larger.floats[:, 7] += smaller[7] + dy * sum_x + dx * sum_y + count * (dy * dx)
    larger.words[:, 0] += smaller.words[:, 0]
    target.words[:] = larger.words


def _merge_powers(target: Moments, source: Moments) -> None:
    """See moments.merge_powers."""
    a, b = target.count, source.count
    part = (source[1] - target[1] + (source[2] - target[2])) / (a + b)
    square = part * part
    fourth = (
        source[5]
        + square * square * a * b * (a + b) * (a * a - a * b + b * b)
        + 6.0 * square * (a * a * source[3] + b * b * target[3])
        + 4.0 * part * (a * source[4] - b * target[4])
    )
    third = source[4] + square * part * a * b * (a - b) * (a + b)
    third += 3.0 * part * (a * source[3] - b * target[3])
    target.floats[:, 2] += part * b
    target.floats[:, 5] += fourth
    target.floats[:, 4] += third
    target.floats[:, 3] += source[3] + square * a * b * (a + b)
    target.words[:, 0] += source.words[:, 0]


def _merge_shared_powers(target: Moments, source: Moments) -> None:
    """See shared_states.share_all_powers."""
    count, apart = source.count, source[1] - target[1]
    first, second, third = source[2], source[3], source[4]
    rest = 6.0 * second + apart * (4.0 * first + count * apart)
    target.floats[:, 5] += source[5] + 4.0 * apart * third + apart * apart * rest
    target.floats[:, 4] += third + apart * (3.0 * second + apart * (3.0 * first + count * apart))
    target.floats[:, 3] += second + apart * (2.0 * first + count * apart)
    target.floats[:, 2] += first + count * apart
    target.words[:, 0] += source.words[:, 0]


def _merge_registers(target: np.ndarray, source: np.ndarray) -> None:
    """See sketches.merge_registers."""
    merged = np.maximum(_bytes(target), _bytes(source))
    target[:] = merged.view(np.int64)


def _bytes(words: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(words).view(np.uint8)


def _bits(value: float) -> int:
    return int(np.array(value).view(np.int64))


def _centered(change: Change, merge: Change) -> Sharing:
    return Sharing(change, merge, (shared_states.center_of,))


def _nothing(target: np.ndarray, source: np.ndarray) -> None:
    """Keys do not change."""


FLOATS, BOTH = ("float_states",), ("states", "float_states")
OPERATIONS: tuple[Operation, ...] = (
    Operation(library.add, _add, register="{name} + {value}"),
    Operation(library.add, _add_float, buffers=FLOATS, register="accumulate({name}, {value})"),
    Operation(library.add_wide, _add_wide, (0, 0), register="wide_add({name}, {value})"),
    Operation(library.lowest, _in_place(np.minimum), (GREATEST,), register="min({name}, {value})"),
    Operation(library.highest, _in_place(np.maximum), (LEAST,), register="max({name}, {value})"),
    Operation(
        library.lowest_float,
        _lowest_float,
        (_bits(np.nan),),
        FLOATS,
        "({value} if {value} < {name} or isnan({name}) else {name})",
    ),
    Operation(
        library.highest_float,
        _highest_float,
        (_bits(-np.inf),),
        FLOATS,
        "({value} if {value} > {name} or isnan({value}) else {name})",
    ),
    Operation(None, _nothing),
    Operation(library.multiply, _multiply, (_bits(1.0),), FLOATS, "{name} * {value}"),
    Operation(library.and_bits, _in_place(np.bitwise_and), (-1,), register="{name} & {value}"),
    Operation(library.or_bits, _in_place(np.bitwise_or), register="{name} | {value}"),
    Operation(library.xor_bits, _in_place(np.bitwise_xor), register="{name} ^ {value}"),
    Operation(library.lowest_wide, _extreme_wide(1), (-1, GREATEST)),
    Operation(library.highest_wide, _extreme_wide(-1), (0, LEAST)),
    Operation(library.take_lowest, _take(1), (GREATEST, GREATEST), ties=(LOWEST, LOWEST)),
    Operation(
        library.take_highest,
        _take(-1),
        (LEAST, GREATEST),
        ties=(HIGHEST, LOWEST),
    ),
    Operation(
        moments.add_deviation,
        _counted(_merge_deviations),
        (0,) * 4,
        BOTH,
        uses=(moments.move_deviations,),
    ),
    Operation(
        moments.add_pair,
        _counted(_merge_pairs),
        (0,) * 8,
        BOTH,
        uses=(moments.move_pairs,),
    ),
    Operation(moments.add_powers, _counted(_merge_powers), (0,) * 6, BOTH),
    Operation(
        sketches.keep_rank,
        _merge_registers,
        (0,) * sketches.REGISTER_WORDS,
        sharing=Sharing(
            shared_states.share_rank,
            shared_states.share_registers,
            (shared_states.greater_bytes,),
        ),
    ),
    Operation(
        digests.keep_value,
        digests.merge_digests,
        (0,) * digests.DIGEST_WORDS,
        BOTH,
        uses=digests.DIGEST_USES,
    ),
    Operation(
        library.take_first,
        _take_first,
        (2, GREATEST, 1, GREATEST),
        ties=(LOWEST,) * 4,
    ),
    Operation(
        None,
        _counted(_merge_deviations),
        (0, shared_states.NO_CENTER, 0, 0),
        BOTH,
        sharing=_centered(shared_states.share_deviation, shared_states.share_deviations),
    ),
    Operation(
        None,
        _counted(_merge_pairs),
        (0, *(shared_states.NO_CENTER,) * 2, *(0,) * 5),
        BOTH,
        sharing=_centered(shared_states.share_pair, shared_states.share_pairs),
    ),
    Operation(
        None,
        _counted(_merge_shared_powers),
        (0, shared_states.NO_CENTER, *(0,) * 4),
        BOTH,
        sharing=_centered(shared_states.share_powers, shared_states.share_all_powers),
    ),
    Operation(
        library.keep_greatest,
        _keep_greatest,
        (LEAST,) * MOST_KEPT,
        sharing=Sharing(shared_states.share_greatest, shared_states.share_all_greatest, ()),
    ),
)


def merge_tables(target: np.ndarray, source: np.ndarray, operations: Sequence[int]) -> None:
    """Merge the states of `source` into `target`, group by group; both int64[groups, pitch]."""
    for word, number in enumerate(operations):
        if number == KEY:
            continue
        operation = OPERATIONS[number]
        size = len(operation.first)
        if size == 1:
            operation.merge(target[:, word], source[:, word])
        else:
            operation.merge(target[:, word : word + size], source[:, word : word + size])
