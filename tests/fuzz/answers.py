"""Asks a database and compares what it answers."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

import gpudb
from tests.fuzz.queries import Query
from tests.plain.engine.agreement import find_difference

Row = Sequence[object]
# A query of small tables that takes longer is told as one that was slow.
MOST_SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """Rows, or the message of an error."""

    rows: list[Row] | None
    error: str | None = None
    is_cut: bool = False  # MOST_SECONDS were over

    def shown(self) -> str:
        """Return the first rows or the error in a line or few."""
        if self.rows is None:
            return f"error: {self.error}"
        more = "" if len(self.rows) <= 10 else f"\n... {len(self.rows)} rows"
        return "\n".join(map(repr, self.rows[:10])) + more


def ask_ours(connection: gpudb.Connection, text: str) -> Answer:
    """Return our answer. What is not one of our errors is a defect and told as such."""
    cursor = connection.cursor()
    timer = threading.Timer(MOST_SECONDS, cursor.cancel)
    timer.start()
    try:
        return Answer([tuple(row) for row in cursor.execute(text).fetchall()])
    except gpudb.QueryCancelled as error:
        return Answer(None, f"{type(error).__name__}: {error}", is_cut=True)
    except gpudb.Error as error:
        return Answer(None, f"{type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001 what escapes as another error is what we look for
        return Answer(None, f"DEFECT {type(error).__name__}: {error}")
    finally:
        timer.cancel()


def ask_duckdb(connection: duckdb.DuckDBPyConnection, text: str) -> Answer:
    """Return DuckDB's answer."""
    timer = threading.Timer(MOST_SECONDS, connection.interrupt)
    timer.start()
    try:
        return Answer(list(connection.execute(text).fetchall()))
    except duckdb.InterruptException as error:
        return Answer(None, f"{type(error).__name__}: {error}", is_cut=True)
    except (duckdb.Error, UnicodeDecodeError) as error:
        return Answer(None, f"{type(error).__name__}: {error}")
    finally:
        timer.cancel()


def ask_sqlite(connection: sqlite3.Connection, text: str) -> Answer:
    """Return SQLite's answer."""
    timer = threading.Timer(MOST_SECONDS, connection.interrupt)
    timer.start()
    try:
        return Answer(list(connection.execute(text).fetchall()))
    except (sqlite3.Error, OverflowError) as error:
        return Answer(None, f"{type(error).__name__}: {error}")
    finally:
        timer.cancel()


def difference(query: Query, ours: Answer, expected: Answer) -> str | None:
    """Return what differs between two answers that both have rows."""
    assert ours.rows is not None and expected.rows is not None
    return find_difference(ours.rows, expected.rows, is_ordered=query.is_ordered)
