"""The radix sort gives the order that numpy's sorts give, equal rows as they came."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.cpu import CpuDevice
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.radix import LEAST_ROWS, Workers

ROWS = LEAST_ROWS + 77
RANDOM = np.random.default_rng(3)
INT64 = np.iinfo(np.int64)
PARTS = {
    "narrow": [RANDOM.integers(-3, 4, ROWS)],
    "one value": [np.full(ROWS, INT64.min)],
    "in order": [np.arange(ROWS) * 70_000],
    "in reverse": [-np.arange(ROWS)],
    "every digit": [RANDOM.integers(INT64.min, INT64.max, ROWS, endpoint=True)],
    "both ends": [RANDOM.choice(np.array([INT64.min, INT64.max, 0, -1]), ROWS)],
    "three parts": [
        RANDOM.integers(0, 5, ROWS),
        RANDOM.choice(np.array([INT64.min, INT64.max]), ROWS),
        RANDOM.integers(-(2**40), 2**40, ROWS),
    ],
}


@pytest.fixture(scope="module", params=[1, 2, 3])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    device = CpuDevice(request.param)
    yield Workers(FixedKernels(device), threading.Event())
    device.close()


@pytest.mark.parametrize("name", PARTS)
def test_rows_come_in_the_order_of_a_stable_sort(workers: Workers, name: str) -> None:
    found = workers.order(PARTS[name])
    assert found.tolist() == np.lexsort(PARTS[name][::-1]).tolist()


@pytest.mark.parametrize("threads", [1, 2])
def test_order_by_over_many_rows(threads: int) -> None:
    number = RANDOM.integers(-50, 50, ROWS)
    value = RANDOM.choice(np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1.5, -1e300]), ROWS)
    null = RANDOM.random(ROWS) < 0.2
    frame = pa.table(
        {
            "number": pa.array(number, mask=null),
            "value": value,
            "word": pa.array([["b", "", "ä", "a"][n % 4] for n in number]),
            "place": np.arange(ROWS),
        }
    )
    with gpudb.connect(threads=threads) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        sorted_ = connection.execute(
            "SELECT * FROM t ORDER BY number DESC NULLS LAST, word, value DESC"
        ).fetch_arrow_table()
        middle = connection.execute(
            "SELECT place FROM t ORDER BY number DESC NULLS LAST, word, value DESC"
            " LIMIT 40 OFFSET 20000"
        ).fetch_arrow_table()
    # Negated NaN is the greatest again: as SQL has it, and first where values descend.
    keys = (-np.where(np.isnan(value), np.inf, value), np.isnan(value) == 0)
    words = np.array(frame["word"].to_pylist())
    expected = np.lexsort((*keys, words, np.where(null, 0, -number), null))
    assert sorted_["place"].to_pylist() == expected.tolist()
    taken = frame.take(pa.array(expected))
    np.testing.assert_array_equal(sorted_["value"].to_numpy(), taken["value"].to_numpy())
    assert sorted_.drop(["value"]).equals(taken.drop(["value"]))
    assert middle["place"].to_pylist() == expected[20_000:20_040].tolist()
