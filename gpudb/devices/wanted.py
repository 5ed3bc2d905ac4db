"""What the settings say of a GPU."""

from __future__ import annotations

from gpudb.records import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Blocks and threads of a launch, bytes of memory, and GPUs; 0 lets gpudb choose."""

    grid: int
    block: int
    limit_bytes: int
    gpus: int = 1
