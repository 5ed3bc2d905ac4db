"""Estimates that planning decides by: shares of filters are told roughly.

Another literal shall make another plan where it lets through many more rows or many fewer, not
where it lets through others: a plan serves as long as what it asked is answered alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from gpudb.records import replace
from gpudb.sql.estimate import Estimate, Estimates, after_filter, estimate, scaled
from gpudb.sql.expr import Expression, field_ids
from gpudb.sql.plan import Plan
from gpudb.sql.table_estimate import rounded
from gpudb.sql.template import ask_about

# Numbers of rows and values are told to an eighth; whole ones up to eight as they are.
ROUNDED_BITS = 3
# The share of the rows that pass; of each column that is filtered by, its values and NULLs.
Passing = tuple[float, tuple[tuple[int, float, float], ...]]


def rough_estimate(plan: Plan) -> Estimate:
    """Return what planning believes of `plan`'s rows."""
    return estimate(plan, Estimates(roughly_after_filter))


def roughly_after_filter(before: Estimate, conjuncts: Iterable[Expression]) -> Estimate:
    """Return about how many rows pass all of `conjuncts`; columns keep their ends."""
    share, filtered = ask_about(partial(_passing, before), tuple(conjuncts))
    columns = {
        id: replace(before.columns[id], distinct=distinct, null_share=null_share)
        for id, distinct, null_share in filtered
    }
    return scaled(before, share, columns)


def _passing(before: Estimate, conjuncts: tuple[Expression, ...]) -> Passing:
    own = before.of_fields({id for part in conjuncts for id in field_ids(part)})
    after = after_filter(own, conjuncts)
    share = rounded(after.rows, ROUNDED_BITS) / before.rows if before.rows else 1.0
    filtered = [(id, after.columns[id]) for id in sorted(after.columns)]
    told = [(id, rounded(c.distinct, ROUNDED_BITS), c.null_share) for id, c in filtered]
    return share, tuple(told)
