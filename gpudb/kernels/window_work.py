"""What window functions work with: workers, kernels that make states, memory for texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field

from gpudb.errors import OperationalError
from gpudb.kernels.radix import Workers
from gpudb.kernels.sinks.row_states import RowStatesWriter
from gpudb.records import dataclass
from gpudb.sql.expr import AggregateCall, WindowCall
from gpudb.sql.plan import AggregateItem

# Runs a kernel over sorted rows that leaves each row's state.
RunStates = Callable[[Sequence[AggregateItem]], RowStatesWriter]


@dataclass
class WindowWork:
    """The workers of one window, and how many bytes joined texts have taken of what they may.

    Texts of frames are no arrays, and cannot go to disk.
    """

    workers: Workers
    run_states: RunStates
    memory_limit_bytes: int
    _taken: list[int] = field(default_factory=list)

    def reserve(self, count: int, call: AggregateCall | WindowCall) -> None:
        """Count bytes about to be taken; raises OperationalError where they are too many."""
        self._taken.append(count)
        if sum(self._taken) <= self.memory_limit_bytes:
            return
        message = f"{call.function} OVER these rows takes more than memory_limit"
        span = call.span
        raise OperationalError(
            f"{message} ({self.memory_limit_bytes} bytes)",
            begin=None if span is None else span.begin,
            end=None if span is None else span.end,
        )
