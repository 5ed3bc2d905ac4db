"""Random INSERTs, UPDATEs, DELETEs and transactions, run by gpudb, DuckDB and SQLite alike."""

from __future__ import annotations

import random
import sqlite3
from types import TracebackType
from typing import Self

import duckdb

import gpudb

TEXTS = ("NULL", "'a'", "'b'", "''", "'é漢'", "'a''b'", "'long " + "x" * 40 + "'")
NUMBERS = ("NULL", "0", "1", "-1", "7", "2147483647", "-2147483648")


class Changes:
    """Three databases with one table; `step` changes it in each and compares them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.ours = gpudb.connect()
        self.duckdb = duckdb.connect()
        self.sqlite = sqlite3.connect(":memory:", isolation_level=None)
        self.is_open = False
        self.history: list[str] = []
        columns = "id INTEGER NOT NULL, k INTEGER, s TEXT, x DOUBLE"
        size = self.random.choice((3, 7, 50))
        self.ours.execute(f"CREATE TABLE t ({columns}) WITH (chunk_rows = {size})")
        self.duckdb.execute(f"CREATE TABLE t ({columns})")
        self.sqlite.execute(f"CREATE TABLE t ({columns.replace('DOUBLE', 'REAL')})")
        self.next_id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.ours.close()
        self.duckdb.close()
        self.sqlite.close()

    def step(self) -> None:
        """Run one random statement everywhere; the tables and the counts of rows are equal."""
        statement = self._statement()
        self.history.append(statement)
        cursor = self.ours.execute(statement)
        found = self.duckdb.execute(statement).fetchall()
        changed = self.sqlite.execute(statement).rowcount
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            assert cursor.rowcount == found[0][0] == changed, self.history
        query = "SELECT id, k, s, x FROM t ORDER BY id"
        expected = self.duckdb.execute(query).fetchall()
        assert self.ours.execute(query).fetchall() == expected, self.history
        assert self.sqlite.execute(query).fetchall() == expected, self.history

    def _statement(self) -> str:
        pick = self.random.random()
        if pick < 0.12 or (self.is_open and pick < 0.2):
            word = self.random.choice(("COMMIT", "ROLLBACK")) if self.is_open else "BEGIN"
            self.is_open = not self.is_open
            return word
        if pick < 0.5 or self.next_id < 5:
            rows = ", ".join(self._row() for _ in range(self.random.randint(1, 12)))
            return f"INSERT INTO t VALUES {rows}"
        where = self._condition("t")
        if pick < 0.65:
            return f"DELETE FROM t WHERE {where}"
        if pick < 0.75:
            inner = self._condition("u").replace("t.", "u.")
            return f"DELETE FROM t WHERE {where} AND k IN (SELECT u.k FROM t AS u WHERE {inner})"
        sets = self.random.sample(
            (
                f"k = {self.random.choice(NUMBERS)}",
                f"s = {self.random.choice(TEXTS)}",
                "x = x / 2 + 1",
                "id = id",
            ),
            self.random.randint(1, 3),
        )
        if pick < 0.9:
            return f"UPDATE t SET {', '.join(sets)} WHERE {where}"
        return f"UPDATE t SET x = (SELECT count(*) FROM t AS u WHERE u.k = t.k) WHERE {where}"

    def _row(self) -> str:
        self.next_id += 1
        number, text = self.random.choice(NUMBERS), self.random.choice(TEXTS)
        x = self.random.choice(("NULL", "0.5", "1e10", "-3.25"))
        return f"({self.next_id}, {number}, {text}, {x})"

    def _condition(self, table: str) -> str:
        limit = self.random.randint(0, self.next_id + 1)
        return self.random.choice(
            (
                f"{table}.id = {limit}",
                f"{table}.id < {limit}",
                f"{table}.id % 3 = {limit % 3}",
                f"{table}.k > {limit % 8}",
                f"{table}.s = {self.random.choice(TEXTS)}",
                f"{table}.s IS NULL OR {table}.x < 1",
                f"NOT {table}.k = 1",
            )
        )
