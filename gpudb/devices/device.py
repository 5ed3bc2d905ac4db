"""What the engine asks of a device: compile a program, and run morsels of it to the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import Program
from gpudb.errors import QueryCancelled
from gpudb.records import dataclass


@dataclass(frozen=True, slots=True)
class Morsel:
    """Rows `first` to `end` of a chunk; `order` is the morsel's place among all."""

    order: int
    chunk: int
    first: int
    end: int


RunMorsel = Callable[[Morsel], None]


@dataclass(frozen=True)
class Traffic:
    """What has travelled: bytes to the GPU and back."""

    in_bytes: int = 0
    out_bytes: int = 0

    def __sub__(self, other: Traffic) -> Traffic:
        return Traffic(self.in_bytes - other.in_bytes, self.out_bytes - other.out_bytes)

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(self.in_bytes + other.in_bytes, self.out_bytes + other.out_bytes)


class Held(Protocol):
    """Columns in a device's memory, which stay there while this is held."""

    @property
    def addresses(self) -> Sequence[int]:
        """Where they lie."""
        ...

    @property
    def is_new(self) -> bool:
        """Whether any had to be copied there."""
        ...


class SharedMemory(Protocol):
    """Memory apart from the host's, for arrays that kernels change; the host says what travels."""

    # What has travelled so far, for whomever.
    traffic: Traffic
    # How much of it may be used.
    limit_bytes: int

    def own(self, array: np.ndarray) -> None:
        """Give an array memory there; its content is not copied."""
        ...

    def hold(self, arrays: Sequence[np.ndarray]) -> Held:
        """Begin to copy what is not there of arrays that never change."""
        ...

    def link(self, table: np.ndarray, held: Sequence[Held]) -> None:
        """Push a table that was taken by `own`, in which addresses of what is held stand."""
        ...

    def release(self, array: np.ndarray) -> None:
        """Give up an array that was taken by `own`."""
        ...

    def settle(self, array: np.ndarray) -> None:
        """Give up an array that was taken by `own` and changes no more; kernels may read it."""
        ...

    def keep(self, array: np.ndarray) -> None:
        """Do the same where the host has not got the content, which `fetch` then copies."""
        ...

    def is_kept(self, array: np.ndarray) -> bool:
        """Whether an array is one that nobody owns and that kernels may read, or was."""
        ...

    def fetch(self, arrays: Sequence[np.ndarray]) -> None:
        """Copy arrays that were taken by `keep` to the host, unless they are there already."""
        ...

    def push(self, array: np.ndarray, count: int | None = None) -> None:
        """Copy the first `count` elements there, or all."""
        ...

    def pull(self, arrays: Sequence[np.ndarray]) -> None:
        """Wait for the launches so far, and copy arrays, or their first elements, to the host."""
        ...


class Primitives(Protocol):
    """Operations over whole arrays that a device has of its own."""

    def order(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the row numbers in the order of `parts`, integers, the most significant first.

        They are arrays of the host. Equal rows keep their order.
        """
        ...

    def order_there(self, words: Sequence[np.ndarray], places: np.ndarray) -> None:
        """Begin to write the same into `places`; all are int64 and owned by the device's memory."""
        ...


class Device(Protocol):
    """A place where kernels run.

    `kind` is what storage lays columns out for ("cpu" or "cuda"); `workers` is how many partial
    results there are. On a device that `is_shared`, the rows of a launch are dealt to many threads,
    at most `threads` in `blocks`, which all change one worker's memory; `cache_bytes` of it lie
    near. Calls only begin there; who pulls memory waits for them.
    """

    name: str
    kind: str
    workers: int
    is_shared: bool
    threads: int
    blocks: int
    cache_bytes: int

    @property
    def memory(self) -> SharedMemory | None:
        """Where kernels' memory lies, if it is not the host's."""
        ...

    @property
    def primitives(self) -> Primitives | None:
        """Its operations over whole arrays, if it has any of its own."""
        ...

    def compile(self, program: Program) -> CompiledProgram:
        """Return `program` ready to run here."""
        ...

    @property
    def parts(self) -> Sequence[Device]:
        """The devices with a memory of their own, one for each worker, or the device itself."""
        ...

    def in_order(self, compiled: CompiledProgram) -> CompiledProgram:
        """Return a compiled program whose calls take the rows one after the other."""
        ...

    def run(
        self,
        morsels: Sequence[Morsel],
        make_worker: Callable[[], RunMorsel],
        cancel: threading.Event,
    ) -> None:
        """Run every morsel on some worker; raises the first worker's error, or QueryCancelled."""
        ...

    def close(self) -> None:
        """Free what the device holds."""
        ...


def check_cancel(cancel: threading.Event) -> None:
    """Raise QueryCancelled if `cancel` is set."""
    if cancel.is_set():
        raise QueryCancelled("the query was cancelled")
