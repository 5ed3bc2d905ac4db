"""Checked functions -> optimised IR.

LLVM's own list of passes is run for what may become SIMD; for the rest, which is most of a kernel,
those few that matter: the loops there wait for memory, and what the other passes look for is not
written by our generator. See `lanes` for how the two are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from gpudb.compiler.growth import may_have_lanes
from gpudb.compiler.lanes import called_by, part
from gpudb.compiler.llvm import declare, write_module
from gpudb.compiler.steps import with_known_steps
from gpudb.compiler.target import Target, target_machine
from gpudb.records import dataclass

if TYPE_CHECKING:
    from llvmlite.binding import ModulePassManager, ModuleRef

    from gpudb.compiler.tree import Function

# In order; callees are inlined first.
QUICK_PASSES = (
    *("always_inliner", "global_dead_code_eliminate", "sroa", "instruction_combine"),
    *("simplify_cfg", "loop_rotate"),
)


_NAME = re.compile(r'[%@]"[^"]+"')


@dataclass(frozen=True, slots=True)
class Texts:
    """IR before any pass: the program, whether it needs all passes, and its loops that do."""

    program: str
    is_whole: bool
    loops: tuple[str, ...] = ()


def write_texts(functions: Sequence[Function]) -> Texts:
    """Return the IR of a program's functions by the passes that it needs."""
    functions = with_known_steps(functions)
    parted = part(functions)
    if may_have_lanes(parted.rest):
        return Texts(write_module(functions), is_whole=True)
    text = write_module(parted.rest)
    loops: dict[str, str] = {}
    for loop in parted.loops:
        name, written = _write_loop(loop, functions)
        text = text.replace(f'@"{loop.name}"', f'@"{name}"')
        loops[declare(replace(loop, name=name))] = written
    return Texts("\n".join((text, *loops)), is_whole=False, loops=tuple(loops.values()))


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
    """Return the module of all of a program, optimised for a machine."""
    import llvmlite.binding as llvm

    module = _optimized(texts.program, target, is_whole=texts.is_whole)
    for text in texts.loops:
        module.link_in(llvm.parse_bitcode(_optimized_loop(text, target)))
    return module


@lru_cache(maxsize=256)
def _optimized_loop(text: str, target: Target) -> bytes:
    """Return the bitcode of a loop's module: other programs have the same loop."""
    bitcode: bytes = _optimized(text, target, is_whole=True).as_bitcode()
    return bitcode


def _optimized(text: str, target: Target, *, is_whole: bool) -> ModuleRef:
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
    passes = builder.getModulePassManager() if is_whole else _quick_passes()
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = target.triple, str(machine.target_data)
    passes.run(module, builder)
    return module


def _quick_passes() -> ModulePassManager:
    import llvmlite.binding as llvm

    passes = llvm.create_new_module_pass_manager()
    for name in QUICK_PASSES:
        getattr(passes, f"add_{name}_pass")()
    return passes
