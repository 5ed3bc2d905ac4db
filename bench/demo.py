"""`make demo`: standard data, loaded with a bar, a dozen queries, one kernel's text, the prompt."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import gpudb
from bench import tpch
from bench.gpudb_engine import profiled
from bench.made import DATA
from gpudb.shell.progress import ProgressBar, describe
from gpudb.shell.render import render, show_seconds

if TYPE_CHECKING:
    from gpudb.connection import Connection

SHOWN_ROWS = 10
HEAD_LINES = 4
MOST_COLUMNS = 160
SIMPLE_QUERIES = {
    "how many lines": "SELECT count(*) AS lines FROM lineitem",
    "a filter over all of them": """
SELECT count(*) AS lines, min(l_shipdate) AS first, max(l_shipdate) AS last
FROM lineitem WHERE l_discount > 0.05 AND l_quantity < 10""",
    "lines by year": """
SELECT extract(year FROM l_shipdate) AS year, count(*) AS lines, sum(l_quantity) AS pieces
FROM lineitem GROUP BY 1 ORDER BY 1""",
    "the ten largest orders": """
SELECT o_orderkey, o_totalprice, o_orderdate FROM orders
ORDER BY o_totalprice DESC, o_orderkey LIMIT 10""",
    "customers by nation": """
SELECT n_name, count(*) AS customers, avg(c_acctbal) AS balance
FROM customer JOIN nation ON c_nationkey = n_nationkey
GROUP BY n_name ORDER BY customers DESC, n_name LIMIT 5""",
}
SHOWN_TPCH = ("q1", "q3", "q5", "q6", "q10", "q12", "q14", "q19")
QUERIES = SIMPLE_QUERIES | {f"TPC-H {name.upper()}": tpch.QUERIES[name] for name in SHOWN_TPCH}
EXPLAINED = SIMPLE_QUERIES["a filter over all of them"]


class DemoBar:
    """The bar while a file is loaded at a terminal; a line of its figures in the end."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._bar = ProgressBar()
        self._bytes = 0
        self._is_drawn = sys.stderr.isatty()

    def __call__(
        self, row_count: int, total_rows: int | None, byte_count: int, total_bytes: int | None
    ) -> None:
        """Draw what is done."""
        self._bytes = byte_count
        if self._is_drawn:
            self._bar(row_count, total_rows, byte_count, total_bytes)

    def end(self, rows: int, seconds: float) -> None:
        """Take the bar away and print the line."""
        self._bar.__exit__(None, None, None)
        print(f"  {self._name:<9} {describe(rows, self._bytes, seconds, None)}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.demo", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="TPC-H scale factor")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the data")
    given = parser.parse_args(arguments)
    print(f"TPC-H scale {given.scale:g} by tpchgen-cli, in {given.data}", flush=True)
    files = tpch.generate(given.scale, given.data)
    database = files["lineitem"].with_name("demo.gpudb")
    shutil.rmtree(database, ignore_errors=True)
    with gpudb.connect(database) as connection:
        load(connection, files)
        for title, sql in QUERIES.items():
            show_query(connection, title, sql)
        show_code(connection)
    # Under a terminal's own interpreter the command lies beside Python.
    command = Path(sys.executable).with_name("gpudb")
    print(f"\nThe prompt on this database:  {command} {database}")
    if sys.stdin.isatty() and sys.stdout.isatty():
        from gpudb.shell.main import run

        return run([str(database)])
    return 0


def load(connection: Connection, files: Mapping[str, Path]) -> None:
    """Load each file into a table of its name."""
    print("\nLoading Parquet files into compressed columns")
    for name, path in files.items():
        bar = DemoBar(name)
        connection.on_progress = bar
        began = time.perf_counter()
        rows = connection.execute(f"CREATE TABLE {name} AS SELECT * FROM '{path}'").rowcount
        bar.end(rows, time.perf_counter() - began)
    connection.on_progress = None


def show_query(connection: Connection, title: str, sql: str) -> None:
    """Print a query's first lines, its answer, and what it took, compiling included."""
    lines = sql.strip().splitlines()
    print(f"\n-- {title}")
    print("\n".join(lines[:HEAD_LINES] + ["..."] * (len(lines) > HEAD_LINES)))
    _, _, first_seconds = profiled(connection, sql)
    answer, profile, seconds = profiled(connection, sql)
    for line in render(answer.slice(0, SHOWN_ROWS)):
        print(line[:MOST_COLUMNS])
    print(
        f"(rows: {answer.num_rows:,} from {profile.rows_scanned:,}; {show_seconds(seconds)}, "
        f"{profile.rows_scanned / seconds / 1e6:.0f} M rows/s; "
        f"{show_seconds(first_seconds)} the first time)"
    )


def show_code(connection: Connection) -> None:
    """Print the kernels of a query."""
    print(f"\n-- the kernel of the filter above\nEXPLAIN CODE{EXPLAINED}\n")
    for (line,) in connection.execute(f"EXPLAIN CODE {EXPLAINED}").fetchall():
        print(line)


if __name__ == "__main__":
    sys.exit(main())
