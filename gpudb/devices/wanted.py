"""What the settings say of a GPU."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Blocks and threads of a launch, and a budget of memory; 0 lets the device choose."""

    grid: int
    block: int
    limit_bytes: int
