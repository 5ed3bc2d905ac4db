"""GPUs on paper for tests: any number of threads, random orders, and the check for races."""

from __future__ import annotations

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


@lru_cache(maxsize=2)
def paper_memory(races: bool) -> GpuMemory:
    """Return the memory of a GPU on paper."""
    return GpuMemory(PaperGpu(races=races), 1 << 40)
