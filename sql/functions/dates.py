"""Dates and timestamps: parts, truncation, calendar arithmetic.

The binder casts a timestamp to its DATE before taking a part of the day's calendar, so these work
on days since 1970-01-01 only; parts of the day work on the timestamp's own units. Dates are taken
apart as by Neri and Schneider, "Euclidean affine functions and their application to calendar
algorithms" (Software: Practice and Experience 53, 2023), and put together as by Howard Hinnant,
"chrono-Compatible Low-Level Date Algorithms" (2013).
"""

from __future__ import annotations

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
def day_number(days: int) -> int:
    """Return the days since 1 March of the year -6,553,600, before which no DATE is.

    The bits that are cut are none; they tell LLVM that quotients need not look at a sign.
    """
    return (days + 2394372716) & 8589934591


@procedure(day_number)
def year_of_era(days: int) -> int:
    """Return the year of its era of 400 years, which begins on 1 March, with 32 binary places.

    The places tell how much of that year is over. Every quotient is a product and a shift: of a
    day's 4 * day + 3, 0 to 584,387, the first one gives the century.
    """
    day = day_number(days) % 146097
    quarters = 4 * day + 3
    century = (quarters * 470369) >> 36
    return ((century * 100) << 32) + 2939745 * ((quarters - century * 146097) | 3)


@procedure(year_of_era)
def day_of_march_year(days: int) -> int:
    """Return the day of the year that begins on 1 March, from 0."""
    return (year_of_era(days) & 4294967295) // 11758980


@procedure(day_of_march_year)
def month_and_day(days: int) -> int:
    """Return the month, 3 to 14, with 16 binary places: each is a 2141th of what counts a day."""
    return 2141 * day_of_march_year(days) + 197913


@procedure(month_and_day)
def month_of(days: int) -> int:
    """Return the month, 1 to 12."""
    month = month_and_day(days) >> 16
    return month - 12 if month > 12 else month


@procedure(year_of_era, day_number)
def year_of(days: int) -> int:
    """Return the year; the next one begins 306 days after 1 March.

    From 1901 to 2099 four years have 1,461 days, whichever they are: one product and a shift.
    """
    quarters = 4 * (days + 25202) + 3
    if quarters >= 0 and quarters < 290739:
        return 1901 + ((quarters * 2939745) >> 32)
    year = year_of_era(days)
    whole = day_number(days) // 146097 * 400 - 6553600 + (year >> 32)
    return whole + 1 if (year & 4294967295) >= 3598247880 else whole


@procedure(month_and_day)
def day_of_month(days: int) -> int:
    """Return the day of the month, from 1."""
    return (month_and_day(days) & 65535) // 2141 + 1


@procedure()
def days_from_civil(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01 of a date."""
    march_year = year - 1 if month <= 2 else year
    march_month = month + 9 if month <= 2 else month - 3
    era = march_year // 400
    year_in_era = march_year - era * 400
    day_in_year = (153 * march_month + 2) // 5 + day - 1
    return (
        era * 146097
        + year_in_era * 365
        + year_in_era // 4
        - year_in_era // 100
        + (day_in_year - 719468)
    )


@procedure(days_from_civil)
def month_begin(months: int) -> int:
    """Return the first day of a month counted from January of year 0."""
    return days_from_civil(months // 12, months % 12 + 1, 1)


@procedure(year_of, month_of, day_of_month, month_begin)
def shifted_months(days: int, months: int) -> int:
    """Return the same day of another month, or that month's last day."""
    target = year_of(days) * 12 + month_of(days) - 1 + months
    begin = month_begin(target)
    last = month_begin(target + 1) - begin
    return begin + min(day_of_month(days), last) - 1


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
