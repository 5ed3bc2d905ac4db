"""Machine code by LLVM: IR -> optimised IR -> object code -> functions of this process.

llvmlite loads with the first program. Object code depends on nothing of the process: symbols of
the C library are bound when it is loaded, so that `cache` may keep it on disk.
"""

from __future__ import annotations

import ctypes
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from gpudb.compiler import c_library
from gpudb.compiler.check import check
from gpudb.compiler.compiled import Bound, check_arguments, find_entry, pack_words, ranged
from gpudb.compiler.language import Program
from gpudb.compiler.llvm import write_module

if TYPE_CHECKING:
    from llvmlite.binding import ModuleRef, TargetMachine

    from gpudb.compiler.compiled import Argument

# Raise it with every change of the code that the same text gives.
COMPILER_VERSION = 1

_Function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_char_p)


@dataclass(frozen=True, slots=True)
class Phases:
    """Seconds of each phase of a compilation; `write` is from the text to IR."""

    write: float = 0.0
    optimize: float = 0.0
    emit: float = 0.0
    load: float = 0.0

    @property
    def total(self) -> float:
        """The sum of all phases."""
        return self.write + self.optimize + self.emit + self.load


@dataclass(frozen=True, slots=True)
class ObjectCode:
    """What a compilation gives: the optimised IR, for people, and the object code."""

    ir: str
    code: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """The machine that code is made for."""

    triple: str
    cpu: str
    features: str


@dataclass(frozen=True, slots=True, eq=False)
class NativeProgram:
    """A program loaded into this process; the machine code lives as long as this object."""

    program: Program
    functions: dict[str, Callable[[bytes], int]]
    object_code: ObjectCode
    phases: Phases
    from_cache: bool
    engine: object = field(repr=False)

    @property
    def compile_seconds(self) -> float:
        """Seconds from the text to callable code."""
        return self.phases.total

    def call(self, entry_name: str, arguments: Sequence[Argument]) -> int:
        """Run an entry without the GIL."""
        entry = find_entry(self.program, entry_name)
        check_arguments(entry, entry.parameters, arguments)
        return self.functions[entry_name](pack_words(entry.parameters, arguments))

    def bind(self, entry_name: str, arguments: Sequence[Argument]) -> Bound:
        """Pack the arguments after the first two once; calls may run at once on many threads."""
        entry = find_entry(self.program, entry_name)
        parameters = ranged(entry)
        check_arguments(entry, parameters, arguments)
        rest = pack_words(parameters, arguments)
        function = self.functions[entry_name]
        pack = struct.Struct("=qq").pack
        keep = (self, tuple(arguments))

        def run(first: int, end: int, _keep: object = keep) -> int:
            # Every call has words of its own, so that threads do not share them.
            return function(pack(first, end) + rest)

        return run


def compile_program(program: Program) -> NativeProgram:
    """Compile a program and load it; `cache.compile_program` keeps what this makes."""
    code, phases = compile_object(program)
    return load_object(program, code, phases, from_cache=False)


def compile_object(program: Program) -> tuple[ObjectCode, Phases]:
    """Compile a program to object code for this machine."""
    import llvmlite.binding as llvm

    start = time.perf_counter()
    ir = write_module(check(program))
    written = time.perf_counter()
    machine = _machine(jit=False)
    module = llvm.parse_assembly(ir)
    _optimize(module, machine)
    optimized = time.perf_counter()
    code = machine.emit_object(module)
    emitted = time.perf_counter()
    phases = Phases(written - start, optimized - written, emitted - optimized)
    return ObjectCode(str(module), code), phases


def load_object(
    program: Program, code: ObjectCode, phases: Phases, *, from_cache: bool
) -> NativeProgram:
    """Load object code into the process. The engine owns its target machine: one each."""
    import llvmlite.binding as llvm

    start = time.perf_counter()
    find_target()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(jit=True))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.code))
    engine.finalize_object()
    functions: dict[str, Callable[[bytes], int]] = {
        entry.name: _Function(engine.get_function_address(f"gpudb.{entry.name}"))
        for entry in program.entries
    }
    load = time.perf_counter() - start
    phases = Phases(phases.write, phases.optimize, phases.emit, load)
    return NativeProgram(program, functions, code, phases, from_cache, engine)


@lru_cache(maxsize=1)
def find_target() -> Target:
    """Return this machine as LLVM names it; sets LLVM up once."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for name in (*c_library.UNARY, *c_library.BINARY):
        llvm.add_symbol(f"gpudb_{name}", c_library.address(name))
    features = llvm.get_host_cpu_features().flatten()
    return Target(llvm.get_process_triple(), llvm.get_host_cpu_name(), features)


def _machine(*, jit: bool) -> TargetMachine:
    import llvmlite.binding as llvm

    target = find_target()
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=2, reloc="pic", codemodel="small", jit=jit
    )


def _optimize(module: ModuleRef, machine: TargetMachine) -> None:
    import llvmlite.binding as llvm

    module.triple, module.data_layout = find_target().triple, str(machine.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
