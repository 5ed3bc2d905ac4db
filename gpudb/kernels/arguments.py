"""Where a kernel's arguments stand among its parameters, by what supplies them.

A kernel is given them for each chunk and each worker; what can be said of all of these is found
out once.
"""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.kernels.writer import (
    Argument,
    Constant,
    FromChunk,
    FromChunkNumber,
    FromLimits,
    FromWorker,
    Parameter,
    without_bools,
)
from gpudb.records import dataclass


@dataclass(frozen=True, slots=True)
class Places:
    """The constants at their places, 0 at all others, and what comes to these by their places."""

    fixed: tuple[Argument, ...]
    of_worker: tuple[tuple[int, str], ...]
    of_chunk: tuple[tuple[int, FromChunk], ...]
    made: tuple[tuple[int, FromLimits | FromChunkNumber], ...]


def places_of(parameters: Sequence[Parameter]) -> Places:
    """Return what the arguments of some parameters are, and where they come from."""
    fixed: list[Argument] = []
    of_worker: list[tuple[int, str]] = []
    of_chunk: list[tuple[int, FromChunk]] = []
    made: list[tuple[int, FromLimits | FromChunkNumber]] = []
    for place, parameter in enumerate(parameters):
        supply = parameter.supply
        fixed.append(without_bools(supply.value) if isinstance(supply, Constant) else 0)
        if isinstance(supply, FromWorker):
            of_worker.append((place, supply.name))
        elif isinstance(supply, FromChunk):
            of_chunk.append((place, supply))
        elif isinstance(supply, FromLimits | FromChunkNumber):
            made.append((place, supply))
    return Places(tuple(fixed), tuple(of_worker), tuple(of_chunk), tuple(made))
