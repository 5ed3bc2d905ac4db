"""CuPy in the names that gpudb uses, over a GPU on paper: copies are late, pointers are numbers.

No name is here that CuPy lacks, and none that has it compile a kernel. A context that is `stuck`,
as after a fault, refuses every call until it is reset; what lay in it is no memory any more.
"""

from __future__ import annotations

import ctypes
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace

import numpy as np

from gpudb.devices.emulated.fault import KernelError
from gpudb.devices.emulated.paper import Paper, PaperGpu


class Block:
    """Memory that goes back to its pool with the last pointer to it."""

    def __init__(self, memory: Paper, free: list[Paper]) -> None:
        self.memory = memory
        weakref.finalize(self, free.append, memory)


class Pointer:
    """What a pool's `malloc` gives."""

    def __init__(self, block: Block, offset: int = 0) -> None:
        self.block, self.memory, self.offset = block, block.memory, offset

    @property
    def ptr(self) -> int:
        address: int = self.memory.memory.ctypes.data
        return address + self.offset

    def __add__(self, offset: int) -> Pointer:
        return Pointer(self.block, self.offset + offset)

    def copy_from_host_async(self, begin: ctypes.c_void_p, size: int, stream: Stream) -> None:
        stream.gpu.copy_in(self.memory, self.offset, host_bytes(begin, size))

    def copy_to_host_async(self, begin: ctypes.c_void_p, size: int, stream: Stream) -> None:
        stream.gpu.copy_out(self.memory, self.offset, host_bytes(begin, size))

    def copy_from_device_async(self, source: Pointer, size: int, stream: Stream) -> None:
        stream.check()
        self.bytes(size)[:] = source.bytes(size)

    def bytes(self, size: int) -> np.ndarray:
        return self.memory.memory[self.offset : self.offset + size]


class MemoryPool:
    """Memory of one size is used again, as CuPy's is."""

    def __init__(self, cuda: Cuda) -> None:
        self.cuda = cuda
        self._free: dict[int, list[Paper]] = {}

    def malloc(self, size: int) -> Pointer:
        free = self._free.setdefault(size, [])
        if not free:
            self.cuda.check()
        return self.cuda.pointer(free.pop() if free else Paper(size), free)


class Event:
    """What a stream records: the copies so far, and the time."""

    def __init__(self, gpu: PaperGpu) -> None:
        self.gpu, self.mark = gpu, gpu.mark()
        self.seconds = time.perf_counter()

    def synchronize(self) -> None:
        self.gpu.wait(self.mark)


class Stream:
    """A stream of launches waits for the events that it is told to."""

    def __init__(self, cuda: Cuda) -> None:
        self.check, self.gpu = cuda.check, cuda.gpu
        self.awaited: object = 0
        self.check()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def record(self) -> Event:
        self.check()
        return Event(self.gpu)

    def wait_event(self, event: Event) -> None:
        self.awaited = event.mark
        # What the library does next on the stream does not say so.
        self.gpu.wait(event.mark)

    def synchronize(self) -> None:
        self.check()
        self.gpu.synchronize()


class Module:
    """A module of the driver."""

    def __init__(self, cuda: Cuda) -> None:
        self.cuda = cuda

    def load(self, image: bytes) -> None:
        assert image.endswith(b"\0")
        self.cuda.check()
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
        if cuda.faults_next:
            cuda.faults_next, cuda.is_stuck = False, True
        cuda.check()
        given = [cuda.memory_at(a) if isinstance(a, np.uint64) else a for a in arguments]
        shape = grid[0], block[0]
        cuda.gpu.launch(self.module.loaded, self.entry, shape, given, stream.awaited)  # type: ignore[arg-type]


class Device:
    """A GPU."""

    def __init__(self, cuda: Cuda) -> None:
        self.use = cuda.check

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Cuda:
    """The name `cupy.cuda`."""

    def __init__(self, runtime: SimpleNamespace) -> None:
        self.gpu = PaperGpu()
        self.runtime = runtime
        self.driver = SimpleNamespace(CUDADriverError=KernelError)
        self.memory = SimpleNamespace(OutOfMemoryError=MemoryError)
        self.function = SimpleNamespace(Module=lambda: Module(self))
        self.thrust = SimpleNamespace(argsort=self._argsort, lexsort=self._lexsort)
        self.faults_next = self.is_stuck = False
        self._allocated: dict[int, Paper] = {}

    def check(self) -> None:
        """Raise what every call raises after a fault."""
        if self.is_stuck:
            raise KernelError("CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access")

    def reset(self) -> None:
        """Do what the driver does: what lay in the context is none of its memory."""
        self.is_stuck = False
        for memory in self._allocated.values():
            memory.memory = memory.memory[:0]
        self._allocated = {}

    def Device(self, _: int) -> Device:  # noqa: N802
        return Device(self)

    def MemoryPool(self) -> MemoryPool:  # noqa: N802
        return MemoryPool(self)

    def PinnedMemoryPool(self) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(malloc=bytearray)

    @contextmanager
    def using_allocator(self, _: Callable[[int], Pointer]) -> Iterator[None]:
        yield

    def get_elapsed_time(self, first: Event, second: Event) -> float:
        return 1e3 * (second.seconds - first.seconds)

    def Stream(self, *, non_blocking: bool) -> Stream:  # noqa: N802
        assert non_blocking
        return Stream(self)

    def pointer(self, memory: Paper, free: list[Paper]) -> Pointer:
        pointer = Pointer(Block(memory, free))
        self._allocated[pointer.ptr] = memory
        return pointer

    def memory_at(self, address: int | np.uint64) -> Paper:
        memory = self._allocated[int(address)]
        memory.reached = list(self._allocated.values())
        return memory

    def _argsort(
        self, kind: np.dtype, places: int, data: int, rows: int, shape: tuple[int]
    ) -> None:
        """Sort the data, too, as Thrust does."""
        assert kind == np.int64 and rows == 0
        words = self._words(data, shape[0])
        self._words(places, shape[0])[:] = np.argsort(words, kind="stable")
        words.sort()

    def _lexsort(self, kind: np.dtype, places: int, keys: int, count: int, rows: int) -> None:
        assert kind == np.int64
        words = self._words(keys, count * rows).reshape(count, rows)
        self._words(places, rows)[:] = np.lexsort(words)

    def _words(self, address: int, count: int) -> np.ndarray:
        self.check()
        return self.memory_at(address).memory[: 8 * count].view(np.int64)


def fake_cupy(
    *,
    made_for: int = 13_000,
    capability: tuple[int, int] = (9, 0),
    free_bytes: int = 1 << 33,
    is_stuck: bool = False,
) -> ModuleType:
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
    cuda = Cuda(runtime)
    cuda.is_stuck = is_stuck

    def free_and_all() -> tuple[int, int]:
        cuda.check()
        return free_bytes, 1 << 34

    runtime.memGetInfo = free_and_all
    module = ModuleType("cupy")
    module.cuda = cuda  # type: ignore[attr-defined]
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
