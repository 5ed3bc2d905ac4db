"""How many warps of a kernel a multiprocessor holds at once, by the rules of NVIDIA's calculator.

Limits are those of the CUDA C++ Programming Guide's table of compute capabilities.
"""

from __future__ import annotations

from gpudb.records import dataclass

WARP = 32
REGISTERS = 65_536
# Registers are given to a warp in such units, and warps to one of four schedulers.
REGISTER_UNIT = 256
SCHEDULERS = 4
SHARED_UNIT = 256


@dataclass(frozen=True, slots=True)
class Multiprocessor:
    """What one of a GPU's multiprocessors holds; each block takes `reserved_bytes` besides."""

    warps: int
    blocks: int
    shared_bytes: int
    reserved_bytes: int


MULTIPROCESSORS = {
    75: Multiprocessor(32, 16, 64 << 10, 0),
    80: Multiprocessor(64, 32, 164 << 10, 1 << 10),
    86: Multiprocessor(48, 16, 100 << 10, 1 << 10),
    89: Multiprocessor(48, 24, 100 << 10, 1 << 10),
    90: Multiprocessor(64, 32, 228 << 10, 1 << 10),
    100: Multiprocessor(64, 32, 228 << 10, 1 << 10),
    120: Multiprocessor(48, 24, 100 << 10, 1 << 10),
}


def resident_blocks(architecture: str, registers: int, shared_bytes: int, threads: int) -> int:
    """Return how many blocks of `threads` a multiprocessor holds; 0 where one does not fit."""
    limits = MULTIPROCESSORS[int(architecture.removeprefix("sm_"))]
    warps = -(-threads // WARP)
    by_warp = round_up(max(1, registers) * WARP, REGISTER_UNIT)
    warps_by_registers = REGISTERS // by_warp // SCHEDULERS * SCHEDULERS
    shared = round_up(shared_bytes + limits.reserved_bytes, SHARED_UNIT)
    return min(
        limits.blocks,
        limits.warps // warps,
        warps_by_registers // warps,
        limits.shared_bytes // shared if shared else limits.blocks,
    )


def occupancy(architecture: str, registers: int, shared_bytes: int, threads: int) -> float:
    """Return the share of a multiprocessor's warps that are there at once."""
    limits = MULTIPROCESSORS[int(architecture.removeprefix("sm_"))]
    blocks = resident_blocks(architecture, registers, shared_bytes, threads)
    return blocks * -(-threads // WARP) / limits.warps


def round_up(size: int, unit: int) -> int:
    """Return the next multiple of a unit."""
    return -(-size // unit) * unit
