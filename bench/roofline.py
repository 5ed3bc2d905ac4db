"""`python -m bench roofline`: how long memory alone would let each query take on four GPUs.

A model, not a measurement. It counts what the kernels of a query move: every row of the columns
that they scan, in the layout that a GPU keeps; the buffers of held rows and builds, once; and the
rows that they put out. Bytes come from the encodings' metadata and are compared with the buffers.
Caches, partial reads of columns behind a filter, and repeated look-ups in builds are left out.

Beside that stands the fixed cost: launches, waits and copies of a query whose columns are on the
GPU, as many as the one on paper was asked for, each at what it usually costs. Its tables have few
rows, in as many chunks. `--times N` is the model of N times as many rows and chunks, all else
alike. Of queries that are one kernel over a table it says, with ptxas, what that has under way, and
which share of the bandwidth this allows (`in_flight`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.gpudb_engine import Gpudb, open_gpudb
from bench.in_flight import CARDS, goes_in_pieces, under_way
from bench.options import Options, parse_options
from bench.paper_cases import HITS_ROWS, ROWS, SCALE, PaperRun, paper_cases
from bench.ptxas import MISSING, find_ptxas
from bench.workload import Workload
from bench.workloads import WORKLOADS
from gpudb.catalog import Catalog
from gpudb.compiler.language import Program
from gpudb.devices.cpu import CpuDevice
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.late import split_late
from gpudb.kernels.piece_launch import MOST_LAUNCH_ROWS
from gpudb.kernels.radix import Workers
from gpudb.kernels.sources import TableSource
from gpudb.kernels.text_columns import TextColumns
from gpudb.profile import Profile
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
BANDWIDTHS = {card.name: card.bandwidth for card in CARDS}
# What scans reach of it, as copies do.
SHARE = 0.85
# How far the metadata's bytes may be from the buffers': words and NULLs at a chunk's end.
SLACK_SHARE, SLACK_BYTES = 0.01, 64
CELL_BYTES = 8
# What a GPU is asked for costs so much before any row is read: a launch 10 us of the host, bytes
# what PCIe 3 x16 takes for them, which every GPU here has at least (Zhang et al., Dive into Deep
# Learning, on hardware), a copy 5 to 7 us to begin (Wu et al., DualPath, arXiv 2602.21548, 5.2). A
# wait counts as much as two launches.
LAUNCH_SECONDS, COPY_SECONDS, WAIT_SECONDS = 10e-6, 7e-6, 20e-6
HOST_BYTES_PER_SECOND = 12e9
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
    f"{'case':<6} {'launches':>8} {'waits':>6} {'copies':>6} {'fixed ms':>8} {'B/row':>7} "
    f"{'plain':>7} {'share':>6} {'MB read':>9} {'MB written':>10}"
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
class Fixed:
    """What is asked of the driver: launches, waits, copies either way and their bytes."""

    launches: int
    waits: int
    copies: int
    copied_bytes: int

    @property
    def seconds(self) -> float:
        """Return what it costs, one after the other."""
        calls = self.launches * LAUNCH_SECONDS + self.waits * WAIT_SECONDS
        return calls + self.copies * COPY_SECONDS + self.copied_bytes / HOST_BYTES_PER_SECOND

    def more(self, launches: int, copied_bytes: int) -> Fixed:
        """Return it with further launches, and bytes that are copied besides."""
        copied = self.copied_bytes + copied_bytes
        return replace(self, launches=self.launches + launches, copied_bytes=copied)


@dataclass(frozen=True)
class Model:
    """What a query's kernels move: `rows` of scanned tables, and bytes; and what is fixed.

    `kernel` is its only one, if that runs over a table.
    """

    name: str
    rows: int
    scanned: float
    plain: float
    others: int
    written: int
    fixed: Fixed
    kernel: Program | None = None

    def seconds(self, bandwidth: float) -> tuple[float, float]:
        """Return the time of the encoded columns, and of plain ones."""
        rest = self.others + self.written
        reached = bandwidth * SHARE
        return (self.scanned + rest) / reached, (self.plain + rest) / reached

    def line(self) -> str:
        """Return the line of the table: on each GPU encoded / plain, in ms."""
        rows, fixed = max(1, self.rows), self.fixed
        times = [self.seconds(bandwidth) for bandwidth in BANDWIDTHS.values()]
        shown = " ".join(f"{1e3 * ours:>7.3f} /{1e3 * plain:>7.3f}" for ours, plain in times)
        return (
            f"{self.name:<6} {fixed.launches:>8} {fixed.waits:>6} {fixed.copies:>6} "
            f"{1e3 * fixed.seconds:>8.3f} {self.scanned / rows:>7.2f} {self.plain / rows:>7.2f} "
            f"{self.scanned / max(1.0, self.plain):>6.2f} "
            f"{(self.scanned + self.others) / 1e6:>9.2f} {self.written / 1e6:>10.3f} {shown}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the model of the chosen cases; returns the exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    few = ["--rows", "1000000", "--scan-rows", "10000000", "--hits-rows", "1000000"]
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--times", type=int, default=1)
    own, rest = parser.parse_known_args(given)
    options = parse_options([*few, "--cases", ",".join(CASES), *rest])
    print(f"A model, not a measurement: time of memory at {SHARE:.0%} of its bandwidth, in ms,")
    print(f"of {own.times} times the rows; fixed: launches, waits and copies, one after the other.")
    print(f"{HEADER} {' '.join(f'{name:>16}' for name in BANDWIDTHS)}")
    found: list[Model] = []
    for workload in WORKLOADS:
        if workload.group in options.groups:
            for model in models(workload, options, own.times):
                found.append(model)
                print(model.line(), flush=True)
    print("\nB/row: scanned bytes a row; plain: the same columns, uncompressed (TEXT as codes).")
    print_under_way(found)
    return 0


def print_under_way(found: Sequence[Model]) -> None:
    """Print what the only kernels of queries have under way on each GPU."""
    ptxas = find_ptxas()
    if ptxas is None:
        print(MISSING)
        return
    print("\nUnder way on a multiprocessor: registers, threads, KB, share of the bandwidth by the")
    print("memory's latency without load, share of the bytes that saturate it by NVIDIA's tuning.")
    print(f"{'case':<6} {'rows':>4} {' '.join(f'{card.name:>28}' for card in CARDS)}")
    for model in found:
        if model.kernel is not None:
            row_bytes = model.scanned / max(1, model.rows)
            cells = [under_way(model.kernel, card, row_bytes, ptxas) for card in CARDS]
            shown = " ".join(f"{cell.text():>28}" for cell in cells)
            print(f"{model.name:<6} {cells[0].rows:>4.1f} {shown}", flush=True)


def models(workload: Workload, options: Options, times: int) -> Iterator[Model]:
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
    with tempfile.TemporaryDirectory() as kernels:
        ours = open_gpudb(
            folder, files, threads=options.threads, kernels=Path(kernels), reload=options.reload
        )
        tables = ours.connection.snapshot().table
        chunks = {name: times * len(tables(name).chunks) for name in files}
        try:
            with paper_cases(workload, small, Path(kernels), chunks) as papers:
                for name, sql in papers.questions.items():
                    programs, _ = papers.programs(name)  # copies the columns to the GPU
                    found = model(name, sql, ours, papers.run(name), times)
                    kernels_in_pieces = [p for p in programs if goes_in_pieces(p)]
                    is_one = len(programs) == len(kernels_in_pieces) == 1
                    yield replace(found, kernel=programs[0] if is_one else None)
        finally:
            ours.close()


def model(name: str, sql: str, ours: Gpudb, paper: PaperRun, times: int) -> Model:
    """Return the model of a query, which is run once for the rows between its pipelines."""
    _, profile, _ = ours.profile(sql)
    snapshot = ours.connection.snapshot()
    (parsed,) = parse_script(sql)
    query = bind(parsed, Catalog(snapshot))
    assert isinstance(query, Query)
    found = Model(name, 0, 0.0, 0.0, 0, 0, fixed_of(paper.log))
    for pipeline in lower(optimize(query.plan)):
        found = with_pipeline(found, pipeline, profile, times)
    return found


def fixed_of(log: Sequence[str]) -> Fixed:
    """Return what a log of the driver's calls tells: each wait ends a copy from the GPU."""
    moved = [line.split() for line in log if line.startswith(("copy", "wait"))]
    waits = sum(line[0] == "wait" for line in moved)
    return Fixed(log.count("launch"), waits, len(moved), sum(int(line[1]) for line in moved))


def with_pipeline(model: Model, pipeline: Pipeline, profile: Profile, times: int) -> Model:
    """Return the model with what a pipeline moves."""
    cost = next((cost for cost in profile.pipelines if cost.index == pipeline.index), None)
    if cost is None or not cost.code:
        return model
    scanned, plain, rows, others, launches = model.scanned, model.plain, model.rows, 0, 0
    for column in scanned_columns(pipeline):
        column.check()
        share = times * cost.rows_in / max(1, column.rows)
        scanned, plain = scanned + column.encoded * share, plain + column.plain * share
    if isinstance(pipeline.source, ScanRows):
        rows += times * cost.rows_in
        launches = times * cost.rows_in // MOST_LAUNCH_ROWS
    else:
        others = times * cost.touched_bytes
    written = times * cost.rows_out * CELL_BYTES * cells(pipeline)
    collected = written if isinstance(pipeline.sink, Collect) else 0
    fixed = model.fixed.more(launches, collected)
    return Model(
        model.name,
        rows,
        scanned,
        plain,
        model.others + others,
        model.written + written,
        fixed,
    )


def scanned_columns(pipeline: Pipeline) -> list[ColumnBytes]:
    """Return the columns that a pipeline's kernel reads of a table, none of other sources."""
    texts = TextColumns()
    pipeline, _ = split_late(pipeline, texts)
    source = pipeline.source
    if not isinstance(source, ScanRows) or not isinstance(source.table, TableVersion):
        return []
    workers = Workers(FixedKernels(CpuDevice(1)), threading.Event())
    table = TableSource(source, source.table, CUDA, texts, workers)
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
