"""Making a table as narrow as the terminal: text columns shrink, then columns are hidden."""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.records import dataclass

SEPARATOR_WIDTH = 3  # " | "
LEAST_WIDTH = 10


@dataclass(frozen=True, slots=True)
class Width:
    """A column's natural width; only text may be cut."""

    natural: int
    may_shrink: bool

    @property
    def least(self) -> int:
        """The width below which the column is rather hidden."""
        return min(self.natural, LEAST_WIDTH) if self.may_shrink else self.natural


def fit(widths: Sequence[Width], limit: int | None) -> list[int]:
    """Return the widths of the columns that are shown, from the left; the others are hidden.

    A sole column is never cut: it is text such as a plan, which the terminal may wrap.

    >>> fit([Width(6, False), Width(90, True), Width(20, True)], 50)
    [6, 18, 18]
    >>> fit([Width(30, False), Width(30, False)], 50)
    [30]
    """
    if limit is None or len(widths) <= 1 or line_width([w.natural for w in widths]) <= limit:
        return [width.natural for width in widths]
    shown = len(widths)
    while shown > 1:
        hint = 0 if shown == len(widths) else SEPARATOR_WIDTH + 1
        if line_width([width.least for width in widths[:shown]]) + hint <= limit:
            return shrink(widths[:shown], limit - hint)
        shown -= 1
    return [
        min(widths[0].natural, max(1, limit - 1)) if widths[0].may_shrink else widths[0].natural
    ]


def shrink(widths: Sequence[Width], limit: int) -> list[int]:
    """Return widths whose line is no longer than `limit`: the widest columns give first."""
    found = [width.natural for width in widths]
    while line_width(found) > limit:
        able = [place for place, width in enumerate(widths) if found[place] > width.least]
        widest = max(able, key=found.__getitem__)
        found[widest] -= 1
    return found


def line_width(widths: Sequence[int]) -> int:
    """Return how wide a line of columns so wide is."""
    return 2 + sum(widths) + SEPARATOR_WIDTH * (len(widths) - 1)
