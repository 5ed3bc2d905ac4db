"""Division without calls on the GPU on paper: IEEE 754's quotients and the host's integers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from gpudb.compiler.language import Entry, Pointer, Program, ValueType
from gpudb.compiler.native import compile_program
from gpudb.compiler.ptx import compile_ptx
from gpudb.devices.emulated.machine import Machine

Array = np.ndarray[tuple[int, ...], np.dtype[np.generic]]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
LEAST, MOST = -(2**63), 2**63 - 1
COUNT = 60_000


def program(expression: str, element: str) -> Program:
    text = (
        "def main(first, end, a, b, out):\n"
        "    for row in range(first, end):\n"
        f"        out[row] = {expression}\n"
        "    return end\n"
    )
    buffers = tuple((name, Pointer(element)) for name in ("a", "b", "out"))
    index = (("first", ValueType.INT), ("end", ValueType.INT))
    return Program(text, "", (Entry("main", (*index, *buffers)),))


def on_paper(source: Program, a: Array, b: Array) -> Array:
    out = np.zeros_like(a)
    machine = Machine().load(compile_ptx(source).text)
    machine.launch("main", 1, 1, [0, len(a), a, b, out])
    return out


def float_pairs() -> tuple[Floats, Floats]:
    """Every kind of bits, quotients at both ends of the exponents, and ties of small results."""
    rng = np.random.default_rng(17)
    special = np.array(
        [
            *(0.0, -0.0, 1.0, -1.0, 3.0, 5e-324, -5e-324, 1.5e-323, 2.2250738585072014e-308),
            *(2.225073858507201e-308, 1.7976931348623157e308, -1.7976931348623157e308, np.inf),
            *(-np.inf, np.nan, 2.0 - 2.0**-52, 1.0 + 2.0**-52, 1.0 - 2.0**-53, 2.0**-1022, 1e16),
        ]
    )
    grid = np.array(list(product(special, special)))
    bits = rng.integers(LEAST, MOST, (COUNT, 2)).view(np.float64)
    # Nearly equal exponents: most quotients are normal, mantissas are whatever they are.
    near = (1.0 + rng.random((COUNT, 2))) * 2.0 ** rng.integers(-40, 40, (COUNT, 2))
    # Mantissas next to 1 and 2, where reciprocals are hardest to round.
    edges = 2.0 - rng.integers(1, 200, (COUNT, 2)) * 2.0**-52
    edges[::2, 0] = 1.0 + rng.integers(0, 200, COUNT // 2) * 2.0**-52
    # Results without an exponent of their own, some half way between two.
    top = rng.integers(1, 4000, COUNT) * 2.0**-1060
    low = np.stack([top, 2.0 ** rng.integers(0, 20, COUNT)], axis=1)
    least = np.stack(
        [(1.0 + rng.random(COUNT)) * 2.0**-1000, (1.0 + rng.random(COUNT)) * 2.0**60], axis=1
    )
    money = np.stack([rng.integers(-(10**9), 10**9, COUNT), np.full(COUNT, 100)], axis=1)
    pairs = np.concatenate([grid, bits, near, edges, low, least, money.astype(np.float64)])
    return pairs[:, 0].copy(), pairs[:, 1].copy()


def test_floats_are_divided_as_ieee_754_says() -> None:
    a, b = float_pairs()
    found = on_paper(program("a[row] / b[row]", "float64"), a, b)
    with np.errstate(all="ignore"):
        wanted = a / b
    same = (found.view(np.int64) == wanted.view(np.int64)) | (np.isnan(found) & np.isnan(wanted))
    wrong = np.flatnonzero(~same)[:5]
    assert same.all(), [(a[i], b[i], found[i], wanted[i]) for i in wrong]


def int_pairs() -> tuple[Array, Array]:
    rng = np.random.default_rng(23)
    special = [LEAST, LEAST + 1, -(2**32), -65, -7, -1, 0, 1, 2, 3, 7, 2**31, 2**32 - 1, 2**32]
    special += [2**53 - 1, 2**53 + 1, 0x5DEECE66D1234567, MOST - 1, MOST]
    grid = np.array(list(product(special, special)), np.int64)
    sizes = rng.integers(0, 63, (4 * COUNT, 2))
    random = rng.integers(LEAST, MOST, (4 * COUNT, 2)) >> sizes
    # Multiples and what lies beside them.
    divisor = rng.integers(1, 2**31, COUNT)
    whole = divisor * rng.integers(0, 2**31, COUNT) + rng.integers(-1, 2, COUNT)
    pairs = np.concatenate([grid, random, np.stack([whole, divisor], axis=1)])
    return pairs[:, 0].copy(), pairs[:, 1].copy()


@pytest.mark.parametrize(
    "expression",
    [
        "quotient(a[row], b[row])",
        "remainder(a[row], b[row])",
        "a[row] // b[row]",
        "a[row] % b[row]",
        "quotient(a[row], 86400)",
        "wide_low(wide_quotient(wide_of(b[row] >> 8, a[row]), wide_of(0, b[row])))",
    ],
)
def test_integers_are_divided_as_on_the_host(expression: str) -> None:
    a, b = int_pairs()
    if "wide" in expression:
        a, b = a[::9].copy(), b[::9].copy()
    source = program(expression, "int64")
    wanted = np.zeros_like(a)
    compile_program(source).call("main", [0, len(a), a, b, wanted])
    found = on_paper(source, a, b)
    wrong = np.flatnonzero(found != wanted)[:5]
    assert (found == wanted).all(), [(a[i], b[i], found[i], wanted[i]) for i in wrong]


@pytest.mark.parametrize(
    ("expression", "element", "instruction"),
    [
        ("a[row] / b[row]", "float64", "div."),
        ("quotient(a[row], b[row])", "int64", "div.s64"),
        ("remainder(a[row], b[row])", "int64", "rem.s64"),
    ],
)
def test_nothing_is_left_that_ptxas_calls_a_subroutine_for(
    expression: str, element: str, instruction: str
) -> None:
    source: Callable[[], Program] = lambda: program(expression, element)  # noqa: E731
    assert instruction not in compile_ptx(source()).text
