"""Predicates that follow from others: of ORs, of one side of a join, of equal columns."""

from __future__ import annotations

from collections.abc import Iterable

from gpudb.records import replace
from gpudb.sql.expr import (
    COMPARISONS,
    Call,
    ColumnReference,
    Expression,
    InList,
    Literal,
    conjunction,
    field_ids,
    split_conjunction,
)
from gpudb.sql.optimize.rewrite import disjunction, may_raise, substitute
from gpudb.sql.varied import is_null


def factor_disjunction(predicate: Expression) -> tuple[Expression, ...]:
    """Return conjuncts equal to `predicate`, with what all branches of an OR share put in front.

    (a AND b) OR (a AND c) is a AND (b OR c), in three-valued logic too.
    """
    if not isinstance(predicate, Call) or predicate.function != "or":
        return split_conjunction(predicate)
    branches = [split_conjunction(branch) for branch in predicate.arguments]
    shared = tuple(part for part in branches[0] if all(part in other for other in branches[1:]))
    if not shared:
        return (predicate,)
    rests = [tuple(part for part in branch if part not in shared) for branch in branches]
    if not all(rests):  # one branch says nothing more: (a) OR (a AND c) is a
        return shared
    rest = tuple(part for branch in rests if (part := conjunction(branch)) is not None)
    return (*shared, disjunction(rest))


def side_share(predicate: Expression, ids: frozenset[int]) -> Expression | None:
    """Return what `predicate`, an OR over several tables, demands of the fields `ids` alone.

    Each branch must demand something; the result is weaker than `predicate` and never raises.
    """
    if not isinstance(predicate, Call) or predicate.function != "or":
        return None
    shares = []
    for branch in predicate.arguments:
        parts = split_conjunction(branch)
        share = conjunction(tuple(p for p in parts if _reads_only(p, ids) and not may_raise(p)))
        if share is None:
            return None
        shares.append(share)
    return disjunction(tuple(dict.fromkeys(shares)))


def _reads_only(predicate: Expression, ids: frozenset[int]) -> bool:
    read = field_ids(predicate)
    return bool(read) and read <= ids


def column_equalities(conjuncts: Iterable[Expression]) -> list[tuple[Expression, Expression]]:
    """Return the pairs of columns that `conjuncts` say are equal."""
    return [
        (left, right)
        for part in conjuncts
        if isinstance(part, Call) and part.function == "equal"
        for left, right in [part.arguments]
        if isinstance(left, ColumnReference) and isinstance(right, ColumnReference)
    ]


def transfer_bounds(
    conjuncts: tuple[Expression, ...], pairs: Iterable[tuple[Expression, Expression]]
) -> tuple[Expression, ...]:
    """Return `conjuncts` and what they imply over equal columns: a = b and a = 5 give b = 5.

    Transferred are comparisons of a column with a literal (but not_equal) and IN lists.
    """
    known = dict.fromkeys(conjuncts)
    equal = [p for p in pairs if all(isinstance(side, ColumnReference) for side in p)]
    pending = [part for part in conjuncts if _find_bounded(part) is not None]
    while pending:
        part = pending.pop()
        column = _find_bounded(part)
        for other in _partners(column, equal):
            assert column is not None
            implied = substitute(part, {column.id: other})
            implied = replace(implied, nullable=other.nullable)
            if implied not in known:
                known[implied] = None
                pending.append(implied)
    return tuple(known)


def _partners(
    column: ColumnReference | None, pairs: list[tuple[Expression, Expression]]
) -> list[ColumnReference]:
    sides = [*pairs, *((right, left) for left, right in pairs)]
    return [
        right
        for left, right in sides
        if isinstance(left, ColumnReference) and isinstance(right, ColumnReference)
        if column is not None and left.id == column.id and left.type == right.type
    ]


def _find_bounded(part: Expression) -> ColumnReference | None:
    match part:
        case Call(function=function, arguments=(ColumnReference() as column, Literal() as other)):
            is_bound = function in COMPARISONS and function != "not_equal" and not is_null(other)
            return column if is_bound else None
        case InList(argument=ColumnReference() as column):
            return column
    return None
