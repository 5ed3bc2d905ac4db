"""Comparisons, choices and conversions."""

from __future__ import annotations

from gpudb.devices.emulated.arithmetic import Translate, saturated
from gpudb.devices.emulated.code import FLOATS, KernelCode
from gpudb.devices.emulated.parse import Instruction, type_bits

_UNSIGNED_ORDER = {"lo": "lt", "ls": "le", "hi": "gt", "hs": "ge"}
_ROUNDINGS = {"rni": "roundeven", "rzi": "trunc", "rmi": "floor", "rpi": "ceil"}
_LOGIC = ("and", "or", "xor")


def compare(code: KernelCode, op: Instruction) -> str:
    """Return whether the comparison of the second and third operand holds."""
    name, kind, (left, right) = op.parts[1], op.type, op.operands[1:3]
    if kind[0] == "f":
        ordered = {"num": "ord", "nan": "uno"}.get(name)
        ordered = ordered or (f"u{name[:-1]}" if len(name) == 3 else f"o{name}")
        values = f"{code.real(left, kind)}, {code.real(right, kind)}"
        return code.new(f"fcmp {ordered} {code.float_type(kind)} {values}")
    name = _UNSIGNED_ORDER.get(name, name)
    if name not in ("eq", "ne"):
        name = f"{'s' if kind[0] == 's' else 'u'}{name}"
    values = f"{code.value(left, kind)}, {code.value(right, kind)}"
    return code.new(f"icmp {name} i{type_bits(kind)} {values}")


def _combined(code: KernelCode, op: Instruction, holds: str) -> str:
    """Return the comparison joined with the predicate that follows, if one does."""
    if len(op.operands) <= 3:
        return holds
    logic = next(part for part in op.parts[2:] if part in _LOGIC)
    return code.new(f"{logic} i1 {holds}, {code.value(op.operands[3], 'pred')}")


def set_predicate(code: KernelCode, op: Instruction) -> None:
    """`setp`, perhaps with a second predicate for the opposite."""
    holds = compare(code, op)
    names = op.operands[0].split("|")
    opposite = code.new(f"xor i1 {holds}, true") if len(names) > 1 else holds
    results = [_combined(code, op, value) for value in (holds, opposite)[: len(names)]]
    for name, result in zip(names, results, strict=True):
        code.put(name, "pred", result)


def set_value(code: KernelCode, op: Instruction) -> None:
    """`set`: all bits or none, 1.0 or 0.0."""
    holds, target = _combined(code, op, compare(code, op)), op.parts[-2]
    true = 0x3F800000 if target == "f32" else -1
    code.put(op.operands[0], target, code.new(f"select i1 {holds}, i32 {true}, i32 0"))


def select(code: KernelCode, op: Instruction) -> None:
    """`selp`."""
    width = type_bits(op.type)
    then, otherwise = (code.value(operand, op.type) for operand in op.operands[1:3])
    test = code.value(op.operands[3], "pred")
    chosen = code.new(f"select i1 {test}, i{width} {then}, i{width} {otherwise}")
    code.put(op.operands[0], op.type, chosen)


def convert(code: KernelCode, op: Instruction) -> None:
    """`cvt`: float to int saturates and gives 0 for NaN."""
    target, source = op.parts[-2], op.parts[-1]
    if source[0] == "f":
        _from_float(code, op, target, source)
        return
    value, width = code.value(op.operands[1], source), type_bits(source)
    letter = source[0]
    if target[0] == "f":
        name = code.float_type(target)
        operation = "sitofp" if letter == "s" else "uitofp"
        code.put_real(op.operands[0], target, code.new(f"{operation} i{width} {value} to {name}"))
    elif "sat" in op.parts:
        code.put(op.operands[0], target, _saturated_int(code, value, source, target))
    else:
        resized = code.resize(value, width, type_bits(target), is_signed=letter == "s")
        code.put(op.operands[0], target, resized)


def _from_float(code: KernelCode, op: Instruction, target: str, source: str) -> None:
    value, width = code.real(op.operands[1], source), type_bits(source)
    name, bits = code.float_type(source), type_bits(target)
    rounding = next((_ROUNDINGS[part] for part in op.parts if part in _ROUNDINGS), None)
    if rounding is not None:
        value = code.new(f"call {name} @llvm.{rounding}.f{width}({name} {value})")
    if target[0] != "f":
        letter = "s" if target[0] == "s" else "u"
        call = f"call i{bits} @llvm.fpto{letter}i.sat.i{bits}.f{width}({name} {value})"
        code.put(op.operands[0], target, code.new(call))
        return
    if width != bits:
        operation = "fptrunc" if width > bits else "fpext"
        value = code.new(f"{operation} {name} {value} to {FLOATS[bits]}")
    code.put_real(op.operands[0], target, saturated(code, op, value, target))


def _saturated_int(code: KernelCode, value: str, source: str, target: str) -> str:
    bits = type_bits(target)
    wide = code.resize(value, type_bits(source), 130, is_signed=source[0] == "s")
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1)
    if target[0] != "s":
        least, most = 0, (1 << bits) - 1
    wide = code.new(f"call i130 @llvm.smax.i130(i130 {wide}, i130 {least})")
    wide = code.new(f"call i130 @llvm.smin.i130(i130 {wide}, i130 {most})")
    return code.resize(wide, 130, bits)


CONVERSIONS: dict[str, Translate] = {
    "setp": set_predicate,
    "set": set_value,
    "selp": select,
    "cvt": convert,
}
