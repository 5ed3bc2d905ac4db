"""LIMIT, OFFSET and FETCH: numbers of rows that are known, or that a query gives."""

from __future__ import annotations

from sqlglot import exp

from gpudb.records import replace
from gpudb.sql.bind.attach import attach
from gpudb.sql.bind.coerce import cast
from gpudb.sql.bind.context import Context, Environment, call
from gpudb.sql.bind.dispatch import bind_expression, reference
from gpudb.sql.bind.forms import case, null_test
from gpudb.sql.bind.frames import DEFAULT
from gpudb.sql.bind.operators import arithmetic, compare
from gpudb.sql.bind.output import percentage, row_count
from gpudb.sql.bind.tables import Surroundings
from gpudb.sql.expr import Expression, Literal, SortKey, WindowCall, conjunction
from gpudb.sql.plan import (
    Filter,
    Item,
    Limit,
    Plan,
    Project,
    Sort,
    Window,
    WindowItem,
    output_fields,
)
from gpudb.sql.scope import Scope
from gpudb.storage import types

# More rows than there are.
ALL = 1 << 62


def limited(plan: Plan, node: exp.Expr, surroundings: Surroundings) -> Plan:
    """Apply LIMIT, OFFSET and FETCH FIRST; WITH TIES has been applied by the sort already."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if limit is None and offset is None:
        return plan
    if any(part is not None and part.find(exp.Query) for part in (limit, offset)):
        return _limited_by_queries(plan, limit, offset, surroundings)
    environment = surroundings.environment
    skipped = 0 if offset is None else row_count(offset.expression, "OFFSET", environment) or 0
    options = None if limit is None else limit.args.get("limit_options")
    if limit is not None and options is not None and options.args.get("percent"):
        return Limit(plan, None, skipped, _percent(limit, environment))
    count = None if limit is None else _limit(limit, environment)
    if find_ties(node, environment) is not None and count:
        count = None
    return plan if count is None and not skipped else Limit(plan, count, skipped)


def _limited_by_queries(
    plan: Plan, limit: exp.Expr | None, offset: exp.Expr | None, surroundings: Surroundings
) -> Plan:
    """Number the rows in their order, and keep those between what the queries give."""
    environment, fields = surroundings.environment, output_fields(plan)
    options = None if limit is None else limit.args.get("limit_options")
    if options is not None and (options.args.get("percent") or options.args.get("with_ties")):
        raise environment.later("a subquery beside PERCENT or WITH TIES is", limit)
    number = environment.field("row_number", types.BIGINT, nullable=False)
    numbering = WindowCall(function="row_number", arguments=(), type=types.BIGINT, nullable=False)
    plan = Window(plan, (), (), (WindowItem(number, numbering, DEFAULT),))
    counts: list[Expression | None] = [None, None]
    for place, (clause, part) in enumerate((("OFFSET", offset), ("LIMIT", limit))):
        if part is not None:
            asked = part.args.get("count") if isinstance(part, exp.Fetch) else part.expression
            counts[place] = _counted(asked or exp.Literal.number(1), clause, surroundings)
    plan, bound = attach(plan, [c for c in counts if c is not None], environment)
    given = iter(bound)
    skipped, count = (None if c is None else next(given) for c in counts)
    tests = []
    if skipped is not None:
        tests.append(compare("greater", reference(number), skipped))
    if count is not None:
        end = count if skipped is None else arithmetic("add", skipped, count)
        tests.append(compare("less_equal", reference(number), end))
    condition = conjunction(tuple(tests))
    assert condition is not None
    plan = Sort(Filter(plan, condition), (SortKey(reference(number), False, False),))
    return Project(plan, tuple(Item(each, reference(each)) for each in fields))


def _counted(node: exp.Expr, clause: str, surroundings: Surroundings) -> Expression:
    """Return a number of rows: all of them, or none to skip, for NULL; an error below 0."""
    environment = surroundings.environment
    value = bind_expression(node, surroundings.context(Scope(), clause))
    if not value.type.is_integer:
        raise environment.wrong(f"{clause} takes a number of rows, not {value.type}", node)
    value = cast(value, types.BIGINT)
    nothing = Literal(type=types.BIGINT, nullable=False, value=0 if clause == "OFFSET" else ALL)
    known = case([(null_test("is_null", value), nothing)], value)
    wanted = call("wanted_rows", types.BIGINT, known)
    return replace(wanted, nullable=False, span=environment.span(node))


def find_ties(node: exp.Expr, environment: Environment) -> int | None:
    """Return how many rows FETCH ... WITH TIES and OFFSET want at least; None without that."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    options = None if limit is None else limit.args.get("limit_options")
    if limit is None or options is None or not options.args.get("with_ties"):
        return None
    if node.args.get("order") is None:
        raise environment.wrong("WITH TIES needs ORDER BY", limit)
    if options.args.get("percent"):
        raise environment.later("PERCENT and WITH TIES in one FETCH is", limit)
    skipped = 0 if offset is None else row_count(offset.expression, "OFFSET", environment) or 0
    count = _limit(limit, environment)
    return None if count is None else count + skipped


def _limit(limit: exp.Expr, environment: Environment) -> int | None:
    if isinstance(limit, exp.Fetch):
        return row_count(limit.args.get("count") or exp.Literal.number(1), "FETCH", environment)
    return row_count(limit.expression, "LIMIT", environment)


def _percent(limit: exp.Expr, environment: Environment) -> float:
    """Return the share in LIMIT 10 PERCENT or FETCH FIRST 10 PERCENT ROWS ONLY."""
    node = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.expression
    if node is None:
        raise environment.wrong("PERCENT needs a number", limit)
    bound = bind_expression(node, Context(environment, Scope(), "LIMIT"))
    return percentage(bound, node, environment)
