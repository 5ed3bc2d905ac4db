"""Pipelines: straight lists of a source, steps and a sink; each becomes one kernel.

    ScanRows | ResultRows | UnionRows | RepeatedRows | FirstRows | WindowRows | ConstantRows
       ->  FilterRows, Probe, ...  ->  Collect | Group | Build

Expressions read fields by id: those of the source, and those that a Probe adds. Projections are
folded into the expressions. Pipelines are listed in the order in which they run: a pipeline only
names earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from gpudb.sql.expr import Expression, Literal, SortKey, field_ids
from gpudb.sql.plan import AggregateItem, Field, Item, JoinKind, TableSource, WindowItem, ZoneFilter


@dataclass(frozen=True, slots=True)
class ScanRows:
    """Rows of a table; `columns` are the table's names for `fields`."""

    table: TableSource
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    zone_filters: tuple[ZoneFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class ResultRows:
    """The rows that pipeline `pipeline` left."""

    pipeline: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class UnionRows:
    """The rows of several results, one after the other; columns meet by their places."""

    parts: tuple[ResultRows, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class RepeatedRows:
    """The rows of a result, each as often as its field `times` says."""

    result: ResultRows
    times: int

    @property
    def fields(self) -> tuple[Field, ...]:
        """The result's fields."""
        return self.result.fields


@dataclass(frozen=True, slots=True)
class FirstRows:
    """Rows `offset` to `offset + count` of a result's rows that agree in its fields `keys`."""

    result: ResultRows
    keys: tuple[int, ...]
    count: int | None
    offset: int

    @property
    def fields(self) -> tuple[Field, ...]:
        """The result's fields."""
        return self.result.fields


@dataclass(frozen=True, slots=True)
class WindowRows:
    """A result's rows with window functions besides.

    The rows are sorted by the fields `partition`, then by the fields `order`. The calls' arguments
    and the frames' expressions are fields or literals.
    """

    result: ResultRows
    partition: tuple[int, ...]
    order: tuple[WindowKey, ...]
    items: tuple[WindowItem, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The result's fields, then the window functions'."""
        return (*self.result.fields, *(item.field for item in self.items))


@dataclass(frozen=True, slots=True)
class WindowKey:
    """A field by which rows are sorted within a partition."""

    field: int
    is_descending: bool


@dataclass(frozen=True, slots=True)
class ConstantRows:
    """Rows of literals."""

    fields: tuple[Field, ...]
    rows: tuple[tuple[Literal, ...], ...]


Source = ScanRows | ResultRows | UnionRows | RepeatedRows | FirstRows | WindowRows | ConstantRows


@dataclass(frozen=True, slots=True)
class FilterRows:
    """Passes rows for which `predicate` is TRUE."""

    predicate: Expression


@dataclass(frozen=True, slots=True)
class Probe:
    """Looks `keys` up in the table that pipeline `build` left, and adds its payload fields.

    `condition` may read the payload; for LEFT it belongs to the match, not to the row.
    """

    build: int
    kind: JoinKind
    keys: tuple[Expression, ...]
    payload: tuple[Field, ...]
    condition: Expression | None = None


Step = FilterRows | Probe


@dataclass(frozen=True, slots=True)
class Collect:
    """Keeps the items of every row.

    In the order of `keys` or of the source, `offset` rows skipped.
    """

    items: tuple[Item, ...]
    keys: tuple[SortKey, ...] = ()
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """One row for each tuple of keys, with aggregates; one row in all where there are no keys."""

    keys: tuple[Item, ...]
    aggregates: tuple[AggregateItem, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """A join's table: the payload of every row, found by `keys` (none for a cross join).

    Of a set only this is asked: whether a key is there.
    """

    keys: tuple[Expression, ...]
    items: tuple[Item, ...]
    is_set: bool = False


@dataclass(frozen=True, slots=True)
class HostCompute:
    """Keeps `items`, and computes `results` from them on the host, a whole column at a time.

    For text made of several columns (a || b) or of numbers, whose distinct values are not known
    before. Every result is a call whose arguments are literals or the fields of `items`.
    """

    items: tuple[Item, ...]
    results: tuple[Item, ...]


Sink = Collect | Group | Build | HostCompute


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Source, steps, sink; `index` is its place in the list."""

    index: int
    source: Source
    steps: tuple[Step, ...]
    sink: Sink


def sink_expressions(sink: Sink) -> tuple[Expression, ...]:
    """Return every expression that the sink evaluates for a row."""
    match sink:
        case Collect(items=items, keys=keys):
            return (*(i.expression for i in items), *(k.expression for k in keys))
        case Group(keys=groups, aggregates=aggregates):
            return (*(g.expression for g in groups), *(a.call for a in aggregates))
        case Build(keys=build_keys, items=items):
            return (*build_keys, *(i.expression for i in items))
        case HostCompute(items=items):
            return tuple(i.expression for i in items)
    raise AssertionError(f"no such sink: {sink!r}")


def step_expressions(step: Step) -> tuple[Expression, ...]:
    """Return every expression that the step evaluates for a row."""
    if isinstance(step, FilterRows):
        return (step.predicate,)
    return step.keys if step.condition is None else (*step.keys, step.condition)


def read_results(source: Source) -> tuple[int, ...]:
    """Return the pipelines whose rows `source` reads."""
    match source:
        case ResultRows(pipeline=pipeline):
            return (pipeline,)
        case RepeatedRows(result=result) | FirstRows(result=result) | WindowRows(result=result):
            return (result.pipeline,)
        case UnionRows(parts=parts):
            return tuple(part.pipeline for part in parts)
    return ()


def check(pipelines: tuple[Pipeline, ...]) -> None:
    """Assert that each pipeline reads only fields it has and only pipelines before it."""
    for index, pipeline in enumerate(pipelines):
        assert pipeline.index == index, f"pipeline {pipeline.index} stands at {index}"
        source = pipeline.source
        assert all(read < index for read in read_results(source))
        known = {f.id for f in source.fields}
        for step in pipeline.steps:
            if isinstance(step, Probe):
                assert step.build < index and isinstance(pipelines[step.build].sink, Build)
                _check_known(step.keys, known)
                known |= {f.id for f in step.payload}
            _check_known(step_expressions(step), known)
        _check_known(sink_expressions(pipeline.sink), known)


def _check_known(expressions: tuple[Expression, ...], known: set[int]) -> None:
    for expression in expressions:
        missing = field_ids(expression) - known
        assert not missing, f"fields {sorted(missing)} are not there for {expression!r}"
