"""What the words of aggregates say: a column of results from the states of all groups."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gpudb.errors import DataError
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.digests import DIGEST_WORDS, digest_quantiles
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.sinks.families import low_mask
from gpudb.kernels.sinks.operations import (
    ADD,
    ADD_FLOAT,
    DEVIATIONS,
    OPERATIONS,
    SHARED_DEVIATIONS,
    SHARED_POWERS,
    TAKE_HIGHEST,
    TAKE_LOWEST,
    Moments,
)
from gpudb.kernels.sinks.states import Aggregated
from gpudb.kernels.sketches import REGISTER_WORDS, estimate_distinct
from gpudb.kernels.sorting import float_of_order
from gpudb.records import replace
from gpudb.sql.aggregates import arguments_of
from gpudb.sql.expr import AggregateCall, Literal
from gpudb.storage.types import MAX_DECIMAL_PRECISION, Kind


def result(aggregated: Aggregated, table: np.ndarray) -> HeldColumn:
    """Return the aggregate's values for the groups of `table`: int64[groups, pitch]."""
    call = aggregated.item.call
    if call.function in ("count", "regr_count"):
        return HeldColumn(aggregated.item.field.type, BUFFERS.copied(table[:, aggregated.count]))
    return RESULTS.get(call.function, _word)(aggregated, table)


def _nulls(is_null: np.ndarray) -> np.ndarray | None:
    return is_null if np.count_nonzero(is_null) else None


def _word(aggregated: Aggregated, table: np.ndarray) -> HeldColumn:
    """Return what stands in the state, NULL where there was no value."""
    type, word = aggregated.item.field.type, aggregated.word
    operation = OPERATIONS[aggregated.operation]
    empty = table[:, aggregated.count] == 0
    nulls = _nulls(empty)
    if operation.is_float:
        dtype = np.float32 if type.kind is Kind.FLOAT else np.float64
        values = BUFFERS.copied(table.view(np.float64)[:, word], dtype)
        values[empty] = 0
        return HeldColumn(type, values, nulls)
    if len(operation.first) == 2:
        return _wide(aggregated, table, nulls)
    values = BUFFERS.copied(table[:, word])
    if nulls is not None:
        values[nulls] = 0
    return HeldColumn(type, values, nulls, domain=aggregated.domain)


def _wide(aggregated: Aggregated, table: np.ndarray, nulls: np.ndarray | None) -> HeldColumn:
    word, type = aggregated.word, aggregated.item.field.type
    low, high = BUFFERS.copied(table[:, word]), BUFFERS.copied(table[:, word + 1])
    if aggregated.operation in (TAKE_LOWEST, TAKE_HIGHEST):
        low, high = high ^ low_mask(is_min=aggregated.operation == TAKE_LOWEST), low
    if nulls is not None:
        low, high = np.where(nulls, 0, low), np.where(nulls, 0, high)
    column = HeldColumn(type, low, nulls, high=high).narrowed()
    if column.high is not None and type.kind is not Kind.DECIMAL:
        place = int(np.flatnonzero(low >> 63 != high)[0])
        total = (int(high[place]) << 64) + (int(low[place]) & ((1 << 64) - 1))
        message = f"{type} overflow: SUM is {total}; cast the argument to DECIMAL(18,0)"
        raise _overflow(message, aggregated.item.call)
    if column.high is not None and _has_more_digits(low, high):
        message = f"{type} overflow: a sum has more than {MAX_DECIMAL_PRECISION} digits"
        raise _overflow(f"{message}; cast to DOUBLE", aggregated.item.call)
    return column


def _has_more_digits(low: np.ndarray, high: np.ndarray) -> bool:
    """Whether one of the 128-bit numbers has more digits than a DECIMAL may have."""
    most = 10**MAX_DECIMAL_PRECISION - 1
    least_high, greatest_high = -most >> 64, most >> 64
    is_inside = (high > least_high) & (high < greatest_high)
    rest = zip(high[~is_inside].tolist(), low[~is_inside].tolist(), strict=True)
    return any(abs((h << 64) + (w & ((1 << 64) - 1))) > most for h, w in rest)


def _overflow(message: str, call: AggregateCall) -> DataError:
    if call.span is None:
        return DataError(message)
    return DataError(message, begin=call.span.begin, end=call.span.end)


def _average(aggregated: Aggregated, table: np.ndarray) -> HeldColumn:
    word, counts = aggregated.word, table[:, aggregated.count]
    empty, safe = counts == 0, np.maximum(counts, 1)
    scale = arguments_of(aggregated.item.call)[0].type.scale
    if aggregated.operation == ADD_FLOAT:
        means = table.view(np.float64)[:, word] / safe
    elif aggregated.operation == ADD:
        means = table[:, word].astype(np.float64) / safe / 10.0**scale
    else:
        means = wide_floats(table[:, word], table[:, word + 1]) / safe / 10.0**scale
    return HeldColumn(aggregated.item.field.type, means, _nulls(empty))


def wide_floats(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return 128-bit numbers as the nearest floats, or nearly so."""
    sums = high.astype(np.float64) * 2.0**64 + low.view(np.uint64).astype(np.float64)
    return np.asarray(np.where((low >> 63) == high, low.astype(np.float64), sums))


def _best(aggregated: Aggregated, table: np.ndarray) -> HeldColumn:
    """Return the second words: the values of the rows that were taken."""
    empty = table[:, aggregated.count] == 0
    return _unordered(aggregated, table[:, aggregated.word + 1], empty)


def _unordered(aggregated: Aggregated, words: np.ndarray, empty: np.ndarray) -> HeldColumn:
    """Return the values behind words that compare as they do."""
    type = aggregated.item.field.type
    values = np.where(empty, 0, words)
    if type.is_float:
        floats = float_of_order(values)
        values = floats.astype(np.float32) if type.kind is Kind.FLOAT else floats
    elif type.kind is Kind.BOOLEAN:
        values = values.astype(np.uint8)
    return HeldColumn(type, values, _nulls(empty), domain=aggregated.domain)


def _nth(aggregated: Aggregated, table: np.ndarray) -> HeldColumn:
    """Return the words of one place; NULL where there are fewer values."""
    call = aggregated.item.call
    (number,) = call.others
    assert isinstance(number, Literal) and isinstance(number.value, int)
    words = table[:, aggregated.word + number.value - 1]
    if call.function == "nth_least":
        words = -1 - words
    return _unordered(aggregated, words, table[:, aggregated.count] < number.value)


def _picked(aggregated: Aggregated, table: np.ndarray) -> HeldColumn:
    """Return the fourth words, NULL where the third says so."""
    word = aggregated.word
    pairs = replace(aggregated, word=word + 2)
    found = _best(pairs, table)
    missing = (table[:, aggregated.count] == 0) | (table[:, word + 2] != 0)
    return replace(found, nulls=_nulls(missing))


# The words of pairs.
MEAN_Y, MEAN_X, SYY, SXX, SXY = range(3, 8)


def _distinct(aggregated: Aggregated, table: np.ndarray) -> HeldColumn:
    word = aggregated.word
    found = estimate_distinct(table[:, word : word + REGISTER_WORDS])
    return HeldColumn(aggregated.item.field.type, found)


def _quantile(aggregated: Aggregated, table: np.ndarray) -> HeldColumn:
    word, type = aggregated.word, aggregated.item.field.type
    (fraction,) = aggregated.item.call.others
    assert isinstance(fraction, Literal) and isinstance(fraction.value, float)
    found = digest_quantiles(table[:, word : word + DIGEST_WORDS], fraction.value)
    empty = table[:, aggregated.count] == 0
    found = np.where(empty, 0.0, found)
    if type.kind is Kind.TIMESTAMP:
        return HeldColumn(type, np.rint(found).astype(np.int64), _nulls(empty))
    return HeldColumn(type, found, _nulls(empty))


Formula = Callable[[Moments], tuple[np.ndarray, np.ndarray]]


def _moments(words: int, formula: Formula) -> Callable[[Aggregated, np.ndarray], HeldColumn]:
    """Return how results are computed; `formula` gives values, and where there are none."""

    def computed(aggregated: Aggregated, table: np.ndarray) -> HeldColumn:
        word = aggregated.word
        state = Moments(table[:, word : word + words].copy())
        with np.errstate(all="ignore"):
            _center(aggregated, state)
            values, missing = formula(state)
        values = np.where(missing, 0.0, values)
        return HeldColumn(aggregated.item.field.type, values, _nulls(missing))

    return computed


def _center(aggregated: Aggregated, state: Moments) -> None:
    """Make means of the sums of distances, and deviations from the means of the sums of squares.

    It undoes too that DECIMALs came as whole numbers, and numbers as distances from an offset.
    """
    arguments, floats = arguments_of(aggregated.item.call), state.floats
    factors = [10.0**argument.type.scale for argument in arguments]
    y, x = factors[0], factors[-1]
    if len(factors) == 2:
        for word, first, second, divisor in (
            (SYY, MEAN_Y, MEAN_Y, y * y),
            (SXX, MEAN_X, MEAN_X, x * x),
            (SXY, MEAN_Y, MEAN_X, y * x),
        ):
            floats[:, word] = _deviations(state, word, first, second) / divisor
        floats[:, [MEAN_Y, MEAN_X]] /= state.count[:, None]
    elif aggregated.operation in (DEVIATIONS, SHARED_DEVIATIONS):
        floats[:, 3] = _deviations(state, 3, 2, 2) / (y * y)
    else:
        if aggregated.operation == SHARED_POWERS:
            _center_powers(state)
        floats[:, 3:] /= np.array([y**2, y**3, y**4])
    for place, (factor, offset) in enumerate(zip(factors, aggregated.offsets, strict=True), 1):
        mean = len(factors) + place
        floats[:, mean] = (floats[:, mean] + floats[:, place] + float(offset)) / factor


def _center_powers(state: Moments) -> None:
    """Make powers of deviations from the mean of those of distances, by the binomial theorem."""
    n, second, third, fourth = state.count, state[3].copy(), state[4].copy(), state[5].copy()
    mean = state[2] / n
    square = mean * mean
    state.floats[:, 2] = mean
    state.floats[:, 3] = np.maximum(second - n * square, 0.0)
    state.floats[:, 4] = third - 3.0 * mean * second + 2.0 * n * mean * square
    state.floats[:, 5] = (
        fourth - 4.0 * mean * third + 6.0 * square * second - 3.0 * n * square * square
    )


def _deviations(state: Moments, word: int, first: int, second: int) -> np.ndarray:
    """Return the sum of products of deviations, of what rounding leaves no square below 0."""
    found = state[word] - state[first] * state[second] / state.count
    found = np.where(np.isinf(state[word]) & np.isfinite(state[first]), state[word], found)
    return np.maximum(found, 0.0) if first == second else found


def _deviation(least: int, *, is_root: bool = False) -> Formula:
    """Return the variance over n - least + 1 of groups of `least` values, or its root."""

    def formula(state: Moments) -> tuple[np.ndarray, np.ndarray]:
        variance = state[3] / (state.count - (least - 1))
        return np.sqrt(variance) if is_root else variance, state.count < least

    return formula


def _covariance(least: int) -> Formula:
    return lambda state: (state[SXY] / (state.count - (least - 1)), state.count < least)


def _correlation(state: Moments) -> tuple[np.ndarray, np.ndarray]:
    values = state[SXY] / (np.sqrt(state[SYY]) * np.sqrt(state[SXX]))
    return np.clip(values, -1.0, 1.0), _is_flat(state, SYY) | _is_flat(state, SXX)


def _is_flat(state: Moments, word: int) -> np.ndarray:
    """Where there are no values, or all are the same."""
    return np.asarray((state.count == 0) | (state[word] == 0.0))


def _squared_correlation(state: Moments) -> tuple[np.ndarray, np.ndarray]:
    values = _correlation(state)[0] ** 2
    return np.where(state[SYY] == 0.0, 1.0, values), _is_flat(state, SXX)


def _slope(state: Moments) -> tuple[np.ndarray, np.ndarray]:
    return state[SXY] / state[SXX], _is_flat(state, SXX)


def _intercept(state: Moments) -> tuple[np.ndarray, np.ndarray]:
    values = state[MEAN_Y] - state[SXY] / state[SXX] * state[MEAN_X]
    return values, _is_flat(state, SXX)


def _pair_word(word: int) -> Formula:
    return lambda state: (state[word], state.count == 0)


def _skewness(state: Moments) -> tuple[np.ndarray, np.ndarray]:
    n = state.count
    bias = np.sqrt(n * (n - 1)) / (n - 2)
    values = bias * (state[4] / n) / (state[3] / n) ** 1.5
    return values, (n < 3) | (state[3] == 0.0)


def _kurtosis(state: Moments) -> tuple[np.ndarray, np.ndarray]:
    """The excess over the normal distribution's, of a sample."""
    n = state.count
    ratio = (state[5] / n) / (state[3] / n) ** 2
    values = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * ratio - 3 * (n - 1))
    return values, (n < 4) | (state[3] == 0.0)


def _kurtosis_of_population(state: Moments) -> tuple[np.ndarray, np.ndarray]:
    n = state.count
    values = (state[5] / n) / (state[3] / n) ** 2 - 3.0
    return values, (n < 2) | (state[3] == 0.0)


RESULTS: dict[str, Callable[[Aggregated, np.ndarray], HeldColumn]] = {
    "avg": _average,
    "approx_count_distinct": _distinct,
    "approx_quantile": _quantile,
    "nth_least": _nth,
    "nth_greatest": _nth,
    "arg_min": _best,
    "first_of": _picked,
    "last_of": _picked,
    "arg_max": _best,
    "var_pop": _moments(4, _deviation(1)),
    "var_samp": _moments(4, _deviation(2)),
    "stddev_pop": _moments(4, _deviation(1, is_root=True)),
    "stddev_samp": _moments(4, _deviation(2, is_root=True)),
    "skewness": _moments(6, _skewness),
    "kurtosis": _moments(6, _kurtosis),
    "kurtosis_pop": _moments(6, _kurtosis_of_population),
    "covar_pop": _moments(8, _covariance(1)),
    "covar_samp": _moments(8, _covariance(2)),
    "corr": _moments(8, _correlation),
    "regr_avgy": _moments(8, _pair_word(MEAN_Y)),
    "regr_avgx": _moments(8, _pair_word(MEAN_X)),
    "regr_syy": _moments(8, _pair_word(SYY)),
    "regr_sxx": _moments(8, _pair_word(SXX)),
    "regr_sxy": _moments(8, _pair_word(SXY)),
    "regr_slope": _moments(8, _slope),
    "regr_intercept": _moments(8, _intercept),
    "regr_r2": _moments(8, _squared_correlation),
}
