"""GPUs on paper for tests: any number of threads, random orders, and the check for races."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from weakref import WeakValueDictionary

import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.emulated.machine import Module
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.gpu import GpuDevice
from gpudb.devices.gpus import GpusDevice
from gpudb.devices.memory import GpuMemory
from gpudb.kernels import shared_builds


def paper_device(
    grid: int, block: int, *, seed: int | None = None, races: bool = False
) -> GpuDevice:
    """Return a device; all that check for races share their memory and programs, and the others."""
    memory = paper_memory(races)
    assert isinstance(memory.gpu, PaperGpu)
    memory.gpu.seed = seed
    return GpuDevice("emulated", memory, grid, block)


def device_of_small_cache(cache_bytes: int, *, races: bool = False) -> GpuDevice:
    """Return a device of two blocks, where larger tables are for partitions."""
    gpu = PaperGpu(seed=6, races=races)
    gpu.info = replace(gpu.info, cache_bytes=cache_bytes)
    return GpuDevice("emulated", GpuMemory(gpu, 1 << 40), 2, 48)


def counting_device(grid: int, block: int) -> tuple[GpuDevice, dict[str, int]]:
    """Return a device that counts what its kernels do, and the counts."""
    gpu = PaperGpu(counts=True)
    return GpuDevice("emulated", GpuMemory(gpu, 1 << 40), grid, block), gpu.counted


def use_device(
    connection: gpudb.Connection, device: GpuDevice | GpusDevice, patch: pytest.MonkeyPatch
) -> None:
    """Run a connection's queries from now on on a device."""
    patch.setattr("gpudb.opening.open_emulated", lambda _: device)
    connection.execute(f"SET launch_grid = {device.parts[0].shape[0]}")
    connection.execute("SET device = 'cpu'")
    connection.execute("SELECT 1")
    connection.execute("SET device = 'emulated'")


def load_tables(connection: gpudb.Connection, tables: Mapping[str, pa.Table]) -> gpudb.Connection:
    """Make tables of these, and return the connection."""
    for name, table in tables.items():
        connection.register(f"new_{name}", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM new_{name}")
    return connection


@contextmanager
def staying_connection(
    memory: GpuMemory,
    tables: Mapping[str, pa.Table],
    chunk_rows: int,
    limits: Mapping[str, int] | None = None,
) -> Iterator[gpudb.Connection]:
    """Yield a connection with these tables to a GPU where rows stay, however few they are.

    `limits` are names of further thresholds, as monkeypatch takes them, and their values.
    """
    device = GpuDevice("emulated", memory, 3, 64)
    with (
        pytest.MonkeyPatch.context() as patch,
        gpudb.connect(device="emulated", threads=1, chunk_rows=chunk_rows) as connection,
    ):
        patch.setattr("gpudb.opening.open_emulated", lambda _: device)
        patch.setattr(shared_builds, "LEAST_ROWS", 1)
        for name, value in (limits or {}).items():
            patch.setattr(name, value)
        yield load_tables(connection, tables)


@lru_cache(maxsize=2)
def paper_memory(races: bool) -> GpuMemory:
    """Return the memory of a GPU on paper."""
    return GpuMemory(PaperGpu(races=races), 1 << 40)


@lru_cache(maxsize=1)
def three_devices() -> GpusDevice:
    """Return three GPUs, each with threads in an order of its own."""
    modules: WeakValueDictionary[str, Module] = WeakValueDictionary()
    papers = [PaperGpu(seed=number, modules=modules) for number in range(3)]
    memories = [GpuMemory(paper, 1 << 30) for paper in papers]
    return GpusDevice([GpuDevice("emulated", memory, 2, 32) for memory in memories])


def is_like(left: object, right: object) -> bool:
    """Whether values are equal, but for the order in which floats were added."""
    if isinstance(left, float) and isinstance(right, float):
        both_nan = math.isnan(left) and math.isnan(right)
        return both_nan or math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    return left == right
