"""DuckDB as the benchmark uses it: a database file of its own, as many threads as we have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.made import Stamp


class Duckdb:
    """A connection."""

    errors = (duckdb.Error,)

    def __init__(self, file: Path, *, threads: int) -> None:
        self.connection = duckdb.connect(str(file))
        self.connection.execute(f"SET threads = {threads}")
        # As PostgreSQL and we do: after all values, before them where the order descends.
        self.connection.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")

    def load(self, files: Mapping[str, Path]) -> None:
        """Make a table of each Parquet file."""
        for name, path in files.items():
            self.connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{path}')")
        self.connection.execute("CHECKPOINT")

    def query(self, sql: str) -> pa.Table:
        """Return the answer as an Arrow table."""
        return self.connection.sql(sql).to_arrow_table()

    def row_hash(self, table: pa.Table) -> object:
        """Return the sum of the hashes of a table's rows, and their number."""
        names = [f"c{place}" for place in range(1, table.num_columns + 1)]
        self.connection.register("hashed", table.rename_columns(names))
        row = f"hash({', '.join(names)})::HUGEINT"
        found = self.connection.execute(f"SELECT count(*), sum({row}) FROM hashed").fetchall()
        self.connection.unregister("hashed")
        return found

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def open_duckdb(file: Path, files: Mapping[str, Path], *, threads: int, reload: bool) -> Duckdb:
    """Return DuckDB with a table of each file, loaded unless the database holds them already."""
    stamp = Stamp(file, files)
    if reload or not stamp.is_current():
        stamp.forget()
    peer = Duckdb(file, threads=threads)
    if not stamp.is_current():
        peer.load(files)
        stamp.write()
    return peer
