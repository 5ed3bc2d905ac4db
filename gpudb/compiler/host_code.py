"""LLVM IR written by others -> code of this process."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from gpudb.compiler.target import find_target
from gpudb.records import dataclass

if TYPE_CHECKING:
    from llvmlite.binding import ExecutionEngine


@dataclass(frozen=True, slots=True, eq=False)
class HostCode:
    """Compiled IR; its code lives as long as this object."""

    engine: ExecutionEngine = field(repr=False)

    def address(self, name: str) -> int:
        """Return the address of a function."""
        found: int = self.engine.get_function_address(name)
        return found


def compile_ir(text: str, *, speed_level: int = 2, code_level: int = 2) -> HostCode:
    """Compile a module, given without triple and data layout, for this machine.

    The levels, from 0, are those of the passes over IR and of the instructions made of it.
    """
    import llvmlite.binding as llvm

    target = find_target()
    machine = llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=code_level, jit=True
    )
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = target.triple, str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=speed_level)
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return HostCode(engine)
