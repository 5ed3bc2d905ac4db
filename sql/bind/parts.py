"""EXTRACT and DATE_TRUNC: a field or a unit of a date, a timestamp, a time or an interval."""

from __future__ import annotations

from gpudb.errors import ProgrammingError
from gpudb.sql.bind.calls import big_literal, bind_definition
from gpudb.sql.bind.coerce import cast, is_untyped
from gpudb.sql.bind.context import call
from gpudb.sql.bind.operators import arithmetic, evaluated, interval_parts
from gpudb.sql.expr import Expression
from gpudb.sql.scope import nearest
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType

CALENDAR_FIELDS = frozenset(
    {"year", "isoyear", "quarter", "month", "week", "day", "dow", "isodow", "doy"}
    | {"decade", "century", "millennium", "julian", "dateepoch"}
)
# Weeks of ISO 8601's kind that begin before Monday: by how many days.
EARLY_WEEKS = {"week_sunday": 1, "week_saturday": 2}
# The seconds after which a field begins anew, and the seconds in one of it.
CLOCK_FIELDS = {"hour": (86_400, 3_600), "minute": (3_600, 60)}
# The digits of a second that one unit of a field has.
SECOND_FIELDS = {"second": 0, "millisecond": 3, "microsecond": 6, "nanosecond": 9}
ZONE_FIELDS = ("timezone", "timezone_hour", "timezone_minute")
FIELD_NAMES = {
    "y": "year",
    "years": "year",
    "months": "month",
    "mon": "month",
    "quarters": "quarter",
    "weeks": "week",
    "days": "day",
    "d": "day",
    "dayofmonth": "day",
    "hours": "hour",
    "h": "hour",
    "minutes": "minute",
    "min": "minute",
    "seconds": "second",
    "sec": "second",
    "milliseconds": "millisecond",
    "ms": "millisecond",
    "microseconds": "microsecond",
    "us": "microsecond",
    "nanoseconds": "nanosecond",
    "ns": "nanosecond",
    "dayofweek": "dow",
    "weekday": "dow",
    "dayofyear": "doy",
    "weekofyear": "week",
    "decades": "decade",
    "centuries": "century",
    "millenniums": "millennium",
    "millennia": "millennium",
}
FIELDS = (
    *sorted(CALENDAR_FIELDS),
    *EARLY_WEEKS,
    *CLOCK_FIELDS,
    *SECOND_FIELDS,
    "quarterday",
    "epoch",
    *ZONE_FIELDS,
)
CALENDAR_UNITS = frozenset({"year", "quarter", "month", "week", "decade", "century", "millennium"})
# Units of a clock: so many of them in a day.
CLOCK_UNITS = {
    "day": 1,
    "quarterday": 4,
    "hour": 24,
    "minute": 1_440,
    "second": 86_400,
    "millisecond": 86_400_000,
    "microsecond": 86_400_000_000,
    "nanosecond": 86_400_000_000_000,
}
UNITS = (*sorted(CALENDAR_UNITS), *EARLY_WEEKS, *CLOCK_UNITS)
# The months of a unit, for intervals and differences.
UNIT_MONTHS = {
    "month": 1,
    "quarter": 3,
    "year": 12,
    "decade": 120,
    "century": 1_200,
    "millennium": 12_000,
}
DAY = 86_400_000_000
# An interval's fields: how they come round, and their units.
TIME_PARTS = {
    "day": (1 << 62, DAY),
    "hour": (DAY, 3_600_000_000),
    "minute": (3_600_000_000, 60_000_000),
}
MONTH_PARTS = {
    "month": (12, 1),
    "quarter": (12, 3),
    "year": (1 << 62, 12),
    "decade": (1 << 62, 120),
    "century": (1 << 62, 1_200),
    "millennium": (1 << 62, 12_000),
}


def unit_name(unit: str) -> str:
    """Return a unit's or a field's name in the singular."""
    return FIELD_NAMES.get(unit.lower(), unit.lower())


def extract(field: str, moment: Expression) -> Expression:
    """Bind EXTRACT(field FROM moment), with PostgreSQL's meaning of the fields.

    Fields of the calendar, hours and minutes are INTEGER; seconds have the fraction of the moment.
    """
    name = unit_name(field)
    if name not in FIELDS:
        raise ProgrammingError(f"EXTRACT has no field {field}{nearest(name, FIELDS)}")
    if is_untyped(moment):
        moment = cast(moment, types.timestamp(6))
    kind = moment.type.kind
    if moment.type.is_interval:
        return _of_interval(name, moment)
    if kind not in (Kind.DATE, Kind.TIMESTAMP, Kind.TIME):
        raise ProgrammingError(f"EXTRACT({name}) does not take {moment.type}")
    if name in CALENDAR_FIELDS or name in EARLY_WEEKS:
        return _of_calendar(name, moment)
    if name in ZONE_FIELDS:
        if not moment.type.is_zoned:
            raise ProgrammingError(f"EXTRACT({name}) takes a TIMESTAMP WITH TIME ZONE")
        return _part(cast(moment, types.timestamp(0)), 1, 1, types.INTEGER)
    if kind is Kind.DATE:
        moment = cast(moment, types.timestamp(0))
    precision = 6 if kind is Kind.TIME else moment.type.precision
    if name == "epoch":
        return _epoch(moment, precision)
    if name == "quarterday":
        sixths = _part(moment, 86_400 * 10**precision, 21_600 * 10**precision, types.INTEGER)
        return bind_definition("one_more", (sixths,))
    if name in CLOCK_FIELDS:
        modulus, divisor = CLOCK_FIELDS[name]
        units = 10**precision
        return _part(moment, modulus * units, divisor * units, types.INTEGER)
    return _seconds(name, moment, precision)


def _of_calendar(name: str, moment: Expression) -> Expression:
    if moment.type.kind is Kind.TIME:
        raise ProgrammingError(f"EXTRACT({name}) does not take TIME")
    day = cast(moment, types.DATE)
    if name in EARLY_WEEKS:
        later = bind_definition("add_days", (day, big_literal(EARLY_WEEKS[name])))
        return bind_definition("extract_week", (later,))
    return bind_definition(f"extract_{name}", (day,))


def _part(moment: Expression, modulus: int, divisor: int, type_: SqlType) -> Expression:
    constants = (big_literal(modulus), big_literal(divisor))
    return evaluated(call("extract_part", type_, moment, *constants))


def _seconds(name: str, moment: Expression, precision: int) -> Expression:
    """The seconds within the minute, in seconds or their parts, with what fraction there is."""
    digits = SECOND_FIELDS[name]
    if precision < digits:
        if moment.type.kind is Kind.TIME:
            microseconds = _part(moment, 60_000_000, 1, types.BIGINT)
            return arithmetic("multiply", microseconds, big_literal(1_000))
        moment, precision = cast(moment, types.timestamp(digits)), digits
    scale = precision - digits
    type_ = types.decimal(2 + precision, scale) if scale else types.BIGINT
    if name in ("second", "millisecond", "microsecond") and not scale:
        type_ = types.INTEGER
    return _part(moment, 60 * 10**precision, 1, type_)


def _epoch(moment: Expression, precision: int) -> Expression:
    digits = 19 if precision > 6 else 18
    type_ = types.decimal(digits, precision) if precision else types.BIGINT
    return evaluated(call("extract_epoch", type_, moment))


def _of_interval(name: str, interval: Expression) -> Expression:
    """A field of an interval, whose days count 24 hours; it has the interval's sign."""
    kind = interval.type.kind
    if kind is Kind.INTERVAL:
        function = "interval_months" if name in MONTH_PARTS else "interval_time"
        if name == "epoch":
            months, time = interval_parts(interval)
            of_months, of_time = (_of_interval("epoch", part) for part in (months, time))
            return cast(arithmetic("add", of_months, of_time), types.decimal(18, 6))
        return _of_interval(name, bind_definition(function, (interval,)))
    if name == "epoch":
        if kind is Kind.INTERVAL_MONTHS:
            microseconds = bind_definition("epoch_of_months", (interval,))
            return evaluated(call("extract_epoch", types.decimal(18, 6), microseconds))
        return _epoch(interval, 6)
    parts = MONTH_PARTS if kind is Kind.INTERVAL_MONTHS else TIME_PARTS
    if name in parts:
        found = _interval_part(interval, *parts[name], types.INTEGER)
        return bind_definition("one_more", (found,)) if name == "quarter" else found
    if name not in (*MONTH_PARTS, *TIME_PARTS, "second", "millisecond", "microsecond"):
        raise ProgrammingError(f"EXTRACT({name}) does not take {interval.type}")
    scale = max(6 - SECOND_FIELDS.get(name, 6), 0)
    type_ = types.decimal(8, scale) if scale else types.INTEGER
    if kind is Kind.INTERVAL_MONTHS or name in MONTH_PARTS:
        return _interval_part(interval, 1, 1, type_)
    return _interval_part(interval, 60_000_000, 1, type_)


def _interval_part(interval: Expression, modulus: int, divisor: int, type_: SqlType) -> Expression:
    constants = (big_literal(modulus), big_literal(divisor))
    return evaluated(call("part_of_interval", type_, interval, *constants))


def truncate(unit: str, moment: Expression) -> Expression:
    """Bind DATE_TRUNC: a DATE stays a DATE, a TIMESTAMP keeps its precision."""
    name = unit_name(unit)
    if name not in UNITS:
        raise ProgrammingError(f"DATE_TRUNC has no unit {unit}{nearest(name, UNITS)}")
    if is_untyped(moment):
        moment = cast(moment, types.timestamp(6))
    source = moment.type
    if source.is_interval:
        return _truncate_interval(name, moment)
    if source.kind not in (Kind.DATE, Kind.TIMESTAMP):
        raise ProgrammingError(f"DATE_TRUNC does not take {source}")
    if name in CALENDAR_UNITS or name in EARLY_WEEKS:
        return cast(_truncated_day(name, cast(moment, types.DATE)), source)
    if source.kind is Kind.DATE:
        return moment
    units_of_day = 86_400 * 10**source.precision
    if units_of_day % CLOCK_UNITS[name] or units_of_day == CLOCK_UNITS[name]:
        return moment  # the unit is finer than the moment
    length = big_literal(units_of_day // CLOCK_UNITS[name])
    return evaluated(call("truncate_units", source, moment, length))


def _truncated_day(name: str, day: Expression) -> Expression:
    early = EARLY_WEEKS.get(name)
    if early is None:
        return bind_definition(f"truncate_{name}", (day,))
    later = bind_definition("add_days", (day, big_literal(early)))
    monday = bind_definition("truncate_week", (later,))
    return bind_definition("add_days", (monday, big_literal(-early)))


def _truncate_interval(name: str, interval: Expression) -> Expression:
    kind = interval.type.kind
    if kind is Kind.INTERVAL:
        raise ProgrammingError("DATE_TRUNC does not take an INTERVAL of months and time")
    if kind is Kind.INTERVAL_MONTHS:
        units = UNIT_MONTHS.get(name, 1)
    else:
        units = DAY // CLOCK_UNITS[name] if name in CLOCK_UNITS else 1 << 62
        units = 7 * DAY if name == "week" else max(units, 1)
    return evaluated(call("truncate_span", interval.type, interval, big_literal(units)))
