"""ORDER BY ... LIMIT: zones and blocks that are passed by hide none of the first rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels.sinks import top

ROWS = 200_000


def columns(rows: int) -> dict[str, pa.Array]:
    """Keys whose codes are of all widths, with frames, decimals, NULLs, NaN and infinities."""
    random = np.random.default_rng(6)
    at = np.arange(rows)
    nulls = random.random(rows) < 0.01
    wild = random.normal(size=rows)
    wild[::5000], wild[7::9000], wild[11::9000], wild[13::7000] = np.nan, np.inf, -np.inf, -0.0
    least = random.integers(-(1 << 62), 1 << 62, rows)
    least[5::999] = -(1 << 63)
    small = random.integers(-100, 100, rows)
    return {
        "at": pa.array(at),
        "moment": pa.array(
            1_700_000_000_000_000 + at * 1_000_003 + random.integers(0, 10**9, rows)
        ),
        "small": pa.array(small),
        "some": pa.array(random.integers(0, 50_000, rows), mask=nulls),
        "price": pa.array(random.integers(-9_999_999, 9_999_999, rows) / 100),
        "cost": pa.array(random.integers(0, 99_999, rows) / 10, mask=nulls),
        "wild": pa.array(wild, mask=nulls),
        "least": pa.array(least, mask=nulls),
        "far": pa.array(random.integers(10**12, 10**12 + 60_000, rows), mask=at < 70_000),
        "word": pa.array([f"w{n % 977:03}" for n in at.tolist()]),
        "mostly": pa.array(small, mask=at % 50 != 0),
    }


KEYS = ("moment", "small", "some", "price", "cost", "wild", "least", "far", "mostly")
WAYS = ("", "DESC", "NULLS FIRST", "DESC NULLS LAST")
FEWER_WAYS = ("", "DESC NULLS LAST")


def choices(frame: pa.Table) -> dict[str, np.ndarray]:
    """Return conditions and the rows that they hold for."""
    at, small = frame["at"].to_numpy(), frame["small"].to_numpy()
    word, some = frame["word"].to_numpy(), frame["some"].fill_null(99_999).to_numpy()
    return {
        "": at >= 0,
        "WHERE word <> 'w001' AND small > -90": (word != "w001") & (small > -90),
        "WHERE at % 9973 = 5": at % 9973 == 5,
        "WHERE some < 40": some < 40,
        "WHERE at < 0": at < 0,
    }


def in_order(key: pa.ChunkedArray, at: np.ndarray, way: str) -> np.ndarray:
    """Return the rows `at` by key: NULLs last or first, NaN as the greatest number."""
    known = key.combine_chunks().take(pa.array(at))
    nulls = np.asarray(known.is_null())
    values = known.fill_null(0).to_numpy(zero_copy_only=False)
    is_nan = np.isnan(values)
    # What compares as the value does, and can be turned round.
    rank = np.unique(values, return_inverse=True)[1]
    rank = np.where(is_nan, len(values), rank)
    parts = (at, -rank if way.startswith("DESC") else rank)
    nulls = ~nulls if way in ("DESC", "NULLS FIRST") else nulls
    return at[np.lexsort((*parts, nulls))]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("chunk_rows", [70_000, 1 << 20])
def test_the_first_rows_are_those_of_a_full_sort(key: str, chunk_rows: int) -> None:
    frame = pa.table(columns(ROWS))
    with gpudb.connect(threads=2, chunk_rows=chunk_rows, device="cpu") as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        for where, passes in choices(frame).items():
            for way in WAYS if not where else FEWER_WAYS:
                rows = in_order(frame[key], np.flatnonzero(passes), way)
                query = f"SELECT at FROM t {where} ORDER BY {key} {way}, at LIMIT 7 OFFSET 3"
                found = connection.execute(query).fetch_arrow_table()["at"].to_pylist()
                assert found == rows[3:10].tolist(), query
                # Of equal keys any rows will do.
                alone = f"SELECT {key} FROM t {where} ORDER BY {key} {way} LIMIT 40"
                keys = connection.execute(alone).fetch_arrow_table()[key].to_pylist()
                known = frame[key].take(pa.array(rows[:40])).to_pylist()
                assert [key and repr(key) for key in keys] == [key and repr(key) for key in known]


@pytest.mark.parametrize("device", ["cpu", "python", "emulated"])
def test_many_small_chunks(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(top, "PROMISED_ROWS", 0)
    frame = pa.table(columns(700))
    with gpudb.connect(threads=2, chunk_rows=90, device=device) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        connection.execute("DELETE FROM t WHERE at % 10 = 4")
        left = np.arange(700)
        left = left[left % 10 != 4]
        for key in KEYS:
            for way in WAYS:
                rows = in_order(frame[key], left, way)
                query = f"SELECT at FROM t ORDER BY {key} {way}, at LIMIT 5"
                found = connection.execute(query).fetch_arrow_table()["at"].to_pylist()
                assert found == rows[:5].tolist(), query


@pytest.mark.parametrize("device", ["cpu", "emulated"])
def test_chunks_and_zones_that_promise_too_little_are_passed_by(device: str) -> None:
    with gpudb.connect(threads=1, chunk_rows=150_000, device=device) as connection:
        connection.register("frame", pa.table({"at": np.arange(450_000)}))
        connection.execute("CREATE TABLE t AS SELECT at, -at AS back FROM frame")
        for order in ("at DESC", "back"):
            query = f"SELECT at FROM t ORDER BY {order} LIMIT 3"
            assert connection.execute(query).fetchall() == [(449_999,), (449_998,), (449_997,)]
            report = "".join(
                t for (t,) in connection.execute(f"EXPLAIN ANALYZE {query}").fetchall()
            )
            skipped = 8 if device == "cpu" else 6  # of three chunks with three zones each
            assert f"{skipped} zones skipped" in report, report


def test_what_raises_sees_every_row() -> None:
    with gpudb.connect(threads=2, chunk_rows=70_000) as connection:
        connection.register("frame", pa.table({"at": np.arange(200_000)}))
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        with pytest.raises(gpudb.DataError, match="division by zero"):
            connection.execute("SELECT at FROM t WHERE 1 / (at - 190000) < 5 ORDER BY at LIMIT 3")


def test_the_first_key_of_a_join_is_known_before_it() -> None:
    with gpudb.connect(threads=2, chunk_rows=70_000) as connection:
        connection.register("frame", pa.table(columns(ROWS)))
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        connection.execute(
            "CREATE TABLE few AS SELECT DISTINCT word, small FROM frame WHERE at < 99"
        )
        join = "FROM t {} JOIN few ON t.word = few.word ORDER BY {}, at, few.small LIMIT 20"
        for kind in ("", "LEFT"):
            for key in ("price", "some DESC", "moment", "few.small"):
                text = join.format(kind, f"t.{key}" if key != "few.small" else key)
                some = connection.execute(f"SELECT at, few.small {text}").fetchall()
                whole = f"SELECT at, few.small {text.replace('LIMIT 20', '')}"
                assert some == connection.execute(whole).fetchall()[:20], text
