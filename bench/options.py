"""What a run of the benchmark is asked to do."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.case import DUCKDB, ENGINES
from bench.made import DATA
from bench.peers import is_installed

GROUPS = (
    *("tpch", "groupby", "joins", "taxi", "filters", "scan", "sort", "ssb", "clickbench"),
    *("load", "appends", "startup", "literals", "memory", "planning"),
)
# What runs unless cases are chosen.
USUAL_GROUPS = ("tpch", "groupby", "scan", "load", "startup")
PEERS = ENGINES[1:]
DEVICES = ("cpu", "cuda", "emulated")


def installed() -> tuple[str, ...]:
    """Return the peers that can be opened here; DuckDB also says what is right."""
    return (DUCKDB, *(name for name in PEERS if name != DUCKDB and is_installed(name)))


@dataclass(frozen=True)
class Options:
    """The arguments; `only` names cases, all of them where empty."""

    scale: float = 1.0
    rows: int = 10_000_000
    scan_rows: int = 100_000_000
    hits_rows: int = 10_000_000
    many_rows: int = 20_000_000
    append_rows: int = 100_000
    only: tuple[str, ...] = ()
    groups: tuple[str, ...] = USUAL_GROUPS
    engines: tuple[str, ...] = field(default_factory=installed)
    # How long a peer may take to answer.
    limit_seconds: float = 60.0
    repetitions: int = 7
    threads: int = 2
    reload: bool = False
    # Remove the engines' databases when a workload is done: five of them take much disk.
    discard: bool = False
    device: str = "cpu"
    data: Path = DATA

    def has(self, name: str) -> bool:
        """Tell whether the case called `name` is asked for."""
        return not self.only or name in self.only


def parse_options(arguments: Sequence[str] | None = None) -> Options:
    """Return the options that command-line arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Race the peers.")
    parser.add_argument("--scale", type=float, default=1.0, help="scale factor of TPC-H and SSB")
    parser.add_argument(
        "--rows", type=int, default=10_000_000, help="rows of the group-by, join and sort cases"
    )
    parser.add_argument("--scan-rows", type=int, default=100_000_000, help="rows of the scan case")
    parser.add_argument("--hits-rows", type=int, default=10_000_000, help="rows of ClickBench")
    parser.add_argument(
        "--many-rows", type=int, default=20_000_000, help="rows of the taxi and filter cases"
    )
    parser.add_argument(
        "--append-rows", type=int, default=100_000, help="rows before the first of the appends"
    )
    parser.add_argument("--only", type=names, default=(), metavar="q1,q6", help="these cases only")
    parser.add_argument(
        "--cases",
        type=names,
        default=USUAL_GROUPS,
        metavar="GROUPS",
        help=f"of {', '.join(GROUPS)}",
    )
    parser.add_argument(
        "--engines",
        type=names,
        default=installed(),
        metavar="PEERS",
        help=f"of {', '.join(PEERS)}; those that are installed",
    )
    parser.add_argument(
        "--limit", type=float, default=60.0, metavar="S", help="seconds a peer may take to answer"
    )
    parser.add_argument("--repetitions", type=int, default=7, help="timed runs, at least 7")
    parser.add_argument("--threads", type=int, default=2, help="threads of every engine")
    parser.add_argument(
        "--device", default="cpu", choices=DEVICES, help="where gpudb runs its queries"
    )
    parser.add_argument("--reload", action="store_true", help="load the databases anew")
    parser.add_argument(
        "--discard", action="store_true", help="remove a workload's databases when it is done"
    )
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of data and databases")
    given = parser.parse_args(arguments)
    for group in given.cases:
        if group not in GROUPS:
            parser.error(f"there are no cases {group}; there are {', '.join(GROUPS)}")
    for engine in given.engines:
        if engine not in PEERS:
            parser.error(f"there is no engine {engine}; there are {', '.join(PEERS)}")
        if engine != DUCKDB and not is_installed(engine):
            parser.error(f"{engine} is missing: pip install 'gpudb-engine[bench]' brings it")
    return Options(
        given.scale,
        given.rows,
        given.scan_rows,
        given.hits_rows,
        given.many_rows,
        given.append_rows,
        given.only,
        given.cases,
        given.engines,
        given.limit,
        given.repetitions,
        given.threads,
        given.reload,
        given.discard,
        given.device,
        given.data,
    )


def names(text: str) -> tuple[str, ...]:
    """Return the names in a list such as 'q1,q6'."""
    return tuple(part.strip() for part in text.replace("|", ",").split(",") if part.strip())
