"""Literals of a text that may be others next time, watched while the statement is bound.

    WHERE day < DATE '1998-09-02' AND price > 5     and with 1997-06-30 and 7: the same bound plan
                                                    but for two literals

A watched literal notes whoever looks at its value. What is made of literals alone (a text as a
DATE, a sum) is made again of others, and answers that binding rests on are asked again (does 7 fit
the column's type?): where types and answers are as they were, every step of binding would be, too.
A literal whose value is read in any other way may only be the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from gpudb.errors import Error
from gpudb.records import dataclass, replace
from gpudb.sql.expr import Call, Expression, InList, Literal, transform
from gpudb.sql.plan import Plan, Shared, inputs, with_inputs
from gpudb.sql.plan_expressions import map_expressions

Answer = TypeVar("Answer", bound=Hashable)
Found = TypeVar("Found")
Making = Callable[..., Literal | None]

RAW: Any = Literal.__dict__["value"]


class WatchedLiteral(Literal):
    """A literal that tells when its value is read; `step` is how it was made, None: as it is."""

    __slots__ = ("step", "varied")

    varied: Varied
    step: int | None

    @property
    def value(self) -> int | float | bool | str | None:
        """The value, as of any literal."""
        if self.step is not None:
            self.varied.read.add(self.step)
        return RAW.__get__(self)  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return self is other or self.varied.are_equal(self, other)

    def __hash__(self) -> int:
        return self.varied.hash_of(self)


def _put_value(made: WatchedLiteral, value: object) -> None:
    RAW.__set__(made, value)
    object.__setattr__(made, "step", None)


def _copied(record: WatchedLiteral) -> WatchedLiteral:
    return watched(record.varied, record.step, record)


# What gpudb.records.replace copies by; another value is of another origin.
WatchedLiteral.__copier__ = (  # type: ignore[attr-defined]
    _copied,
    {
        "type": Expression.__dict__["type"].__set__,
        "nullable": Expression.__dict__["nullable"].__set__,
        "span": Expression.__dict__["span"].__set__,
        "value": _put_value,
    },
)


def watched(varied: Varied, step: int | None, literal: Literal) -> WatchedLiteral:
    """Return a literal that is watched; nothing is noted of making it."""
    made = object.__new__(WatchedLiteral)
    for name in ("type", "nullable", "span"):
        object.__setattr__(made, name, getattr(literal, name))
    for name in Literal.NOTED:
        object.__setattr__(made, name, None)
    RAW.__set__(made, RAW.__get__(literal))
    object.__setattr__(made, "varied", varied)
    object.__setattr__(made, "step", step)
    return made


def plain(literal: Literal) -> Literal:
    """Return a literal that nobody watches; its value counts as read."""
    return _plain(literal, literal.value) if isinstance(literal, WatchedLiteral) else literal


def _plain(literal: Literal, value: Any) -> Literal:
    return Literal(type=literal.type, nullable=literal.nullable, value=value, span=literal.span)


def is_null(literal: Literal) -> bool:
    """Whether a literal is NULL, which every other one in its place is, too."""
    return RAW.__get__(literal) is None


def with_value(literal: Literal, other: Literal) -> Literal:
    """Return a literal that nobody watches, with the value of `other`."""
    return _plain(literal, other.value)


@dataclass(frozen=True, slots=True)
class Step:
    """How a literal was made of those that `sources` made; of none where the text has it."""

    make: Making | None
    sources: tuple[int | Literal, ...]
    made: Literal | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about literals, and its answer."""

    question: Callable[..., Hashable]
    sources: tuple[int | Literal, ...]
    answer: Hashable


class Varied:
    """The literals of one text that may be others, and what binding made of them and asked.

    `places` are where they stand in the text, `root` the tree in whose WHERE they are looked for.
    """

    def __init__(self, places: Sequence[tuple[int, int]], root: object) -> None:
        self.root: object = root
        self.places = {place: number for number, place in enumerate(places)}
        self.steps: list[Step] = []
        self.read: set[int] = set()
        self.asked: list[Asked] = []
        # By the number of its place, the step of each literal that was met.
        self.holes: dict[int, int] = {}

    def hole(self, number: int, literal: Literal) -> Literal:
        """Return the literal at a place, watched."""
        if number not in self.holes:
            self.holes[number] = self._add(Step(None, (), literal))
        return watched(self, self.holes[number], literal)

    def free(self) -> frozenset[int]:
        """Return the numbers of the places whose literals may be others."""
        return frozenset(n for n, step in self.holes.items() if step not in self.read)

    def derive(self, make: Making, literals: Sequence[Literal]) -> Literal | None:
        """Return what `make` makes of literals, watched."""
        made = self._found(make, literals)
        step = self._add(Step(make, self._sources(literals), made))
        return None if made is None else watched(self, step, made)

    def ask(self, question: Callable[..., Answer], literals: Sequence[Literal]) -> Answer:
        """Return what `question` answers of literals, noted."""
        answer = self._found(question, literals)
        self.asked.append(Asked(question, self._sources(literals), answer))
        return answer

    def are_equal(self, literal: WatchedLiteral, other: object) -> bool:
        """Whether a literal of these equals anything else; both values count as read."""
        return plain(literal) == (plain(other) if isinstance(other, Literal) else other)

    def hash_of(self, literal: WatchedLiteral) -> int:
        """Return the hash of a literal of these, whose value counts as read."""
        return hash(plain(literal))

    def _found(self, of: Callable[..., Found], literals: Sequence[Literal]) -> Found:
        try:
            return of(*[unread(each) for each in literals])
        except Error:
            # Whatever becomes of the error, it is of these very values.
            self.read.update(s for s in self._sources(literals) if isinstance(s, int))
            raise

    def _add(self, step: Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1

    def _sources(self, literals: Sequence[Literal]) -> tuple[int | Literal, ...]:
        return tuple([_source(each) for each in literals])

    def again(self, holes: Mapping[int, Literal]) -> list[Literal | None] | None:
        """Return what every step makes of other literals; None where binding would differ.

        `holes` are the literals by the numbers of their places.
        """
        made: list[Literal | None] = []
        by_step = {step: holes[number] for number, step in self.holes.items()}
        try:
            for number, step in enumerate(self.steps):
                found = by_step.get(number)
                if step.make is not None:
                    found = step.make(*_given(step.sources, made))
                if not self._is_alike(number, found):
                    return None
                made.append(found)
            for each in self.asked:
                if each.question(*_given(each.sources, made)) != each.answer:
                    return None
        except Error:
            # All of the way tells what is wrong, and where.
            return None
        return made

    def _is_alike(self, number: int, found: Literal | None) -> bool:
        """Whether the same is done with `found` as with what the step has made."""
        return is_alike(self.steps[number].made, found, is_read=number in self.read)


def _source(literal: Literal) -> int | Literal:
    is_step = isinstance(literal, WatchedLiteral) and literal.step is not None
    return literal.step if is_step else unread(literal)  # type: ignore[attr-defined]


def unread(literal: Literal) -> Literal:
    """Return a literal as it is, watched by nobody; that counts for nothing."""
    return _plain(literal, RAW.__get__(literal))


def _given(sources: Sequence[int | Literal], made: Sequence[Literal | None]) -> list[Any]:
    return [made[each] if isinstance(each, int) else each for each in sources]


def is_alike(old: Literal | None, new: Literal | None, *, is_read: bool) -> bool:
    """Whether binding goes the same way with `new` in place of `old`."""
    if old is new:
        return True
    if old is None or new is None or type(old.value) is not type(new.value):
        return False
    # Types are compared by their identities first, which are nearly always the same.
    if old.nullable is not new.nullable or (old.type is not new.type and old.type != new.type):
        return False
    return not is_read or repr(old.value) == repr(new.value)


def find_varied(literals: Sequence[Literal]) -> Varied | None:
    """Return what watches one of the literals, if anything does."""
    for each in literals:
        if isinstance(each, WatchedLiteral) and each.step is not None:
            return each.varied
    return None


def derived(make: Making, *literals: Literal) -> Literal | None:
    """Return what a function makes of literals alone; where they are watched, so is that.

    `make` gives None, or raises an Error, where it makes nothing of them.
    """
    varied = find_varied(literals)
    return make(*literals) if varied is None else varied.derive(make, literals)


def ask(question: Callable[..., Answer], *literals: Literal) -> Answer:
    """Return what a function of literals answers; noted where they are watched."""
    varied = find_varied(literals)
    return question(*literals) if varied is None else varied.ask(question, literals)


def of_literals(make: Callable[[Call], Expression], bound: Call) -> Expression:
    """Return what `make` gives for a call of literals alone: another one, or the call."""
    literals = [a for a in bound.arguments if isinstance(a, Literal)]
    if len(literals) < len(bound.arguments):
        return bound
    if find_varied(literals) is None:
        return make(bound)

    def made(*arguments: Literal) -> Literal | None:
        found = make(replace(bound, arguments=arguments))
        return found if isinstance(found, Literal) else None

    return derived(made, *literals) or bound


def with_values(plan: Plan, made: Sequence[Literal | None] | None = None) -> Plan:
    """Return a plan with other literals where they are watched; without `made`, with its own."""

    def value(node: WatchedLiteral) -> Literal:
        new = None if made is None or node.step is None else made[node.step]
        return unread(node) if new is None else with_value(node, new)

    return with_literals(plan, value)


def with_literals(plan: Plan, value: Callable[[WatchedLiteral], Literal]) -> Plan:
    """Return a plan with what `value` gives in the place of each watched literal."""
    definitions: dict[int, Plan] = {}

    def change(node: Expression) -> Expression:
        if isinstance(node, WatchedLiteral):
            return value(node)
        if isinstance(node, InList):
            watched = any(isinstance(each, WatchedLiteral) for each in node.values)
            pairs = (value(v) if isinstance(v, WatchedLiteral) else v for v in node.values)
            return replace(node, values=tuple(pairs)) if watched else node
        return node

    def changed(node: Plan) -> Plan:
        below = inputs(node)
        if below:
            node = with_inputs(node, [changed(part) for part in below])
        if isinstance(node, Shared):
            if node.number not in definitions:
                definitions[node.number] = changed(node.definition)
            return replace(node, definition=definitions[node.number])
        return map_expressions(node, lambda whole: transform(whole, change))

    return changed(plan)
