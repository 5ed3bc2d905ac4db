"""TPC-H: standard data by tpchgen-cli, and its 22 queries with the standard's parameters."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.case import RunQuery
from bench.options import Options
from bench.workload import Files, Workload, read_questions

TABLES = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")
# Polars keeps decimals in 16 bytes and text as views: more than this does not fit beside the rest.
POLARS_MOST_SCALE = 3.0

QUERIES = read_questions("tpch")


def generate(scale: float, data: Path) -> dict[str, Path]:
    """Return the Parquet files (Snappy) of the eight tables below `data`, made unless there."""
    folder = data / f"tpch-{scale:g}"
    files = {name: folder / f"{name}.parquet" for name in TABLES}
    if not all(path.is_file() for path in files.values()):
        # Under another name first: half a data set must not pass for a whole one.
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        partial.mkdir(parents=True)
        command = [str(Path(sys.executable).with_name("tpchgen-cli")), "parquet", "--quiet"]
        subprocess.run([*command, "-s", f"{scale:g}", "-o", str(partial)], check=True)
        partial.rename(folder)
    return files


def open_polars(files: Files, options: Options, names: Sequence[str]) -> Mapping[str, RunQuery]:
    """Return Polars' runs by the query's name, of those that it has; none at a large scale."""
    if options.scale > POLARS_MOST_SCALE:
        return {}
    from bench.tpch_polars import FRAMES, load_polars

    return load_polars(files, [name for name in names if name in FRAMES])


TPCH = Workload("tpch", QUERIES, lambda o: generate(o.scale, o.data), open_polars)
