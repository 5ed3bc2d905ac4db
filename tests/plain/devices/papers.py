"""GPUs on paper for tests: any number of threads, random orders, and the check for races."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.gpu import GpuDevice
from gpudb.devices.memory import GpuMemory


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


@lru_cache(maxsize=2)
def paper_memory(races: bool) -> GpuMemory:
    """Return the memory of a GPU on paper."""
    return GpuMemory(PaperGpu(races=races), 1 << 40)
