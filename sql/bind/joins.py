"""Joins of two bound FROM clauses, by side; USING and NATURAL.

a RIGHT JOIN b    b LEFT JOIN a
a FULL JOIN b     a LEFT JOIN b UNION ALL the rows of b that an ANTI join finds no partner for
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from gpudb.records import dataclass, replace
from gpudb.sql.bind.attach import attach, has_subquery
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.bind.reuse import Reused
from gpudb.sql.expr import (
    Branch,
    Call,
    Case,
    Expression,
    Literal,
    Subquery,
    conjunction,
    field_ids,
    split_conjunction,
    transform,
    walk,
)
from gpudb.sql.plan import (
    Field,
    Item,
    Join,
    JoinKey,
    JoinKind,
    Plan,
    Project,
    Union,
    output_fields,
)
from gpudb.sql.plan_expressions import renumbered
from gpudb.sql.scope import Scope, Source
from gpudb.storage import types


@dataclass(frozen=True, slots=True)
class From:
    """A FROM clause's plan and what its columns are called."""

    plan: Plan
    scope: Scope


def _inner(left: From, right: From, condition: Expression, environment: Environment) -> From:
    plan = join_on(JoinKind.INNER, left.plan, right.plan, condition)
    return From(plan, Scope((*left.scope.sources, *right.scope.sources)))


def _left(left: From, right: From, condition: Expression, environment: Environment) -> From:
    plan = join_on(JoinKind.LEFT, left.plan, right.plan, condition)
    return From(plan, Scope((*left.scope.sources, *_nullable(right))))


def _right(left: From, right: From, condition: Expression, environment: Environment) -> From:
    plan = join_on(JoinKind.LEFT, right.plan, left.plan, condition)
    return From(plan, Scope((*_nullable(left), *right.scope.sources)))


def _full(left: From, right: From, condition: Expression, environment: Environment) -> From:
    lefts = Reused(left.plan, "left rows", environment)
    rights = Reused(right.plan, "right rows", environment)
    partners = join_on(JoinKind.LEFT, lefts.original(), rights.original(), condition)
    copy_left, new_left = lefts.copy()
    copy_right, new_right = rights.copy()
    condition = renumbered(condition, new_left | new_right)
    alone = join_on(JoinKind.ANTI, copy_right, copy_left, condition)
    missing = output_fields(left.plan)
    items = [Item(_made(f, environment), _null(f)) for f in missing]
    items += [Item(f, reference(f)) for f in output_fields(copy_right)]
    fields = tuple(_made(f, environment) for f in output_fields(partners))
    new = dict(zip((f.id for f in output_fields(partners)), fields, strict=True))
    plan = Union((partners, Project(alone, tuple(items))), fields)
    sources = (*left.scope.sources, *right.scope.sources)
    return From(plan, Scope(tuple(_moved(source, new) for source in sources)))


# By the word before JOIN.
SIDES: dict[str, Callable[[From, From, Expression, Environment], From]] = {
    "": _inner,
    "LEFT": _left,
    "RIGHT": _right,
    "FULL": _full,
}


def _made(field: Field, environment: Environment) -> Field:
    return environment.field(field.name, field.type, nullable=True)


def _null(field: Field) -> Literal:
    return Literal(type=field.type, nullable=True, value=None)


def _nullable(side: From) -> tuple[Source, ...]:
    """Return the sources of a side whose rows may be missing."""
    return tuple(
        replace(source, fields=tuple(replace(f, nullable=True) for f in source.fields))
        for source in side.scope.sources
    )


def _moved(source: Source, new: dict[int, Field]) -> Source:
    fields = tuple(replace(new[f.id], name=f.name) for f in source.fields)
    return replace(source, fields=fields, hidden=frozenset(new[i].id for i in source.hidden))


def join_using(
    side: str,
    left: From,
    right: From,
    pairs: list[tuple[Field, Field]],
    equal: Callable[[Field, Field], Expression],
    environment: Environment,
) -> From:
    """Join by columns that are equal in both and show once: from the side that has all rows."""
    condition = conjunction(tuple(equal(*pair) for pair in pairs))
    assert condition is not None
    joined = SIDES[side](left, right, condition, environment)
    before = [f for s in (*left.scope.sources, *right.scope.sources) for f in s.fields]
    after = [f for s in joined.scope.sources for f in s.fields]
    new = {old.id: field for old, field in zip(before, after, strict=True)}
    merged = [(new[ours.id], new[theirs.id]) for ours, theirs in pairs]
    hidden = frozenset(theirs.id for _, theirs in merged)
    if side in ("", "LEFT"):
        return From(joined.plan, _hiding(joined.scope, hidden))
    hidden |= frozenset(ours.id for ours, _ in merged)
    items = [Item(f, reference(f)) for f in output_fields(joined.plan)]
    shown = []
    for ours, theirs in merged:
        value = reference(theirs) if side == "RIGHT" else _first(ours, theirs)
        shown.append(environment.field(ours.name, value.type, nullable=value.nullable))
        items.append(Item(shown[-1], value))
    scope = _hiding(joined.scope, hidden)
    sources = (Source("", tuple(shown)), *scope.sources)
    return From(Project(joined.plan, tuple(items)), Scope(sources))


def _hiding(scope: Scope, hidden: frozenset[int]) -> Scope:
    return Scope(tuple(replace(s, hidden=s.hidden | hidden) for s in scope.sources))


def _first(ours: Field, theirs: Field) -> Expression:
    """Return our value, or theirs where ours is missing."""
    value = reference(ours)
    is_null = Call(function="is_null", arguments=(value,), type=types.BOOLEAN, nullable=False)
    branches = (Branch(is_null, reference(theirs)),)
    return Case(branches=branches, otherwise=value, type=ours.type, nullable=True)


def join_on(kind: JoinKind, left: Plan, right: Plan, condition: Expression) -> Join:
    """Split a join's condition into keys, equalities of one side with the other, and the rest."""
    sides = _ids(left), _ids(right)
    keys: list[JoinKey] = []
    others: list[Expression] = []
    for part in split_conjunction(condition):
        key = _key(part, sides)
        if key is None:
            others.append(part)
        else:
            keys.append(key)
    return Join(kind, left, right, tuple(keys), conjunction(tuple(others)))


def _ids(plan: Plan) -> frozenset[int]:
    return frozenset(field.id for field in output_fields(plan))


def _key(part: Expression, sides: tuple[frozenset[int], frozenset[int]]) -> JoinKey | None:
    if not isinstance(part, Call) or part.function != "equal":
        return None
    first, second = part.arguments
    left, right = sides
    reads = field_ids(first), field_ids(second)
    if not all(reads):
        return None
    if reads[0] <= left and reads[1] <= right:
        return JoinKey(first, second)
    return JoinKey(second, first) if reads[0] <= right and reads[1] <= left else None


def with_answers(
    left: From, right: From, condition: Expression, on: exp.Expr, environment: Environment
) -> tuple[From, From, Expression]:
    """Return the sides of an outer join with what the condition's subqueries say about their rows.

    A subquery that reads columns of both sides is of neither.
    """
    sides = [left, right]
    ids = [{field.id for field in output_fields(side.plan)} for side in sides]
    answers: dict[Expression, Expression] = {}
    for node in dict.fromkeys(n for n in walk(condition) if isinstance(n, Subquery)):
        read = field_ids(node)
        place = 0 if read and read <= ids[0] else 1
        if not read <= ids[place] or any(has_subquery(part) for part in node.arguments):
            what = "a subquery in ON of an outer join that reads both sides is"
            raise environment.later(what, on)
        kept = output_fields(sides[place].plan)
        plan, (value,) = attach(sides[place].plan, (node,), environment)
        made = environment.field("answer", value.type, nullable=value.nullable)
        items = (*(Item(each, reference(each)) for each in kept), Item(made, value))
        sides[place] = replace(sides[place], plan=Project(plan, items))
        answers[node] = reference(made)
    changed = transform(condition, lambda each: answers.get(each, each))
    return sides[0], sides[1], changed
