"""Literals converted to another type at once, exactly as CAST converts values at run time."""

from __future__ import annotations

import datetime
import math
import re
import struct
from collections.abc import Callable
from decimal import Decimal
from functools import partial

from gpudb.errors import DataError
from gpudb.sql.expr import Literal
from gpudb.sql.varied import derived
from gpudb.storage import types
from gpudb.storage.lists import QUOTED, split_text
from gpudb.storage.types import Kind, SqlType

Value = int | float | bool | str

EPOCH = datetime.date(1970, 1, 1)
DAY_SECONDS = 86_400
TRUTHS = {
    **dict.fromkeys(("t", "true", "y", "yes", "on", "1"), True),
    **dict.fromkeys(("f", "false", "n", "no", "off", "0"), False),
}
INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*", re.ASCII)
LONGEST_INTEGER = 1000
NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?\s*", re.ASCII)
NO_NUMBER = re.compile(r"\s*(?:nan|[+-]?inf(?:inity)?)\s*", re.IGNORECASE | re.ASCII)
TIME_OF_DAY = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9})\d*)?)?"
TIME = re.compile(rf"\s*{TIME_OF_DAY}\s*", re.ASCII)
DATE = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*", re.ASCII)
AMERICAN = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", re.ASCII)
COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?!\d)", re.ASCII)
TIMESTAMP = re.compile(
    rf"\s*(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})(?:[ T]+{TIME_OF_DAY})?"
    r"\s*(Z|[+-]\d{2}(?::?\d{2})?)?\s*",
    re.IGNORECASE | re.ASCII,
)


def converted(literal: Literal, target: SqlType) -> Literal:
    """Return `literal` as `target`; raises DataError, with the value, where it does not fit."""
    if literal.type == target:
        return literal
    found = derived(partial(_converted, target), literal)
    assert found is not None
    return found


def _converted(target: SqlType, literal: Literal) -> Literal:
    value = None if literal.value is None else convert(literal.value, literal.type, target)
    return Literal(type=target, nullable=value is None, value=value, span=literal.span)


def fits(literal: Literal, target: SqlType) -> Literal | None:
    """Return `literal` as `target` if that loses nothing, so that a column need not be widened."""
    return derived(partial(_fits, target), literal)


def _fits(target: SqlType, literal: Literal) -> Literal | None:
    try:
        found = converted(literal, target)
    except DataError:
        return None
    if literal.value is None or literal.type.is_text or target.kind is Kind.DOUBLE:
        return found
    if _family(literal.type) != _family(target):
        return None
    if target.kind is Kind.FLOAT:
        return found if found.value == converted(literal, types.DOUBLE).value else None
    try:
        return found if converted(found, literal.type).value == literal.value else None
    except DataError:
        return None


def _family(type_: SqlType) -> str:
    if type_.is_numeric:
        return "number"
    return "moment" if type_.kind in (Kind.DATE, Kind.TIMESTAMP) else type_.kind.value


def convert(value: Value, source: SqlType, target: SqlType) -> Value:
    """Return a physical value of `target`; raises DataError where there is none."""
    if target.element is not None:
        return _array(value, source, target.element)
    if source.is_array and target.is_text:
        return value
    if target.is_text:
        return as_text(value, source)
    if isinstance(value, str):
        parse = PARSERS.get(target.kind)
        found = None if parse is None else parse(value, target)
        if found is None:
            raise DataError(f"{value!r} is not a valid {target}")
        return _checked(found, target, value)
    if source.is_numeric and target.is_numeric:
        return _checked(_number(value, source, target), target, as_text(value, source))
    if source.kind is target.kind is Kind.BOOLEAN:
        return value
    found = _other(value, source, target)
    if found is None:
        raise DataError(f"a {source} cannot be cast to {target}")
    return _checked(found, target, as_text(value, source))


def _array(value: Value, source: SqlType, element: SqlType) -> str:
    """Return the text of the array that a text says, each element converted."""
    if not isinstance(value, str):
        raise DataError(f"a {source} cannot be cast to {types.array(element)}")
    given = source.element if source.element is not None else types.TEXT
    items = []
    for part in split_text(value):
        found = None if part is None else convert(part, types.TEXT, given)
        found = None if found is None else convert(found, given, element)
        items.append(item_text(found, element))
    return "{" + ",".join(items) + "}"


def item_text(value: Value | None, element: SqlType) -> str:
    """Return an element as it stands in an array's text."""
    if value is None:
        return "NULL"
    if isinstance(value, float):
        value = value + 0.0  # -0.0 is 0
    shown = as_text(value, element)
    if element.kind is Kind.TIMESTAMP or (element.is_text and re.search(QUOTED, shown)):
        escaped = re.sub(r'(["\\])', r"\\\1", shown)
        return f'"{escaped}"'
    return shown


def _checked(value: Value, target: SqlType, shown: object) -> Value:
    bounds = target.value_range
    if bounds is None or isinstance(value, str | bool | float):
        return value
    if not bounds[0] <= value <= bounds[1]:
        raise DataError(f"{shown} is out of range for {target}")
    return value


def _number(value: int | float, source: SqlType, target: SqlType) -> int | float:
    if target.is_float:
        exact = value / 10**source.scale if source.kind is Kind.DECIMAL else float(value)
        return _single(exact) if target.kind is Kind.FLOAT else exact
    if isinstance(value, float):
        return _from_float(value, target)
    return _rescaled(value, target.scale - source.scale)


def _rescaled(value: int, shift: int) -> int:
    """Return value * 10**shift, rounded half away from zero."""
    factor: int = 10 ** abs(shift)
    return value * factor if shift >= 0 else round_half_away(value, factor)


def units_per_day(type_: SqlType) -> int:
    """Return a TIMESTAMP's units in a day."""
    units: int = DAY_SECONDS * 10**type_.precision
    return units


def _single(value: float) -> float:
    """Return the nearest FLOAT."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        raise DataError(f"{value} is out of range for FLOAT") from None


def _from_float(value: float, target: SqlType) -> int:
    """Integers round half to even; decimals round the shortest digits, half away from zero."""
    if not math.isfinite(value):
        raise DataError(f"{value} is out of range for {target}")
    if target.kind is not Kind.DECIMAL:
        return round(value)
    return _unscaled(Decimal(repr(value)), target.scale)


def _unscaled(value: Decimal, scale: int) -> int:
    numerator, denominator = value.as_integer_ratio()
    return round_half_away(numerator * 10**scale, denominator)


def round_half_away(numerator: int, denominator: int) -> int:
    """Return numerator / denominator (> 0), rounded; ties go away from zero."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def _other(value: int | float, source: SqlType, target: SqlType) -> Value | None:
    if source.kind is Kind.BOOLEAN and target.is_integer:
        return int(value)
    if target.kind is Kind.BOOLEAN and source.is_integer:
        return value != 0
    if not isinstance(value, int):
        return None
    match source.kind, target.kind:
        case Kind.DATE, Kind.TIMESTAMP:
            return value * units_per_day(target)
        case Kind.TIMESTAMP, Kind.DATE:
            return value // units_per_day(source)
        case Kind.TIMESTAMP, Kind.TIMESTAMP:
            return _rescaled(value, target.precision - source.precision)
        case Kind.TIMESTAMP, Kind.TIME:
            return _rescaled(value % units_per_day(source), 6 - source.precision)
        case ((Kind.INTERVAL_MONTHS | Kind.INTERVAL_TIME), Kind.INTERVAL):
            return _both(value, is_months=source.kind is Kind.INTERVAL_MONTHS)
        case a, b if a is b:
            return value
    return None


def _both(value: int, *, is_months: bool) -> int:
    """Return an interval of months, or of time, as one of both."""
    shift = types.INTERVAL_MONTH_SHIFT
    most = 1 << (63 - shift if is_months else shift - 1)
    if abs(value) >= most:
        raise DataError("an interval is out of the range of INTERVAL")
    return value << shift if is_months else value


def _parse_boolean(text: str, target: SqlType) -> bool | None:
    return TRUTHS.get(text.strip().lower())


def _parse_integer(text: str, target: SqlType) -> int | None:
    if not INTEGER.fullmatch(text):
        return None
    if len(text) > LONGEST_INTEGER:
        raise DataError(f"{text[:20]}... is out of range for {target}")
    return int(text)


def _parse_decimal(text: str, target: SqlType) -> int | None:
    if not NUMBER.fullmatch(text):
        return None
    exact = Decimal(text.strip())
    if exact.adjusted() > types.MAX_DECIMAL_PRECISION:
        raise DataError(f"{text} is out of range for {target}")
    return _unscaled(exact, target.scale) if exact.adjusted() >= -100 else 0


def _parse_float(text: str, target: SqlType) -> float | None:
    if not (NUMBER.fullmatch(text) or NO_NUMBER.fullmatch(text)):
        return None
    value = float(text)
    if math.isnan(value):
        # Always the same object: then literals of it are equal, as their values are in SQL.
        return math.nan
    return _single(value) if target.kind is Kind.FLOAT else value


def _parse_date(text: str, target: SqlType) -> int | None:
    text = _in_order(text)
    match = DATE.fullmatch(text)
    if match is not None:
        return _days(match)
    moment = _parse_timestamp(text, types.timestamp(0))
    return None if moment is None else moment // DAY_SECONDS


def _in_order(text: str) -> str:
    """Return a text that begins with 12/31/2020 or 20201231 with its date as 2020-12-31."""
    found = AMERICAN.match(text)
    if found is not None:
        return f"{found[3]}-{found[1]}-{found[2]}{text[found.end() :]}"
    found = COMPACT.match(text)
    return text if found is None else f"{found[1]}-{found[2]}-{found[3]}{text[found.end() :]}"


def _days(match: re.Match[str]) -> int | None:
    try:
        return (datetime.date(int(match[1]), int(match[2]), int(match[3])) - EPOCH).days
    except ValueError:
        return None


def _parse_time(text: str, target: SqlType) -> int | None:
    match = TIME.fullmatch(text)
    return None if match is None else _units_of_day(match, 0, 6)


def _units_of_day(match: re.Match[str], begin: int, precision: int) -> int | None:
    hour, minute, second = (int(match[begin + i] or 0) for i in (1, 2, 3))
    if hour > 23 or minute > 59 or second > 59:
        return None
    nanoseconds = int((match[begin + 4] or "").ljust(9, "0"))
    fraction = _rescaled(nanoseconds, precision - 9)
    return _rescaled(hour * 3600 + minute * 60 + second, precision) + fraction


def _parse_timestamp(text: str, target: SqlType) -> int | None:
    match = TIMESTAMP.fullmatch(_in_order(text))
    if match is None:
        return None
    days, units = _days(match), _units_of_day(match, 3, target.precision)
    if days is None or units is None:
        return None
    return _rescaled(days * DAY_SECONDS - _zone_seconds(match[8]), target.precision) + units


def _zone_seconds(zone: str | None) -> int:
    if zone is None or zone.upper() == "Z":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds


PARSERS: dict[Kind, Callable[[str, SqlType], Value | None]] = {
    Kind.BOOLEAN: _parse_boolean,
    Kind.TINYINT: _parse_integer,
    Kind.SMALLINT: _parse_integer,
    Kind.INTEGER: _parse_integer,
    Kind.BIGINT: _parse_integer,
    Kind.FLOAT: _parse_float,
    Kind.DOUBLE: _parse_float,
    Kind.DECIMAL: _parse_decimal,
    Kind.DATE: _parse_date,
    Kind.TIME: _parse_time,
    Kind.TIMESTAMP: _parse_timestamp,
}


def as_text(value: Value, source: SqlType) -> str:
    """Return the text of a physical value, as CAST(... AS TEXT) gives it."""
    if source.kind is Kind.BOOLEAN:
        return "true" if value else "false"
    if source.kind is Kind.DECIMAL:
        return f"{Decimal(int(value)).scaleb(-source.scale):f}"
    if source.kind is Kind.DATE:
        return (EPOCH + datetime.timedelta(days=int(value))).isoformat()
    if source.kind is Kind.TIME:
        return _time_text(int(value), 6)
    if source.kind is Kind.TIMESTAMP:
        days, units = divmod(int(value), DAY_SECONDS * 10**source.precision)
        zone = "+00" if source.is_zoned else ""
        clock = _time_text(units, source.precision)
        return f"{EPOCH + datetime.timedelta(days=days)} {clock}{zone}"
    if source.is_interval:
        return interval_text(*interval_words(int(value), source))
    return _float_text(float(value), source) if source.is_float else str(value)


def interval_words(value: int, source: SqlType) -> tuple[int, int]:
    """Return the months and the microseconds of an interval."""
    if source.kind is Kind.INTERVAL_MONTHS:
        return value, 0
    if source.kind is Kind.INTERVAL_TIME:
        return 0, value
    half = 1 << types.INTERVAL_MONTH_SHIFT - 1
    microseconds = (value + half) % (2 * half) - half
    return (value - microseconds) >> types.INTERVAL_MONTH_SHIFT, microseconds


def interval_text(months: int, microseconds: int) -> str:
    """Return an interval as PostgreSQL writes it: 1 year 2 mons 3 days 04:05:06."""
    years = abs(months) // 12 * (1 if months >= 0 else -1)
    days = abs(microseconds) // (DAY_SECONDS * 10**6) * (1 if microseconds >= 0 else -1)
    rest = microseconds - days * DAY_SECONDS * 10**6
    parts: list[str] = []
    is_behind_negative = False
    for count, unit in ((years, "year"), (months - years * 12, "mon"), (days, "day")):
        if count:
            sign = "+" if is_behind_negative and count > 0 else ""
            parts.append(f"{sign}{count} {unit}{'' if count == 1 else 's'}")
            is_behind_negative = count < 0
    if rest or not parts:
        sign = "-" if rest < 0 else "+" if is_behind_negative else ""
        parts.append(sign + _time_text(abs(rest), 6))
    return " ".join(parts)


def _float_text(value: float, source: SqlType) -> str:
    """Return the fewest digits that read back as the same value."""
    if not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if source.kind is Kind.FLOAT:
        shorter = (float(f"{value:.{digits}g}") for digits in range(1, 10))
        value = next((v for v in shorter if _single(v) == value), value)
    return repr(value).removesuffix(".0")


def _time_text(units: int, precision: int) -> str:
    seconds, fraction = divmod(units, 10**precision)
    digits = f"{fraction:0{precision}d}".rstrip("0") if fraction else ""
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{clock}.{digits}" if digits else clock
