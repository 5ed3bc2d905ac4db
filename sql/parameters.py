"""Values for `?` and `:name`: Python's, turned into typed literals.

| Python                      | literal                                                   |
|-----------------------------|-----------------------------------------------------------|
| None                        | NULL                                                      |
| bool, float, str            | BOOLEAN, DOUBLE, TEXT (which adapts like a quoted literal) |
| int                         | INTEGER, BIGINT or DECIMAL(n, 0), the first that holds it |
| Decimal                     | DECIMAL with its digits                                   |
| date, time                  | DATE, TIME                                                |
| datetime                    | TIMESTAMP(6), in UTC; a naive one is taken as UTC         |
| pandas' and NumPy's moments | the same; TIMESTAMP(9) where they have nanoseconds        |
| pandas' NaT and NA          | NULL                                                      |
| timedelta                   | INTERVAL DAY TO SECOND                                    |
| list, tuple                 | an array of the type that holds its values                |
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import singledispatch

import numpy as np
import pyarrow as pa

from gpudb.errors import Error, ProgrammingError
from gpudb.sql.dialect import ParameterSlot
from gpudb.sql.expr import Literal
from gpudb.storage import types
from gpudb.storage.arrow_types import sql_type
from gpudb.storage.lists import list_texts
from gpudb.storage.types import SqlType

Parameters = Sequence[object] | Mapping[str, object] | None

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)


def bind_parameters(
    slots: tuple[ParameterSlot, ...], values: Parameters, text: str
) -> tuple[Literal, ...]:
    """Return a literal for each slot; raises ProgrammingError unless they match one to one."""
    if isinstance(values, str | bytes):
        raise ProgrammingError("parameters are a sequence or a mapping of values, not one text")
    names = [slot.name for slot in slots if slot.name is not None]
    if names and len(names) < len(slots):
        raise ProgrammingError("a statement has ?, :name or $1 parameters, of one kind").at(
            text, slots[0].span.begin, slots[0].span.end
        )
    if names and all(name.isdigit() for name in names) and not isinstance(values, Mapping):
        values = {str(number): value for number, value in enumerate(values or (), 1)}
    found = _by_name(slots, values, text) if names else _by_place(slots, values, text)
    return tuple(_placed(slot, value, text) for slot, value in zip(slots, found, strict=True))


def _by_place(slots: tuple[ParameterSlot, ...], values: Parameters, text: str) -> Sequence[object]:
    if isinstance(values, Mapping):
        if not values:
            values = ()
        else:
            raise ProgrammingError("the statement has ? parameters: give a sequence of values")
    given = tuple(values or ())
    if len(given) == len(slots):
        return given
    message = f"the statement has {_count(len(slots))}, but {_given(len(given))}"
    if not slots:
        message += "; they are written ?, :name or $1"
    error = ProgrammingError(message)
    if len(given) < len(slots):
        span = slots[len(given)].span
        error.at(text, span.begin, span.end)
    raise error


def _by_name(slots: tuple[ParameterSlot, ...], values: Parameters, text: str) -> Sequence[object]:
    if not isinstance(values, Mapping):
        names = ", ".join(dict.fromkeys(f":{slot.name}" for slot in slots))
        raise ProgrammingError(f"the statement has parameters {names}: give a mapping of values")
    for slot in slots:
        if slot.name not in values:
            error = ProgrammingError(f"no value is given for parameter {_shown(slot.name)}")
            raise error.at(text, slot.span.begin, slot.span.end)
    unused = [name for name in values if name not in {slot.name for slot in slots}]
    if unused:
        raise ProgrammingError(f"the statement has no parameter {_shown(unused[0])}")
    return [values[str(slot.name)] for slot in slots]


def _shown(name: str | None) -> str:
    return f"${name}" if name is not None and name.isdigit() else f":{name}"


def _count(count: int) -> str:
    return f"{count} parameter{'' if count == 1 else 's'}"


def _given(count: int) -> str:
    return f"{count} value{' is' if count == 1 else 's are'} given"


def _placed(slot: ParameterSlot, value: object, text: str) -> Literal:
    try:
        type_, physical = typed(value)
    except ProgrammingError as error:
        raise error.at(text, slot.span.begin, slot.span.end) from None
    return Literal(type=type_, nullable=value is None, value=physical, span=slot.span)


@singledispatch
def typed(value: object) -> tuple[SqlType, int | float | bool | str | None]:
    """Return the SQL type and the physical value of a Python value."""
    if is_missing(value):
        return types.NULL, None
    name = type(value).__name__
    item = getattr(value, "item", None)
    if callable(item):  # a numpy scalar
        return typed(item())
    raise ProgrammingError(f"a parameter cannot be a Python {name}")


def is_missing(value: object) -> bool:
    """Whether this is pandas' word for a value that is not there, and no value of its type."""
    kind = type(value)
    return kind.__name__ in ("NaTType", "NAType") and kind.__module__.startswith("pandas.")


@typed.register
def _moment(value: np.datetime64) -> tuple[SqlType, int | None]:
    if np.isnat(value):
        return types.NULL, None
    unit, _ = np.datetime_data(value.dtype)
    if unit in ("ps", "fs", "as"):
        raise ProgrammingError("a moment has nanoseconds at most: cast it to datetime64[ns]")
    precision = 9 if unit == "ns" else 6
    exact = value.astype(f"datetime64[{'ns' if unit == 'ns' else 'us'}]")
    if exact.astype(value.dtype) != value:
        raise ProgrammingError(f"no TIMESTAMP holds {value}")
    return types.timestamp(precision), int(exact.astype(np.int64))


@typed.register
def _length(value: np.timedelta64) -> tuple[SqlType, int | None]:
    if np.isnat(value):
        return types.NULL, None
    unit, _ = np.datetime_data(value.dtype)
    exact = value.astype("timedelta64[us]")
    if unit in ("Y", "M") or exact.astype(value.dtype) != value:
        raise ProgrammingError(f"an interval has microseconds, which {value} is no number of")
    return types.INTERVAL_TIME, int(exact.astype(np.int64))


@typed.register
def _none(value: None) -> tuple[SqlType, None]:
    return types.NULL, None


@typed.register
def _bool(value: bool) -> tuple[SqlType, bool]:
    return types.BOOLEAN, value


@typed.register
def _int(value: int) -> tuple[SqlType, int]:
    return integer_type(value), value


@typed.register
def _float(value: float) -> tuple[SqlType, float]:
    return types.DOUBLE, value


@typed.register(list)
@typed.register(tuple)
def _list(value: list[object] | tuple[object, ...]) -> tuple[SqlType, str]:
    try:
        array = pa.array([[None if is_missing(v) else v for v in value]])
        of = sql_type(array.type)
    except (pa.ArrowException, OverflowError, TypeError, ValueError, Error) as error:
        raise ProgrammingError(f"a list of {len(value)} values is no array: {error}") from None
    if of.element is None or not value:
        raise ProgrammingError("a list without values has no type; cast '{}' instead")
    text: str = list_texts(array, of.element)[0].as_py()
    return of, text


@typed.register
def _str(value: str) -> tuple[SqlType, str]:
    return types.TEXT, value


@typed.register
def _decimal(value: Decimal) -> tuple[SqlType, int]:
    return decimal_literal(value)


@typed.register
def _datetime(value: datetime.datetime) -> tuple[SqlType, int | None]:
    if is_missing(value):
        return types.NULL, None
    aware = value if value.tzinfo is not None else value.replace(tzinfo=datetime.UTC)
    microseconds = (aware - EPOCH) // MICROSECOND
    nanoseconds = getattr(value, "nanosecond", 0)  # pandas' own
    if nanoseconds:
        return types.timestamp(9), microseconds * 1000 + nanoseconds
    return types.timestamp(6), microseconds


@typed.register
def _date(value: datetime.date) -> tuple[SqlType, int]:
    return types.DATE, (value - EPOCH.date()).days


@typed.register
def _time(value: datetime.time) -> tuple[SqlType, int]:
    if value.tzinfo is not None:
        raise ProgrammingError(f"TIME has no zone: {value} would lose its own")
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return types.TIME, seconds * 1_000_000 + value.microsecond


@typed.register
def _timedelta(value: datetime.timedelta) -> tuple[SqlType, int]:
    if getattr(value, "nanoseconds", 0):  # pandas' own
        raise ProgrammingError(f"an interval has microseconds, which {value} is no number of")
    return types.INTERVAL_TIME, value // MICROSECOND


def integer_type(value: int) -> SqlType:
    """Return the type of an integer literal: INTEGER, BIGINT or DECIMAL(n, 0)."""
    for type_ in (types.INTEGER, types.BIGINT):
        bounds = type_.value_range
        if bounds is not None and bounds[0] <= value <= bounds[1]:
            return type_
    digits = len(str(abs(value)))
    if digits > types.MAX_DECIMAL_PRECISION:
        raise ProgrammingError(f"{value} has more than {types.MAX_DECIMAL_PRECISION} digits")
    return types.decimal(digits, 0)


def literal_of(text: str, *, is_string: bool) -> Literal:
    """Return the literal of a number's text, or of a string."""
    if is_string:
        return Literal(type=types.TEXT, nullable=False, value=text)
    if text.isdigit():
        return Literal(type=integer_type(int(text)), nullable=False, value=int(text))
    if "e" in text.lower():
        return Literal(type=types.DOUBLE, nullable=False, value=float(text))
    type_, value = decimal_literal(Decimal(text))
    return Literal(type=type_, nullable=False, value=value)


def decimal_literal(value: Decimal) -> tuple[SqlType, int]:
    """Return DECIMAL(p, s) and the scaled integer of an exact number: 1.5 is DECIMAL(2, 1)."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ProgrammingError(f"DECIMAL has no {value}")
    scale = max(0, -exponent)
    unscaled = int("".join(map(str, digits))) * 10 ** max(0, exponent)
    precision = max(len(str(unscaled)), scale, 1)
    if precision > types.MAX_DECIMAL_PRECISION:
        raise ProgrammingError(f"{value} has more than {types.MAX_DECIMAL_PRECISION} digits")
    return types.decimal(precision, scale), -unscaled if sign else unscaled
