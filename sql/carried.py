"""Which fields of a scan are only carried: handed on to the answer, and looked at by nobody.

Text that is carried needs no codes by which equal texts are equal. And who looks at rows last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from gpudb.sql.expr import ColumnReference, Expression, walk
from gpudb.sql.pipeline import (
    Build,
    Collect,
    Pipeline,
    Probe,
    ResultRows,
    read_pipelines,
    step_expressions,
)


def is_carried(pipelines: Sequence[Pipeline], index: int, field: int) -> bool:
    """Whether a field that the pipeline `index` reads only comes to the answer as it is, if at all.

    On its way it may be a join's payload, or a column of a result that another pipeline reads.
    """
    pipeline = pipelines[index]
    sink = pipeline.sink
    if not isinstance(sink, Collect | Build) or field in _read_fields(pipeline):
        return False
    passed = [i.field.id for i in sink.items if _is_field(i.expression, field)]
    if not passed or pipeline is pipelines[-1]:
        return True
    readers = [reader for reader in pipelines if index in read_pipelines(reader)]
    if not all(_reads_plainly(reader, index) for reader in readers):
        return False
    return all(is_carried(pipelines, r.index, each) for r in readers for each in passed)


def read_last(pipelines: Sequence[Pipeline], in_rounds: Set[int]) -> dict[int, list[int]]:
    """Return which pipelines' rows each is the last one to read; those read in rounds stay."""
    readers = {read: p.index for p in pipelines for read in read_pipelines(p)}
    staying = {read for index in in_rounds for read in read_pipelines(pipelines[index])}
    found: dict[int, list[int]] = {}
    for read in readers.keys() - staying:
        found.setdefault(readers[read], []).append(read)
    return found


def _reads_plainly(reader: Pipeline, index: int) -> bool:
    """Whether a pipeline only reads another's rows, or finds them by their keys."""
    if isinstance(reader.source, ResultRows) and reader.source.pipeline == index:
        return True
    return any(isinstance(step, Probe) and step.build == index for step in reader.steps)


def _read_fields(pipeline: Pipeline) -> set[int]:
    """Return the fields that a pipeline looks at."""
    references = (part for each in _computed(pipeline) for part in walk(each))
    return {part.id for part in references if isinstance(part, ColumnReference)}


def _computed(pipeline: Pipeline) -> Iterator[Expression]:
    """Yield all expressions but the items that are fields."""
    for step in pipeline.steps:
        yield from step_expressions(step)
    sink = pipeline.sink
    assert isinstance(sink, Collect | Build)
    if isinstance(sink, Collect):
        yield from (key.expression for key in sink.keys)
    else:
        yield from sink.searched
    for item in sink.items:
        if not isinstance(item.expression, ColumnReference):
            yield item.expression


def _is_field(expression: Expression, field: int) -> bool:
    return isinstance(expression, ColumnReference) and expression.id == field
