"""Instructions on bits: logic, shifts, fields and permutations."""

from __future__ import annotations

from gpudb.devices.emulated.arithmetic import Translate, binary
from gpudb.devices.emulated.code import KernelCode
from gpudb.devices.emulated.layout import parse_number
from gpudb.devices.emulated.parse import Instruction, split_operands, type_bits


def move(code: KernelCode, op: Instruction) -> None:
    """`mov`, also between a register and the parts of a vector."""
    target, source = op.operands
    width = type_bits(op.type)
    if target.startswith("{"):
        names, value = split_operands(target[1:-1]), code.value(source, op.type)
        each = width // len(names)
        for index, name in enumerate(names):
            part = code.new(f"lshr i{width} {value}, {index * each}")
            code.put(name, f"b{each}", code.resize(part, width, each))
        return
    if not source.startswith("{"):
        code.put(target, op.type, code.value(source, op.type))
        return
    names, total = split_operands(source[1:-1]), "0"
    each = width // len(names)
    for index, name in enumerate(names):
        part = code.resize(code.value(name, f"b{each}"), each, width)
        moved = code.new(f"shl i{width} {part}, {index * each}")
        total = code.new(f"or i{width} {total}, {moved}")
    code.put(target, op.type, total)


def invert(code: KernelCode, op: Instruction) -> None:
    """`not`."""
    value = code.value(op.operands[1], op.type)
    code.put(op.operands[0], op.type, code.new(f"xor i{type_bits(op.type)} {value}, -1"))


def shift(operation: str) -> Translate:
    """Return `shl` or `shr`; an amount beyond the width shifts everything out."""

    def translate(code: KernelCode, op: Instruction) -> None:
        width = type_bits(op.type)
        name = "ashr" if operation == "lshr" and op.type[0] == "s" else operation
        value, amount = code.value(op.operands[1], op.type), code.value(op.operands[2], "u32")
        is_large = code.new(f"icmp ugt i32 {amount}, {width - 1}")
        most = width - 1 if name == "ashr" else 0
        safe = code.new(f"select i1 {is_large}, i32 {most}, i32 {amount}")
        result = code.new(f"{name} i{width} {value}, {code.resize(safe, 32, width)}")
        if name != "ashr":
            result = code.new(f"select i1 {is_large}, i{width} 0, i{width} {result}")
        code.put(op.operands[0], op.type, result)

    return translate


def _joined(code: KernelCode, low: str, high: str) -> str:
    """Return two values of 32 bits as one of 64."""
    upper = code.new(f"shl i64 {code.resize(high, 32, 64)}, 32")
    return code.new(f"or i64 {code.resize(low, 32, 64)}, {upper}")


def funnel_shift(code: KernelCode, op: Instruction) -> None:
    """`shf`."""
    low, high, amount = (code.value(operand, "b32") for operand in op.operands[1:])
    if "wrap" in op.parts:
        amount = code.new(f"and i32 {amount}, 31")
    else:
        amount = code.new(f"call i32 @llvm.umin.i32(i32 {amount}, i32 32)")
    both, amount = _joined(code, low, high), code.resize(amount, 32, 64)
    if "l" in op.parts:
        result = code.new(f"lshr i64 {code.new(f'shl i64 {both}, {amount}')}, 32")
    else:
        result = code.new(f"lshr i64 {both}, {amount}")
    code.put(op.operands[0], "b32", code.resize(result, 64, 32))


def counting(name: str, extra: str = "") -> Translate:
    """Return `popc`, `clz` or `brev`; counts have 32 bits."""

    def translate(code: KernelCode, op: Instruction) -> None:
        width = type_bits(op.type)
        value = code.value(op.operands[1], op.type)
        result = code.new(f"call i{width} @llvm.{name}.i{width}(i{width} {value}{extra})")
        if name == "bitreverse":
            code.put(op.operands[0], op.type, result)
        else:
            code.put(op.operands[0], "u32", code.resize(result, width, 32))

    return translate


def _field(code: KernelCode, operands: tuple[str, ...], width: int) -> tuple[str, str]:
    """Return the begin and the length of a field, whose lower 8 bits count."""
    begin, length = (
        code.resize(code.new(f"and i32 {code.value(operand, 'u32')}, 255"), 32, width)
        for operand in operands
    )
    return begin, length


def extract_field(code: KernelCode, op: Instruction) -> None:
    """`bfe`; a signed field that reaches beyond the value is filled with its sign."""
    kind, width, is_signed = op.type, type_bits(op.type), op.type[0] == "s"
    value = code.resize(code.value(op.operands[1], kind), width, 128, is_signed=is_signed)
    begin, length = _field(code, op.operands[2:], 128)
    length = code.new(f"call i128 @llvm.umin.i128(i128 {length}, i128 {width})")
    begin = code.new(f"call i128 @llvm.umin.i128(i128 {begin}, i128 {width})")
    above = code.new(f"sub i128 128, {length}")
    is_empty = code.new(f"icmp eq i128 {length}, 0")
    above = code.new(f"select i1 {is_empty}, i128 0, i128 {above}")
    result = code.new(f"shl i128 {code.new(f'ashr i128 {value}, {begin}')}, {above}")
    result = code.new(f"{'ashr' if is_signed else 'lshr'} i128 {result}, {above}")
    result = code.new(f"select i1 {is_empty}, i128 0, i128 {result}")
    code.put(op.operands[0], kind, code.resize(result, 128, width))


def insert_field(code: KernelCode, op: Instruction) -> None:
    """`bfi`."""
    kind, width = op.type, type_bits(op.type)
    value, into = (code.resize(code.value(o, kind), width, 512) for o in op.operands[1:3])
    begin, length = _field(code, op.operands[3:], 512)
    mask = code.new(f"sub i512 {code.new(f'shl i512 1, {length}')}, 1")
    mask = code.new(f"shl i512 {mask}, {begin}")
    put = code.new(f"and i512 {code.new(f'shl i512 {value}, {begin}')}, {mask}")
    keep = code.new(f"and i512 {into}, {code.new(f'xor i512 {mask}, -1')}")
    code.put(op.operands[0], kind, code.resize(code.new(f"or i512 {put}, {keep}"), 512, width))


def permute_bytes(code: KernelCode, op: Instruction) -> None:
    """`prmt`, of which only the plain mode is known."""
    if len(op.parts) > 2:
        raise code.unsupported()
    low, high, selector = (code.value(operand, "b32") for operand in op.operands[1:])
    both, total = _joined(code, low, high), "0"
    for index in range(4):
        choice = code.new(f"lshr i32 {selector}, {4 * index}")
        place = code.new(f"mul i32 {code.new(f'and i32 {choice}, 7')}, 8")
        moved = code.new(f"lshr i64 {both}, {code.resize(place, 32, 64)}")
        byte = code.new(f"trunc i64 {moved} to i8")
        is_sign = code.new(f"trunc i32 {code.new(f'lshr i32 {choice}, 3')} to i1")
        sign = code.new(f"ashr i8 {byte}, 7")
        byte = code.new(f"select i1 {is_sign}, i8 {sign}, i8 {byte}")
        placed = code.new(f"shl i32 {code.resize(byte, 8, 32)}, {8 * index}")
        total = code.new(f"or i32 {total}, {placed}")
    code.put(op.operands[0], "b32", total)


def logic_of_three(code: KernelCode, op: Instruction) -> None:
    """`lop3`: any function of three bits, by its table of eight."""
    values = [code.value(operand, "b32") for operand in op.operands[1:4]]
    inverse = [code.new(f"xor i32 {value}, -1") for value in values]
    table, total = parse_number(op.operands[4], "b32"), "0"
    for row in (row for row in range(8) if table >> row & 1):
        terms = [values[i] if row >> (2 - i) & 1 else inverse[i] for i in range(3)]
        both = code.new(f"and i32 {terms[1]}, {terms[2]}")
        total = code.new(f"or i32 {total}, {code.new(f'and i32 {terms[0]}, {both}')}")
    code.put(op.operands[0], "b32", total)


BITS: dict[str, Translate] = {
    "mov": move,
    "and": binary("and"),
    "or": binary("or"),
    "xor": binary("xor"),
    "not": invert,
    "shl": shift("shl"),
    "shr": shift("lshr"),
    "shf": funnel_shift,
    "popc": counting("ctpop"),
    "clz": counting("ctlz", ", i1 false"),
    "brev": counting("bitreverse"),
    "bfe": extract_field,
    "bfi": insert_field,
    "prmt": permute_bytes,
    "lop3": logic_of_three,
}
