"""What a run of the benchmark is asked to do."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.made import DATA

GROUPS = (
    *("tpch", "groupby", "joins", "scan", "ssb", "clickbench"),
    *("load", "startup", "planning"),
)
# What runs unless cases are chosen.
USUAL_GROUPS = ("tpch", "groupby", "scan", "load", "startup")
PEERS = ("duckdb", "polars")
DEVICES = ("cpu", "cuda", "emulated")


@dataclass(frozen=True)
class Options:
    """The arguments; `only` names cases, all of them where empty."""

    scale: float = 1.0
    rows: int = 10_000_000
    scan_rows: int = 100_000_000
    hits_rows: int = 10_000_000
    only: tuple[str, ...] = ()
    groups: tuple[str, ...] = USUAL_GROUPS
    engines: tuple[str, ...] = PEERS
    repetitions: int = 7
    threads: int = 2
    reload: bool = False
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
        "--rows", type=int, default=10_000_000, help="rows of the group-by and join cases"
    )
    parser.add_argument("--scan-rows", type=int, default=100_000_000, help="rows of the scan case")
    parser.add_argument("--hits-rows", type=int, default=10_000_000, help="rows of ClickBench")
    parser.add_argument("--only", type=names, default=(), metavar="q1,q6", help="these cases only")
    parser.add_argument(
        "--cases",
        type=names,
        default=USUAL_GROUPS,
        metavar="GROUPS",
        help=f"of {', '.join(GROUPS)}",
    )
    parser.add_argument(
        "--engines", type=names, default=PEERS, metavar="PEERS", help=f"of {', '.join(PEERS)}"
    )
    parser.add_argument("--repetitions", type=int, default=7, help="timed runs, at least 7")
    parser.add_argument("--threads", type=int, default=2, help="threads of every engine")
    parser.add_argument(
        "--device", default="cpu", choices=DEVICES, help="where gpudb runs its queries"
    )
    parser.add_argument("--reload", action="store_true", help="load the databases anew")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of data and databases")
    given = parser.parse_args(arguments)
    for group in given.cases:
        if group not in GROUPS:
            parser.error(f"there are no cases {group}; there are {', '.join(GROUPS)}")
    return Options(
        given.scale,
        given.rows,
        given.scan_rows,
        given.hits_rows,
        given.only,
        given.cases,
        given.engines,
        given.repetitions,
        given.threads,
        given.reload,
        given.device,
        given.data,
    )


def names(text: str) -> tuple[str, ...]:
    """Return the names in a list such as 'q1,q6'."""
    return tuple(part.strip() for part in text.replace("|", ",").split(",") if part.strip())
