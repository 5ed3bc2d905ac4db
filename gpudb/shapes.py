"""Texts that differ in their literals only: what was bound for one serves the others.

    SELECT sum(x) FROM t WHERE day < '1998-09-02' AND k = 5
    shape:  SELECT sum(x) FROM t WHERE day < | string | AND k = | integer |

A text is cut at what looks like a literal. Where that is one, and no other than binding itself has
looked at it (gpudb.sql.varied), the next text may have another there: up to there the texts are the
same, so their tokens are, and the parser looks at no literal's value. All else must be the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from gpudb.errors import Error
from gpudb.records import dataclass
from gpudb.sql.expr import Literal
from gpudb.sql.grounds import Asked
from gpudb.sql.parameters import literal_of
from gpudb.sql.pipeline import Pipeline
from gpudb.sql.plan import Plan
from gpudb.sql.template import Template
from gpudb.sql.traced import Trace
from gpudb.sql.varied import Varied
from gpudb.storage.names import RelationName

Whole = TypeVar("Whole")
# The literals that each step has made.
Made = Sequence[Literal | None]

# Nothing of it joins what stands beside it, and what it begins with ends it: no quote is in it.
LITERAL = re.compile(
    r"""(?<![\w.$:@?"'\]\\])('[^'\\]*'(?!')|[0-9]+\.[0-9]+(?![\w.])|[0-9]+(?![\w.]))"""
)
# A text with more literals is looked at by nobody twice.
MOST_LITERALS = 200


@dataclass(frozen=True, slots=True)
class CutText:
    """A text's parts between its literals, these, and where they begin and end."""

    shape: tuple[str, ...]
    literals: tuple[str, ...]
    places: tuple[tuple[int, int], ...]


def cut(text: str) -> CutText | None:
    """Return a text cut at its literals; None where there are none, or many."""
    found = list(LITERAL.finditer(text))
    if not 0 < len(found) <= MOST_LITERALS:
        return None
    shape, literals, places, end = [], [], [], 0
    for match in found:
        literal = match[0]
        literals.append(literal)
        shape += [text[end : match.start()], kind_of(literal)]
        places.append(match.span())
        end = match.end()
    return CutText((*shape, text[end:]), tuple(literals), tuple(places))


def kind_of(literal: str) -> str:
    """Return what a literal's text says of its token."""
    return "string" if literal[0] == "'" else "decimal" if "." in literal else "integer"


def literal_at(literal: str) -> Literal:
    """Return the literal of a text; raises an Error for too many digits."""
    is_string = literal[0] == "'"
    return literal_of(literal[1:-1] if is_string else literal, is_string=is_string)


@dataclass(frozen=True, slots=True)
class TracedPlan:
    """Pipelines over named tables with places for literals, and what they rest on."""

    trace: Trace
    pipelines: Template[tuple[Pipeline, ...]]
    answers: Mapping[RelationName, Mapping[Asked, object]]


class Shaped:
    """A bound plan with watched literals in it, and the literals of the text it was bound for."""

    def __init__(
        self, plan: Plan, names: tuple[str, ...], varied: Varied, literals: tuple[str, ...]
    ) -> None:
        self.plan = plan
        self.names = names
        self.varied = varied
        self.literals = literals
        self.free = varied.free()
        # The newest first.
        self.plans: tuple[TracedPlan, ...] = ()

    def made_for(self, literals: Sequence[str]) -> Made | None:
        """Return what binding makes of other literals; None where it might go another way."""
        pairs = zip(self.literals, literals, strict=True)
        if any(old != new and n not in self.free for n, (old, new) in enumerate(pairs)):
            return None
        try:
            holes = {n: literal_at(literals[n]) for n in self.varied.holes}
        except Error:
            return None
        return self.varied.again(holes)

    def trace(self, made: Made) -> Trace:
        """Return a trace of planning, with the plan to begin with."""
        return Trace(self.plan, made, self.varied.read)


def filled(template: Template[Whole], made: Made) -> Whole:
    """Return what a template is for the literals that each step makes."""
    return template.filled([made[leaf.step] for leaf in template.leaves])  # type: ignore[index, misc]  # leaves are made by steps
