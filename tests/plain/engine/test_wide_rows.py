"""Rows of many columns: plain ones are taken by their places, not read by a kernel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gpudb

random = np.random.default_rng(3)
ROWS = 5000


def wide_table() -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for i in range(0, 60, 6):
        some = random.random(ROWS) < 0.2
        columns[f"c{i}"] = pa.array(random.integers(0, 10 ** (i % 17 + 1), ROWS))
        columns[f"c{i + 1}"] = pa.array(random.random(ROWS), mask=some)
        columns[f"c{i + 2}"] = pa.array(random.integers(0, 9, ROWS).astype(str), mask=some)
        columns[f"c{i + 3}"] = pa.array([f"wert-é-{n}" for n in range(ROWS)], mask=some)
        columns[f"c{i + 4}"] = pa.array(random.random(ROWS) < 0.5, mask=some)
        days = random.integers(0, 3000, ROWS).astype("datetime64[D]")
        columns[f"c{i + 5}"] = pa.array(days, mask=some if i else np.ones(ROWS, np.bool_))
    return pa.table(columns)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pa.Table]:
    path = tmp_path_factory.mktemp("wide") / "wide.parquet"
    pq.write_table(wide_table(), path)
    return path, pq.read_table(path)


def code(connection: gpudb.Connection, text: str) -> str:
    return "\n".join(row[0] for row in connection.execute(f"EXPLAIN CODE {text}").fetchall())


@pytest.mark.parametrize("where", ["memory", "folder"])
def test_rows_are_as_they_were(table: tuple[Path, pa.Table], where: str, tmp_path: Path) -> None:
    path, expected = table
    database = str(tmp_path / "wide.gpudb") if where == "folder" else None
    with gpudb.connect(*([database] if database else []), chunk_rows=1024) as connection:
        connection.execute(f"CREATE TABLE w AS SELECT * FROM '{path}'")

        def rows(text: str) -> list[dict[str, object]]:
            found: list[dict[str, object]] = (
                connection.execute(text).fetch_arrow_table().to_pylist()
            )
            return found

        everything = expected.to_pylist()
        assert rows("SELECT * FROM w") == everything
        assert rows("SELECT * FROM w LIMIT 5 OFFSET 3000") == everything[3000:3005]
        kept = [row for row in everything if row["c0"] == 5]
        assert kept and rows("SELECT * FROM w WHERE c0 = 5") == kept
        assert rows("SELECT * FROM w WHERE c0 < 0") == []
        first = sorted(everything, key=lambda row: (row["c6"], row["c12"]))[:7]
        assert rows("SELECT * FROM w ORDER BY c6, c12 LIMIT 7") == first
        joined = "SELECT w.*, x + 1 AS y FROM w JOIN (VALUES (5), (7)) v (x) ON c0 = x"
        assert [row["y"] for row in rows(joined)] == [
            row["c0"] + 1 for row in everything if row["c0"] in (5, 7)
        ]
        assert "c30" not in code(connection, "SELECT * FROM w WHERE c0 = 5")


def test_count_reads_the_footer_only(table: tuple[Path, pa.Table], tmp_path: Path) -> None:
    path, _ = table
    data = path.read_bytes()
    damaged = tmp_path / "damaged.parquet"
    # All pages are zeros: only the footer can be read.
    footer = int.from_bytes(data[-8:-4], "little") + 8
    damaged.write_bytes(b"PAR1" + bytes(len(data) - footer - 4) + data[-footer:])
    with gpudb.connect() as connection:
        assert connection.execute(f"SELECT count(*) FROM '{damaged}'").fetchall() == [(ROWS,)]
        twice = f"SELECT count(*), 2 * count(*) FROM '{damaged}' HAVING count(*) > 3"
        assert connection.execute(twice).fetchall() == [(ROWS, 2 * ROWS)]
        with pytest.raises(gpudb.OperationalError):
            connection.execute(f"SELECT count(c0) FROM '{damaged}'")
