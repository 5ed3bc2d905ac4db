"""EXTRACT and DATE_TRUNC: a field or a unit of a date, a timestamp or a time."""

from __future__ import annotations

from gpudb.errors import ProgrammingError
from gpudb.sql.bind.calls import big_literal, bind_call
from gpudb.sql.bind.coerce import cast, is_untyped
from gpudb.sql.bind.context import call
from gpudb.sql.bind.operators import evaluated
from gpudb.sql.expr import Expression
from gpudb.sql.scope import nearest
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType

CALENDAR_FIELDS = frozenset(
    {"year", "isoyear", "quarter", "month", "week", "day", "dow", "isodow", "doy"}
)
# The seconds after which a field begins anew, and the seconds in one of it.
CLOCK_FIELDS = {"hour": (86_400, 3_600), "minute": (3_600, 60)}
# The digits of a second that one unit of a field has.
SECOND_FIELDS = {"second": 0, "millisecond": 3, "microsecond": 6}
FIELD_NAMES = {
    "years": "year",
    "months": "month",
    "days": "day",
    "hours": "hour",
    "minutes": "minute",
    "seconds": "second",
    "milliseconds": "millisecond",
    "microseconds": "microsecond",
    "dayofweek": "dow",
    "dayofyear": "doy",
}
FIELDS = (*CALENDAR_FIELDS, *CLOCK_FIELDS, *SECOND_FIELDS, "epoch")
CALENDAR_UNITS = frozenset({"year", "quarter", "month", "week"})
CLOCK_UNITS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}


def extract(field: str, moment: Expression) -> Expression:
    """Bind EXTRACT(field FROM moment), with PostgreSQL's meaning of the fields.

    Fields of the calendar, hours and minutes are INTEGER; seconds have the fraction of the moment.
    """
    name = FIELD_NAMES.get(field.lower(), field.lower())
    if name not in FIELDS:
        raise ProgrammingError(f"EXTRACT has no field {field}{nearest(name, FIELDS)}")
    if is_untyped(moment):
        moment = cast(moment, types.timestamp(6))
    kind = moment.type.kind
    if kind is Kind.INTERVAL_TIME and name == "epoch":
        return _epoch(moment, 6)
    if kind not in (Kind.DATE, Kind.TIMESTAMP, Kind.TIME):
        raise ProgrammingError(f"EXTRACT({name}) does not take {moment.type}")
    if name in CALENDAR_FIELDS:
        if kind is Kind.TIME:
            raise ProgrammingError(f"EXTRACT({name}) does not take TIME")
        return bind_call(f"extract_{name}", (cast(moment, types.DATE),))
    if kind is Kind.DATE:
        moment = cast(moment, types.timestamp(0))
    precision = 6 if kind is Kind.TIME else moment.type.precision
    if name == "epoch":
        return _epoch(moment, precision)
    if name in CLOCK_FIELDS:
        modulus, divisor = CLOCK_FIELDS[name]
        units = 10**precision
        return _part(moment, modulus * units, divisor * units, types.INTEGER)
    return _seconds(name, moment, precision)


def _part(moment: Expression, modulus: int, divisor: int, type_: SqlType) -> Expression:
    constants = (big_literal(modulus), big_literal(divisor))
    return evaluated(call("extract_part", type_, moment, *constants))


def _seconds(name: str, moment: Expression, precision: int) -> Expression:
    """The seconds within the minute, in seconds or their parts, with what fraction there is."""
    digits = SECOND_FIELDS[name]
    if precision < digits:
        moment, precision = cast(moment, types.timestamp(digits)), digits
    scale = precision - digits
    type_ = types.decimal(2 + precision, scale) if scale else types.INTEGER
    return _part(moment, 60 * 10**precision, 1, type_)


def _epoch(moment: Expression, precision: int) -> Expression:
    digits = 19 if precision > 6 else 18
    type_ = types.decimal(digits, precision) if precision else types.BIGINT
    return evaluated(call("extract_epoch", type_, moment))


def truncate(unit: str, moment: Expression) -> Expression:
    """Bind DATE_TRUNC: a DATE stays a DATE, a TIMESTAMP keeps its precision."""
    name = FIELD_NAMES.get(unit.lower(), unit.lower())
    units = (*CALENDAR_UNITS, *CLOCK_UNITS)
    if name not in units:
        raise ProgrammingError(f"DATE_TRUNC has no unit {unit}{nearest(name, units)}")
    if is_untyped(moment):
        moment = cast(moment, types.timestamp(6))
    source = moment.type
    if source.kind not in (Kind.DATE, Kind.TIMESTAMP):
        raise ProgrammingError(f"DATE_TRUNC does not take {source}")
    if name in CALENDAR_UNITS:
        return cast(bind_call(f"truncate_{name}", (cast(moment, types.DATE),)), source)
    if source.kind is Kind.DATE:
        return moment
    length = big_literal(CLOCK_UNITS[name] * 10**source.precision)
    return evaluated(call("truncate_units", source, moment, length))
