"""A kernel's text -> LLVM IR of one thread: scopes, labels, branches and guards."""

from __future__ import annotations

from gpudb.devices.emulated.access import ACCESSES
from gpudb.devices.emulated.arithmetic import ARITHMETIC, Translate
from gpudb.devices.emulated.bits import BITS
from gpudb.devices.emulated.code import Checks, KernelCode
from gpudb.devices.emulated.collectives import COLLECTIVES
from gpudb.devices.emulated.convert import CONVERSIONS
from gpudb.devices.emulated.fault import PtxError
from gpudb.devices.emulated.layout import Memory
from gpudb.devices.emulated.parse import (
    Directive,
    Instruction,
    Kernel,
    Label,
    Scope,
    parse_variable,
    split_operands,
)

INSTRUCTIONS: dict[str, Translate] = {
    **ARITHMETIC,
    **BITS,
    **CONVERSIONS,
    **ACCESSES,
    **COLLECTIVES,
}
_IGNORED = (".branchtargets", ".pragma", ".loc")


def translate(kernel: Kernel, memory: Memory, checks: Checks) -> KernelCode:
    """Return the code of a kernel; memory is laid out as its declarations ask."""
    return _Translator(kernel, KernelCode(memory, checks)).run()


class _Translator:
    def __init__(self, kernel: Kernel, code: KernelCode) -> None:
        self.kernel, self.code = kernel, code
        self.tables = _branch_tables(kernel)
        self.passed: set[str] = set()
        self.ended = False

    def run(self) -> KernelCode:
        """Translate every statement."""
        for item in self.kernel.items:
            match item:
                case Scope(opens=True):
                    self.code.scopes.append({})
                case Scope():
                    self.code.scopes.pop()
                case Label(name=name):
                    self.label(name)
                case Directive(text=text):
                    self.directive(text)
                case Instruction():
                    self.statement(item)
        if not self.ended:
            self.code.emit("ret i32 -1")
        return self.code

    def label(self, name: str) -> None:
        if name in self.tables:
            return
        if not self.ended:
            self.code.emit(f'br label %"{name}"')
        self.code.block(name)
        self.passed.add(name)
        self.ended = False

    def directive(self, text: str) -> None:
        if text.startswith(".reg"):
            _, kind, names = text.split(None, 2)
            self.code.declare_registers(names, kind[1:])
        elif text.startswith((".shared", ".local")):
            self.code.memory.declare([parse_variable(text)])
        elif not text.startswith(_IGNORED):
            raise PtxError(f"directive not supported: {text}")

    def statement(self, op: Instruction) -> None:
        """Translate an instruction; a guard makes it a block of its own."""
        code = self.code
        if self.ended:
            code.block(code.label())
            self.ended = False
        code.sources.append(op.text)
        guard = None if op.guard is None else code.value(op.guard, "pred")
        if op.parts[0] == "bra":
            self.branch(op.operands[0], guard)
            return
        if guard is None:
            self.ended = self.instruction(op)
            return
        inside, after = code.label(), code.label()
        code.emit(f'br i1 {guard}, label %"{inside}", label %"{after}"')
        code.block(inside)
        if not self.instruction(op):
            code.emit(f'br label %"{after}"')
        code.block(after)

    def branch(self, target: str, guard: str | None) -> None:
        """Branch; backwards costs fuel, so that a loop without end becomes a fault."""
        code = self.code
        if target in self.passed:
            left = code.new(f"sub i64 {code.new('load i64, ptr %fuel')}, 1")
            code.emit(f"store i64 {left}, ptr %fuel")
            code.expect(code.new(f"icmp ne i64 {left}, 0"), "loop does not end")
        if guard is None:
            code.emit(f'br label %"{target}"')
            self.ended = True
            return
        after = code.label()
        code.emit(f'br i1 {guard}, label %"{target}", label %"{after}"')
        code.block(after)

    def instruction(self, op: Instruction) -> bool:
        """Translate what is no branch; return whether control ends here."""
        code = self.code
        match op.parts[0]:
            case "ret" | "exit":
                code.emit("ret i32 -1")
                return True
            case "trap":
                self.trap()
                return True
            case "brx":
                self.branch_by_table(op)
                return True
        translate_one = INSTRUCTIONS.get(op.parts[0])
        if translate_one is None:
            raise code.unsupported()
        translate_one(code, op)
        return False

    def trap(self) -> None:
        self.code.expect("false", "trap")
        self.code.emit("unreachable")

    def branch_by_table(self, op: Instruction) -> None:
        code, other = self.code, self.code.label()
        index = code.value(op.operands[0], "u32")
        targets = enumerate(self.tables[op.operands[1]])
        cases = " ".join(f'i32 {number}, label %"{name}"' for number, name in targets)
        code.emit(f'switch i32 {index}, label %"{other}" [{cases}]')
        code.block(other)
        self.trap()


def _branch_tables(kernel: Kernel) -> dict[str, list[str]]:
    """Return the targets of each branch table, which may stand behind its use."""
    tables: dict[str, list[str]] = {}
    label = ""
    for item in kernel.items:
        if isinstance(item, Label):
            label = item.name
        elif isinstance(item, Directive) and item.text.startswith(".branchtargets"):
            tables[label] = split_operands(item.text.split(None, 1)[1])
    return tables
