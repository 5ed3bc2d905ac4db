"""Columns found by addresses in a table, and loops over several rows at once, as PTX."""

from __future__ import annotations

import re

import numpy as np
import pytest

from gpudb.compiler.language import LanguageError, Pointer, Program
from gpudb.compiler.ptx import compile_ptx, write_driver
from gpudb.devices.emulated.fault import KernelError
from gpudb.devices.emulated.machine import Machine
from tests.plain.compiler.test_ptx import launch

COLUMNS_TEXT = """def rows(first, end, step, table, out):
    for line in range(first, end, step):
        values = int16_column(table, line * 3)
        for row in range(table[line * 3 + 1], table[line * 3 + 2]):
            add(out, line, twice(values, row))
def twice(values, row):
    return 2 * values[row]
"""


def test_columns_are_found_by_addresses_in_a_table() -> None:
    columns = [np.arange(n, dtype=np.int16) - 3 for n in (5, 70, 1)]
    lines = [[c.ctypes.data, begin, len(c)] for c, begin in zip(columns, (1, 0, 0), strict=True)]
    table, out = np.array(lines, np.int64).reshape(-1), np.zeros(3, np.int64)
    parameters = (("table", Pointer("int64")), ("out", Pointer("int64")))
    text, entry = write_driver("main", "rows", parameters)
    compiled = compile_ptx(Program(text, COLUMNS_TEXT, (entry,)))
    module = Machine().load(compiled.text)
    with pytest.raises(KernelError, match="outside of every buffer"):
        module.launch("main", 1, 32, [0, 3, table, out])
    out[:] = 0
    module.launch("main", 1, 32, [0, 3, table, out], reached=[c.view(np.uint8) for c in columns])
    assert out.tolist() == [2 * int(c[b:].sum()) for c, b in zip(columns, (1, 0, 0), strict=True)]
    # Nobody changes them, so that loads may pass atomics.
    assert re.search(r"ld\.global\.nc\.[bus]16", compiled.text)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("a = int8_column(out, 0)\n    a = int8_column(out, 1)", "a is assigned already"),
        ("a = 1\n    a = int8_column(out, 1)", "a is assigned already"),
        ("a = int8_column(out, 1)\n    a = 1", "a is a pointer"),
        ("out = int8_column(out, 1)", "out is assigned already"),
        ("a = int8_column(floats, 1)", "takes a table of addresses"),
        ("a = int8_column(first, 1)", "takes a table of addresses"),
        ("a = int8_column(out, 0.5)", "float does not stand for int"),
        ("if first:\n        a = int8_column(out, 0)\n    b = a[0]", "before it is assigned"),
    ],
)
def test_columns_stand_for_one_buffer(body: str, message: str) -> None:
    parameters = (("out", Pointer("int64")), ("floats", Pointer("float64")))
    rows = f"def rows(first, end, step, out, floats):\n    {body}\n"
    with pytest.raises(LanguageError, match=message):
        launch(rows, parameters, [], 0)


ABREAST_TEXT = """def rows(first, end, step, table, out, total):
    for line in range(0, 3):
        values = int16_column(table, line * 3)
        begin = table[line * 3 + 1]
        sum = 0
        for row in {loop}begin + first, table[line * 3 + 2], step):
            value = values[row]
            is_odd = (value & 1) != 0
            half = float(value) * 0.5
            if is_odd:
                continue
            if value > 500:
                add(out, 1, 1)
                break
            sum = sum + value
            add(total, 0, half)
        add(out, 0, sum)
"""


ABREAST_PARAMETERS = (
    ("table", Pointer("int64")),
    ("out", Pointer("int64")),
    ("total", Pointer("float64")),
)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 8])
def test_loops_abreast_do_what_others_do(count: int) -> None:
    """Rows of any number, `continue`, `break`; steps beyond the end; bools, ints and floats."""
    random = np.random.default_rng(count)
    columns = [random.integers(-600, 600, n).astype(np.int16) for n in (1, 7, 300)]
    reached = [column.view(np.uint8) for column in columns]
    lines = [[c.ctypes.data, b, len(c)] for c, b in zip(columns, (0, 7, 5), strict=True)]
    table = np.array(lines, np.int64).reshape(-1)
    text, entry = write_driver("main", "rows", ABREAST_PARAMETERS)
    found = []
    for loop in ("range(", f"abreast({count}, "):
        compiled = compile_ptx(Program(text, ABREAST_TEXT.format(loop=loop), (entry,)))
        module = Machine().load(compiled.text)
        for grid, block in ((1, 1), (1, 32), (3, 64), (5, 96)):
            out, total = np.zeros(2, np.int64), np.zeros(1)
            module.launch(
                "main", grid, block, [0, 300, table, out, total], reached=reached, seed=grid
            )
            found.append((out.tolist(), total.tolist()))
    assert found[:4] == found[4:]


def test_rows_abreast_are_loaded_before_they_are_used() -> None:
    text, entry = write_driver("main", "rows", ABREAST_PARAMETERS)
    compiled = compile_ptx(Program(text, ABREAST_TEXT.format(loop="abreast(4, "), (entry,)))
    blocks = [b for b in re.split(r"\$L__BB\w+:", compiled.text) if "ld.global.nc.b16" in b]
    assert blocks
    for block in blocks:
        names = re.findall(r"ld\.global\.nc\.b16 \t(%\w+), \[", block)
        assert len(names) == 4
        until_last = block[: block.index(f"{names[-1]}, [") + 1]
        assert all(len(re.findall(rf"{name}\b", until_last)) == 1 for name in names[:-1])


@pytest.mark.parametrize(
    "call", ["abreast(0, first, end, step)", "abreast(9, 0, 1, 1)", "abreast(2, first, end)"]
)
def test_abreast_takes_some_rows_and_a_range(call: str) -> None:
    rows = f"def rows(first, end, step, out):\n    for row in {call}:\n        pass\n"
    with pytest.raises(LanguageError, match="abreast"):
        launch(rows, (("out", Pointer("int64")),), [], 0)
