"""CuPy in the names that gpudb uses, over a GPU on paper: copies are late, pointers are numbers."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence
from contextlib import nullcontext
from types import ModuleType, SimpleNamespace

import numpy as np

from gpudb.devices.emulated.fault import KernelError
from gpudb.devices.emulated.paper import Paper, PaperGpu


class Pointer:
    """What `cupy.cuda.alloc` gives."""

    def __init__(self, memory: Paper, offset: int = 0) -> None:
        self.memory, self.offset = memory, offset

    @property
    def ptr(self) -> int:
        address: int = self.memory.memory.ctypes.data
        return address + self.offset

    def __add__(self, offset: int) -> Pointer:
        return Pointer(self.memory, self.offset + offset)

    def copy_from_host_async(self, begin: ctypes.c_void_p, size: int, stream: Stream) -> None:
        stream.gpu.copy_in(self.memory, self.offset, host_bytes(begin, size))

    def copy_to_host_async(self, begin: ctypes.c_void_p, size: int, stream: Stream) -> None:
        stream.gpu.copy_out(self.memory, self.offset, host_bytes(begin, size))


class Event:
    """What a stream records: the copies so far, and the time."""

    def __init__(self, gpu: PaperGpu) -> None:
        self.gpu, self.mark = gpu, gpu.mark()
        self.seconds = time.perf_counter()

    def synchronize(self) -> None:
        self.gpu.wait(self.mark)


class Stream:
    """A stream of launches waits for the events that it is told to."""

    def __init__(self, gpu: PaperGpu) -> None:
        self.gpu = gpu
        self.awaited: object = 0

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def record(self) -> Event:
        return Event(self.gpu)

    def wait_event(self, event: Event) -> None:
        self.awaited = event.mark
        # What the library does next on the stream does not say so.
        self.gpu.wait(event.mark)

    def synchronize(self) -> None:
        self.gpu.synchronize()


class Module:
    """A module of the driver."""

    def __init__(self, cuda: Cuda) -> None:
        self.cuda = cuda

    def load(self, image: bytes) -> None:
        assert image.endswith(b"\0")
        self.loaded = self.cuda.gpu.load(image.rstrip(b"\0").decode())

    def get_function(self, entry: str) -> Function:
        return Function(self, entry)


class Function:
    """A kernel."""

    def __init__(self, module: Module, entry: str) -> None:
        self.module, self.entry = module, entry

    def __call__(
        self,
        grid: tuple[int],
        block: tuple[int],
        arguments: Sequence[np.generic],
        *,
        stream: Stream,
    ) -> None:
        cuda = self.module.cuda
        given = [cuda.memory_at(a) if isinstance(a, np.uint64) else a for a in arguments]
        shape = grid[0], block[0]
        cuda.gpu.launch(self.module.loaded, self.entry, shape, given, stream.awaited)  # type: ignore[arg-type]


class Cuda:
    """The name `cupy.cuda`."""

    def __init__(self, runtime: SimpleNamespace) -> None:
        self.gpu = PaperGpu()
        self.runtime = runtime
        self.driver = SimpleNamespace(CUDADriverError=KernelError)
        self.memory = SimpleNamespace(OutOfMemoryError=MemoryError)
        self.Device = nullcontext[int]
        self.function = SimpleNamespace(Module=lambda: Module(self))
        self._allocated: dict[int, Paper] = {}

    def get_elapsed_time(self, first: Event, second: Event) -> float:
        return 1e3 * (second.seconds - first.seconds)

    def Stream(self, *, non_blocking: bool) -> Stream:  # noqa: N802
        assert non_blocking
        return Stream(self.gpu)

    def alloc(self, size: int) -> Pointer:
        memory = Paper(size)
        pointer = Pointer(memory)
        self._allocated[pointer.ptr] = memory
        return pointer

    def alloc_pinned_memory(self, size: int) -> bytearray:
        return bytearray(size)

    def memory_at(self, address: np.uint64) -> Paper:
        memory = self._allocated[int(address)]
        memory.reached = list(self._allocated.values())
        return memory


def fake_cupy(*, made_for: int = 13_000, capability: tuple[int, int] = (9, 0)) -> ModuleType:
    """Return the module."""
    properties = {
        "name": b"Paper 9000",
        "major": capability[0],
        "minor": capability[1],
        "totalGlobalMem": 1 << 34,
        "multiProcessorCount": 3,
        "l2CacheSize": 6 << 20,
    }
    runtime = SimpleNamespace(
        runtimeGetVersion=lambda: made_for,
        getDeviceProperties=lambda _: properties,
        CUDARuntimeError=KernelError,
    )
    module = ModuleType("cupy")
    module.cuda = Cuda(runtime)  # type: ignore[attr-defined]
    for name in ("argsort", "lexsort", "stack"):
        setattr(module, name, getattr(np, name))
    module.ndarray = array_at  # type: ignore[attr-defined]
    return module


def array_at(shape: tuple[int], dtype: np.dtype, *, memptr: Pointer) -> np.ndarray:
    """Return an array over memory."""
    end = memptr.offset + shape[0] * dtype.itemsize
    return memptr.memory.memory[memptr.offset : end].view(dtype)


def host_bytes(begin: ctypes.c_void_p, size: int) -> np.ndarray:
    """Return memory of the host by its address."""
    buffer = (ctypes.c_uint8 * size).from_address(begin.value or 0)
    return np.ctypeslib.as_array(buffer)
