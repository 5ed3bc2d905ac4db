"""gpudb as the benchmark uses it: a folder of its own, an empty cache of kernels, profiles."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

import gpudb
from bench.made import Stamp
from gpudb.connection import Connection
from gpudb.profile import Profile
from gpudb.result import Result


@dataclass(frozen=True)
class Transfer:
    """A run with its columns to be copied first: all of it, and by the first GPU's own clock."""

    seconds: float
    copy_seconds: float
    launch_seconds: float
    copied_bytes: int

    @property
    def clock_text(self) -> str:
        """What the GPU's own clock says."""
        copied = f"{self.copied_bytes / 1e6:,.1f} MB copied in {self.copy_seconds * 1e3:.1f} ms"
        return f"by the GPU's clock {copied}, and kernels of {self.launch_seconds * 1e3:.1f} ms"


class Gpudb:
    """A connection that can also tell what a query cost."""

    # A bug of ours is one case's failure as well.
    errors = (Exception,)

    def __init__(self, folder: Path, *, threads: int, kernels: Path, device: str = "cpu") -> None:
        self.folder = folder
        self.connection = gpudb.connect(
            folder, threads=threads, cache_directory=str(kernels), device=device
        )
        self.is_gpu = device != "cpu"

    def load(self, files: Mapping[str, Path]) -> None:
        """Make a table of each Parquet file."""
        for name, path in files.items():
            self.connection.execute(f"CREATE TABLE {name} AS SELECT * FROM '{path}'")

    def query(self, sql: str) -> pa.Table:
        """Return the answer as an Arrow table."""
        return self.connection.execute(sql).fetch_arrow_table()

    def profile(self, sql: str) -> tuple[pa.Table, Profile, float]:
        """Return what `profiled` does."""
        return profiled(self.connection, sql)

    def transfer(self, sql: str) -> Transfer | None:
        """Return what a run costs that copies its columns to the GPU first, if there is one."""
        if not self.is_gpu:
            return None
        self.connection.execute("ALTER SYSTEM CLEAR GPU MEMORY")
        with self.connection.gpu_memory().timing() as times:
            _, found, seconds = self.profile(sql)
        copied = sum(p.traffic.in_bytes for p in found.pipelines)
        return Transfer(seconds, times.copy_seconds, times.launch_seconds, copied)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def profiled(connection: Connection, sql: str) -> tuple[pa.Table, Profile, float]:
    """Return the answer, its profile, and the seconds until the answer was an Arrow table."""
    began = time.perf_counter()
    answer = connection.run(sql, None, cancel=threading.Event())
    if not isinstance(answer, Result):
        raise TypeError(f"no profile of {sql!r}: {answer!r}")
    table = answer.table()
    return table, answer.profile, time.perf_counter() - began


def open_gpudb(
    folder: Path,
    files: Mapping[str, Path],
    *,
    threads: int,
    kernels: Path,
    reload: bool,
    device: str = "cpu",
) -> Gpudb:
    """Return gpudb with a table of each file, loaded unless the folder holds just that already."""
    stamp = Stamp(folder, files, sources=("storage",))
    if reload or not stamp.is_current():
        stamp.forget()
    ours = Gpudb(folder, threads=threads, kernels=kernels, device=device)
    if not stamp.is_current():
        ours.load(files)
        stamp.write()
    return ours
