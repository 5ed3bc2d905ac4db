"""What memory the data takes: bytes held for a row, and the peak over the columns touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from bench.clickbench import CLICKBENCH
from bench.gpudb_engine import open_gpudb
from bench.groupby import GROUPBY
from bench.joins import JOINS
from bench.made import size_of
from bench.memory_use import MemoryUse, measure_apart
from bench.options import Options
from bench.workload import Workload

# Joins, and groups that are many.
PEAKS: tuple[tuple[Workload, tuple[str, ...]], ...] = (
    (JOINS, tuple(JOINS.questions)),
    (GROUPBY, ("g3", "g5", "g7", "g10")),
)


@dataclass(frozen=True)
class Held:
    """ClickBench's table: what it takes of our memory when all columns were read, and of disk."""

    rows: int
    resident_bytes: int
    stored_bytes: int
    parquet_bytes: int


@dataclass(frozen=True)
class Peak:
    """What one case used."""

    name: str
    use: MemoryUse

    @property
    def ratio(self) -> float:
        """The peak over the columns touched."""
        return self.use.peak / max(1, self.use.touched)

    @property
    def floor(self) -> float:
        """The columns and the answer, which lie there together at the end, over the columns."""
        return (self.use.touched + self.use.answered) / max(1, self.use.touched)

    @property
    def beside(self) -> float:
        """The peak without the answer over the columns touched: 1 would be nothing but both."""
        return (self.use.peak - self.use.answered) / max(1, self.use.touched)


def stored(workload: Workload, options: Options, kernels: Path) -> tuple[Path, Mapping[str, Path]]:
    """Return the folder of our database of a workload, made unless it is there, and the files."""
    files = workload.make_files(options)
    folder = next(iter(files.values())).parent / "ours.gpudb"
    open_gpudb(folder, files, threads=options.threads, kernels=kernels, reload=False).close()
    return folder, files


def measure_held(options: Options, kernels: Path) -> Held:
    """Read every column once in a process of its own, and see what stays."""
    folder, files = stored(CLICKBENCH, options, kernels)
    file = files["hits"]
    columns = pq.read_schema(file).names
    queries = [f'SELECT count(DISTINCT "{name}") FROM hits' for name in columns]
    # Compiled before: LLVM's memory is not the table's.
    measure_apart(folder, kernels, options.threads, queries)
    use = measure_apart(folder, kernels, options.threads, queries, is_resting=True)
    rows = pq.read_metadata(file).num_rows
    return Held(rows, use.resident, size_of(folder), file.stat().st_size)


def measure_peaks(options: Options, kernels: Path) -> list[Peak]:
    """Run each case in a process of its own."""
    found = []
    for workload, names in PEAKS:
        folder, _ = stored(workload, options, kernels)
        for name in names:
            sql = workload.questions[name]
            # Compiled before: LLVM's memory is not the query's.
            measure_apart(folder, kernels, options.threads, [sql])
            use = measure_apart(folder, kernels, options.threads, [sql])
            found.append(Peak(name, use))
    return found


def held_lines(held: Held | None, peaks: Sequence[Peak]) -> list[str]:
    """Return the figures in words."""
    lines = []
    if held is not None:
        lines.append(
            f"hits: {held.resident_bytes / held.rows:.0f} bytes a row in memory, on disk "
            f"{held.stored_bytes / held.rows:.0f}, Parquet {held.parquet_bytes / held.rows:.0f}"
        )
    lines += [
        f"{peak.name:<4} peak {peak.use.peak / 1e6:.0f} MB, columns {peak.use.touched / 1e6:.0f}, "
        f"answer {peak.use.answered / 1e6:.0f}: {peak.ratio:.1f} times the columns, of at least "
        f"{peak.floor:.1f}; {peak.beside:.1f} without the answer"
        for peak in peaks
    ]
    return lines
