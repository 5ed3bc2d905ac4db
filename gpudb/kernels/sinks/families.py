"""The families of aggregates that share words of state: what a row gives them.

| family | operation | aggregates |
|---|---|---|
| count | add | count |
| sum | add | sum, avg |
| extreme | lowest, highest | min, max |
| bits | and, or, xor | bit_and, bit_or, bit_xor |
| product | multiply | product |
| best | take lowest, highest | arg_min, arg_max |
| first | take first | first_of, last_of |
| nth | keep greatest | nth_least, nth_greatest |
| deviations | of one value | var_pop, var_samp, stddev_pop, stddev_samp |
| pairs | of two values | covar_pop, corr, regr_slope and all like them |
| registers | of a hash | approx_count_distinct |
| digest | of one value | approx_quantile |
| powers | of one value | skewness, kurtosis, kurtosis_pop |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gpudb.compiler.language import ValueType
from gpudb.errors import DataError
from gpudb.kernels import library, text
from gpudb.kernels.arithmetic import EXACT_FLOATS, INT64, as_float, fits, present
from gpudb.kernels.casts import wide_text
from gpudb.kernels.domains import Domain
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks import operations
from gpudb.kernels.sketches import hash_strings, hash_wide, hash_word
from gpudb.kernels.values import BOOL, FLOAT, INT, WIDE, Value
from gpudb.kernels.writer import NoSharedFormError, Site
from gpudb.records import dataclass
from gpudb.sql import aggregates
from gpudb.sql.aggregates import PICKED, arguments_of, state_arguments
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import AggregateCall, Expression


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a row gives to a state: the operation and its values' texts, the first of `kind`."""

    operation: int
    kind: ValueType
    texts: tuple[str, ...]
    bounds: Bounds | None = None
    domain: Domain | None = None
    offsets: tuple[int, ...] = ()


INT128 = Bounds(-(1 << 127), (1 << 127) - 1)
Prepare = Callable[[AggregateCall, Sequence[Value], Scope, int | None], Prepared]


@dataclass(frozen=True, slots=True)
class Family:
    """Aggregates that share words; `prepare` is None where the count of values is all there is."""

    name: str
    prepare: Prepare | None


def _sum(call: AggregateCall, values: Sequence[Value], scope: Scope, rows: int | None) -> Prepared:
    value, argument = values[0], arguments_of(call)[0]
    if value.kind is FLOAT:
        return Prepared(operations.ADD_FLOAT, FLOAT, (value.text,))
    bounds = scope.bounds(argument)
    value = _as_number(value)
    is_proven = rows is not None and fits(
        Bounds(min(0, bounds.minimum) * rows, max(0, bounds.maximum) * rows), INT64
    )
    if value.kind is WIDE:
        value = _addend(call, value, bounds, scope, rows)
    operation = operations.ADD if is_proven and value.kind is INT else operations.ADD_WIDE
    return Prepared(operation, value.kind, (value.text,), bounds)


def _addend(
    call: AggregateCall, value: Value, bounds: Bounds, scope: Scope, rows: int | None
) -> Value:
    """Fail at a number of which `rows` might leave 128 bits, unless its bounds say otherwise."""
    most = INT128.maximum // max(1, rows if rows is not None else 1 << 62)
    if fits(bounds, Bounds(-most, most)):
        return value
    name = scope.writer.assign("addend", value.text)
    low, high = wide_text(-most), wide_text(most)
    wrong = f"(wide_less({name}, {low}) or wide_less({high}, {name}))"
    scope.fail(present(wrong, value.is_null), Site(_too_large, call.span))
    return Value(WIDE, name, value.null)


def _too_large(_: int, __: int) -> DataError:
    return DataError("DECIMAL overflow: the sum may have more than 38 digits; cast to DOUBLE")


def _extreme(
    call: AggregateCall, values: Sequence[Value], scope: Scope, rows: int | None
) -> Prepared:
    value, argument = values[0], arguments_of(call)[0]
    is_min = call.function == "min"
    if value.kind is FLOAT:
        operation = operations.LOWEST_FLOAT if is_min else operations.HIGHEST_FLOAT
        return Prepared(operation, FLOAT, (value.text,))
    if value.kind is WIDE and scope.writer.is_shared:
        return _shared_extreme(value, scope, is_min=is_min)
    if value.kind is WIDE:
        operation = operations.LOWEST_WIDE if is_min else operations.HIGHEST_WIDE
        return Prepared(operation, WIDE, (value.text,))
    value = text.ranked(value, scope) if argument.type.is_text else _as_number(value)
    operation = operations.LOWEST if is_min else operations.HIGHEST
    return Prepared(operation, INT, (value.text,), scope.bounds(argument), value.domain)


def _shared_extreme(value: Value, scope: Scope, *, is_min: bool) -> Prepared:
    """Take the best high word, then the best low one, turned so that the least wins."""
    name = scope.writer.assign("wide_value", value.text)
    turned = operations.number_text(low_mask(is_min=is_min))
    texts = (f"wide_high({name})", f"wide_low({name}) ^ ({turned})")
    operation = operations.TAKE_LOWEST if is_min else operations.TAKE_HIGHEST
    return Prepared(operation, INT, texts)


def low_mask(*, is_min: bool) -> int:
    """Return what turns unsigned low words into words of which the least is the best."""
    return operations.LEAST if is_min else operations.GREATEST


def _bits(call: AggregateCall, values: Sequence[Value], scope: Scope, rows: int | None) -> Prepared:
    operation = {
        "bit_and": operations.AND_BITS,
        "bit_or": operations.OR_BITS,
        "bit_xor": operations.XOR_BITS,
    }[call.function]
    return Prepared(operation, INT, (values[0].text,))


def _product(
    call: AggregateCall, values: Sequence[Value], scope: Scope, rows: int | None
) -> Prepared:
    number = as_float(values[0], arguments_of(call)[0].type)
    return Prepared(operations.MULTIPLY, FLOAT, (number,))


def _best(call: AggregateCall, values: Sequence[Value], scope: Scope, rows: int | None) -> Prepared:
    value, by = (_ordered(v, a, scope) for v, a in zip(values, arguments_of(call), strict=True))
    is_min = call.function == "arg_min"
    operation = operations.TAKE_LOWEST if is_min else operations.TAKE_HIGHEST
    return Prepared(operation, INT, (by.text, value.text), domain=value.domain)


def _first(
    call: AggregateCall, values: Sequence[Value], scope: Scope, rows: int | None
) -> Prepared:
    """Four words: whether the key is NULL, before the others or behind; the key; the same of x."""
    arguments = state_arguments(call)
    value, by = (_ordered(v, a, scope) for v, a in zip(values[:2], arguments, strict=False))
    (key,) = call.order
    is_turned = key.is_descending != (call.function == "last_of")
    is_first = key.is_nulls_first != (call.function == "last_of")
    rank, place = "0", f"(-1 - {by.text})" if is_turned else by.text
    if values[1].is_null is not None:
        rank = f"({-1 if is_first else 1} if {values[1].is_null} else 0)"
        place = f"(0 if {values[1].is_null} else {place})"
    missing, text_ = "0", value.text
    if values[0].is_null is not None:
        missing = f"(1 if {values[0].is_null} else 0)"
        text_ = f"(0 if {values[0].is_null} else {text_})"
    texts = (rank, place, missing, text_)
    return Prepared(operations.TAKE_FIRST, INT, texts, domain=value.domain)


def _nth(call: AggregateCall, values: Sequence[Value], scope: Scope, rows: int | None) -> Prepared:
    value = _ordered(values[0], arguments_of(call)[0], scope)
    text_ = f"(-1 - {value.text})" if call.function == "nth_least" else value.text
    return Prepared(operations.KEEP_GREATEST, INT, (text_,), domain=value.domain)


def _ordered(value: Value, argument: Expression, scope: Scope) -> Value:
    """Write an integer that compares as the value does."""
    if value.kind is FLOAT:
        order = scope.writer.use(library.float_order, library.float_word)
        return Value(INT, f"{order}({value.text})")
    return text.ranked(value, scope) if argument.type.is_text else _as_number(value)


def _as_number(value: Value) -> Value:
    """Return TRUE and FALSE as 1 and 0."""
    return Value(INT, f"int({value.text})", value.is_null) if value.kind is BOOL else value


def _moments(operation: int, shared: int) -> Prepare:
    """Return how means and deviations take values in, of threads that share states by `shared`.

    Integers that floats cannot hold come as their distances from the middle of what is possible,
    which are exact where that is not too wide: deviations do not change by it.
    """

    def prepare(
        call: AggregateCall, values: Sequence[Value], scope: Scope, rows: int | None
    ) -> Prepared:
        pairs = zip(values, arguments_of(call), strict=True)
        shifted = [_shifted(value, argument, scope) for value, argument in pairs]
        texts, offsets = zip(*shifted, strict=True)
        number = shared if scope.writer.is_shared else operation
        return Prepared(number, FLOAT, texts, offsets=offsets)

    return prepare


def _shifted(value: Value, argument: Expression, scope: Scope) -> tuple[str, int]:
    if value.kind is FLOAT:
        return value.text, 0
    if value.kind is WIDE:
        return f"wide_float({value.text})", 0
    bounds = scope.bounds(argument)
    if fits(bounds, EXACT_FLOATS) or not fits(bounds, INT64):
        return f"float({value.text})", 0
    middle = (bounds.minimum + bounds.maximum) // 2
    if not fits(Bounds(bounds.minimum - middle, bounds.maximum - middle), INT64):
        return f"float({value.text})", 0
    return f"float({value.text} - {scope.writer.constant('middle', middle)})", middle


def _registers(
    call: AggregateCall, values: Sequence[Value], scope: Scope, rows: int | None
) -> Prepared:
    return Prepared(operations.REGISTERS, INT, (_hashed(values[0], scope),))


def _digest(
    call: AggregateCall, values: Sequence[Value], scope: Scope, rows: int | None
) -> Prepared:
    if scope.writer.is_shared:
        raise NoSharedFormError("APPROX_QUANTILE takes values in one after the other")
    number = as_float(values[0], arguments_of(call)[0].type)
    return Prepared(operations.DIGEST, FLOAT, (number,))


def _hashed(value: Value, scope: Scope) -> str:
    """Write a hash of a value that depends on nothing else."""
    if value.domain is not None:
        hashes = value.domain.derive("hashes", hash_strings)
        return text.lookup(value, hashes, "hash", scope)
    if value.kind is WIDE:
        return f"{scope.writer.use(hash_wide)}({value.text})"
    if value.kind is FLOAT:
        word = scope.writer.use(library.float_word)
        return f"{scope.writer.use(hash_word)}({word}({value.text}))"
    return f"{scope.writer.use(hash_word)}({_as_number(value).text})"


_DEVIATIONS = _moments(operations.DEVIATIONS, operations.SHARED_DEVIATIONS)
_PAIRS = _moments(operations.PAIRS, operations.SHARED_PAIRS)
_POWERS = _moments(operations.POWERS, operations.SHARED_POWERS)
_BY_NAME: dict[str, Family] = {
    "count": Family("count", None),
    "regr_count": Family("count", None),
    **dict.fromkeys(("sum", "avg"), Family("sum", _sum)),
    "min": Family("min", _extreme),
    "max": Family("max", _extreme),
    **{name: Family(name, _bits) for name in ("bit_and", "bit_or", "bit_xor")},
    "product": Family("product", _product),
    "approx_count_distinct": Family("registers", _registers),
    "approx_quantile": Family("digest", _digest),
    "first_of": Family("first_of", _first),
    "last_of": Family("last_of", _first),
    "nth_least": Family("nth_least", _nth),
    "nth_greatest": Family("nth_greatest", _nth),
    "arg_min": Family("arg_min", _best),
    "arg_max": Family("arg_max", _best),
    **dict.fromkeys(aggregates.DEVIATIONS, Family("deviations", _DEVIATIONS)),
    **dict.fromkeys(aggregates.HIGHER_MOMENTS, Family("powers", _POWERS)),
    **dict.fromkeys(aggregates.PAIRED - {"regr_count"}, Family("pairs", _PAIRS)),
}


def family_of(call: AggregateCall) -> tuple[Family, str]:
    """Return an aggregate's family and the name under which its words are shared."""
    family = _BY_NAME[call.function]
    turns = ((key.is_descending, key.is_nulls_first) for key in call.order)
    return family, f"{family.name} {list(turns)}" if call.function in PICKED else family.name
