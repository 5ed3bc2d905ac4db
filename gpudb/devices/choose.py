"""Which GPU serves: the machine's, if it works, or the one on paper; each with one memory."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from gpudb.compiler.language import Entry, Pointer, Program, ValueType
from gpudb.devices.cuda import CudaGpu, open_gpu
from gpudb.devices.driver import NoGpuError
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.gpu import Gpu, GpuDevice, GpuInfo
from gpudb.devices.gpus import GpusDevice
from gpudb.devices.memory import GpuMemory
from gpudb.devices.occupancy import resident_blocks
from gpudb.devices.wanted import Wanted

# Threads of a block where the user says nothing; on paper so few blocks and threads that a query of
# few rows does not wait for them.
CUDA_BLOCK = 256
PAPER_SHAPE = (4, 32)
# Most kernels take no more registers than leave room for all warps of a multiprocessor.
USUAL_REGISTERS = 32
# Left to CuPy, the driver, and other programs.
MEMORY_SHARE = 0.85
MOST_GPUS = 64


def opened(
    name: str, gpus: Sequence[CudaGpu | PaperGpu], wanted: Wanted, shape: tuple[int, int]
) -> GpuDevice | GpusDevice:
    """Return the device in the shape that is wanted; the last one's limit holds for all."""
    parts = []
    for gpu in gpus:
        memory = memory_of(gpu)
        memory.limit_bytes = wanted.limit_bytes or int(gpu.info.memory_bytes * MEMORY_SHARE)
        parts.append(GpuDevice(name, memory, wanted.grid or shape[0], wanted.block or shape[1]))
    return parts[0] if len(parts) == 1 else GpusDevice(parts)


def emulated(wanted: Wanted) -> GpuDevice | GpusDevice:
    """Return the GPU on paper, or several."""
    return opened("emulated", [paper(n) for n in range(wanted.gpus or 1)], wanted, PAPER_SHAPE)


def cuda(wanted: Wanted) -> GpuDevice | GpusDevice:
    """Return the machine's GPUs; raises NoGpuError where there is none that works."""
    first = open_gpu(0)
    count = min(wanted.gpus or first.count, first.count)
    gpus = [first, *map(open_gpu, range(1, count))]
    device = opened("cuda", gpus, wanted, full_shape(first.info))
    for part in device.parts:
        check(part)
    return device


def full_shape(info: GpuInfo) -> tuple[int, int]:
    """Return the blocks and threads of a launch that leaves no multiprocessor a warp short."""
    blocks = resident_blocks(info.architecture, USUAL_REGISTERS, 0, CUDA_BLOCK)
    return info.multiprocessors * blocks, CUDA_BLOCK


def paper(number: int = 0) -> PaperGpu:
    """Return a GPU on paper, which all connections of this process share."""
    return _papers()[number]


@lru_cache(maxsize=1)
def _papers() -> Sequence[PaperGpu]:
    first = PaperGpu()
    return [first, *(PaperGpu(modules=first.modules) for _ in range(1, MOST_GPUS))]


@lru_cache(maxsize=2 * MOST_GPUS)
def memory_of(gpu: Gpu) -> GpuMemory:
    """Return a GPU's memory."""
    return GpuMemory(gpu, gpu.info.memory_bytes)


def check(device: GpuDevice) -> None:
    """Raise NoGpuError unless the GPU adds up some numbers as it should."""
    entry = Entry("probe", (("first", ValueType.INT), ("end", ValueType.INT), ("sums", INTS)))
    numbers, sums, memory = 10_000, np.zeros(1, np.int64), device.memory
    try:
        program = device.compile(Program(PROBE, "", (entry,)))
        memory.own(sums)
        try:
            memory.push(sums)
            program.bind("probe", [sums])(0, numbers)
            memory.pull([sums])
        finally:
            memory.release(sums)
    except Exception as error:
        raise NoGpuError(
            f"{device.info.name} was found, but a first launch failed: {error}"
        ) from error
    if int(sums[0]) != numbers * (numbers - 1) // 2:
        raise NoGpuError(f"{device.info.name} was found, but it cannot add: {int(sums[0])}")


INTS = Pointer("int64")
PROBE = """def probe(first, end, sums):
    for row in range(first + thread_index(), end, thread_count()):
        add(sums, 0, row)
"""
