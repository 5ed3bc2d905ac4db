"""The same random tables in gpudb, DuckDB and SQLite."""

from __future__ import annotations

import sqlite3

import duckdb

import gpudb
from tests.fuzz.tables import Tables


def load_ours(
    tables: Tables, *, chunk_rows: int | None = None, **settings: object
) -> gpudb.Connection:
    """Return gpudb with the tables; `chunk_rows` replaces what the tables say."""
    connection = gpudb.connect(None, **settings)  # type: ignore[arg-type]
    for name, data in tables.data.items():
        definition = tables.definitions[name]
        if chunk_rows is not None:
            definition = f"{definition.partition(' WITH ')[0]} WITH (chunk_rows = {chunk_rows})"
        connection.execute(definition)
        connection.cursor().adbc_ingest(name, data, "append")
    return connection


def load_duckdb(tables: Tables) -> duckdb.DuckDBPyConnection:
    """Return DuckDB with the tables, set to PostgreSQL's order of NULLs and integer division."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET integer_division = true")
    connection.execute("SET order_by_non_integer_literal = true")
    for name, data in tables.data.items():
        connection.register(f"{name}_arrow", data)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_arrow")
        connection.unregister(f"{name}_arrow")
    return connection


def load_sqlite(tables: Tables) -> sqlite3.Connection:
    """Return SQLite with the integers and texts of the tables."""
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA case_sensitive_like = ON")
    for name, data in tables.data.items():
        kept = [f.name for f in data.schema if str(f.type) in SQLITE_TYPES]
        connection.execute(f"CREATE TABLE {name} ({', '.join(kept)})")
        rows = zip(*(data[column].to_pylist() for column in kept), strict=True)
        marks = ", ".join("?" for _ in kept)
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
    return connection


SQLITE_TYPES = ("int8", "int16", "int32", "int64", "string", "bool")
