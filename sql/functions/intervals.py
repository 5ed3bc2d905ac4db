"""Intervals of months and of time in one: months * 2**44 + microseconds, which adds as a number.

The microseconds are fewer than 2**43, some 101 days, so that both parts can be told apart.
"""

from __future__ import annotations

from gpudb.sql.functions.calendar import month_index
from gpudb.sql.functions.civil import day_of_month, month_begin
from gpudb.sql.functions.registry import function, procedure
from gpudb.sql.functions.words import quotient, remainder
from gpudb.storage.types import (
    BIGINT,
    INTERVAL,
    INTERVAL_MONTHS,
    INTERVAL_TIME,
    timestamp,
)


@procedure()
def microseconds_of(value: int) -> int:
    """Return the microseconds of an interval of both."""
    low = value & 17592186044415
    return low - 17592186044416 if low >= 8796093022208 else low


@procedure(microseconds_of)
def months_of(value: int) -> int:
    """Return the months of an interval of both."""
    return (value - microseconds_of(value)) >> 44


@procedure()
def is_no_pair(months: int, microseconds: int) -> bool:
    """Whether an interval has too many months or too long a time for one of both."""
    return (abs(months) >= 524288) or (abs(microseconds) >= 8796093022208)


@function(
    (),
    (INTERVAL_MONTHS, INTERVAL_TIME),
    INTERVAL,
    fails=is_no_pair,
    message="an interval of months and time holds less than 101 days beside its months",
)
def join_interval(months: int, microseconds: int) -> int:
    """An interval of months and time.

    SELECT CAST(INTERVAL '1 month 2 days' AS TEXT) gives 1 mon 2 days
    """
    return months * 17592186044416 + microseconds


@function((), (INTERVAL,), INTERVAL_MONTHS, uses=(months_of,))
def interval_months(value: int) -> int:
    """Return the months of an interval of both."""
    return months_of(value)


@function((), (INTERVAL,), INTERVAL_TIME, uses=(microseconds_of,))
def interval_time(value: int) -> int:
    """Return the time of an interval of both."""
    return microseconds_of(value)


@procedure()
def month_order_leaves(months: int) -> bool:
    """Whether months of 30 days leave 64 bits of microseconds."""
    return abs(months) > 3558399


@function(
    (),
    (INTERVAL_MONTHS,),
    BIGINT,
    fails=month_order_leaves,
    message="interval out of range",
)
def order_of_months(months: int) -> int:
    """Return microseconds by which intervals are compared: a month counts 30 days."""
    return months * 2592000000000


@function((), (INTERVAL,), BIGINT, uses=(months_of, microseconds_of))
def order_of_interval(value: int) -> int:
    """Return microseconds by which intervals are compared: a month counts 30 days."""
    return months_of(value) * 2592000000000 + microseconds_of(value)


@function((), (INTERVAL_MONTHS,), BIGINT)
def epoch_of_months(months: int) -> int:
    """Return the microseconds of months: a year has 365.25 days, a month 30, as in PostgreSQL."""
    return quotient(months, 12) * 31557600000000 + remainder(months, 12) * 2592000000000


@function((), (BIGINT, BIGINT, BIGINT), BIGINT)
def part_of_interval(value: int, modulus: int, divisor: int) -> int:
    """Return a field of an interval, which has the interval's sign."""
    return quotient(remainder(value, modulus), divisor)


@procedure(month_index, month_begin, day_of_month)
def positive_age(end: int, begin: int) -> int:
    """Return months, days and time from a moment to another that is not before it."""
    end_day = end // 86400000000
    begin_day = begin // 86400000000
    time = end % 86400000000 - begin % 86400000000
    days = day_of_month(end_day) - day_of_month(begin_day)
    months = month_index(end_day) - month_index(begin_day)
    if time < 0:
        time = time + 86400000000
        days = days - 1
    if days < 0:
        first = month_index(begin_day)
        days = days + month_begin(first + 1) - month_begin(first)
        months = months - 1
    return months * 17592186044416 + days * 86400000000 + time


@procedure()
def is_no_age(end: int, begin: int) -> bool:
    """Whether two moments lie too far apart."""
    return (abs(end) > 640000000000000000) or (abs(begin) > 640000000000000000)


@function(
    (),
    (timestamp(6), timestamp(6)),
    INTERVAL,
    uses=(positive_age,),
    fails=is_no_age,
    message="interval out of range",
)
def age_of(end: int, begin: int) -> int:
    """The years, months, days and time from the second moment to the first.

    SELECT CAST(age(DATE '2024-03-15', DATE '2023-01-20') AS TEXT) gives 1 year 1 mon 26 days
    """
    if end >= begin:
        return positive_age(end, begin)
    return -positive_age(begin, end)
