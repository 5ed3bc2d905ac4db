"""The functions that stand for the C library on a GPU: how far they are from the true result."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from gpudb.compiler.device_library import REPLACEMENTS, device_text
from gpudb.compiler.language import Entry, Pointer, Program, ValueType
from gpudb.compiler.native import compile_program
from gpudb.compiler.ptx import compile_ptx
from gpudb.devices.emulated.machine import Machine

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
LARGEST = 1.7976931348623157e308
SMALLEST = 5e-324
SPECIAL = np.array(
    [
        *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -3.0, 1e308, LARGEST, -LARGEST, SMALLEST),
        *(-SMALLEST, 2.2250738585072014e-308, 1e-300, math.inf, -math.inf, math.nan),
        *(709.7, -745.0, 1e22, 2.0**53),
    ]
)
# Units in the last place that each may be off, the C library's own half unit included.
LIMITS = {
    "exp": 1,
    "log": 1,
    "log10": 1,
    "sin": 1,
    "cos": 1,
    "tan": 3,
    "asin": 3,
    "acos": 3,
    "atan": 2,
    "atan2": 3,
    "pow": 1,
    "fmod": 0,
}


def test_every_function_of_the_c_library_has_one() -> None:
    assert set(LIMITS) == set(REPLACEMENTS)


def unary_program(name: str) -> Program:
    text = (
        "def main(first, end, x, out):\n"
        "    for row in range(first, end):\n"
        f"        out[row] = device_{name}(x[row])\n"
        "    return end\n"
    )
    floats = Pointer("float64")
    index = (("first", ValueType.INT), ("end", ValueType.INT))
    return Program(text, device_text(), (Entry("main", (*index, ("x", floats), ("out", floats))),))


def binary_program(name: str) -> Program:
    text = (
        "def main(first, end, x, y, out):\n"
        "    for row in range(first, end):\n"
        f"        out[row] = device_{name}(x[row], y[row])\n"
        "    return end\n"
    )
    floats = Pointer("float64")
    index = (("first", ValueType.INT), ("end", ValueType.INT))
    columns = (("x", floats), ("y", floats), ("out", floats))
    return Program(text, device_text(), (Entry("main", (*index, *columns)),))


def steps_apart(found: Floats, wanted: Floats) -> Floats:
    """Return how many floats lie between two: 0 where both are NaN or equal, sign of 0 included."""
    codes = [np.where(b < 0, -(2**63) - b, b) for b in (found.view("i8"), wanted.view("i8"))]
    with np.errstate(over="ignore"):
        apart = np.abs(codes[0].astype(np.float64) - codes[1].astype(np.float64))
        exact = np.abs(codes[0] - codes[1]).astype(np.float64)
    apart = np.where(apart < 2.0**60, exact, apart)
    signs = (found == 0) & (wanted == 0) & (np.signbit(found) != np.signbit(wanted))
    return np.where(np.isnan(found) & np.isnan(wanted), 0.0, np.where(signs, np.inf, apart))


def unary_samples(name: str) -> Floats:
    rng = np.random.default_rng(3)
    everywhere = rng.integers(-(2**63), 2**63 - 1, 20_000, dtype=np.int64).view(np.float64)
    near_one = 1.0 + rng.normal(size=20_000) * 10.0 ** rng.uniform(-16, 0, 20_000)
    spread = rng.normal(size=40_000) * 10.0 ** rng.uniform(-8, 3, 40_000)
    unit = rng.uniform(-1.0, 1.0, 20_000)
    turns = rng.integers(-(2**40), 2**40, 20_000) * (math.pi / 2)
    powers = 10.0 ** np.arange(-300, 300)
    return np.concatenate([SPECIAL, everywhere, near_one, spread, unit, turns, powers])


def pairs(values: Floats) -> tuple[Floats, Floats]:
    left, right = np.meshgrid(values, values)
    return np.ascontiguousarray(left.ravel()), np.ascontiguousarray(right.ravel())


def binary_samples(name: str) -> Iterator[tuple[Floats, Floats]]:
    rng = np.random.default_rng(5)
    yield pairs(SPECIAL)
    yield pairs(np.arange(-40.0, 41.0))
    everywhere = rng.integers(-(2**63), 2**63 - 1, (2, 20_000), dtype=np.int64).view(np.float64)
    yield everywhere[0].copy(), everywhere[1].copy()
    base = np.abs(rng.normal(size=40_000)) * 10.0 ** rng.uniform(-3, 3, 40_000)
    yield base, rng.normal(size=40_000) * 10.0 ** rng.uniform(-2, 2, 40_000)
    yield base, rng.integers(-12, 13, 40_000).astype(np.float64)


C_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "pow": "power", "atan2": "arctan2"}


def host(name: str) -> Callable[..., Floats]:
    found: Callable[..., Floats] = getattr(np, C_NAMES.get(name, name))
    return found


@pytest.mark.parametrize("name", [n for n in LIMITS if n not in ("atan2", "pow", "fmod")])
def test_unary(name: str) -> None:
    x = unary_samples(name)
    out = np.zeros_like(x)
    compile_program(unary_program(name)).call("main", [0, len(x), x, out])
    with np.errstate(all="ignore"):
        apart = steps_apart(out, host(name)(x))
    worst = int(np.argmax(apart))
    assert apart[worst] <= LIMITS[name], (x[worst], out[worst], host(name)(x[worst]))


@pytest.mark.parametrize("name", ["atan2", "pow", "fmod"])
def test_binary(name: str) -> None:
    program = compile_program(binary_program(name))
    for x, y in binary_samples(name):
        out = np.zeros_like(x)
        program.call("main", [0, len(x), x, y, out])
        with np.errstate(all="ignore"):
            apart = steps_apart(out, host(name)(x, y))
        worst = int(np.argmax(apart))
        assert apart[worst] <= LIMITS[name], (x[worst], y[worst], out[worst])


@pytest.mark.parametrize("name", list(LIMITS))
def test_the_gpu_gives_the_same_bits(name: str) -> None:
    """By its builtin's name there, by the function's own here."""
    is_binary = name in ("atan2", "pow", "fmod")
    program = binary_program(name) if is_binary else unary_program(name)
    samples = next(binary_samples(name)) if is_binary else (unary_samples(name)[:300],)
    wanted, found = np.zeros_like(samples[0]), np.zeros_like(samples[0])
    compile_program(program).call("main", [0, len(wanted), *samples, wanted])
    text = program.text.replace("device_", "")
    module = Machine().load(compile_ptx(Program(text, "", program.entries)).text)
    module.launch("main", 1, 1, [0, len(found), *samples, found])
    np.testing.assert_array_equal(found, wanted)
    assert np.array_equal(np.signbit(found[found == 0]), np.signbit(wanted[found == 0]))


def test_whole_results_are_exact() -> None:
    exponents = np.arange(0.0, 23.0)
    powers = np.array([float(10**n) for n in range(23)])
    out = np.zeros_like(powers)
    compile_program(unary_program("log10")).call("main", [0, 23, powers, out])
    assert np.array_equal(out, exponents)
    compile_program(binary_program("pow")).call("main", [0, 23, np.full(23, 10.0), exponents, out])
    assert np.array_equal(out, powers)
