"""Loops for SIMD are parted from their kernels only where nothing but what they store is read."""

from __future__ import annotations

import numpy as np
import pytest

from gpudb.compiler import machine_code, reference
from gpudb.compiler.check import check
from gpudb.compiler.growth import may_have_lanes
from gpudb.compiler.lanes import part
from gpudb.compiler.language import Entry, Pointer, Program, ValueType, View
from gpudb.compiler.passes import ALL_PASSES, write_texts
from gpudb.compiler.steps import with_known_steps
from gpudb.compiler.tree import Constant, For, statements_of

INT = ValueType.INT
BUFFERS = {
    "keep": Pointer("int64"),
    "floats": View("float64", "keep"),
    "codes": Pointer("uint8"),
    "out": Pointer("int64"),
    "counts": Pointer("int64"),
}
DRIVER = "def main(first, end, {0}):\n    return rows(first, end, 1, {0})\n".format(
    ", ".join(BUFFERS)
)
HEAD = f"def rows(first, end, step, {', '.join(BUFFERS)}):\n"
# The block is parted; the rest stores where a loaded number says.
BLOCKS = """
    block = first
    while block < end:
        start = max(0, min(block, end - 8))
        for place in range(0, 8):
            row = start + place
            keep[place] = int(codes[row] > 7)
        kept = 0
        for place in range(0, 8):
            row = start + place
            out[kept] += row
            kept += keep[place]
        counts[0] += kept
        block = block + 8
    return end
"""
# The last place is read behind the loop.
HANDED_ON = """
    row = first
    for place in range(0, 8):
        row = first + place
        keep[place] = int(codes[row] > 7)
    return row
"""
SUM = """
    total = 0
    for row in range(first, end, step):
        total += codes[row]
    counts[0] += total
    return end
"""
# The view must stay where LLVM sees whose memory it is.
THROUGH_A_VIEW = """
    for place in range(0, 8):
        keep[0] = codes[place]
        floats[place] = 1.5
        out[place] = keep[0]
    return end
"""
# The row at which there is no room can be computed before the loop.
ROOM = """
    count = counts[0]
    for row in range(first, end, step):
        if count + 1 > 4:
            counts[0] = count
            return row
        out[count] = codes[row]
        count += 1
    counts[0] = count
    return end
"""
SOME_WITH_ROOM = ROOM.replace(
    "        if count", "        if codes[row] > 7:\n            continue\n        if count"
)
# Gathered rows are not worth the test of room.
GATHERED_WITH_ROOM = ROOM.replace("= codes[row]", "= codes[out[row] & 7]")
GROUPS = """
    for row in range(first, end, step):
        add(counts, codes[row] & 7, 1)
    return end
"""
LIBRARY = "def add(buffer, place, value):\n    buffer[place] += value\n\n"


def program(body: str) -> Program:
    entry = Entry("main", (("first", INT), ("end", INT), *BUFFERS.items()))
    return Program(DRIVER, f"{LIBRARY}{HEAD}{body}", (entry,))


def buffers() -> list[np.ndarray]:
    keep = np.zeros(8, np.int64)
    codes = np.array([9, 3, 8, 7, 200, 1, 2, 99] * 4, np.uint8)
    return [keep, keep.view(np.float64), codes, np.zeros(40, np.int64), np.zeros(8, np.int64)]


@pytest.mark.parametrize(
    ("body", "loops", "is_whole"),
    [
        (BLOCKS, 1, False),
        (HANDED_ON, 0, True),
        (SUM, 0, True),
        (THROUGH_A_VIEW, 0, True),
        (ROOM, 0, True),
        (SOME_WITH_ROOM, 0, False),
        (GATHERED_WITH_ROOM, 0, False),
        (GROUPS, 0, False),
    ],
)
def test_loops_are_parted(body: str, loops: int, is_whole: bool) -> None:
    found = program(body)
    parted = part(with_known_steps(check(found)))
    assert (len(parted.loops), may_have_lanes(parted.rest)) == (loops, is_whole)
    texts = write_texts(check(found))
    assert (len(texts.loops), texts.passes == ALL_PASSES) == (loops, is_whole)
    results = []
    for back_end in (reference, machine_code):
        given = buffers()
        compiled = back_end.compile_program(found)
        end = compiled.bind("main", given)(0, 32)
        results.append((end, [each.tolist() for each in given]))
    assert results[0] == results[1]


def test_a_loop_has_simd_and_is_called() -> None:
    ir = machine_code.compile_object(program(BLOCKS))[0].ir
    assert "x i64>" in ir[ir.index("define hidden void @loop.") :]
    assert "call void @loop." in ir


def test_loops_of_other_names_are_the_same() -> None:
    others = BLOCKS.replace("place", "other").replace("row", "line")
    texts = [write_texts(check(program(body))) for body in (BLOCKS, others)]
    assert texts[0].loops == texts[1].loops
    assert texts[0].program != texts[1].program


def test_a_loop_that_is_there_twice_is_linked_once() -> None:
    begin, end = BLOCKS.index("        for place"), BLOCKS.index("        kept = 0")
    twice = BLOCKS[:end] + BLOCKS[begin:end] + BLOCKS[end:]
    assert len(write_texts(check(program(twice))).loops) == 1
    given, expected = buffers(), buffers()
    machine_code.compile_program(program(twice)).bind("main", given)(0, 32)
    machine_code.compile_program(program(BLOCKS)).bind("main", expected)(0, 32)
    assert [each.tolist() for each in given] == [each.tolist() for each in expected]


def test_a_step_that_is_passed_is_known() -> None:
    rows = next(f for f in with_known_steps(check(program(SUM))) if f.title == "rows")
    (loop,) = (each for each in statements_of(rows.body) if isinstance(each, For))
    assert loop.step == Constant(INT, 1)


def test_a_step_that_differs_between_calls_stays() -> None:
    body = SUM.replace("return end", "return end\n\ndef twice(first):\n    return first")
    text = DRIVER.replace(
        "    return", "    rows(first, end, 2, keep, floats, codes, out, counts)\n    return"
    )
    found = program(body)
    both = Program(text, found.library, found.entries)
    rows = next(f for f in with_known_steps(check(both)) if f.title == "rows")
    (loop,) = (each for each in statements_of(rows.body) if isinstance(each, For))
    assert not isinstance(loop.step, Constant)
    given = buffers()
    machine_code.compile_program(both).bind("main", given)(0, 8)
    assert given[4][0] == 329 + 219
