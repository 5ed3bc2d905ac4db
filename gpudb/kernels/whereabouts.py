"""Where a pipeline of a GPU has left its rows, and what the host did: EXPLAIN ANALYZE says so."""

from __future__ import annotations

from gpudb.kernels.builds import BuildTable
from gpudb.kernels.held import Relation
from gpudb.kernels.resident_columns import ResidentColumns
from gpudb.sql.pipeline import Collect, HostCompute, IteratedRows, Number, Pipeline, WindowRows


def whereabouts(pipeline: Pipeline, rows: Relation | None, build: BuildTable | None) -> str:
    """Return where the rows of a pipeline are, or the build that it has made of them."""
    if build is not None:
        where = "on the host" if build.memory is None else "on the device with their index"
        return f"{_counted(build.relation.rows)}, {where}"
    assert rows is not None
    is_there = isinstance(rows.columns, ResidentColumns) and rows.columns.are_there
    where = "on the device until the host asks for them" if is_there else "on the host"
    return f"{_counted(rows.rows)}, {where}{_by_host(pipeline)}"


def _counted(rows: int) -> str:
    return f"{rows:,} row{'' if rows == 1 else 's'}"


def _by_host(pipeline: Pipeline) -> str:
    """Return what of a pipeline is the host's work, whatever the device is."""
    match pipeline:
        case Pipeline(sink=Number()):
            return ", which numbered their groups"
        case Pipeline(sink=HostCompute()):
            return ", which computed some of their columns"
        case Pipeline(source=WindowRows()):
            return ", which computed window functions"
        case Pipeline(source=IteratedRows()):
            return ", which put the rounds together"
        case Pipeline(sink=Collect(with_ties=True)):
            return ", which cut them behind ties"
    return ""
