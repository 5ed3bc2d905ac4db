"""Lets waiting threads go on: warps whose collective is complete, else the block's barrier."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gpudb.devices.emulated.code import Stop
from gpudb.devices.emulated.fault import KernelError

Ints = np.ndarray[tuple[int, ...], np.dtype[np.integer]]
Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
WARP = 32
_MASK32, _MASK64 = (1 << 32) - 1, (1 << 64) - 1
# What a shuffle gives where its source lane takes no part.
_GARBAGE = 0xA5A5A5A5


def schedule(stops: Sequence[Stop], state: Ints, run: Ints, exchange: Ints, block: int) -> None:
    """Mark in `run` the threads that go on; `state` holds the stop, from 1, of each that waits.

    Raises KernelError where threads wait for others that never come.
    """
    live = state >= 0
    waiting = {int(number): stops[number - 1] for number in np.unique(state[live])}
    for number, stop in waiting.items():
        if stop.scope == "warp":
            _release_warps(stop, state == number, live, exchange, run)
    if run.any():
        return
    if any(stop.scope != "block" for stop in waiting.values()):
        names = sorted({f"{s.operation} {s.detail}".strip() for s in waiting.values()})
        raise KernelError(f"block {block}: threads wait for lanes that never come: {names}")
    if len(waiting) > 1:
        raise KernelError(f"block {block}: threads of one block wait at different barriers")
    operation = next(iter(waiting.values())).operation
    if operation != "sync":
        votes = exchange[live, 0] & 1
        answers = {"popc": votes.sum(), "and": votes.all(), "or": votes.any()}
        exchange[live, 0] = answers[operation]
    run[live] = 1


def _release_warps(stop: Stop, waits: Flags, live: Flags, exchange: Ints, run: Ints) -> None:
    if stop.operation == "shfl":
        waits = waits & ~_shuffle_whole(stop.detail, waits, live, exchange, run)
    for first in range(0, len(waits), WARP):
        if not waits[first : first + WARP].any():
            continue
        here = slice(first, first + WARP)
        lanes = [int(lane) for lane in np.flatnonzero(waits[here])]
        if lanes:
            _collective(stop, lanes, live[here], exchange[here], run[here])


def _collective(stop: Stop, lanes: list[int], live: Flags, exchange: Ints, run: Ints) -> None:
    """Answer the lanes of one warp that wait, mask by mask, as soon as all of a mask do."""
    waiting = sum(1 << lane for lane in lanes)
    alive = sum(1 << int(lane) for lane in np.flatnonzero(live))
    masks = {lane: int(exchange[lane, 0]) & _MASK32 for lane in lanes}
    for mask in set(masks.values()):
        # A vote is also how activemask asks who is here, with a mask of all lanes.
        if stop.operation != "vote" and mask & alive & ~waiting:
            continue
        group = [lane for lane in lanes if masks[lane] == mask]
        values = {lane: int(exchange[lane, 1]) & _MASK64 for lane in group}
        answers = {lane: _answer(stop, lane, values, exchange) for lane in group}
        for lane, (value, flag) in answers.items():
            exchange[lane, 0], exchange[lane, 1], run[lane] = value & _MASK32, flag, 1


def _answer(stop: Stop, lane: int, values: dict[int, int], exchange: Ints) -> tuple[int, int]:
    """Return a lane's value and predicate."""
    match stop.operation:
        case "shfl":
            return _shuffle(stop.detail, lane, values, exchange)
        case "vote":
            return _vote(stop.detail, values), 0
        case "match":
            return _match(stop.detail, lane, values)
        case "redux":
            return _reduce(stop.detail, list(values.values())), 0
    return values[lane], 0


def _shuffle_whole(mode: str, waits: Flags, live: Flags, exchange: Ints, run: Ints) -> Flags:
    """Answer all warps at once in which every live lane waits for every other, and no more.

    Returns whose threads were answered.
    """
    threads = len(waits)
    warp = np.arange(threads) // WARP
    first = warp * WARP
    lane = np.arange(threads) - first
    masks, bits = exchange[:, 0] & _MASK32, np.int64(1) << lane
    alive = np.bincount(warp[live], bits[live], warp[-1] + 1).astype(np.int64)[warp]
    is_left_out = live & ~(waits & (masks & alive == alive) & (masks == masks[first]))
    whole: Flags = (np.bincount(warp, is_left_out) == 0)[warp] & live & live[first]
    if not whole.any():
        return whole
    by, packed = exchange[:, 2] & 31, exchange[:, 3]
    segment, clamp = packed >> 8 & 31, packed & 31
    least = lane & segment
    most = least | (clamp & ~segment & 31)
    source = {
        "up": lane - by,
        "down": lane + by,
        "bfly": lane ^ by,
        "idx": least | (by & ~segment & 31),
    }[mode]
    is_inside = source >= most if mode == "up" else source <= most
    source = first + np.where(is_inside, source, lane)
    is_there = (source >= 0) & (source < threads)
    source = np.where(is_there, source, 0)
    is_there &= live[source]
    values = np.where(is_there, exchange[source, 1] & _MASK32, _GARBAGE)
    exchange[whole, 0], exchange[whole, 1] = values[whole], is_inside[whole]
    run[whole] = 1
    return whole


def _shuffle(mode: str, lane: int, values: dict[int, int], exchange: Ints) -> tuple[int, int]:
    by, packed = int(exchange[lane, 2]) & 31, int(exchange[lane, 3])
    segment, clamp = packed >> 8 & 31, packed & 31
    least = lane & segment
    most = least | (clamp & ~segment & 31)
    source = {
        "up": lane - by,
        "down": lane + by,
        "bfly": lane ^ by,
        "idx": least | (by & ~segment & 31),
    }[mode]
    is_inside = source >= most if mode == "up" else source <= most
    return values.get(source if is_inside else lane, _GARBAGE), int(is_inside)


def _vote(mode: str, values: dict[int, int]) -> int:
    ones = {lane: value & 1 for lane, value in values.items()}
    if mode == "ballot":
        return sum(one << lane for lane, one in ones.items())
    if mode == "uni":
        return int(len(set(ones.values())) == 1)
    return int(all(ones.values()) if mode == "all" else any(ones.values()))


def _match(mode: str, lane: int, values: dict[int, int]) -> tuple[int, int]:
    everyone = sum(1 << other for other in values)
    same = sum(1 << other for other, value in values.items() if value == values[lane])
    agree = int(same == everyone)
    return (same if mode == "any" or agree else 0), agree


_REDUCTIONS: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "min": min,
    "max": max,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
}


def _reduce(mode: str, values: list[int]) -> int:
    signed = [value - (1 << 64) if value >> 63 else value for value in values]
    result = signed[0]
    for value in signed[1:]:
        result = _REDUCTIONS[mode](result, value)
    return result
