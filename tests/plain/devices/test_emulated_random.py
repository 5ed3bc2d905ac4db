"""Random LLVM IR does the same through NVPTX and the PTX machine as on the host."""

from __future__ import annotations

import ctypes
import random

import llvmlite.binding as llvm
import numpy as np
import pytest

from gpudb.compiler.host_code import compile_ir
from gpudb.compiler.ptx import DATA_LAYOUT, TRIPLE
from gpudb.devices.emulated.machine import Machine

BINARY = (
    "add",
    "sub",
    "mul",
    "and",
    "or",
    "xor",
    "shl",
    "lshr",
    "ashr",
    "udiv",
    "sdiv",
    "urem",
    "srem",
)
COMPARE = ("eq", "ne", "slt", "sle", "ugt", "uge")
FLOAT_BINARY = ("fadd", "fsub", "fmul", "fdiv")
FLOAT_COMPARE = ("olt", "ult", "oeq", "une", "ord", "uno")
WORDS = 12


class Generator:
    """Writes the body of a function of random straight and branching code."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.known: dict[str, list[str]] = {"double": []}
        self.count = 0

    def new(self, kind: str, text: str) -> str:
        self.count += 1
        self.lines.append(f"  %v{self.count} = {text}")
        self.known.setdefault(kind, []).append(f"%v{self.count}")
        return f"%v{self.count}"

    def pick(self, kind: str) -> str:
        if self.random.random() < 0.2 and kind != "double":
            return str(self.random.choice([0, 1, 2, 3, -1, 7, 31]))
        return self.random.choice(self.known[kind])

    def write(self, pointer: str) -> str:
        """Return the body, which reads and writes the words at %p."""
        for word in range(WORDS):
            at = self.address(pointer, word)
            value = self.new("i64", f"load i64, {pointer} {at}")
            self.new("i32", f"trunc i64 {value} to i32")
            self.new("i16", f"trunc i64 {value} to i16")
            self.new("double", f"sitofp i64 {value} to double")
            self.new("i128", f"sext i64 {value} to i128")
        for _ in range(60):
            self.step()
        for word in range(WORDS):
            value = self.result()
            self.lines.append(f"  store i64 {value}, {pointer} {self.address(pointer, word)}")
        return "\n".join(self.lines)

    def address(self, pointer: str, word: int) -> str:
        self.count += 1
        self.lines.append(f"  %a{self.count} = getelementptr i64, {pointer} %p, i64 {word}")
        return f"%a{self.count}"

    def step(self) -> None:
        kind = self.random.choice(["i64", "i64", "i32", "i16", "i128", "double"])
        match self.random.randrange(6):
            case 0 | 1 | 2:
                self.binary(kind)
            case 3:
                test = self.test(self.random.choice(["i64", "i32", "double"]))
                values = f"{kind} {self.pick(kind)}, {kind} {self.pick(kind)}"
                self.new(kind, f"select i1 {test}, {values}")
            case 4:
                self.convert()
            case _:
                self.intrinsic()

    def binary(self, kind: str) -> None:
        if kind == "double":
            name = self.random.choice(FLOAT_BINARY)
            self.new(kind, f"{name} double {self.pick(kind)}, {self.pick(kind)}")
            return
        name = self.random.choice(BINARY if kind != "i128" else BINARY[:9])
        left, right = self.pick(kind), self.pick(kind)
        width = int(kind[1:])
        if name in ("shl", "lshr", "ashr"):
            right = self.new(kind, f"and {kind} {right}, {width - 1}")
        if "div" in name or "rem" in name:
            # Neither zero nor -1: the quotient is defined everywhere.
            small = self.new(kind, f"and {kind} {right}, 4095")
            right = self.new(kind, f"add {kind} {small}, 1")
        self.new(kind, f"{name} {kind} {left}, {right}")

    def test(self, kind: str) -> str:
        if kind == "double":
            name = self.random.choice(FLOAT_COMPARE)
            return self.new("i1", f"fcmp {name} double {self.pick(kind)}, {self.pick(kind)}")
        return self.new(
            "i1", f"icmp {self.random.choice(COMPARE)} {kind} {self.pick(kind)}, {self.pick(kind)}"
        )

    def convert(self) -> None:
        source, target = self.random.sample(["i16", "i32", "i64", "i128"], 2)
        name = self.random.choice(["sext", "zext"])
        if int(source[1:]) > int(target[1:]):
            name = "trunc"
        self.new(target, f"{name} {source} {self.pick(source)} to {target}")

    def intrinsic(self) -> None:
        kind = self.random.choice(["i32", "i64"])
        a, b, c = (self.pick(kind) for _ in range(3))
        match self.random.randrange(6):
            case 0:
                self.new(kind, f"call {kind} @llvm.ctpop.{kind}({kind} {a})")
            case 1:
                self.new(kind, f"call {kind} @llvm.ctlz.{kind}({kind} {a}, i1 false)")
            case 2:
                self.new(kind, f"call {kind} @llvm.bitreverse.{kind}({kind} {a})")
            case 3:
                values = f"{kind} {a}, {kind} {b}, {kind} {c}"
                self.new(kind, f"call {kind} @llvm.fshl.{kind}({values})")
            case 4:
                name = self.random.choice(["smin", "smax", "umin", "umax"])
                self.new(kind, f"call {kind} @llvm.{name}.{kind}({kind} {a}, {kind} {b})")
            case _:
                name = self.random.choice(["floor", "ceil", "rint", "trunc", "fabs", "sqrt"])
                value = self.pick("double")
                self.new("double", f"call double @llvm.{name}.f64(double {value})")

    def result(self) -> str:
        kind = self.random.choice(["i64", "double", "i128", "i16"])
        value = self.random.choice(self.known[kind][-8:])
        if kind == "i64":
            return value
        if kind == "i128":
            return self.new("i64", f"trunc i128 {value} to i64")
        if kind == "i16":
            return self.new("i64", f"sext i16 {value} to i64")
        # NaN has many patterns: only whether it is one is compared.
        bits = self.new("i64", f"bitcast double {value} to i64")
        nan = self.new("i1", f"fcmp uno double {value}, {value}")
        return self.new("i64", f"select i1 {nan}, i64 -1, i64 {bits}")


def declarations() -> str:
    lines = []
    for kind in ("i32", "i64"):
        lines += [f"declare {kind} @llvm.ctpop.{kind}({kind})"]
        lines += [f"declare {kind} @llvm.ctlz.{kind}({kind}, i1)"]
        lines += [f"declare {kind} @llvm.bitreverse.{kind}({kind})"]
        lines += [f"declare {kind} @llvm.fshl.{kind}({kind}, {kind}, {kind})"]
        for name in ("smin", "smax", "umin", "umax"):
            lines += [f"declare {kind} @llvm.{name}.{kind}({kind}, {kind})"]
    for name in ("floor", "ceil", "rint", "trunc", "fabs", "sqrt"):
        lines += [f"declare double @llvm.{name}.f64(double)"]
    return "\n".join(lines)


def to_ptx(body: str, level: int) -> str:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    head = f'target triple = "{TRIPLE}"\ntarget datalayout = "{DATA_LAYOUT}"\n'
    function = f"define ptx_kernel void @main(ptr addrspace(1) %p) {{\n{body}\n  ret void\n}}\n"
    module = llvm.parse_assembly(f"{head}{declarations()}\n{function}")
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(
        cpu="sm_75", opt=level, features="+ptx80"
    )
    options = llvm.create_pipeline_tuning_options(speed_level=level)
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    text: str = machine.emit_assembly(module)
    return text


@pytest.mark.parametrize("level", [0, 3])
@pytest.mark.parametrize("seed", range(15))
def test_random_ir(seed: int, level: int) -> None:
    source = np.random.default_rng(seed).integers(-(2**63), 2**63 - 1, WORDS)
    source[:4] = [0, -1, 5, 2**31]
    wanted, found = source.copy(), source.copy()
    host = compile_ir(
        f"{declarations()}\ndefine void @main(ptr %p) {{\n"
        f"{Generator(seed).write('ptr')}\n  ret void\n}}\n"
    )
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(host.address("main"))(wanted.ctypes.data)
    text = to_ptx(Generator(seed).write("ptr addrspace(1)"), level)
    Machine().load(text).launch("main", 1, 1, [found])
    np.testing.assert_array_equal(found, wanted)
