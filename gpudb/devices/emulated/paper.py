"""The driver's calls on paper: memory is the host's, launches are the machine's.

Copies to the GPU are put off until somebody waits for them, as a real copy may be late: what is
launched without waiting, or staging memory that is filled again too early, gives wrong answers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from gpudb.devices.emulated.context import COUNTED
from gpudb.devices.emulated.fault import KernelError
from gpudb.devices.emulated.machine import Machine, Module
from gpudb.devices.gpu import Allocation, Bytes, GpuInfo, OutOfGpuMemoryError, Scalar
from gpudb.records import dataclass

GARBAGE = 0xA5


class Paper:
    """Memory of the GPU on paper."""

    def __init__(self, size_bytes: int) -> None:
        self.memory: Bytes = np.full(size_bytes, GARBAGE, np.uint8)
        self.reached: Sequence[Allocation] = ()

    @property
    def size_bytes(self) -> int:
        """How much there is."""
        return len(self.memory)

    @property
    def address(self) -> int:
        """Where it begins."""
        address: int = self.memory.ctypes.data
        return address


@dataclass
class Copy:
    """A copy between a GPU's memory and the host's that has not happened yet."""

    paper: Paper
    offset: int
    host: Bytes


@dataclass
class Stamp:
    """The time at which the GPU on paper came to something among its copies, or launches."""

    seconds: float | None = None


class PaperGpu:
    """A GPU with `memory_bytes`; threads run in random orders if there is a `seed`.

    `counted` is what its kernels did, if it `counts`; `modules` are those that like GPUs use, by
    their text, which then translate it once.
    """

    def __init__(
        self,
        *,
        memory_bytes: int = 1 << 40,
        seed: int | None = None,
        races: bool = False,
        counts: bool = False,
        modules: WeakValueDictionary[str, Module] | None = None,
    ) -> None:
        self.faults: tuple[type[Exception], ...] = (KernelError,)
        self.dlpack_device = (1, 0)  # the host's memory
        self.info = GpuInfo("a GPU on paper", memory_bytes, "sm_75", "no driver")
        self.seed = seed
        self.machine = Machine(races=races, counts=counts)
        self.modules = WeakValueDictionary() if modules is None else modules
        self.counted = dict.fromkeys(COUNTED, 0)
        self.log: list[str] = []
        self._begun = 0
        self._late: list[Copy | Stamp] = []
        self._out: list[Copy] = []
        self._lock = threading.RLock()

    def view(self, source: Allocation, dtype: np.dtype[Any], length: int) -> object:
        """Return memory as numpy's array."""
        assert isinstance(source, Paper)
        return source.memory[: length * dtype.itemsize].view(dtype)

    def rebuild(self, lost: object) -> None:
        """Forget the copies that were put off."""
        self.log.append("rebuild")
        self._begun, self._late, self._out = 0, [], []

    def allocate(self, size_bytes: int) -> Allocation:
        """Return memory full of garbage."""
        if size_bytes > self.info.memory_bytes:
            raise OutOfGpuMemoryError
        return Paper(size_bytes)

    def staging(self, size_bytes: int) -> Bytes:
        """Return memory of the host."""
        return np.empty(size_bytes, np.uint8)

    def copy_in(self, target: Allocation, offset: int, source: Bytes) -> None:
        """Put a copy off."""
        assert isinstance(target, Paper)
        with self._lock:
            self._late.append(Copy(target, offset, source))
            self._begun += 1
        self.log.append(f"copy {len(source)}")

    def mark(self) -> object:
        """Return the number of copies so far."""
        return self._begun

    def wait(self, mark: object) -> None:
        """Do the copies before `mark`."""
        assert isinstance(mark, int)
        with self._lock:
            done = self._begun - len(self._late)
            for late in self._late[: max(0, mark - done)]:
                if isinstance(late, Stamp):
                    late.seconds = time.perf_counter()
                else:
                    late.paper.memory[late.offset : late.offset + len(late.host)] = late.host
            del self._late[: max(0, mark - done)]

    def copy_out(self, source: Allocation, offset: int, target: Bytes) -> None:
        """Put a copy off, for until somebody waits."""
        assert isinstance(source, Paper)
        with self._lock:
            self._out.append(Copy(source, offset, target))

    def synchronize(self) -> None:
        """Do the copies to the host."""
        with self._lock:
            for copy in self._out:
                copy.host[:] = copy.paper.memory[copy.offset : copy.offset + len(copy.host)]
            self.log.append(f"wait {sum(len(copy.host) for copy in self._out)}")
            self._out = []

    def order(
        self, words: Sequence[Allocation], count: int, places: Allocation, mark: object
    ) -> None:
        """Sort by numpy."""
        self.wait(mark)
        self.log.append(f"order {len(words)} of {count}")
        assert isinstance(places, Paper)
        given = [word.memory.view(np.int64)[:count] for word in words if isinstance(word, Paper)]
        target = places.memory.view(np.int64)[:count]
        if len(given) == 1:
            target[:] = np.argsort(given[0], kind="stable")
        else:
            target[:] = np.lexsort(np.stack(given[::-1]))

    def stamp(self, *, of_copies: bool) -> object:
        """Note the time behind the copies that are put off, or now, as launches are done."""
        if not of_copies:
            return Stamp(time.perf_counter())
        stamp = Stamp()
        with self._lock:
            self._late.append(stamp)
            self._begun += 1
        return stamp

    def seconds_between(self, first: object, second: object) -> float:
        """Do the copies, and return the time between two stamps."""
        self.wait(self.mark())
        assert isinstance(first, Stamp) and first.seconds is not None
        assert isinstance(second, Stamp) and second.seconds is not None
        return second.seconds - first.seconds

    def copy_seconds(self, size_bytes: int) -> float:
        """Copy the host's memory."""
        source, target = Paper(size_bytes), Paper(size_bytes)
        began = time.perf_counter()
        target.memory[:] = source.memory
        return time.perf_counter() - began

    def load(self, text: str) -> object:
        """Return the module, its kernels translated."""
        module = self.modules.get(text)
        if module is None:
            module = self.modules[text] = self.machine.load(text)
            for entry in module.entries:
                module.kernel(entry)
        return module

    def launch(
        self,
        module: object,
        entry: str,
        shape: tuple[int, int],
        arguments: Sequence[Allocation | Scalar],
        mark: object,
    ) -> None:
        """Do the copies before `mark`, and run the kernel to its end."""
        assert isinstance(module, Module)
        self.wait(mark)
        self.log.append("launch")
        given = [_given(a) for a in arguments]
        before = dict(module.counts)
        reached = [r.memory for a in arguments if isinstance(a, Paper) for r in reached_from(a)]
        module.launch(entry, shape[0], shape[1], given, reached=reached, seed=self.seed)
        for what, count in module.counts.items():
            self.counted[what] += count - before[what]


def reached_from(paper: Paper) -> Iterator[Paper]:
    """Yield the memory whose addresses stand in some."""
    for allocation in paper.reached:
        assert isinstance(allocation, Paper)
        yield allocation


def _given(argument: Allocation | Scalar) -> np.ndarray | int | float:
    if isinstance(argument, Paper):
        return argument.memory
    assert isinstance(argument, np.generic)
    number: int | float = argument.item()
    return number
