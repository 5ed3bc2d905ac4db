"""`make bench-all`: all workloads at the sizes of docs/performance.md, in one run, with every peer.

`--scale small` does the same over little data, in some minutes; other options are those of
`python -m bench`, and come after those of a part.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from bench.options import GROUPS, Options, names, parse_options

SCALED = ("tpch", "ssb")
COSTS = ("appends", "startup", "literals", "memory", "planning")
RACED = tuple(group for group in GROUPS if group not in (*COSTS, "load", "scan"))
Part = tuple[str, ...]
# The races, the costs, and what is raced and loaded at ten times the scale.
SIZES: dict[str, tuple[Part, ...]] = {
    "full": (
        ("--cases", "load", "--scale", "10"),
        ("--cases", ",".join((*RACED, *COSTS))),
        ("--cases", ",".join(SCALED), "--scale", "10"),
    ),
    "small": (
        (
            *("--cases", ",".join((*RACED, *COSTS)), "--scale", "0.01", "--rows", "100000"),
            *("--many-rows", "200000", "--hits-rows", "20000", "--append-rows", "1000"),
        ),
        ("--cases", ",".join((*SCALED, "load")), "--scale", "0.02"),
    ),
}


def parse_parts(arguments: Sequence[str]) -> list[Options]:
    """Return the options of each part of a run over everything."""
    parser = argparse.ArgumentParser(prog="python -m bench all", description="Run everything.")
    parser.add_argument("--scale", default="full", choices=tuple(SIZES), help="how much data")
    parser.add_argument("--cases", type=names, default=GROUPS, help="these of its cases only")
    given, others = parser.parse_known_args(arguments)
    parts = [parse_options([*part, *others]) for part in SIZES[given.scale]]
    for group in given.cases:
        if group not in GROUPS:
            parser.error(f"there are no cases {group}; there are {', '.join(GROUPS)}")
    chosen = [
        replace(part, groups=tuple(group for group in part.groups if group in given.cases))
        for part in parts
    ]
    return [part for part in chosen if part.groups]
