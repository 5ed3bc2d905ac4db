"""What plans are made of: expressions listed and mapped, kinds, and copies under new field ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gpudb.records import replace
from gpudb.sql.expr import (
    AggregateCall,
    ColumnReference,
    Expression,
    SortKey,
    WindowCall,
    children,
    field_ids,
    transform,
    with_children,
)
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Expand,
    Field,
    Filter,
    Item,
    Iterate,
    Join,
    JoinKey,
    LastRound,
    LimitBy,
    Plan,
    Project,
    Repeat,
    Scan,
    Shared,
    Sort,
    Union,
    Values,
    Window,
    WindowItem,
    inputs,
    output_fields,
    walk,
    with_inputs,
)

Change = Callable[[Expression], Expression]


def expressions(plan: Plan) -> tuple[Expression, ...]:
    """Return the node's own expressions; an aggregate without argument gives none."""
    match plan:
        case Filter(predicate=predicate):
            return (predicate,)
        case Project(items=items):
            return tuple(item.expression for item in items)
        case Join(keys=keys, condition=condition):
            sides = tuple(side for key in keys for side in (key.left, key.right))
            return sides if condition is None else (*sides, condition)
        case Aggregate(groups=groups, aggregates=aggregates):
            return (*(g.expression for g in groups), *(a.call for a in aggregates))
        case Sort(keys=sort_keys):
            return tuple(key.expression for key in sort_keys)
        case Window(partition=partition, order=order, items=window_items):
            ordered = (key.expression for key in order)
            return (*partition, *ordered, *(e for item in window_items for e in _read(item)))
        case Expand(arguments=arguments):
            return arguments
    return ()


def _read(item: WindowItem) -> tuple[Expression, ...]:
    return (item.call, *item.frame.expressions)


def map_expressions(plan: Plan, change: Change) -> Plan:
    """Return the node with every expression of its own changed."""
    match plan:
        case Filter(predicate=predicate):
            changed = change(predicate)
            return plan if changed is predicate else replace(plan, predicate=changed)
        case Project(items=items):
            mapped = _map_items(items, change)
            return plan if mapped is items else replace(plan, items=mapped)
        case Join(keys=(), condition=None):
            return plan
        case Join(keys=keys, condition=condition):
            return replace(
                plan,
                keys=tuple(JoinKey(change(k.left), change(k.right)) for k in keys),
                condition=None if condition is None else change(condition),
            )
        case Aggregate(groups=groups, aggregates=aggregates):
            calls = tuple(replace(a, call=map_call(a.call, change)) for a in aggregates)
            return replace(plan, groups=_map_items(groups, change), aggregates=calls)
        case Sort(keys=sort_keys):
            return replace(plan, keys=_map_keys(sort_keys, change))
        case Window(partition=partition, order=order, items=window_items):
            return replace(
                plan,
                partition=tuple(change(e) for e in partition),
                order=_map_keys(order, change),
                items=tuple(map_window_item(item, change) for item in window_items),
            )
        case Expand(arguments=arguments):
            return replace(plan, arguments=tuple(change(a) for a in arguments))
    return plan


def _map_keys(keys: tuple[SortKey, ...], change: Change) -> tuple[SortKey, ...]:
    return tuple(replace(k, expression=change(k.expression)) for k in keys)


def map_window_item(item: WindowItem, change: Change) -> WindowItem:
    """Return a window function with its arguments and its frame's expressions changed."""
    call = with_children(item.call, tuple(change(e) for e in children(item.call)))
    assert isinstance(call, AggregateCall | WindowCall)
    frame = item.frame.over(tuple(change(e) for e in item.frame.expressions))
    return replace(item, call=call, frame=frame)


def _map_items(items: tuple[Item, ...], change: Change) -> tuple[Item, ...]:
    """Return the items with their expressions changed; `items` itself where none was."""
    new = [change(item.expression) for item in items]
    if all(a is item.expression for a, item in zip(new, items, strict=True)):
        return items
    return tuple(Item(item.field, a) for item, a in zip(items, new, strict=True))


def map_call(call: AggregateCall, change: Change) -> AggregateCall:
    """Return an aggregate with its arguments and its order changed."""
    new = with_children(call, tuple(change(part) for part in children(call)))
    assert isinstance(new, AggregateCall)
    return new


def free_ids(plan: Plan) -> frozenset[int]:
    """Return the ids of the fields that `plan` reads and does not make: an outer query's."""
    read: set[int] = set()
    made: set[int] = set()
    for node in walk(plan):
        made.update(field.id for field in output_fields(node))
        for expression in expressions(node):
            read |= field_ids(expression)
    return frozenset(read - made)


def next_field_id(plan: Plan) -> int:
    """Return an id that no field of `plan` has, nor of the definitions that it shares."""
    greatest = -1
    seen: set[int] = set()
    waiting = [plan]
    while waiting:
        for node in walk(waiting.pop()):
            greatest = max(greatest, *(field.id for field in output_fields(node)), -1)
            if isinstance(node, Shared) and id(node.definition) not in seen:
                seen.add(id(node.definition))
                waiting.append(node.definition)
    return 1 + greatest


def kinds(plan: Plan) -> frozenset[type[Plan]]:
    """Return the kinds of the nodes that `plan` is made of."""
    known = plan.known_kinds
    if known is None:
        known = frozenset((type(plan),)).union(*map(kinds, inputs(plan)))
        object.__setattr__(plan, "known_kinds", known)
    return known


def map_plan(plan: Plan, change: Change) -> Plan:
    """Return `plan` with every expression in it changed."""
    parts = [map_plan(part, change) for part in inputs(plan)]
    return map_expressions(with_inputs(plan, parts), change)


def copy_plan(plan: Plan, ids: Iterator[int]) -> tuple[Plan, dict[int, int]]:
    """Return the same plan with fields of its own, and their ids by the ids of the old ones."""
    made = {field.id for node in walk(plan) for field in output_fields(node)}
    new = {old: next(ids) for old in sorted(made)}

    def copy(node: Plan) -> Plan:
        node = with_inputs(node, [copy(part) for part in inputs(node)])
        return _renumbered(map_expressions(node, lambda e: renumbered(e, new)), new)

    return copy(plan), new


def renumbered(expression: Expression, ids: dict[int, int]) -> Expression:
    """Return `expression` over fields with the new ids that `ids` gives them."""

    def change(node: Expression) -> Expression:
        if isinstance(node, ColumnReference) and node.id in ids:
            return replace(node, id=ids[node.id])
        return node

    return transform(expression, change)


def _renumbered(plan: Plan, new: dict[int, int]) -> Plan:
    def field(old: Field) -> Field:
        return replace(old, id=new[old.id])

    def items(old: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(Item(field(item.field), item.expression) for item in old)

    match plan:
        case Scan() | Values() | Union() | Iterate() | LastRound() | Shared() | Expand():
            return replace(plan, fields=tuple(field(each) for each in plan.fields))
        case Project(items=old):
            return replace(plan, items=items(old))
        case Aggregate(groups=groups, aggregates=aggregates):
            calls = tuple(AggregateItem(field(a.field), a.call) for a in aggregates)
            return replace(plan, groups=items(groups), aggregates=calls)
        case Window(items=window_items):
            renamed = tuple(replace(i, field=field(i.field)) for i in window_items)
            return replace(plan, items=renamed)
        case Repeat(times=times):
            return replace(plan, times=new[times])
        case LimitBy(keys=keys):
            return replace(plan, keys=tuple(new[key] for key in keys))
    return plan
