"""RANDOM, SETSEED, SAMPLE_RATIO: each row gets a number by its place and a seed of the call's own.

    random()        random_number(the row's place among the rows that it is asked of, seed)

So a number stays what it is wherever a plan reads it, and the same seed gives the same numbers. The
place is a window function of its own, `row_place() OVER ()`.
"""

from __future__ import annotations

from sqlglot import exp

from gpudb.sql.bind.coerce import cast
from gpudb.sql.bind.context import Context, call
from gpudb.sql.bind.dispatch import bind_expression
from gpudb.sql.bind.forms import null
from gpudb.sql.bind.operators import compare
from gpudb.sql.expr import WHOLE_PARTITION, Expression, Literal, Over, WindowCall
from gpudb.storage import types

ROW_PLACE = "row_place"


def is_row_place(over: Over) -> bool:
    """Whether this is what random numbers read, and no window that a user wrote."""
    return over.call.function == ROW_PLACE


def bind_random(node: exp.Anonymous, context: Context) -> Expression:
    """RANDOM(): from 0 on, below 1."""
    environment = context.environment
    if node.expressions:
        raise environment.wrong("random takes no argument", node)
    if context.clause == "VALUES":
        value = environment.chance().random()
        return Literal(type=types.DOUBLE, nullable=False, value=value)
    if not context.may_number:
        raise environment.wrong(f"random numbers cannot stand in {context.clause}", node)
    of = types.BIGINT
    place = WindowCall(function=ROW_PLACE, arguments=(), type=of, nullable=False)
    number = Over(
        call=place, partition=(), order=(), frame=WHOLE_PARTITION, type=of, nullable=False
    )
    seed = Literal(type=of, nullable=False, value=environment.chance().getrandbits(62))
    return call("random_number", types.DOUBLE, number, seed)


def bind_seed(node: exp.Anonymous, context: Context) -> Expression:
    """SETSEED(x): what random numbers of this session come next; NULL."""
    seed = _number(node, "setseed", -1, context)
    context.environment.chance().seed(seed)
    return null(types.INTEGER)


def bind_sample_ratio(node: exp.Anonymous, context: Context) -> Expression:
    """SAMPLE_RATIO(x): TRUE for so large a part of the rows, OmniSci's."""
    ratio = _number(node, "sample_ratio", 0, context)
    drawn = bind_random(exp.Anonymous(this="random"), context)
    return compare("less", drawn, Literal(type=types.DOUBLE, nullable=False, value=ratio))


def _number(node: exp.Anonymous, name: str, least: int, context: Context) -> float:
    """Return the one argument, a constant from `least` to 1."""
    environment = context.environment
    if len(node.expressions) != 1:
        raise environment.wrong(f"{name} takes 1 argument, not {len(node.expressions)}", node)
    bound = bind_expression(node.expressions[0], context)
    given = cast(bound, types.DOUBLE) if bound.type.is_numeric else bound
    value = given.value if isinstance(given, Literal) else None
    if not isinstance(value, float) or not least <= value <= 1:
        raise environment.wrong(f"{name} takes a constant from {least} to 1", node.expressions[0])
    return value
