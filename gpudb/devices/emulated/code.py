"""The code of one kernel in the making: LLVM IR lines, registers, operands.

Every PTX register is a stack slot of its bits, which LLVM makes a register of; values are written
as integers and read as floats where an instruction says so.
"""

from __future__ import annotations

import re
from dataclasses import field
from itertools import count

from gpudb.devices.emulated.context import COUNTED, FAULT_CODES, slot_value
from gpudb.devices.emulated.fault import PtxError
from gpudb.devices.emulated.layout import Memory, is_number, parse_number
from gpudb.devices.emulated.parse import type_bits
from gpudb.devices.emulated.registers import special_register
from gpudb.records import dataclass

FLOATS = {16: "half", 32: "float", 64: "double"}
_REGISTERS = re.compile(r"\s*([$%\w]+?)(?:<(\d+)>)?\s*$")
_NAME = re.compile(r"([$%\w]+)\s*([+-]\s*\d+)?$")


@dataclass(frozen=True, slots=True)
class Checks:
    """What the code checks: memory accesses, and, at some cost, races; and whether it counts."""

    memory: bool = True
    races: bool = False
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Where threads wait: for their warp or their block, and what for."""

    scope: str
    operation: str
    detail: str = ""


@dataclass(slots=True)
class KernelCode:
    """Lines of IR, and what its names mean."""

    memory: Memory
    checks: Checks
    lines: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    registers: dict[str, int] = field(default_factory=dict)
    remembered: list[int] = field(default_factory=list)
    scopes: list[dict[str, tuple[str, int]]] = field(default_factory=lambda: [{}])
    numbers: count[int] = field(default_factory=count)

    # Text

    def emit(self, text: str) -> None:
        """Write an instruction."""
        self.lines.append(f"  {text}")

    def new(self, text: str) -> str:
        """Write an instruction that has a result; return its name."""
        name = f"%t{next(self.numbers)}"
        self.lines.append(f"  {name} = {text}")
        return name

    def block(self, label: str) -> None:
        """Begin a basic block."""
        self.lines.append(f'"{label}":')

    def label(self) -> str:
        """Return a new label."""
        return f"b.{next(self.numbers)}"

    def error(self, message: str) -> PtxError:
        """Return an error that shows the present instruction."""
        return PtxError(f"{message} in: {self.sources[-1] if self.sources else ''}")

    def unsupported(self) -> PtxError:
        """Return the error of an instruction that this machine does not know."""
        return PtxError(f"instruction not supported: {self.sources[-1]}")

    # Values

    def declare_registers(self, names: str, kind: str) -> None:
        """Declare `%p<4>, %x`: registers of one type."""
        for part in names.split(","):
            found = _REGISTERS.match(part)
            if found is None:
                raise self.error(f"registers {part} not understood")
            listed = [f"{found[1]}{i}" for i in range(int(found[2]))] if found[2] else [found[1]]
            for name in listed:
                self.declare_register(self.scopes[-1], name, type_bits(kind))

    def declare_register(self, scope: dict[str, tuple[str, int]], name: str, width: int) -> None:
        """Declare one register."""
        place = f"%r{len(self.registers)}"
        self.registers[place] = width
        scope[name] = (place, width)

    def find_register(self, name: str) -> tuple[str, int] | None:
        """Return a register's place and width, or None."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    def remember(self, first: int) -> str:
        """Return the place of a word that a thread keeps until it waits; it begins as `first`."""
        self.remembered.append(first)
        return f"%kept{len(self.remembered) - 1}"

    def resize(self, value: str, have: int, want: int, *, is_signed: bool = False) -> str:
        """Return a value with another number of bits."""
        if have == want:
            return value
        operation = "trunc" if have > want else "sext" if is_signed else "zext"
        return self.new(f"{operation} i{have} {value} to i{want}")

    def value(self, operand: str, kind: str) -> str:
        """Return an operand's bits as an integer of the type's width."""
        width = type_bits(kind)
        if operand.startswith("!"):
            return self.new(f"xor i1 {self.value(operand[1:], 'pred')}, true")
        if is_number(operand):
            number = parse_number(operand, kind) & ((1 << width) - 1)
            return ("true" if number else "false") if width == 1 else str(number)
        if operand.startswith("-%"):
            return self.new(f"sub i{width} 0, {self.value(operand[1:], kind)}")
        special = special_register(self.new, operand)
        if special is not None:
            return self.resize(*special, width)
        return self._named(operand, kind)

    def _named(self, operand: str, kind: str) -> str:
        """Return the value of a register or the address of a variable, plus an offset."""
        found, width = _NAME.match(operand), type_bits(kind)
        if found is None:
            raise self.error(f"operand {operand} not understood")
        register = self.find_register(found[1])
        if register is not None:
            place, have = register
            loaded = self.new(f"load i{have}, ptr {place}")
            return self.resize(loaded, have, width, is_signed=kind[0] == "s")
        offset = int((found[2] or "0").replace(" ", ""))
        memory = self.memory
        for places in (memory.shared.offsets, memory.local.offsets, memory.module.addresses):
            if found[1] in places:
                return str(places[found[1]] + offset)
        if found[1] in memory.dynamic:
            address = self.new(f"add i64 {slot_value('dynamic_begin')}, {offset}")
            return self.resize(address, 64, width)
        raise self.error(f"operand {operand} not understood")

    def real(self, operand: str, kind: str) -> str:
        """Return an operand as a float."""
        width = type_bits(kind)
        return self.new(f"bitcast i{width} {self.value(operand, kind)} to {self.float_type(kind)}")

    def float_type(self, kind: str) -> str:
        """Return LLVM's name of a float type."""
        if kind[0] != "f" or kind.endswith("x2"):
            raise self.unsupported()
        return FLOATS[type_bits(kind)]

    def put(self, operand: str, kind: str, value: str) -> None:
        """Write bits to a register, `_` being none."""
        if operand == "_":
            return
        found = self.find_register(operand)
        if found is None:
            raise self.error(f"there is no register {operand}")
        place, have = found
        resized = self.resize(value, type_bits(kind), have, is_signed=kind[0] == "s")
        self.emit(f"store i{have} {resized}, ptr {place}")

    def put_real(self, operand: str, kind: str, value: str) -> None:
        """Write a float to a register."""
        cast = f"bitcast {self.float_type(kind)} {value} to i{type_bits(kind)}"
        self.put(operand, kind, self.new(cast))

    def count(self, what: str, amount: int = 1) -> None:
        """Add to one of COUNTED, if that is asked for."""
        if self.checks.counts:
            base = self.new(f"inttoptr i64 {slot_value('counts')} to ptr")
            at = self.new(f"getelementptr i64, ptr {base}, i64 {COUNTED.index(what)}")
            more = self.new(f"add i64 {self.new(f'load i64, ptr {at}')}, {amount}")
            self.emit(f"store i64 {more}, ptr {at}")

    # Control

    def expect(self, condition: str, fault: str, address: str = "0") -> None:
        """Stop the kernel with a fault where the condition does not hold."""
        bad, good = self.label(), self.label()
        self.emit(f'br i1 {condition}, label %"{good}", label %"{bad}", !prof !0')
        self.block(bad)
        arguments = f"i64 {FAULT_CODES[fault]}, i64 {address}, i64 {len(self.sources) - 1}"
        self.emit(f"call void @failed(ptr %context, {arguments}, i32 %thread)")
        self.emit("ret i32 -2")
        self.block(good)

    def stop(self, stop: Stop, values: tuple[str, ...] = ()) -> None:
        """Leave 64-bit values for the scheduler, return to it, and go on when it calls again."""
        self.stops.append(stop)
        if stop.operation in ("sync", "shfl"):
            self.count("shuffles" if stop.operation == "shfl" else "barriers")
        number = len(self.stops)
        for index, value in enumerate(values):
            self.emit(f"store i64 {value}, ptr {self.exchange(index)}")
        self.emit(f"store i32 {number}, ptr %stopped")
        self.emit("br label %save")
        self.lines.append(f"resume.{number}:")

    def exchange(self, index: int) -> str:
        """Return the place of a word that thread and scheduler exchange."""
        return self.new(f"getelementptr i64, ptr %exchange, i64 {index}")

    def answer(self, index: int = 0) -> str:
        """Return a word that the scheduler left."""
        return self.new(f"load i64, ptr {self.exchange(index)}")
