"""Table functions in FROM: which there are, what they take, how they join what stands before them.

    FROM t, generate_series(1, t.n) AS g     Expand: every row of t with each value of the series

A function reads the columns of the tables left of it, as if LATERAL stood there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.records import dataclass
from gpudb.sql.bind.coerce import cast, unify
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.dispatch import bind_expression
from gpudb.sql.dialect import plain_name
from gpudb.sql.expr import Expression, Literal, walk
from gpudb.sql.expr import Subquery as BoundSubquery
from gpudb.sql.plan import Expand, Field, Plan, Values
from gpudb.sql.scope import Scope, nearest
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType

if TYPE_CHECKING:
    from gpudb.sql.bind.tables import Surroundings

TIMES = (Kind.DATE, Kind.TIMESTAMP)


@dataclass(frozen=True, slots=True)
class TableFunction:
    """A bound call: what Expand does, its arguments, and the types of the values it gives."""

    function: str
    arguments: tuple[Expression, ...]
    types: tuple[SqlType, ...]
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class CallNode:
    """A table function as it stands in the text: its name, arguments, alias and what follows."""

    name: str
    arguments: tuple[exp.Expr, ...]
    alias: exp.Expr | None
    has_ordinality: bool
    node: exp.Expr
    ordinality_name: str = "ordinality"


def find_call(node: exp.Expr) -> CallNode | None:
    """Return the call of a table function that a node of FROM is, or None."""
    inner = node.this if isinstance(node, exp.Lateral) else node
    alias = node.args.get("alias") or inner.args.get("alias")
    if isinstance(inner, exp.Table) and isinstance(inner.this, exp.Func):
        is_numbered = bool(inner.args.get("ordinality"))
        inner = inner.this
    else:
        marks = (part.args.get(k) for part in (node, inner) for k in ("ordinality", "offset"))
        is_numbered = any(bool(mark) for mark in marks)
    if isinstance(inner, exp.Unnest | exp.Explode):
        parts = inner.expressions or [inner.this]
        # sqlglot takes the last of the alias' columns for the number's.
        number = inner.args.get("offset")
        name = plain_name(number.name) if isinstance(number, exp.Identifier) else "ordinality"
        return CallNode("unnest", tuple(parts), alias, is_numbered, node, name)
    if not isinstance(inner, exp.Anonymous):
        return None
    name = plain_name(str(inner.this)).lower()
    return CallNode(name, tuple(inner.expressions), alias, is_numbered, node)


def expanded(
    left: Plan, call: CallNode, scope: Scope, surroundings: Surroundings, *, is_outer: bool = False
) -> tuple[Plan, tuple[Field, ...], str]:
    """Return `left`, whose columns `scope` shows, with the rows that a call gives for each row.

    With them the fields that the call adds, and what the table is called.
    """
    environment = surroundings.environment
    context = surroundings.context(scope, "FROM")
    arguments = [bind_expression(node, context) for node in call.arguments]
    for node, bound in zip(call.arguments, arguments, strict=True):
        if any(isinstance(part, BoundSubquery) for part in walk(bound)):
            raise environment.later("a subquery in a table function is", node)
    made = _bound(call, arguments, environment)
    alias = "" if call.alias is None else plain_name(call.alias.name)
    names = [] if call.alias is None else [c.name for c in call.alias.args.get("columns") or ()]
    titles = [alias or call.name] if len(made.types) == 1 else [call.name] * len(made.types)
    titles += [call.ordinality_name] if call.has_ordinality else []
    if len(names) > len(titles):
        message = f"{alias} has {len(titles)} columns, not {len(names)}"
        raise environment.wrong(message, call.alias)
    titles[: len(names)] = names
    nullable = made.nullable or is_outer
    fields = [
        environment.field(title, of, nullable=nullable)
        for title, of in zip(titles, made.types, strict=False)
    ]
    if call.has_ordinality:
        fields.append(environment.field(titles[-1], types.BIGINT, nullable=is_outer))
    span = environment.span(call.node)
    plan = Expand(left, made.function, made.arguments, tuple(fields), is_outer, span)
    return plan, tuple(fields), alias or call.name


def _bound(call: CallNode, arguments: list[Expression], environment: Environment) -> TableFunction:
    bind = FUNCTIONS.get(call.name)
    if bind is None:
        hint = nearest(call.name, FUNCTIONS)
        raise environment.wrong(f"table function {call.name} does not exist{hint}", call.node)
    try:
        return bind(call.name, arguments)
    except (ProgrammingError, NotSupportedError) as error:
        raise environment.place(error, call.node) from None


NO_ROW = Values((), ((),))
ONE = Literal(type=types.INTEGER, nullable=False, value=1)
ZERO = Literal(type=types.INTEGER, nullable=False, value=0)


def _series(name: str, arguments: Sequence[Expression]) -> TableFunction:
    """generate_series(first, last [, step]), range([first,] end [, step])."""
    if name == "range" and len(arguments) == 1:
        arguments = (ZERO, *arguments)
    if not 2 <= len(arguments) <= 3:
        raise ProgrammingError(f"{name} takes a first value, a last one and a step")
    bounds = unify(arguments[:2], name)
    kind = bounds[0].type.kind
    suffix = "_before" if name == "range" else ""
    if kind in TIMES:
        return _times(name, suffix, bounds, arguments[2:])
    given = unify((*bounds, *(arguments[2:] or (ONE,))), name)
    of = given[0].type
    if not (of.is_integer or of.kind is Kind.DECIMAL):
        raise ProgrammingError(
            f"{name} takes integers, DECIMALs, DATEs or TIMESTAMPs, not {of}; cast to DECIMAL"
        )
    if of.kind is Kind.DECIMAL and of.precision > types.MAX_NARROW_PRECISION:
        raise NotSupportedError(f"{name} of {of} is not supported; cast to fewer digits")
    return TableFunction(f"series{suffix}", given, (of,))


def _times(
    name: str, suffix: str, bounds: tuple[Expression, ...], rest: Sequence[Expression]
) -> TableFunction:
    """A series of moments; DATEs make TIMESTAMPs, as in PostgreSQL."""
    if not rest or not rest[0].type.is_interval:
        raise ProgrammingError(f"{name} of {bounds[0].type} needs a step, an INTERVAL")
    step = rest[0]
    precision = max([6, *(b.type.precision for b in bounds if b.type.kind is Kind.TIMESTAMP)])
    of = types.timestamp(precision)
    first, last = (cast(bound, of) for bound in bounds)
    is_months = step.type.kind is Kind.INTERVAL_MONTHS
    function = "months" if is_months else "nanoseconds" if precision > 6 else "series"
    return TableFunction(f"{function}{suffix}", (first, last, step), (of,))


def _unnest(name: str, arguments: Sequence[Expression]) -> TableFunction:
    """unnest(array, ...): the elements side by side, NULL behind the end of a shorter array."""
    elements = []
    for argument in arguments:
        if argument.type.element is None:
            raise ProgrammingError(f"{name} takes an array, not {argument.type}")
        elements.append(argument.type.element)
    if not elements:
        raise ProgrammingError(f"{name} takes an array")
    return TableFunction("unnest", tuple(arguments), tuple(elements), nullable=True)


FUNCTIONS: dict[str, Callable[[str, Sequence[Expression]], TableFunction]] = {
    "generate_series": _series,
    "range": _series,
    "unnest": _unnest,
}
