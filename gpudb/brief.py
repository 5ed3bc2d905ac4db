"""Which queries end so soon that their caller may run them itself.

A thread of its own lets a caller leave a query that is stuck in one call into Arrow. Beside work of
a millisecond, starting it and being woken by it are what takes the time on a busy machine.
"""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.sql.expr import (
    AggregateCall,
    Call,
    Case,
    Cast,
    ColumnReference,
    Expression,
    InList,
    Literal,
    children,
    walk,
)
from gpudb.sql.pipeline import (
    Build,
    Collect,
    ConstantRows,
    EmptyRows,
    FilterRows,
    Group,
    Pipeline,
    Probe,
    ResultRows,
    ScanRows,
    sink_expressions,
    step_expressions,
)

# Some tenths of a second of one thread at most, at ten nanoseconds to a hundred a row.
BRIEF_ROWS = 1 << 21
# Kernels look at `cancel` between morsels; a sort, say, of what a join gives would not.
JOINED_ROWS = 1 << 16
# What a text costs no more than a pass over a column's distinct ones.
OF_TEXTS = frozenset(("equal", "not_equal", "is_null", "is_not_null"))
AGGREGATES = frozenset(("count", "sum", "avg", "min", "max"))


def has_few_rows(pipelines: Sequence[Pipeline]) -> bool:
    """Whether a query reads few rows, and rows of few kinds: with `is_plain`, it ends soon."""
    rows, scans, has_join = 1, 0, False
    for pipeline in pipelines:
        has_join |= any(isinstance(step, Probe) for step in pipeline.steps)
        match pipeline.source:
            case ScanRows(table=table):
                rows *= max(1, table.row_count)
                scans += 1
            case ResultRows() | ConstantRows() | EmptyRows():
                pass
            case _:
                return False
    return rows <= (JOINED_ROWS if has_join or scans > 1 else BRIEF_ROWS)


def is_plain(pipelines: Sequence[Pipeline]) -> bool:
    """Whether every step of a query takes little for a row, or looks whether it was cancelled."""
    return all(_is_plain(pipeline) for pipeline in pipelines)


def _is_plain(pipeline: Pipeline) -> bool:
    """Whether a pipeline computes nothing of texts but whether they are equal."""
    sink = pipeline.sink
    if not isinstance(sink, Collect | Group | Build):
        return False
    if not all(isinstance(step, FilterRows | Probe) for step in pipeline.steps):
        return False
    if isinstance(sink, Collect) and any(k.expression.type.is_text for k in sink.keys):
        return False
    whole = [*sink_expressions(sink)]
    for step in pipeline.steps:
        whole += step_expressions(step)
    return all(_is_plain_part(part) for each in whole for part in walk(each))


def _is_plain_part(part: Expression) -> bool:
    if isinstance(part, AggregateCall):
        is_text = part.argument is not None and part.argument.type.is_text
        return part.function in AGGREGATES and not (is_text and part.function != "count")
    if part.type.is_array:
        return False
    if isinstance(part, Call) and any(a.type.is_text for a in part.arguments):
        return part.function in OF_TEXTS
    is_known = isinstance(part, ColumnReference | Literal | Call | Cast | Case | InList)
    is_made_text = part.type.is_text and not isinstance(part, ColumnReference | Literal)
    return is_known and not is_made_text and not any(c.type.is_text for c in _cast_from(part))


def _cast_from(part: Expression) -> tuple[Expression, ...]:
    return children(part) if isinstance(part, Cast | InList) else ()
