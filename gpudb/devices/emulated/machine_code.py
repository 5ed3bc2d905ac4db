"""A kernel's text -> code of this process, which is optimised once that pays.

Optimising takes ten times as long as the rest, and most kernels of tests see few rows.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from dataclasses import field

from gpudb.compiler.host_code import HostCode, compile_ir
from gpudb.devices.emulated.code import Checks, KernelCode
from gpudb.devices.emulated.frame import write_frame
from gpudb.devices.emulated.layout import Memory, ModuleMemory
from gpudb.devices.emulated.parse import Kernel, ModuleText
from gpudb.devices.emulated.translate import translate
from gpudb.records import dataclass

_PHASE = ctypes.CFUNCTYPE(
    ctypes.c_int64,
    ctypes.c_void_p,
    ctypes.c_int64,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
)


# What it takes about to optimise a kernel: more for each register that a stop keeps, and for pairs
# of such: 0.25 s for 2,400 of them, 5 s for 63,000, minutes for 450,000.
LEAST_SECONDS, SECONDS_FOR_KEPT, SECONDS_FOR_PAIRS = 0.2, 5e-5, 1e-9


@dataclass(slots=True, eq=False)
class CompiledKernel:
    """A kernel ready to run: `phase` is runtime's, in machine code, which has run `seconds`.

    `kept` is the code and, before it, what was not optimised: threads may still be in it.
    """

    text: Kernel
    code: KernelCode = field(repr=False)
    kept: list[HostCode] = field(repr=False)
    phase: Callable[..., int] = field(repr=False)
    is_optimized: bool = False
    seconds: float = 0.0

    def ran(self, seconds: float) -> None:
        """Optimise what has run long; threads that wait go on in the new code, as in the old."""
        self.seconds += seconds
        if not self.is_optimized and self.seconds > optimizing_seconds(self.code):
            self.kept.append(compile_ir(write_frame(self.code), speed_level=1))
            self.phase, self.is_optimized = _phase_of(self.kept[-1]), True


def optimizing_seconds(code: KernelCode) -> float:
    """Return how long a kernel's code takes to be optimised, about."""
    kept = len(code.registers) * len(code.stops)
    return LEAST_SECONDS + SECONDS_FOR_KEPT * kept + SECONDS_FOR_PAIRS * kept**2


def translate_kernel(
    kernel: Kernel, module: ModuleText, memory: ModuleMemory, checks: Checks
) -> KernelCode:
    """Return the code of a kernel; of the module's shared variables it has those it names."""
    names = set(re.findall(r"[$%\w]+", kernel.body))
    layout = Memory(memory)
    layout.declare([v for v in module.variables if v.space == "shared" and v.name in names])
    for parameter in kernel.parameters:
        layout.parameters.add(parameter.name, parameter.size, parameter.align)
    return translate(kernel, layout, checks)


def compile_kernel(kernel: Kernel, code: KernelCode) -> CompiledKernel:
    """Compile a kernel's code."""
    compiled = compile_ir(write_frame(code), speed_level=0, code_level=0)
    return CompiledKernel(kernel, code, [compiled], _phase_of(compiled))


def _phase_of(compiled: HostCode) -> Callable[..., int]:
    return _PHASE(compiled.address("phase"))
