"""Random plans give the same rows before and after every rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from gpudb.sql.expr import ColumnReference, Expression
from gpudb.sql.optimize import RULES
from gpudb.sql.optimize.check import check_plan
from gpudb.sql.optimize.rewrite import reference
from gpudb.sql.plan import (
    Field,
    Filter,
    Item,
    Join,
    JoinKind,
    Plan,
    Project,
    Repeat,
    Union,
    output_fields,
)
from gpudb.storage.types import INTEGER
from tests.plain.sql.interpreter import Stored, Value, result
from tests.plain.sql.plans import (
    Builder,
    aggregate_call,
    both,
    call,
    either,
    literal,
    one_of,
    table,
)

TABLES = tuple(
    table(name, rows, **{f"{name}{i}": (INTEGER, 3, 0, 2) for i in range(2)})
    for name, rows in (("a", 4), ("b", 1000), ("c", 50))
)
COMPARISONS = ("equal", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal")


@dataclass
class Drawn:
    """Draws one random plan."""

    data: st.DataObject
    builder: Builder

    def flip(self) -> bool:
        return self.data.draw(st.booleans())

    def operand(self, fields: tuple[Field, ...]) -> Expression:
        if self.data.draw(st.integers(0, 3)) == 3:
            return literal(self.data.draw(st.sampled_from((1, 0, 2, None))), INTEGER)
        of = self.data.draw(st.sampled_from(fields))
        return ColumnReference(id=of.id, name=of.name, type=of.type, nullable=of.nullable)

    def predicate(self, fields: tuple[Field, ...], depth: int = 2) -> Expression:
        """Return a random condition over `fields`."""
        form = self.data.draw(st.integers(0, 8 if depth else 4))
        if form <= 3:
            name = self.data.draw(st.sampled_from(COMPARISONS))
            return call(name, self.operand(fields), self.operand(fields))
        if form == 4:
            test = call("is_null", self.operand(fields))
            return test if self.flip() else one_of(self.operand(fields), literal(1, INTEGER))
        if form == 5:
            return call("not", self.predicate(fields, depth - 1))
        parts = [self.predicate(fields, depth - 1) for _ in range(2)]
        if form == 6:
            return both(*parts)
        if form == 7:
            return either(*parts)
        shared = self.predicate(fields, 0)
        return either(*(both(shared, part) for part in parts))

    def join(self, left: Plan, right: Plan) -> Plan:
        kinds = (JoinKind.CROSS, JoinKind.INNER, *JoinKind)
        kind = self.data.draw(st.sampled_from(kinds))
        fields = (*output_fields(left), *output_fields(right))
        if kind is JoinKind.CROSS:
            return Join(kind, left, right, ())
        condition = self.predicate(fields)
        if self.flip():
            pair = self.operand(output_fields(left)), self.operand(output_fields(right))
            condition = either(call("equal", *pair), condition) if self.flip() else condition
        return Join(kind, left, right, (), condition)

    def maybe_filtered(self, plan: Plan) -> Plan:
        if self.data.draw(st.integers(0, 2)) < 2:
            return plan
        return Filter(plan, self.predicate(output_fields(plan)))

    def plan(self) -> Plan:
        """Return joins of filtered tables, perhaps grouped, filtered and projected."""
        scans = (self.builder.scan(t, nullable=(f"{t.name}0",)) for t in TABLES)
        first, second, third = (self.maybe_filtered(scan) for scan in scans)
        if self.flip():
            joined = self.join(self.maybe_filtered(self.join(first, second)), third)
        else:
            joined = self.join(first, self.maybe_filtered(self.join(second, third)))
        return self.top(self.maybe_filtered(joined))

    def union(self, plan: Plan) -> Plan:
        """Return the rows of `plan`, and those of another table in its first columns."""
        other = self.maybe_filtered(self.builder.scan(TABLES[1], nullable=("b0",)))
        listed = output_fields(plan)[: len(output_fields(other))]
        for of in listed:
            self.builder.fields[of.name] = of
        parts = (self.builder.keep(plan, *(of.name for of in listed)), other)
        pairs = zip(*map(output_fields, parts), strict=True)
        whole = tuple(
            self.builder.field(f"w{i}", INTEGER, nullable=a.nullable or b.nullable)
            for i, (a, b) in enumerate(pairs)
        )
        if self.flip():
            return Union(parts, whole)
        times = self.builder.field("times", INTEGER)
        items = (*(Item(f, reference(f)) for f in whole), Item(times, literal(2, INTEGER)))
        return Repeat(Project(Union(parts, whole), items), times.id)

    def top(self, plan: Plan) -> Plan:
        if self.data.draw(st.integers(0, 3)) == 3:
            plan = self.maybe_filtered(self.union(plan))
        fields = output_fields(plan)
        for of in fields:
            self.builder.fields[of.name] = of
        names = [of.name for of in fields]
        form = self.data.draw(st.integers(0, 2))
        if form == 1:
            plan = self.builder.keep(plan, *names[1:])
        if form == 2:
            argument = self.builder.column(names[-1])
            rows, most = aggregate_call("count"), aggregate_call("sum", argument)
            distinct = aggregate_call("count", argument, is_distinct=True)
            plan = self.builder.aggregate(plan, names[:1], rows=rows, most=most, kinds=distinct)
            plan = self.maybe_filtered(plan)
        return plan


VALUES = st.none() | st.integers(0, 2)


def draw_rows(data: st.DataObject) -> Stored:
    def rows(name: str) -> list[dict[str, Value]]:
        pair = st.tuples(VALUES, st.integers(0, 2))
        drawn = data.draw(st.lists(pair, min_size=2, max_size=4))
        return [{f"{name}0": a, f"{name}1": b} for a, b in drawn]

    return {t.name: rows(t.name) for t in TABLES}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_every_rule_keeps_the_rows(data: st.DataObject) -> None:
    plan = Drawn(data, Builder()).plan()
    check_plan(plan)
    stored = draw_rows(data)
    expected = Counter(result(plan, stored))
    for rule in RULES:
        plan = rule(plan)
        check_plan(plan)
        assert Counter(result(plan, stored)) == expected, rule.__name__
