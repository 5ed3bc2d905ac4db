"""TO_CHAR of numbers, by PostgreSQL's patterns of 9, 0, a point, commas and signs."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from gpudb.errors import DataError
from gpudb.late import late_pattern
from gpudb.records import dataclass
from gpudb.sql.functions.registry import Family, function
from gpudb.storage.types import BIGINT, DOUBLE, TEXT, SqlType

EXACT = Context(prec=400)
TOKEN = late_pattern(r'FM|MI|PL|SG|PR|TH|[90.,DGLS]|"[^"]*"|.', re.IGNORECASE | re.DOTALL)
SIGNS = ("S", "MI", "PL", "SG", "PR")


@dataclass(frozen=True)
class NumberPattern:
    """A pattern's tokens, and how many digits it has before and behind the point."""

    tokens: tuple[str, ...]
    whole_digits: int
    fraction_digits: int
    is_filled: bool

    @property
    def sign(self) -> str:
        """The sign's token; empty where a minus stands before the first digit."""
        return next((token for token in self.tokens if token in SIGNS), "")


@lru_cache(maxsize=256)
def number_pattern(pattern: str) -> NumberPattern:
    """Read a pattern; raises DataError where it has two points or two signs."""
    tokens = [t if t.startswith('"') else t.upper() for t in TOKEN.findall(pattern)]
    points = [i for i, token in enumerate(tokens) if token in (".", "D")]
    if len(points) > 1 or sum(token in SIGNS for token in tokens) > 1:
        raise DataError(f"the pattern {pattern!r} has more than one point or sign")
    end = points[0] if points else len(tokens)
    whole = sum(token in "90" for token in tokens[:end] if len(token) == 1)
    fraction = sum(token in "90" for token in tokens[end:] if len(token) == 1)
    kept = tuple(token for token in tokens if token != "FM")
    return NumberPattern(kept, whole, fraction, "FM" not in tokens)


def formatted(value: Decimal, pattern: str) -> str:
    """Return a number as its pattern says; digits that have no room are shown as #."""
    found = number_pattern(pattern)
    rounded = abs(value).quantize(Decimal(1).scaleb(-found.fraction_digits), ROUND_HALF_UP, EXACT)
    whole, _, fraction = f"{rounded:f}".partition(".")
    whole = "" if whole == "0" and found.fraction_digits else whole
    is_negative = value < 0 and rounded != 0
    if len(whole) > found.whole_digits:
        whole, fraction = "#" * found.whole_digits, "#" * found.fraction_digits
    digits = iter(whole.rjust(found.whole_digits) + fraction)
    return _written(found, digits, is_negative=is_negative)


def _written(pattern: NumberPattern, digits: Iterator[str], *, is_negative: bool) -> str:
    out: list[str] = []
    first: int | None = None
    has_zero = is_behind = False
    for token in pattern.tokens:
        if token in ("9", "0"):
            has_zero = has_zero or token == "0"
            digit = next(digits)
            if digit == " " and (has_zero or is_behind):
                digit = "0"
            if digit != " " and first is None:
                first = len(out)
            out.append(digit)
        elif token in (".", "D"):
            is_behind = True
            first = len(out) if first is None else first
            out.append(".")
        elif token in (",", "G"):
            out.append("," if first is not None else " ")
        elif token == "L":
            out.append("$")
        elif token not in (*SIGNS, "TH"):
            out.append(token.strip('"'))
        else:
            out.append("")
    if not pattern.is_filled:
        out = _without_filling(out, pattern, is_behind=is_behind)
        first = 0
    return _signed(out, pattern, first, is_negative=is_negative)


def _without_filling(out: list[str], pattern: NumberPattern, *, is_behind: bool) -> list[str]:
    """Drop leading blanks and the zeros of 9s at the end of the fraction."""
    kept = ["" if part == " " else part for part in out]
    if is_behind:
        for place in range(len(kept) - 1, 0, -1):
            if pattern.tokens[place] == "9" and kept[place] == "0":
                kept[place] = ""
            elif kept[place]:
                break
    return kept


def _signed(out: list[str], pattern: NumberPattern, first: int | None, *, is_negative: bool) -> str:
    sign = pattern.sign
    begin = len(out) if first is None else first
    if sign in ("MI", "PL", "SG"):
        place = pattern.tokens.index(sign)
        plus = " " if sign == "MI" and pattern.is_filled else "" if sign == "MI" else "+"
        minus = "-" if sign != "PL" else " "
        out[place] = minus if is_negative else plus
        return "".join(out)
    text = "".join(out)
    offset = len("".join(out[:begin]))
    if sign == "PR":
        blank = " " if pattern.is_filled else ""
        opening, closing = ("<", ">") if is_negative else (blank, blank)
        return text[:offset] + opening + text[offset:] + closing
    if sign == "S" and pattern.tokens.index("S") > 0:
        return text + ("-" if is_negative else "+")
    plus = "+" if sign == "S" else " " if pattern.is_filled else ""
    return text[:offset] + ("-" if is_negative else plus) + text[offset:]


def scale(types: tuple[SqlType, ...]) -> tuple[int, ...]:
    """Return the digits behind the point of a DECIMAL."""
    return (types[0].scale,)


@function(
    "to_char",
    (Family.DECIMAL, TEXT),
    TEXT,
    is_host=True,
    is_scalar=True,
    constants=scale,
    may_fail=True,
)
def decimal_to_char(value: int, pattern: str, scale: int) -> str:
    """A number by a pattern: 9 a digit, 0 a digit or zero, . and , S MI PR signs, FM no filling.

    SELECT to_char(1234.5, 'FM9,999.00') gives 1,234.50
    """
    return formatted(Decimal(value).scaleb(-scale, EXACT), pattern)


@function("to_char", (BIGINT, TEXT), TEXT, is_host=True, is_scalar=True, may_fail=True)
def integer_to_char(value: int, pattern: str) -> str:
    """A whole number by a pattern.

    SELECT to_char(-485, '999S') gives 485-
    """
    return formatted(Decimal(value), pattern)


@function("to_char", (DOUBLE, TEXT), TEXT, is_host=True, is_scalar=True, may_fail=True)
def double_to_char(value: float, pattern: str) -> str:
    """A DOUBLE by a pattern, from its shortest digits.

    SELECT to_char(148.5e0, 'FM999.990') gives 148.500
    """
    if not math.isfinite(value):
        raise DataError(f"to_char does not take {value}")
    return formatted(Decimal(repr(value)), pattern)


@function((), (TEXT, TEXT), TEXT, is_host=True, is_scalar=True, may_fail=True)
def number_text(string: str, pattern: str) -> str:
    """The number that a text shows by a pattern, written plainly."""
    found = number_pattern(pattern)
    reader = NumberReader(string.strip())
    for token in found.tokens:
        reader.read(token)
    if not reader.whole and not reader.fraction:
        raise DataError(f"to_number finds no number in {string!r} by {pattern!r}")
    sign = "-" if reader.is_negative else ""
    return f"{sign}{reader.whole or '0'}.{reader.fraction or '0'}"


class NumberReader:
    """A text that is read by the tokens of a pattern."""

    def __init__(self, string: str) -> None:
        self.left = string
        self.whole = self.fraction = ""
        self.is_negative = self.is_behind_point = False
        if self._skip("<"):
            self.is_negative = True

    def read(self, token: str) -> None:
        """Read what one token stands for; what is not there is passed over."""
        if token in ("9", "0"):
            self._digit()
        elif token in (".", "D"):
            self.is_behind_point = self._skip(".")
        elif token in SIGNS:
            self._sign()
        elif token in (",", "G"):
            self._skip(",")
        elif token == "L":
            self.left = self.left.lstrip("$\u20ac\u00a3\u00a5")
        elif token == "TH":
            self.left = self.left[2:] if self.left[:2].isalpha() else self.left
        else:
            self.left = self.left[len(token.strip('"')) :]

    def _digit(self) -> None:
        if not self.whole and not self.is_behind_point:
            self._sign()
        digit = self.left[:1]
        if not (digit.isascii() and digit.isdigit()):
            return
        self.left = self.left[1:]
        if self.is_behind_point:
            self.fraction += digit
        else:
            self.whole += digit

    def _sign(self) -> None:
        self.left = self.left.lstrip()
        if self._skip("-"):
            self.is_negative = True
        elif not self._skip("+"):
            self._skip(">")

    def _skip(self, mark: str) -> bool:
        is_there = self.left.startswith(mark)
        self.left = self.left.removeprefix(mark)
        return is_there
