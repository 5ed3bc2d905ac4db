"""Machine code: SIMD where it must be, no symbol that a process lacks, nothing loaded too early."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from gpudb.compiler import machine_code
from gpudb.compiler.language import Entry, Pointer, Program, ValueType

INT, FLOAT = ValueType.INT, ValueType.FLOAT
COLUMNS = {"qty": "uint8", "disc": "int8", "ship": "int16", "price": "uint32"}
LIBRARY = """
def frame_at(codes, base, row):
    return base + codes[row]
"""
PLAIN = """
def rows(first, end, qty, disc, ship, price, base, low, high, out):
    total = 0
    for row in range(first, end):
        day = ship[row]
        if day >= low and day < high and disc[row] < 7 and qty[row] < 24:
            total += price[row] * disc[row]
    out[0] += total
"""
GUARDS = """
def rows(first, end, qty, disc, ship, price, base, low, high, out):
    total = 0
    count = 0
    for row in range(first, end):
        day = frame_at(ship, base, row)
        if not (day >= low and day < high):
            continue
        discount = frame_at(disc, base, row)
        if not (discount < 7):
            continue
        if not (frame_at(qty, base, row) < 24):
            continue
        total += frame_at(price, base, row) * discount
        count += 1
    out[0] += total
    out[1] += count
"""
FLOATS = """
def rows(first, end, qty, disc, ship, price, base, low, high, out):
    total = 0.0
    for row in range(first, end):
        total = accumulate(total, float(price[row]) * 0.5)
    out[0] += int(total)
"""


def scan(text: str) -> Program:
    parameters: tuple[tuple[str, ValueType | Pointer], ...] = (
        *(("first", INT), ("end", INT)),
        *((name, Pointer(element)) for name, element in COLUMNS.items()),
        *((name, INT) for name in ("base", "low", "high")),
        ("out", Pointer("int64")),
    )
    return Program(text, LIBRARY, (Entry("rows", parameters),))


@pytest.mark.parametrize("text", [PLAIN, GUARDS, FLOATS], ids=["plain", "guards", "floats"])
def test_scans_become_simd(text: str) -> None:
    compiled = machine_code.compile_program(scan(text))
    kind = "double" if text is FLOATS else "i64"
    assert re.search(rf"<\d+ x {kind}>", compiled.object_code.ir)
    assert "frame_at" not in compiled.object_code.ir


def test_phases_are_timed() -> None:
    phases = machine_code.compile_program(scan(PLAIN)).phases
    assert min(phases.write, phases.optimize, phases.emit, phases.load) > 0
    assert phases.total < 5


def test_a_process_with_llvmlite_alone_has_all_symbols() -> None:
    code = """
import sys
from gpudb.compiler import native
from gpudb.compiler.language import Entry, Program, ValueType
assert not {"numpy", "llvmlite", "numba"} & set(sys.modules)
text = '''
def f(a, b, x):
    q = wide_quotient(wide_multiply(a, a), wide_of(b, a))
    r = wide_remainder(wide_multiply(a, a), wide_of(b, a))
    total = wide_float(wide_add(q, r)) + exp(x) + pow(x, x) + fmod(x, 0.3) + floor(x) + rint(x)
    return int(total + log10(x) + atan2(x, x) + sqrt(x) + ceil(x)) & 0
'''
parameters = tuple(zip(("a", "b", "x"), map(ValueType, ("int", "int", "float"))))
program = Program(text, "", (Entry("f", parameters),))
assert native.compile_program(program).call("f", [2**62, 5, 1.5]) == 0
assert not {"numpy", "numba"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
