"""What estimates begin with: a table's rows, and what its columns hold.

A table that notes what it is asked, and that small appends come to, answers in round numbers: a
plan is kept as long as the answers stay the same, and a few more rows shall not make another one.
"""

from __future__ import annotations

from math import ceil, floor, frexp, inf, ldexp

from gpudb.records import dataclass
from gpudb.sql.grounds import NotedTable, StoredRows
from gpudb.sql.plan import TableSource

# How exactly numbers of rows and values are noted, and where a column's values end.
ROUNDED_BITS = 5
EDGE_BITS = 11


@dataclass(frozen=True, slots=True)
class Column:
    """What is believed of a field: `minimum` and `maximum` are physical, None where unknown."""

    distinct: float
    minimum: float | None = None
    maximum: float | None = None
    null_share: float = 0.0


def table_rows(table: TableSource) -> float:
    """Return the number of a table's rows, or what is believed of it."""
    if isinstance(table, NotedTable):
        return table.ask(_rounded_rows)
    return float(table.row_count)


def table_column(table: TableSource, name: str) -> Column | None:
    """Return what is believed of a stored column's values, rounded as the rows are."""
    if isinstance(table, NotedTable):
        return table.ask(_rounded_column, name)
    return _column(table, name)


def _column(table: TableSource, name: str) -> Column | None:
    known = table.statistics(name)
    if known is None or not known.rows:
        return None
    return Column(
        max(1.0, float(known.distinct)),
        None if known.minimum is None else float(known.minimum),
        None if known.maximum is None else float(known.maximum),
        known.nulls / known.rows,
    )


def _rounded_rows(table: StoredRows) -> float:
    rows = float(table.row_count)
    return rounded(rows) if table.has_tail else rows


def _rounded_column(table: StoredRows, name: str) -> Column | None:
    known = _column(table, name)
    if known is None or not table.has_tail:
        return known
    share = known.null_share
    share = rounded(share) if share < 0.5 else 1 - rounded(1 - share)
    low, high = known.minimum, known.maximum
    if low is not None and high is not None and 0 < high - low < inf:
        step = ldexp(1.0, frexp(high - low)[1] - EDGE_BITS)
        # The least floats of all have no parts.
        if step:
            low, high = floor(low / step) * step, ceil(high / step) * step
    return Column(rounded(known.distinct), low, high, share)


def rounded(number: float, bits: int = ROUNDED_BITS) -> float:
    """Return a number to a thirtieth, more or less; whole ones up to 32 as they are.

    Of other `bits` these are two to their power.
    """
    mantissa, exponent = frexp(number)
    return ldexp(round(ldexp(mantissa, bits)), exponent - bits)
