"""Which queries can be answered batch by batch while a file is read."""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.sql.expr import ColumnReference
from gpudb.sql.pipeline import Collect, Pipeline, ScanRows
from gpudb.storage.hidden import ROW_COLUMN
from gpudb.storage.table import TableVersion


def is_streamable(pipelines: Sequence[Pipeline]) -> bool:
    """Whether the pipelines are one, over a file, that keeps rows in order without a limit."""
    if len(pipelines) != 1:
        return False
    source, sink = pipelines[0].source, pipelines[0].sink
    return (
        isinstance(source, ScanRows)
        and not isinstance(source.table, TableVersion)
        and isinstance(sink, Collect)
        and not sink.keys
        and sink.limit is None
        and sink.offset == 0
        and sink.percent is None
        and ROW_COLUMN not in source.columns
    )


def copied_columns(pipeline: Pipeline) -> list[str] | None:
    """Return the file's columns that a streamable pipeline passes on, or None if it does more."""
    source, sink = pipeline.source, pipeline.sink
    assert isinstance(source, ScanRows) and isinstance(sink, Collect)
    columns = {f.id: name for f, name in zip(source.fields, source.columns, strict=True)}
    expressions = [item.expression for item in sink.items]
    if pipeline.steps or not all(isinstance(e, ColumnReference) for e in expressions):
        return None
    return [columns[e.id] for e in expressions if isinstance(e, ColumnReference)]
