"""Dates and timestamps: parts, truncation, calendar arithmetic.

The binder casts a timestamp to its DATE before taking a part of the day's calendar, so these work
on days since 1970-01-01 only; parts of the day work on the timestamp's own units.
"""

from __future__ import annotations

from gpudb.sql.functions.civil import (
    day_of_month,
    days_from_civil,
    month_of,
    shifted_months,
    year_of,
)
from gpudb.sql.functions.registry import Family, function, procedure
from gpudb.sql.functions.words import add_overflows, multiply_overflows
from gpudb.storage.types import (
    BIGINT,
    DATE,
    INTEGER,
    INTERVAL_MONTHS,
    INTERVAL_TIME,
    TIME,
    SqlType,
    timestamp,
)

DAY_SECONDS = 86_400


def units_per_day(types: tuple[SqlType, ...]) -> tuple[int, ...]:
    """Return a timestamp's units in a day."""
    return (DAY_SECONDS * 10 ** types[0].precision,)


def same_type(types: tuple[SqlType, ...]) -> SqlType:
    """The result has the first argument's type."""
    return types[0]


@procedure()
def leaves_years(days: int, months: int) -> bool:
    """Whether a shift leaves the years that a DATE is good for."""
    return abs(months) > 120000 or abs(days) > 3652425


@function((), (DATE,), INTEGER, uses=(year_of,))
def extract_year(days: int) -> int:
    """The year.

    SELECT EXTRACT(year FROM DATE '1995-03-15') gives 1995
    """
    return year_of(days)


@function((), (DATE,), INTEGER, uses=(month_of,))
def extract_quarter(days: int) -> int:
    """The quarter, 1 to 4.

    SELECT EXTRACT(quarter FROM DATE '1995-03-15') gives 1
    """
    return (month_of(days) + 2) // 3


@function((), (DATE,), INTEGER, uses=(month_of,))
def extract_month(days: int) -> int:
    """The month, 1 to 12.

    SELECT EXTRACT(month FROM DATE '1995-03-15') gives 3
    """
    return month_of(days)


@function((), (DATE,), INTEGER, uses=(day_of_month,))
def extract_day(days: int) -> int:
    """The day of the month.

    SELECT EXTRACT(day FROM DATE '1995-03-15') gives 15
    """
    return day_of_month(days)


@function((), (DATE,), INTEGER)
def extract_dow(days: int) -> int:
    """The day of the week, 0 (Sunday) to 6.

    SELECT EXTRACT(dow FROM DATE '1995-03-19') gives 0
    """
    return (days + 4) % 7


@function((), (DATE,), INTEGER)
def extract_isodow(days: int) -> int:
    """The day of the week, 1 (Monday) to 7.

    SELECT EXTRACT(isodow FROM DATE '1995-03-19') gives 7
    """
    return (days + 3) % 7 + 1


@function((), (DATE,), INTEGER, uses=(year_of, days_from_civil))
def extract_doy(days: int) -> int:
    """The day of the year.

    SELECT EXTRACT(doy FROM DATE '1995-03-15') gives 74
    """
    return days - days_from_civil(year_of(days), 1, 1) + 1


@function((), (DATE,), INTEGER, uses=(year_of,))
def extract_isoyear(days: int) -> int:
    """The year of the ISO 8601 week.

    SELECT EXTRACT(isoyear FROM DATE '2005-01-01') gives 2004
    """
    return year_of(days - (days + 3) % 7 + 3)


@function((), (DATE,), INTEGER, uses=(year_of, days_from_civil))
def extract_week(days: int) -> int:
    """The ISO 8601 week.

    SELECT EXTRACT(week FROM DATE '2005-01-01') gives 53
    """
    thursday = days - (days + 3) % 7 + 3
    return (thursday - days_from_civil(year_of(thursday), 1, 1)) // 7 + 1


@function((), (Family.MOMENT, BIGINT, BIGINT), BIGINT)
def extract_part(value: int, modulus: int, divisor: int) -> int:
    """EXTRACT(minute FROM t) is t % one hour // one minute, in the units of t."""
    return value % modulus // divisor


@function((), (Family.MOMENT,), BIGINT)
def extract_epoch(value: int) -> int:
    """The seconds since 1970-01-01, or of an interval.

    SELECT EXTRACT(epoch FROM DATE '1970-01-02') gives 86400
    """
    return value


@function((), (DATE,), DATE, uses=(year_of, days_from_civil))
def truncate_year(days: int) -> int:
    """The begin of the year.

    SELECT date_trunc('year', DATE '1995-03-15') gives 1995-01-01
    """
    return days_from_civil(year_of(days), 1, 1)


@function((), (DATE,), DATE, uses=(year_of, month_of, days_from_civil))
def truncate_quarter(days: int) -> int:
    """The begin of the quarter.

    SELECT date_trunc('quarter', DATE '1995-05-15') gives 1995-04-01
    """
    return days_from_civil(year_of(days), (month_of(days) - 1) // 3 * 3 + 1, 1)


@function((), (DATE,), DATE, uses=(day_of_month,))
def truncate_month(days: int) -> int:
    """The begin of the month.

    SELECT date_trunc('month', DATE '1995-03-15') gives 1995-03-01
    """
    return days - day_of_month(days) + 1


@function((), (DATE,), DATE)
def truncate_week(days: int) -> int:
    """The Monday of the week.

    SELECT date_trunc('week', DATE '1995-03-15') gives 1995-03-13
    """
    return days - (days + 3) % 7


@function((), (Family.TIMESTAMP, BIGINT), same_type)
def truncate_units(value: int, units: int) -> int:
    """Return a timestamp cut to a multiple of `units`, as date_trunc('hour', ...) does."""
    return value - value % units


@function(
    (),
    (DATE, INTERVAL_MONTHS),
    DATE,
    uses=(shifted_months,),
    fails=leaves_years,
    message="date out of range",
)
def add_months(days: int, months: int) -> int:
    """The same day of another month, or its last one.

    SELECT add_months(DATE '1995-01-31', 1) gives 1995-02-28
    """
    return shifted_months(days, months)


@procedure()
def leaves_timestamp_years(value: int, months: int, day_units: int) -> bool:
    """Whether a shift leaves the years that the timestamp's units can count."""
    days = value // day_units + months * 31
    return abs(months) > 120000 or multiply_overflows(abs(days) + 62, day_units)


@function(
    (),
    (Family.TIMESTAMP, INTERVAL_MONTHS),
    same_type,
    uses=(shifted_months,),
    fails=leaves_timestamp_years,
    message="timestamp out of range",
    constants=units_per_day,
)
def add_months_to_timestamp(value: int, months: int, day_units: int) -> int:
    """The same day of another month, or its last one, at the same time.

    SELECT TIMESTAMP '1995-01-31 12:00:00' + INTERVAL '1' month gives 1995-02-28 12:00:00
    """
    return shifted_months(value // day_units, months) * day_units + value % day_units


@procedure()
def leaves_microseconds(value: int, microseconds: int) -> bool:
    """Whether a timestamp of microseconds leaves 64 bits."""
    return add_overflows(value, microseconds)


@function(
    (),
    (timestamp(6), INTERVAL_TIME),
    timestamp(6),
    fails=leaves_microseconds,
    message="timestamp out of range",
)
def add_microseconds(value: int, microseconds: int) -> int:
    """A moment moved by an interval.

    SELECT TIMESTAMP '1995-01-31 12:00:00' + INTERVAL '1' hour gives 1995-01-31 13:00:00
    """
    return value + microseconds


@procedure()
def leaves_nanoseconds(value: int, microseconds: int) -> bool:
    """Whether a timestamp of nanoseconds leaves 64 bits."""
    return multiply_overflows(microseconds, 1000) or add_overflows(value, microseconds * 1000)


@function(
    (),
    (timestamp(9), INTERVAL_TIME),
    timestamp(9),
    fails=leaves_nanoseconds,
    message="timestamp out of range",
)
def add_nanoseconds(value: int, microseconds: int) -> int:
    """Return a TIMESTAMP(9) moved by an interval."""
    return value + microseconds * 1000


@function((), (timestamp(6), timestamp(6)), INTERVAL_TIME)
def subtract_timestamps(end: int, begin: int) -> int:
    """The time between two moments.

    SELECT TIMESTAMP '1995-01-03' - TIMESTAMP '1995-01-01' gives 2 days, 0:00:00
    """
    return end - begin


@procedure()
def leaves_days(days: int, count: int) -> bool:
    """Whether a date leaves 32 bits."""
    return abs(days + count) >= 2147483647


@function((), (DATE, INTEGER), DATE, fails=leaves_days, message="date out of range")
def add_days(days: int, count: int) -> int:
    """A date moved by days.

    SELECT DATE '1995-01-31' + 1 gives 1995-02-01
    """
    return days + count


@function((), (DATE, DATE), INTEGER)
def subtract_dates(end: int, begin: int) -> int:
    """The days between two dates.

    SELECT DATE '1995-02-01' - DATE '1995-01-31' gives 1
    """
    return end - begin


@function((), (TIME, TIME), INTERVAL_TIME)
def subtract_times(end: int, begin: int) -> int:
    """The time between two times of a day.

    SELECT TIME '12:00:00' - TIME '11:00:00' gives 1:00:00
    """
    return end - begin


@function((), (TIME, INTERVAL_TIME), TIME)
def shift_time(value: int, microseconds: int) -> int:
    """A time of the day moved by an interval, around midnight.

    SELECT TIME '23:00:00' + INTERVAL '2' hour gives 01:00:00
    """
    return (value + microseconds) % 86400000000
