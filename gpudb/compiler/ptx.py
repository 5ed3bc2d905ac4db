"""PTX, the assembly language of NVIDIA's GPUs, by LLVM's own back end: no toolkit, no driver.

    typed functions -> LLVM IR for nvptx64 -> optimised IR -> PTX 8.0 (drivers from 12.0 on)

Every entry becomes a kernel that takes its parameters as they are: pointers, 64-bit ints, doubles,
bools as bytes. Its scratch lies in the block's shared memory. What an entry returns is dropped.
Everything that it calls is inlined.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import field
from functools import lru_cache

from gpudb.compiler.check import check
from gpudb.compiler.device_division import DIVISIONS, METADATA, without_division
from gpudb.compiler.device_library import REPLACEMENTS, device_source
from gpudb.compiler.device_threads import INTRINSICS
from gpudb.compiler.device_words import DEVICE, WORDS, write_word
from gpudb.compiler.language import (
    COLUMNS,
    Entry,
    LanguageError,
    Pointer,
    Program,
    Scratch,
    ValueType,
)
from gpudb.compiler.llvm import (
    ELEMENT_TYPES,
    find_definitions,
    result_type,
    write_function,
)
from gpudb.compiler.llvm_operations import DEFINITIONS
from gpudb.compiler.loads_first import loads_first
from gpudb.compiler.tree import Function
from gpudb.compiler.words import Words
from gpudb.compiler.written import find_written
from gpudb.records import dataclass

TRIPLE = "nvptx64-nvidia-cuda"
DATA_LAYOUT = "e-p6:32:32-i64:64-i128:128-v16:16-v32:32-n16:32:64"
# The least version of PTX that LLVM writes for a generation of GPUs.
PTX_VERSIONS = ((100, "86"), (0, "80"))

Parameter = tuple[str, ValueType | Pointer]


@dataclass(frozen=True, slots=True)
class PtxEntry:
    """A kernel: the parameters that a launch passes, and the shared memory of a block."""

    name: str
    parameters: tuple[Parameter, ...]
    shared_bytes: int


@dataclass(frozen=True, slots=True)
class PtxProgram:
    """PTX text for one architecture, its entries, and the optimised IR, for people."""

    text: str
    entries: tuple[PtxEntry, ...]
    architecture: str
    ir: str = field(repr=False)
    compile_seconds: float = 0.0


def compile_ptx(program: Program, architecture: str = "sm_75") -> PtxProgram:
    """Compile a program to PTX.

    The words of `device_words` win over functions of the program with the same names. Raises
    LanguageError, which names the line, for what is not in the kernel language.
    """
    import llvmlite.binding as llvm

    _initialize()
    start = time.perf_counter()
    module = llvm.parse_assembly(write_device_module(program))
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(
        cpu=architecture, opt=3, features=f"+ptx{_version(architecture)}"
    )
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    optimised = str(module)
    moved = loads_first(optimised)
    if moved != optimised:
        module = llvm.parse_assembly(moved)
    text = machine.emit_assembly(module)
    seconds = time.perf_counter() - start
    entries = tuple(map(_ptx_entry, program.entries))
    return PtxProgram(text, entries, architecture, moved, seconds)


def write_driver(name: str, function: str, parameters: Sequence[Parameter]) -> tuple[str, Entry]:
    """Return the text of an entry that deals rows to all threads of a launch, and the entry.

    It takes `begin` and `end` and `parameters`, and calls `function(first, end, step, ...)`, each
    thread with rows of its own.
    """
    names = ", ".join(parameter for parameter, _ in parameters)
    rest = f", {names}" if names else ""
    text = (
        f"def {name}(begin, end{rest}):\n"
        f"    {function}(begin + thread_index(), end, thread_count(){rest})\n"
    )
    index = (("begin", ValueType.INT), ("end", ValueType.INT))
    return text, Entry(name, (*index, *parameters))


def write_device_module(program: Program) -> str:
    """Return the IR of a program for the device, not yet optimised."""
    results = {name: word.typing for name, word in WORDS.items()}
    functions = check(program, Words(results, device_source(), REPLACEMENTS, COLUMNS))
    parts = [write_word(f) if f.is_word else write_function(f, DEVICE) for f in functions]
    text = "\n".join(parts)
    entries = [function for function in functions if function.is_entry]
    for entry in entries:
        text = text.replace(f'@"{entry.name}"(', f'@"{entry.name}.body"(')
    text += "\n".join(map(_write_kernel, entries))
    text = without_division(text)
    definitions = "\n".join(find_definitions(text, _definitions()))
    head = f'target triple = "{TRIPLE}"\ntarget datalayout = "{DATA_LAYOUT}"\n'
    return f"{head}{text}\n{definitions}\n{METADATA}"


def _write_kernel(function: Function) -> str:
    """Return the kernel that calls an entry, and its scratch.

    Only buffers that the kernel never writes are `noalias`: of others LLVM would assume that no
    thread changes them across a barrier.
    """
    written = find_written(function)
    scratch, parameters, lines, arguments = [], [], [], []
    for index, (parameter, kind) in enumerate(function.parameters):
        given = f"{DEVICE.type(kind)} %p{index}"
        match kind:
            case Scratch(element=element, length=length, view_of=other):
                name = f'@"{function.name}.{other or parameter}"'
                array = f"[{length} x {ELEMENT_TYPES[element]}]"
                if other is None:
                    scratch.append(f"{name} = internal addrspace(3) global {array} undef, align 16")
                given = f"{DEVICE.type(kind)} {name}"
            case Pointer():
                only_read = "" if parameter in written else "noalias readonly "
                parameters.append(f"{DEVICE.type(kind)} {only_read}%p{index}")
            case ValueType.BOOL:
                parameters.append(f"i8 %byte{index}")
                lines.append(f"  %p{index} = icmp ne i8 %byte{index}, 0")
            case _:
                parameters.append(given)
        arguments.append(given)
    called = f'call {result_type(function)} @"{function.name}.body"({", ".join(arguments)})'
    if function.result is not None:
        called = f"%r = {called}"
    head = f'define ptx_kernel void @"{function.name}"({", ".join(parameters)})'
    return "\n".join([*scratch, f"{head} {{", *lines, f"  {called}", "  ret void", "}\n"])


def _ptx_entry(entry: Entry) -> PtxEntry:
    passed = tuple(p for p in entry.parameters if not isinstance(p[1], Scratch))
    sizes = [
        kind.length * int(re.sub(r"\D", "", kind.element)) // 8
        for _, kind in entry.parameters
        if isinstance(kind, Scratch) and kind.view_of is None
    ]
    return PtxEntry(entry.name, passed, sum(-(-size // 16) * 16 for size in sizes))


def _version(architecture: str) -> str:
    generation = re.fullmatch(r"sm_(\d+)[af]?", architecture)
    if generation is None:
        raise LanguageError(f"{architecture} is no architecture such as sm_75")
    return next(v for least, v in PTX_VERSIONS if int(generation[1]) >= least)


@lru_cache(maxsize=1)
def _definitions() -> dict[str, str]:
    """Return what operations and words call, all of it to be inlined."""
    inlined = {
        name: text.replace(" noinline ", " alwaysinline ") for name, text in DEFINITIONS.items()
    }
    return {**inlined, **INTRINSICS, **DIVISIONS}


@lru_cache(maxsize=1)
def _initialize() -> None:
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
