"""Answers in a GPU's memory, taken from there by every protocol that others speak."""

from __future__ import annotations

import ctypes
import datetime
import gc
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.device_table import ArrowDeviceArray, DeviceTable
from gpudb.devices import choose
from tests.plain.devices.fake_cupy import fake_cupy

QUERY = """
SELECT * FROM (VALUES
    (1, CAST(0.5 AS DOUBLE), TRUE, 'ä', DATE '2024-02-29', TIMESTAMP '2024-01-01 12:30:00',
     1.25, 7),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, 8),
    (3, -1.5, FALSE, '', DATE '1969-12-31', TIMESTAMP '1960-01-01 00:00:00', -3.5, 9)
) v(i, f, b, s, d, t, m, n)
"""
NAMES = ["i", "f", "b", "s", "d", "t", "m", "n"]


@pytest.fixture
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect(device="emulated") as connection:
        yield connection


def read(interface: dict[str, Any]) -> np.ndarray:
    """Return what stands at the address that __cuda_array_interface__ names."""
    (length,), dtype = interface["shape"], np.dtype(interface["typestr"])
    address, is_read_only = interface["data"]
    assert not is_read_only and interface["version"] == 3
    if not length:
        assert address == 0
        return np.zeros(0, dtype)
    raw = (ctypes.c_uint8 * (length * dtype.itemsize)).from_address(address)
    return np.frombuffer(raw, dtype)


def from_dlpack(source: Any) -> Any:
    """Return numpy's array over what speaks DLPack."""
    return np.from_dlpack(source)


def test_columns_are_read_by_the_cuda_array_interface(connection: gpudb.Connection) -> None:
    table = connection.execute(QUERY).fetch_device_table()
    assert (len(table), table.column_names) == (3, NAMES)
    assert read(table["i"].__cuda_array_interface__).tolist() == [1, 2, 3]
    assert "mask" not in table["i"].__cuda_array_interface__
    floats = table["f"].__cuda_array_interface__
    assert read(floats)[[0, 2]].tolist() == [0.5, -1.5]
    assert read(floats["mask"].__cuda_array_interface__).tolist() == [True, False, True]
    assert read(table["b"].__cuda_array_interface__)[[0, 2]].tolist() == [True, False]
    days = read(table["d"].__cuda_array_interface__)[[0, 2]]
    assert days.tolist() == [(datetime.date(2024, 2, 29) - datetime.date(1970, 1, 1)).days, -1]
    moments = read(table["t"].__cuda_array_interface__)
    assert moments[0] == np.datetime64("2024-01-01T12:30:00")
    for name in ("s", "m"):
        with pytest.raises(AttributeError, match="which only Arrow's interface knows"):
            _ = table[name].__cuda_array_interface__


def test_columns_are_read_by_dlpack_without_a_copy(connection: gpudb.Connection) -> None:
    table = connection.execute(QUERY).fetch_device_table()
    found = from_dlpack(table["i"])
    assert found.tolist() == [1, 2, 3]
    assert found.ctypes.data == table["i"].__cuda_array_interface__["data"][0]
    with pytest.raises(BufferError, match="column 'f' has 1: take its values and its valid apart"):
        from_dlpack(table["f"])
    values, valid = table["f"].values, table["f"].valid
    assert values is not None and valid is not None
    assert from_dlpack(values)[from_dlpack(valid)].tolist() == [0.5, -1.5]
    assert from_dlpack(table["t"].values).dtype == np.int64
    del table, values, valid
    gc.collect()
    assert found.tolist() == [1, 2, 3]


def test_tables_are_read_by_arrows_device_interface(connection: gpudb.Connection) -> None:
    expected = connection.execute(QUERY).fetch_arrow_table()
    table = connection.execute(QUERY).fetch_device_table()
    batch = pa.record_batch(table)
    del table
    gc.collect()
    assert batch.to_pylist() == expected.to_pylist()
    assert batch.schema.types == expected.schema.types
    assert batch["m"].to_pylist() == [Decimal("1.25"), None, Decimal("-3.50")]


@pytest.mark.parametrize("condition", ["i < 0", "i = 2", "i <> 2"])
def test_empty_results_and_results_of_nulls(connection: gpudb.Connection, condition: str) -> None:
    query = f"SELECT * FROM ({QUERY}) w WHERE {condition}"
    expected = connection.execute(query).fetch_arrow_table()
    table = connection.execute(query).fetch_device_table()
    assert pa.record_batch(table).to_pylist() == expected.to_pylist()
    assert read(table["i"].__cuda_array_interface__).tolist() == expected["i"].to_pylist()
    assert len(from_dlpack(table["n"])) == table.num_rows
    assert [column.nulls for column in table] == [c.null_count for c in expected.columns]


def test_what_is_left_of_many_batches(connection: gpudb.Connection) -> None:
    cursor = connection.execute("SELECT x, x % 3 = 0 AS b FROM generate_series(1, 3000) t(x)")
    assert cursor.fetchone() == (1, False)
    table = cursor.fetch_device_table()
    assert from_dlpack(table["x"]).tolist() == list(range(2, 3001))
    flags = read(table["b"].__cuda_array_interface__)
    assert flags.tolist() == [x % 3 == 0 for x in range(2, 3001)]
    assert pa.record_batch(table)["b"].to_pylist() == flags.tolist()


def test_memory_counts_for_the_budget_until_it_is_given_back(connection: gpudb.Connection) -> None:
    def used() -> int:
        return int(connection.execute("SHOW MEMORY").fetchall()[1][1])

    cursor = connection.execute("SELECT x FROM generate_series(1, 10000) t(x)")
    gc.collect()
    before = used()
    table: DeviceTable | None = cursor.fetch_device_table()
    assert used() >= before + 40_000
    del table
    gc.collect()
    assert used() <= before


def test_the_device_is_named(connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    table = connection.execute("SELECT 1 AS one").fetch_device_table()
    assert table["one"].__dlpack_device__() == (1, 0)
    monkeypatch.setattr(table.memory.gpu, "dlpack_device", (2, 3))
    assert table["one"].__dlpack_device__() == (2, 3)
    _, array = table.__arrow_c_device_array__()
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    found = ArrowDeviceArray.from_address(pointer_of(array, b"arrow_device_array"))
    assert (found.device_type, found.device_id) == (2, 3)


def test_cupys_arrays_are_what_speaks_for_a_real_gpu() -> None:
    from gpudb.devices.cuda import CudaGpu
    from gpudb.devices.gpu import GpuInfo

    cupy = fake_cupy()
    made: list[tuple[Any, ...]] = []

    def ndarray(shape: object, dtype: object, memptr: object) -> str:
        made.append((shape, dtype, memptr))
        return "array"

    cupy.ndarray = ndarray  # type: ignore[attr-defined]
    gpu = CudaGpu(cupy, GpuInfo("Paper 9000", 1 << 30, "sm_90", "CUDA 13.0"))
    memory = gpu.allocate(80)
    assert gpu.view(memory, np.dtype(np.int64), 10) == "array"
    assert made[0][:2] == ((10,), np.dtype(np.int64))
    assert memory.address == made[0][2].ptr
    assert gpu.dlpack_device == (2, 0)


def test_a_result_that_no_gpu_has_is_refused() -> None:
    with gpudb.connect(device="cpu") as connection:
        cursor = connection.execute("SELECT 1")
        with pytest.raises(gpudb.NotSupportedError, match="queries run on cpu, whose results are"):
            cursor.fetch_device_table()
        assert cursor.fetchall() == [(1,)]
    assert choose.paper().dlpack_device == (1, 0)
