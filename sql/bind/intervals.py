"""INTERVAL literals: '3' month, '1 year 2 days', '1 12:30:00'."""

from __future__ import annotations

import re
from decimal import Decimal

from gpudb.errors import ProgrammingError
from gpudb.records import dataclass
from gpudb.sql.expr import Literal
from gpudb.storage import types

SECOND = 1_000_000
MONTH_UNITS = {
    "month": 1,
    "quarter": 3,
    "year": 12,
    "decade": 120,
    "century": 1200,
    "millennium": 12_000,
}
TIME_UNITS = {
    "week": 7 * 86_400 * SECOND,
    "day": 86_400 * SECOND,
    "hour": 3_600 * SECOND,
    "minute": 60 * SECOND,
    "second": SECOND,
    "millisecond": 1_000,
    "microsecond": 1,
}
SHORT_UNITS = {
    "y": "year",
    "mon": "month",
    "mons": "month",
    "centurie": "century",
    "w": "week",
    "d": "day",
    "h": "hour",
    "m": "minute",
    "min": "minute",
    "mins": "minute",
    "s": "second",
    "sec": "second",
    "secs": "second",
    "ms": "millisecond",
    "us": "microsecond",
}
YEARS_MONTHS = re.compile(r"([+-]?)(\d+)-(\d{1,2})(?![\d:-])")
CLOCK = re.compile(r"([+-]?)(\d+):(\d{1,2})(?::(\d{1,2}(?:\.\d{1,6})?))?")
QUANTITY = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([a-zA-Z]*)")


@dataclass(frozen=True, slots=True)
class Interval:
    """Months, and microseconds; days count 24 hours, since timestamps are UTC."""

    months: int
    microseconds: int

    def literal(self) -> Literal:
        """Return one literal, of both months and time where it has both."""
        months = self.months << types.INTERVAL_MONTH_SHIFT
        parts = self.parts()
        if len(parts) == 1:
            return parts[0]
        most = 1 << types.INTERVAL_MONTH_SHIFT - 1
        if abs(self.microseconds) >= most or abs(months) >= 1 << 63:
            message = "an INTERVAL of months and time holds less than 101 days beside its months"
            raise ProgrammingError(message)
        return Literal(type=types.INTERVAL, nullable=False, value=months + self.microseconds)

    def parts(self) -> tuple[Literal, ...]:
        """Return one literal of each of SQL's two interval types that is needed."""
        months = Literal(type=types.INTERVAL_MONTHS, nullable=False, value=self.months)
        time = Literal(type=types.INTERVAL_TIME, nullable=False, value=self.microseconds)
        if self.months and self.microseconds:
            return months, time
        return (months,) if self.months else (time,)


def parse_interval(text: str, unit: str = "") -> Interval:
    """Read an interval; `unit` is the word behind the quotes, which a bare number counts.

    >>> parse_interval("1 year 2 days"), parse_interval("3", "MONTH")
    (Interval(months=12, microseconds=172800000000), Interval(months=3, microseconds=0))
    """
    months, microseconds = Decimal(0), Decimal(0)
    rest = text.strip()
    if not rest:
        raise _wrong(text)
    while rest:
        match = YEARS_MONTHS.match(rest) or CLOCK.match(rest)
        if match is not None and match.re is YEARS_MONTHS:
            sign = -1 if match[1] == "-" else 1
            months += sign * (int(match[2]) * 12 + int(match[3]))
        elif match is not None:
            microseconds += _clock(match)
        else:
            match = QUANTITY.match(rest)
            if match is None:
                raise _wrong(text)
            count, name = Decimal(match[1]), _unit(match[2] or unit, text)
            months += count * MONTH_UNITS.get(name, 0)
            microseconds += count * TIME_UNITS.get(name, 0)
        rest = rest[match.end() :].lstrip()
    # As in PostgreSQL, what is less than a month counts 30 days each.
    microseconds += (months - int(months)) * 30 * TIME_UNITS["day"]
    return Interval(int(months), round(microseconds))


def _clock(match: re.Match[str]) -> Decimal:
    seconds = Decimal(match[4] or 0) + int(match[2]) * 3_600 + int(match[3]) * 60
    return (-seconds if match[1] == "-" else seconds) * SECOND


def _unit(word: str, text: str) -> str:
    name = word.lower()
    if not name:
        return "second"
    singular = name.removesuffix("s") if len(name) > 2 else name
    for candidate in (name, singular):
        found = SHORT_UNITS.get(candidate, candidate)
        if found in MONTH_UNITS or found in TIME_UNITS:
            return found
    raise _wrong(text, word)


def _wrong(text: str, word: str = "") -> ProgrammingError:
    reason = f": there is no unit {word}" if word else ""
    return ProgrammingError(f"{text!r} is not an INTERVAL{reason}")
