"""The machine that code is made for, as LLVM names it; llvmlite loads with the first question."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

from gpudb.compiler import c_library
from gpudb.records import dataclass

if TYPE_CHECKING:
    from llvmlite.binding import TargetMachine


@dataclass(frozen=True, slots=True)
class Target:
    """The machine that code is made for."""

    triple: str
    cpu: str
    features: str


@lru_cache(maxsize=1)
def find_target() -> Target:
    """Return this machine as LLVM names it; sets LLVM up once."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for name in (*c_library.UNARY, *c_library.BINARY):
        llvm.add_symbol(f"gpudb_{name}", c_library.address(name))
    for name in c_library.MEMORY:
        llvm.add_symbol(name, c_library.address(name))
    features = llvm.get_host_cpu_features().flatten()
    if "+avx512vbmi2" in features:
        # LLVM prefers half registers for the sake of CPUs that slow down at 512 bits; those from
        # this feature on do not, and the scan of bench/ runs at twice the speed.
        features += ",-prefer-256-bit"
    return Target(llvm.get_process_triple(), llvm.get_host_cpu_name(), features)


# How hard instructions are chosen: as soon as can be, and as well as pays.
SOON, WELL = 0, 2


def target_machine(target: Target, level: int = WELL) -> TargetMachine:
    """Return what makes code for a target, one for each thread.

    It keeps what it has found out about its CPU.
    """
    return _machine_of(target, level, threading.get_ident())


@lru_cache(maxsize=8)
def _machine_of(target: Target, level: int, _thread: int) -> TargetMachine:
    return new_machine(target, jit=False, level=level)


def new_machine(target: Target, *, jit: bool, level: int = WELL) -> TargetMachine:
    """Return what makes code for a target, for one owner."""
    import llvmlite.binding as llvm

    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=level, reloc="pic", codemodel="small", jit=jit
    )
