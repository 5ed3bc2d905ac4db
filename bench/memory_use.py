"""What memory queries use, in a process of their own: the peak, and what stays.

python -m bench.memory_use DATABASE KERNELS THREADS     queries as JSON on stdin; prints its figures

What stays is what the process holds once it has waited for a while: nothing is given back for the
measurement. Pages of files, such as libraries' code, belong to all processes and do not count.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.gpudb_engine import Gpudb
from bench.machine import status_bytes
from bench.made import ROOT
from gpudb.compiler.behind import BEHIND
from gpudb.kernels.buffers import BUFFERS, PAUSE_SECONDS, give_back_free

CLEAR = Path("/proc/self/clear_refs")
RESET_PEAK = "5"


@dataclass(frozen=True)
class MemoryUse:
    """Bytes beyond those that the process had before its queries.

    `resident` are those after a pause, where one was made, else those right behind the queries;
    `touched` are those of the columns that the kernels were given, `answered` the answers'.
    """

    peak: int
    resident: int
    touched: int
    answered: int


def measure(ours: Gpudb, queries: Sequence[str], *, is_resting: bool = False) -> MemoryUse:
    """Run queries in this process, whose peak is forgotten before, and rest if it is asked for."""
    ours.query("SELECT 1")
    gc.collect()
    give_back_free()
    CLEAR.write_text(RESET_PEAK)
    before, anonymous, touched, answered = status_bytes("VmRSS"), status_bytes("RssAnon"), 0, 0
    for sql in queries:
        answer, profile, _ = ours.profile(sql)
        touched += sum(p.touched_bytes for p in profile.pipelines if p.is_scan)
        answered += answer.nbytes
        del answer, profile
    peak = status_bytes("VmHWM") - before
    # So that a process that follows finds its code as good as it gets, and needs no LLVM.
    BEHIND.wait()
    if is_resting:
        rest()
    return MemoryUse(peak, status_bytes("RssAnon") - anonymous, touched, answered)


def rest() -> None:
    """Wait until what lies idle has been given back, as it is in a process that waits for users."""
    until = time.monotonic() + 3 * PAUSE_SECONDS
    while BUFFERS.idle_bytes and time.monotonic() < until:
        time.sleep(PAUSE_SECONDS / 10)
    time.sleep(PAUSE_SECONDS / 10)


def measure_apart(
    database: Path,
    kernels: Path,
    threads: int,
    queries: Sequence[str],
    *,
    is_resting: bool = False,
) -> MemoryUse:
    """Run queries in a process of their own."""
    arguments = (str(database), str(kernels), str(threads), *(["rest"] if is_resting else []))
    done = subprocess.run(
        [sys.executable, "-m", "bench.memory_use", *arguments],
        cwd=ROOT,
        check=True,
        input=json.dumps(list(queries)),
        stdout=subprocess.PIPE,
        text=True,
    )
    return MemoryUse(**json.loads(done.stdout))


def main() -> None:
    """Run the queries of stdin as the arguments say."""
    database, kernels, threads, *rests = sys.argv[1:]
    ours = Gpudb(Path(database), threads=int(threads), kernels=Path(kernels))
    found = measure(ours, json.load(sys.stdin), is_resting=bool(rests))
    ours.close()
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
