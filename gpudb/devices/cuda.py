"""NVIDIA's GPUs through CuPy: finding one, in words where there is none, and the driver's calls.

libcuda   is there a driver, and which CUDA does it run?        asked by ctypes: no package needed
CuPy      memory, streams, modules, launches                    imported when a GPU is asked for
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from gpudb.devices.gpu import Allocation, Bytes, GpuInfo, OutOfGpuMemoryError, Scalar

LEAST_CUDA = 12_000
LEAST_DRIVER = 525
LEAST_CAPABILITY = 75
# What code is made for: the newest of these that the GPU is not older than.
ARCHITECTURES = (75, 80, 86, 89, 90, 100, 120)


class NoGpuError(Exception):
    """Why no GPU can be used: one plain sentence that says what was found and what to install."""


@dataclass(frozen=True, slots=True)
class Driver:
    """The driver's library: the CUDA version that it runs, and how many GPUs it sees."""

    cuda: int
    gpus: int

    @property
    def extra(self) -> str:
        """The extra of gpudb that suits it."""
        return "gpudb-engine[cuda13]" if self.cuda >= 13_000 else "gpudb-engine[cuda12]"

    @property
    def shown(self) -> str:
        """The CUDA version as people write it."""
        return f"{self.cuda // 1000}.{self.cuda % 1000 // 10}"


def find_driver() -> Driver | None:
    """Return the driver, or None where its library cannot be loaded."""
    try:
        library = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    version, count = ctypes.c_int(0), ctypes.c_int(0)
    library.cuDriverGetVersion(ctypes.byref(version))
    if library.cuInit(0) == 0:
        library.cuDeviceGetCount(ctypes.byref(count))
    return Driver(version.value, count.value)


def check_driver(driver: Driver | None) -> Driver:
    """Return a driver that will do; raises NoGpuError."""
    if driver is None:
        raise NoGpuError(
            "no NVIDIA driver was found (libcuda.so.1 cannot be loaded): install one of "
            f"version {LEAST_DRIVER} or newer"
        )
    if driver.cuda < LEAST_CUDA:
        raise NoGpuError(
            f"the NVIDIA driver runs CUDA {driver.shown}, and gpudb needs 12.0: install a driver "
            f"of version {LEAST_DRIVER} or newer"
        )
    if not driver.gpus:
        raise NoGpuError("the NVIDIA driver was found, but it sees no GPU: look at nvidia-smi")
    return driver


def import_cupy(driver: Driver) -> ModuleType:
    """Return CuPy; raises NoGpuError where it is missing or made for another CUDA."""
    try:
        cupy = importlib.import_module("cupy")
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError)
        found = "but not CuPy" if missing else f"but CuPy cannot be imported ({error})"
        raise NoGpuError(
            f"an NVIDIA driver for CUDA {driver.shown} was found, {found}: "
            f"pip install '{driver.extra}'"
        ) from None
    made_for = int(cupy.cuda.runtime.runtimeGetVersion())
    if made_for // 1000 > driver.cuda // 1000:
        raise NoGpuError(
            f"CuPy is made for CUDA {made_for // 1000} and the NVIDIA driver runs {driver.shown}: "
            f"pip uninstall cupy-cuda{made_for // 1000}x, then pip install '{driver.extra}'"
        )
    return cupy


def describe(cupy: ModuleType, driver: Driver) -> GpuInfo:
    """Return what the first GPU is; raises NoGpuError where it is too old."""
    properties = cupy.cuda.runtime.getDeviceProperties(0)
    name = properties["name"].decode()
    capability = 10 * int(properties["major"]) + int(properties["minor"])
    if capability < LEAST_CAPABILITY:
        shown = f"{capability // 10}.{capability % 10}"
        raise NoGpuError(f"{name} has compute capability {shown}, and gpudb needs 7.5 or newer")
    architecture = max(a for a in ARCHITECTURES if a <= capability)
    memory = int(properties["totalGlobalMem"])
    return GpuInfo(name, memory, f"sm_{architecture}", f"CUDA {driver.shown}")


@lru_cache(maxsize=1)
def open_gpu() -> CudaGpu:
    """Return the first GPU of this machine; raises NoGpuError."""
    driver = check_driver(find_driver())
    cupy = import_cupy(driver)
    return CudaGpu(cupy, describe(cupy, driver))


class CudaMemory:
    """Memory from CuPy's pool; `pointer` keeps it."""

    def __init__(self, pointer: Any, size_bytes: int) -> None:
        self.pointer = pointer
        self._size_bytes = size_bytes

    @property
    def size_bytes(self) -> int:
        """How much there is."""
        return self._size_bytes


class CudaGpu:
    """The driver's calls for one GPU: a stream of launches, and one of copies to the GPU."""

    def __init__(self, cupy: ModuleType, info: GpuInfo) -> None:
        self.cupy = cupy
        self.info = info
        self.launches = cupy.cuda.Stream(non_blocking=True)
        self.copies = cupy.cuda.Stream(non_blocking=True)

    def allocate(self, size_bytes: int) -> Allocation:
        """Return memory from the pool."""
        try:
            return CudaMemory(self.cupy.cuda.alloc(max(1, size_bytes)), size_bytes)
        except self.cupy.cuda.memory.OutOfMemoryError:
            raise OutOfGpuMemoryError from None

    def staging(self, size_bytes: int) -> Bytes:
        """Return pinned memory."""
        pinned = self.cupy.cuda.alloc_pinned_memory(size_bytes)
        return np.frombuffer(pinned, np.uint8, size_bytes)

    def copy_in(self, target: Allocation, offset: int, source: Bytes) -> None:
        """Begin a copy on the stream of copies."""
        assert isinstance(target, CudaMemory)
        begin = ctypes.c_void_p(source.ctypes.data)
        (target.pointer + offset).copy_from_host_async(begin, source.nbytes, self.copies)

    def mark(self) -> object:
        """Return an event of the stream of copies."""
        return self.copies.record()

    def wait(self, mark: object) -> None:
        """Wait for an event."""
        mark.synchronize()  # type: ignore[attr-defined]

    def copy_out(self, source: Allocation, offset: int, target: Bytes) -> None:
        """Copy on the stream of launches, and wait for it."""
        assert isinstance(source, CudaMemory)
        begin = ctypes.c_void_p(target.ctypes.data)
        (source.pointer + offset).copy_to_host_async(begin, target.nbytes, self.launches)
        self.launches.synchronize()

    def load(self, text: str) -> object:
        """Return the module that the driver makes of PTX."""
        module = self.cupy.cuda.function.Module()
        module.load(text.encode() + b"\0")
        return module

    def launch(
        self,
        module: object,
        entry: str,
        shape: tuple[int, int],
        arguments: Sequence[Allocation | Scalar],
        mark: object,
    ) -> None:
        """Begin a launch on its stream, behind the copies before `mark`."""
        function = module.get_function(entry)  # type: ignore[attr-defined]
        self.launches.wait_event(mark)
        given = [np.uint64(a.pointer.ptr) if isinstance(a, CudaMemory) else a for a in arguments]
        function((shape[0],), (shape[1],), given, stream=self.launches)
