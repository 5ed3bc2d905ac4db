"""Loops over a block's tests, and over the rows that are left; `blocks` finds the tests.

    for place in range(0, 2048):   row = start + place; keep[place] = int(<narrow tests>)    SIMD
    for place in range(0, 2048):   row = start + place; flags[place] = int(<other tests>)    SIMD
    kept = list_kept_of_both(keep, flags, ...)       a list of the survivors, `selected`
    for place in range(0, kept):   row = start + selected[place]; <the rest>

Each loop of tests has buffers as wide as its values, so that its lanes are of one width, and always
BLOCK_ROWS rows, so that LLVM writes no second loop for what is left: a third less to compile. The
last block of a morsel begins early instead, and lists its own rows only; a chunk of fewer rows than
a block has its buffers padded (gpudb/kernels/sources.py). Where all that is done with a row may
become SIMD, flags are not listed:

    for place in range(...):       if keep[place] == 0: continue; <the rest>                 SIMD

or registers change by choices: `total = (total + amount if keep[place] != 0 else total)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter

import numpy as np

from gpudb.compiler.language import Pointer
from gpudb.kernels import listing
from gpudb.kernels.blocks import BlockTests
from gpudb.kernels.builds import KeyBits, RankIndex
from gpudb.kernels.library import eight_bytes
from gpudb.kernels.narrow import narrow_tests
from gpudb.kernels.origins import OfTest
from gpudb.kernels.promise import write_code_test
from gpudb.kernels.scalar import write
from gpudb.kernels.scope import Scope
from gpudb.kernels.values import BOOL, negation
from gpudb.kernels.writer import Argument
from gpudb.kernels.zones import BLOCK_ROWS
from gpudb.sql.expr import Expression

Listing = Callable[..., int]
# Whether a row passes narrow tests, where all rows of a block are looked at.
FLAG = "keep[place]"
WORKER_BUFFERS = {
    "keep": (Pointer("uint8"), np.uint8),
    "flags": (Pointer("int64"), np.int64),
    "selected": (Pointer("int16"), np.int16),
}
# What lists the survivors of one test of a block or of two; the second one where they are few.
ONE_LISTED: tuple[Listing, Listing] = (listing.list_kept, listing.list_few)
BOTH_LISTED: tuple[Listing, Listing] = (listing.list_kept_of_both, listing.list_few_of_both)


@contextmanager
def survivors(tests: BlockTests, scope: Scope) -> Iterator[None]:
    """Write the loops over blocks and tests; what is written inside runs for each survivor."""
    writer = scope.writer
    for name in WORKER_BUFFERS:
        writer.worker_parameter(name, WORKER_BUFFERS[name][0])
    intervals = [test.interval for test in tests.keys if test.interval is not None]
    narrow, long, wide = narrow_tests(tests.conjuncts, scope, intervals)
    if not narrow:
        narrow, long = long, []
    looked_up = [(n, t.key, t.bits) for n, t in enumerate(tests.keys) if t.bits is not None]
    has_wide = bool(long or wide or looked_up)
    writer.line("block = first")
    with writer.block("while block < end:"):
        writer.line(f"block_end = min(block + {BLOCK_ROWS}, end)")
        writer.line(f"start = max(0, min(block, end - {BLOCK_ROWS}))")
        if tests.threshold is not None:
            narrow.append(write_code_test(tests.threshold, scope))
        if narrow:
            with _over_block(scope):
                writer.line(f"keep[place] = int({' and '.join(narrow)})")
        if has_wide:
            with _over_block(scope):
                texts = [*long, *(write(c, scope).is_true for c in wide)]
                texts += [_bit(*test, scope) for test in looked_up]
                writer.line(f"flags[place] = int({' and '.join(texts)})")
        passed = [name for name, made in (("keep", narrow), ("flags", has_wide)) if made]
        with _over_flags(tests, scope) if tests.masks else _over_selected(passed, tests, scope):
            yield
        writer.line("block = block_end")


@contextmanager
def _over_block(scope: Scope) -> Iterator[None]:
    with scope.branch(), scope.writer.block(f"for place in range(0, {BLOCK_ROWS}):"):
        scope.writer.line("row = start + place")
        yield


@contextmanager
def _over_selected(passed: Sequence[str], tests: BlockTests, scope: Scope) -> Iterator[None]:
    _select(passed, tests.is_sparse, scope)
    with scope.writer.block("for place in range(0, kept):"):
        scope.writer.line("row = start + selected[place]")
        yield


@contextmanager
def _over_flags(tests: BlockTests, scope: Scope) -> Iterator[None]:
    with scope.writer.block("for place in range(block - start, block_end - start):"):
        scope.writer.line("row = start + place")
        if tests.guards:
            with scope.writer.block(f"if {FLAG} == 0:"):
                scope.writer.line("continue")
        yield


def _select(passed: Sequence[str], is_sparse: bool, scope: Scope) -> None:
    """Write the call that lists the survivors; few of them let eight rows be passed at once."""
    writer = scope.writer
    is_few = is_sparse and "keep" in passed
    listed = (BOTH_LISTED if len(passed) > 1 else ONE_LISTED)[is_few]
    name = writer.use(listed, *((eight_bytes,) if is_few else ()))
    own = "block - start, block_end - start"
    writer.line(f"kept = {name}({', '.join(passed)}, {own}, selected)")


def _bit(place: int, key: Expression, index: RankIndex | KeyBits, scope: Scope) -> str:
    """Write whether the key's bit is set; outside of the bitmap, bit 0 is read in its place."""
    writer = scope.writer
    value = write(key, scope)
    slot = f"int({value.text})" if value.kind is BOOL else value.text
    if index.least:
        least = writer.constant("least", index.least, OfTest(place, attrgetter("least")))
        slot = f"{slot} - {least}"
    slot = writer.assign("slot", slot)
    bits = writer.constant("bits", index.bits, OfTest(place, attrgetter("bits")))
    size = writer.constant("size", index.size, OfTest(place, attrgetter("size")))
    inside = f"({slot} >= 0 and {slot} < {size})"
    if value.is_null is not None:
        inside = f"({inside} and {negation(value.is_null)})"
    inside = writer.assign("is_inside", inside)
    safe = writer.assign("safe_slot", f"({slot} if {inside} else 0)")
    return f"({inside} and ({bits}[{safe} >> 6] >> ({safe} & 63)) & 1 != 0)"


def worker_buffers(names: Iterable[str]) -> dict[str, Argument]:
    """Return those buffers of one worker that are among the names."""
    rows = BLOCK_ROWS + listing.LISTED_MORE
    wanted = (name for name in names if name in WORKER_BUFFERS)
    return {name: np.empty(rows, WORKER_BUFFERS[name][1]) for name in wanted}
