"""Checked functions -> optimised IR.

LLVM's own list of passes is run for what may become SIMD; for the rest, which is most of a kernel,
those few that matter: the loops there wait for memory, and what the other passes look for is not
written by our generator. See `lanes` for how the two are told apart. Code that is wanted soon gets
the fewest passes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from gpudb.compiler.growth import may_have_lanes
from gpudb.compiler.lanes import called_by, part
from gpudb.compiler.llvm import declare, write_module
from gpudb.compiler.steps import with_known_steps
from gpudb.compiler.target import Target, target_machine
from gpudb.compiler.unlocked import run_passes
from gpudb.records import dataclass, replace

if TYPE_CHECKING:
    from llvmlite.binding import ContextRef, ModulePassManager, ModuleRef

    from gpudb.compiler.tree import Function

# In order. Locals become registers before callees are inlined: at each return of a callee the
# inliner would note for each of its locals that it lives no longer.
QUICK_PASSES = (
    *("sroa", "always_inliner", "global_dead_code_eliminate", "instruction_combine"),
    *("simplify_cfg", "loop_rotate"),
)
FEWEST_PASSES = ("sroa", "always_inliner", "global_dead_code_eliminate", "simplify_cfg")
# Stands for LLVM's own list.
ALL_PASSES = ()

_NAME = re.compile(r'[%@]"[^"]+"')


@dataclass(frozen=True, slots=True)
class Texts:
    """IR before any pass: the program, the passes that it gets, and its loops that get all."""

    program: str
    passes: tuple[str, ...]
    loops: tuple[str, ...] = ()


def write_texts(functions: Sequence[Function], *, soon: bool = False) -> Texts:
    """Return the IR of a program's functions by the passes that it needs."""
    functions = with_known_steps(functions)
    if soon:
        return Texts(write_module(functions, is_joined=True), FEWEST_PASSES)
    parted = part(functions)
    if may_have_lanes(parted.rest):
        return Texts(write_module(functions), ALL_PASSES)
    text = write_module(parted.rest)
    loops: dict[str, str] = {}
    for loop in parted.loops:
        name, written = _write_loop(loop, functions)
        text = text.replace(f'@"{loop.name}"', f'@"{name}"')
        loops[declare(replace(loop, name=name))] = written
    return Texts("\n".join((text, *loops)), QUICK_PASSES, tuple(loops.values()))


def _write_loop(loop: Function, functions: Sequence[Function]) -> tuple[str, str]:
    """Return a loop's name and IR, which are the same for all loops that do the same."""
    places: dict[str, str] = {}

    def number(name: re.Match[str]) -> str:
        return places.setdefault(name[0], f'{name[0][0]}"{len(places)}"')

    text = _NAME.sub(number, write_module(called_by([loop], functions), loops=[loop]))
    digest = blake2b(text.encode(), digest_size=16).hexdigest()
    name = f"loop.{digest}"
    return name, text.replace(places[f'@"{loop.name}"'], f'@"{name}"')


def optimize(texts: Texts, target: Target) -> ModuleRef:
    """Return the module of all of a program, optimised for a machine.

    It has a context of its own, so that threads may do so at once.
    """
    import llvmlite.binding as llvm

    context = llvm.create_context()
    module = _optimized(texts.program, target, texts.passes, context)
    for text in texts.loops:
        module.link_in(llvm.parse_bitcode(_optimized_loop(text, target), context))
    return module


@lru_cache(maxsize=256)
def _optimized_loop(text: str, target: Target) -> bytes:
    """Return the bitcode of a loop's module: other programs have the same loop."""
    import llvmlite.binding as llvm

    module = _optimized(text, target, ALL_PASSES, llvm.create_context())
    bitcode: bytes = module.as_bitcode()
    return bitcode


def _optimized(text: str, target: Target, names: tuple[str, ...], context: ContextRef) -> ModuleRef:
    import llvmlite.binding as llvm

    machine = target_machine(target)
    # Level 1 with SIMD, without unrolled copies of loops, makes kernels as fast as level 3 in half
    # of the time: they wait for memory, and inlining is not left to the passes.
    options = llvm.create_pipeline_tuning_options(speed_level=1)
    options.loop_vectorization = True
    options.loop_interleaving = False
    options.loop_unrolling = False
    options.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    passes = _chosen(names) if names else builder.getModulePassManager()
    module = llvm.parse_assembly(text, context)
    module.triple, module.data_layout = target.triple, str(machine.target_data)
    run_passes(passes, module, builder)
    return module


def _chosen(names: tuple[str, ...]) -> ModulePassManager:
    import llvmlite.binding as llvm

    passes = llvm.create_new_module_pass_manager()
    for name in names:
        getattr(passes, f"add_{name}_pass")()
    return passes
