"""`python -m bench roofline`: how long memory alone would let each query take on four GPUs.

A model, not a measurement. It counts what the kernels of a query move: every row of the columns
that they scan, in the layout that a GPU keeps; the buffers of held rows and builds, once; and the
rows that they put out. Bytes come from the encodings' metadata and are compared with the buffers.
Caches, partial reads of columns behind a filter, and repeated look-ups in builds are left out.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.gpudb_engine import Gpudb, open_gpudb
from bench.options import Options, parse_options
from bench.paper_cases import HITS_ROWS, ROWS, SCALE, PaperRun, paper_cases
from bench.workload import Workload
from bench.workloads import WORKLOADS
from gpudb.catalog import Catalog
from gpudb.kernels.late import split_late
from gpudb.kernels.sources import TableSource, TextColumns
from gpudb.sql.bind import bind
from gpudb.sql.lower import lower
from gpudb.sql.optimize import optimize
from gpudb.sql.parse import parse_script
from gpudb.sql.pipeline import Build, Collect, Group, Pipeline, ScanRows
from gpudb.sql.statement import Query
from gpudb.storage.encodings import bitpack
from gpudb.storage.hidden import ROW_COLUMN
from gpudb.storage.resident import CUDA, read_resident, resident_layout
from gpudb.storage.table import TableVersion
from gpudb.storage.types import Kind, SqlType

# Bytes a second of GPU memory, from NVIDIA's own papers: T4 datasheet (2019), A100 80GB SXM
# datasheet (2021), H100 SXM datasheet (2023), Ada GPU architecture whitepaper for the RTX 4090.
BANDWIDTHS = {"T4": 320e9, "A100": 2039e9, "H100": 3350e9, "RTX 4090": 1008e9}
# What scans reach of it, as copies do.
SHARE = 0.85
# How far the metadata's bytes may be from the buffers': words and NULLs at a chunk's end.
SLACK_SHARE, SLACK_BYTES = 0.01, 64
CELL_BYTES = 8
# A string is counted as a code: its bytes would favour us even more.
WIDTHS = {
    Kind.BOOLEAN: 1,
    Kind.TINYINT: 1,
    Kind.SMALLINT: 2,
    Kind.INTEGER: 4,
    Kind.FLOAT: 4,
    Kind.DATE: 4,
    Kind.TEXT: 4,
}
CASES = ("tpch", "scan", "ssb")
HEADER = (
    f"{'case':<6} {'launches':>8} {'waits':>6} {'B/row':>7} {'plain':>7} {'share':>6} "
    f"{'MB read':>9} {'MB written':>10}"
)


@dataclass(frozen=True)
class ColumnBytes:
    """A column of a snapshot: its bytes by the encodings, in its buffers, and uncompressed."""

    name: str
    type: SqlType
    rows: int
    encoded: float
    held: int
    plain: int

    def check(self) -> None:
        """Raise ValueError where the metadata does not say what the buffers hold."""
        if abs(self.encoded - self.held) > self.held * SLACK_SHARE + SLACK_BYTES:
            raise ValueError(f"{self.name}: {self.encoded:,.0f} bytes, its buffers {self.held:,}")


@dataclass(frozen=True)
class Model:
    """What a query's kernels move: `rows` of scanned tables, and bytes."""

    name: str
    rows: int
    scanned: float
    plain: float
    others: int
    written: int
    launches: int
    waits: int

    def seconds(self, bandwidth: float) -> tuple[float, float]:
        """Return the time of the encoded columns, and of plain ones."""
        rest = self.others + self.written
        reached = bandwidth * SHARE
        return (self.scanned + rest) / reached, (self.plain + rest) / reached

    def line(self) -> str:
        """Return the line of the table: on each GPU encoded / plain, in ms."""
        rows = max(1, self.rows)
        times = [self.seconds(bandwidth) for bandwidth in BANDWIDTHS.values()]
        shown = " ".join(f"{1e3 * ours:>7.3f} /{1e3 * plain:>7.3f}" for ours, plain in times)
        return (
            f"{self.name:<6} {self.launches:>8} {self.waits:>6} {self.scanned / rows:>7.2f} "
            f"{self.plain / rows:>7.2f} {self.scanned / max(1.0, self.plain):>6.2f} "
            f"{(self.scanned + self.others) / 1e6:>9.2f} {self.written / 1e6:>10.3f} {shown}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the model of the chosen cases; returns the exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    few = ["--rows", "1000000", "--scan-rows", "10000000", "--hits-rows", "1000000"]
    options = parse_options([*few, "--cases", ",".join(CASES), *given])
    print(f"A model, not a measurement: time of memory at {SHARE:.0%} of its bandwidth, in ms.")
    print(f"{HEADER} {' '.join(f'{name:>16}' for name in BANDWIDTHS)}")
    for workload in WORKLOADS:
        if workload.group in options.groups:
            for model in models(workload, options):
                print(model.line(), flush=True)
    print("\nlaunches and waits: of one chunk a table; a scan of n chunks has n launches.")
    print("B/row: scanned bytes a row; plain: the same columns, uncompressed (TEXT as codes).")
    return 0


def models(workload: Workload, options: Options) -> Iterator[Model]:
    """Yield the models of a workload's chosen queries."""
    files = workload.make_files(options)
    folder = next(iter(files.values())).parent / "ours.gpudb"
    small = replace(
        options,
        scale=SCALE,
        rows=ROWS,
        scan_rows=ROWS,
        hits_rows=HITS_ROWS,
        many_rows=ROWS,
    )
    with (
        tempfile.TemporaryDirectory() as kernels,
        paper_cases(workload, small, Path(kernels)) as papers,
    ):
        ours = open_gpudb(
            folder, files, threads=options.threads, kernels=Path(kernels), reload=options.reload
        )
        try:
            for name, sql in papers.questions.items():
                yield model(name, sql, ours, papers.run(name))
        finally:
            ours.close()


def model(name: str, sql: str, ours: Gpudb, paper: PaperRun) -> Model:
    """Return the model of a query, which is run once for the rows between its pipelines."""
    _, profile, _ = ours.profile(sql)
    scanned, plain, rows, others, written = 0.0, 0, 0, 0, 0
    snapshot = ours.connection.snapshot()
    (parsed,) = parse_script(sql)
    query = bind(parsed, Catalog(snapshot))
    assert isinstance(query, Query)
    costs = {cost.index: cost for cost in profile.pipelines}
    for pipeline in lower(optimize(query.plan)):
        cost = costs.get(pipeline.index)
        if cost is None or not cost.code:
            continue
        columns = scanned_columns(pipeline)
        for column in columns:
            column.check()
            share = cost.rows_in / max(1, column.rows)
            scanned, plain = scanned + column.encoded * share, plain + int(column.plain * share)
        if isinstance(pipeline.source, ScanRows):
            rows += cost.rows_in
        else:
            others += cost.touched_bytes
        written += cost.rows_out * CELL_BYTES * cells(pipeline)
    log = paper.log
    waits = sum(line.startswith("wait") for line in log)
    return Model(name, rows, scanned, plain, others, written, log.count("launch"), waits)


def scanned_columns(pipeline: Pipeline) -> list[ColumnBytes]:
    """Return the columns that a pipeline's kernel reads of a table, none of other sources."""
    pipeline, _ = split_late(pipeline)
    source = pipeline.source
    if not isinstance(source, ScanRows) or not isinstance(source.table, TableVersion):
        return []
    table = TableSource(source, source.table, CUDA, TextColumns())
    table.readers()
    return [
        column_bytes(source.table, name, field.type, table, field.id)
        for field, name in zip(source.fields, source.columns, strict=True)
        if name != ROW_COLUMN
    ]


def column_bytes(
    version: TableVersion, name: str, type: SqlType, table: TableSource, field: int
) -> ColumnBytes:
    """Return what a column takes over all chunks of a snapshot."""
    rows = sum(chunk.rows for chunk in version.chunks)
    width = WIDTHS.get(type.kind, 16 if type.kind is Kind.DECIMAL and type.precision > 18 else 8)
    if type.is_text and not version.is_dictionary(name):
        parts = [table.arguments(at, field)[0] for at in range(len(version.chunks))]
        held = sum(part.nbytes for part in parts if isinstance(part, np.ndarray))
        return ColumnBytes(name, type, rows, held, held, rows * width)
    layout = resident_layout(version, name, CUDA)
    encoded, held = 0.0, 0
    for at, chunk in enumerate(version.chunks):
        held += sum(buffer.nbytes for buffer in read_resident(version, at, name, layout).buffers)
        bits = sum(8 * _item_bytes(dtype) for _, dtype in layout.buffers)
        known = chunk.part(name).statistics
        if layout.encoding == "bitpack":
            low, high = int(known.minimum or 0), int(known.maximum or 0)
            bits = bitpack.code_bits(low, high, has_nulls=layout.nulls == "code")
        elif layout.encoding == "raw":
            # The bits of NULLs stand beside values, and nothing does where there is none.
            bits = 8 * _item_bytes(layout.buffers[0][1]) + (layout.nulls == "bitmap")
        encoded += chunk.rows * bits / 8
    return ColumnBytes(name, type, rows, encoded, held, rows * width)


def _item_bytes(dtype: str) -> int:
    return int("".join(c for c in dtype if c.isdigit())) // 8


def cells(pipeline: Pipeline) -> int:
    """Return how many cells of eight bytes a row has that the pipeline puts out."""
    match pipeline.sink:
        case Collect(items=items, keys=keys):
            return len(items) + len(keys) + 1
        case Build(keys=keys, items=items):
            return len(items) + len(keys) + 1
        case Group(keys=keys, aggregates=aggregates):
            return len(keys) + len(aggregates) + 1
    return 1
