"""A GPU as a device of queries, over the few calls that a driver and its stand-in offer alike.

compile     program -> PTX -> module                       kept in the process
bind        arguments -> memory of the GPU                 columns from its cache, copied ahead
launch      one a morsel, over all threads of the grid     after the copies of its arguments
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gpudb.compiler.compiled import Bound, CompiledProgram, find_entry
from gpudb.compiler.language import Program, Scratch, ValueType
from gpudb.compiler.memory import Memory
from gpudb.compiler.ptx import compile_ptx
from gpudb.devices.cpu import drain
from gpudb.devices.device import Morsel, Primitives, RunMorsel
from gpudb.records import dataclass, replace

if TYPE_CHECKING:
    from gpudb.compiler.compiled import Argument
    from gpudb.devices.memory import GpuMemory

Bytes = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
Scalar = np.int64 | np.float64 | np.uint8
SCALARS: dict[ValueType, type[np.int64] | type[np.float64] | type[np.uint8]] = {
    ValueType.INT: np.int64,
    ValueType.FLOAT: np.float64,
    ValueType.BOOL: np.uint8,
}


@dataclass(frozen=True, slots=True)
class GpuInfo:
    """What a GPU is: `architecture` is what code is made for, such as sm_90.

    `cache_bytes` is the cache that all of it shares.
    """

    name: str
    memory_bytes: int
    architecture: str
    driver: str
    cache_bytes: int = 4 << 20
    multiprocessors: int = 1


class Allocation(Protocol):
    """Memory of a GPU; it is freed with the last reference to it.

    `reached` is other memory whose addresses stand in it: it lives as long.
    """

    reached: Sequence[Allocation]

    @property
    def size_bytes(self) -> int:
        """How much there is."""
        ...

    @property
    def address(self) -> int:
        """Where it begins, as kernels see it."""
        ...


class OutOfGpuMemoryError(Exception):
    """The GPU itself has no more memory, whatever the budget says."""


class Gpu(Protocol):
    """What a driver does: the seam between a GPU and the one on paper.

    Copies to the GPU have a stream of their own. `mark` names the copies so far; the host or a
    launch waits for them by it. Launches and copies from the GPU follow one another.
    """

    info: GpuInfo
    # What any call may raise once a kernel has done what a GPU leaves undefined.
    faults: tuple[type[Exception], ...]

    # DLPack's kind and number of the device.
    dlpack_device: tuple[int, int]

    def view(self, source: Allocation, dtype: np.dtype[Any], length: int) -> object:
        """Return memory as an array that speaks DLPack and keeps the memory."""
        ...

    def rebuild(self, lost: object) -> None:
        """Begin anew after a fault: memory, modules and streams so far are gone.

        `lost` is what refers to some of them. Raises one of `faults` where that cannot be.
        """
        ...

    def allocate(self, size_bytes: int) -> Allocation:
        """Return memory with undefined content; raises OutOfGpuMemoryError."""
        ...

    def staging(self, size_bytes: int) -> Bytes:
        """Return memory of the host that copies may read and write while the host goes on."""
        ...

    def copy_in(self, target: Allocation, offset: int, source: Bytes) -> None:
        """Begin to copy staging memory to the GPU."""
        ...

    def mark(self) -> object:
        """Return what stands for the copies that have begun so far."""
        ...

    def wait(self, mark: object) -> None:
        """Let the host wait for the copies before `mark`."""
        ...

    def copy_out(self, source: Allocation, offset: int, target: Bytes) -> None:
        """Begin to copy memory of the GPU to the host, behind the launches so far."""
        ...

    def synchronize(self) -> None:
        """Wait for the launches and the copies from the GPU so far."""
        ...

    def order(
        self, words: Sequence[Allocation], count: int, places: Allocation, mark: object
    ) -> None:
        """Begin to write the row numbers, int64[count], in the order of so many int64 words.

        That comes after the copies before `mark`; equal rows keep their order. Raises
        OutOfGpuMemoryError.
        """
        ...

    def stamp(self, *, of_copies: bool) -> object:
        """Return what notes the GPU's clock when it comes to it, behind the launches or copies."""
        ...

    def seconds_between(self, first: object, second: object) -> float:
        """Return the seconds between two stamps of one kind, once the GPU has come to them."""
        ...

    def copy_seconds(self, size_bytes: int) -> float:
        """Return how long it takes, by its own clock, to copy so much within its memory."""
        ...

    def load(self, text: str) -> object:
        """Return the module of a PTX text."""
        ...

    def launch(
        self,
        module: object,
        entry: str,
        shape: tuple[int, int],
        arguments: Sequence[Allocation | Scalar],
        mark: object,
    ) -> None:
        """Begin a launch of a grid of blocks, after the copies before `mark`."""
        ...


class GpuDevice:
    """Runs launches of `grid` blocks of `block` threads on a GPU."""

    kind = "cuda"
    workers = 1
    is_shared = True

    def __init__(self, name: str, memory: GpuMemory, grid: int, block: int) -> None:
        self.name = name
        self.memory = memory
        self.shape = grid, block
        self.threads = grid * block
        self.blocks = grid
        self.cache_bytes = memory.gpu.info.cache_bytes

    @property
    def info(self) -> GpuInfo:
        """What the GPU is."""
        return self.memory.gpu.info

    @property
    def primitives(self) -> Primitives:
        """Sorts, by the GPU's library, within the budget of its memory."""
        return self.memory.orders

    def compile(self, program: Program) -> CompiledProgram:
        """Return `program` as a module of the GPU."""
        with self.memory.guarded():
            loaded = self.memory.programs.compile_program(program)
        return replace(loaded, shape=self.shape)

    @property
    def parts(self) -> Sequence[GpuDevice]:
        """Itself."""
        return (self,)

    def in_order(self, compiled: CompiledProgram) -> CompiledProgram:
        """Return the program in launches of one thread."""
        assert isinstance(compiled, GpuProgram)
        return replace(compiled, shape=(1, 1))

    def run(
        self,
        morsels: Sequence[Morsel],
        make_worker: Callable[[], RunMorsel],
        cancel: threading.Event,
    ) -> None:
        """Launch the morsels one after the other."""
        drain(iter(morsels), make_worker(), cancel, threading.Lock())

    def close(self) -> None:
        """Nothing to free: the cache of columns serves further connections."""


@dataclass(frozen=True, eq=False)
class GpuProgram:
    """A program's module; calls are launches, whose results are what they leave in memory."""

    program: Program
    module: object
    memory: GpuMemory
    compile_seconds: float
    shape: tuple[int, int] = (1, 1)
    from_cache: bool = False

    def as_cached(self) -> GpuProgram:
        """Return the same code as it costs from now on."""
        return replace(self, compile_seconds=0.0, from_cache=True)

    def call(self, entry_name: str, arguments: Sequence[Argument]) -> int:
        """Begin a launch; it returns nothing, which is 0."""
        first, end = arguments[:2]
        assert isinstance(first, int) and isinstance(end, int)
        return self.bind(entry_name, arguments[2:])(first, end)

    def bind(self, entry_name: str, arguments: Sequence[Argument]) -> Bound:
        """Fix all arguments but the first two, and begin to copy the arrays among them."""
        entry = find_entry(self.program, entry_name)
        passed = [kind for _, kind in entry.parameters[2:] if not isinstance(kind, Scratch)]
        given: list[Allocation | Scalar] = []
        for kind, argument in zip(passed, arguments, strict=True):
            if isinstance(argument, np.ndarray):
                given.append(self.memory.resident(argument))
            else:
                assert isinstance(kind, ValueType)
                given.append(SCALARS[kind](argument))
        gpu = self.memory.gpu

        def launch(first: int, end: int) -> int:
            index = [np.int64(first), np.int64(end)]
            self.memory.retired.launching()
            with self.memory.guarded(), self.memory.noted(of_copies=False):
                gpu.launch(self.module, entry_name, self.shape, [*index, *given], gpu.mark())
            return 0

        return launch


@lru_cache(maxsize=256)
def ptx_text(program: Program, architecture: str) -> str:
    """Return a program's PTX, which several GPUs of one kind share."""
    return compile_ptx(program, architecture).text


def programs_of(memory: GpuMemory) -> Memory[GpuProgram]:
    """Return the memory of the programs that are compiled and loaded for one GPU."""

    def load(program: Program) -> GpuProgram:
        started = time.perf_counter()
        module = memory.gpu.load(ptx_text(program, memory.gpu.info.architecture))
        return GpuProgram(program, module, memory, time.perf_counter() - started)

    return Memory(load)
