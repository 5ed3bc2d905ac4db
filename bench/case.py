"""What a case is: one question, and how each engine answers it from data it has loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from bench.duckdb_engine import Duckdb
from bench.gpudb_engine import Gpudb

OURS = "gpudb"
DUCKDB = "duckdb"
POLARS = "polars"

RunQuery = Callable[[], pa.Table]


@dataclass(frozen=True)
class Case:
    """A question. `runs` has one entry an engine, ours first; DuckDB's answer is the expected one,
    and `peer` can be asked what else would be right where an order leaves a choice."""

    name: str
    group: str
    sql: str
    ours: Gpudb
    peer: Duckdb
    runs: Mapping[str, RunQuery]
