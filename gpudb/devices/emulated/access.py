"""Loads, stores and atomics, each checked: bounds, alignment, initialised shared memory, races."""

from __future__ import annotations

import re
from enum import IntEnum

from gpudb.devices.emulated.code import KernelCode
from gpudb.devices.emulated.context import slot_value
from gpudb.devices.emulated.parse import Instruction, split_operands, type_bits
from gpudb.records import dataclass

SPACES = {
    *("global", "shared", "local", "param", "const"),
    *("shared::cta", "shared::cluster", "param::entry", "param::func"),
}
_TYPE = re.compile(r"(?:[subf](?:8|16|32|64|128)|pred)$")
_ADDRESS = re.compile(r"\[\s*([$%\w]+|\d+)\s*(?:\+?\s*(-?\s*\d+))?\s*\]$")
_ORDERED = {"volatile", "relaxed", "acquire", "release"}
_ATOMICS = {"add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec"}


class Kind(IntEnum):
    """How memory is touched; the check for races counts with these numbers."""

    READ = 0
    WRITE = 1
    ATOMIC = 2


@dataclass(frozen=True, slots=True)
class Access:
    """An access of `size` bytes to a state space, "" being generic; a store fills them."""

    space: str
    size: int
    kind: Kind
    fills: bool = False

    @property
    def is_shared(self) -> bool:
        """Whether the space is known to be shared memory."""
        return self.space.startswith("shared")

    @property
    def is_global(self) -> bool:
        """Whether the space is the GPU's memory."""
        return self.space in ("", "global")


def find_space(op: Instruction) -> str:
    """Return the state space that an opcode names, or ""."""
    return next((part for part in op.parts if part in SPACES), "")


def place(code: KernelCode, operand: str, access: Access) -> str:
    """Return a host pointer for `[register + offset]`, checked."""
    found = _ADDRESS.match(operand)
    if found is None:
        raise code.error(f"address {operand} not understood")
    offset = int((found[2] or "0").replace(" ", ""))
    if access.space.startswith("param"):
        if found[1] not in code.memory.parameters.offsets:
            raise code.unsupported()
        at = code.memory.parameters.offsets[found[1]] + offset
        return code.new(f"getelementptr i8, ptr %parameters, i64 {at}")
    address = code.value(found[1], "b64")
    if offset:
        address = code.new(f"add i64 {address}, {offset}")
    pointer = _checked(code, address, access)
    if code.checks.races and access.space not in ("local", "const"):
        host = code.new(f"ptrtoint ptr {pointer} to i64")
        what = access.size | access.kind << 8 | (len(code.sources) - 1) << 16
        code.emit(f"call void @note(ptr %context, i64 {host}, i64 {what}, i32 %thread)")
    return pointer


def _checked(code: KernelCode, address: str, access: Access) -> str:
    checks = code.checks.memory
    if checks and access.size > 1:
        low = code.new(f"and i64 {address}, {access.size - 1}")
        code.expect(code.new(f"icmp eq i64 {low}, 0"), "misaligned address", address)
    if not access.is_shared and access.space != "local":
        if checks:
            _check_buffer(code, address, access.size)
        return code.new(f"inttoptr i64 {address} to ptr")
    memory = "shared" if access.is_shared else "local"
    if checks:
        limit = slot_value("shared_bytes") if access.is_shared else str(code.memory.local.size)
        end = code.new(f"add i64 {address}, {access.size}")
        below = code.new(f"icmp ule i64 {end}, {limit}")
        ordered = code.new(f"icmp ult i64 {address}, {end}")
        inside = code.new(f"and i1 {below}, {ordered}")
        code.expect(inside, f"access outside of {memory} memory", address)
    if checks and access.is_shared:
        _check_written(code, address, access)
    return code.new(f"getelementptr i8, ptr %{memory}, i64 {address}")


def _check_buffer(code: KernelCode, address: str, size: int) -> None:
    """Expect an access inside of a buffer, first the one that this instruction met last time."""
    least, most = code.remember(1), code.remember(0)
    above = code.new(f"icmp uge i64 {address}, {code.new(f'load i64, ptr {least}')}")
    below = code.new(f"icmp ule i64 {address}, {code.new(f'load i64, ptr {most}')}")
    search, found = code.label(), code.label()
    both = code.new(f"and i1 {above}, {below}")
    code.emit(f'br i1 {both}, label %"{found}", label %"{search}", !prof !0')
    code.block(search)
    index = code.new(f"call i64 @find_buffer(ptr %context, i64 {address}, i64 {size})")
    exists = code.new(f"icmp sge i64 {index}, 0")
    code.expect(exists, "access outside of every buffer", address)
    ranges = code.new(f"inttoptr i64 {slot_value('ranges')} to ptr")
    begin = code.new(f"getelementptr i64, ptr {ranges}, i64 {index}")
    end = code.new(f"getelementptr i64, ptr {begin}, i64 1")
    last = code.new(f"sub i64 {code.new(f'load i64, ptr {end}')}, {size}")
    code.emit(f"store i64 {code.new(f'load i64, ptr {begin}')}, ptr {least}")
    code.emit(f"store i64 {last}, ptr {most}")
    code.emit(f'br label %"{found}"')
    code.block(found)


def _check_written(code: KernelCode, address: str, access: Access) -> None:
    """Keep for each byte of shared memory whether it was written, and ask before a read."""
    width = 8 * access.size
    mark = code.new(f"getelementptr i8, ptr %written, i64 {address}")
    if access.fills:
        code.emit(f"store i{width} -1, ptr {mark}, align 1")
        return
    marks = code.new(f"load i{width}, ptr {mark}, align 1")
    known = code.new(f"icmp eq i{width} {marks}, -1")
    code.expect(known, "read of shared memory that nobody wrote", address)


def _vector(code: KernelCode, op: Instruction, names: str) -> tuple[list[str], int]:
    """Return the registers of a load or store, and the bytes of each."""
    if not _TYPE.match(op.type):
        raise code.unsupported()
    listed = split_operands(names[1:-1]) if names.startswith("{") else [names]
    return listed, type_bits(op.type) // 8


def _kind(op: Instruction, plain: Kind) -> Kind:
    return Kind.ATOMIC if _ORDERED & set(op.parts) else plain


def _element(code: KernelCode, pointer: str, offset: int) -> str:
    return code.new(f"getelementptr i8, ptr {pointer}, i64 {offset}") if offset else pointer


def load(code: KernelCode, op: Instruction) -> None:
    """`ld`, of one register or a vector."""
    names, size = _vector(code, op, op.operands[0])
    access = Access(find_space(op), size * len(names), _kind(op, Kind.READ))
    pointer = place(code, op.operands[1], access)
    if access.is_global:
        code.count("bytes read", access.size)
    for index, name in enumerate(names):
        at = _element(code, pointer, index * size)
        code.put(name, op.type, code.new(f"load i{8 * size}, ptr {at}, align 1"))


def store(code: KernelCode, op: Instruction) -> None:
    """`st`, of one register or a vector."""
    names, size = _vector(code, op, op.operands[1])
    access = Access(find_space(op), size * len(names), _kind(op, Kind.WRITE), fills=True)
    pointer = place(code, op.operands[0], access)
    if access.is_global:
        code.count("bytes written", access.size)
    for index, name in enumerate(names):
        at = _element(code, pointer, index * size)
        code.emit(f"store i{8 * size} {code.value(name, op.type)}, ptr {at}, align 1")


def atomic(code: KernelCode, op: Instruction) -> None:
    """`atom`, which gives the old value."""
    _atomic(code, op, op.operands)


def reduction(code: KernelCode, op: Instruction) -> None:
    """`red`, an atomic whose old value nobody wants."""
    _atomic(code, op, ("_", *op.operands))


def _atomic(code: KernelCode, op: Instruction, operands: tuple[str, ...]) -> None:
    kind, width = op.type, type_bits(op.type)
    operation = next(part for part in op.parts[1:] if part in _ATOMICS)
    access = Access(find_space(op), width // 8, Kind.ATOMIC)
    pointer = place(code, operands[1], access)
    code.count("shared atomics" if access.is_shared else "global atomics")
    if operation == "cas":
        expected, value = code.value(operands[2], kind), code.value(operands[3], kind)
        swap = f"cmpxchg ptr {pointer}, i{width} {expected}, i{width} {value} seq_cst seq_cst"
        old = code.new(f"extractvalue {{i{width}, i1}} {code.new(swap)}, 0")
        code.put(operands[0], kind, old)
    elif kind[0] == "f":
        value = f"{code.float_type(kind)} {code.real(operands[2], kind)}"
        code.put_real(
            operands[0], kind, code.new(f"atomicrmw f{operation} ptr {pointer}, {value} seq_cst")
        )
    else:
        name = {"exch": "xchg", "inc": "uinc_wrap", "dec": "udec_wrap"}.get(operation, operation)
        if operation in ("min", "max") and kind[0] != "s":
            name = f"u{name}"
        value = f"i{width} {code.value(operands[2], kind)}"
        code.put(operands[0], kind, code.new(f"atomicrmw {name} ptr {pointer}, {value} seq_cst"))


def convert_address(code: KernelCode, op: Instruction) -> None:
    """`cvta`: shared and local addresses are offsets, generic ones are addresses of the host."""
    space = find_space(op) or "global"
    value = code.value(op.operands[1], "b64")
    if space.startswith("shared") or space == "local":
        base = code.new(f"ptrtoint ptr %{space.partition(':')[0]} to i64")
        value = code.new(f"{'sub' if 'to' in op.parts else 'add'} i64 {value}, {base}")
    code.put(op.operands[0], "u64", value)


ACCESSES = {
    "ld": load,
    "ldu": load,
    "st": store,
    "atom": atomic,
    "red": reduction,
    "cvta": convert_address,
}
