"""Pipelines: straight lists of a source, steps and a sink; each becomes one kernel.

    ScanRows | ResultRows | UnionRows | RepeatedRows | FirstRows | WindowRows | SegmentRows | ...
       ->  FilterRows, Probe, ...  ->  Collect | Group | Build | Number | HostCompute

Expressions read fields by id: those of the source, and those that a Probe adds. Projections are
folded into the expressions. Pipelines are listed in the order in which they run: a pipeline only
names earlier ones.
"""

from __future__ import annotations

from dataclasses import field

from gpudb.records import dataclass
from gpudb.sql import plan as logical
from gpudb.sql.expr import Expression, Literal, SortKey, Span
from gpudb.sql.plan import AggregateItem, Field, Item, JoinKind, TableSource, WindowItem, ZoneFilter
from gpudb.sql.text_value import TextValue


@dataclass(frozen=True, slots=True)
class ScanRows:
    """Rows of a table; `columns` are the table's names for `fields`.

    `values` are found before the rows are read, and are fields as well.
    """

    table: TableSource
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    zone_filters: tuple[ZoneFilter, ...] = ()
    values: tuple[TextValue, ...] = ()


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
class ExpandedRows:
    """The rows of a result, each with every value that a table function gives for it.

    `arguments` are those of the result's fields that the function reads and nothing else, `added`
    the values and their number.
    """

    result: ResultRows
    function: str
    arguments: tuple[int, ...]
    added: tuple[Field, ...]
    is_outer: bool
    span: Span | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """The result's fields without the arguments, and those added."""
        own = (field for field in self.result.fields if field.id not in self.arguments)
        return (*own, *self.added)


@dataclass(frozen=True, slots=True)
class ConstantRows:
    """Rows of literals."""

    fields: tuple[Field, ...]
    rows: tuple[tuple[Literal, ...], ...]


@dataclass(frozen=True, slots=True)
class EmptyRows:
    """So many rows of no columns: what count(*) needs of a file that tells how many it has."""

    rows: int
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class IteratedRows:
    """The rows of `seed` and of all rounds, under `fields`; columns meet by their places.

    The pipelines `body` run in every round, and at no other time; `step` is the last one's result.
    The rounds end when one adds no row, or when `limit` rows are there; with `is_distinct`, a row
    is added only once.
    """

    seed: ResultRows
    step: ResultRows
    body: tuple[int, ...]
    fields: tuple[Field, ...]
    number: int
    name: str
    is_distinct: bool
    limit: int | None
    span: Span | None


@dataclass(frozen=True, slots=True)
class LastRows:
    """The rows that the last round of the IteratedRows `number` added."""

    number: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class SegmentRows:
    """One row for each group of a result whose rows have the numbers of their groups.

    `keys` read fields of any of a group's rows; `aggregates` need all of them at once, in order.
    Without keys there is one group, even of no rows.
    """

    result: ResultRows
    number: int
    keys: tuple[Item, ...]
    aggregates: tuple[AggregateItem, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The keys' and the aggregates' fields."""
        return (*(k.field for k in self.keys), *(a.field for a in self.aggregates))


@dataclass(frozen=True, slots=True)
class ZippedRows:
    """The rows of several results of as many rows each, side by side."""

    parts: tuple[ResultRows, ...]
    fields: tuple[Field, ...]


Source = (
    ScanRows
    | ResultRows
    | UnionRows
    | RepeatedRows
    | FirstRows
    | WindowRows
    | ExpandedRows
    | ConstantRows
    | EmptyRows
    | IteratedRows
    | LastRows
    | SegmentRows
    | ZippedRows
)


@dataclass(frozen=True, slots=True)
class FilterRows:
    """Passes rows for which `predicate` is TRUE."""

    predicate: Expression


@dataclass(frozen=True, slots=True)
class Probe:
    """Looks `keys` up in the table that pipeline `build` left, and adds its payload fields.

    `condition` may read the payload; for LEFT it belongs to the match, not to the row. Without
    keys, `bands` are what the build's bands are compared with: `condition` says the same.
    """

    build: int
    kind: JoinKind
    keys: tuple[Expression, ...]
    payload: tuple[Field, ...]
    condition: Expression | None = None
    bands: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Unnest:
    """Gives each row with each place in its arrays: the elements, NULL behind an array's end.

    `added` are a field for each array and, if there is one more, the place's number from 1. With
    `is_outer` a row whose arrays have no element stays, with NULLs. No array has more elements than
    `longest`.
    """

    arrays: tuple[Expression, ...]
    added: tuple[Field, ...]
    is_outer: bool
    longest: int


Step = FilterRows | Probe | Unnest


@dataclass(frozen=True, slots=True)
class Collect:
    """Keeps the items of every row.

    In the order of `keys` or of the source, `offset` rows skipped. `percent` of all rows are a
    limit too; `with_ties` adds the rows whose keys are equal to those of the last.
    """

    items: tuple[Item, ...]
    keys: tuple[SortKey, ...] = ()
    limit: int | None = None
    offset: int = 0
    percent: float | None = None
    with_ties: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """One row for each tuple of keys, with aggregates; one row in all where there are no keys.

    `plan` tells how many groups there may be, where that is asked. Where only `counts` are read of
    the groups, the numbers of all or of those whose key is not NULL, these are the only row.
    """

    keys: tuple[Item, ...]
    aggregates: tuple[AggregateItem, ...]
    plan: logical.Aggregate | None = field(default=None, compare=False, repr=False)
    counts: tuple[AggregateItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """`expression` of a build's row is `comparison` (less, ...) than what a probe compares."""

    expression: Expression
    comparison: str


@dataclass(frozen=True, slots=True)
class Build:
    """A join's table: the payload of every row, found by `keys` (none for a cross join).

    Of a set only this is asked: whether a key is there.
    Without keys, `bands` lie in order and leave a probe few rows to look at.
    """

    keys: tuple[Expression, ...]
    items: tuple[Item, ...]
    is_set: bool = False
    bands: tuple[Band, ...] = ()

    @property
    def searched(self) -> tuple[Expression, ...]:
        """What rows are found by; none of it is NULL."""
        return (*self.keys, *(band.expression for band in self.bands))


@dataclass(frozen=True, slots=True)
class HostCompute:
    """Keeps `items`, and computes `results` from them on the host, a whole column at a time.

    For text made of several columns (a || b) or of numbers, whose distinct values are not known
    before. Every result is a call whose arguments are literals or the fields of `items`.
    """

    items: tuple[Item, ...]
    results: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """Keeps `items`, and adds the number of each row's group: the rows that agree in `keys`.

    `keys` are ids of items' fields; numbers count from 0 without a gap.
    """

    keys: tuple[int, ...]
    items: tuple[Item, ...]
    number: Field


Sink = Collect | Group | Build | HostCompute | Number


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
        case Build(items=items):
            return (*sink.searched, *(i.expression for i in items))
        case HostCompute(items=items) | Number(items=items):
            return tuple(i.expression for i in items)
    raise AssertionError(f"no such sink: {sink!r}")


def step_expressions(step: Step) -> tuple[Expression, ...]:
    """Return every expression that the step evaluates for a row."""
    if isinstance(step, FilterRows):
        return (step.predicate,)
    if isinstance(step, Unnest):
        return step.arrays
    own = (*step.keys, *step.bands)
    return own if step.condition is None else (*own, step.condition)


def read_results(source: Source) -> tuple[int, ...]:
    """Return the pipelines whose rows `source` reads."""
    match source:
        case ResultRows(pipeline=pipeline):
            return (pipeline,)
        case (
            RepeatedRows(result=result)
            | FirstRows(result=result)
            | WindowRows(result=result)
            | ExpandedRows(result=result)
        ):
            return (result.pipeline,)
        case SegmentRows(result=result):
            return (result.pipeline,)
        case UnionRows(parts=parts) | ZippedRows(parts=parts):
            return tuple(part.pipeline for part in parts)
        case IteratedRows(seed=seed, step=step, body=body):
            return (seed.pipeline, step.pipeline, *body)
    return ()


def read_pipelines(pipeline: Pipeline) -> tuple[int, ...]:
    """Return the pipelines that `pipeline` needs: its source's, and the builds that it probes."""
    builds = (step.build for step in pipeline.steps if isinstance(step, Probe))
    return (*read_results(pipeline.source), *builds)
