"""ClickBench: its 43 queries, as c1 to c43, over synthetic rows of its table of 105 columns."""

from __future__ import annotations

from pathlib import Path

from bench.hits import generate
from bench.options import Options
from bench.workload import Workload, read_questions


def make_files(options: Options) -> dict[str, Path]:
    """Return the file of the table, with as many rows as the options say."""
    return {"hits": generate(options.hits_rows, options.data)}


CLICKBENCH = Workload("clickbench", read_questions("clickbench"), make_files)
