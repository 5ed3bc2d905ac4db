"""Cut partitions: of rows that are numbered and then filtered by number, most need no number.

    Filter row_number <= 2              Filter row_number <= 2
      Window by g order v                 Window by g order v
        Scan                      ->        Join on g, where v is at most the group's bound
                                              Scan
                                              Aggregate g, nth_least(v, 2) AS bound
                                                Scan

Only a row whose first key is at most the n-th least of its partition can be among the first n, so
that few rows are left to be sorted. All that are equal to the bound stay: further keys decide.
"""

from __future__ import annotations

import itertools

from gpudb.records import dataclass
from gpudb.sql.aggregates import MOST_KEPT, is_plain_word
from gpudb.sql.expr import (
    AggregateCall,
    Branch,
    Call,
    Case,
    ColumnReference,
    Expression,
    Literal,
    SortKey,
    WindowCall,
    conjunction,
    split_conjunction,
)
from gpudb.sql.optimize.rewrite import (
    MIRRORED,
    TRUE,
    call,
    keep_fields,
    reference,
    transform_plan,
)
from gpudb.sql.optimize.share import is_costly
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Field,
    Filter,
    Item,
    Join,
    JoinKind,
    Plan,
    Scan,
    Window,
    output_fields,
    with_inputs,
)
from gpudb.sql.plan_expressions import copy_plan, kinds, next_field_id, renumbered
from gpudb.sql.rough_estimate import rough_estimate
from gpudb.storage.types import BIGINT

# The first n rows of a partition have all equal or lesser numbers of these kinds.
NUMBERS = frozenset(("row_number", "rank"))
# Reading the rows twice, grouping and joining them costs less than sorting them all where no more
# than this share is left.
MOST_LEFT = 0.25


def cut_partitions(plan: Plan) -> Plan:
    """Drop rows before they are numbered that come too late for what is asked of the numbers."""
    if Window not in kinds(plan):
        return plan
    ids = itertools.count(next_field_id(plan))

    def change(node: Plan) -> Plan:
        if not isinstance(node, Filter) or not isinstance(node.input, Window):
            return node
        window = node.input
        most = _most_asked(node.predicate, window)
        if most is None or not _is_worth_it(window, most):
            return node
        cut = with_inputs(window, [_Cut(window, most, ids).result()])
        return with_inputs(node, [cut])

    return transform_plan(plan, change)


def _most_asked(predicate: Expression, window: Window) -> int | None:
    """Return the greatest number that passes, where all that is computed are numbers."""
    numbers = [item.field.id for item in window.items if _is_number(item.call)]
    if len(numbers) < len(window.items):
        return None
    asked = [_most_of(part, numbers) for part in split_conjunction(predicate)]
    return min((bound for bound in asked if bound is not None), default=None)


def _is_number(call: AggregateCall | WindowCall) -> bool:
    return isinstance(call, WindowCall) and call.function in NUMBERS


def _most_of(part: Expression, numbers: list[int]) -> int | None:
    """Return the greatest number that a conjunct lets pass, None where it says nothing of it."""
    if not isinstance(part, Call) or len(part.arguments) != 2:
        return None
    function, (left, right) = part.function, part.arguments
    if isinstance(left, Literal):
        function, left, right = MIRRORED.get(function, ""), right, left
    if not isinstance(left, ColumnReference) or left.id not in numbers:
        return None
    if not isinstance(right, Literal) or not isinstance(right.value, int):
        return None
    if function == "less":
        return right.value - 1
    return right.value if function in ("equal", "less_equal") else None


def _is_worth_it(window: Window, most: int) -> bool:
    """Whether the rows are read again at little cost, and few are left, as estimates say."""
    if not window.partition or not window.order or not 1 <= most <= MOST_KEPT:
        return False
    below = window.input
    if not is_plain_word(window.order[0].expression.type) or is_costly(below):
        return False
    if Scan not in kinds(below):
        return False
    rows = rough_estimate(below)
    groups = 1.0
    for key in window.partition:
        groups *= rows.distinct(key)
    return groups * most <= rows.rows * MOST_LEFT


@dataclass(frozen=True)
class _Cut:
    """The rows of a window that can be among the first `most` of their partitions."""

    window: Window
    most: int
    ids: itertools.count[int]

    def result(self) -> Plan:
        """Return the window's input without the others."""
        below, key = self.window.input, self.window.order[0]
        other, new = copy_plan(below, self.ids)
        groups = tuple(
            Item(self._field("key", part), renumbered(part, new)) for part in self.window.partition
        )
        bound = self._bound(key, renumbered(key.expression, new))
        bounds = Aggregate(other, groups, (bound,))
        pairs = zip(self.window.partition, groups, strict=True)
        same = (call("is_not_distinct_from", part, reference(item.field)) for part, item in pairs)
        condition = conjunction((*same, _reaches(key, reference(bound.field))))
        joined = Join(JoinKind.INNER, below, bounds, (), condition)
        return keep_fields(joined, output_fields(below))

    def _bound(self, key: SortKey, value: Expression) -> AggregateItem:
        function, others = "max" if key.is_descending else "min", tuple[Expression, ...]()
        if self.most > 1:
            function = "nth_greatest" if key.is_descending else "nth_least"
            others = (Literal(type=BIGINT, nullable=False, value=self.most),)
        nth = AggregateCall(
            function=function, argument=value, type=value.type, nullable=True, others=others
        )
        return AggregateItem(Field(next(self.ids), "bound", value.type, True), nth)

    def _field(self, name: str, value: Expression) -> Field:
        return Field(next(self.ids), name, value.type, value.nullable)


def _reaches(key: SortKey, bound: Expression) -> Expression:
    """Return whether a row may be among the first: it is where it or the bound is NULL."""
    function = "greater_equal" if key.is_descending else "less_equal"
    test = call(function, key.expression, bound)
    unknown = call("is_null", test)
    return Case(branches=(Branch(unknown, TRUE),), otherwise=test, type=test.type, nullable=False)
