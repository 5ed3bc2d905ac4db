"""The memory of one GPU: a budget, the arrays that stay there, and those that kernels change.

resident(array)     an array that never changes: copied once, and kept until the least recently
                    used have to go, or the host's array does
own, push, pull     arrays that kernels change: the host says when they travel
keep, fetch         arrays that kernels have made: they travel when the host asks, or has to
                    have them because the memory is wanted for others
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

import numpy as np

from gpudb.devices.device import Held, Traffic
from gpudb.devices.gpu import Allocation, Bytes, Gpu, OutOfGpuMemoryError, programs_of
from gpudb.devices.memory_use import Counters, GpuMemoryUse
from gpudb.devices.orders import GpuOrders
from gpudb.devices.retired import Retired
from gpudb.devices.staging import Staging, copy_out
from gpudb.devices.times import GpuTimes
from gpudb.errors import DeviceFaultError, DeviceMemoryError
from gpudb.records import dataclass

LEAST_BYTES = 16
NO_CONTEXT = (
    "the driver makes no other context in this process: SET device = 'cpu', or begin a new process"
)
Key = tuple[int, int]


@dataclass
class Resident:
    """An array on the GPU, and what forgets it when the host's array goes.

    If it `is_alone` the host's array has not got the content yet.
    """

    allocation: Allocation
    forget: weakref.ref[np.ndarray]
    is_alone: bool = False


@dataclass(frozen=True)
class HeldColumns:
    """Arrays on the GPU that stay while this is held; `is_new` if any had to be copied there."""

    allocations: Sequence[Allocation]
    is_new: bool

    @property
    def addresses(self) -> Sequence[int]:
        """Where they lie."""
        return [allocation.address for allocation in self.allocations]


@dataclass
class Owned:
    """Memory that kernels change; `users` names of a worker stand for it."""

    host: np.ndarray
    allocation: Allocation
    users: int = 1


class GpuMemory:
    """One GPU's memory, which all connections of the process share."""

    def __init__(self, gpu: Gpu, limit_bytes: int) -> None:
        self.gpu = gpu
        self.limit_bytes = limit_bytes
        self.programs = programs_of(self)
        self.orders = GpuOrders(self)
        self.counters = Counters()
        self.traffic = Traffic()
        self.times: GpuTimes | None = None
        self._used_bytes = 0
        # What finalisers have left to be done: they come at any moment, in any thread, and may
        # not wait for a lock that another one holds while it waits for theirs.
        self._gone: deque[tuple[Key, object]] = deque()
        self._freed: deque[int] = deque()
        self._resident: OrderedDict[Key, Resident] = OrderedDict()
        self._owned: dict[int, Owned] = {}
        # Arrays whose content a fault has taken.
        self._lost: dict[Key, weakref.ref[np.ndarray]] = {}
        self._staging = Staging(gpu)
        self.retired = Retired()
        # How many contexts faults have cost.
        self._contexts = 0
        self._lock = threading.RLock()

    def resident(self, array: np.ndarray) -> Allocation:
        """Return where an array is on the GPU; one that nobody owns is copied if it is not there.

        The caller's reference keeps it from being evicted.
        """
        with self._lock, self.guarded():
            self._tidy()
            owned = self._owned.get(_address(array))
            if owned is not None:
                return owned.allocation
            key = (_address(array), array.nbytes)
            found = self._resident.get(key)
            if found is not None and found.forget() is not None:
                self.counters.hits += 1
                self._resident.move_to_end(key)
                return found.allocation
            self._check_lost(key)
            self.counters.misses += 1
            allocation = self._allocate(array.nbytes)
            self._copy_in(allocation, _bytes(array))
            forget = weakref.ref(_owner(array), self._forgetter(key))
            self._resident[key] = Resident(allocation, forget)
            return allocation

    def hold(self, arrays: Sequence[np.ndarray]) -> HeldColumns:
        """Begin to copy what is not there of arrays that never change."""
        with self._lock:
            before = self.counters.misses
            allocations = [self.resident(array) for array in arrays]
            return HeldColumns(allocations, self.counters.misses > before)

    def link(self, table: np.ndarray, held: Sequence[Held]) -> None:
        """Push a table that was taken by `own`, in which addresses of what is held stand."""
        owned = self._owned[_address(table)]
        columns = [each for each in held if isinstance(each, HeldColumns)]
        owned.allocation.reached = [a for each in columns for a in each.allocations]
        self.push(table)

    @contextmanager
    def timing(self) -> Iterator[GpuTimes]:
        """Note the times of copies and launches that begin inside of the `with`."""
        times = self.times = GpuTimes(self.gpu)
        try:
            yield times
        finally:
            self.times = None

    def noted(self, *, of_copies: bool) -> AbstractContextManager[None]:
        """Note the time of what begins inside of the `with`, if anybody asks."""
        times = self.times
        return nullcontext() if times is None else times.noted(of_copies=of_copies)

    def _forgetter(self, key: Key) -> Callable[[object], None]:
        """Return what notes that the array of an entry is gone."""
        return lambda reference: self._gone.append((key, reference))

    def _tidy(self) -> None:
        """Do what finalisers have left."""
        while self._gone:
            self._forget(*self._gone.popleft())
        while self._freed:
            self._used_bytes -= self._freed.popleft()

    def _forget(self, key: Key, reference: object) -> None:
        """Drop an entry, unless another array has its address by now."""
        found = self._resident.get(key)
        if found is not None and found.forget is reference:
            self.retired.add(self._resident.pop(key).allocation)

    @property
    def used_bytes(self) -> int:
        """The bytes that are allocated or reserved."""
        with self._lock:
            self._tidy()
            return self._used_bytes

    def place(self, array: np.ndarray) -> Allocation:
        """Begin to copy an array to memory that is its caller's alone."""
        with self._lock, self.guarded():
            allocation = self._allocate(array.nbytes)
            self._copy_in(allocation, _bytes(array))
            return allocation

    def finish_copies(self) -> None:
        """Wait for the copies to the GPU so far."""
        with self.guarded():
            self.gpu.wait(self.gpu.mark())

    def own(self, array: np.ndarray) -> None:
        """Give an array that kernels change memory on the GPU; its content is not copied."""
        with self._lock, self.guarded():
            address = _address(array)
            if address in self._owned:
                self._owned[address].users += 1
            else:
                self._owned[address] = Owned(array, self._allocate(array.nbytes))

    def release(self, array: np.ndarray) -> None:
        """Give up an array that was taken by `own`."""
        with self._lock:
            address = _address(array)
            owned = self._owned[address]
            owned.users -= 1
            if not owned.users:
                self.retired.add(self._owned.pop(address).allocation)

    def settle(self, array: np.ndarray) -> None:
        """Give up an owned array that changes no more: it stays as columns do."""
        with self._lock:
            key = (_address(array), array.nbytes)
            owned = self._owned.pop(key[0])
            forget = weakref.ref(_owner(array), self._forgetter(key))
            self._resident[key] = Resident(owned.allocation, forget)

    def keep(self, array: np.ndarray) -> None:
        """Settle an owned array whose content is on the GPU only, until the host fetches it."""
        with self._lock:
            self.settle(array)
            self._resident[_address(array), array.nbytes].is_alone = True

    def is_kept(self, array: np.ndarray) -> bool:
        """Whether nobody owns an array any more."""
        return _address(array) not in self._owned

    def fetch(self, arrays: Sequence[np.ndarray]) -> None:
        """Copy kept arrays to the host unless they are there, and wait once for all."""
        with self._lock, self.guarded():
            found: list[tuple[Resident, Bytes]] = []
            for array in arrays:
                key = (_address(array), array.nbytes)
                self._check_lost(key)
                resident = self._resident.get(key)
                if resident is not None and resident.is_alone:
                    found.append((resident, _bytes(array)))
            self._bring(found)

    def _bring(self, found: Sequence[tuple[Resident, Bytes]]) -> None:
        """Copy arrays to the host, which has none of their content."""
        if found:
            self._copy_out([(resident.allocation, host) for resident, host in found])
        for resident, _ in found:
            resident.is_alone = False

    def _check_lost(self, key: Key) -> None:
        lost = self._lost.get(key)
        if lost is not None and lost() is not None:
            raise DeviceFaultError(
                "rows that a GPU held are lost: a kernel of another query failed"
            )

    @contextmanager
    def reserved(self, size_bytes: int) -> Iterator[None]:
        """Count memory that is used inside of the `with` by what allocates for itself."""
        with self._lock:
            self._make_room(size_bytes)
            self._used_bytes += size_bytes
        try:
            yield
        finally:
            self._freed.append(size_bytes)

    def push(self, array: np.ndarray, count: int | None = None) -> None:
        """Copy the first `count` elements of an owned array to the GPU, or all."""
        with self._lock, self.guarded():
            allocation = self._owned[_address(array)].allocation
            self._copy_in(allocation, _bytes(array if count is None else array[:count]))

    def pull(self, arrays: Sequence[np.ndarray]) -> None:
        """Copy owned arrays, or their first elements, from the GPU, and wait once for all."""
        with self._lock:
            sources = [self._owned[_address(array)].allocation for array in arrays]
        with self.guarded():
            self._copy_out(list(zip(sources, map(_bytes, arrays), strict=True)))

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn what the driver raises after a kernel's fault into a DeviceFaultError.

        The GPU's memory and code are lost then: it begins anew, and so do the queries of others,
        which meet the same fault.
        """
        contexts = self._contexts
        try:
            yield
        except self.gpu.faults as error:
            said = f"a kernel failed on {self.gpu.info.name}: {error}"
            with self._lock:
                if contexts == self._contexts and not self._begin_anew():
                    said += f"; {NO_CONTEXT}"
            raise DeviceFaultError(said) from error

    def _begin_anew(self) -> bool:
        """Forget what a fault has taken; returns whether the driver goes on in this process."""
        self._contexts += 1
        alone = ((key, r.forget) for key, r in self._resident.items() if r.is_alone)
        self._lost = {key: forget for key, forget in alone if forget() is not None}
        self._resident.clear()
        lost = self._staging, self.programs
        self.retired, self._staging = Retired(), Staging(self.gpu)
        self.programs = programs_of(self)
        try:
            self.gpu.rebuild(lost)
        except self.gpu.faults:
            return False
        return True

    def clear(self) -> None:
        """Drop what no query uses at the moment."""
        with self._lock, self.guarded():
            self._drop(list(self._resident))

    def use(self) -> GpuMemoryUse:
        """Return what is held now."""
        used_bytes, counters = self.used_bytes, self.counters
        counted = counters.hits, counters.misses, counters.evictions
        return GpuMemoryUse(len(self._resident), used_bytes, self.limit_bytes, *counted)

    # Allocation and copies, under the lock

    def _allocate(self, size_bytes: int) -> Allocation:
        wanted = max(LEAST_BYTES, size_bytes)
        self._make_room(wanted)
        try:
            allocation = self.gpu.allocate(size_bytes)
        except OutOfGpuMemoryError:
            self._drop(list(self._resident))
            try:
                allocation = self.gpu.allocate(size_bytes)
            except OutOfGpuMemoryError:
                raise self.too_large(wanted) from None
        self._used_bytes += wanted
        weakref.finalize(allocation, self._freed.append, wanted)
        return allocation

    def _make_room(self, wanted: int) -> None:
        while self.used_bytes + wanted > self.limit_bytes and self._evict():
            pass
        if self.used_bytes + wanted > self.limit_bytes:
            # What nobody wants any more may still be on its way, or in use.
            self.gpu.wait(self.gpu.mark())
            if self.retired:
                self.retired.wait(self.gpu.synchronize)
        if self.used_bytes + wanted > self.limit_bytes:
            raise self.too_large(wanted)

    def _evict(self) -> bool:
        """Drop the least recently used column; what a launch still needs stays until its end."""
        if not self._resident:
            return False
        self.counters.evictions += 1
        self._drop([next(iter(self._resident))])
        return True

    def _drop(self, keys: Sequence[Key]) -> None:
        """Drop arrays; those that the host has not got yet go there."""
        alone: list[tuple[Resident, Bytes]] = []
        for address, size_bytes in keys:
            resident = self._resident.pop((address, size_bytes))
            owner = resident.forget()
            if resident.is_alone and owner is not None:
                begin = address - _address(owner)
                alone.append((resident, _bytes(owner)[begin : begin + size_bytes]))
            self.retired.add(resident.allocation)
        self._bring(alone)

    def too_large(self, wanted: int) -> DeviceMemoryError:
        """Return the error of a query that needs more than there is."""
        return DeviceMemoryError(
            f"the query needs {wanted:,} more bytes of GPU memory; {self.used_bytes:,} of "
            f"{self.limit_bytes:,} are in use: SET gpu_memory_limit, SET cpu_retry = on, or "
            "SET device = 'cpu'"
        )

    def _copy_out(self, pairs: Sequence[tuple[Allocation, Bytes]]) -> None:
        wanted = [(source, host) for source, host in pairs if len(host)]
        self.traffic += Traffic(out_bytes=sum(len(host) for _, host in wanted))
        copy_out(self.gpu, wanted, partial(self.retired.wait, self.gpu.synchronize))

    def _copy_in(self, target: Allocation, source: Bytes) -> None:
        self.traffic += Traffic(len(source))
        self._staging.prepare(len(source))
        with self.noted(of_copies=True):
            self._staging.copy(target, source)


def _address(array: np.ndarray) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _owner(array: np.ndarray) -> np.ndarray:
    """Return the array whose memory a view shows: it lives as long as the memory does."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _bytes(array: np.ndarray) -> Bytes:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)
