"""The builtins of the kernel language and their types: one list for every back end.

Each name maps to its overloads, the first that fits wins; arguments widen bool -> int -> float and
bool -> int -> wide. An overload names the operation that the back ends' tables (`llvm_operations`,
`reference`, `numba`) implement: to add a builtin, add a line here and one in each of them.

Where the machine, C and Python differ, the language says:
- int arithmetic wraps to 64 bits, wide arithmetic to 128;
- a shift's amount counts modulo 64 (`amount & 63`); `>>` is arithmetic;
- division by zero gives 0, its remainder 0; least / -1 wraps to least, with remainder 0;
- int(x) of a float truncates, saturates, and gives 0 for NaN;
- min(a, b) is `b if b < a else a`, max(a, b) is `b if a < b else a`, which settles NaN;
- float_bits gives one pattern for every NaN.
"""

from __future__ import annotations

import re

from gpudb.compiler.language import ValueType
from gpudb.records import dataclass


@dataclass(frozen=True, slots=True)
class Overload:
    """One typing of a builtin; `operation` is its name in the back ends' tables."""

    operation: str
    operands: tuple[ValueType, ...]
    result: ValueType


def _overloads(*signatures: str) -> tuple[Overload, ...]:
    """Read signatures such as `int_add(int, int) -> int`."""
    found = []
    for signature in signatures:
        operation, operands, result = re.split(r"\(|\) -> ", signature)
        types = tuple(ValueType(name) for name in operands.split(", "))
        found.append(Overload(operation, types, ValueType(result)))
    return tuple(found)


def _float_function(name: str) -> tuple[Overload, ...]:
    return _overloads(f"{name}(float) -> float")


def _comparison(name: str) -> tuple[Overload, ...]:
    return _overloads(f"int_{name}(int, int) -> bool", f"float_{name}(float, float) -> bool")


BUILTINS: dict[str, tuple[Overload, ...]] = {
    # Operators, by their text.
    "+": _overloads("int_add(int, int) -> int", "float_add(float, float) -> float"),
    "-": _overloads("int_subtract(int, int) -> int", "float_subtract(float, float) -> float"),
    "*": _overloads("int_multiply(int, int) -> int", "float_multiply(float, float) -> float"),
    "/": _overloads("float_divide(float, float) -> float"),
    "//": _overloads("floor_divide(int, int) -> int"),
    "%": _overloads("floor_modulo(int, int) -> int"),
    "<<": _overloads("shift_left(int, int) -> int"),
    ">>": _overloads("shift_right(int, int) -> int"),
    "&": _overloads("bool_and(bool, bool) -> bool", "int_and(int, int) -> int"),
    "|": _overloads("bool_or(bool, bool) -> bool", "int_or(int, int) -> int"),
    "^": _overloads("bool_xor(bool, bool) -> bool", "int_xor(int, int) -> int"),
    "negate": _overloads("int_negate(int) -> int", "float_negate(float) -> float"),
    "~": _overloads("int_invert(int) -> int"),
    "not": _overloads("bool_not(bool) -> bool"),
    "<": _comparison("less"),
    "<=": _comparison("less_equal"),
    ">": _comparison("greater"),
    ">=": _comparison("greater_equal"),
    "==": _comparison("equal"),
    "!=": _comparison("not_equal"),
    # Numbers.
    "min": _overloads("int_min(int, int) -> int", "float_min(float, float) -> float"),
    "max": _overloads("int_max(int, int) -> int", "float_max(float, float) -> float"),
    "abs": _overloads("int_abs(int) -> int", "float_abs(float) -> float"),
    "quotient": _overloads("quotient(int, int) -> int"),
    "remainder": _overloads("remainder(int, int) -> int"),
    "logical_shift_right": _overloads("logical_shift_right(int, int) -> int"),
    "add_overflows": _overloads("add_overflows(int, int) -> bool"),
    "subtract_overflows": _overloads("subtract_overflows(int, int) -> bool"),
    "multiply_overflows": _overloads("multiply_overflows(int, int) -> bool"),
    "population_count": _overloads("population_count(int) -> int"),
    "trailing_zeros": _overloads("trailing_zeros(int) -> int"),
    "mix": _overloads("mix(int) -> int"),
    "accumulate": _overloads(
        "int_add(int, int) -> int",
        "wide_add(wide, wide) -> wide",
        "accumulate(float, float) -> float",
    ),
    # Floats: floor, ceil and rint (half to even) give floats.
    "sqrt": _float_function("sqrt"),
    "floor": _float_function("floor"),
    "ceil": _float_function("ceil"),
    "rint": _float_function("rint"),
    "exp": _float_function("exp"),
    "log": _float_function("log"),
    "log10": _float_function("log10"),
    "sin": _float_function("sin"),
    "cos": _float_function("cos"),
    "tan": _float_function("tan"),
    "asin": _float_function("asin"),
    "acos": _float_function("acos"),
    "atan": _float_function("atan"),
    "atan2": _overloads("atan2(float, float) -> float"),
    "pow": _overloads("pow(float, float) -> float"),
    "fmod": _overloads("fmod(float, float) -> float"),
    "isnan": _overloads("isnan(float) -> bool"),
    "float_bits": _overloads("float_bits(float) -> int"),
    "bits_float": _overloads("bits_float(int) -> float"),
    # Wide numbers.
    "wide_of": _overloads("wide_of(int, int) -> wide"),
    "wide_add": _overloads("wide_add(wide, wide) -> wide"),
    "wide_subtract": _overloads("wide_subtract(wide, wide) -> wide"),
    "wide_multiply": _overloads("wide_multiply(wide, wide) -> wide"),
    "wide_negate": _overloads("wide_negate(wide) -> wide"),
    "wide_quotient": _overloads("wide_quotient(wide, wide) -> wide"),
    "wide_remainder": _overloads("wide_remainder(wide, wide) -> wide"),
    "wide_less": _overloads("wide_less(wide, wide) -> bool"),
    "wide_equal": _overloads("wide_equal(wide, wide) -> bool"),
    "wide_low": _overloads("wide_low(wide) -> int"),
    "wide_high": _overloads("wide_high(wide) -> int"),
    "wide_fits": _overloads("wide_fits(wide) -> bool"),
    "wide_float": _overloads("wide_float(wide) -> float"),
    "narrow": _overloads("wide_low(wide) -> int"),
}

# What the checker inserts or writes by itself: conversions, implicit and by name, and selects.
CONVERSIONS = (
    "bool_to_int",
    "int_to_float",
    "int_to_wide",
    "int_to_bool",
    "float_to_bool",
    "float_to_int",
)
SELECTS = tuple(f"select_{kind.value}" for kind in ValueType)

OPERATIONS = frozenset(
    overload.operation for overloads in BUILTINS.values() for overload in overloads
).union(CONVERSIONS, SELECTS)

_WIDENINGS = {
    (ValueType.BOOL, ValueType.INT),
    (ValueType.BOOL, ValueType.FLOAT),
    (ValueType.BOOL, ValueType.WIDE),
    (ValueType.INT, ValueType.FLOAT),
    (ValueType.INT, ValueType.WIDE),
}


def widens(given: ValueType, wanted: ValueType) -> bool:
    """Return whether a value of type `given` stands where `wanted` is asked for."""
    return given is wanted or (given, wanted) in _WIDENINGS


def find_overload(name: str, given: tuple[ValueType, ...]) -> Overload | None:
    """Return the first overload of builtin `name` that takes arguments of the types `given`."""
    for overload in BUILTINS[name]:
        if len(overload.operands) == len(given) and all(map(widens, given, overload.operands)):
            return overload
    return None


def find_join(first: ValueType, second: ValueType) -> ValueType | None:
    """Return the type that holds values of both types, or None (float and wide)."""
    if widens(first, second):
        return second
    return first if widens(second, first) else None
