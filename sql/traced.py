"""What planning asks of literals, with the answers: a plan serves others that answer alike.

    day < 1998-09-02     may it be that no day is? which share of the rows? which zones may pass?

While a plan is made for keeping, the literals in it are watched. Rules and lowering make literals
of others by `derived` and decide by `ask` (gpudb.sql.varied), at the level of what they decide.
Whoever reads a value in any other way makes the plan one for this value alone: so a rule that
knows nothing of this is right, and only serves less.
"""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.sql.expr import Literal, walk
from gpudb.sql.plan import Plan, inputs
from gpudb.sql.plan_expressions import expressions
from gpudb.sql.varied import (
    Making,
    Step,
    Varied,
    WatchedLiteral,
    plain,
    unread,
    watched,
    with_literals,
    with_value,
)

SAME_HASH = hash("a watched literal")


class Trace(Varied):
    """The literals of one bound plan, and what planning made of them and asked.

    `plan` is the plan with its literals watched by this, of one whose literals binding watches;
    `made` are these by the steps that made them.
    """

    def __init__(self, plan: Plan, made: Sequence[Literal | None], fixed: set[int]) -> None:
        super().__init__((), None)
        self._equal: dict[tuple[object, object], bool] = {}
        # A literal that is equal to one of the rest of the plan would be found to be the same.
        self._others = frozenset(_other_values(plan))
        self._fixed = fixed
        self._made = made
        self.plan = with_literals(plan, self._planted)

    def _planted(self, node: WatchedLiteral) -> Literal:
        step = node.step
        found = None if step is None else self._made[step]
        if step is None or found is None or step in self._fixed:
            return unread(node) if found is None else with_value(node, found)
        literal = self.hole(step, with_value(node, found))
        if self._is_elsewhere(found):
            self.read.add(self.holes[step])
            return with_value(node, found)
        return literal

    def serves(self, made: Sequence[Literal | None]) -> list[Literal | None] | None:
        """Return what each step makes of other literals; None where another plan may be right."""
        found = {step: made[step] for step in self.holes}
        holes = {step: each for step, each in found.items() if each is not None}
        return self.again(holes) if len(holes) == len(found) else None

    def derive(self, make: Making, literals: Sequence[Literal]) -> Literal | None:
        """Return what `make` makes of literals: watched, but for truth values and NULL."""
        made = self._found(make, literals)
        step = self._add(Step(make, self._sources(literals), made))
        if made is None:
            return None
        if made.value is None or isinstance(made.value, bool) or self._is_elsewhere(made):
            self.read.add(step)
            return made
        return watched(self, step, made)

    def are_equal(self, literal: WatchedLiteral, other: object) -> bool:
        """Whether a literal of these equals anything else, which is noted."""
        if not isinstance(other, Literal) or literal.type != other.type:
            return False
        if literal.nullable is not other.nullable:
            return False
        if isinstance(other, WatchedLiteral) and other.varied is not self:
            return super().are_equal(literal, other)
        own = other.step if isinstance(other, WatchedLiteral) else None
        if own is not None and own == literal.step:
            return True
        key = literal.step, other if own is None else own
        if key not in self._equal:
            self._equal[key] = self.ask(_are_equal, (literal, other))
        return self._equal[key]

    def hash_of(self, literal: WatchedLiteral) -> int:
        """Return the hash of all literals of these: what is found by it is compared.

        Others of the same value have another hash; see `_is_elsewhere`.
        """
        return SAME_HASH if literal.step is not None else hash(plain(literal))

    def _is_alike(self, number: int, found: Literal | None) -> bool:
        if not super()._is_alike(number, found):
            return False
        return found is None or number in self.read or not self._is_elsewhere(found)

    def _is_elsewhere(self, literal: Literal) -> bool:
        """Whether another literal of the plan, that nobody watches, has the same value."""
        return literal.value in self._others


def _are_equal(first: Literal, second: Literal) -> bool:
    return first == second


def _other_values(plan: Plan) -> list[object]:
    """Return the values of the literals of a plan that nobody watches."""
    found: list[object] = []
    pending = [plan]
    while pending:
        node = pending.pop()
        pending.extend(inputs(node))
        for whole in expressions(node):
            found += [
                each.value
                for each in walk(whole)
                if isinstance(each, Literal) and not isinstance(each, WatchedLiteral)
            ]
    return found
