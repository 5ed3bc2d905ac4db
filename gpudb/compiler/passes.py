"""Checked functions -> optimised IR.

LLVM's own list of passes is run for what may become SIMD; for the rest, which is most of a kernel,
those few that matter: the loops there wait for memory, and what the other passes look for is not
written by our generator. See `lanes` for how the two are told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gpudb.compiler.growth import may_have_lanes
from gpudb.compiler.lanes import called_by, part
from gpudb.compiler.llvm import write_module
from gpudb.compiler.steps import with_known_steps
from gpudb.records import dataclass

if TYPE_CHECKING:
    from llvmlite.binding import ModulePassManager, ModuleRef, TargetMachine

    from gpudb.compiler.tree import Function

# In order; callees are inlined first.
QUICK_PASSES = (
    *("always_inliner", "global_dead_code_eliminate", "sroa", "instruction_combine"),
    *("simplify_cfg", "loop_rotate"),
)


@dataclass(frozen=True, slots=True)
class Texts:
    """IR before any pass: what gets the quick ones, and what all."""

    quick: str | None
    whole: str | None


def write_texts(functions: Sequence[Function]) -> Texts:
    """Return the IR of a program's functions by the passes that it needs."""
    functions = with_known_steps(functions)
    parted = part(functions)
    if may_have_lanes(parted.rest):
        return Texts(None, write_module(functions))
    quick = write_module(parted.rest, apart=parted.loops)
    if not parted.loops:
        return Texts(quick, None)
    return Texts(quick, write_module(called_by(parted.loops, functions), loops=parted.loops))


def optimize(texts: Texts, machine: TargetMachine, triple: str) -> ModuleRef:
    """Return the module of all of a program, optimised for a machine."""
    import llvmlite.binding as llvm

    # Level 1 with SIMD, without unrolled copies of loops, makes kernels as fast as level 3 in half
    # of the time: they wait for memory, and inlining is not left to the passes.
    options = llvm.create_pipeline_tuning_options(speed_level=1)
    options.loop_vectorization = True
    options.loop_interleaving = False
    options.loop_unrolling = False
    options.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    all_passes, quick_passes = builder.getModulePassManager(), _quick_passes()
    modules = []
    for text, passes in ((texts.quick, quick_passes), (texts.whole, all_passes)):
        if text is not None:
            module = llvm.parse_assembly(text)
            module.triple, module.data_layout = triple, str(machine.target_data)
            passes.run(module, builder)
            modules.append(module)
    for other in modules[1:]:
        modules[0].link_in(other)
    return modules[0]


def _quick_passes() -> ModulePassManager:
    import llvmlite.binding as llvm

    passes = llvm.create_new_module_pass_manager()
    for name in QUICK_PASSES:
        getattr(passes, f"add_{name}_pass")()
    return passes
