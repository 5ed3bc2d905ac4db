"""The program in plain Python: the living definition of the kernel language, and its oracle.

Values are Python ints, floats and bools; ints wrap to 64 bits, wides to 128; every access to a
buffer is checked against its bounds.
"""

from __future__ import annotations

import ctypes
import math
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar

from gpudb.compiler import c_library
from gpudb.compiler.check import check
from gpudb.compiler.compiled import (
    Bound,
    as_array,
    as_number,
    check_arguments,
    find_entry,
    ranged,
)
from gpudb.compiler.language import ELEMENTS, Pointer, Program, ValueType
from gpudb.compiler.memory import Memory
from gpudb.compiler.python_text import write_functions
from gpudb.records import dataclass, replace

if TYPE_CHECKING:
    from gpudb.compiler.compiled import Argument

_Value = TypeVar("_Value")

LEAST = -(2**63)
_MASK = 2**64 - 1


def wrap(x: int) -> int:
    """Return x as a signed number of 64 bits."""
    return ((x + 2**63) & _MASK) - 2**63


def wrap_wide(x: int) -> int:
    """Return x as a signed number of 128 bits."""
    return ((x + 2**127) & (2**128 - 1)) - 2**127


def floor_divide(a: int, b: int) -> int:
    """Python's a // b; 0 where b is 0."""
    return wrap(a // b) if b else 0


def floor_modulo(a: int, b: int) -> int:
    """Python's a % b; 0 where b is 0."""
    return a % b if b else 0


def truncated_quotient(a: int, b: int) -> int:
    """The quotient toward zero, of any size; 0 where b is 0."""
    if b == 0:
        return 0
    size = abs(a) // abs(b)
    return size if (a < 0) == (b < 0) else -size


def truncated_remainder(a: int, b: int) -> int:
    """What truncated_quotient leaves, with the sign of a; 0 where b is 0."""
    return a - b * truncated_quotient(a, b) if b else 0


def float_divide(a: float, b: float) -> float:
    """IEEE division."""
    if b != 0.0:
        return a / b
    if a == 0.0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def float_to_int(x: float) -> int:
    """Truncate; saturate; 0 for NaN."""
    if math.isnan(x):
        return 0
    return int(max(-(2.0**63), x)) if x < 2.0**63 else 2**63 - 1


def float_bits(x: float) -> int:
    """The 64 bits of x; one pattern for every NaN."""
    bits: int = struct.unpack("=q", struct.pack("=d", x))[0]
    return 0x7FF8000000000000 if math.isnan(x) else bits


def bits_float(x: int) -> float:
    """The float of 64 bits."""
    number: float = struct.unpack("=d", struct.pack("=q", x))[0]
    return number


def mix(a: int) -> int:
    """The finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    x = a & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return wrap(x ^ (x >> 31))


def trailing_zeros(x: int) -> int:
    """The number of zeros below the lowest one; 64 for 0."""
    return (x & -x).bit_length() - 1 if x else 64


def overflows(x: int) -> bool:
    """Return whether x has more than 64 bits."""
    return not LEAST <= x < 2**63


def select(test: bool, a: _Value, b: _Value) -> _Value:
    """Return a or b; both were evaluated."""
    return a if test else b


def counted(first: int, end: int, step: int) -> range:
    """The range of a for loop; empty where step <= 0."""
    return range(first, end, step) if step > 0 else range(0)


def _check(index: int) -> int:
    """Refuse the indices that Python counts from the end; too large ones raise by themselves."""
    if index < 0:
        raise IndexError(f"index {index} of a buffer")
    return index


def _load(buffer: memoryview[int], index: int) -> int:
    return buffer[_check(index)]


def _integer_store(bits: int, *, signed: bool) -> Callable[[memoryview[int], int, int], None]:
    half = 2 ** (bits - 1) if signed else 0

    def store(buffer: memoryview[int], value: int, index: int) -> None:
        buffer[_check(index)] = ((value + half) & (2**bits - 1)) - half

    return store


def _float_store(
    narrow: Callable[[float], float],
) -> Callable[[memoryview[float], float, int], None]:
    def store(buffer: memoryview[float], value: float, index: int) -> None:
        buffer[_check(index)] = narrow(value)

    return store


def _narrow_to_float32(x: float) -> float:
    return ctypes.c_float(x).value


def _store(element: str) -> Callable[..., None]:
    if element == "float64":
        return _float_store(float)
    if element == "float32":
        return _float_store(_narrow_to_float32)
    return _integer_store(int(element.lstrip("uint")), signed=element[0] != "u")


_NAMESPACE: dict[str, object] = {
    **c_library.load(),
    **{f"load_{element}": _load for element in ELEMENTS},
    **{f"store_{element}": _store(element) for element in ELEMENTS},
    "bits_float": bits_float,
    "counted": counted,
    "float_bits": float_bits,
    "float_divide": float_divide,
    "float_to_int": float_to_int,
    "floor_divide": floor_divide,
    "floor_modulo": floor_modulo,
    "isnan": math.isnan,
    "mix": mix,
    "overflows": overflows,
    "select": select,
    "trailing_zeros": trailing_zeros,
    "truncated_quotient": truncated_quotient,
    "truncated_remainder": truncated_remainder,
    "wrap": wrap,
    "wrap_wide": wrap_wide,
}

OPERATIONS: dict[str, str] = {
    "constant_bool": "{0!r}",
    "constant_int": "({0!r})",
    "constant_float": "float('{0!r}')",
    "constant_wide": "({0!r})",
    "int_add": "wrap({0} + {1})",
    "int_subtract": "wrap({0} - {1})",
    "int_multiply": "wrap({0} * {1})",
    "int_negate": "wrap(-{0})",
    "int_invert": "(~{0})",
    "int_abs": "wrap(abs({0}))",
    "float_add": "({0} + {1})",
    "float_subtract": "({0} - {1})",
    "float_multiply": "({0} * {1})",
    "float_divide": "float_divide({0}, {1})",
    "float_negate": "(-{0})",
    "float_abs": "abs({0})",
    "accumulate": "({0} + {1})",
    "floor_divide": "floor_divide({0}, {1})",
    "floor_modulo": "floor_modulo({0}, {1})",
    "quotient": "wrap(truncated_quotient({0}, {1}))",
    "remainder": "truncated_remainder({0}, {1})",
    "shift_left": "wrap({0} << ({1} & 63))",
    "shift_right": "({0} >> ({1} & 63))",
    "logical_shift_right": "wrap(({0} & 0xFFFFFFFFFFFFFFFF) >> ({1} & 63))",
    "add_overflows": "overflows({0} + {1})",
    "subtract_overflows": "overflows({0} - {1})",
    "multiply_overflows": "overflows({0} * {1})",
    "population_count": "({0} & 0xFFFFFFFFFFFFFFFF).bit_count()",
    "trailing_zeros": "trailing_zeros({0})",
    "mix": "mix({0})",
    "bool_not": "(not {0})",
    "isnan": "isnan({0})",
    "float_bits": "float_bits({0})",
    "bits_float": "bits_float({0})",
    "wide_of": "wrap_wide(({0} << 64) | ({1} & 0xFFFFFFFFFFFFFFFF))",
    "wide_add": "wrap_wide({0} + {1})",
    "wide_subtract": "wrap_wide({0} - {1})",
    "wide_multiply": "wrap_wide({0} * {1})",
    "wide_negate": "wrap_wide(-{0})",
    "wide_quotient": "wrap_wide(truncated_quotient({0}, {1}))",
    "wide_remainder": "truncated_remainder({0}, {1})",
    "wide_low": "wrap({0})",
    "wide_high": "({0} >> 64)",
    "wide_fits": "(not overflows({0}))",
    "wide_float": "float({0})",
    "bool_to_int": "int({0})",
    "int_to_float": "float({0})",
    "int_to_wide": "{0}",
    "int_to_bool": "({0} != 0)",
    "float_to_bool": "({0} != 0.0)",
    "float_to_int": "float_to_int({0})",
    **{f"{kind}_and": "({0} & {1})" for kind in ("bool", "int")},
    **{f"{kind}_or": "({0} | {1})" for kind in ("bool", "int")},
    **{f"{kind}_xor": "({0} ^ {1})" for kind in ("bool", "int")},
    **{f"{kind}_min": "min({0}, {1})" for kind in ("int", "float")},
    **{f"{kind}_max": "max({0}, {1})" for kind in ("int", "float")},
    **{f"{kind}_less": "({0} < {1})" for kind in ("int", "float", "wide")},
    **{f"{kind}_less_equal": "({0} <= {1})" for kind in ("int", "float")},
    **{f"{kind}_greater": "({0} > {1})" for kind in ("int", "float")},
    **{f"{kind}_greater_equal": "({0} >= {1})" for kind in ("int", "float")},
    **{f"{kind}_equal": "({0} == {1})" for kind in ("int", "float", "wide")},
    **{f"{kind}_not_equal": "({0} != {1})" for kind in ("int", "float")},
    **{f"select_{kind.value}": "select({0}, {1}, {2})" for kind in ValueType},
    **{name: f"{name}({{0}})" for name in (*c_library.UNARY, *c_library.ROUNDINGS)},
    **{name: f"{name}({{0}}, {{1}})" for name in c_library.BINARY},
}


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceProgram:
    """A program that Python runs."""

    program: Program
    functions: dict[str, Callable[..., int | None]] = field(repr=False)
    compile_seconds: float
    from_cache: bool = False

    def as_cached(self) -> ReferenceProgram:
        """Return the same functions, at no cost."""
        return replace(self, compile_seconds=0.0, from_cache=True)

    def call(self, entry_name: str, arguments: Sequence[Argument]) -> int:
        """Run an entry."""
        entry = find_entry(self.program, entry_name)
        check_arguments(entry, entry.parameters, arguments)
        values = _values(entry.parameters, arguments)
        return int(self.functions[entry_name](*values) or 0)

    def bind(self, entry_name: str, arguments: Sequence[Argument]) -> Bound:
        """Fix all arguments but the first two."""
        entry = find_entry(self.program, entry_name)
        parameters = ranged(entry)
        check_arguments(entry, parameters, arguments)
        values = _values(parameters, arguments)
        function = self.functions[entry_name]

        def run(first: int, end: int) -> int:
            return int(function(int(first), int(end), *values) or 0)

        return run


def compile_program(program: Program) -> ReferenceProgram:
    """Return the program as Python functions, made once per process."""
    return _PROGRAMS.compile_program(program)


def _compile(program: Program) -> ReferenceProgram:
    start = time.perf_counter()
    text = write_functions(check(program), OPERATIONS)
    namespace: dict[str, Any] = dict(_NAMESPACE)
    exec(compile(text, "<kernel>", "exec"), namespace)
    functions = {entry.name: namespace[entry.name] for entry in program.entries}
    return ReferenceProgram(program, functions, time.perf_counter() - start)


def _values(
    parameters: Sequence[tuple[str, ValueType | Pointer]], arguments: Sequence[Argument]
) -> list[object]:
    """Return the arguments as Python's own numbers and memory views."""
    return [
        as_number(kind, argument)
        if isinstance(kind, ValueType)
        else as_array(argument).reshape(-1).data
        for (_, kind), argument in zip(parameters, arguments, strict=True)
    ]


_PROGRAMS = Memory(_compile)
