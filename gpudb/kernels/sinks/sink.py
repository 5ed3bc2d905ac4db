"""What every sink offers: its part of the text, and its workers' memory.

    open  ->  for each row: [begin_row] ... row  ->  close        the text
    new_worker, pause, end_morsel, finish                         the host

A kernel that runs out of room returns the row at which it stopped; `pause` makes room, and the
kernel goes on from there. Room is asked for before a row's first output, for as many outputs as one
row can have (`fanout`), so that no row is ever half done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from gpudb.kernels.held import Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.writer import Argument

Worker = dict[str, Argument]
Sink = TypeVar("Sink")
# What a kernel leaves in place of a site where its table is full.
FULL = -1


class TableFullError(Exception):
    """A table that many threads share is too small: the whole pipeline runs again."""


class OutgrownError(Exception):
    """There are at least so many `groups`, more than the text's table can grow to."""

    def __init__(self, groups: int) -> None:
        super().__init__(groups)
        self.groups = groups


def twin(sink: Sink) -> Sink:
    """Return another sink that holds the same."""
    made = object.__new__(type(sink))
    vars(made).update(vars(sink))
    return made


@runtime_checkable
class Rerunning(Protocol):
    """A sink whose launches leave out what does not fit: they run again in more room.

    A worker's "counts" say how many outputs there are, those before "begin" being of launches
    that need not run again. Unless the sink is patient the host takes each launch's outputs before
    the next begins.
    """

    @property
    def is_patient(self) -> bool:
        """Whether launches may follow one another before the host looks at their outputs."""
        ...

    def buffer_names(self) -> Sequence[str]:
        """Return the names of the arrays that hold the outputs."""
        ...

    def has_outgrown(self, worker: Worker) -> bool:
        """Whether there were more outputs than there is room for."""
        ...

    def make_room(self, worker: Worker, rows: int) -> None:
        """Make room for so many outputs, keep those before "begin", and count on from there."""
        ...

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Take the outputs, which the host has now."""
        ...


@runtime_checkable
class Keeping(Protocol):
    """A sink with arrays that are only on the device, and stay there when it has run."""

    def kept_names(self) -> Sequence[str]:
        """Return their names among a worker's."""
        ...

    def keep(self, array: np.ndarray) -> None:
        """Take over the array, whose memory on the device is now to be released by others."""
        ...


@runtime_checkable
class Filling(Protocol):
    """A sink whose arrays begin with the same words again and again."""

    def first_words(self, name: str) -> np.ndarray | None:
        """Return what an array of a worker repeats; None for one that the host writes."""
        ...


@runtime_checkable
class Growing(Protocol):
    """A sink whose table may turn out too small."""

    def enlarge(self) -> int:
        """Let workers from now on have a larger table.

        Returns 0, or for how many groups another text must be written, since this one's table
        cannot grow.
        """
        ...


class SinkWriter(Protocol):
    """A sink of one pipeline while it is generated and run."""

    def open(self, scope: Scope) -> None:
        """Write what stands before the loop over rows."""
        ...

    def begin_row(self, scope: Scope) -> None:
        """Write the question for room; called once a row, before its first output."""
        ...

    def row(self, scope: Scope) -> None:
        """Write what happens to a row."""
        ...

    def close(self, scope: Scope) -> None:
        """Write what stands after the loop."""
        ...

    def new_worker(self) -> Worker:
        """Return the arguments that one worker owns."""
        ...

    def pause(self, worker: Worker, order: int) -> None:
        """Make room: the kernel stopped within morsel `order`."""
        ...

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Note that morsel `order` is done."""
        ...

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Merge the workers' partial results."""
        ...


def takes_several(sink: SinkWriter) -> bool:
    """Whether nobody needs to look at a worker between morsels that follow one another.

    Of a sink that `joins_morsels` they are as good as one.
    """
    return bool(getattr(sink, "joins_morsels", False))
