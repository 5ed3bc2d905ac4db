"""What loading lineitem costs: seconds, peak memory, bytes on disk; each load in its own process.

python -m bench.load gpudb FILE DATABASE THREADS     one load; prints its figures as JSON
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.case import DUCKDB, OURS
from bench.made import ROOT
from bench.options import Options

REPETITIONS = 3
# Above this scale one load each must do.
ONCE_SCALE = 3.0


@dataclass(frozen=True)
class Load:
    """One load's figures."""

    engine: str
    rows: int
    seconds: float
    peak_bytes: int
    stored_bytes: int
    file_bytes: int


def load_gpudb(file: Path, database: Path, threads: int) -> int:
    """Load a Parquet file into a folder and return its rows."""
    import gpudb

    with gpudb.connect(database, threads=threads) as connection:
        return connection.execute(f"CREATE TABLE lineitem AS SELECT * FROM '{file}'").rowcount


def load_duckdb(file: Path, database: Path, threads: int) -> int:
    """Load a Parquet file into a database file and return its rows."""
    import duckdb

    with duckdb.connect(str(database)) as connection:
        connection.execute(f"SET threads = {threads}")
        connection.execute(f"CREATE TABLE lineitem AS SELECT * FROM read_parquet('{file}')")
        connection.execute("CHECKPOINT")
        counted = connection.execute("SELECT count(*) FROM lineitem").fetchone()
    return int(counted[0]) if counted else 0


LOADERS: dict[str, Callable[[Path, Path, int], int]] = {OURS: load_gpudb, DUCKDB: load_duckdb}


def measure(engine: str, file: Path, database: Path, threads: int) -> Load:
    """Load in this process; its whole peak of memory counts, the engine's own code included."""
    began = time.perf_counter()
    rows = LOADERS[engine](file, database, threads)
    seconds = time.perf_counter() - began
    return Load(engine, rows, seconds, peak_bytes(), size_of(database), file.stat().st_size)


def peak_bytes() -> int:
    """Return the most memory that this process has held.

    Linux hands getrusage's figure down to a child that replaces its program, but not this one.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/self/status tells no VmHWM")


def size_of(path: Path) -> int:
    """Return the bytes of a file or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(each.stat().st_size for each in files if each.is_file())


def race_loads(options: Options, file: Path) -> list[Load]:
    """Load in turns, each time into a new database in a new process."""
    repetitions = 1 if options.scale > ONCE_SCALE else REPETITIONS
    engines = [name for name in LOADERS if name == OURS or name in options.engines]
    return [load_apart(name, file, options) for _ in range(repetitions) for name in engines]


def load_apart(engine: str, file: Path, options: Options) -> Load:
    """Run one load in a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="load-", dir=options.data))
    try:
        # The file is in the system's cache for both, or the first would pay for reading it.
        with file.open("rb") as opened:
            while opened.read(1 << 24):
                pass
        done = subprocess.run(
            [
                *(sys.executable, "-m", "bench.load", engine),
                *(str(file), str(folder / "database"), str(options.threads)),
            ],
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return Load(**json.loads(done.stdout))
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Do one load as the arguments say."""
    engine, file, database, threads = sys.argv[1:]
    print(json.dumps(asdict(measure(engine, Path(file), Path(database), int(threads)))))


if __name__ == "__main__":
    main()
