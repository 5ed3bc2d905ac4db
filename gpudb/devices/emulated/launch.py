"""Runs the blocks of a launch one after the other, the threads of each from stop to stop."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence

import numpy as np

from gpudb.devices.emulated.context import COUNTED, FAULTS, SLOTS, slot
from gpudb.devices.emulated.fault import KernelError, PtxError
from gpudb.devices.emulated.frame import EXCHANGE_WORDS, local_bytes, saved_bytes
from gpudb.devices.emulated.layout import Bytes
from gpudb.devices.emulated.machine_code import CompiledKernel
from gpudb.devices.emulated.parse import Parameter
from gpudb.devices.emulated.races import Races
from gpudb.devices.emulated.schedule import schedule
from gpudb.records import dataclass

Array = np.ndarray[tuple[int, ...], np.dtype[np.generic]]
Argument = Array | int | float | bool
Dimensions = tuple[int, int, int]
MOST_THREADS = 1024
GARBAGE = 0xA5
LOG_ACCESSES = 1 << 22


@dataclass(frozen=True, slots=True)
class Shape:
    """A launch: blocks, threads of each, dynamic shared memory, and the order of all."""

    grid: Dimensions
    block: Dimensions
    dynamic_bytes: int = 0
    # None: in order; otherwise threads and blocks run in a random order of this seed.
    seed: int | None = None
    # How often a thread may branch backwards before that counts as a loop without end.
    fuel: int = 1 << 30

    @property
    def threads(self) -> int:
        """The threads of a block."""
        return int(np.prod(self.block))


def aligned(size: int, align: int = 64) -> Bytes:
    """Return memory with undefined content."""
    raw = np.empty(size + align, np.uint8)
    return raw[-raw.ctypes.data % align :][:size]


class Launch:
    """One launch of a kernel: its memory and its context."""

    def __init__(
        self,
        kernel: CompiledKernel,
        shape: Shape,
        arguments: Sequence[Argument],
        reached: Sequence[Bytes] = (),
    ) -> None:
        if not 0 < shape.threads <= MOST_THREADS:
            raise PtxError(f"a block has 1 to {MOST_THREADS} threads, not {shape.threads}")
        self.kernel, self.shape = kernel, shape
        code, memory = kernel.code, kernel.code.memory
        self.parameters, ranges = pack_arguments(kernel, arguments)
        dynamic_begin = -(-memory.shared.size // 16) * 16
        is_dynamic = bool(memory.dynamic)
        self.shared_bytes = memory.shared.size
        if is_dynamic:
            self.shared_bytes = dynamic_begin + shape.dynamic_bytes
        threads = shape.threads
        self.shared, self.written = aligned(self.shared_bytes + 16), aligned(self.shared_bytes + 16)
        self.local = aligned(threads * local_bytes(code))
        self.saved = aligned(threads * saved_bytes(code))
        self.exchange = np.zeros((threads, EXCHANGE_WORDS), np.int64)
        self.error = np.zeros(4, np.int64)
        self.counts = np.zeros(len(COUNTED), np.int64)
        self.log = np.empty((LOG_ACCESSES if code.checks.races else 1, 3), np.int64)
        self.state = np.zeros(threads, np.int32)
        self.run_flags = np.ones(threads, np.uint8)
        ranges += memory.module.ranges
        ranges += [(a.ctypes.data, a.ctypes.data + a.nbytes) for a in reached]
        ranges += [(b.ctypes.data, b.ctypes.data + n) for b, n in self._thread_memory()]
        self.ranges = np.array(ranges, np.uint64).reshape(-1, 2)
        self.context = np.zeros(len(SLOTS), np.int64)
        self._fill_context(dynamic_begin)

    def _thread_memory(self) -> list[tuple[Bytes, int]]:
        return [(self.shared, self.shared_bytes), (self.local, len(self.local))]

    def _fill_context(self, dynamic_begin: int) -> None:
        arrays: dict[str, Array] = {
            "saved": self.saved,
            "parameters": self.parameters,
            "shared": self.shared,
            "local": self.local,
            "exchange": self.exchange,
            "ranges": self.ranges,
            "error": self.error,
            "log": self.log,
            "written": self.written,
            "counts": self.counts,
        }
        numbers = {
            "range_count": len(self.ranges),
            "shared_bytes": self.shared_bytes,
            "dynamic_bytes": self.shape.dynamic_bytes,
            "dynamic_begin": dynamic_begin,
            "fuel": self.shape.fuel,
            "log_capacity": len(self.log),
        }
        for name, array in arrays.items():
            self.context[slot(name)] = array.ctypes.data
        for name, number in numbers.items():
            self.context[slot(name)] = number
        self._set_axes("ntid", self.shape.block)
        self._set_axes("nctaid", self.shape.grid)

    def _set_axes(self, name: str, sizes: Dimensions) -> None:
        begin = slot(f"{name}.x")
        self.context[begin : begin + 3] = sizes

    def run(self) -> None:
        """Run every block; raises KernelError."""
        shape, code = self.shape, self.kernel.code
        rng = None if shape.seed is None else np.random.default_rng(shape.seed)
        shared = self.shared.ctypes.data
        races = None
        if code.checks.races:
            races = Races((shared, shared + self.shared_bytes), code.sources)
        count = int(np.prod(shape.grid))
        for block in range(count) if rng is None else map(int, rng.permutation(count)):
            self._run_block(block, rng, races)
        if races is not None:
            races.end()

    def _run_block(self, block: int, rng: np.random.Generator | None, races: Races | None) -> None:
        width, height, _ = self.shape.grid
        self._set_axes("ctaid", (block % width, block // width % height, block // width // height))
        for memory in (self.saved, self.shared, self.local):
            memory[:] = GARBAGE
        self.written[:] = 0
        self.state[:], self.run_flags[:] = 0, 1
        turn = np.arange(self.shape.threads, dtype=np.int32)
        while True:
            if rng is not None:
                turn = rng.permutation(self.shape.threads).astype(np.int32)
            self._run_phase(turn, block)
            if races is not None:
                self._compare_accesses(races, block)
            self.run_flags[:] = 0
            if (self.state < 0).all():
                return
            schedule(self.kernel.code.stops, self.state, self.run_flags, self.exchange, block)

    def _run_phase(self, turn: Array, block: int) -> None:
        arrays = (turn, self.state, self.run_flags)
        addresses = [ctypes.c_void_p(array.ctypes.data) for array in arrays]
        context = ctypes.c_void_p(self.context.ctypes.data)
        began = time.thread_time()
        is_faulty = self.kernel.phase(context, self.shape.threads, *addresses)
        self.kernel.ran(time.thread_time() - began)
        if is_faulty:
            code, address, line, thread = map(int, self.error)
            source = self.kernel.code.sources[line]
            where = f"address {address & (1 << 64) - 1:#x}, block {block}, thread {thread}"
            raise KernelError(f"{FAULTS[code]}: {source}, {where}")

    def _compare_accesses(self, races: Races, block: int) -> None:
        count = int(self.context[slot("log_count")])
        if count > len(self.log):
            raise PtxError("too many accesses between two barriers for the check of races")
        races.end_phase(self.log[:count], block)
        self.context[slot("log_count")] = 0


def pack_arguments(
    kernel: CompiledKernel, arguments: Sequence[Argument]
) -> tuple[Bytes, list[tuple[int, int]]]:
    """Return the parameters' bytes and the address ranges of the arrays among them."""
    wanted = kernel.text.parameters
    if len(arguments) != len(wanted):
        raise PtxError(f"{kernel.text.name} takes {len(wanted)} arguments, not {len(arguments)}")
    area = kernel.code.memory.parameters
    packed, ranges = aligned(max(16, area.size)), []
    for parameter, argument in zip(wanted, arguments, strict=True):
        value: int | float
        if isinstance(argument, np.ndarray):
            address = argument.ctypes.data
            ranges.append((address, address + argument.nbytes))
            value = address
        else:
            value = argument
        at = area.offsets[parameter.name]
        packed[at : at + parameter.size] = _bytes_of(parameter, value)
    return packed, ranges


def _bytes_of(parameter: Parameter, value: int | float) -> Bytes:
    if parameter.type in ("f32", "f64"):
        return np.array([value], f"f{parameter.size}").view(np.uint8)
    if isinstance(value, float | np.floating):
        raise PtxError(f"{parameter.name} is {parameter.type} and takes no float")
    raw = int(value) & ((1 << 8 * parameter.size) - 1)
    return np.frombuffer(raw.to_bytes(parameter.size, "little"), np.uint8)
