"""Numbers of 128 bits in columns: encoded, measured, on disk, and in Arrow."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.storage.encodings import wide
from gpudb.storage.encodings.encoded import PhysicalColumn
from gpudb.storage.encodings.widen import convert, decode
from gpudb.storage.measure import measure

VALUES = [0, 1, -1, 1 << 63, -(1 << 63), -(1 << 63) - 1, 10**38 - 1, 1 - 10**38, 1 << 64, 5]


def whole(values: np.ndarray) -> list[int]:
    pairs = zip(wide.low_words(values), wide.high_words(values), strict=True)
    return [(int(high) << 64) + (int(low) & ((1 << 64) - 1)) for low, high in pairs]


@pytest.mark.parametrize("nulls", [None, np.arange(len(VALUES)) % 3 == 1])
def test_words_come_back(nulls: np.ndarray | None) -> None:
    column = PhysicalColumn(wide.numbers(VALUES), nulls)
    statistics = measure(column.values, nulls)
    known = [v for i, v in enumerate(VALUES) if nulls is None or not nulls[i]]
    assert (statistics.minimum, statistics.maximum) == (min(known), max(known))
    encoded = wide.encode_as(column, has_nulls=nulls is not None)
    back = decode(encoded)
    assert whole(back.values) == VALUES
    assert nulls is None or (back.nulls is not None and (back.nulls == nulls).all())
    low, high, null_bits = (buffer.tolist() for buffer in encoded.buffers)
    assert nulls is None or wide.wide_is_null_at(low, high, null_bits, 1)


def test_narrow_numbers_are_made_wide() -> None:
    column = PhysicalColumn(np.array([-7, 0, 9], np.int32))
    encoded = convert(wide.encode_as(column, has_nulls=False), wide.layout(has_nulls=False))
    assert whole(decode(encoded).values) == [-7, 0, 9]
    words = wide.as_wide(column.values)
    assert wide.narrowed(words, None).dtype == np.int64
    huge = wide.numbers([1 << 70, 3])
    assert wide.narrowed(huge, np.array([True, False])).tolist()[1] == 3


def test_on_disk_and_in_arrow(tmp_path: Path) -> None:
    rows = [None if i % 5 == 3 else Decimal(10**i).scaleb(-4) for i in range(30)]
    table = pa.table({"d": pa.array(rows, pa.decimal128(38, 4)), "n": range(30)})
    path = str(tmp_path / "wide.gpudb")
    with gpudb.connect(path, chunk_rows=7) as connection:
        connection.register("data", table)
        connection.execute("CREATE TABLE t AS SELECT * FROM data")
        connection.execute("INSERT INTO t VALUES (?, 99)", (Decimal("-12345678901234567890.5"),))
    with gpudb.connect(path) as connection:
        found = connection.execute("SELECT d FROM t ORDER BY n").fetch_arrow_table()
        expected = [*rows, Decimal("-12345678901234567890.5")]
        assert found["d"].to_pylist() == expected
        assert found.schema.field("d").type == pa.decimal128(38, 4)
        known = sum(int(d.scaleb(4)) for d in expected if d is not None)
        ((total, count),) = connection.execute("SELECT sum(d), count(d) FROM t").fetchall()
        assert (int(str(total).replace(".", "")), count) == (known, 25)
        copied = str(tmp_path / "wide.parquet")
        connection.execute(f"COPY t TO '{copied}'")
        again = connection.execute(f"SELECT d FROM '{copied}' ORDER BY n").fetchall()
        assert [row[0] for row in again] == expected
