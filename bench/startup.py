"""What starting costs: the import, the command, and a second process that finds its kernels.

python -m bench.startup DATABASE KERNELS THREADS     run the queries; print seconds a kernel
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.gpudb_engine import Gpudb, open_gpudb
from bench.made import ROOT
from bench.options import Options
from bench.tpch import QUERIES, generate

REPETITIONS = 7
IMPORT = "import time; t = time.perf_counter(); import gpudb; print(time.perf_counter() - t)"
ANSWER = f"""
import sys, time
began = time.perf_counter()
import gpudb
folder, kernels, threads = sys.argv[1:]
with gpudb.connect(folder, threads=int(threads), cache_directory=kernels) as connection:
    connection.execute({QUERIES["q6"]!r}).fetch_arrow_table()
    print(time.perf_counter() - began)
"""
SELECT = ("-m", "gpudb", "-c", "SELECT 1")


@dataclass(frozen=True)
class Startup:
    """Seconds, by run; a kernel's are those of compiling it, or of loading it from the cache."""

    import_seconds: list[float]
    select_seconds: list[float]
    compile_seconds: list[float]
    load_seconds: list[float]
    imports_numba: bool
    # From before the import to the first answer over stored tables, kernels cached.
    answer_seconds: list[float] = field(default_factory=list)


def measure_startup(options: Options) -> Startup:
    """Start processes and time them."""
    files = generate(options.scale, options.data)
    folder = files["lineitem"].parent / "ours.gpudb"
    with tempfile.TemporaryDirectory() as kernels:
        ours = open_gpudb(
            folder, files, threads=options.threads, kernels=Path(kernels), reload=False
        )
        ours.close()
        time_python(SELECT)  # compiles the bytecode
        imports = [float(run_python("-c", IMPORT)) for _ in range(REPETITIONS)]
        selects = [time_python(SELECT) for _ in range(REPETITIONS)]
        first, second = (run_queries(folder, kernels, options.threads) for _ in range(2))
        place = (str(folder), kernels, str(options.threads))
        answers = [float(run_python("-c", ANSWER, *place)) for _ in range(REPETITIONS)]
    return Startup(
        imports,
        selects,
        list(first["seconds"]),
        list(second["seconds"]),
        bool(first["imports_numba"] or second["imports_numba"]),
        answers,
    )


def run_python(*arguments: str) -> str:
    """Return what a new Python process prints.

    It may keep its bytecode, as an installed package has it, also where the machine forbids it.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, env=kept
    )
    return done.stdout


def time_python(arguments: Sequence[str]) -> float:
    """Return the seconds from start to end of a new Python process."""
    began = time.perf_counter()
    run_python(*arguments)
    return time.perf_counter() - began


def run_queries(folder: Path, kernels: str, threads: int) -> dict[str, list[float]]:
    """Run the TPC-H queries in a new process and return what its kernels cost."""
    arguments = ("-m", "bench.startup", str(folder), kernels, str(threads))
    found: dict[str, list[float]] = json.loads(run_python(*arguments))
    return found


def startup_lines(startup: Startup) -> list[str]:
    """Return the figures in words."""
    return [
        f"import gpudb            {spread(startup.import_seconds)}",
        f'gpudb -c "SELECT 1"     {spread(startup.select_seconds)}',
        f"import to an answer     {spread(startup.answer_seconds)}",
        f"compile a kernel        {spread(startup.compile_seconds)}",
        f"load a kernel           {spread(startup.load_seconds)}  (second process)",
        f"a query imports numba   {'yes' if startup.imports_numba else 'no'}",
    ]


def spread(seconds: Sequence[float]) -> str:
    """Return median, least and most in milliseconds."""
    low, high = min(seconds) * 1e3, max(seconds) * 1e3
    return f"{statistics.median(seconds) * 1e3:7.1f} ms  ({low:.1f} to {high:.1f})"


def main() -> None:
    """Run the queries as the arguments say and print what each kernel cost."""
    folder, kernels, threads = sys.argv[1:]
    ours = Gpudb(Path(folder), threads=int(threads), kernels=Path(kernels))
    seconds = []
    for sql in QUERIES.values():
        _, profile, _ = ours.profile(sql)
        seconds += [p.compile_seconds for p in profile.pipelines if p.code]
    ours.close()
    print(json.dumps({"seconds": seconds, "imports_numba": "numba" in sys.modules}))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
