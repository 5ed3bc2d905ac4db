"""Moments as text by patterns: TO_CHAR's of PostgreSQL, STRFTIME's of C.

    pattern --tokens--> pieces (a field and its width, a name, plain text) --columns--> one text

Every piece is computed for all moments at once, by numpy and pyarrow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.late import late_pattern
from gpudb.records import dataclass
from gpudb.sql.functions.registry import Family, function
from gpudb.sql.functions.zones import units_per_second
from gpudb.storage.types import TEXT

WIDE = pa.large_string()
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


@dataclass(frozen=True)
class Clock:
    """Moments: their days since 1970-01-01, and the nanoseconds of the day."""

    days: np.ndarray
    nanoseconds: np.ndarray

    @classmethod
    def of(cls, moments: np.ndarray, units: int) -> Clock:
        """Return moments that count so many units a second."""
        days, rest = np.divmod(moments, 86_400 * units)
        return cls(days, rest * (1_000_000_000 // units))

    @cached_property
    def years(self) -> np.ndarray:
        """The years."""
        return _years(self.days)

    @cached_property
    def months(self) -> np.ndarray:
        """The months, 1 to 12."""
        months: np.ndarray = self.days.astype("M8[D]").astype("M8[M]").astype(np.int64) % 12 + 1
        return months

    @cached_property
    def month_days(self) -> np.ndarray:
        """The days of the month, from 1."""
        dates = self.days.astype("M8[D]")
        days: np.ndarray = (dates - dates.astype("M8[M]")).astype(np.int64) + 1
        return days

    @cached_property
    def year_days(self) -> np.ndarray:
        """The days of the year, from 1."""
        days: np.ndarray = self.days - _first_days(self.years) + 1
        return days

    @cached_property
    def weekdays(self) -> np.ndarray:
        """The days of the week, 0 (Monday) to 6."""
        weekdays: np.ndarray = (self.days + 3) % 7
        return weekdays

    @cached_property
    def thursdays(self) -> np.ndarray:
        """The Thursdays of the weeks, by which ISO 8601 counts them."""
        thursdays: np.ndarray = self.days - self.weekdays + 3
        return thursdays

    @property
    def iso_years(self) -> np.ndarray:
        """The years of the ISO weeks."""
        return _years(self.thursdays)

    @property
    def iso_weeks(self) -> np.ndarray:
        """The ISO weeks."""
        weeks: np.ndarray = (self.thursdays - _first_days(self.iso_years)) // 7 + 1
        return weeks

    @cached_property
    def seconds(self) -> np.ndarray:
        """The seconds of the day."""
        seconds: np.ndarray = self.nanoseconds // 1_000_000_000
        return seconds

    @property
    def hours(self) -> np.ndarray:
        """The hours, 0 to 23."""
        hours: np.ndarray = self.seconds // 3_600
        return hours

    @property
    def fractions(self) -> np.ndarray:
        """The nanoseconds of the second."""
        fractions: np.ndarray = self.nanoseconds % 1_000_000_000
        return fractions


def _years(days: np.ndarray) -> np.ndarray:
    years: np.ndarray = days.astype("M8[D]").astype("M8[Y]").astype(np.int64) + 1970
    return years


def _first_days(years: np.ndarray) -> np.ndarray:
    days: np.ndarray = (years - 1970).astype("M8[Y]").astype("M8[D]").astype(np.int64)
    return days


Field = Callable[[Clock], np.ndarray]
Piece = Callable[[Clock], pa.Array | pa.Scalar]


def plain(string: str) -> Piece:
    """Return the piece that is the same for all moments."""
    return lambda clock: pa.scalar(string, WIDE)


def number(field: Field, width: int, filling: str = "0") -> Piece:
    """Return the piece of a field's digits, filled to a width."""

    def shown(clock: Clock) -> pa.Array:
        values = field(clock)
        digits = _texts(np.abs(values))
        filled = pc.utf8_lpad(digits, width, filling) if width > 1 else digits
        if (values >= 0).all():
            return filled
        signs = _chosen(("", "-"), (values < 0).astype(np.int64))
        return pc.binary_join_element_wise(signs, filled, pa.scalar("", WIDE))

    return shown


def ordinal(field: Field, width: int, *, is_upper: bool) -> Piece:
    """Return a number with st, nd, rd or th behind it."""
    plain_number = number(field, width)
    endings = ("TH", "ST", "ND", "RD") if is_upper else ("th", "st", "nd", "rd")

    def shown(clock: Clock) -> pa.Array:
        values = np.abs(field(clock))
        last = np.where((values % 100 // 10 == 1) | (values % 10 > 3), 0, values % 10)
        parts = (plain_number(clock), _chosen(endings, last))
        return pc.binary_join_element_wise(*parts, pa.scalar("", WIDE))

    return shown


def name(names: tuple[str, ...], place: Field) -> Piece:
    """Return the piece of a name."""
    return lambda clock: _chosen(names, place(clock))


def _texts(values: np.ndarray) -> pa.Array:
    numbers = pa.Array.from_buffers(
        pa.int64(), len(values), [None, pa.py_buffer(np.ascontiguousarray(values, np.int64))]
    )
    return numbers.cast(WIDE)


def _chosen(names: tuple[str, ...], places: np.ndarray) -> pa.Array:
    builder = pa.lib.StringBuilder()
    builder.append_values(list(names))
    indices = pa.Array.from_buffers(
        pa.int64(), len(places), [None, pa.py_buffer(np.ascontiguousarray(places, np.int64))]
    )
    return builder.finish().cast(WIDE).take(indices)


def joined(pieces: tuple[Piece, ...], clock: Clock) -> pa.Array:
    """Return all pieces as one text for each moment."""
    shown = [piece(clock) for piece in pieces]
    empty = pa.scalar("", WIDE)
    return pc.binary_join_element_wise(_chosen(("",), np.zeros_like(clock.days)), *shown, empty)


def _twelve(clock: Clock) -> np.ndarray:
    hours: np.ndarray = (clock.hours + 11) % 12 + 1
    return hours


def _century(clock: Clock) -> np.ndarray:
    centuries: np.ndarray = (clock.years + 99) // 100
    return centuries


def _divided(field: Field, divisor: int, modulus: int) -> Field:
    return lambda clock: field(clock) // divisor % modulus


# TO_CHAR's numbers: the field and its width.
NUMBERS: dict[str, tuple[Field, int]] = {
    "YYYY": (lambda c: c.years, 4),
    "YYY": (_divided(lambda c: c.years, 1, 1000), 3),
    "YY": (_divided(lambda c: c.years, 1, 100), 2),
    "Y": (_divided(lambda c: c.years, 1, 10), 1),
    "IYYY": (lambda c: c.iso_years, 4),
    "IYY": (_divided(lambda c: c.iso_years, 1, 1000), 3),
    "IY": (_divided(lambda c: c.iso_years, 1, 100), 2),
    "I": (_divided(lambda c: c.iso_years, 1, 10), 1),
    "MM": (lambda c: c.months, 2),
    "DDD": (lambda c: c.year_days, 3),
    "IDDD": (lambda c: (c.iso_weeks - 1) * 7 + c.weekdays + 1, 3),
    "DD": (lambda c: c.month_days, 2),
    "D": (lambda c: (c.weekdays + 1) % 7 + 1, 1),
    "ID": (lambda c: c.weekdays + 1, 1),
    "W": (lambda c: (c.month_days - 1) // 7 + 1, 1),
    "WW": (lambda c: (c.year_days - 1) // 7 + 1, 2),
    "IW": (lambda c: c.iso_weeks, 2),
    "CC": (_century, 2),
    "J": (lambda c: c.days + 2440588, 1),
    "Q": (lambda c: (c.months + 2) // 3, 1),
    "HH24": (lambda c: c.hours, 2),
    "HH12": (_twelve, 2),
    "HH": (_twelve, 2),
    "MI": (_divided(lambda c: c.seconds, 60, 60), 2),
    "SSSSS": (lambda c: c.seconds, 1),
    "SSSS": (lambda c: c.seconds, 1),
    "SS": (_divided(lambda c: c.seconds, 1, 60), 2),
    "MS": (lambda c: c.fractions // 1_000_000, 3),
    "US": (lambda c: c.fractions // 1_000, 6),
    **{f"FF{n}": (_divided(lambda c: c.fractions, 10 ** (9 - n), 10**n), n) for n in range(1, 7)},
}
# TO_CHAR's names: all of them, their place, and the width to which they are padded.
NAMES: dict[str, tuple[tuple[str, ...], Field, int]] = {
    "MONTH": (MONTHS, lambda c: c.months - 1, 9),
    "MON": (tuple(m[:3] for m in MONTHS), lambda c: c.months - 1, 0),
    "DAY": (DAYS, lambda c: c.weekdays, 9),
    "DY": (tuple(d[:3] for d in DAYS), lambda c: c.weekdays, 0),
    "RM": (ROMAN, lambda c: c.months - 1, 4),
    "AM": (("AM", "PM"), lambda c: c.hours // 12, 0),
    "PM": (("AM", "PM"), lambda c: c.hours // 12, 0),
    "A.M.": (("A.M.", "P.M."), lambda c: c.hours // 12, 0),
    "P.M.": (("A.M.", "P.M."), lambda c: c.hours // 12, 0),
    "AD": (("AD", "BC"), lambda c: (c.years <= 0).astype(np.int64), 0),
    "BC": (("AD", "BC"), lambda c: (c.years <= 0).astype(np.int64), 0),
    "TZ": (("UTC",), lambda c: np.zeros_like(c.days), 0),
    "OF": (("+00",), lambda c: np.zeros_like(c.days), 0),
}
_WORDS = sorted((*NUMBERS, *NAMES, "Y,YYY"), key=len, reverse=True)
TOKEN = late_pattern(
    rf"(?P<fill>FM)?(?P<word>{'|'.join(map(re.escape, _WORDS))})(?P<ordinal>TH)?"
    r'|"(?P<quoted>[^"]*)"|(?P<plain>.)',
    re.IGNORECASE | re.DOTALL,
)


@lru_cache(maxsize=256)
def to_char_pieces(pattern: str) -> tuple[Piece, ...]:
    """Return the pieces of a pattern of TO_CHAR."""
    return tuple(_to_char_piece(match) for match in TOKEN.finditer(pattern))


def _to_char_piece(match: re.Match[str]) -> Piece:
    if match["word"] is None:
        return plain(match["quoted"] if match["quoted"] is not None else match["plain"])
    written, is_filled = match["word"], match["fill"] is None
    word = written.upper()
    if word == "Y,YYY":
        return _year_with_comma
    if word in NAMES:
        names, place, width = NAMES[word]
        cased = tuple(_cased(each, written) for each in names)
        padded = tuple(each.ljust(width) for each in cased) if is_filled else cased
        return name(padded, place)
    field, width = NUMBERS[word]
    width = width if is_filled else 1
    if match["ordinal"]:
        return ordinal(field, width, is_upper=match["ordinal"].isupper())
    return number(field, width)


def _cased(string: str, pattern: str) -> str:
    letters = [c for c in pattern if c.isalpha()]
    if letters[0].islower():
        return string.lower()
    return string.upper() if len(letters) < 2 or letters[1].isupper() else string.capitalize()


def _year_with_comma(clock: Clock) -> pa.Array:
    thousands, rest = number(_divided(lambda c: c.years, 1000, 10), 1), NUMBERS["YYY"]
    parts = (thousands(clock), number(*rest)(clock), pa.scalar(",", WIDE))
    return pc.binary_join_element_wise(*parts)


# STRFTIME's numbers: the field, its width and what fills it.
C_NUMBERS: dict[str, tuple[Field, int, str]] = {
    "Y": (lambda c: c.years, 4, "0"),
    "y": (_divided(lambda c: c.years, 1, 100), 2, "0"),
    "C": (_divided(lambda c: c.years, 100, 100), 2, "0"),
    "m": (lambda c: c.months, 2, "0"),
    "d": (lambda c: c.month_days, 2, "0"),
    "e": (lambda c: c.month_days, 2, " "),
    "j": (lambda c: c.year_days, 3, "0"),
    "H": (lambda c: c.hours, 2, "0"),
    "I": (_twelve, 2, "0"),
    "M": (_divided(lambda c: c.seconds, 60, 60), 2, "0"),
    "S": (_divided(lambda c: c.seconds, 1, 60), 2, "0"),
    "f": (lambda c: c.fractions // 1_000, 6, "0"),
    "g": (lambda c: c.fractions // 1_000_000, 3, "0"),
    "n": (lambda c: c.fractions, 9, "0"),
    "u": (lambda c: c.weekdays + 1, 1, "0"),
    "w": (lambda c: (c.weekdays + 1) % 7, 1, "0"),
    "G": (lambda c: c.iso_years, 4, "0"),
    "V": (lambda c: c.iso_weeks, 2, "0"),
    "U": (lambda c: (c.year_days - 1 + 7 - (c.weekdays + 1) % 7) // 7, 2, "0"),
    "W": (lambda c: (c.year_days - 1 + 7 - c.weekdays) // 7, 2, "0"),
    "s": (lambda c: c.days * 86_400 + c.seconds, 1, "0"),
}
C_NAMES: dict[str, tuple[tuple[str, ...], Field]] = {
    "A": (DAYS, lambda c: c.weekdays),
    "a": (tuple(d[:3] for d in DAYS), lambda c: c.weekdays),
    "B": (MONTHS, lambda c: c.months - 1),
    "b": (tuple(m[:3] for m in MONTHS), lambda c: c.months - 1),
    "h": (tuple(m[:3] for m in MONTHS), lambda c: c.months - 1),
    "p": (("AM", "PM"), lambda c: c.hours // 12),
}
C_WHOLE = {
    "D": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "T": "%H:%M:%S",
    "X": "%H:%M:%S",
    "x": "%Y-%m-%d",
    "R": "%H:%M",
    "c": "%Y-%m-%d %H:%M:%S",
    "t": "\t",
    "z": "+00",
    "Z": "UTC",
}
C_TOKEN = re.compile(r"%(?P<bare>-)?(?P<letter>.)|(?P<plain>[^%]+)", re.DOTALL)


@lru_cache(maxsize=256)
def strftime_pieces(pattern: str) -> tuple[Piece, ...]:
    """Return the pieces of a pattern of STRFTIME; raises DataError for an unknown directive."""
    return tuple(_c_pieces(pattern))


def _c_pieces(pattern: str) -> Iterator[Piece]:
    if pattern.replace("%%", "").endswith("%"):
        raise DataError(f"the pattern {pattern!r} ends with a %")
    for match in C_TOKEN.finditer(pattern):
        letter = match["letter"]
        if letter is None:
            yield plain(match["plain"])
        elif letter == "%":
            yield plain("%")
        elif letter in C_WHOLE:
            yield from _c_pieces(C_WHOLE[letter])
        elif letter in C_NAMES:
            yield name(*C_NAMES[letter])
        elif letter in C_NUMBERS:
            field, width, filling = C_NUMBERS[letter]
            yield number(field, 1 if match["bare"] else width, filling)
        else:
            raise DataError(f"strftime has no directive %{letter}")


@function((), (Family.TIMESTAMP, TEXT), TEXT, is_host=True, constants=units_per_second)
def moment_to_char(moments: np.ndarray, pattern: str, units: int) -> pa.Array:
    """A moment by a pattern of PostgreSQL's: YYYY MM DD HH24 MI SS, Month, Day, FM, th, ...

    SELECT to_char(TIMESTAMP '2024-02-05 16:07', 'FMDay, DDth HH:MI AM') gives Monday, 05th 04:07 PM
    """
    return joined(to_char_pieces(pattern), Clock.of(moments, units))


@function(
    (), (Family.TIMESTAMP, TEXT), TEXT, is_host=True, may_fail=True, constants=units_per_second
)
def moment_strftime(moments: np.ndarray, pattern: str, units: int) -> pa.Array:
    """A moment by a pattern of C's: %Y %m %d %H %M %S %A %B and so on.

    SELECT strftime(DATE '2024-02-05', '%d/%m/%y, %a') gives 05/02/24, Mon
    """
    return joined(strftime_pieces(pattern), Clock.of(moments, units))
