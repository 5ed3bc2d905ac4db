"""The program by Numba: an independent second opinion on our compiler, and a way out of its bugs.

The typed text goes to `numba.njit`. Pointers are addresses (int64) that intrinsics load from and
store to; a wide is a pair of int64, the high and the low 64 bits. Numba and `numba_library`, the
functions that the patterns below call, load with the first program.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

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
from gpudb.compiler.language import Pointer, Program, ValueType
from gpudb.compiler.memory import Memory
from gpudb.compiler.python_text import write_functions
from gpudb.records import dataclass, replace

if TYPE_CHECKING:
    from gpudb.compiler.compiled import Argument

# The operations that are calls of a function of the same name, by their number of operands.
_CALLED = {
    1: (
        *("int_abs", "float_abs", "float_bits", "bits_float", "float_to_int", "isnan", "mix"),
        *("population_count", "trailing_zeros"),
        *("wide_negate", "wide_low", "wide_high", "wide_fits", "wide_float", "int_to_wide"),
        *c_library.UNARY,
        *c_library.ROUNDINGS,
    ),
    2: (
        *("floor_divide", "floor_modulo", "quotient", "remainder", "logical_shift_right"),
        *("add_overflows", "subtract_overflows", "multiply_overflows"),
        *("int_min", "int_max", "float_min", "float_max"),
        *("wide_of", "wide_add", "wide_subtract", "wide_multiply", "wide_less", "wide_equal"),
        *("wide_quotient", "wide_remainder"),
        *c_library.BINARY,
    ),
}
_COMPARISONS = {
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
_ARITHMETIC = {"add": "+", "subtract": "-", "multiply": "*"}
_BITS = {"and": "&", "or": "|", "xor": "^"}

OPERATIONS: dict[str, str] = {
    **{name: f"{name}({{0}})" for name in _CALLED[1]},
    **{name: f"{name}({{0}}, {{1}})" for name in _CALLED[2]},
    **{f"int_{name}": f"({{0}} {sign} {{1}})" for name, sign in _COMPARISONS.items()},
    **{f"float_{name}": f"({{0}} {sign} {{1}})" for name, sign in _COMPARISONS.items()},
    **{f"int_{name}": f"({{0}} {sign} {{1}})" for name, sign in _BITS.items()},
    **{f"bool_{name}": f"({{0}} {sign} {{1}})" for name, sign in _BITS.items()},
    **{f"float_{name}": f"({{0}} {sign} {{1}})" for name, sign in _ARITHMETIC.items()},
    # Numba's signed arithmetic says `nsw`: an overflow would be undefined.
    **{
        f"int_{name}": f"int64(uint64({{0}}) {sign} uint64({{1}}))"
        for name, sign in _ARITHMETIC.items()
    },
    "constant_bool": "{0!r}",
    "constant_int": "int64({0!r})",
    "constant_float": "({0!r})",
    "constant_wide": "int_to_wide(int64({0!r}))",
    "accumulate": "({0} + {1})",
    "float_divide": "({0} / {1})",
    "float_negate": "(-{0})",
    "int_negate": "negate({0})",
    "int_invert": "(~{0})",
    "shift_left": "({0} << ({1} & 63))",
    "shift_right": "({0} >> ({1} & 63))",
    "bool_not": "(not {0})",
    "bool_to_int": "int64({0})",
    "int_to_float": "float64({0})",
    "int_to_bool": "({0} != 0)",
    "float_to_bool": "({0} != 0.0)",
    "select_bool": "select({0}, {1}, {2})",
    "select_int": "select({0}, {1}, {2})",
    "select_float": "select({0}, {1}, {2})",
    "select_wide": "select({0}, {1}, {2})",
}


@dataclass(frozen=True, slots=True, eq=False)
class NumbaProgram:
    """A program that Numba compiled."""

    program: Program
    functions: dict[str, Callable[..., int | None]] = field(repr=False)
    compile_seconds: float
    from_cache: bool = False

    def as_cached(self) -> NumbaProgram:
        """Return the same functions, at no cost."""
        return replace(self, compile_seconds=0.0, from_cache=True)

    def call(self, entry_name: str, arguments: Sequence[Argument]) -> int:
        """Run an entry without the GIL."""
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
        keep = tuple(arguments)

        def run(first: int, end: int, _keep: object = keep) -> int:
            return int(function(first, end, *values) or 0)

        return run


def compile_program(program: Program) -> NumbaProgram:
    """Return the program as Numba compiles it, once per process."""
    return _PROGRAMS.compile_program(program)


def _compile(program: Program) -> NumbaProgram:
    import numba

    from gpudb.compiler.numba_library import NAMESPACE

    start = time.perf_counter()
    checked = check(program)
    namespace: dict[str, Any] = dict(NAMESPACE)
    exec(compile(write_functions(checked, OPERATIONS), "<kernel>", "exec"), namespace)
    types = {
        ValueType.INT: numba.int64,
        ValueType.FLOAT: numba.float64,
        ValueType.BOOL: numba.boolean,
    }
    for function in checked:
        signature = None
        if function.is_entry:
            signature = tuple(
                types[kind] if isinstance(kind, ValueType) else numba.int64
                for _, kind in function.parameters
            )
        compiled = numba.njit(signature, nogil=True, error_model="numpy")(namespace[function.name])
        namespace[function.name] = compiled
    functions = {entry.name: namespace[entry.name] for entry in program.entries}
    return NumbaProgram(program, functions, time.perf_counter() - start)


def _values(
    parameters: Sequence[tuple[str, ValueType | Pointer]], arguments: Sequence[Argument]
) -> list[int | float]:
    """Return the arguments as numbers: arrays by their addresses."""
    return [
        as_number(kind, argument)
        if isinstance(kind, ValueType)
        else as_array(argument).__array_interface__["data"][0]
        for (_, kind), argument in zip(parameters, arguments, strict=True)
    ]


_PROGRAMS = Memory(_compile)
