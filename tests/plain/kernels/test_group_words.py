"""Keys of hashed groups share words where their ranges allow: any keys, NULLs and extremes."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest

import gpudb
from gpudb.connection import Connection
from gpudb.kernels.sinks import hashed

ROWS = 50_000
KINDS = {
    "tiny": "TINYINT",
    "low": "INTEGER",
    "name": "TEXT",
    "day": "DATE",
    "flag": "BOOLEAN",
    "part": "DOUBLE",
    "any_number": "BIGINT",
    "digits": "DECIMAL(38, 2)",
    "id": "INTEGER",
}
KEYS = (
    "tiny, low, name, day, flag, id",
    "id",
    "id, name",
    "any_number, flag",
    "part, tiny, id",
    "digits, id, name",
    "any_number, part, digits, tiny, low, name, day, flag, id",
)


def made(i: int) -> tuple[object, ...]:
    """A row: each key is NULL now and then, and has its least and greatest values."""
    return (
        None if i % 11 == 0 else i % 256 - 128,
        None if i % 13 == 0 else (-(2**31), 2**31 - 1, 0)[i % 3],
        None if i % 7 == 0 else f"ä{i % 5}",
        None if i % 17 == 0 else f"19{10 + i % 80}-01-01",
        None if i % 5 == 0 else i % 2 == 0,
        None if i % 19 == 0 else (float("inf"), float("nan"), -0.0, 0.0, 0.5)[i % 5],
        None if i % 23 == 0 else (-(2**63), 2**63 - 1, i // 2)[i % 3],
        None if i % 29 == 0 else f"{(i % 3 - 1) * 10**30 + i % 4}.25",
        None if i % 31 == 0 else i * 7919 % 30_011,
    )


@pytest.fixture(name="both", scope="module")
def _both() -> Iterator[tuple[Connection, duckdb.DuckDBPyConnection]]:
    rows = [tuple(map(str, map(_text, made(i)))) for i in range(ROWS)]
    texts = pa.table(
        {
            name: pa.array([None if row[place] == "NULL" else row[place] for row in rows])
            for place, name in enumerate(KINDS)
        }
    )
    casts = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in KINDS.items())
    peer = duckdb.connect()
    peer.register("texts", texts)
    peer.execute(f"CREATE TABLE r AS SELECT {casts} FROM texts")
    with gpudb.connect(threads=2, morsel_rows=16_384, chunk_rows=16_384) as connection:
        listed = ", ".join(f"{name} {kind}" for name, kind in KINDS.items())
        connection.execute(f"CREATE TABLE r ({listed})")
        connection.cursor().adbc_ingest("r", peer.table("r").to_arrow_table(), mode="append")
        yield connection, peer
    peer.close()


def _text(value: object) -> object:
    return "NULL" if value is None else value


@pytest.mark.parametrize("largest_bytes", [1, 1 << 30])
@pytest.mark.parametrize("keys", KEYS)
def test_groups_are_those_of_duckdb(
    both: tuple[Connection, duckdb.DuckDBPyConnection],
    monkeypatch: pytest.MonkeyPatch,
    keys: str,
    largest_bytes: int,
) -> None:
    ours, _ = both
    monkeypatch.setattr(hashed, "LARGEST_TABLE_BYTES", largest_bytes)
    query = f"SELECT {keys}, count(*) AS n, sum(id), min(name) FROM r GROUP BY {keys}"
    found, expected = (sorted(map(_comparable, c.execute(query).fetchall())) for c in both)
    assert found == expected
    total = ours.execute(f"SELECT count(*), sum(n) FROM ({query}) AS g")
    assert total.fetchall() == [(len(expected), ROWS)]


def _comparable(row: tuple[object, ...]) -> str:
    """Return a row as text; of a group of both zeros either may be shown."""
    return repr([value + 0.0 if isinstance(value, float) else value for value in row])
