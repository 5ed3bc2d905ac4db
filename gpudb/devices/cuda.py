"""NVIDIA's GPUs through CuPy: finding one, in words where there is none, and the driver's calls.

CuPy (memory, streams, modules, launches) is imported when a GPU is asked for.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from gpudb.devices.driver import Driver, NoGpuError, check_driver, find_driver, reset_context
from gpudb.devices.gpu import Allocation, Bytes, GpuInfo, OutOfGpuMemoryError, Scalar

LEAST_CAPABILITY = 75
# What code is made for: the newest of these that the GPU is not older than.
ARCHITECTURES = (75, 80, 86, 89, 90, 100, 120)
# What code, staging memory and a few chunks take.
LEAST_FREE_BYTES = 256 << 20


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


def describe(cupy: ModuleType, driver: Driver, number: int) -> GpuInfo:
    """Return what a GPU is; raises NoGpuError where it is too old, or has no memory left."""
    properties = cupy.cuda.runtime.getDeviceProperties(number)
    name = properties["name"].decode()
    capability = 10 * int(properties["major"]) + int(properties["minor"])
    if capability < LEAST_CAPABILITY:
        shown = f"{capability // 10}.{capability % 10}"
        raise NoGpuError(f"{name} has compute capability {shown}, and gpudb needs 7.5 or newer")
    with cupy.cuda.Device(number):
        free_bytes, _ = cupy.cuda.runtime.memGetInfo()
    if free_bytes < LEAST_FREE_BYTES:
        raise NoGpuError(
            f"{name} has {free_bytes >> 20} MiB of memory free, and gpudb needs "
            f"{LEAST_FREE_BYTES >> 20}: end what uses it (nvidia-smi names the programs)"
        )
    architecture = max(a for a in ARCHITECTURES if a <= capability)
    memory = int(properties["totalGlobalMem"])
    cache_bytes = int(properties["l2CacheSize"])
    driver_shown, multiprocessors = f"CUDA {driver.shown}", int(properties["multiProcessorCount"])
    return GpuInfo(name, memory, f"sm_{architecture}", driver_shown, cache_bytes, multiprocessors)


@lru_cache(maxsize=64)
def open_gpu(number: int) -> CudaGpu:
    """Return a GPU of this machine; raises NoGpuError."""
    driver = check_driver(find_driver())
    cupy = import_cupy(driver)
    try:
        return CudaGpu(cupy, describe(cupy, driver, number), number, driver.gpus)
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise NoGpuError(
            f"the NVIDIA driver gives no context on GPU {number} ({error}): "
            "nvidia-smi names the programs that use it"
        ) from error


class CudaMemory:
    """Memory from CuPy's pool; `pointer` keeps it."""

    def __init__(self, pointer: Any, size_bytes: int) -> None:
        self.pointer = pointer
        self.reached: Sequence[Allocation] = ()
        self._size_bytes = size_bytes

    @property
    def size_bytes(self) -> int:
        """How much there is."""
        return self._size_bytes

    @property
    def address(self) -> int:
        """Where it begins."""
        return int(self.pointer.ptr)


class CudaGpu:
    """The driver's calls for GPU `number` of `count`: a stream of launches, and one of copies.

    Which GPU a call means is a matter of the calling thread, so each call says it. Nothing here
    has CuPy compile a kernel of its own: that takes NVRTC, which comes with a toolkit.
    """

    def __init__(self, cupy: ModuleType, info: GpuInfo, number: int = 0, count: int = 1) -> None:
        self.cupy = cupy
        self.info = info
        self.count = count
        self.number = number
        self.device = cupy.cuda.Device(number)
        self.dlpack_device = (2, number)  # CUDA's
        self.faults: tuple[type[Exception], ...] = (
            cupy.cuda.driver.CUDADriverError,
            cupy.cuda.runtime.CUDARuntimeError,
        )
        # What lay in contexts that were given up.
        self._given_up: list[object] = []
        self._open()

    def view(self, source: Allocation, dtype: np.dtype[Any], length: int) -> object:
        """Return memory as CuPy's array."""
        assert isinstance(source, CudaMemory)
        with self.device:
            return self.cupy.ndarray((length,), dtype, memptr=source.pointer)

    def _open(self) -> None:
        cuda = self.cupy.cuda
        with self.device:
            self.device.use()
            self.pool, self.pinned = cuda.MemoryPool(), cuda.PinnedMemoryPool()
            self.launches = cuda.Stream(non_blocking=True)
            self.copies = cuda.Stream(non_blocking=True)

    def rebuild(self, lost: object) -> None:
        """Give the context up, with all that lies in it, and make another.

        Nothing of the old one is freed: its addresses may be those of new memory by then.
        """
        self._given_up.append((lost, self.pool, self.pinned, self.launches, self.copies))
        reset_context(self.number)
        self._open()

    def allocate(self, size_bytes: int) -> Allocation:
        """Return memory from the pool."""
        try:
            with self.device:
                return CudaMemory(self.pool.malloc(max(1, size_bytes)), size_bytes)
        except self.cupy.cuda.memory.OutOfMemoryError:
            raise OutOfGpuMemoryError from None

    def staging(self, size_bytes: int) -> Bytes:
        """Return pinned memory."""
        with self.device:
            pinned = self.pinned.malloc(size_bytes)
        return np.frombuffer(pinned, np.uint8, size_bytes)

    def copy_in(self, target: Allocation, offset: int, source: Bytes) -> None:
        """Begin a copy on the stream of copies."""
        assert isinstance(target, CudaMemory)
        begin = ctypes.c_void_p(source.ctypes.data)
        with self.device:
            (target.pointer + offset).copy_from_host_async(begin, source.nbytes, self.copies)

    def mark(self) -> object:
        """Return an event of the stream of copies."""
        with self.device:
            return self.copies.record()

    def wait(self, mark: object) -> None:
        """Wait for an event."""
        mark.synchronize()  # type: ignore[attr-defined]

    def copy_out(self, source: Allocation, offset: int, target: Bytes) -> None:
        """Begin a copy on the stream of launches."""
        assert isinstance(source, CudaMemory)
        begin = ctypes.c_void_p(target.ctypes.data)
        with self.device:
            (source.pointer + offset).copy_to_host_async(begin, target.nbytes, self.launches)

    def synchronize(self) -> None:
        """Wait for the stream of launches."""
        self.launches.synchronize()

    def order(
        self, words: Sequence[Allocation], count: int, places: Allocation, mark: object
    ) -> None:
        """Sort by Thrust, as CuPy calls it, on the stream of launches.

        One word is sorted by its digits, of which it needs a copy; several are merged.
        """
        cupy, size_bytes = self.cupy, 8 * count
        thrust, kind = cupy.cuda.thrust, np.dtype(np.int64)
        assert isinstance(places, CudaMemory)
        try:
            with self.device, self.launches, cupy.cuda.using_allocator(self.pool.malloc):
                self.launches.wait_event(mark)
                keys = self.pool.malloc(size_bytes * len(words))
                for place, word in enumerate(reversed(words)):
                    assert isinstance(word, CudaMemory)
                    target = keys + place * size_bytes
                    target.copy_from_device_async(word.pointer, size_bytes, self.launches)
                if len(words) == 1:
                    thrust.argsort(kind, places.address, keys.ptr, 0, (count,))
                else:
                    thrust.lexsort(kind, places.address, keys.ptr, len(words), count)
        except cupy.cuda.memory.OutOfMemoryError:
            raise OutOfGpuMemoryError from None

    def stamp(self, *, of_copies: bool) -> object:
        """Return an event of the stream of copies, or of launches."""
        with self.device:
            return (self.copies if of_copies else self.launches).record()

    def seconds_between(self, first: object, second: object) -> float:
        """Return the seconds between two events."""
        second.synchronize()  # type: ignore[attr-defined]
        milliseconds: float = self.cupy.cuda.get_elapsed_time(first, second)
        return milliseconds / 1e3

    def copy_seconds(self, size_bytes: int) -> float:
        """Copy within the memory between two events, once to warm up."""
        with self.device:
            source, target = self.pool.malloc(size_bytes), self.pool.malloc(size_bytes)
            for _ in range(2):
                began = self.stamp(of_copies=False)
                target.copy_from_device_async(source, size_bytes, self.launches)
                ended = self.stamp(of_copies=False)
            return self.seconds_between(began, ended)

    def load(self, text: str) -> object:
        """Return the module that the driver makes of PTX."""
        with self.device:
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
        given = [np.uint64(a.pointer.ptr) if isinstance(a, CudaMemory) else a for a in arguments]
        with self.device:
            function = module.get_function(entry)  # type: ignore[attr-defined]
            self.launches.wait_event(mark)
            function((shape[0],), (shape[1],), given, stream=self.launches)
