"""What binding a node needs besides it: the statement's surroundings, the clause's scope."""

from __future__ import annotations

import datetime
import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from sqlglot import exp

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.records import dataclass, replace
from gpudb.sql.bind.places import Places
from gpudb.sql.expr import Call, Expression, Literal, Span, children, with_children
from gpudb.sql.plan import Field, Iterate, LastRound, Plan, walk
from gpudb.sql.scope import Catalog, Scope
from gpudb.sql.user_function import UserFunction
from gpudb.sql.varied import Varied
from gpudb.storage.names import Key
from gpudb.storage.types import SqlType


@dataclass(frozen=True, slots=True)
class Environment:
    """One statement's surroundings; `now` is what now() and current_date mean in it, in UTC.

    `functions` are those that users made, by their names in lower case.
    """

    catalog: Catalog
    places: Places
    parameters: tuple[Literal, ...]
    now: datetime.datetime
    ids: Iterator[int] = field(default_factory=itertools.count)
    # The views that are being bound: none may stand in itself.
    views: frozenset[Key] = frozenset()
    functions: Mapping[str, UserFunction] = field(default_factory=dict)
    # What random() and the like draw their seeds from.
    randomness: random.Random = field(default_factory=random.SystemRandom)
    # The literals that may be others next time, where that is watched.
    varied: Varied | None = None
    # What was read that may be another next time, in views, too: clocks, chance, settings.
    volatile: list[str] = field(default_factory=list)

    def clock(self) -> datetime.datetime:
        """Return when the statement began, in UTC; noted, as what is next is another moment."""
        self.volatile.append("clock")
        return self.now

    def chance(self) -> random.Random:
        """Return what random numbers are drawn from; noted."""
        self.volatile.append("chance")
        return self.randomness

    def field(self, name: str, type_: SqlType, *, nullable: bool) -> Field:
        """Return a new field."""
        return Field(next(self.ids), name, type_, nullable)

    def span(self, node: exp.Expr | None) -> Span | None:
        """Return the place of `node` in the text."""
        return None if node is None else self.places.span(node)

    def place(self, error: Error, where: exp.Expr | Span | None) -> Error:
        """Return `error` placed at a node or a span of the text, unless it has a place."""
        span = where if isinstance(where, Span) or where is None else self.span(where)
        return error if span is None else error.at(self.places.text, span.begin, span.end)

    def wrong(self, message: str, where: exp.Expr | Span | None) -> Error:
        """Return a ProgrammingError at a node or a span."""
        return self.place(ProgrammingError(message), where)

    def later(self, what: str, where: exp.Expr | Span | None) -> Error:
        """Return the error for valid SQL that gpudb does not run yet."""
        return self.place(NotSupportedError(f"{what} not supported yet"), where)


@dataclass(frozen=True, slots=True)
class Relation:
    """A bound query or table: its plan, and its columns' names, one for each field."""

    plan: Plan
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """A clause: its name in messages, the names it sees, and whether aggregates may stand in it.

    `aliases` are the SELECT list's expressions, for clauses that may call them by their names.
    `outer` are the scopes of the queries around this one, the nearest first. `query` binds a
    subquery that sees a scope; None where no subquery may stand. `windows` are the named windows by
    their names in lower case; None where no window function may stand. Rows have places, which
    random() reads, in a clause that `may_number` them.
    """

    environment: Environment
    scope: Scope
    clause: str
    may_aggregate: bool = False
    aliases: Mapping[str, Expression] = field(default_factory=dict)
    outer: tuple[Scope, ...] = ()
    query: Callable[[exp.Expr, Scope], Relation] | None = None
    windows: Mapping[str, exp.Window] | None = None
    arguments_may_aggregate: bool = False
    may_number: bool = False

    def inside(self, clause: str) -> Context:
        """Return the context of an aggregate's argument.

        No aggregate may stand there, but in that of an aggregate with OVER.
        """
        return replace(
            self,
            clause=clause,
            may_aggregate=self.arguments_may_aggregate,
            arguments_may_aggregate=False,
            windows=None,
        )

    def column(self, name: str, alias: str | None, schema: str | None = None) -> Field:
        """Return the field that a name means here, or else in the nearest query around."""
        for scope in (self.scope, *self.outer):
            if scope.knows(name, alias, schema):
                return scope.column(name, alias, schema)
        return self.scope.column(name, alias, schema)


def placed(expression: Expression, span: Span | None) -> Expression:
    """Return `expression` with `span` on every part that has no place of its own."""
    if span is None or expression.span is not None:
        return expression
    operands = children(expression)
    if operands:
        parts = tuple([placed(child, span) for child in operands])
        expression = with_children(expression, parts)
    return replace(expression, span=span)


def call(function: str, type_: SqlType, *arguments: Expression) -> Call:
    """Return a call that is NULL exactly where an argument is."""
    nullable = any(argument.nullable for argument in arguments)
    return Call(function=function, arguments=arguments, type=type_, nullable=nullable)


def refuse_extras(node: exp.Expr, known: frozenset[str], environment: Environment) -> None:
    """Raise NotSupportedError if `node` has a part that is not in `known`."""
    for key, value in node.args.items():
        if value in (None, False, [], "") or key in known:
            continue
        part = value[0] if isinstance(value, list) else value
        where = part if isinstance(part, exp.Expr) and environment.span(part) else node
        name = PART_NAMES.get(key) or key.strip("_").replace("_", " ").upper()
        raise environment.later(f"{name} is", where)


def refuse_rounds(plan: Plan, what: str, where: exp.Expr | None, environment: Environment) -> None:
    """Raise NotSupportedError if `plan` reads the last round of a recursive CTE."""
    nodes = list(walk(plan))
    closed = {node.number for node in nodes if isinstance(node, Iterate)}
    if any(isinstance(node, LastRound) and node.number not in closed for node in nodes):
        raise environment.later(f"{what} of a recursive CTE's own rows is", where)


PART_NAMES = {
    "locks": "FOR UPDATE",
    "sample": "TABLESAMPLE",
    "db": "a schema before a table's name",
    "into": "SELECT INTO",
    "windows": "WINDOW",
    "laterals": "LATERAL",
    "pivots": "PIVOT",
}
