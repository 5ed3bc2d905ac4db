"""Forms of intervals: buckets of time, and intervals made of numbers."""

from __future__ import annotations

from collections.abc import Callable

from gpudb.errors import ProgrammingError
from gpudb.sql.bind.calls import big_literal, bind_definition
from gpudb.sql.bind.coerce import cast, is_untyped
from gpudb.sql.bind.forms import Arguments, form
from gpudb.sql.bind.intervals import parse_interval
from gpudb.sql.bind.moment_forms import DAY, moment_of, one_unit
from gpudb.sql.bind.operators import arithmetic
from gpudb.sql.expr import Expression, Literal
from gpudb.storage import types
from gpudb.storage.types import Kind

# Buckets of time begin at a Monday, those of months at a January.
BUCKET_ORIGIN = 10_959 * DAY
BUCKET_ORIGIN_MONTH = 24_000


@form(("time_bucket", "date_bin"), least=2, most=3)
def time_bucket(arguments: Arguments) -> Expression:
    """The begin of the bucket, so wide as an interval, in which a moment lies.

    Buckets of time are counted from Monday 2000-01-03, those of months from 2000-01-01, or from the
    third argument.

    SELECT time_bucket(INTERVAL '15' minute, TIMESTAMP '2024-02-29 08:23') gives 2024-02-29 08:15:00
    """
    width, moment = arguments[0], moment_of(arguments[1], "time_bucket")
    if is_untyped(width):
        assert isinstance(width, Literal)
        width = parse_interval(str(width.value)).literal()
    if not isinstance(width, Literal) or width.value is None or not width.type.is_interval:
        raise ProgrammingError("time_bucket takes a constant interval first")
    assert isinstance(width.value, int)
    if width.type.kind is Kind.INTERVAL:
        raise ProgrammingError("time_bucket takes an interval of months or of time, not of both")
    if width.value <= 0:
        raise ProgrammingError("the buckets of time_bucket are wider than nothing")
    if width.type.kind is Kind.INTERVAL_MONTHS:
        return _bucket_of_months(width.value, moment, arguments[2:])
    return _bucket_of_time(width.value, moment, arguments[2:])


def _bucket_of_months(width: int, moment: Expression, origin: Arguments) -> Expression:
    first: Expression = big_literal(BUCKET_ORIGIN_MONTH)
    if origin:
        day = cast(moment_of(origin[0], "time_bucket"), types.DATE)
        first = bind_definition("months_from_zero", (day,))
    days = cast(moment, types.DATE)
    return cast(bind_definition("bucket_months", (days, first, big_literal(width))), moment.type)


def _bucket_of_time(width: int, moment: Expression, origin: Arguments) -> Expression:
    target = types.timestamp(6)
    begin: Expression = Literal(type=target, nullable=False, value=BUCKET_ORIGIN)
    if origin:
        begin = cast(moment_of(origin[0], "time_bucket"), target)
    units = (cast(moment, target), begin, big_literal(width))
    found = bind_definition("bucket_units", units)
    is_day = moment.type.kind is Kind.DATE and width % DAY == 0
    if is_day:
        return cast(found, types.DATE)
    return found if moment.type.kind is Kind.DATE else cast(found, moment.type)


INTERVAL_PARTS = (
    *(("to_millennia", "millennium"), ("to_centuries", "century"), ("to_decades", "decade")),
    *(("to_years", "year"), ("to_quarters", "quarter"), ("to_months", "month")),
    *(("to_weeks", "week"), ("to_days", "day")),
    *(("to_hours", "hour"), ("to_minutes", "minute"), ("to_seconds", "second")),
    *(("to_milliseconds", "millisecond"), ("to_microseconds", "microsecond")),
)


def _interval_of(unit: str) -> Callable[[Arguments], Expression]:
    return lambda arguments: arithmetic("multiply", one_unit(unit), arguments[0])


for _name, _unit_of in INTERVAL_PARTS:
    _bind = _interval_of(_unit_of)
    _shown = f"CAST(DATE '2024-01-01' + {_name}(0) AS DATE)"
    _bind.__doc__ = f"""An interval of so many {_unit_of}s.

    SELECT {_shown} gives 2024-01-01
    """
    form(_name, least=1, most=1)(_bind)


@form("make_interval", least=1, most=7)
def make_interval(arguments: Arguments) -> Expression:
    """An interval of years, months, weeks, days, hours, minutes and seconds.

    SELECT CAST(make_interval(1, 2, 0, 3, 4) AS TEXT) gives 1 year 2 mons 3 days 04:00:00
    """
    units = ("year", "month", "week", "day", "hour", "minute", "second")
    parts = [
        arithmetic("multiply", one_unit(unit), count)
        for unit, count in zip(units, arguments, strict=False)
    ]
    total = parts[0]
    for part in parts[1:]:
        total = arithmetic("add", total, part)
    return total
