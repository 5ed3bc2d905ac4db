"""Arithmetic of integers and floats, each instruction as the PTX manual defines it."""

from __future__ import annotations

from collections.abc import Callable

from gpudb.devices.emulated.code import KernelCode
from gpudb.devices.emulated.parse import Instruction, type_bits

Translate = Callable[[KernelCode, Instruction], None]


def binary(integer: str, floating: str | None = None) -> Translate:
    """Return the translation of a plain operation, one instruction of LLVM for each kind."""

    def translate(code: KernelCode, op: Instruction) -> None:
        target, left, right = op.operands
        if op.type[0] == "f" and floating is not None:
            name = code.float_type(op.type)
            values = f"{code.real(left, op.type)}, {code.real(right, op.type)}"
            result = code.new(f"{floating} {name} {values}")
            code.put_real(target, op.type, saturated(code, op, result))
        elif op.type[0] == "f" or op.type.endswith("x2"):
            raise code.unsupported()
        else:
            width = type_bits(op.type)
            values = f"{code.value(left, op.type)}, {code.value(right, op.type)}"
            code.put(target, op.type, code.new(f"{integer} i{width} {values}"))

    return translate


def saturated(code: KernelCode, op: Instruction, value: str, kind: str | None = None) -> str:
    """Return a float, clamped to 0 .. 1 where the opcode says `sat`."""
    if "sat" not in op.parts:
        return value
    name, width = code.float_type(kind or op.type), type_bits(kind or op.type)
    value = code.new(f"call {name} @llvm.maxnum.f{width}({name} {value}, {name} 0.0)")
    return code.new(f"call {name} @llvm.minnum.f{width}({name} {value}, {name} 1.0)")


def carrying(operation: str) -> Translate:
    """Return add.cc, addc and their like: the carry, or borrow, is one hidden register."""

    def translate(code: KernelCode, op: Instruction) -> None:
        width = type_bits(op.type)
        if "%carry" not in code.scopes[0]:
            code.declare_register(code.scopes[0], "%carry", 1)
        left, right = (
            code.resize(code.value(operand, op.type), width, width + 1)
            for operand in op.operands[1:]
        )
        result = code.new(f"{operation} i{width + 1} {left}, {right}")
        if op.parts[0].endswith("c"):
            carry = code.resize(code.value("%carry", "pred"), 1, width + 1)
            result = code.new(f"{operation} i{width + 1} {result}, {carry}")
        if "cc" in op.parts:
            top = code.new(f"lshr i{width + 1} {result}, {width}")
            code.put("%carry", "pred", code.new(f"trunc i{width + 1} {top} to i1"))
        code.put(op.operands[0], op.type, code.new(f"trunc i{width + 1} {result} to i{width}"))

    return translate


def _either(plain: Translate, carry: Translate) -> Translate:
    def translate(code: KernelCode, op: Instruction) -> None:
        (carry if "cc" in op.parts else plain)(code, op)

    return translate


def _product(code: KernelCode, op: Instruction) -> tuple[str, str]:
    """Return the integer product and its type."""
    kind, width = op.type, type_bits(op.type)
    left, right = code.value(op.operands[1], kind), code.value(op.operands[2], kind)
    if "wide" not in op.parts and "hi" not in op.parts:
        return code.new(f"mul i{width} {left}, {right}"), kind
    extend = "sext" if kind[0] == "s" else "zext"
    left = code.new(f"{extend} i{width} {left} to i{2 * width}")
    right = code.new(f"{extend} i{width} {right} to i{2 * width}")
    product = code.new(f"mul i{2 * width} {left}, {right}")
    if "wide" in op.parts:
        return product, f"{kind[0]}{2 * width}"
    high = code.new(f"lshr i{2 * width} {product}, {width}")
    return code.new(f"trunc i{2 * width} {high} to i{width}"), kind


def multiply(code: KernelCode, op: Instruction) -> None:
    """`mul`."""
    if op.type[0] == "f":
        binary("", "fmul")(code, op)
        return
    value, kind = _product(code, op)
    code.put(op.operands[0], kind, value)


def multiply_add(code: KernelCode, op: Instruction) -> None:
    """`mad`."""
    if op.type[0] == "f":
        fused_multiply_add(code, op)
        return
    if "cc" in op.parts:
        raise code.unsupported()
    value, kind = _product(code, op)
    addend = code.value(op.operands[3], kind)
    code.put(op.operands[0], kind, code.new(f"add i{type_bits(kind)} {value}, {addend}"))


def fused_multiply_add(code: KernelCode, op: Instruction) -> None:
    """`fma`."""
    name = code.float_type(op.type)
    values = ", ".join(f"{name} {code.real(operand, op.type)}" for operand in op.operands[1:])
    call = f"call {name} @llvm.fma.f{type_bits(op.type)}({values})"
    code.put_real(op.operands[0], op.type, saturated(code, op, code.new(call)))


def division(operation: str) -> Translate:
    """Return `div` or `rem`; the least number by -1 gives itself, rest 0, where the host traps."""

    def translate(code: KernelCode, op: Instruction) -> None:
        if op.type[0] == "f":
            binary("", "fdiv")(code, op)
            return
        width = type_bits(op.type)
        kind = f"i{width}"
        left, right = code.value(op.operands[1], op.type), code.value(op.operands[2], op.type)
        is_zero = code.new(f"icmp eq {kind} {right}, 0")
        safe = code.new(f"select i1 {is_zero}, {kind} 1, {kind} {right}")
        if op.type[0] == "s":
            is_minus = code.new(f"icmp eq {kind} {safe}, -1")
            other = code.new(f"sub {kind} 0, {left}") if operation == "div" else "0"
            safe = code.new(f"select i1 {is_minus}, {kind} 1, {kind} {safe}")
            found = code.new(f"s{operation} {kind} {left}, {safe}")
            result = code.new(f"select i1 {is_minus}, {kind} {other}, {kind} {found}")
        else:
            result = code.new(f"u{operation} {kind} {left}, {safe}")
        by_zero = "-1" if operation == "div" else left
        chosen = code.new(f"select i1 {is_zero}, {kind} {by_zero}, {kind} {result}")
        code.put(op.operands[0], op.type, chosen)

    return translate


def float_call(code: KernelCode, op: Instruction, name: str, *operands: str) -> None:
    """Write the result of an LLVM intrinsic of floats."""
    kind, width = code.float_type(op.type), type_bits(op.type)
    values = ", ".join(f"{kind} {code.real(operand, op.type)}" for operand in operands)
    result = code.new(f"call {kind} @llvm.{name}.f{width}({values})")
    code.put_real(op.operands[0], op.type, result)


def negate(code: KernelCode, op: Instruction) -> None:
    """`neg`."""
    target, source = op.operands
    if op.type[0] == "f":
        value = code.real(source, op.type)
        code.put_real(target, op.type, code.new(f"fneg {code.float_type(op.type)} {value}"))
        return
    value = code.value(source, op.type)
    code.put(target, op.type, code.new(f"sub i{type_bits(op.type)} 0, {value}"))


def absolute(code: KernelCode, op: Instruction) -> None:
    """`abs`."""
    if op.type[0] == "f":
        float_call(code, op, "fabs", op.operands[1])
        return
    width = type_bits(op.type)
    value = code.value(op.operands[1], op.type)
    call = f"call i{width} @llvm.abs.i{width}(i{width} {value}, i1 false)"
    code.put(op.operands[0], op.type, code.new(call))


def copy_sign(code: KernelCode, op: Instruction) -> None:
    """`copysign`: the sign of the first source, the size of the second."""
    float_call(code, op, "copysign", op.operands[2], op.operands[1])


def square_root(code: KernelCode, op: Instruction) -> None:
    """`sqrt.rn`."""
    if "approx" in op.parts:
        raise code.unsupported()
    float_call(code, op, "sqrt", op.operands[1])


def reciprocal(code: KernelCode, op: Instruction) -> None:
    """`rcp.rn`, and `rcp.approx.ftz.f64`, of which only 20 bits of the fraction are right."""
    is_rough = op.parts == ("rcp", "approx", "ftz", "f64")
    if "approx" in op.parts and not is_rough:
        raise code.unsupported()
    name = code.float_type(op.type)
    given = code.real(op.operands[1], op.type)
    if is_rough:
        given = _without_low_word(code, given)
    value = code.new(f"fdiv {name} 1.0, {given}")
    if is_rough:
        value = _without_low_word(code, value)
    code.put_real(op.operands[0], op.type, value)


def _without_low_word(code: KernelCode, value: str) -> str:
    """Return a double whose low 32 bits are zero; what is too small for an exponent is 0."""
    bits = code.new(f"bitcast double {value} to i64")
    high = code.new(f"and i64 {bits}, -4294967296")
    exponent = code.new(f"and i64 {bits}, 9218868437227405312")
    is_zero = code.new(f"icmp eq i64 {exponent}, 0")
    sign = code.new(f"and i64 {bits}, -9223372036854775808")
    kept = code.new(f"select i1 {is_zero}, i64 {sign}, i64 {high}")
    return code.new(f"bitcast i64 {kept} to double")


def extreme(which: str) -> Translate:
    """Return `min` or `max`: NaN loses, unless the opcode says NaN."""

    def translate(code: KernelCode, op: Instruction) -> None:
        if op.type[0] == "f":
            name = which + ("imum" if "NaN" in op.parts else "num")
            float_call(code, op, name, op.operands[1], op.operands[2])
            return
        width = type_bits(op.type)
        name = f"{'s' if op.type[0] == 's' else 'u'}{which}"
        left, right = code.value(op.operands[1], op.type), code.value(op.operands[2], op.type)
        call = f"call i{width} @llvm.{name}.i{width}(i{width} {left}, i{width} {right})"
        code.put(op.operands[0], op.type, code.new(call))

    return translate


ARITHMETIC: dict[str, Translate] = {
    "add": _either(binary("add", "fadd"), carrying("add")),
    "sub": _either(binary("sub", "fsub"), carrying("sub")),
    "addc": carrying("add"),
    "subc": carrying("sub"),
    "mul": multiply,
    "mad": multiply_add,
    "fma": fused_multiply_add,
    "div": division("div"),
    "rem": division("rem"),
    "neg": negate,
    "abs": absolute,
    "copysign": copy_sign,
    "sqrt": square_root,
    "rcp": reciprocal,
    "min": extreme("min"),
    "max": extreme("max"),
}
