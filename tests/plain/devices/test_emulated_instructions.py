"""Every instruction of the PTX machine, one by one, against numbers worked out by hand."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np
import pytest

from gpudb.devices.emulated.machine import Machine
from gpudb.devices.emulated.translate import INSTRUCTIONS
from tests.plain.devices.ptx_text import kernel

# Tested by themselves: memory (test_emulated_checks), threads together, and what does nothing.
ELSEWHERE = {
    *("ld", "ldu", "st", "atom", "red", "cvta"),
    *("bar", "barrier", "shfl", "vote", "activemask", "match", "redux"),
    *("membar", "fence", "prefetch", "prefetchu", "discard", "nanosleep"),
    *("applypriority", "pmevent", "griddepcontrol"),
}
LEAST = -(2**63)
LEAST32 = -(2**31)


@dataclass(frozen=True)
class Case:
    """An instruction of %a (and %b, %c) to %x, its operands, and its result."""

    text: str
    operands: tuple[int | float, ...]
    result: int | float


def case(text: str, *numbers: int | float) -> Case:
    return Case(text, numbers[:-1], numbers[-1])


CASES = [
    *(case("add.s64", 2, -3, -1), case("add.s32", 2**31 - 1, 1, LEAST32)),
    *(case("add.u16", 65535, 2, 1), case("add.f64", 0.1, 0.2, 0.1 + 0.2)),
    *(case("add.sat.f32", 0.75, 0.5, 1.0), case("add.sat.f32", -2.0, 0.5, 0.0)),
    *(case("sub.s64", 2, 3, -1), case("sub.f32", 1.5, 0.25, 1.25)),
    *(case("mul.lo.s64", 2**62, 4, 0), case("mul.hi.s64", -1, 5, -1)),
    *(case("mul.hi.u64", -1, 5, 4), case("mul.wide.s32", -3, 7, -21)),
    *(case("mul.wide.u32", 2**32 - 1, 2**32 - 1, (2**32 - 1) ** 2 - 2**64),),
    *(case("mul.rn.f64", 0.1, 3.0, 0.1 * 3.0), case("mad.lo.s64", 3, 4, 5, 17)),
    *(case("mad.wide.s32", -3, 4, 5, -7), case("mad.hi.s32", 2**30, 8, 1, 3)),
    *(case("fma.rn.f64", 0.1, 10.0, -1.0, 5.551115123125783e-17),),
    *(case("mad.rn.f64", 2.0, 3.0, 4.0, 10.0),),
    *(case("div.s64", -7, 2, -3), case("div.s64", LEAST, -1, LEAST), case("div.u32", 7, 2, 3)),
    *(case("div.rn.f64", 1.0, 3.0, 1.0 / 3.0), case("div.s64", 5, 0, -1)),
    *(case("rem.s64", -7, 2, -1), case("rem.s64", LEAST, -1, 0), case("rem.u64", 7, 4, 3)),
    *(case("neg.s64", 5, -5), case("neg.f64", 5.0, -5.0), case("neg.f32", -0.5, 0.5)),
    *(case("abs.s64", -5, 5), case("abs.f64", -5.5, 5.5), case("abs.s32", LEAST32, LEAST32)),
    *(case("copysign.f64", -1.0, 3.0, -3.0), case("sqrt.rn.f64", 2.0, math.sqrt(2.0))),
    *(case("rcp.rn.f64", 8.0, 0.125), case("min.s64", 3, -4, -4), case("min.u64", 3, -4, 3)),
    *(case("min.f64", math.nan, 2.0, 2.0), case("max.f64", 1.0, 2.0, 2.0)),
    *(case("max.NaN.f32", math.nan, 2.0, math.nan), case("max.s32", 3, -4, 3)),
    *(case("mov.u64", 7, 7), case("mov.f64", 2.5, 2.5), case("not.b64", 5, -6)),
    *(case("and.b64", 12, 10, 8), case("or.b32", 12, 10, 14), case("xor.b64", 12, 10, 6)),
    *(case("shl.b64", 3, 62, LEAST + 2**62), case("shl.b64", 3, 64, 0), case("shl.b32", 1, 40, 0)),
    *(case("shr.s64", -8, 1, -4), case("shr.s64", -8, 99, -1), case("shr.u64", -1, 63, 1)),
    *(case("shr.u32", 8, 32, 0), case("popc.b64", -1, 64), case("popc.b32", 7, 3)),
    *(case("clz.b64", 1, 63), case("clz.b32", 0, 32), case("brev.b32", 1, LEAST32)),
    *(case("brev.b64", 1, LEAST),),
    *(case("shf.l.wrap.b32", LEAST32, 1, 1, 3), case("shf.r.wrap.b32", 0, 1, 1, LEAST32)),
    *(case("shf.l.clamp.b32", 5, 6, 40, 5), case("shf.r.clamp.b32", 5, 6, 32, 6)),
    *(case("bfe.u64", 0xABCD, 4, 8, 0xBC), case("bfe.s32", 0xF0, 4, 4, -1)),
    *(case("bfe.u32", 0xF0, 4, 0, 0), case("bfi.b32", 0xF, 0x1000, 4, 3, 0x1070)),
    *(case("prmt.b32", 0x33221100, 0x77665544, 0x7042, 0x77004422),),
    *(case("prmt.b32", 0x80, 0, 0x8880, -0x80),),
    *(case("lop3.b32", 12, 10, 6, 0x80, 12 & 10 & 6), case("lop3.b32", 12, 10, 6, 0xFE, 14)),
    *(case("selp.b64", 1, 2, 1, 1), case("selp.f64", 1.5, 2.5, 0, 2.5)),
    *(case("set.lt.s32.s32", 1, 2, -1), case("set.lt.f32.s32", 1, 2, 1.0)),
    *(case("cvt.s64.s32", -5, -5), case("cvt.u64.u32", -5, 2**32 - 5), case("cvt.s64.s8", 255, -1)),
    *(
        case("cvt.u64.u8", 511, 255),
        case("cvt.sat.s8.s32", 300, 127),
        case("cvt.sat.u8.s32", -5, 0),
    ),
    *(case("cvt.rn.f64.s64", -3, -3.0), case("cvt.rn.f64.u64", -1, 2.0**64)),
    *(case("cvt.rn.f32.f64", 0.1, float(np.float32(0.1))), case("cvt.f64.f32", 0.5, 0.5)),
    *(case("cvt.rni.f64.f64", 2.5, 2.0), case("cvt.rmi.f64.f64", -1.5, -2.0)),
    *(case("cvt.rpi.f64.f64", -1.5, -1.0), case("cvt.rzi.f64.f64", -1.5, -1.0)),
    *(case("cvt.rzi.s64.f64", -1.9, -1), case("cvt.rzi.s64.f64", 1e30, 2**63 - 1)),
    *(case("cvt.rzi.s64.f64", math.nan, 0), case("cvt.rni.s32.f64", 2.5, 2)),
    *(case("cvt.rzi.u32.f64", -1.0, 0), case("cvt.sat.f32.f32", 7.0, 1.0)),
]
COMPARISONS = [
    *(("lt.s64", -1, 1, True), ("lt.u64", -1, 1, False), ("le.s32", 2, 2, True)),
    *(("gt.s64", 2, 1, True), ("ge.s64", 1, 2, False), ("eq.b64", 3, 3, True)),
    *(("ne.b64", 3, 3, False), ("lo.u64", 1, 2, True), ("ls.u64", 2, 2, True)),
    *(("hi.u32", 1, 2, False), ("hs.u64", 2, 2, True), ("lt.f64", 1.0, math.nan, False)),
    *(("ltu.f64", 1.0, math.nan, True), ("equ.f64", 1.0, 2.0, False), ("neu.f64", 1.0, 1.0, False)),
    *(("num.f64", 1.0, 2.0, True), ("nan.f64", 1.0, math.nan, True), ("geu.f32", 1.0, 2.0, False)),
    *(("gt.f32", 2.0, 1.0, True), ("leu.f64", 1.0, 1.0, True), ("ne.f64", math.nan, 1.0, False)),
]


def bits_of(number: int | float, kind: str) -> int:
    if kind[0] == "f":
        code = "<f" if kind == "f32" else "<d"
        packed = struct.pack(code, number)
    else:
        packed = (int(number) & (2**64 - 1)).to_bytes(8, "little")
    return int.from_bytes(packed, "little") & ((1 << int(kind[1:])) - 1)


def register(kind: str, index: int) -> str:
    letter = kind[0] if kind[0] == "f" and kind == "f32" else ""
    names = {"f32": "%f", "f64": "%d", "16": "%h", "32": "%r", "64": "%q", "8": "%h"}
    return f"{names.get(kind) or names[letter or kind[1:]]}{index}"


def load(kind: str, index: int, number: int | float) -> str:
    """Return the lines that put a number into a register of its type."""
    width = max(16, int(kind[1:]))
    bits = bits_of(number, kind) if kind[0] == "f" else int(number) & (2**width - 1)
    if kind == "f64":
        return f"mov.f64 {register(kind, index)}, 0d{bits:016X};"
    if kind == "f32":
        return f"mov.f32 {register(kind, index)}, 0f{bits:08X};"
    return f"mov.b{width} {register(kind, index)}, {bits};"


def types_of(given: Case) -> tuple[str, list[str]]:
    """Return the type of the result and those of the operands."""
    parts = given.text.split(".")
    kind, count = parts[-1], len(given.operands)
    result, operands = kind, [kind] * count
    if parts[0] in ("cvt", "set"):
        result = parts[-2]
    elif parts[0] in ("popc", "clz"):
        result = "b32"
    elif parts[0] in ("shl", "shr"):
        operands[1] = "b32"
    elif parts[0] in ("bfe", "bfi"):
        operands[-2:] = ["b32", "b32"]
    if "wide" in parts:
        result = f"{kind[0]}{2 * int(kind[1:])}"
        operands[2:] = [result] * (count - 2)
    return result, operands


def execute(body: str) -> int:
    out = np.zeros(1, np.uint64)
    Machine().load(kernel(body)).launch("main", 1, 1, [out])
    return int(out[0])


def test_every_instruction_is_here_or_elsewhere() -> None:
    here = {each.text.split(".")[0] for each in CASES} | {"setp", "addc", "subc"}
    assert here | ELSEWHERE == set(INSTRUCTIONS)
    assert not here & ELSEWHERE


@pytest.mark.parametrize("given", CASES, ids=lambda c: f"{c.text}{c.operands}")
def test_instruction(given: Case) -> None:
    result, operands = types_of(given)
    names = [register(kind, index + 1) for index, kind in enumerate(operands)]
    lines = [
        load(k, i + 1, n) for i, (k, n) in enumerate(zip(operands, given.operands, strict=True))
    ]
    if given.text.startswith("selp"):
        lines[2] = f"setp.ne.s32 %p1, {int(given.operands[2])}, 0;"
        names[2] = "%p1"
    if given.text.startswith("lop3"):
        names[3] = str(given.operands[3])
    target = register(result, 9)
    lines.append(f"{given.text} {target}, {', '.join(names)};")
    width = max(8, int(result[1:]))
    stored = "f" if result[0] == "f" else "u"
    lines.append(f"st.global.{stored}{width} [%q0], {target};")
    found, wanted = execute("\n".join(lines)), bits_of(given.result, result)
    if isinstance(given.result, float) and math.isnan(given.result):
        assert math.isnan(
            np.array(found, np.uint64).astype(f"u{width // 8}").view(f"f{width // 8}")
        )
    else:
        assert found == wanted


@pytest.mark.parametrize(("name", "left", "right", "holds"), COMPARISONS)
def test_comparison(name: str, left: float, right: float, holds: bool) -> None:
    kind = name.split(".")[1]
    lines = [load(kind, 1, left), load(kind, 2, right)]
    lines.append(f"setp.{name} %p1|%p2, {register(kind, 1)}, {register(kind, 2)};")
    lines.append("selp.u64 %q3, 1, 0, %p1; selp.u64 %q4, 2, 0, %p2; add.u64 %q3, %q3, %q4;")
    assert execute("\n".join([*lines, "st.global.u64 [%q0], %q3;"])) == (1 if holds else 2)


def test_comparisons_join_predicates() -> None:
    body = (
        "setp.lt.s32 %p1, 1, 2; setp.lt.and.s32 %p2, 2, 1, %p1; setp.lt.or.s32 %p3, 2, 1, %p1;"
        "setp.lt.xor.s32 %p4, 1, 2, !%p1; selp.u64 %q1, 1, 0, %p2; selp.u64 %q2, 2, 0, %p3;"
        "selp.u64 %q3, 4, 0, %p4; add.u64 %q1, %q1, %q2; add.u64 %q1, %q1, %q3;"
        "st.global.u64 [%q0], %q1;"
    )
    assert execute(body) == 6


def test_carries() -> None:
    """A sum and a difference of 128 bits."""
    body = (
        "mov.u64 %q1, -1; mov.u64 %q2, 5; mov.u64 %q3, 2; mov.u64 %q4, 7;"
        "add.cc.s64 %q5, %q1, %q3; addc.cc.s64 %q6, %q2, %q4;"
        "sub.cc.s64 %q7, %q3, %q1; subc.s64 %q8, %q4, %q2;"
        "mul.lo.s64 %q6, %q6, 100; mad.lo.s64 %q6, %q8, 10, %q6; add.s64 %q6, %q6, %q5;"
        "st.global.u64 [%q0], %q6;"
    )
    assert execute(body) == 13 * 100 + 1 * 10 + 1


def test_vectors() -> None:
    body = (
        "mov.b64 %q1, {1, 2}; mov.b64 {%r1, %r2}, %q1; mov.b32 %r3, {3, 4};"
        "mov.b32 {%h1, _}, %r3; cvt.u32.u16 %r4, %h1; mad.lo.u32 %r1, %r2, 10, %r1;"
        "mad.lo.u32 %r1, %r4, 100, %r1; cvt.u64.u32 %q2, %r1;"
        "st.global.v2.u32 [%q0], {%r1, 0}; ld.global.v2.u32 {%r5, %r6}, [%q0];"
        "add.u32 %r5, %r5, %r6; st.global.u32 [%q0], %r5;"
    )
    assert execute(body) == 321


def test_branches_guards_and_tables() -> None:
    body = (
        "mov.u64 %q1, 0; mov.u32 %r1, 1; setp.eq.u32 %p1, %r1, 1;"
        "@!%p1 add.u64 %q1, %q1, 1; @%p1 add.u64 %q1, %q1, 10;"
        "TARGETS: .branchtargets FIRST, SECOND; brx.idx %r1, TARGETS;"
        "FIRST: add.u64 %q1, %q1, 100; bra END; SECOND: { .reg .b64 %q1; mov.u64 %q1, 5; }"
        "add.u64 %q1, %q1, 1000; END: st.global.u64 [%q0], %q1; @%p1 ret; trap;"
    )
    assert execute(body) == 1010


def test_module_variables_and_generic_addresses() -> None:
    outside = (
        ".global .align 8 .u64 known[2] = {5, 6}; .const .align 4 .f32 half = 0f3F000000;"
        ".shared .align 8 .b8 table[16];"
    )
    body = (
        "ld.global.u64 %q1, [known+8]; ld.const.f32 %f1, [half]; cvt.f64.f32 %d1, %f1;"
        "mov.u64 %q2, table; cvta.shared.u64 %q3, %q2; st.u64 [%q3+8], 30;"
        "cvta.to.shared.u64 %q4, %q3; st.shared.u64 [%q4], 1; cvta.to.global.u64 %q5, %q0;"
        "ld.u64 %q6, [%q3+8]; add.u64 %q1, %q1, %q6; fence.acq_rel.gpu;"
        "mul.f64 %d1, %d1, 0d4000000000000000; cvt.rzi.u64.f64 %q7, %d1; add.u64 %q1, %q1, %q7;"
        "st.global.u64 [%q5], %q1;"
    )
    out = np.zeros(1, np.uint64)
    Machine().load(kernel(body, outside=outside)).launch("main", 1, 1, [out])
    assert out[0] == 6 + 30 + 1
