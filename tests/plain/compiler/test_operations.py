"""Every builtin at the extremes of its operands, by every back end."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from gpudb.compiler import llvm_operations, native, numba, reference
from gpudb.compiler.builtins import BUILTINS, OPERATIONS, Overload
from gpudb.compiler.language import Entry, LanguageError, Pointer, Program, ValueType

LEAST, MOST = -(2**63), 2**63 - 1
INTS = [LEAST, LEAST + 1, -(2**32), -65, -64, -7, -1, 0, 1, 2, 3, 7, 63, 64, 2**31, 2**53 + 1]
INTS += [0x5DEECE66D1234567, MOST - 1, MOST]
FLOATS = [math.nan, math.inf, -math.inf, 0.0, -0.0, 0.1, 0.5, -0.5, 1.5, -1.5, 2.5, 5e-324, 1.7e308]
FLOATS += [2.0**63, -(2.0**63), 9.2e18, 1e19, 2.0**53 + 2, 700.5]
INFIX = {"+", "-", "*", "/", "//", "%", "<<", ">>", "&", "|", "^"}
INFIX |= {"<", "<=", ">", ">=", "==", "!="}
PREFIX = {"negate": "-", "~": "~", "not": "not "}
INT, FLOAT, BOOL, WIDE = ValueType.INT, ValueType.FLOAT, ValueType.BOOL, ValueType.WIDE
OPERANDS = {
    INT: ("a", "b"),
    FLOAT: ("x", "y"),
    BOOL: ("(a > 0)", "(b > 0)"),
    WIDE: ("wide_of(a, b)", "wide_of(b >> 3, a)"),
}
PARAMETERS: tuple[tuple[str, ValueType | Pointer], ...] = (
    *(("first", INT), ("end", INT)),
    *((name, Pointer("int64")) for name in ("left", "right")),
    *((name, Pointer("float64")) for name in ("xs", "ys")),
    *(("ints", Pointer("int64")), ("floats", Pointer("float64"))),
)


def expression(name: str, overload: Overload) -> str:
    """Write a call of a builtin on the values at hand."""
    operands = [OPERANDS[kind][i] for i, kind in enumerate(overload.operands)]
    if name in INFIX:
        return f"({operands[0]} {name} {operands[1]})"
    if name in PREFIX:
        return f"({PREFIX[name]}{operands[0]})"
    return f"{name}({', '.join(operands)})"


def typed_expressions() -> list[tuple[str, ValueType]]:
    """Every overload of every builtin, the conversions and the selects, with their types."""
    found = [
        (expression(name, overload), overload.result)
        for name, overloads in BUILTINS.items()
        for overload in overloads
    ]
    found += [("int(x)", INT), ("int(a > b)", INT), ("float(a)", FLOAT), ("bool(x)", BOOL)]
    found += [("bool(a)", BOOL), ("wide(a)", WIDE), ("float(a > b)", FLOAT), ("min(a, b, 5)", INT)]
    found += [("(a if x < y else b)", INT), ("(x if a < b else y)", FLOAT), ("(a + x)", FLOAT)]
    found += [("(a < b if x < y else x == y)", BOOL), ("(a < x)", BOOL), ("(-3 < a <= 64)", BOOL)]
    found += [("(wide(a) if a < b else wide_of(a, b))", WIDE), ("(a > 0 and x or b < 0)", BOOL)]
    found += [("(a << 3)", INT), ("(a // 7)", INT), ("(a % -7)", INT), ("(a // -1)", INT)]
    return found


def program_of(expressions: list[tuple[str, ValueType]]) -> Program:
    """Write a kernel that evaluates the expressions for each row of the operands."""
    lines = ["def rows(first, end, left, right, xs, ys, ints, floats):"]
    lines.append("    for row in range(first, end):")
    body = ["a = left[row]", "b = right[row]", "x = xs[row]", "y = ys[row]"]
    body.append(f"at = row * {2 * len(expressions)}")
    for index, (text, kind) in enumerate(expressions):
        slot = f"at + {2 * index}"
        if kind is FLOAT:
            body.append(f"floats[{slot}] = {text}")
        elif kind is WIDE:
            body += [f"w{index} = {text}", f"ints[{slot}] = wide_high(w{index})"]
            body.append(f"ints[{slot} + 1] = wide_low(w{index})")
        else:
            body.append(f"ints[{slot}] = {text}")
    lines += [f"        {line}" for line in body]
    return Program("\n".join(lines), "", (Entry("rows", PARAMETERS),))


def operands() -> tuple[np.ndarray, ...]:
    """All pairs of ints, and beside them pairs of floats."""
    pairs = np.array(list(itertools.product(INTS, INTS)), dtype=np.int64)
    floats = np.array(list(itertools.product(FLOATS, FLOATS)))[: len(pairs)]
    assert len(pairs) == len(floats)
    return tuple(np.ascontiguousarray(column) for column in (*pairs.T, *floats.T))


def run(module: object, expressions: list[tuple[str, ValueType]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the ints and the floats that a back end gives, a row for each pair of operands."""
    columns = operands()
    size = len(columns[0]) * 2 * len(expressions)
    ints, floats = np.zeros(size, np.int64), np.zeros(size)
    compiled = module.compile_program(program_of(expressions))  # type: ignore[attr-defined]
    compiled.call("rows", [0, len(columns[0]), *columns, ints, floats])
    shape = (len(columns[0]), len(expressions), 2)
    return ints.reshape(shape), floats.reshape(shape)


def test_every_table_holds_every_operation() -> None:
    constants = {f"constant_{kind.value}" for kind in ValueType}
    assert set(llvm_operations.OPERATIONS) == OPERATIONS
    assert set(reference.OPERATIONS) == OPERATIONS | constants
    assert set(numba.OPERATIONS) == OPERATIONS | constants


@pytest.mark.parametrize("backend", [native, numba], ids=["native", "numba"])
def test_extremes_by_machine_code_are_those_by_python(backend: object) -> None:
    expressions = typed_expressions()
    wanted_ints, wanted_floats = run(reference, expressions)
    ints, floats = run(backend, expressions)
    left, right, xs, ys = operands()
    for index, (text, kind) in enumerate(expressions):
        if kind is FLOAT:
            same = np.array_equal(floats[:, index], wanted_floats[:, index], equal_nan=True)
            differs = np.flatnonzero(
                (floats[:, index, 0] != wanted_floats[:, index, 0])
                & ~(np.isnan(floats[:, index, 0]) & np.isnan(wanted_floats[:, index, 0]))
            )
        else:
            differs = np.flatnonzero((ints[:, index] != wanted_ints[:, index]).any(axis=1))
            same = len(differs) == 0
        shown = [
            (left[i], right[i], xs[i], ys[i], ints[i, index], floats[i, index]) for i in differs[:3]
        ]
        assert same, (text, shown)


def value(text: str, a: int = 0, b: int = 0, x: float = 0.0, y: float = 0.0) -> int | float:
    """Return an expression's value by the reference."""
    ints, floats = np.zeros(2, np.int64), np.zeros(2)
    columns = [np.array([a]), np.array([b]), np.array([x]), np.array([y])]
    for kind in (INT, FLOAT):
        program = program_of([(text, kind)])
        try:
            reference.compile_program(program).call("rows", [0, 1, *columns, ints, floats])
        except LanguageError:
            continue
        return int(ints[0]) if kind is INT else float(floats[0])
    raise AssertionError(text)


MEANINGS: list[tuple[str, dict[str, int | float], int | float]] = [
    ("a + b", {"a": MOST, "b": 1}, LEAST),
    ("a * b", {"a": LEAST, "b": -1}, LEAST),
    ("-a", {"a": LEAST}, LEAST),
    ("abs(a)", {"a": LEAST}, LEAST),
    ("a // b", {"a": -7, "b": 2}, -4),
    ("a % b", {"a": -7, "b": 2}, 1),
    ("a // b", {"a": 5, "b": 0}, 0),
    ("a % b", {"a": 5, "b": 0}, 0),
    ("a // b", {"a": LEAST, "b": -1}, LEAST),
    ("a % b", {"a": LEAST, "b": -1}, 0),
    ("quotient(a, b)", {"a": -7, "b": 2}, -3),
    ("remainder(a, b)", {"a": -7, "b": 2}, -1),
    ("quotient(a, b)", {"a": LEAST, "b": -1}, LEAST),
    ("quotient(a, b)", {"a": 1, "b": 0}, 0),
    ("remainder(a, b)", {"a": 1, "b": 0}, 0),
    ("a << b", {"a": 1, "b": 65}, 2),
    ("a << b", {"a": 1, "b": -1}, LEAST),
    ("a >> b", {"a": -8, "b": 66}, -2),
    ("logical_shift_right(a, b)", {"a": -1, "b": 1}, MOST),
    ("int(x)", {"x": 1e300}, MOST),
    ("int(x)", {"x": -math.inf}, LEAST),
    ("int(x)", {"x": math.nan}, 0),
    ("int(x)", {"x": -1.9}, -1),
    ("min(x, y)", {"x": math.nan, "y": 1.0}, math.nan),
    ("min(x, y)", {"x": 1.0, "y": math.nan}, 1.0),
    ("max(x, y)", {"x": 1.0, "y": math.nan}, 1.0),
    ("x / y", {"x": 1.0, "y": -0.0}, -math.inf),
    ("x / y", {"x": 0.0, "y": 0.0}, math.nan),
    ("a / b", {"a": 1, "b": 4}, 0.25),
    ("rint(x)", {"x": 2.5}, 2.0),
    ("rint(x)", {"x": -0.5}, -0.0),
    ("log(x)", {"x": -1.0}, math.nan),
    ("log(x)", {"x": 0.0}, -math.inf),
    ("exp(x)", {"x": 1000.0}, math.inf),
    ("float_bits(x)", {"x": -math.nan}, 0x7FF8000000000000),
    ("float_bits(x)", {"x": -0.0}, LEAST),
    ("add_overflows(a, b)", {"a": MOST, "b": 1}, 1),
    ("subtract_overflows(a, b)", {"a": 0, "b": LEAST}, 1),
    ("multiply_overflows(a, b)", {"a": 2**32, "b": 2**31}, 1),
    ("multiply_overflows(a, b)", {"a": -(2**32), "b": 2**31}, 0),
    ("trailing_zeros(a)", {"a": 0}, 64),
    ("population_count(a)", {"a": -1}, 64),
    ("mix(a)", {"a": 0x9E3779B97F4A7C15 - 2**64}, 0xE220A8397B1DCDAF - 2**64),
    ("wide_float(wide_multiply(a, a))", {"a": 2**62}, 2.0**124),
    ("wide_high(wide_multiply(a, b))", {"a": LEAST, "b": LEAST}, 2**62),
    ("narrow(wide_quotient(wide_multiply(a, 10), b))", {"a": MOST, "b": -10}, -MOST),
    ("narrow(wide_remainder(wide_of(a, 0), 1000))", {"a": -1}, -616),
    ("wide_fits(wide_add(a, 1))", {"a": MOST}, 0),
    ("a < x", {"a": 2**53 + 1, "x": 2.0**53}, 0),
]


@pytest.mark.parametrize(("text", "given", "wanted"), MEANINGS)
def test_meanings(text: str, given: dict[str, float], wanted: float) -> None:
    found = value(text, **given)  # type: ignore[arg-type]
    assert type(found) is type(wanted)
    assert found == wanted or (math.isnan(found) and math.isnan(wanted))
    assert math.copysign(1, found) == math.copysign(1, wanted) or math.isnan(wanted)
