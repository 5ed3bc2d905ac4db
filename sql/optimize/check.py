"""What every plan must satisfy, before and after each rule; tests run it between the rules."""

from __future__ import annotations

from collections.abc import Iterable

from gpudb.sql.expr import ColumnReference, Expression, walk
from gpudb.sql.plan import (
    Aggregate,
    Expand,
    Field,
    Filter,
    Item,
    Iterate,
    Join,
    JoinKind,
    LastRound,
    LimitBy,
    Plan,
    Project,
    Repeat,
    Scan,
    Shared,
    Union,
    Values,
    Window,
    inputs,
    output_fields,
)
from gpudb.sql.plan_expressions import expressions
from gpudb.storage.types import BOOLEAN


def check_plan(plan: Plan) -> None:
    """Assert that `plan` is well formed.

    Every reference names a field of the node's input, with its type, and does not call it NOT NULL
    where it is not; field ids are unique but for items that pass a field on; predicates are
    BOOLEAN.
    """
    _check_node(plan)
    _check_ids(plan)


def _check_node(plan: Plan) -> None:
    for part in inputs(plan):
        _check_node(part)
    match plan:
        case Join(left=left, right=right):
            _check_join(plan, output_fields(left), output_fields(right))
        case Scan() | Values() | Shared():
            _check_leaf(plan)
        case Union():
            _check_union(plan.fields, plan.parts)
        case Iterate(fields=fields, seed=seed, step=step):
            _check_union(fields, (seed, step))
        case Repeat(input=below, times=times):
            assert any(f.id == times and f.type.is_integer for f in output_fields(below))
        case LimitBy(input=below, keys=keys):
            assert set(keys) <= {f.id for f in output_fields(below)}
        case _:
            known = (field for part in inputs(plan) for field in output_fields(part))
            _check_references(expressions(plan), known)
    match plan:
        case Filter(predicate=predicate):
            _check_predicate(predicate)
        case Window(items=window_items):
            assert all(i.field.type == i.call.type for i in window_items)
            assert all(i.field.nullable or not i.call.nullable for i in window_items)
        case Project(items=items) | Aggregate(groups=items):
            _check_items(items)


def _check_leaf(plan: Scan | Values | Shared) -> None:
    match plan:
        case Scan(fields=fields, columns=columns):
            assert len(fields) == len(columns)
        case Values(fields=fields, rows=rows):
            assert all(len(row) == len(fields) for row in rows)
        case Shared(fields=fields, columns=numbers, definition=definition):
            check_plan(definition)
            known = {field.id: field for field in output_fields(definition)}
            assert [f.type for f in fields] == [known[n].type for n in numbers], plan


def _check_join(plan: Join, left: tuple[Field, ...], right: tuple[Field, ...]) -> None:
    _check_references((key.left for key in plan.keys), left)
    _check_references((key.right for key in plan.keys), right)
    assert all(key.left.type == key.right.type for key in plan.keys), plan.keys
    if plan.condition is not None:
        _check_predicate(plan.condition)
        _check_references((plan.condition,), (*left, *right))
    if plan.kind is JoinKind.CROSS:
        assert not plan.keys and plan.condition is None


def _check_union(fields: tuple[Field, ...], parts: tuple[Plan, ...]) -> None:
    for part in parts:
        for whole, own in zip(fields, output_fields(part), strict=True):
            assert whole.type == own.type, f"{own} in a Union's {whole}"
            assert whole.nullable or not own.nullable, f"{own} in a Union's {whole}"


def _check_predicate(predicate: Expression) -> None:
    assert predicate.type == BOOLEAN, f"a predicate of type {predicate.type}"


def _check_items(items: Iterable[Item]) -> None:
    for item in items:
        assert item.field.type == item.expression.type, item
        assert item.field.nullable or not item.expression.nullable, item


def _check_references(parts: Iterable[Expression], known: Iterable[Field]) -> None:
    fields = {field.id: field for field in known}
    for part in parts:
        for node in walk(part):
            if isinstance(node, ColumnReference):
                field = fields.get(node.id)
                assert field is not None, f"no field {node.id} ({node.name}) among {list(fields)}"
                assert field.type == node.type, f"{node} over {field}"
                assert node.nullable or not field.nullable, f"{node} over {field}"


def _check_ids(plan: Plan) -> None:
    """Assert that each field is made in one place, and that no output has a field twice."""
    made: set[int] = set()

    def visit(node: Plan) -> None:
        for part in inputs(node):
            visit(part)
        outputs = [field.id for field in output_fields(node)]
        assert len(outputs) == len(set(outputs)), f"a field twice in {outputs}"
        for made_id in _made_fields(node):
            assert made_id not in made, f"field {made_id} is made twice"
            made.add(made_id)

    visit(plan)


def _made_fields(plan: Plan) -> tuple[int, ...]:
    match plan:
        case Scan() | Values() | Union() | Iterate() | LastRound() | Shared() | Expand():
            return tuple(field.id for field in plan.fields)
        case Project(items=items):
            return tuple(item.field.id for item in items if not _passes_on(item))
        case Aggregate(groups=groups, aggregates=aggregates):
            new = tuple(item.field.id for item in groups if not _passes_on(item))
            return (*new, *(a.field.id for a in aggregates))
        case Window(items=window_items):
            return tuple(item.field.id for item in window_items)
    return ()


def _passes_on(item: Item) -> bool:
    expression = item.expression
    return isinstance(expression, ColumnReference) and expression.id == item.field.id
