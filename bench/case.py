"""What a case is: one question, and how each engine answers it from data it has loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from bench.gpudb_engine import Gpudb

OURS = "gpudb"
DUCKDB = "duckdb"
POLARS = "polars"

RunQuery = Callable[[], pa.Table]


@dataclass(frozen=True)
class Case:
    """A question. `runs` has one entry an engine, ours first; DuckDB's answer is the expected one.

    `keys` are the columns whose values name a row of the answer; without any, the answer is
    ordered by the query itself.
    """

    name: str
    group: str
    sql: str
    ours: Gpudb
    runs: Mapping[str, RunQuery]
    keys: tuple[str, ...] = ()
