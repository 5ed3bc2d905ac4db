"""Window functions: calls with OVER, named windows, and the Window nodes that they become.

SELECT a, sum(b) OVER (PARTITION BY c ORDER BY d), rank() OVER (ORDER BY d) FROM t

Project a, sum, rank
  Window rank order d                 one node for each PARTITION BY and ORDER BY, the longest
    Window sum by c order d           of those that one sort serves lowest
      Scan t
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from gpudb.records import dataclass, replace
from gpudb.sql.bind.aggregates import GROUPING
from gpudb.sql.bind.attach import attach
from gpudb.sql.bind.coerce import without_null_type
from gpudb.sql.bind.context import Context, Environment, refuse_extras
from gpudb.sql.bind.dispatch import bind_expression, bind_node, reference
from gpudb.sql.bind.frames import bind_frame
from gpudb.sql.bind.output import sort_key
from gpudb.sql.bind.partition_aggregates import grouped, with_groups
from gpudb.sql.bind.random_numbers import is_row_place
from gpudb.sql.bind.window_functions import ALIASES, WINDOW_FUNCTIONS, Definition
from gpudb.sql.call_tokens import FROM_END
from gpudb.sql.dialect import plain_name
from gpudb.sql.expr import (
    AggregateCall,
    ColumnReference,
    Expression,
    Frame,
    Literal,
    Over,
    SortKey,
    WindowCall,
    children,
    transform,
    walk,
    with_children,
)
from gpudb.sql.plan import Plan, Window, WindowItem, has_window_order, window_order
from gpudb.sql.scope import nearest

WINDOW_PARTS = frozenset({"this", "partition_by", "order", "spec", "alias", "over"})
DEFINITION_PARTS = frozenset({"this", "partition_by", "order", "spec", "alias"})


def named_windows(node: exp.Select, environment: Environment) -> dict[str, exp.Window]:
    """Return the windows that a SELECT's WINDOW clause defines, by their names in lower case."""
    found: dict[str, exp.Window] = {}
    for window in node.args.get("windows") or ():
        name = plain_name(window.this.name)
        if name.lower() in found:
            raise environment.wrong(f"WINDOW defines {name} twice", window.this)
        found[name.lower()] = window
    return found


def has_window(expression: Expression) -> bool:
    """Return whether a window function that somebody wrote stands in `expression`."""
    return any(isinstance(node, Over) and not is_row_place(node) for node in walk(expression))


@bind_node.register
def _(node: exp.Window, context: Context) -> Expression:
    environment = context.environment
    if context.windows is None:
        raise environment.wrong(f"a window function cannot stand in {context.clause}", node)
    refuse_extras(node, WINDOW_PARTS, environment)
    if str(node.args.get("over") or "OVER").upper() != "OVER":
        raise environment.later(f"{node.args['over']} is", node)
    whole = _resolved(node, context)
    inner = replace(context, windows=None, may_number=False, clause="a window")
    partition = [without_null_type(bind_expression(e, inner)) for e in whole.partition]
    order = [sort_key(o, without_null_type(bind_expression(o.this, inner))) for o in whole.order]
    frame = bind_frame(whole.frame, order, node, inner)
    if frame.key is None:
        order = [key for key in order if not isinstance(key.expression, Literal)]
    partition = [e for e in dict.fromkeys(partition) if not isinstance(e, Literal)]

    def over(call: AggregateCall | WindowCall, frame: Frame) -> Expression:
        return Over(
            call=call,
            partition=tuple(partition),
            order=tuple(order),
            frame=frame,
            type=call.type,
            nullable=call.nullable,
            span=call.span,
        )

    name = _window_name(node.this)
    if name is None:
        return _aggregate(node.this, inner, lambda call: over(call, frame))
    definition = WINDOW_FUNCTIONS[name]
    if definition.needs_order and not whole.order:
        raise environment.wrong(f"{name} needs ORDER BY in its window", node.this)
    return over(_call(node.this, name, inner), definition.frame or frame)


def _window_name(node: exp.Expr) -> str | None:
    """Return the name of a function that stands with OVER only; None for another."""
    function = _without_null_treatment(node)[0]
    name = plain_name(str(function.this)).lower() if isinstance(function, exp.Anonymous) else ""
    return name if name in WINDOW_FUNCTIONS else None


@dataclass(frozen=True, slots=True)
class Specification:
    """A window's clauses, those of the named window that it builds on among them."""

    partition: Sequence[exp.Expr]
    order: Sequence[exp.Ordered]
    frame: exp.WindowSpec | None


def _resolved(node: exp.Window, context: Context, seen: tuple[str, ...] = ()) -> Specification:
    """Return a window's clauses; raises ProgrammingError where it overrides a named window's."""
    environment = context.environment
    partition = node.args.get("partition_by") or []
    order = [] if node.args.get("order") is None else node.args["order"].expressions
    own = Specification(partition, order, node.args.get("spec"))
    alias = node.args.get("alias")
    if alias is None:
        return own
    name = plain_name(alias.name)
    windows = context.windows or {}
    definition = windows.get(name.lower())
    if definition is None or name.lower() in seen:
        known = [key for key in windows if key not in seen]
        raise environment.wrong(f"window {name} does not exist{nearest(name, known)}", alias)
    refuse_extras(definition, DEFINITION_PARTS, environment)
    base = _resolved(definition, context, (*seen, name.lower()))
    if not (own.partition or own.order or own.frame):
        return base
    if own.partition:
        raise environment.wrong(f"the PARTITION BY of window {name} cannot be overridden", alias)
    if own.order and base.order:
        raise environment.wrong(f"the ORDER BY of window {name} cannot be overridden", alias)
    if base.frame is not None:
        raise environment.wrong(f"window {name} has a frame: nothing can build on it", alias)
    return Specification(base.partition, own.order or base.order, own.frame)


def _call(node: exp.Expr, name: str, context: Context) -> WindowCall:
    """Bind the call of a window function that is no aggregate."""
    function, is_from_last = _without_from_end(node, name, context)
    function, ignores_nulls = _without_null_treatment(function)
    definition = WINDOW_FUNCTIONS[name]
    if ignores_nulls is not None and not definition.is_skipping:
        raise context.environment.wrong(f"{name} takes no IGNORE or RESPECT NULLS", node)
    arguments = _arguments(function, name, definition, context)
    return WindowCall(
        function=(is_from_last and definition.from_last) or ALIASES.get(name, name),
        arguments=arguments,
        ignores_nulls=bool(ignores_nulls) or definition.is_fill,
        type=definition.result(arguments),
        nullable=definition.is_nullable,
        span=context.environment.span(function),
    )


def _without_from_end(node: exp.Expr, name: str, context: Context) -> tuple[exp.Expr, bool]:
    """Return the function without FROM FIRST or FROM LAST, and whether it is the latter."""
    function = node.this if isinstance(node, exp.IgnoreNulls | exp.RespectNulls) else node
    end = function.expressions[-1] if function.expressions else None
    if not isinstance(end, exp.Anonymous) or plain_name(str(end.this)).upper() != FROM_END:
        return node, False
    if WINDOW_FUNCTIONS[name].from_last is None:
        message = f"{name} takes neither FROM FIRST nor FROM LAST"
        raise context.environment.wrong(message, end)
    copy = node.copy()
    inner = copy.this if function is not node else copy
    inner.set("expressions", function.expressions[:-1])
    return copy, end.expressions[0].name == "LAST"


def _without_null_treatment(node: exp.Expr) -> tuple[exp.Expr, bool | None]:
    """Return the function, and whether it ignores NULLs; None where nothing is said of them.

    IGNORE NULLS may stand behind the parentheses, or behind the last argument.
    """
    treatments = exp.IgnoreNulls | exp.RespectNulls
    if isinstance(node, treatments):
        return node.this, isinstance(node, exp.IgnoreNulls)
    arguments = node.expressions if isinstance(node, exp.Anonymous) else []
    if not arguments or not isinstance(arguments[-1], treatments):
        return node, None
    inner = node.copy()
    last = inner.expressions[-1]
    inner.set("expressions", [*node.expressions[:-1], node.expressions[-1].this])
    return inner, isinstance(last, exp.IgnoreNulls)


def _arguments(
    node: exp.Expr, name: str, definition: Definition, context: Context
) -> tuple[Expression, ...]:
    environment = context.environment
    for argument in node.expressions:
        if isinstance(argument, exp.Distinct | exp.Star | exp.Order):
            raise environment.wrong(f"{name} does not take {argument.sql()}", node)
    count = len(node.expressions)
    if not definition.least <= count <= definition.most:
        least, most = definition.least, definition.most
        wanted = str(least) if least == most else f"{least} to {most}"
        raise environment.wrong(f"{name} takes {wanted} arguments, not {count}", node)
    inner = replace(context, clause=f"the argument of {name}")
    bound = tuple(bind_expression(a, inner) for a in node.expressions)
    return tuple(map(without_null_type, definition.typed(bound)))


def _aggregate(
    node: exp.Expr, context: Context, over: Callable[[AggregateCall], Expression]
) -> Expression:
    """Bind an aggregate, whose arguments may hold the query's own aggregates.

    What is made of several aggregates becomes several windows.
    """
    environment = context.environment
    if isinstance(node, exp.IgnoreNulls | exp.RespectNulls):
        raise environment.later("IGNORE or RESPECT NULLS behind an aggregate is", node)
    inner = replace(context, may_aggregate=True, arguments_may_aggregate=context.may_aggregate)
    bound = bind_expression(node, inner)
    calls: list[AggregateCall] = []

    def change(part: Expression) -> Expression:
        if not isinstance(part, AggregateCall):
            return with_children(part, tuple(change(child) for child in children(part)))
        calls.append(part)
        return over(part)

    changed = change(bound)
    if not calls or any(call.function == GROUPING for call in calls):
        raise environment.wrong("OVER stands behind an aggregate or a window function", node)
    return changed


def check_nesting(expression: Expression, environment: Environment) -> None:
    """Refuse a window function in another one, or in an aggregate, where an alias brings it."""
    for node in walk(expression):
        parts = [p for child in children(node) for p in walk(child) if isinstance(p, Over)]
        if isinstance(node, AggregateCall):
            parts = [part for part in parts if not is_row_place(part)]
        if isinstance(node, Over | AggregateCall) and parts:
            what = "another one" if isinstance(node, Over) else "an aggregate"
            raise environment.wrong(f"a window function cannot stand in {what}", node.span)


def windowed(
    plan: Plan, expressions: Sequence[Expression], environment: Environment
) -> tuple[Plan, tuple[Expression, ...]]:
    """Return `plan` with the windows' results, and the expressions over that."""
    found = [n for e in expressions for n in walk(e) if isinstance(n, Over)]
    overs = list(dict.fromkeys(found))
    if not overs:
        return plan, tuple(expressions)
    plan, ready = attach(plan, overs, environment)
    fields: dict[Expression, ColumnReference] = {}
    by_window: dict[Specified, list[WindowItem]] = {}
    by_partition: dict[tuple[Expression, ...], list[WindowItem]] = {}
    attached_overs = [each for each in ready if isinstance(each, Over)]
    in_groups = grouped(attached_overs, plan)
    for over, attached in zip(overs, attached_overs, strict=True):
        call, partition = attached.call, attached.partition
        made = environment.field(call.function, over.type, nullable=over.nullable)
        fields[over] = reference(made)
        item = WindowItem(made, call, attached.frame)
        if attached in in_groups:
            by_partition.setdefault(partition, []).append(item)
        else:
            by_window.setdefault((partition, attached.order), []).append(item)
    for partition, items in by_partition.items():
        plan = with_groups(plan, partition, items, environment)
    for window in _stacked(list(by_window)):
        plan = Window(plan, *window, tuple(by_window[window]))

    def change(node: Expression) -> Expression:
        found = fields.get(node) if isinstance(node, Over) else None
        return node if found is None else replace(found, span=node.span)

    return plan, tuple(transform(e, change) for e in expressions)


Specified = tuple[tuple[Expression, ...], tuple[SortKey, ...]]


def _stacked(windows: list[Specified]) -> list[Specified]:
    """Return the windows from below: behind each, those whose order its rows already have."""
    left = sorted(windows, key=lambda w: -len(w[0]) - len(w[1]))
    stacked: list[Specified] = []
    while left:
        order = window_order(*left[0])
        stacked += [w for w in left if has_window_order(order, *w)]
        left = [w for w in left if not has_window_order(order, *w)]
    return stacked
