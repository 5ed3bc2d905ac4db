"""`python -m bench.cuda_check`: the benchmark's kernels as machine code of four GPU generations.

    queries on paper -> programs -> PTX by LLVM -> machine code by ptxas -> a line a kernel

The kernels of the golden scripts are checked too, unless some cases are chosen.

Leaves with status 1 if a kernel spills registers, keeps an array in local memory, or calls anything
for each row.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import gpudb
from bench.in_flight import goes_in_pieces
from bench.made import ROOT
from bench.options import Options, parse_options
from bench.paper_cases import GPU_GROUPS, SMALL, new_programs, paper_cases
from bench.ptxas import MISSING, MachineCode, assemble, find_ptxas
from bench.row_loop import RowLoop, row_loop
from bench.workloads import WORKLOADS
from gpudb.compiler.language import Program
from gpudb.compiler.ptx import compile_ptx
from gpudb.devices.choose import CUDA_BLOCK
from gpudb.devices.occupancy import occupancy
from tests.plain.engine.scripts import answers, read_script

ARCHITECTURES = ("sm_75", "sm_80", "sm_90", "sm_100")
GOLDEN = tuple(ROOT / "tests" / "scripts" / name for name in ("kernels.sql", "shared/kernels.sql"))
HEADER = (
    f"{'kernel':<16} {'registers':>16} {'occupancy %':>16} {'shared':>7} {'spills':>7} "
    f"{'local':>6} {'calls':>6} {'atomics':>8} {'stores':>7}  loads by width; divisions"
)


@dataclass(frozen=True)
class CheckedKernel:
    """A kernel: what its row loop does on the first architecture, and its code on each."""

    name: str
    loops: Sequence[RowLoop]
    codes: Sequence[MachineCode]

    def faults(self) -> list[str]:
        """Return what must not be there."""
        found = []
        if any(code.spill_bytes for code in self.codes):
            found.append("spills registers")
        if any(code.stack_bytes for code in self.codes) or any(
            loop.local_accesses for loop in self.loops
        ):
            found.append("uses local memory")
        if any(loop.calls or loop.divisions for loop in self.loops):
            found.append("calls in its row loop")
        return found

    def line(self) -> str:
        """Return the kernel's line of the table; figures of each architecture in their order."""
        loop, codes = self.loops[0], self.codes
        block = CUDA_BLOCK
        shares = [
            round(100 * occupancy(a, code.registers, code.shared_bytes, block))
            for a, code in zip(ARCHITECTURES, codes, strict=False)
        ]
        calls = max(each.calls + each.divisions.total() for each in self.loops)
        return (
            f"{self.name:<16} {slashed(c.registers for c in codes):>16} {slashed(shares):>16} "
            f"{max(c.shared_bytes for c in codes):>7} {max(c.spill_bytes for c in codes):>7} "
            f"{max(c.stack_bytes for c in codes):>6} {calls:>6} {loop.atomics:>8} "
            f"{loop.stores:>7}  {counted(loop.loads)}{divided(loop)}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the kernels of the chosen cases and return the exit status."""
    ptxas = find_ptxas()
    if ptxas is None:
        print(MISSING)
        return 1
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parse_options([*SMALL, *given])
    print(f"{ptxas}, {', '.join(ARCHITECTURES)}\n{HEADER}")
    checked = []
    for kernel in check_all(options, ptxas):
        checked.append(kernel)
        print(f"{kernel.line()}{''.join(f'  {f.upper()}' for f in kernel.faults())}", flush=True)
    faulty = [kernel for kernel in checked if kernel.faults()]
    print(f"\n{len(checked)} kernels, {len(faulty)} of them with faults")
    return 1 if faulty or not checked else 0


def check_all(options: Options, ptxas: Path) -> Iterator[CheckedKernel]:
    """Yield the kernels of the chosen cases; ptxas runs beside the rest."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool,
    ):
        for workload in WORKLOADS:
            if workload.group not in options.groups:
                continue
            with paper_cases(workload, options, Path(folder)) as cases:
                for name in cases.questions:
                    yield from check_programs(name, cases.programs(name)[0], ptxas, pool)
        if options.groups == GPU_GROUPS and not options.only:
            for script in GOLDEN:
                yield from check_programs(script.parent.name, script_programs(script), ptxas, pool)


def check_programs(
    name: str, programs: Sequence[Program], ptxas: Path, pool: ThreadPoolExecutor
) -> Iterator[CheckedKernel]:
    """Yield the kernels of one query or script."""
    begun = [begin(f"{name}.{n}", program, ptxas, pool) for n, program in enumerate(programs)]
    for kernel, codes in begun:
        yield replace(kernel, codes=[code.result() for code in codes])


def script_programs(script: Path) -> tuple[Program, ...]:
    """Return the programs of a script's statements; tests compare the answers."""
    with gpudb.connect(device="emulated") as connection, new_programs() as found:
        deque(answers(read_script(script), connection), maxlen=0)
    return tuple(found)


def begin(
    name: str, program: Program, ptxas: Path, pool: ThreadPoolExecutor
) -> tuple[CheckedKernel, list[Future[MachineCode]]]:
    """Begin to assemble a program for each architecture."""
    loops, codes = [], []
    for architecture in ARCHITECTURES:
        text = compile_ptx(program, architecture).text
        loops.append(row_loop(text, in_pieces=goes_in_pieces(program)))
        codes.append(pool.submit(assemble, ptxas, text, architecture))
    return CheckedKernel(name, loops, ()), codes


def slashed(figures: Iterable[int]) -> str:
    """Return figures with strokes between, or one where all are equal."""
    shown = [str(figure) for figure in figures]
    return shown[0] if len(set(shown)) == 1 else "/".join(shown)


def counted(loads: Counter[int]) -> str:
    """Return how many loads there are of each width in bits."""
    return " ".join(f"{loads[bits]}x{bits}" for bits in sorted(loads))


def divided(loop: RowLoop) -> str:
    """Return the divisions that the machine calls a subroutine for."""
    return "".join(f"; {count} {name}" for name, count in loop.divisions.items())


if __name__ == "__main__":
    sys.exit(main())
