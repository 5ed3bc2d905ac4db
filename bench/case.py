"""What a case is: one question, and how each engine answers it from data it has loaded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from bench.duckdb_engine import Duckdb
    from bench.gpudb_engine import Gpudb

OURS = "gpudb"
DUCKDB = "duckdb"
POLARS = "polars"
DATAFUSION = "datafusion"
CHDB = "chdb"
HYPER = "hyper"
ENGINES = (OURS, DUCKDB, POLARS, DATAFUSION, CHDB, HYPER)


class EngineError(Exception):
    """An engine did not answer; the text says why, in its own words."""


class Run(Protocol):
    """One engine's way to answer one question; both raise EngineError where it cannot."""

    def answer(self) -> pa.Table:
        """Return the answer."""
        ...

    def seconds(self) -> float:
        """Answer, drop the answer, and return how long it took to have it in hand."""
        ...


@dataclass(frozen=True)
class Here:
    """A run in this process; `errors` are what the engine raises where it cannot answer."""

    query: Callable[[], pa.Table]
    errors: tuple[type[Exception], ...] = ()

    def answer(self) -> pa.Table:
        """Return the answer."""
        try:
            return self.query()
        except self.errors as error:
            raise EngineError(str(error)) from error

    def seconds(self) -> float:
        """Return the seconds until the answer was there."""
        began = time.perf_counter()
        self.answer()
        return time.perf_counter() - began


@dataclass(frozen=True)
class Case:
    """A question. `runs` has one entry an engine, ours first; DuckDB's answer is the expected one,
    and `peer` can be asked what else would be right where an order leaves a choice. `forms` says
    how each engine holds the tables, `stored_bytes` what that takes of the disk."""

    name: str
    group: str
    sql: str
    ours: Gpudb
    peer: Duckdb
    runs: Mapping[str, Run]
    forms: Mapping[str, str] = field(default_factory=dict)
    stored_bytes: Mapping[str, int] = field(default_factory=dict)
