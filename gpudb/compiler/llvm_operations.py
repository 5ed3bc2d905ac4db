"""The operations in LLVM IR: one instruction each, and the functions that those call.

A function that is not one instruction is defined here in IR and inlined by LLVM. Functions of the C
library go under names of our own (`gpudb_exp`), which `native` resolves: so LLVM does not rewrite
them (pow(x, 0.5) into sqrt) and the answers are those of Python's `math`.
"""

from __future__ import annotations

import re

from gpudb.compiler import c_library
from gpudb.compiler.llvm_definitions import CALLED, DECLARED, INLINED

_BINARY_INTS = {
    "int_add": "add",
    "int_subtract": "sub",
    "int_multiply": "mul",
    "int_and": "and",
    "int_or": "or",
    "int_xor": "xor",
    "int_less": "icmp slt",
    "int_less_equal": "icmp sle",
    "int_greater": "icmp sgt",
    "int_greater_equal": "icmp sge",
    "int_equal": "icmp eq",
    "int_not_equal": "icmp ne",
}
_BINARY_FLOATS = {
    "float_add": "fadd",
    "float_subtract": "fsub",
    "float_multiply": "fmul",
    "float_divide": "fdiv",
    "accumulate": "fadd reassoc nsz",
    "float_less": "fcmp olt",
    "float_less_equal": "fcmp ole",
    "float_greater": "fcmp ogt",
    "float_greater_equal": "fcmp oge",
    "float_equal": "fcmp oeq",
    "float_not_equal": "fcmp une",
}
_BINARY_WIDES = {
    "wide_add": "add",
    "wide_subtract": "sub",
    "wide_multiply": "mul",
    "wide_less": "icmp slt",
    "wide_equal": "icmp eq",
}
_CALLS = {
    "floor_divide": "i64 gpudb.floor_divide(i64, i64)",
    "floor_modulo": "i64 gpudb.floor_modulo(i64, i64)",
    "quotient": "i64 gpudb.quotient(i64, i64)",
    "remainder": "i64 gpudb.remainder(i64, i64)",
    "shift_left": "i64 gpudb.shift_left(i64, i64)",
    "shift_right": "i64 gpudb.shift_right(i64, i64)",
    "logical_shift_right": "i64 gpudb.logical_shift_right(i64, i64)",
    "int_min": "i64 llvm.smin.i64(i64, i64)",
    "int_max": "i64 llvm.smax.i64(i64, i64)",
    "float_min": "double gpudb.float_min(double, double)",
    "float_max": "double gpudb.float_max(double, double)",
    "float_abs": "double llvm.fabs.f64(double)",
    "add_overflows": "i1 gpudb.add_overflows(i64, i64)",
    "subtract_overflows": "i1 gpudb.subtract_overflows(i64, i64)",
    "multiply_overflows": "i1 gpudb.multiply_overflows(i64, i64)",
    "population_count": "i64 llvm.ctpop.i64(i64)",
    "mix": "i64 gpudb.mix(i64)",
    "sqrt": "double llvm.sqrt.f64(double)",
    "floor": "double llvm.floor.f64(double)",
    "ceil": "double llvm.ceil.f64(double)",
    "rint": "double llvm.rint.f64(double)",
    "float_to_int": "i64 llvm.fptosi.sat.i64.f64(double)",
    "float_bits": "i64 gpudb.float_bits(double)",
    "wide_of": "i128 gpudb.wide_of(i64, i64)",
    "wide_quotient": "i128 gpudb.wide_quotient(i128, i128)",
    "wide_remainder": "i128 gpudb.wide_remainder(i128, i128)",
    "wide_high": "i64 gpudb.wide_high(i128)",
    "wide_fits": "i1 gpudb.wide_fits(i128)",
    "wide_float": "double gpudb.wide_float(i128)",
    **{name: f"double gpudb_{name}(double)" for name in c_library.UNARY},
    **{name: f"double gpudb_{name}(double, double)" for name in c_library.BINARY},
}


def _call(signature: str) -> str:
    """Return the instruction's pattern: `i64 f(i64, i64)` -> `call i64 @f(i64 {0}, i64 {1})`."""
    result, name, types = re.split(r"[ (]", signature.rstrip(")"), maxsplit=2)
    arguments = ", ".join(f"{kind} {{{i}}}" for i, kind in enumerate(types.split(", ")))
    return f"call {result} @{name}({arguments})"


OPERATIONS: dict[str, str] = {
    **{name: f"{text} i64 {{0}}, {{1}}" for name, text in _BINARY_INTS.items()},
    **{name: f"{text} double {{0}}, {{1}}" for name, text in _BINARY_FLOATS.items()},
    **{name: f"{text} i128 {{0}}, {{1}}" for name, text in _BINARY_WIDES.items()},
    **{name: _call(signature) for name, signature in _CALLS.items()},
    "bool_and": "and i1 {0}, {1}",
    "bool_or": "or i1 {0}, {1}",
    "bool_xor": "xor i1 {0}, {1}",
    "bool_not": "xor i1 {0}, true",
    "int_negate": "sub i64 0, {0}",
    "int_invert": "xor i64 {0}, -1",
    "int_abs": "call i64 @llvm.abs.i64(i64 {0}, i1 false)",
    "trailing_zeros": "call i64 @llvm.cttz.i64(i64 {0}, i1 false)",
    "float_negate": "fneg double {0}",
    "isnan": "fcmp uno double {0}, {0}",
    "bits_float": "bitcast i64 {0} to double",
    "wide_negate": "sub i128 0, {0}",
    "wide_low": "trunc i128 {0} to i64",
    "bool_to_int": "zext i1 {0} to i64",
    "int_to_float": "sitofp i64 {0} to double",
    "int_to_wide": "sext i64 {0} to i128",
    "int_to_bool": "icmp ne i64 {0}, 0",
    "float_to_bool": "fcmp une double {0}, 0.0",
    "select_bool": "select i1 {0}, i1 {1}, i1 {2}",
    "select_int": "select i1 {0}, i64 {1}, i64 {2}",
    "select_float": "select i1 {0}, double {1}, double {2}",
    "select_wide": "select i1 {0}, i128 {1}, i128 {2}",
}

_PURE = "nounwind willreturn memory(none)"


def _definitions() -> dict[str, str]:
    """Return each definition and declaration by its symbol."""
    texts = re.findall(r"^(?:define.*?^}|declare.*?)$", INLINED + CALLED + DECLARED, re.S | re.M)
    for name in (*c_library.UNARY, *c_library.BINARY):
        arguments = re.split(r"[()]", _CALLS[name])[1]
        texts.append(f"declare double @gpudb_{name}({arguments}) {_PURE}")
    found = {}
    for text in texts:
        symbol = re.search(r"@[\w.]+", text)
        assert symbol is not None
        found[symbol.group()] = text
    return found


DEFINITIONS = _definitions()
