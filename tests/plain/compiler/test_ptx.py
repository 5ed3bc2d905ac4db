"""PTX from the kernel language does what machine code does: programs, words, drivers, errors."""

from __future__ import annotations

import re

import numpy as np
import pytest

from gpudb.compiler.device_library import REPLACEMENTS, device_text
from gpudb.compiler.language import Entry, LanguageError, Pointer, Program, Scratch, ValueType
from gpudb.compiler.machine_code import compile_program
from gpudb.compiler.ptx import compile_ptx, write_driver
from gpudb.devices.emulated.machine import Machine
from tests.plain.compiler.programs import LIBRARY, Generator, arguments_of

INT, FLOAT, BOOL = ValueType.INT, ValueType.FLOAT, ValueType.BOOL
Parameters = tuple[tuple[str, ValueType | Pointer], ...]


def with_result(program: Program) -> Program:
    """Return the program with a driver that stores the entry's result, and math of the device."""
    entry = program.entries[0]
    names = ", ".join(name for name, _ in entry.parameters)
    driver = f"def main({names}, result):\n    result[0] = {entry.name}({names})\n"
    body = re.sub(rf"\b({'|'.join(REPLACEMENTS)})\(", r"device_\1(", program.text)
    library = f"{LIBRARY}\n{device_text()}\n{body}"
    parameters = (*entry.parameters, ("result", Pointer("int64")))
    return Program(driver, library, (Entry("main", parameters),))


@pytest.mark.parametrize("seed", range(24))
def test_random_programs_do_the_same(seed: int) -> None:
    program = with_result(Generator(seed).program())
    wanted, found = np.zeros(1, np.int64), np.zeros(1, np.int64)
    left, right = arguments_of(seed), arguments_of(seed)
    compile_program(program).call("main", [3, 9, *left, wanted])
    module = Machine().load(compile_ptx(program).text)
    module.launch("main", 1, 1, [3, 9, *right, found])
    assert found[0] == wanted[0], program.library
    for before, after in zip(left, right, strict=True):
        if isinstance(before, np.ndarray):
            np.testing.assert_array_equal(after, before)


def launch(
    rows: str, parameters: Parameters, arguments: list[object], end: int, *, races: bool = False
) -> str:
    """Run `rows` over `end` rows by several shapes; the arguments collect what they did."""
    text, entry = write_driver("main", "rows", parameters)
    compiled = compile_ptx(Program(text, rows, (entry,)))
    module = Machine(races=races).load(compiled.text)
    for number, (grid, block) in enumerate(((1, 1), (1, 32), (3, 64), (5, 96))):
        module.launch("main", grid, block, [0, end, *arguments], seed=number)  # type: ignore[list-item]
    return compiled.text


def test_driver_deals_every_row_once() -> None:
    seen = np.zeros(1000, np.int64)
    rows = """
def rows(first, end, step, seen):
    for row in range(first, end, step):
        seen[row] = seen[row] + 1
"""
    launch(rows, (("seen", Pointer("int64")),), [seen], 1000, races=True)
    assert (seen == 4).all()


@pytest.mark.parametrize("element", ["int32", "int64", "uint32", "float32", "float64"])
def test_add_and_extremes(element: str) -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 100, 500).astype(element)
    out = np.array([0, 100, 0], element)
    rows = """
def rows(first, end, step, values, out):
    for row in range(first, end, step):
        add(out, 0, values[row])
        lowest(out, 1, values[row])
        highest(out, 2, values[row])
"""
    pointer = Pointer(element)
    launch(rows, (("values", pointer), ("out", pointer)), [values, out], 500, races=True)
    assert list(out) == [4 * values.sum(), values.min(), values.max()]


def test_nan_is_the_greatest_float() -> None:
    values = np.array([3.0, np.nan, -1.0, 7.0] * 8)
    found = np.array([np.nan, -np.inf, np.nan, -np.inf])
    rows = """
def rows(first, end, step, values, found):
    for row in range(first, end, step):
        lowest_float(found, 0, values[row])
        highest_float(found, 1, values[row])
        if not isnan(values[row]):
            lowest_float(found, 2, values[row])
            highest_float(found, 3, values[row])
"""
    pointer = Pointer("float64")
    launch(rows, (("values", pointer), ("found", pointer)), [values, found], 32)
    np.testing.assert_array_equal(found, [-1.0, np.nan, -1.0, 7.0])


def test_wide_sums_carry() -> None:
    rng = np.random.default_rng(2)
    values = rng.integers(-(2**63), 2**63 - 1, 300)
    sums = np.zeros(4, np.int64)
    rows = """
def rows(first, end, step, values, sums):
    for row in range(first, end, step):
        add_wide(sums, 0, values[row])
        add_wide_value(sums, 2, wide_multiply(values[row], values[row]))
"""
    pointer = Pointer("int64")
    launch(rows, (("values", pointer), ("sums", pointer)), [values, sums], 300)
    numbers = [int(v) for v in values]
    found = [(int(sums[i + 1]) << 64) + (int(sums[i]) & (2**64 - 1)) for i in (0, 2)]
    assert found == [4 * sum(numbers), wrap_wide(4 * sum(n * n for n in numbers))]


def wrap_wide(number: int) -> int:
    return (number + 2**127) % 2**128 - 2**127


def test_claim_inserts_each_key_once() -> None:
    """Open addressing by claim and peek: every key gets one slot, whatever the threads' order."""
    keys = np.random.default_rng(4).integers(0, 50, 400)
    slots, counts = np.full(128, -1), np.zeros(128, np.int64)
    rows = """
def rows(first, end, step, keys, slots, counts):
    for row in range(first, end, step):
        slot = mix(keys[row]) & 127
        looking = True
        while looking:
            found = peek(slots, slot)
            if found == -1:
                found = claim(slots, slot, -1, keys[row])
            if found == -1 or found == keys[row]:
                looking = False
            else:
                slot = (slot + 1) & 127
        add(counts, slot, 1)
"""
    pointer = Pointer("int64")
    parameters = (("keys", pointer), ("slots", pointer), ("counts", pointer))
    launch(rows, parameters, [keys, slots, counts], 400, races=True)
    used = slots[slots >= 0]
    assert sorted(used) == sorted(set(keys.tolist()))
    assert {int(k): int(c) for k, c in zip(slots, counts, strict=True) if k >= 0} == {
        int(k): 4 * int(c) for k, c in zip(*np.unique(keys, return_counts=True), strict=True)
    }


def test_reserve_gives_everyone_places_of_their_own() -> None:
    values = np.arange(300)
    out, counts = np.full(4 * 300, -1), np.zeros(1, np.int64)
    rows = """
def rows(first, end, step, values, out, counts):
    for row in range(first, end, step):
        out[reserve(counts, 0, 1)] = values[row]
"""
    pointer = Pointer("int64")
    parameters = (("values", pointer), ("out", pointer), ("counts", pointer))
    launch(rows, parameters, [values, out, counts], 300)
    assert counts[0] == 1200
    assert np.array_equal(np.bincount(out), np.full(300, 4))


def test_one_of_those_that_fail_leaves_its_numbers() -> None:
    values, errors = np.arange(300), np.zeros(4, np.int64)
    rows = """
def rows(first, end, step, values, errors):
    for row in range(first, end, step):
        if values[row] > 100:
            return fail(errors, 7, values[row], row * 10)
    return end
"""
    pointer = Pointer("int64")
    launch(rows, (("values", pointer), ("errors", pointer)), [values, errors], 300, races=True)
    assert errors[0] == 7
    assert errors[1] > 100
    assert errors[2] == errors[1] * 10


def test_scratch_and_barriers() -> None:
    """A table of each block in shared memory, merged once."""
    keys = np.random.default_rng(5).integers(0, 100, 2000).astype(np.uint8)
    counts = np.zeros(100, np.int64)
    rows = """
def rows(first, end, step, keys, counts, scratch):
    for slot in range(block_thread(), 100, block_threads()):
        scratch[slot] = 0
    barrier()
    for row in range(first, end, step):
        add(scratch, keys[row], 1)
    barrier()
    for slot in range(block_thread(), 100, block_threads()):
        add(counts, slot, scratch[slot])
"""
    parameters: Parameters = (
        *(("keys", Pointer("uint8")), ("counts", Pointer("int64"))),
        ("scratch", Scratch("int64", 100)),
    )
    text = launch(rows, parameters, [keys, counts], 2000, races=True)
    assert np.array_equal(counts, 4 * np.bincount(keys, minlength=100))
    assert "atom.shared" in text
    assert ".shared" in text


@pytest.mark.parametrize("block", [1, 20, 32, 100])
def test_lanes_of_a_warp_shuffle(block: int) -> None:
    """Sums of each warp, of all types; the last warp may not be whole."""
    rows = """
def total(value):
    lane = block_thread() & 31
    lanes = min(32, block_threads() - block_thread() + lane)
    distance = 16
    while distance > 0:
        other = shuffle_down(value, distance, lanes)
        if lane + distance < lanes:
            value = accumulate(value, other)
        distance = distance >> 1
    return value
def main(first, end, out, floats):
    own = block_thread()
    number = total(own - 7)
    part = total(float(own) / 2.0)
    product = total(wide_multiply(own - 50, 9223372036854775807))
    if own & 31 == 0:
        out[own] = number
        out[own + 1] = wide_low(product)
        out[own + 2] = wide_high(product)
        floats[own] = part
"""
    parameters = (("first", INT), ("end", INT), ("out", Pointer("int64")))
    entry = Entry("main", (*parameters, ("floats", Pointer("float64"))))
    out, floats = np.zeros(130, np.int64), np.zeros(130)
    module = Machine().load(compile_ptx(Program(rows, "", (entry,))).text)
    module.launch("main", 1, block, [0, 0, out, floats], seed=1)
    for first in range(0, block, 32):
        lanes = range(first, min(block, first + 32))
        wide = sum((lane - 50) * (2**63 - 1) for lane in lanes)
        assert out[first] == sum(lane - 7 for lane in lanes)
        assert (int(out[first + 2]) << 64) + (int(out[first + 1]) & (2**64 - 1)) == wide
        assert floats[first] == sum(lane / 2 for lane in lanes)


def test_products_are_atomic() -> None:
    values, found = np.array([2.0, 0.5, -1.0, 4.0] * 8), np.ones(1)
    rows = """
def rows(first, end, step, values, found):
    for row in range(first, end, step):
        multiply(found, 0, values[row])
"""
    pointer = Pointer("float64")
    launch(rows, (("values", pointer), ("found", pointer)), [values, found], 32)
    assert found[0] == np.prod(values) ** 4


def simple_program(body: str, *, library: str = "") -> Program:
    text = f"def main(x, y, n, flag):\n    {body}\n"
    parameters: Parameters = (("x", Pointer("int64")), ("y", Pointer("int8")))
    return Program(text, library, (Entry("main", (*parameters, ("n", INT), ("flag", BOOL))),))


def test_words_win_over_functions() -> None:
    library = "def add(buffer, index, value):\n    buffer[index] = -1\n"
    compiled = compile_ptx(simple_program("add(x, 0, n if flag else -n)", library=library))
    for flag, wanted in ((True, 7), (False, -7)):
        x = np.zeros(1, np.int64)
        Machine().load(compiled.text).launch("main", 1, 1, [x, np.zeros(1, np.int8), 7, flag])
        assert x[0] == wanted


def test_read_only_buffers_use_the_read_only_path() -> None:
    text = compile_ptx(simple_program("x[n] = y[n]")).text
    assert re.search(r"ld\.global\.nc\.s8", text)
    text = compile_ptx(simple_program("y[n] = y[n + 1]")).text
    assert not re.search(r"ld\.global\.nc", text)


def test_everything_is_inlined() -> None:
    body = "x[0] = int(pow(float(n), 1.5)) + wide_low(wide_quotient(wide(n), wide(x[1])))"
    compiled = compile_ptx(simple_program(body), "sm_90")
    assert "call" not in compiled.text
    assert ".target sm_90" in compiled.text
    assert ".version 8.0" in compiled.text
    assert compiled.entries[0].name == "main"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("add(y, 0, 1)", "not int8"),
        ("add(x, 0, 1.5)", "does not take these values"),
        ("add(n, 0, 1)", "takes a buffer"),
        ("claim(x, 0, 1)", "does not take these values"),
        ("x[0] = thread_index(1)", "takes no arguments"),
        ("x[0] = fail(x, 1, 2)", "three ints"),
    ],
)
def test_words_refuse_what_they_cannot_do(body: str, message: str) -> None:
    with pytest.raises(LanguageError, match=message) as caught:
        compile_ptx(simple_program(body))
    assert "line 2" in str(caught.value)


def test_unknown_architecture() -> None:
    with pytest.raises(LanguageError, match="gfx90a"):
        compile_ptx(simple_program("x[0] = 1"), "gfx90a")
