"""A plan that stands in several places of another one.

Each place is a reference to one Shared definition, so that the optimizer decides whether its rows
are computed once or anew in each place (sql/optimize/share.py).
"""

from __future__ import annotations

from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.plan import (
    Filter,
    Item,
    Join,
    Plan,
    Project,
    Scan,
    Shared,
    Values,
    output_fields,
    walk,
)
from gpudb.sql.plan_expressions import copy_plan, free_ids


class Reused:
    """A plan to be read several times, under a name that EXPLAIN shows.

    One that reads outer fields is copied into each place, since no shared definition may read them;
    so is one that `may_stream`, if it but filters and joins: a CUBE over 2 M rows of a join takes
    21 ms by four joins, and 50 by one whose rows are held.
    """

    def __init__(
        self, plan: Plan, name: str, environment: Environment, *, may_stream: bool = False
    ) -> None:
        self.plan = plan
        self.name = name
        self.environment = environment
        is_copied = bool(free_ids(plan)) or (may_stream and _streams(plan))
        self._number = None if is_copied else next(environment.ids)

    def original(self) -> Plan:
        """Return the plan with its own fields, for one of the places."""
        if self._number is None:
            return self.plan
        copy, ids = self.copy()
        copies = {field.id: field for field in output_fields(copy)}
        own = output_fields(self.plan)
        return Project(copy, tuple(Item(f, reference(copies[ids[f.id]])) for f in own))

    def copy(self) -> tuple[Plan, dict[int, int]]:
        """Return the plan with fields of its own, and their ids by those of the original."""
        if self._number is None:
            return copy_plan(self.plan, self.environment.ids)
        own = output_fields(self.plan)
        fields = tuple(self.environment.field(f.name, f.type, nullable=f.nullable) for f in own)
        ids = {old.id: new.id for old, new in zip(own, fields, strict=True)}
        # A subquery that stands twice in one expression is one field, met twice.
        columns = tuple(old.id for old in own)
        return Shared(self._number, self.name, fields, columns, self.plan), ids


def _streams(plan: Plan) -> bool:
    """Whether rows come without being held, but for those that joins look up."""
    return all(isinstance(n, Scan | Values | Filter | Project | Join) for n in walk(plan))
