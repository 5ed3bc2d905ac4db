"""Blocks: cheap tests run over a block of rows without a branch, the rest over the survivors only.

The tests are the filters' plain comparisons of the source's columns, and for INNER and SEMI joins
that the key lies between the least and the greatest of the build, where that drops most rows, else
the bits of the bitmap that is probed first thing anyway, or of a bitmap of one of several keys.
Worth it where they drop most rows: a branch that is mispredicted costs more than a dozen rows of
such a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gpudb.compiler.language import ValueType
from gpudb.kernels.builds import BuildTable, KeyBits, RankIndex
from gpudb.kernels.narrow import (
    Interval,
    find_intervals,
    has_ordered_codes,
    is_narrow,
)
from gpudb.kernels.promise import find_code_dtype
from gpudb.kernels.reads import EncodedReader
from gpudb.kernels.scalar import write
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.top import TopWriter
from gpudb.kernels.values import WIDE
from gpudb.kernels.writer import CONTROL
from gpudb.records import dataclass, replace
from gpudb.sql.expr import ColumnReference, Expression, conjunction, field_ids, split_conjunction
from gpudb.sql.pipeline import FilterRows, Probe, Step, Unnest, step_expressions
from gpudb.sql.plan import JoinKind

# Blocks are worth their loops where at most this share of the rows passes.
MOST_PASSING = 0.5
SPARSE_PASSING = 0.1
# Where the tests of narrow codes leave at most this share, others are made of the survivors: eight
# bytes of each row cost as much as a jump now and then.
FEW_PASSING = 0.04
# Of rows of one group LLVM makes SIMD of the whole loop, in lanes of 64 bits. Tests of so many
# narrow columns pay for a loop of their own, whose lanes are as narrow, and for flags.
FEWEST_MASKING = 2
# Of fewer values of an order's first key too many rows are equal to the threshold.
FEWEST_DISTINCT = 64
# An interval, whose lanes are narrow, is tested instead of bits, which are looked up one by one,
# where it leaves this share of the rows, or not many more than they would.
CLOSE_PASSING = 0.25
CLOSE_FACTOR = 1.5


@dataclass(frozen=True, slots=True)
class Shares:
    """What is guessed of the source.

    The share of rows that pass, and an expression's distinct values; whether all are `one_group`.
    """

    passing: Callable[[Expression], float]
    distinct: Callable[[Expression], float]
    one_group: bool = False


@dataclass(frozen=True, slots=True)
class KeyTest:
    """The test whether a probe's key is among those of the build; `share` of the rows pass.

    The key's bit is looked up, or the key compared with an `interval`; `is_exact` where no other
    keys pass.
    """

    key: Expression
    share: float
    is_exact: bool
    bits: RankIndex | KeyBits | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class BlockTests:
    """The tests of a block, and the steps that are left for the survivors.

    These are listed, or with `masks` their flags are looked at: by guards, or by the sink.
    """

    conjuncts: tuple[Expression, ...]
    keys: tuple[KeyTest, ...]
    rest: tuple[Step, ...]
    is_sparse: bool
    threshold: ColumnReference | None = None
    masks: bool = False
    guards: bool = True


def find_tests(
    steps: Sequence[Step],
    builds: Mapping[int, BuildTable],
    scope: Scope,
    source_ids: frozenset[int],
    shares: Shares,
) -> BlockTests | None:
    """Return the tests worth a block's loop, or None."""
    conjuncts: list[Expression] = []
    keys: list[KeyTest] = []
    rest: list[Step] = []
    passing = 1.0
    may_raise = False
    for step in steps:
        if isinstance(step, FilterRows):
            parts = split_conjunction(step.predicate)
            count = 0 if keys or may_raise else _leading(parts, scope, source_ids)
            early = _early(parts[:count], passing, scope, source_ids, shares)
            may_raise = may_raise or count < len(parts)
            conjuncts += early
            passing *= shares.passing(step.predicate) if early and not shares.one_group else 1.0
            left = conjunction(tuple(p for p in parts if p not in early))
            rest += [] if left is None else [replace(step, predicate=left)]
            continue
        if isinstance(step, Unnest):
            rest.append(step)
            continue
        build = builds[step.build]
        test = None if may_raise else _key_test(step, build, scope, source_ids, shares)
        if test is not None:
            keys.append(test)
            passing *= test.share
            if step.kind is JoinKind.SEMI and step.condition is None and test.is_exact:
                continue  # the test says all that there is to know
        rest.append(step)
    if not (conjuncts or keys) or (passing > MOST_PASSING and not shares.one_group):
        return None
    is_sparse = passing < SPARSE_PASSING
    masks = shares.one_group
    return BlockTests(tuple(conjuncts), tuple(keys), tuple(rest), is_sparse, masks=masks)


def with_threshold(
    tests: BlockTests | None,
    sink: TopWriter,
    steps: Sequence[Step],
    scope: Scope,
    shares: Shares | None,
) -> BlockTests | None:
    """Return the tests with one more: whether the first key may be that of one of the first rows.

    Where others do not drop most rows, it is the only one: its columns alone are read of each row.
    """
    column = sink.column
    if column is None or shares is None:
        return tests
    if len(sink.keys) > 1 and shares.distinct(column) < FEWEST_DISTINCT:
        return tests
    sink.code_dtype = find_code_dtype(column, scope)
    if sink.code_dtype is None:
        return tests
    if tests is None:
        return BlockTests((), (), tuple(steps), is_sparse=True, threshold=column)
    return replace(tests, is_sparse=True, threshold=column)


def find_leading_key(
    sink: TopWriter, steps: Sequence[Step], scope: Scope, source_ids: frozenset[int]
) -> ColumnReference | None:
    """Return the first key of an order if it is a column that may be looked at before the steps.

    What raises must see every row, so nothing stands before it.
    """
    key = sink.keys[0].expression
    if not isinstance(key, ColumnReference) or key.id not in source_ids:
        return None
    expressions = (each for step in steps for each in step_expressions(step))
    return None if any(_may_raise(e, scope, source_ids) for e in expressions) else key


def _leading(parts: Sequence[Expression], scope: Scope, source_ids: frozenset[int]) -> int:
    """Return how many conjuncts stand before the first that may raise.

    What stands behind a test that raises must not keep rows from it.
    """
    for count, part in enumerate(parts):
        if _may_raise(part, scope, source_ids):
            return count
    return len(parts)


def _early(
    parts: Sequence[Expression],
    passing: float,
    scope: Scope,
    source_ids: frozenset[int],
    shares: Shares,
) -> list[Expression]:
    """Return the conjuncts to be tested in blocks, of which a share of the rows is `passing`."""
    cheap = [part for part in parts if _is_cheap(part, scope, source_ids)]
    narrow = [part for part in cheap if is_narrow(part, scope)]
    if shares.one_group:
        columns = frozenset().union(*map(field_ids, narrow))
        return narrow if len(columns) >= FEWEST_MASKING else []
    both = conjunction(tuple(narrow))
    is_enough = both is not None and passing * shares.passing(both) <= FEW_PASSING
    return narrow if is_enough else cheap


def _is_cheap(expression: Expression, scope: Scope, source_ids: frozenset[int]) -> bool:
    """Whether the text is one expression of the source's columns, without branches."""
    if not field_ids(expression) <= source_ids:
        return False
    if find_intervals(expression, scope):
        return True
    return not any(line.startswith(CONTROL) for line in _tried(expression, scope).lines)


def _may_raise(expression: Expression, scope: Scope, source_ids: frozenset[int]) -> bool:
    """Whether evaluating may raise; what reads a join's payload cannot be tried here, and may."""
    if not field_ids(expression) <= source_ids:
        return True
    if find_intervals(expression, scope):
        return False  # as most are that need not be written to be known
    return any(line.startswith("return ") for line in _tried(expression, scope).lines)


@dataclass(frozen=True, slots=True)
class Tried:
    """What writing an expression would give."""

    lines: tuple[str, ...]
    kind: ValueType


def _tried(expression: Expression, scope: Scope) -> Tried:
    """Write an expression and forget it; it is asked for more than once."""
    if isinstance(expression, ColumnReference):
        reader = scope.reader(expression.id)
        if isinstance(reader, EncodedReader):
            return Tried((), reader.kind)
    return scope.once(("tried", id(expression)), lambda: _try(expression, scope))


def _try(expression: Expression, scope: Scope) -> Tried:
    known = scope.known()
    with scope.writer.trial():
        kind = write(expression, scope).kind
        lines = tuple(line.lstrip() for line in scope.writer.lines)
    scope.forget_since(known)
    return Tried(lines, kind)


def _key_test(
    step: Probe, build: BuildTable, scope: Scope, source_ids: frozenset[int], shares: Shares
) -> KeyTest | None:
    """Return the test of the key that drops most rows; None where none drops enough."""
    if step.kind not in (JoinKind.INNER, JoinKind.SEMI):
        return None
    best: KeyTest | None = None
    for place, key in enumerate(step.keys):
        if not _may_test(key, build.are_wide[place], scope, source_ids):
            continue
        distinct = max(1.0, shares.distinct(key))
        if len(step.keys) > 1 and build.relation.rows >= MOST_PASSING * distinct:
            continue  # the bitmap is not worth being made
        test = _best_test(key, build, place, distinct, scope)
        if test is not None and test.share < (MOST_PASSING if best is None else best.share):
            best = test
    return best


def _best_test(
    key: Expression, build: BuildTable, place: int, distinct: float, scope: Scope
) -> KeyTest | None:
    """Return the test by the keys' bits, or by their interval where that drops nearly as much."""
    bits = build.key_bits(place)
    share = 1.0 if bits is None else min(1.0, bits.distinct / distinct)
    by_interval = _interval_test(key, build, place, share if bits is not None else 0.0, scope)
    if by_interval is not None:
        limit = MOST_PASSING if bits is None else max(CLOSE_PASSING, CLOSE_FACTOR * share)
        if by_interval.is_exact or by_interval.share <= limit:
            return by_interval
    return None if bits is None else KeyTest(key, share, bits is build.index, bits=bits)


def _interval_test(
    key: Expression, build: BuildTable, place: int, least_share: float, scope: Scope
) -> KeyTest | None:
    """Return the test that the key lies among the build's; None where codes cannot tell."""
    limits = build.key_range(place)
    if limits is None or not isinstance(key, ColumnReference) or not has_ordered_codes(key, scope):
        return None
    known = scope.reader(key.id).bounds
    if known is None:
        return None
    low, high = max(limits[0], known.minimum), min(limits[1], known.maximum)
    share = max(0, high - low + 1) / (known.maximum - known.minimum + 1)
    index = build.index if len(build.are_wide) == 1 else None
    is_exact = isinstance(index, RankIndex) and index.distinct == index.size
    return KeyTest(key, max(share, least_share), is_exact, interval=Interval(key, *limits))


def _may_test(key: Expression, is_wide: bool, scope: Scope, source_ids: frozenset[int]) -> bool:
    if is_wide or key.type.is_text or key.type.is_float:
        return False
    return _is_cheap(key, scope, source_ids) and _tried(key, scope).kind is not WIDE
