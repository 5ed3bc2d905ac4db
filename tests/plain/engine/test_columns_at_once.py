"""Columns that the cache has are found at once: those of the tables as they are now."""

from __future__ import annotations

from pathlib import Path

import gpudb
from gpudb.storage.cache import CACHE


def test_columns_found_at_once_are_those_of_the_tables_as_they_are(tmp_path: Path) -> None:
    with gpudb.connect(tmp_path / "a.gpudb", device="cpu", threads=1) as connection:
        run, least = connection.execute, 0

        def check() -> None:
            nonlocal least
            for _ in range(3):
                least += 1
                (found,) = run(f"SELECT sum(v), count(*) FROM t WHERE k >= {least}").fetchall()
                rows = run("SELECT k, v FROM t").fetchall()
                kept = [v for k, v in rows if k >= least]
                assert found == (sum(kept), len(kept))

        run("CREATE TABLE t AS SELECT range AS k, range * 3 AS v FROM range(5000)")
        for change in (
            "SELECT 1",
            "INSERT INTO t SELECT range, range * 70000 FROM range(4000)",
            "DELETE FROM t WHERE k % 7 = 0",
            "UPDATE t SET v = -v WHERE k > 900",
            "ALTER TABLE t ALTER COLUMN v TYPE INTEGER",
            "ALTER TABLE t DROP COLUMN v",
            "ALTER TABLE t ADD COLUMN v BIGINT DEFAULT 5",
            "DROP TABLE t",
            "CREATE TABLE t AS SELECT range AS k, range % 9 AS v FROM range(6000)",
        ):
            run(change)
            if change.endswith(("DROP COLUMN v", "DROP TABLE t")):
                continue
            check()
            CACHE.clear()
            check()
