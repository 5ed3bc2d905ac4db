"""Definitions that outlive a connection, and constraints met on every way into a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

import gpudb
from gpudb.storage.folder import files_of

TABLE = """CREATE TABLE t (k INTEGER NOT NULL, s TEXT DEFAULT 'é' || 'x',
           n DECIMAL(6,2) DEFAULT 2.5, CHECK (k < 10)) WITH (chunk_rows = 2)"""


def test_definitions_are_there_again(tmp_database: Path) -> None:
    with gpudb.connect(tmp_database) as connection:
        connection.execute(TABLE)
        connection.execute("INSERT INTO t (k) VALUES (1), (2), (3); DELETE FROM t WHERE k = 2")
        connection.execute("ALTER TABLE t ADD COLUMN late TEXT DEFAULT 'late'")
        connection.execute("ALTER TABLE t RENAME COLUMN s TO renamed; ALTER TABLE t DROP COLUMN n")
        connection.execute("UPDATE t SET late = 'one' WHERE k = 1")
        connection.execute("CREATE VIEW v (a) AS SELECT k * 2 FROM t")
        connection.execute("COMMENT ON TABLE t IS 'é'; COMMENT ON COLUMN t.k IS 'key'")
        connection.execute("COMMENT ON COLUMN v.a IS 'é'; ALTER VIEW v RENAME COLUMN a TO b")
        rows = [(1, "éx", "one"), (3, "éx", "late")]
        assert connection.execute("SELECT * FROM t").fetchall() == rows
    with gpudb.connect(tmp_database) as connection:
        assert connection.execute("SELECT * FROM t").fetchall() == rows
        assert connection.execute("SELECT b FROM v ORDER BY b").fetchall() == [(2,), (6,)]
        assert connection.database.snapshot().view("v").column_comment("b") == "é"
        with pytest.raises(gpudb.IntegrityError, match="'t_check' of table 't', CHECK"):
            connection.execute("INSERT INTO t (k) VALUES (10)")
        connection.execute("INSERT INTO t (k) VALUES (4)")
        assert connection.execute("SELECT * FROM t WHERE k = 4").fetchall() == [(4, "éx", "late")]
        table = connection.database.table("t")
        assert (table.comment, table.column("k").comment) == ("é", "key")
        connection.execute("ALTER TABLE t DROP COLUMN renamed; ALTER TABLE t ADD renamed TEXT")
        connection.execute("UPDATE t SET renamed = 'new'")
        found = connection.execute("SELECT renamed, late, k FROM t ORDER BY k").fetchall()
        assert found == [("new", "one", 1), ("new", "late", 3), ("new", "late", 4)]
        del table
        connection.execute("INSERT INTO t (k) VALUES (5)")
        files = {file.path for file in files_of(connection.database.snapshot())}
        assert set(tmp_database.glob("tables/*/*")) == files
    with gpudb.connect(tmp_database) as connection:
        assert connection.execute("SELECT count(renamed), count(*) FROM t").fetchall() == [(3, 4)]


def test_every_way_in_meets_defaults_and_constraints(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("k\n1\n2\n")
    bad.write_text("k\n3\n11\n")
    with gpudb.connect() as connection:
        connection.execute(TABLE)
        connection.execute(f"COPY t FROM '{good}'")
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO t (k) VALUES (?)", [(3,), (4,)])
        cursor.adbc_ingest("t", pa.table({"k": pa.array([5], pa.int32())}), mode="append")
        with connection.appender("t") as appender:
            appender.append_row(6, None, None)
        expected = [(k, "éx", 2.5) for k in range(1, 6)] + [(6, None, None)]
        assert connection.execute("SELECT * FROM t ORDER BY k").fetchall() == expected
        ways: list[Callable[[], object]] = [
            lambda: connection.execute(f"COPY t FROM '{bad}'"),
            lambda: cursor.executemany("INSERT INTO t (k) VALUES (?)", [(7,), (12,)]),
            lambda: cursor.adbc_ingest("t", pa.table({"k": [99]}), mode="append"),
            lambda: connection.execute("INSERT INTO t SELECT k + 5, s, n FROM t"),
            lambda: connection.execute("UPDATE t SET k = k * 3"),
        ]
        for way in ways:
            with pytest.raises(gpudb.IntegrityError, match="'t_check' of table 't'"):
                way()
            assert connection.execute("SELECT * FROM t ORDER BY k").fetchall() == expected


def test_a_constraint_that_fails_undoes_the_transaction() -> None:
    with gpudb.connect() as connection:
        connection.execute(TABLE)
        connection.execute("BEGIN; INSERT INTO t (k) VALUES (1)")
        with pytest.raises(gpudb.IntegrityError):
            connection.execute("INSERT INTO t (k) VALUES (10)")
        with pytest.raises(gpudb.OperationalError, match="ROLLBACK ends it"):
            connection.execute("SELECT 1")
        connection.rollback()
        assert connection.execute("SELECT count(*) FROM t").fetchall() == [(0,)]


def test_definitions_conflict_as_rows_do(tmp_database: Path) -> None:
    with gpudb.connect(tmp_database) as first, gpudb.connect(tmp_database) as second:
        first.execute(TABLE)
        first.execute("CREATE VIEW v AS SELECT k FROM t")
        first.execute("BEGIN; ALTER TABLE t ADD COLUMN x INTEGER; CREATE VIEW w AS SELECT x FROM t")
        assert first.execute("SELECT * FROM w").fetchall() == []
        second.execute("INSERT INTO t (k) VALUES (1)")
        with pytest.raises(gpudb.OperationalError, match="table 't' was changed by another"):
            first.commit()
        second.execute("BEGIN; CREATE OR REPLACE VIEW v AS SELECT 1 AS k")
        first.execute("DROP VIEW v")
        with pytest.raises(gpudb.OperationalError, match="view 'v' was dropped by another"):
            second.commit()
        # Rows appended do not fit a table that others have given another column.
        second.execute("BEGIN; INSERT INTO t (k) VALUES (2)")
        first.execute("ALTER TABLE t ADD COLUMN x INTEGER")
        with pytest.raises(gpudb.OperationalError, match="table 't' was changed by another"):
            second.commit()


def test_what_show_writes_makes_the_same_again() -> None:
    with gpudb.connect() as connection:
        connection.execute(TABLE)
        connection.execute("COMMENT ON COLUMN t.s IS 'it''s'; CREATE VIEW v (a) AS SELECT k FROM t")
        connection.execute("COMMENT ON COLUMN v.a IS 'it''s'; COMMENT ON VIEW v IS 'v'")
        table = connection.execute("SHOW CREATE TABLE t").fetchall()[0][0]
        view = connection.execute("SHOW CREATE VIEW v").fetchall()[0][0]
        connection.execute("DROP VIEW v; DROP TABLE t")
        connection.execute(table)
        connection.execute(view)
        assert connection.execute("SHOW CREATE TABLE t").fetchall() == [(table,)]
        assert connection.execute("SHOW CREATE VIEW v").fetchall() == [(view,)]
