"""More of the calendar: centuries and their kin, Julian days, dates made of numbers, differences.

Months are counted from January of year 0. As in PostgreSQL, a century and a millennium begin with
their year 1 (2001), a decade with its year 0 (2000).
"""

from __future__ import annotations

from gpudb.sql.functions.civil import (
    day_of_month,
    days_from_civil,
    month_begin,
    month_of,
    year_of,
)
from gpudb.sql.functions.dates import same_type
from gpudb.sql.functions.registry import Family, function, procedure
from gpudb.sql.functions.words import (
    add_overflows,
    multiply_overflows,
    quotient,
    remainder,
    rint,
    subtract_overflows,
)
from gpudb.storage.types import (
    BIGINT,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL_MONTHS,
    INTERVAL_TIME,
    TIME,
    timestamp,
)


@procedure(year_of, month_of)
def month_index(days: int) -> int:
    """Return the months from January of year 0."""
    return year_of(days) * 12 + month_of(days) - 1


@function((), (DATE,), INTEGER, uses=(year_of,))
def extract_decade(days: int) -> int:
    """The year by ten.

    SELECT EXTRACT(decade FROM DATE '1995-03-15') gives 199
    """
    return year_of(days) // 10


@function((), (DATE,), INTEGER, uses=(year_of,))
def extract_century(days: int) -> int:
    """The century; the 21st begins with 2001.

    SELECT EXTRACT(century FROM DATE '2000-12-31') gives 20
    """
    return (year_of(days) + 99) // 100


@function((), (DATE,), INTEGER, uses=(year_of,))
def extract_millennium(days: int) -> int:
    """The millennium; the third begins with 2001.

    SELECT EXTRACT(millennium FROM DATE '2000-12-31') gives 2
    """
    return (year_of(days) + 999) // 1000


@function((), (DATE,), INTEGER)
def extract_julian(days: int) -> int:
    """The Julian day.

    SELECT EXTRACT(julian FROM DATE '2000-01-01') gives 2451545
    """
    return days + 2440588


@function((), (DATE,), BIGINT)
def extract_dateepoch(days: int) -> int:
    """The seconds from 1970-01-01 to the begin of the day.

    SELECT EXTRACT(dateepoch FROM TIMESTAMP '1970-01-02 12:00:00') gives 86400
    """
    return days * 86400


@function((), (DATE,), DATE, uses=(month_index, month_begin))
def truncate_decade(days: int) -> int:
    """The begin of the decade.

    SELECT date_trunc('decade', DATE '1995-03-15') gives 1990-01-01
    """
    return month_begin(month_index(days) // 120 * 120)


@function((), (DATE,), DATE, uses=(month_index, month_begin))
def truncate_century(days: int) -> int:
    """The begin of the century.

    SELECT date_trunc('century', DATE '1995-03-15') gives 1901-01-01
    """
    return month_begin((month_index(days) - 12) // 1200 * 1200 + 12)


@function((), (DATE,), DATE, uses=(month_index, month_begin))
def truncate_millennium(days: int) -> int:
    """The begin of the millennium.

    SELECT date_trunc('millennium', DATE '1995-03-15') gives 1001-01-01
    """
    return month_begin((month_index(days) - 12) // 12000 * 12000 + 12)


@function((), (BIGINT,), INTEGER)
def one_more(value: int) -> int:
    """Return value + 1, for parts that are counted from 1."""
    return value + 1


@function((), (Family.SPAN, BIGINT), same_type)
def truncate_span(value: int, units: int) -> int:
    """Return an interval cut, towards zero, to a multiple of `units`, as date_trunc does."""
    return value - remainder(value, units)


@function("last_day", (DATE,), DATE, uses=(month_index, month_begin))
def last_day(days: int) -> int:
    """The last day of the month.

    SELECT last_day(DATE '2024-02-10') gives 2024-02-29
    """
    return month_begin(month_index(days) + 1) - 1


@procedure(month_begin)
def is_no_date(year: int, month: int, day: int) -> bool:
    """Whether there is no such day of the calendar."""
    if (month < 1) or (month > 12) or (day < 1) or (day > 31) or (year < 1) or (year > 9999):
        return True
    months = year * 12 + month - 1
    return day > month_begin(months + 1) - month_begin(months)


@function(
    "make_date",
    (BIGINT, BIGINT, BIGINT),
    DATE,
    uses=(days_from_civil,),
    fails=is_no_date,
    message="there is no such date",
)
def make_date(year: int, month: int, day: int) -> int:
    """The date of a year, a month and a day.

    SELECT make_date(2024, 2, 29) gives 2024-02-29
    """
    return days_from_civil(year, month, day)


@procedure()
def is_no_time(hour: int, minute: int, seconds: float) -> bool:
    """Whether there is no such time of a day."""
    is_wrong = (hour < 0) or (hour > 23) or (minute < 0) or (minute > 59)
    return is_wrong or not ((seconds >= 0.0) and (seconds < 60.0))


@procedure()
def time_units(hour: int, minute: int, seconds: float) -> int:
    """Return the microseconds of a time of the day."""
    return (hour * 60 + minute) * 60000000 + int(rint(seconds * 1000000.0))


@function(
    "make_time",
    (BIGINT, BIGINT, DOUBLE),
    TIME,
    uses=(time_units,),
    fails=is_no_time,
    message="there is no such time",
)
def make_time(hour: int, minute: int, seconds: float) -> int:
    """The time of an hour, a minute and seconds.

    SELECT make_time(8, 15, 23.5) gives 08:15:23.500000
    """
    return min(time_units(hour, minute, seconds), 86399999999)


@procedure(is_no_date, is_no_time)
def is_no_moment(year: int, month: int, day: int, hour: int, minute: int, seconds: float) -> bool:
    """Whether there is no such moment."""
    return is_no_date(year, month, day) or is_no_time(hour, minute, seconds)


@function(
    "make_timestamp",
    (BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, DOUBLE),
    timestamp(6),
    uses=(days_from_civil, time_units),
    fails=is_no_moment,
    message="there is no such moment",
)
def make_timestamp(year: int, month: int, day: int, hour: int, minute: int, seconds: float) -> int:
    """The moment of a date and a time.

    SELECT make_timestamp(2024, 2, 29, 8, 15, 23.5) gives 2024-02-29 08:15:23.500000
    """
    return days_from_civil(year, month, day) * 86400000000 + time_units(hour, minute, seconds)


@function("make_timestamp", (BIGINT,), timestamp(6))
def moment_of_microseconds(microseconds: int) -> int:
    """The moment so many microseconds after 1970-01-01.

    SELECT make_timestamp(1000000) gives 1970-01-01 00:00:01
    """
    return microseconds


@function((), (DATE, DATE, BIGINT, BIGINT), BIGINT, uses=(month_index,))
def months_crossed(begin: int, end: int, months: int, first: int) -> int:
    """Return how many begins of periods of `months`, one of which is month `first`, lie between."""
    return (month_index(end) - first) // months - (month_index(begin) - first) // months


@function((), (BIGINT, BIGINT, BIGINT, BIGINT), BIGINT)
def units_crossed(begin: int, end: int, unit: int, first: int) -> int:
    """Return how many begins of units, one of which is `first`, lie between two moments."""
    return (end - first) // unit - (begin - first) // unit


@procedure()
def leaves_difference(begin: int, end: int, unit: int) -> bool:
    """Whether the difference of two moments leaves 64 bits."""
    return subtract_overflows(end, begin)


@function(
    (),
    (BIGINT, BIGINT, BIGINT),
    BIGINT,
    fails=leaves_difference,
    message="the difference of the two moments is out of range",
)
def whole_units(begin: int, end: int, unit: int) -> int:
    """Return how many whole units lie between two moments; negative if the end lies before."""
    return quotient(end - begin, unit)


@procedure(month_index, day_of_month)
def whole_months(begin: int, end: int, day_units: int) -> int:
    """Return the whole months from a timestamp to another that is not before it."""
    first_day = begin // day_units
    last_day_ = end // day_units
    months = month_index(last_day_) - month_index(first_day)
    begin_part = day_of_month(first_day) * day_units + begin % day_units
    end_part = day_of_month(last_day_) * day_units + end % day_units
    return months - 1 if end_part < begin_part else months


@function((), (BIGINT, BIGINT, BIGINT, BIGINT), BIGINT, uses=(whole_months,))
def months_apart(begin: int, end: int, day_units: int, months: int) -> int:
    """Return how many whole periods of `months` lie between two timestamps."""
    if begin <= end:
        return quotient(whole_months(begin, end, day_units), months)
    return -quotient(whole_months(end, begin, day_units), months)


@function((), (timestamp(6), timestamp(6), BIGINT), timestamp(6))
def bucket_units(moment: int, origin: int, width: int) -> int:
    """Return the begin of the bucket of `width` units in which a moment lies."""
    return moment - (moment - origin) % width


@function((), (DATE, BIGINT, BIGINT), DATE, uses=(month_index, month_begin))
def bucket_months(days: int, origin: int, width: int) -> int:
    """Return the first day of the bucket of `width` months in which a date lies."""
    months = month_index(days)
    return month_begin(months - (months - origin) % width)


@function((), (DATE,), BIGINT, uses=(month_index,))
def months_from_zero(days: int) -> int:
    """Return the months from January of year 0 to a date."""
    return month_index(days)


@procedure()
def leaves_shift(value: int, count: int) -> bool:
    """Whether a moment moved by units leaves 64 bits."""
    return add_overflows(value, count)


@function(
    (),
    (Family.TIMESTAMP, BIGINT),
    same_type,
    fails=leaves_shift,
    message="timestamp out of range",
)
def shift_units(value: int, count: int) -> int:
    """Return a moment moved by units of its own precision."""
    return value + count


@procedure()
def leaves_seconds(seconds: float) -> bool:
    """Whether seconds since 1970 leave a timestamp of microseconds, or are none."""
    return not abs(seconds) < 9223372036854.0


@function(
    (),
    (DOUBLE,),
    timestamp(6),
    fails=leaves_seconds,
    message="timestamp out of range",
)
def moment_of_seconds(seconds: float) -> int:
    """Return the moment so many seconds after 1970-01-01."""
    return int(rint(seconds * 1000000.0))


@procedure()
def leaves_scaled(microseconds: int, factor: float) -> bool:
    """Whether an interval times a number leaves 64 bits."""
    return not abs(float(microseconds) * factor) < 9223372036854774784.0


@function(
    (),
    (INTERVAL_TIME, DOUBLE),
    INTERVAL_TIME,
    fails=leaves_scaled,
    message="interval out of range",
)
def scale_time(microseconds: int, factor: float) -> int:
    """An interval of days and times, times a number.

    SELECT INTERVAL '1' day * 1.5 gives 1 day, 12:00:00
    """
    return int(rint(float(microseconds) * factor))


@procedure()
def leaves_months(months: int, factor: float) -> bool:
    """Whether months times a number leave an interval."""
    return not abs(float(months) * factor) < 524288.0


@function(
    (),
    (INTERVAL_MONTHS, DOUBLE),
    INTERVAL_MONTHS,
    fails=leaves_months,
    message="interval out of range",
)
def scale_months(months: int, factor: float) -> int:
    """Return the whole months of months times a number."""
    return int(float(months) * factor)


@function(
    (),
    (INTERVAL_MONTHS, DOUBLE),
    INTERVAL_TIME,
    fails=leaves_months,
    message="interval out of range",
)
def scale_month_rest(months: int, factor: float) -> int:
    """Return the time of what is less than a month of months times a number, by 30 days each."""
    product = float(months) * factor
    return int(rint((product - float(int(product))) * 2592000000000.0))


@procedure()
def leaves_day_time(days: int, time: int) -> bool:
    """Whether a date and a time leave a timestamp of microseconds."""
    return multiply_overflows(abs(days) + 1, 86400000000)


@function(
    (),
    (DATE, TIME),
    timestamp(6),
    fails=leaves_day_time,
    message="timestamp out of range",
)
def add_time(days: int, time: int) -> int:
    """The moment of a date and a time.

    SELECT DATE '2020-01-01' + TIME '12:30:00' gives 2020-01-01 12:30:00
    """
    return days * 86400000000 + time
