"""What statements mean where Python and machine code could part."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gpudb.compiler import native, numba, reference
from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import Entry, LanguageError, Pointer, Program, ValueType

if TYPE_CHECKING:
    from gpudb.compiler.compiled import Argument

INT, FLOAT, BOOL = ValueType.INT, ValueType.FLOAT, ValueType.BOOL
Compile = Callable[[Program], CompiledProgram]


@pytest.fixture(
    params=[native.compile_program, numba.compile_program, reference.compile_program],
    ids=["native", "numba", "reference"],
)
def compile_program(request: pytest.FixtureRequest) -> Any:
    return request.param


def entry(name: str, **parameters: ValueType | Pointer) -> Entry:
    return Entry(name, tuple(parameters.items()))


OUT = Pointer("int64")

LOOPS = """
LAST = -3

def loops(first, end, step, out):
    count = 0
    for x in range(first, end, step):
        if x == 5:
            x = 1000
            continue
        out[count] = x
        count += 1
        if count > 6:
            break
    return count

def order(n, out):
    out[bump(out)] += bump(out)
    return (bump(out) if n > 0 else bump(out)) + LAST

def falls(n):
    if n > 0:
        return 7

def returns(n, out):
    out[0] = 3
    if n > 0:
        return
    out[0] = 4

def yes(n):
    return n > 2
"""
LIBRARY = """
def bump(out):
    out[9] += 1
    return out[9]
"""
PROGRAM = Program(
    LOOPS,
    LIBRARY,
    (
        entry("loops", first=INT, end=INT, step=INT, out=OUT),
        entry("order", n=INT, out=OUT),
        entry("falls", n=INT),
        entry("returns", n=INT, out=OUT),
        entry("yes", n=INT),
    ),
)
MOST, LEAST = 2**63 - 1, -(2**63)


def test_loops_count_as_pythons_do(compile_program: Compile) -> None:
    compiled = compile_program(PROGRAM)
    for first, end, step in [(0, 4, 1), (3, 9, 1), (0, 20, 3), (4, 4, 1), (9, 2, 1), (2, 3, MOST)]:
        out = np.zeros(10, np.int64)
        wanted = [x for x in range(first, end, step) if x != 5][:7]
        assert compiled.call("loops", [first, end, step, out]) == len(wanted)
        assert out[: len(wanted)].tolist() == wanted


@pytest.mark.parametrize("step", [0, -1, LEAST])
def test_a_loop_that_does_not_go_forward_does_not_run(compile_program: Compile, step: int) -> None:
    out = np.zeros(10, np.int64)
    assert compile_program(PROGRAM).call("loops", [0, 9, step, out]) == 0


@pytest.mark.parametrize("compiler", [native, reference])
def test_a_loop_ends_at_the_largest_int(compiler: Any) -> None:
    out = np.zeros(10, np.int64)
    compiled = compiler.compile_program(PROGRAM)
    assert compiled.call("loops", [MOST - 3, MOST, 2, out]) == 2
    assert out[:2].tolist() == [MOST - 3, MOST - 1]
    assert compiled.call("loops", [LEAST, MOST, MOST, out]) == 3
    assert out[:3].tolist() == [LEAST, -1, MOST - 1]


def test_operands_are_evaluated_in_order_and_both_sides_of_a_select(
    compile_program: Compile,
) -> None:
    out = np.zeros(10, np.int64)
    assert compile_program(PROGRAM).call("order", [1, out]) == 3 - 3
    assert out.tolist() == [0, 2, 0, 0, 0, 0, 0, 0, 0, 4]


def test_results(compile_program: Compile) -> None:
    compiled = compile_program(PROGRAM)
    out = np.zeros(1, np.int64)
    assert compiled.call("falls", [1]) == 7
    assert compiled.call("falls", [0]) == 0
    assert compiled.call("returns", [1, out]) == 0
    assert out[0] == 3
    assert compiled.call("returns", [0, out]) == 0
    assert out[0] == 4
    assert compiled.call("yes", [3]) == 1


SUM = Program(
    """
def rows(first, end, values, scale, keep, out):
    total = 0.0
    for row in range(first, end):
        if keep:
            total = accumulate(total, values[row] * scale)
    out[first // 1000] = total
    return end - first
""",
    "",
    (
        entry(
            "rows",
            first=INT,
            end=INT,
            values=Pointer("uint8"),
            scale=FLOAT,
            keep=BOOL,
            out=Pointer("float64"),
        ),
    ),
)


def test_bound_calls_run_on_threads_and_keep_their_arrays(compile_program: Compile) -> None:
    values = np.arange(100_000, dtype=np.uint8)
    wanted = values.reshape(100, 1000).sum(axis=1) * 0.5
    out = np.zeros(100)
    run = compile_program(SUM).bind("rows", [values.copy(), 0.5, True, out])
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda i: run(i * 1000, i * 1000 + 1000), range(100)))
    assert counts == [1000] * 100
    assert np.array_equal(out, wanted)


def test_arguments_are_checked(compile_program: Compile) -> None:
    compiled = compile_program(SUM)
    values, out = np.zeros(10, np.uint8), np.zeros(1)
    for arguments, message in [
        ([0, 1, values, 0.5, True], "takes 6 arguments here, not 5"),
        ([0, 1, values.astype(np.int8), 0.5, True, out], "values holds int8, not uint8"),
        ([0, 1, np.zeros(20, np.uint8)[::2], 0.5, True, out], "values is not contiguous"),
        ([0, 1, 3, 0.5, True, out], "values should be an array of uint8"),
        ([0, 1, values, out, True, out], "scale is float, not an array"),
    ]:
        with pytest.raises(LanguageError, match=message):
            compiled.call("rows", arguments)  # type: ignore[arg-type]
    with pytest.raises(LanguageError, match="no entry other"):
        compiled.call("other", [])
    with pytest.raises(LanguageError, match="first two parameters of yes"):
        compile_program(PROGRAM).bind("yes", [])


def test_an_array_that_fitted_says_nothing_of_the_next(compile_program: Compile) -> None:
    compiled, out = compile_program(SUM), np.zeros(1)
    values = np.ones(10, np.uint8)
    for other in (out.astype(">f8"), out.astype(np.float32), np.zeros(4)[::2]):
        assert compiled.call("rows", [0, 1, values, 0.5, True, out]) == 1
        with pytest.raises(LanguageError, match=r"out (holds|is not contiguous)"):
            compiled.call("rows", [0, 1, values, 0.5, True, other])
    assert compiled.call("rows", [0, 1, values, 0.5, True, np.zeros(1)]) == 1


def test_numpys_scalars_and_empty_arrays_are_taken(compile_program: Compile) -> None:
    out = np.zeros(1)
    arguments = [np.zeros(0, np.uint8), np.float32(0.5), np.bool_(True), out]
    assert compile_program(SUM).bind("rows", arguments)(np.int64(0), 0) == 0  # type: ignore[arg-type]


def test_the_reference_refuses_what_is_out_of_bounds() -> None:
    compiled = reference.compile_program(SUM)
    arguments: list[Argument] = [np.zeros(10, np.uint8), 0.5, True, np.zeros(1)]
    with pytest.raises(IndexError):
        compiled.call("rows", [0, 11, *arguments])
    with pytest.raises(IndexError):
        compiled.call("rows", [-1, 3, *arguments])
