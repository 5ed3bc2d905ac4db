"""TPC-H: standard data by tpchgen-cli, and its 22 queries with the standard's parameters."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bench.workload import Workload, read_questions

if TYPE_CHECKING:
    import polars as pl

TABLES = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")

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


def polars_frames(frames: Mapping[str, pl.LazyFrame]) -> Mapping[str, pl.LazyFrame]:
    """Return eight of the questions as Polars' lazy frames."""
    from bench.tpch_polars import FRAMES

    return {name: question(frames) for name, question in FRAMES.items()}


TPCH = Workload("tpch", QUERIES, lambda o: generate(o.scale, o.data), polars_frames)
