"""Days since 1970-01-01 and the civil calendar: years, months, days of months, and back.

Dates are taken apart as by Neri and Schneider, "Euclidean affine functions and their application to
calendar algorithms" (Software: Practice and Experience 53, 2023), and put together as by Howard
Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013).
"""

from __future__ import annotations

from gpudb.sql.functions.registry import procedure


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
