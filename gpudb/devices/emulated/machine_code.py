"""A kernel's text -> code of this process."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from gpudb.compiler.host_code import HostCode, compile_ir
from gpudb.devices.emulated.code import Checks, KernelCode
from gpudb.devices.emulated.frame import write_frame
from gpudb.devices.emulated.layout import Memory, ModuleMemory
from gpudb.devices.emulated.parse import Kernel, ModuleText
from gpudb.devices.emulated.translate import translate

_PHASE = ctypes.CFUNCTYPE(
    ctypes.c_int64,
    ctypes.c_void_p,
    ctypes.c_int64,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
)


@dataclass(frozen=True, slots=True, eq=False)
class CompiledKernel:
    """A kernel ready to run: `phase` is runtime's, in machine code."""

    text: Kernel
    code: KernelCode = field(repr=False)
    phase: Callable[..., int] = field(repr=False)
    kept: HostCode = field(repr=False)


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


def compile_kernel(kernel: Kernel, code: KernelCode, *, optimize: bool) -> CompiledKernel:
    """Compile a kernel's code."""
    compiled = compile_ir(write_frame(code), speed_level=1, code_level=2 if optimize else 0)
    return CompiledKernel(kernel, code, _PHASE(compiled.address("phase")), compiled)
