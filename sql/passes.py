"""Aggregates that take several passes over their rows, which meet by the numbers of the groups.

rows -> Number -+-> SegmentRows   the groups' keys, and what needs a group's rows together
                +-> Group         what merges from partial states
                +-> Group, Group  what is over distinct values, once for each list of arguments
                             ZippedRows: all of them side by side, in the order of the numbers
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gpudb.records import replace
from gpudb.sql.aggregates import HOLISTIC, arguments_of, is_counted, over_distinct
from gpudb.sql.expr import (
    AggregateCall,
    ColumnReference,
    Expression,
    Literal,
    SortKey,
    children,
    with_children,
)
from gpudb.sql.pipeline import (
    Collect,
    Group,
    Number,
    Pipeline,
    ResultRows,
    SegmentRows,
    Sink,
    Source,
    Step,
    ZippedRows,
)
from gpudb.sql.plan import AggregateItem, Field, Item
from gpudb.storage.types import BIGINT

NewField = Callable[[str, Expression], Field]


class Passes:
    """The pipelines of one Aggregate; the first gets `index`."""

    def __init__(self, index: int, new_field: NewField) -> None:
        self.index = index
        self.new_field = new_field
        self.pipelines: list[Pipeline] = []

    def run(
        self,
        source: Source,
        steps: tuple[Step, ...],
        keys: Sequence[Item],
        aggregates: Sequence[AggregateItem],
    ) -> ZippedRows:
        """Return the rows that the aggregates of the rows of `source` give."""
        items = list(keys)
        calls = [replace(a, call=self._held(a.call, items)) for a in aggregates]
        number = self.new_field("number", NUMBER)
        ids = tuple(key.field.id for key in keys)
        index = self._close(source, steps, Number(ids, tuple(items), number))
        self.numbered = ResultRows(index, (*(item.field for item in items), number))
        self.number = Item(number, _reference(number))
        self.has_keys = bool(keys)
        parts = [self._segments(keys, calls)]
        plain = [a for a in calls if not (a.call.is_distinct or a.call.function in HOLISTIC)]
        if plain:
            parts.append(self._grouped(self.numbered, plain))
        parts += [self._counted(a) for a in calls if is_counted(a.call)]
        distinct = [a for a in calls if a.call.is_distinct and a.call.function not in HOLISTIC]
        for arguments in dict.fromkeys(arguments_of(a.call) for a in distinct):
            own = [a for a in distinct if arguments_of(a.call) == arguments]
            parts.append(self._distinct(arguments, own))
        fields = (*(key.field for key in keys), *(a.field for a in aggregates))
        return ZippedRows(tuple(parts), fields)

    def _close(self, source: Source, steps: tuple[Step, ...], sink: Sink) -> int:
        index = self.index + len(self.pipelines)
        self.pipelines.append(Pipeline(index, source, steps, sink))
        return index

    def _held(self, call: AggregateCall, items: list[Item]) -> AggregateCall:
        """Return a call over fields of `items`, to which what it reads is added; each thing once.

        Constants behind the first argument stay.
        """
        parts: list[Expression] = []
        constants = () if call.function in ("first", "last") else call.others
        for part in children(call):
            if isinstance(part, Literal) and any(part is each for each in constants):
                parts.append(part)
                continue
            found = next((item.field for item in items if item.expression == part), None)
            if found is None:
                found = self.new_field("argument", part)
                items.append(Item(found, part))
            parts.append(_reference(found))
        held = with_children(call, tuple(parts))
        assert isinstance(held, AggregateCall)
        return held

    def _segments(self, keys: Sequence[Item], calls: Sequence[AggregateItem]) -> ResultRows:
        holistic = tuple(a for a in calls if _is_holistic(a))
        own = tuple(Item(key.field, _reference(key.field)) for key in keys)
        source = SegmentRows(self.numbered, self.number.field.id, own, holistic)
        items = tuple(Item(f, _reference(f)) for f in source.fields)
        return ResultRows(self._close(source, (), Collect(items)), source.fields)

    def _grouped(self, rows: ResultRows, calls: Sequence[AggregateItem]) -> ResultRows:
        """Group by the numbers, in their order."""
        fields = tuple(a.field for a in calls)
        numbers = (self.number,) if self.has_keys else ()
        index = self._close(rows, (), Group(numbers, tuple(calls)))
        if not numbers:
            return ResultRows(index, fields)
        source = ResultRows(index, (self.number.field, *fields))
        order = (SortKey(self.number.expression, False, False),)
        items = tuple(Item(f, _reference(f)) for f in fields)
        return ResultRows(self._close(source, (), Collect(items, order)), fields)

    def _distinct(
        self, arguments: tuple[Expression, ...], calls: Sequence[AggregateItem]
    ) -> ResultRows:
        values = tuple(Item(self.new_field("value", a), a) for a in arguments)
        numbers = (self.number,) if self.has_keys else ()
        index = self._close(self.numbered, (), Group((*numbers, *values), ()))
        rows = ResultRows(index, tuple(item.field for item in (*numbers, *values)))
        parts = tuple(_reference(item.field) for item in values)
        return self._grouped(rows, [replace(a, call=over_distinct(a.call, parts)) for a in calls])

    def _counted(self, aggregate: AggregateItem) -> ResultRows:
        """MODE(x): of the values, each with the number of its rows, that with the most."""
        (argument,) = arguments_of(aggregate.call)
        value = Item(self.new_field("value", argument), argument)
        count = AggregateCall(function="count", argument=argument, type=BIGINT, nullable=False)
        rows = AggregateItem(self.new_field("rows", NUMBER), count)
        numbers = (self.number,) if self.has_keys else ()
        index = self._close(self.numbered, (), Group((*numbers, value), (rows,)))
        fields = (*(item.field for item in (*numbers, value)), rows.field)
        best = replace(
            aggregate.call,
            function="arg_max",
            argument=_reference(value.field),
            others=(_reference(rows.field),),
            order=(),
        )
        return self._grouped(ResultRows(index, fields), [replace(aggregate, call=best)])


NUMBER = Literal(type=BIGINT, nullable=False, value=0)


def _is_holistic(aggregate: AggregateItem) -> bool:
    return aggregate.call.function in HOLISTIC and not is_counted(aggregate.call)


def _reference(field: Field) -> ColumnReference:
    return ColumnReference(id=field.id, name=field.name, type=field.type, nullable=field.nullable)
