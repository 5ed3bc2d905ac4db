"""How much of its bandwidth a GPU's memory gives to what a kernel asks for at once: a model.

    bytes under way on a multiprocessor = resident threads * rows that each reads at once * B/row

Memory gives all of its bandwidth only while enough bytes are under way: at least what it moves
during its latency (Little's law), and in practice more, since latency grows with the load.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bench.ptxas import assemble
from bench.row_loop import row_loop
from gpudb.compiler.language import Program
from gpudb.compiler.ptx import compile_ptx
from gpudb.devices.choose import CUDA_BLOCK
from gpudb.devices.occupancy import resident_blocks
from gpudb.kernels.pieces import TABLE


@dataclass(frozen=True)
class Card:
    """A GPU: its multiprocessors, bytes a second, and the latency of its memory without load.

    `saturating_bytes` under way on each multiprocessor saturate it, by NVIDIA's own tuning.
    """

    name: str
    architecture: str
    multiprocessors: int
    bandwidth: float
    latency_seconds: float | None
    saturating_bytes: int

    def least_bytes(self) -> float | None:
        """Return the bytes that a multiprocessor has under way at least at full bandwidth."""
        if self.latency_seconds is None:
            return None
        return self.bandwidth / self.multiprocessors * self.latency_seconds


# Latencies in cycles, measured by chasing pointers: github.com/markdewing/AI_kernels,
# latency/README.md (commit 0d701add), at the boost clocks of NVIDIA's data sheets; it has none of a
# T4. A report of the tool MT4G says 834 for an H100: the shares of our scans stay the same. Bytes
# that saturate: CUB's tuning of DeviceTransform (arch_to_min_bytes_in_flight in NVIDIA/cccl): 12
# KiB before A100, 16 there and in its generation's like, 32 on H100.
CARDS = (
    Card("T4", "sm_75", 40, 320e9, None, 12 << 10),
    Card("A100", "sm_80", 108, 2039e9, 550 / 1.41e9, 16 << 10),
    Card("H100", "sm_90", 132, 3350e9, 700 / 1.98e9, 32 << 10),
    Card("RTX 4090", "sm_89", 128, 1008e9, 636 / 2.52e9, 16 << 10),
)
_ABREAST = re.compile(r"in abreast\((\d+), ")


@dataclass(frozen=True)
class UnderWay:
    """What a kernel has under way on a multiprocessor of a card."""

    card: Card
    registers: int
    threads: int
    rows: float
    row_bytes: float

    @property
    def bytes(self) -> float:
        """Return the bytes."""
        return self.threads * self.rows * self.row_bytes

    @property
    def share(self) -> float | None:
        """Return the share of the bandwidth by Little's law, where the latency is known."""
        least = self.card.least_bytes()
        return None if least is None else min(1.0, self.bytes / least)

    @property
    def share_of_saturating(self) -> float:
        """Return the share of the bytes that saturate the memory by NVIDIA's tuning."""
        return min(1.0, self.bytes / self.card.saturating_bytes)

    def text(self) -> str:
        """Return the cell of a table: registers, threads, KB under way, both shares."""
        by_latency = "    -" if self.share is None else f"{self.share:>5.0%}"
        kilobytes = self.bytes / 1024
        return (
            f"{self.registers:>4} {self.threads:>5} {kilobytes:>5.1f} {by_latency} "
            f"{self.share_of_saturating:>5.0%}"
        )


def goes_in_pieces(program: Program) -> bool:
    """Whether a kernel's rows are those of pieces, one after the other."""
    return f"{TABLE}[piece]" in program.library


def rows_at_once(program: Program, text: str) -> float:
    """Return of how many rows a thread's loads are under way before the first is used."""
    found = _ABREAST.search(program.library)
    abreast = int(found[1]) if found else 1
    loop = row_loop(text, in_pieces=goes_in_pieces(program))
    loads = max(1, loop.loads.total())
    return abreast * min(1.0, loop.together / loads)


def under_way(program: Program, card: Card, row_bytes: float, ptxas: Path) -> UnderWay:
    """Return what a kernel has under way on a card."""
    text = compile_ptx(program, card.architecture).text
    code = assemble(ptxas, text, card.architecture)
    blocks = resident_blocks(card.architecture, code.registers, code.shared_bytes, CUDA_BLOCK)
    rows = rows_at_once(program, text)
    return UnderWay(card, code.registers, blocks * CUDA_BLOCK, rows, row_bytes)
