"""The relations of a tree of inner joins, and what ties them together.

Equal columns form classes: from a = b and b = c, relations of a and c can be joined too, and a
join of two sides needs one key for each class that has members in both. Sets of relations are bit
masks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from gpudb.records import dataclass
from gpudb.sql.expr import Call, Expression, field_ids, split_conjunction
from gpudb.sql.optimize.rewrite import add_filter, call, output_ids
from gpudb.sql.plan import Filter, Join, JoinKey, JoinKind, Plan


@dataclass(frozen=True, slots=True)
class Member:
    """An expression and the set of relations that it reads."""

    expression: Expression
    mask: int

    @property
    def is_wide(self) -> bool:
        """Whether it reads several relations."""
        return self.mask & (self.mask - 1) != 0


Inside = tuple[Expression | None, ...]


@dataclass(frozen=True, slots=True)
class JoinGraph:
    """Relations, classes of equal expressions, and the other predicates over several relations."""

    relations: tuple[Plan, ...]
    classes: tuple[tuple[Member, ...], ...]
    predicates: tuple[Member, ...]
    # The classes with a member of several relations, which joins alone make equal to the others.
    wide_classes: tuple[tuple[Member, ...], ...]
    # What was found of a set; the same sets come up again and again.
    _inside: dict[int, Inside] = field(default_factory=dict, init=False, compare=False)
    _reach: dict[int, int] = field(default_factory=dict, init=False, compare=False)
    # Whether a set has hardly two rows with the same keys, by the set and the keys' classes.
    unique: dict[tuple[int, int], bool] = field(default_factory=dict, init=False, compare=False)

    def inside(self, mask: int) -> Inside:
        """Return, for each class, a member that the set `mask` can compute, or None."""
        found = self._inside.get(mask)
        if found is None:
            found = tuple(_find_inside(members, mask) for members in self.classes)
            self._inside[mask] = found
        return found

    def keys(self, left: int, right: int) -> tuple[JoinKey, ...]:
        """Return the keys that join the two disjoint sets of relations."""
        sides = zip(self.inside(left), self.inside(right), strict=True)
        return tuple(JoinKey(a, b) for a, b in sides if a is not None and b is not None)

    def reach(self, mask: int) -> int:
        """Return the classes, as bits, of which `mask` can compute a member."""
        found = self._reach.get(mask)
        if found is None:
            inside = enumerate(self.inside(mask))
            found = sum(1 << i for i, member in inside if member is not None)
            self._reach[mask] = found
        return found

    def conditions(self, left: int, right: int) -> tuple[Expression, ...]:
        """Return what must hold for both sets together and could be asked of neither alone."""
        found = [p.expression for p in self.predicates if _is_new(p, left, right)]
        for members in self.wide_classes:
            anchor = _find_inside(members, left) or _find_inside(members, right)
            fresh = [m.expression for m in members if _is_new(m, left, right)]
            if anchor is None and fresh:
                anchor, *fresh = fresh
            found.extend(call("equal", anchor, e) for e in fresh if anchor is not None)
        return tuple(found)

    def column_ids(self) -> frozenset[int]:
        """Return the ids of the fields that keys and conditions read."""
        members = (*self.predicates, *(m for members in self.classes for m in members))
        return frozenset().union(*(field_ids(m.expression) for m in members))

    def join(self, left: Plan, right: Plan, left_mask: int, right_mask: int) -> Plan:
        """Return the join of two plans over disjoint sets; `right` is the build side."""
        keys = self.keys(left_mask, right_mask)
        kind = JoinKind.INNER if keys else JoinKind.CROSS
        return add_filter(Join(kind, left, right, keys), self.conditions(left_mask, right_mask))


def _find_inside(members: tuple[Member, ...], mask: int) -> Expression | None:
    return next((m.expression for m in members if m.mask & mask == m.mask), None)


def _is_new(member: Member, left: int, right: int) -> bool:
    """Whether `member` can be computed of both sides together, but of neither alone."""
    mask = member.mask
    is_available = mask & (left | right) == mask
    return is_available and mask & left != mask and mask & right != mask


def find_join_graph(plan: Plan) -> JoinGraph | None:
    """Return the graph of the inner joins at the top of `plan`; None where there are none."""
    relations: list[Plan] = []
    equalities: list[tuple[Expression, Expression]] = []
    conjuncts: list[Expression] = []
    _flatten(plan, relations, equalities, conjuncts)
    if len(relations) < 2:
        return None
    owners = {id_: i for i, relation in enumerate(relations) for id_ in output_ids(relation)}

    def member(expression: Expression) -> Member:
        return Member(expression, sum(1 << i for i in {owners[f] for f in field_ids(expression)}))

    predicates = [member(conjunct) for conjunct in conjuncts]
    classes = _find_classes((member(left), member(right)) for left, right in equalities)
    for index, relation in enumerate(relations):
        own = [p.expression for p in predicates if (p.mask or 1) == 1 << index]
        own += [e for members in classes for e in _equal_inside(members, 1 << index)]
        relations[index] = add_filter(relation, own)
    several = tuple(p for p in predicates if p.is_wide)
    wide_classes = tuple(members for members in classes if any(m.is_wide for m in members))
    return JoinGraph(tuple(relations), classes, several, wide_classes)


def _equal_inside(members: tuple[Member, ...], mask: int) -> list[Expression]:
    """Return what makes the members of one relation equal: a.x = b.z and a.y = b.z need a.x = a.y.

    Only so may a join take one key of the class for all of them.
    """
    inside = [m.expression for m in members if m.mask == mask]
    return [call("equal", inside[0], other) for other in inside[1:]]


def _flatten(
    plan: Plan,
    relations: list[Plan],
    equalities: list[tuple[Expression, Expression]],
    conjuncts: list[Expression],
) -> None:
    match plan:
        case Join(kind=JoinKind.INNER | JoinKind.CROSS, left=left, right=right):
            _flatten(left, relations, equalities, conjuncts)
            _flatten(right, relations, equalities, conjuncts)
            equalities.extend((key.left, key.right) for key in plan.keys)
            own = split_conjunction(plan.condition)
        case Filter(input=Join(kind=JoinKind.INNER | JoinKind.CROSS) as join, predicate=predicate):
            _flatten(join, relations, equalities, conjuncts)
            own = split_conjunction(predicate)
        case _:
            relations.append(plan)
            return
    for part in own:
        if _is_key(part):
            assert isinstance(part, Call)
            equalities.append((part.arguments[0], part.arguments[1]))
        else:
            conjuncts.append(part)


def _is_key(part: Expression) -> bool:
    """Whether `part` equates expressions of one type that both read something."""
    if not isinstance(part, Call) or part.function != "equal":
        return False
    left, right = part.arguments
    return left.type == right.type and bool(field_ids(left)) and bool(field_ids(right))


def _find_classes(pairs: Iterable[tuple[Member, Member]]) -> tuple[tuple[Member, ...], ...]:
    """Return the classes of members that `pairs` say are equal, directly or not."""
    classes: list[dict[Member, None]] = []
    for left, right in pairs:
        merged = dict.fromkeys((left, right))
        apart = []
        for members in classes:
            if left in members or right in members:
                merged = {**members, **merged}
            else:
                apart.append(members)
        classes = [*apart, merged]
    return tuple(tuple(members) for members in classes)
