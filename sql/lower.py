"""Logical plan -> pipelines.

Joins' right sides become builds, aggregates and sorts end a pipeline.
"""

from __future__ import annotations

from collections.abc import Iterator

from gpudb.records import replace
from gpudb.sql.aggregates import is_of_values, needs_numbers
from gpudb.sql.bands import find_bands
from gpudb.sql.expr import (
    AggregateCall,
    Expression,
    Literal,
    children,
    with_children,
)
from gpudb.sql.host_calls import (
    host_parts,
    innermost_host_calls,
    read_parts,
    replace_nodes,
    split_host_calls,
)
from gpudb.sql.liveness import drop_unread
from gpudb.sql.passes import Passes
from gpudb.sql.pipeline import (
    Build,
    Collect,
    ConstantRows,
    ExpandedRows,
    FilterRows,
    FirstRows,
    Group,
    HostCompute,
    IteratedRows,
    LastRows,
    Pipeline,
    Probe,
    RepeatedRows,
    ResultRows,
    ScanRows,
    Sink,
    Source,
    UnionRows,
    Unnest,
    read_pipelines,
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
    JoinKind,
    LastRound,
    Limit,
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
    has_window_order,
    output_fields,
    window_order,
)
from gpudb.sql.plan_expressions import next_field_id
from gpudb.sql.stream import Stream, longest_array, reference
from gpudb.sql.window_rows import window_reads, window_rows


def lower(plan: Plan) -> tuple[Pipeline, ...]:
    """Return the pipelines that compute `plan`; the last one's result is the answer."""
    lowering = Lowering(next_field_id(plan))
    stream = lowering.stream(plan)
    fields = output_fields(plan)
    if not lowering.is_result_of_last(stream, fields):
        lowering.close(stream, Collect(_items(stream, fields)))
    return drop_unread(tuple(lowering.pipelines))


def _items(stream: Stream, fields: tuple[Field, ...]) -> tuple[Item, ...]:
    return tuple(Item(f, stream.resolve(reference(f))) for f in fields)


class Lowering:
    """The pipelines so far, in the order in which they run."""

    def __init__(self, next_id: int) -> None:
        self.pipelines: list[Pipeline] = []
        self.shared: dict[int, ResultRows] = {}
        self.next_id = next_id

    def close(self, stream: Stream, sink: Sink) -> int:
        """End `stream` with `sink` and return the pipeline's index."""
        index = len(self.pipelines)
        self.pipelines.append(Pipeline(index, stream.source, stream.steps, sink))
        return index

    def is_result_of_last(self, stream: Stream, fields: tuple[Field, ...]) -> bool:
        """Whether the last pipeline's result already is `fields`, in order."""
        source = stream.source
        return (
            isinstance(source, ResultRows)
            and source.pipeline == len(self.pipelines) - 1
            and not stream.steps
            and tuple(f.id for f in fields) == tuple(f.id for f in source.fields)
            and all(stream.resolve(reference(f)) == reference(f) for f in fields)
        )

    def stream(self, plan: Plan) -> Stream:
        """Return the open pipeline that yields the rows of `plan`."""
        match plan:
            case Expand(function="unnest"):
                return self.unnest(plan)
            case (
                Scan()
                | Values()
                | Union()
                | Repeat()
                | LimitBy()
                | Expand()
                | Iterate()
                | LastRound()
                | Shared()
            ):
                return Stream(self.source(plan))
            case Filter(input=below, predicate=predicate):
                stream, (ready,) = self.ready(self.stream(below), (predicate,))
                return stream.then(FilterRows(ready))
            case Project(input=below, items=items):
                return self.project(self.stream(below), items)
            case Join():
                return self.join(plan)
            case Aggregate():
                return self.aggregate(plan)
            case Window():
                return self.window(plan)
            case Sort(input=below, keys=keys, limit=limit, with_ties=with_ties):
                return self.collect(below, Collect((), keys, limit, with_ties=with_ties))
            case Limit(
                input=Sort(input=below, keys=keys, with_ties=False),
                count=count,
                offset=offset,
                percent=percent,
            ):
                return self.collect(below, Collect((), keys, count, offset, percent))
            case Limit(input=below, count=count, offset=offset, percent=percent):
                return self.collect(below, Collect((), (), count, offset, percent))
        raise AssertionError(f"no such plan node: {plan!r}")

    def source(self, plan: Plan) -> Source:
        """Return where a pipeline reads the rows of `plan`."""
        match plan:
            case Scan(table=table, fields=fields, columns=columns, zone_filters=zones):
                return ScanRows(table, fields, columns, zones)
            case Values(fields=fields, rows=rows):
                return ConstantRows(fields, rows)
            case Union(parts=parts, fields=fields):
                return UnionRows(tuple(self.result(p) for p in parts), fields)
            case Repeat(input=below, times=times):
                return RepeatedRows(self.result(below), times)
            case LimitBy(input=below, keys=keys, count=count, offset=offset):
                return FirstRows(self.result(below), keys, count, offset)
            case Expand():
                return self.expand(plan)
            case Iterate():
                return self.iterate(plan)
            case LastRound(number=number, fields=fields):
                return LastRows(number, fields)
            case Shared():
                return self.share(plan)
        raise AssertionError(f"no source: {plan!r}")

    def project(self, stream: Stream, items: tuple[Item, ...]) -> Stream:
        """Bind the items' fields to their expressions; nothing runs yet."""
        stream, ready = self.ready(stream, tuple(i.expression for i in items))
        bindings = {i.field.id: e for i, e in zip(items, ready, strict=True)}
        return replace(stream, bindings=bindings)

    def join(self, join: Join) -> Stream:
        """Close the right side as a build and probe it from the left."""
        left, right = self.stream(join.left), self.stream(join.right)
        condition, left_texts, right_texts = split_host_calls(join, self._field)
        right, right_keys = self.ready(right, tuple(k.right for k in join.keys))
        right, right_values = self.ready(right, tuple(right_texts.values()))
        bands = () if join.keys else find_bands(join, condition, left_texts)
        texts = tuple(Item(f, v) for f, v in zip(right_texts, right_values, strict=True))
        payload = output_fields(join.right)
        items = (*_items(right, payload), *texts)
        held = {i.field.id: i.expression for i in texts}
        right = replace(right, bindings={**right.bindings, **held})
        right, band_values = self.ready(right, tuple(b.band.expression for b in bands))
        is_set = join.kind in (JoinKind.SEMI, JoinKind.ANTI) and join.condition is None
        own = tuple(replace(b.band, expression=e) for b, e in zip(bands, band_values, strict=True))
        sink = Build(right_keys, items, is_set=is_set and bool(right_keys), bands=own)
        build = self.close(right, sink)
        left, left_keys = self.ready(left, tuple(k.left for k in join.keys))
        left, left_values = self.ready(left, tuple(left_texts.values()))
        bindings = {f.id: left.resolve(reference(f)) for f in output_fields(join.left)}
        bindings |= {f.id: v for f, v in zip(left_texts, left_values, strict=True)}
        left = replace(left, bindings=bindings)
        left, compared = self.ready(left, tuple(b.compared for b in bands))
        added = output_fields(join)[len(output_fields(join.left)) :] or payload
        condition = None if condition is None else left.resolve(condition)
        probe = Probe(build, join.kind, left_keys, (*added, *right_texts), condition, compared)
        return left.then(probe)

    def aggregate(self, plan: Aggregate) -> Stream:
        """End the pipeline with a Group, or with the passes that its aggregates need."""
        below = self.stream(plan.input)
        arguments = tuple(e for a in plan.aggregates for e in children(a.call))
        groups = tuple(g.expression for g in plan.groups)
        stream, ready = self.ready(below, (*groups, *arguments))
        rest = iter(ready[len(groups) :])
        keys = tuple(Item(g.field, e) for g, e in zip(plan.groups, ready, strict=False))
        aggregates = tuple(
            AggregateItem(a.field, _with_arguments(a.call, rest)) for a in plan.aggregates
        )
        if needs_numbers(plan):
            passes = Passes(len(self.pipelines), self._field)
            source = passes.run(stream.source, stream.steps, keys, aggregates)
            self.pipelines += passes.pipelines
            return Stream(source)
        assert not any(is_of_values(a.call) for a in aggregates), "not expanded"
        index = self.close(stream, Group(keys, aggregates, plan))
        return Stream(ResultRows(index, output_fields(plan)))

    def window(self, plan: Window) -> Stream:
        """End the pipeline with its rows in the window's order, and compute over them."""
        kept, read = output_fields(plan.input), tuple(dict.fromkeys(window_reads(plan)))
        stream, ready = self.ready(self.stream(plan.input), (*map(reference, kept), *read))
        items = [Item(f, e) for f, e in zip(kept, ready, strict=False)]
        held = {item.expression: item.field for item in items}
        resolved = dict(zip(read, ready[len(kept) :], strict=True))
        for expression in resolved.values():
            if expression not in held:
                held[expression] = self._field("window", expression)
                items.append(Item(held[expression], expression))
        partition = tuple(resolved[e] for e in plan.partition)
        order = tuple(replace(k, expression=resolved[k.expression]) for k in plan.order)
        is_sorted = has_window_order(stream.order, partition, order)
        keys = () if is_sorted else window_order(partition, order)
        index = self.close(stream, Collect(tuple(items), keys))
        result = ResultRows(index, tuple(item.field for item in items))
        source = window_rows(plan, result, {e: held[r] for e, r in resolved.items()})
        known = stream.order if is_sorted else window_order(plan.partition, plan.order)
        return Stream(source, order=known)

    def result(self, plan: Plan) -> ResultRows:
        """Run `plan` to its end and return its rows."""
        source = self.collect(plan, Collect(())).source
        assert isinstance(source, ResultRows)
        return source

    def unnest(self, plan: Expand) -> Stream:
        """Loop over the elements of columns where it is known that they are few, else expand."""
        stream, arrays = self.ready(self.stream(plan.input), plan.arguments)
        longest = longest_array(stream.source, arrays)
        if longest is None:
            return Stream(self._expanded(plan, stream, arrays))
        return stream.then(Unnest(arrays, plan.fields, plan.is_outer, longest))

    def expand(self, plan: Expand) -> ExpandedRows:
        """Run the input, with the arguments of the table function as columns of it."""
        stream, arguments = self.ready(self.stream(plan.input), plan.arguments)
        return self._expanded(plan, stream, arguments)

    def _expanded(
        self, plan: Expand, stream: Stream, arguments: tuple[Expression, ...]
    ) -> ExpandedRows:
        kept = output_fields(plan.input)
        stream, values = self.ready(stream, tuple(map(reference, kept)))
        read = tuple(Item(self._field("argument", e), e) for e in arguments)
        items = (*(Item(f, v) for f, v in zip(kept, values, strict=True)), *read)
        index = self.close(stream, Collect(items))
        result = ResultRows(index, tuple(item.field for item in items))
        ids = tuple(item.field.id for item in read)
        return ExpandedRows(result, plan.function, ids, plan.fields, plan.is_outer, plan.span)

    def iterate(self, plan: Iterate) -> IteratedRows:
        """Run the seed, and mark what the step does as what is run in every round."""
        seed = self.result(plan.seed)
        begin = len(self.pipelines)
        step = self.result(plan.step)
        body: list[int] = []
        for pipeline in self.pipelines[begin:]:
            source = pipeline.source
            is_first = isinstance(source, LastRows) and source.number == plan.number
            if is_first or set(body) & set(read_pipelines(pipeline)):
                body.append(pipeline.index)
        return IteratedRows(
            seed=seed,
            step=step,
            body=tuple(body),
            fields=plan.fields,
            number=plan.number,
            name=plan.name,
            is_distinct=plan.is_distinct,
            limit=plan.limit,
            span=plan.span,
        )

    def share(self, plan: Shared) -> UnionRows:
        """Run a shared definition at its first reference, and read its rows at all."""
        if plan.number not in self.shared:
            self.shared[plan.number] = self.result(plan.definition)
        result = self.shared[plan.number]
        fields = {field.id: field for field in result.fields}
        part = ResultRows(result.pipeline, tuple(fields[column] for column in plan.columns))
        return UnionRows((part,), plan.fields)

    def collect(self, below: Plan, wanted: Collect) -> Stream:
        """End the pipeline with the rows kept, sorted and cut as `wanted`, a sink without items."""
        keys = wanted.keys
        stream, ready = self.ready(self.stream(below), tuple(k.expression for k in keys))
        fields = output_fields(below)
        stream, outputs = self.ready(stream, tuple(reference(f) for f in fields))
        items = tuple(Item(f, e) for f, e in zip(fields, outputs, strict=True))
        sort_keys = tuple(replace(k, expression=e) for k, e in zip(keys, ready, strict=True))
        if wanted == Collect((), keys) and stream.order[: len(keys)] == sort_keys:
            sort_keys = ()  # a window has left its rows in this order
        index = self.close(stream, replace(wanted, items=items, keys=sort_keys))
        return Stream(ResultRows(index, fields))

    def ready(
        self, stream: Stream, expressions: tuple[Expression, ...]
    ) -> tuple[Stream, tuple[Expression, ...]]:
        """Resolve `expressions`; what only the host can compute ends the pipeline first."""
        resolved = tuple(stream.resolve(e) for e in expressions)
        calls = {n: None for e in resolved for n in innermost_host_calls(e)}
        if not calls:
            return stream, resolved
        stream, computed = self.host_compute(stream, tuple(calls))
        swap = dict(zip(calls, computed, strict=True))
        return self.ready(stream, tuple(replace_nodes(e, swap) for e in resolved))

    def host_compute(
        self, stream: Stream, calls: tuple[Expression, ...]
    ) -> tuple[Stream, tuple[Expression, ...]]:
        """End the pipeline with everything it has, and `calls` computed on the host."""
        kept = self._all_fields(stream)
        items = [Item(f, reference(f)) for f in kept]
        results: list[Item] = []
        computed = []
        for call in calls:
            arguments = tuple(self._argument(a, items) for a in children(call))
            computed.append(self._computed(with_children(call, arguments), results))
        index = self.close(stream, HostCompute(tuple(items), tuple(results)))
        fields = (*(i.field for i in items), *(r.field for r in results))
        after = Stream(ResultRows(index, fields), (), stream.bindings)
        return after, tuple(computed)

    def _computed(self, call: Expression, results: list[Item]) -> Expression:
        """Add what the host computes for a call, and return the expression that reads it."""
        parts = host_parts(call)
        fields = tuple(self._field("text", part) for part in parts)
        results += (Item(f, part) for f, part in zip(fields, parts, strict=True))
        return read_parts(call, tuple(map(reference, fields)))

    def _all_fields(self, stream: Stream) -> tuple[Field, ...]:
        # Of a build that is only searched, the rows after it know nothing.
        payloads = (
            s.payload
            for s in stream.steps
            if isinstance(s, Probe) and s.kind not in (JoinKind.SEMI, JoinKind.ANTI)
        )
        added = (s.added for s in stream.steps if isinstance(s, Unnest))
        made = (*payloads, *added)
        return (*stream.source.fields, *(f for fields in made for f in fields))

    def _argument(self, argument: Expression, items: list[Item]) -> Expression:
        if isinstance(argument, Literal):
            return argument
        held = self._field("argument", argument)
        items.append(Item(held, argument))
        return reference(held)

    def _field(self, name: str, expression: Expression) -> Field:
        self.next_id += 1
        return Field(self.next_id, name, expression.type, expression.nullable)


def _with_arguments(call: AggregateCall, ready: Iterator[Expression]) -> AggregateCall:
    made = with_children(call, tuple(next(ready) for _ in children(call)))
    assert isinstance(made, AggregateCall)
    return made
