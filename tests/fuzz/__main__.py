"""`python -m tests.fuzz`: many random queries in several processes; prints what differs.

python -m tests.fuzz --queries 100000 --seed 1 --processes 2

Leaves with status 1 if a difference was found. The same seed makes the same tables and queries, as
long as gpudb supports the same templates.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from functools import partial
from multiprocessing import get_context

from tests.fuzz.probe import describe_missing, find_vocabulary
from tests.fuzz.seeds import collect_seldom, run_seed

QUERIES_A_SEED = 50
PROGRESS_SECONDS = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the queries and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Random queries.")
    parser.add_argument("--queries", type=int, default=2_000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--processes", type=int, default=1, help="how many at a time")
    parser.add_argument("--minimise", type=float, default=40, help="seconds for each difference")
    given = parser.parse_args(arguments)
    vocabulary, missing = find_vocabulary()
    print("\n".join(describe_missing(missing)), flush=True)
    seeds = range(given.seed, given.seed + max(1, given.queries // QUERIES_A_SEED))
    run = partial(
        run_seed, count=QUERIES_A_SEED, vocabulary=vocabulary, minimise_seconds=given.minimise
    )
    tally: Counter[str] = Counter()
    began = shown = time.monotonic()
    context = get_context("spawn")
    with ProcessPoolExecutor(given.processes, context, collect_seldom) as pool:
        # SIGINT ends the run early; what was done by then is told.
        with suppress(KeyboardInterrupt):
            for done in as_completed([pool.submit(run, seed) for seed in seeds]):
                outcome = done.result()
                tally.update(outcome.tally)
                for script in (*outcome.scripts, *outcome.slow):
                    print(f"\n{script}\n", flush=True)
                if time.monotonic() - shown > PROGRESS_SECONDS:
                    shown = time.monotonic()
                    print(progress(tally, shown - began), flush=True)
        pool.shutdown(wait=False, cancel_futures=True)
    print(progress(tally, time.monotonic() - began))
    print("\n".join(f"{count:9,} {what}" for what, count in tally.most_common()))
    return 1 if tally["differences"] else 0


def progress(tally: Counter[str], seconds: float) -> str:
    """Return how far it is."""
    return (
        f"{tally['queries']:,} queries, {tally['differences']:,} differences, "
        f"{tally['queries'] / seconds:.0f} a second"
    )


if __name__ == "__main__":
    sys.exit(main())
