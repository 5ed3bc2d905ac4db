"""CTEs: those that are read once, or cost little, become a part of the plan; others are shared.

Join                    Join
  Shared x                Shared x
    Aggregate ...   ->      Aggregate ...         computed once, only what is read of it
  Filter                  Filter
    Shared x                Shared x
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator

from gpudb.records import replace
from gpudb.sql.optimize.rewrite import keep_fields, reference, transform_plan
from gpudb.sql.plan import (
    Filter,
    Item,
    Plan,
    Project,
    Scan,
    Shared,
    Values,
    output_fields,
    walk,
)
from gpudb.sql.plan_expressions import copy_plan, next_field_id


def inline_shared(plan: Plan) -> Plan:
    """Replace each CTE that need not be shared by a plan of its own for every reference."""
    definitions = {shared.number: shared for shared in all_shared(plan)}
    if not definitions:
        return plan
    uses = Counter(shared.number for shared in all_shared(plan))
    ids = itertools.count(next_field_id(plan))
    done: dict[int, Plan] = {}
    inlined: set[int] = set()

    def change(node: Plan) -> Plan:
        if not isinstance(node, Shared):
            return node
        definition = done[node.number]
        if node.number not in inlined:
            return replace(node, definition=definition)
        columns = {field.id: field.id for field in output_fields(definition)}
        if uses[node.number] > 1:
            definition, columns = copy_plan(definition, ids)
        return _renamed(node, definition, columns)

    # A CTE reads only those defined before it, which have lower numbers.
    for number in sorted(definitions):
        shared = definitions[number]
        done[number] = transform_plan(shared.definition, change)
        is_kept = shared.is_kept
        if is_kept is None:
            is_kept = uses[number] > 1 and is_costly(done[number])
        if not is_kept:
            inlined.add(number)
    return transform_plan(plan, change)


def _renamed(node: Shared, definition: Plan, columns: dict[int, int]) -> Plan:
    """Return the definition's columns, by their ids there, under the fields of a reference."""
    fields = {field.id: field for field in output_fields(definition)}
    pairs = zip(node.fields, node.columns, strict=True)
    items = tuple(Item(field, reference(fields[columns[column]])) for field, column in pairs)
    return Project(definition, items)


def is_costly(plan: Plan) -> bool:
    """Whether rows are rather kept than computed again: they are more than read and filtered."""
    return not all(
        isinstance(node, Scan | Values | Filter | Project | Shared) for node in walk(plan)
    )


def optimize_shared(plan: Plan, optimize: Callable[[Plan], Plan]) -> Plan:
    """Return `plan` with every shared definition optimized, and narrowed to what is read of it."""
    done: dict[int, Plan] = {}
    while True:
        # The last defined comes first: what it reads of the others is known then.
        read = {s.number: s for s in all_shared(plan) if s.number not in done}
        if not read:
            return plan
        number = max(read)
        wanted = {c for s in all_shared(plan) if s.number == number for c in s.columns}
        definition = read[number].definition
        kept = [f for f in output_fields(definition) if f.id in wanted]
        done[number] = optimize(keep_fields(definition, kept or output_fields(definition)[:1]))
        plan = _with_definitions(plan, _nested(done))


def _nested(definitions: dict[int, Plan]) -> dict[int, Plan]:
    """Return the definitions with those that they read, at any depth, being the same."""
    nested: dict[int, Plan] = {}
    for number in sorted(definitions):
        nested[number] = _with_definitions(definitions[number], nested)
    return nested


def _with_definitions(plan: Plan, done: dict[int, Plan]) -> Plan:
    def change(node: Plan) -> Plan:
        if not isinstance(node, Shared):
            return node
        # One that is not done has a lower number than those that are, and so reads none of them.
        return replace(node, definition=done.get(node.number, node.definition))

    return transform_plan(plan, change)


def all_shared(plan: Plan) -> Iterator[Shared]:
    """Yield every reference in `plan`, and, once each, those in the definitions."""
    seen: set[int] = set()
    waiting = [plan]
    while waiting:
        found = [node for node in walk(waiting.pop()) if isinstance(node, Shared)]
        yield from found
        for number, definition in {s.number: s.definition for s in found}.items():
            if number not in seen:
                seen.add(number)
                waiting.append(definition)
