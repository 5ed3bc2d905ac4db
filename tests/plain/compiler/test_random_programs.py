"""Random programs do the same by machine code as by plain Python."""

from __future__ import annotations

import pytest

from gpudb.compiler import machine_code, numba, reference
from gpudb.records import replace
from tests.plain.compiler.programs import Generator, assert_same


@pytest.mark.parametrize("begin", range(0, 200, 20))
def test_native_and_python_agree(begin: int) -> None:
    for seed in range(begin, begin + 20):
        program = Generator(seed).program()
        expected = reference.compile_program(program)
        assert_same(expected, machine_code.compile_program(program), seed)
        assert_same(expected, machine_code.compile_program(replace(program, soon=True)), seed)


@pytest.mark.parametrize("seed", range(1000, 1004))
def test_numba_and_python_agree(seed: int) -> None:
    program = Generator(seed).program()
    assert_same(reference.compile_program(program), numba.compile_program(program), seed)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_many_programs_agree() -> None:
    for seed in range(10_000, 11_000):
        program = Generator(seed).program()
        wanted = reference.compile_program(program)
        assert_same(wanted, machine_code.compile_program(program), seed)
        if seed % 50 == 0:
            assert_same(wanted, numba.compile_program(program), seed)
