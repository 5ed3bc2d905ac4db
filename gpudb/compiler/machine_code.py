"""Machine code by LLVM: IR -> optimised IR -> object code -> functions of this process.

llvmlite, and what writes IR, load with the first program to be compiled. Object code depends on
nothing of the process: symbols of the C library are bound when it is loaded, so that `cache` may
keep it on disk.
"""

from __future__ import annotations

import ctypes
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING

from gpudb.compiler import c_library
from gpudb.compiler.behind import Work
from gpudb.compiler.compiled import Bound, find_entry, ranged
from gpudb.compiler.language import Program
from gpudb.compiler.loader import load
from gpudb.compiler.packing import Packed, Packing, packing
from gpudb.compiler.several import ENTRY, WrittenProgram, run_several
from gpudb.compiler.target import SOON, WELL, find_target, new_machine, target_machine
from gpudb.records import dataclass, replace

if TYPE_CHECKING:
    from llvmlite.binding import ExecutionEngine

    from gpudb.compiler.compiled import Argument, CompiledProgram
    from gpudb.compiler.passes import Texts
    from gpudb.compiler.target import Target

# Raise it with every change of the code that the same text gives.
COMPILER_VERSION = 7

_Function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_char_p)


@dataclass(frozen=True, slots=True)
class Phases:
    """Seconds of each phase: `read` looks the cache up, `write` is from the text to IR.

    Loading LLVM itself, once per process and some 40 ms, is not counted.
    """

    read: float = 0.0
    write: float = 0.0
    optimize: float = 0.0
    emit: float = 0.0
    load: float = 0.0

    @property
    def total(self) -> float:
        """The sum of all phases."""
        return self.read + self.write + self.optimize + self.emit + self.load


@dataclass(frozen=True, slots=True)
class ObjectCode:
    """What a compilation gives: the optimised IR, for people, and the object code."""

    ir: str
    code: bytes


@dataclass(frozen=True, slots=True, eq=False)
class NativeProgram:
    """A program loaded into this process; the machine code lives as long as this object."""

    program: Program
    functions: dict[str, Callable[[bytes], int]] = field(repr=False)
    object_code: ObjectCode = field(repr=False)
    phases: Phases
    from_cache: bool
    engine: object = field(repr=False)
    work: Work | None = field(default=None, repr=False)
    _packings: dict[tuple[str, int], Packing] = field(default_factory=dict, repr=False)

    @property
    def compile_seconds(self) -> float:
        """Seconds from the text to callable code."""
        return self.phases.total

    def as_cached(self) -> NativeProgram:
        """Return the same machine code, at no cost."""
        return replace(self, phases=Phases(), from_cache=True)

    def call(self, entry_name: str, arguments: Sequence[Argument]) -> int:
        """Run an entry without the GIL."""
        words = self._packing(entry_name, 0).pack(arguments)
        return self.functions[entry_name](words)

    def bind(self, entry_name: str, arguments: Sequence[Argument]) -> Bound:
        """Pack the arguments after the first two once; calls may run at once on many threads."""
        packing = self._packing(entry_name, 2)
        return BoundCall(self, entry_name, packing, packing.packed(arguments))

    def _packing(self, entry_name: str, first: int) -> Packing:
        """Return how the parameters of an entry from the place `first` on become words."""
        known = self._packings.get((entry_name, first))
        if known is None:
            entry = find_entry(self.program, entry_name)
            if first:
                ranged(entry)  # checks that a range stands before the others
            known = self._packings[entry_name, first] = packing(entry, first)
        return known


@dataclass(frozen=True, slots=True, eq=False)
class BoundCall:
    """A function of a program with all of its arguments but the first two, which it keeps alive."""

    of: NativeProgram
    entry_name: str
    packing: Packing
    packed: Packed

    def __call__(self, first: int, end: int) -> int:
        """Call the function, which may be a better one than the last call's.

        Every call has words of its own, so that threads do not share them.
        """
        words, work = _RANGE.pack(first, end) + self.packed.words, self.of.work
        if work is None:
            return self.of.functions[self.entry_name](words)
        began = work.begin(end - first)
        result = self.of.functions[self.entry_name](words)
        work.end(began)
        return result

    def again(self, arguments: Sequence[Argument]) -> BoundCall:
        """Return the function with other arguments; those that it had are known already."""
        packed = self.packing.packed(arguments, self.packed)
        return BoundCall(self.of, self.entry_name, self.packing, packed)

    def several(
        self,
        by: CompiledProgram,
        others: Sequence[BoundCall],
        ranges: Sequence[tuple[int, int, int]],
    ) -> tuple[int, int]:
        """Call the function over ranges: places among `others`, this call's alike, first and end.

        Returns how many are whole, and what the last call returned. `by` is SEVERAL, compiled.
        """
        assert isinstance(by, NativeProgram)
        run, work = by.functions[ENTRY], self.of.work
        blocks = [other.packed.words for other in others]
        if work is None:
            return run_several(run, self.of.functions[self.entry_name], blocks, ranges)
        began = work.begin(sum(end - first for _, first, end in ranges))
        found = run_several(run, self.of.functions[self.entry_name], blocks, ranges)
        work.end(began)
        return found


_RANGE = struct.Struct("=qq")


def compile_object(program: Program, *, soon: bool = False) -> tuple[ObjectCode, Phases]:
    """Compile a program to object code for this machine, as well as pays or as soon as can be."""
    from gpudb.compiler.passes import optimize
    from gpudb.compiler.unlocked import emit_object

    target = find_target()
    start = time.perf_counter()
    texts = _written(program, target, soon=soon)
    written = time.perf_counter()
    module = optimize(texts, target)
    optimized = time.perf_counter()
    code = emit_object(target_machine(target, SOON if soon else WELL), module)
    emitted = time.perf_counter()
    phases = Phases(write=written - start, optimize=optimized - written, emit=emitted - optimized)
    return ObjectCode(str(module), code), phases


def _written(program: Program, target: Target, *, soon: bool = False) -> Texts:
    """Return a program's IR; what writes it is loaded now, since cached kernels do without."""
    from gpudb.compiler.check import check
    from gpudb.compiler.host_words import host_words
    from gpudb.compiler.passes import FEWEST_PASSES, Texts, write_texts

    if isinstance(program, WrittenProgram):
        return Texts(program.text, FEWEST_PASSES)
    return write_texts(check(program, host_words(target)), soon=soon)


def compile_text(program: Program, target: Target) -> str:
    """Return the text of the machine code for some CPU of this architecture."""
    from gpudb.compiler.passes import optimize

    find_target()
    module = optimize(_written(program, target), target)
    text: str = target_machine(target).emit_assembly(module)
    return text


def assemble(text: str, target: Target) -> bytes:
    """Return the object code of a text of machine code."""
    import llvmlite.binding as llvm

    find_target()
    llvm.initialize_native_asmparser()
    lines = (line.replace("\\", "\\5C").replace('"', "\\22") for line in text.split("\n"))
    module = llvm.parse_assembly("\n".join(f'module asm "{line}"' for line in lines))
    code: bytes = target_machine(target).emit_object(module)
    return code


def compile_program(program: Program) -> NativeProgram:
    """Compile a program and load it."""
    code, phases = compile_object(program, soon=program.soon)
    loaded = load_object(program, code, phases, from_cache=False)
    return improved_by(loaded, lambda: compile_object(program)[0]) if program.soon else loaded


def improved_by(loaded: NativeProgram, make_well: Callable[[], ObjectCode]) -> NativeProgram:
    """Return a program made soon, which will be made well once it has run over many rows."""
    functions = loaded.functions

    def improve() -> None:
        better = load_object(loaded.program, make_well(), Phases(), from_cache=False)
        keep.append(better)
        functions.update(better.functions)

    # Threads may still run what was made soon.
    keep: list[NativeProgram] = []
    return replace(loaded, engine=(loaded.engine, keep), work=Work(improve))


def load_object(
    program: Program, code: ObjectCode, phases: Phases, *, from_cache: bool
) -> NativeProgram:
    """Load object code into the process."""
    start = time.perf_counter()
    engine = load(code.code, c_library.find_address) or _engine(code)
    functions: dict[str, Callable[[bytes], int]] = {
        entry.name: _Function(engine.get_function_address(f"gpudb.{entry.name}"))
        for entry in program.entries
    }
    phases = replace(phases, load=time.perf_counter() - start)
    return NativeProgram(program, functions, code, phases, from_cache, engine)


def _engine(code: ObjectCode) -> ExecutionEngine:
    """Return what LLVM's own loader makes of object code; it owns its target machine: one each."""
    import llvmlite.binding as llvm

    machine = new_machine(find_target(), jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.code))
    engine.finalize_object()
    return engine


@lru_cache(maxsize=1)
def find_versions() -> tuple[str, str]:
    """Return the versions of llvmlite and of the LLVM in it."""
    import llvmlite
    import llvmlite.binding as llvm

    return llvmlite.__version__, ".".join(map(str, llvm.llvm_version_info))


def find_origin() -> tuple[str, ...]:
    """Return what tells the object code of this machine and LLVM from that of others."""
    return (*find_versions(), repr(find_target()))
