"""Text to moments by patterns: TO_DATE and TO_TIMESTAMP of PostgreSQL, STRPTIME of C."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import lru_cache

from gpudb.errors import DataError
from gpudb.late import late_pattern
from gpudb.sql.functions.formats import DAYS, MONTHS
from gpudb.sql.functions.registry import function
from gpudb.storage.types import DATE, TEXT, instant, timestamp

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)
# The part that each word of a pattern reads, and how many digits it has at most.
DIGITS = {
    "YYYY": ("year", 4),
    "YYY": ("year", 3),
    "YY": ("short_year", 2),
    "MM": ("month", 2),
    "DDD": ("year_day", 3),
    "DD": ("day", 2),
    "HH24": ("hour", 2),
    "HH12": ("half_hour", 2),
    "HH": ("half_hour", 2),
    "MI": ("minute", 2),
    "SSSSS": ("day_second", 5),
    "SSSS": ("day_second", 5),
    "SS": ("second", 2),
    "MS": ("fraction", 3),
    "US": ("fraction", 6),
    **{f"FF{digits}": ("fraction", digits) for digits in range(1, 7)},
    "J": ("julian", 7),
}
WORDS = {
    "MONTH": ("month_name", "|".join(MONTHS)),
    "MON": ("month_name", "|".join(month[:3] for month in MONTHS)),
    "DAY": ("", "|".join(DAYS)),
    "DY": ("", "|".join(day[:3] for day in DAYS)),
    **dict.fromkeys(("AM", "PM"), ("half", "AM|PM")),
    **dict.fromkeys(("A.M.", "P.M."), ("half", r"A\.M\.|P\.M\.")),
}
_ALL = sorted((*DIGITS, *WORDS), key=len, reverse=True)
TOKEN = late_pattern(
    rf'(?:FM|FX)?(?P<word>{"|".join(map(re.escape, _ALL))})(?:TH)?|"(?P<quoted>[^"]*)"'
    r"|(?P<letter>[A-Za-z])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
SEPARATOR = r"[^A-Za-z0-9]*"


@lru_cache(maxsize=256)
def reader(pattern: str) -> Callable[[str], datetime.datetime]:
    """Return what reads texts of a pattern; raises DataError for an unknown word in it."""
    out, known = [r"\s*"], set[str]()
    for match in TOKEN.finditer(pattern):
        if match["letter"] is not None:
            raise DataError(f"the pattern {pattern!r} has an unknown word at {match['letter']!r}")
        if match["word"] is None:
            out.append(SEPARATOR if match["quoted"] is None else re.escape(match["quoted"]))
            continue
        word = match["word"].upper()
        if word in DIGITS:
            part, width = DIGITS[word]
            expression = rf"\d{{1,{width}}}"
        else:
            part, expression = WORDS[word]
        if part in known:
            raise DataError(f"the pattern {pattern!r} reads the {part.replace('_', ' ')} twice")
        known.add(part)
        out.append(rf"\s*(?P<{part}>{expression})" if part else rf"\s*(?:{expression})")
    compiled = re.compile("".join(out), re.IGNORECASE | re.ASCII)

    def read(string: str) -> datetime.datetime:
        match = compiled.match(string)
        if match is None:
            raise DataError(f"{string!r} does not fit the pattern {pattern!r}")
        try:
            return _moment({k: v for k, v in match.groupdict().items() if v is not None})
        except (ValueError, OverflowError):
            raise DataError(f"{string!r} is no moment by the pattern {pattern!r}") from None

    return read


def _moment(parts: dict[str, str]) -> datetime.datetime:
    year = int(parts.get("year", 1))
    if "short_year" in parts:
        short = int(parts["short_year"])
        year = short + (2000 if short < 70 else 1900)
    elif len(parts.get("year", "0000")) < 3:
        year += 2000 if year < 70 else 1900 if year < 100 else 0
    month = int(parts.get("month", 1))
    if "month_name" in parts:
        names = [name[:3].lower() for name in MONTHS]
        month = names.index(parts["month_name"][:3].lower()) + 1
    hour = int(parts.get("hour", 0))
    if "half_hour" in parts:
        half = int(parts["half_hour"])
        if not 1 <= half <= 12:
            raise ValueError
        hour = half % 12 + (12 if parts.get("half", "a")[0] in "pP" else 0)
    fraction = int(parts.get("fraction", "0").ljust(6, "0"))
    clock = (hour, int(parts.get("minute", 0)), int(parts.get("second", 0)), fraction)
    found = datetime.datetime(year, month, int(parts.get("day", 1)), *clock, tzinfo=datetime.UTC)
    if "year_day" in parts:
        found = found.replace(month=1, day=1)
        found += datetime.timedelta(days=int(parts["year_day"]) - 1)
        if found.year != year:
            raise ValueError
    if "julian" in parts:
        days = int(parts["julian"]) - 2_440_588
        found = EPOCH + datetime.timedelta(days=days)
    return found + datetime.timedelta(seconds=int(parts.get("day_second", 0)))


@function("to_date", (TEXT, TEXT), DATE, is_host=True, is_scalar=True, may_fail=True)
def to_date(string: str, pattern: str) -> int:
    """The date that a text says by a pattern: YYYY MM DD MON MONTH DDD and so on.

    SELECT to_date('05 Dec 2000', 'DD Mon YYYY') gives 2000-12-05
    """
    return (reader(pattern)(string) - EPOCH).days


@function("to_timestamp", (TEXT, TEXT), instant(6), is_host=True, is_scalar=True, may_fail=True)
def to_timestamp(string: str, pattern: str) -> int:
    """The instant, in UTC, that a text says by a pattern: YYYY MM DD HH24 MI SS MS AM and so on.

    SELECT to_timestamp('5.12.2000 3:04 pm', 'DD.MM.YYYY HH:MI AM') gives 2000-12-05 15:04:00
    """
    return (reader(pattern)(string) - EPOCH) // MICROSECOND


@function("strptime", (TEXT, TEXT), timestamp(6), is_host=True, is_scalar=True, may_fail=True)
def strptime(string: str, pattern: str) -> int:
    """The moment that a text says by a pattern of C's: %Y %m %d %H %M %S %b and so on.

    SELECT strptime('5/2/2024 16:07', '%d/%m/%Y %H:%M') gives 2024-02-05 16:07:00
    """
    try:
        found = datetime.datetime.strptime(string, pattern)
    except (ValueError, re.error, OverflowError) as error:
        raise DataError(f"{string!r} is no moment by the pattern {pattern!r}: {error}") from None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=datetime.UTC)
    return (aware - EPOCH) // MICROSECOND


@function(
    "try_strptime",
    (TEXT, TEXT),
    timestamp(6),
    is_host=True,
    is_scalar=True,
    may_be_null=True,
)
def try_strptime(string: str, pattern: str) -> int | None:
    """STRPTIME, but NULL where the text does not fit the pattern.

    SELECT try_strptime('soon', '%Y') gives NULL
    """
    try:
        return strptime(string, pattern)
    except DataError:
        return None
