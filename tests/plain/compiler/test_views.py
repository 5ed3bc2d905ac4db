"""Views: one buffer read as ints and as floats, by every back end, in the order of the text."""

from __future__ import annotations

import numpy as np
import pytest

from gpudb.compiler import machine_code, numba, reference
from gpudb.compiler.compiled import rebindable
from gpudb.compiler.language import Entry, LanguageError, Pointer, Program, ValueType, View
from gpudb.compiler.ptx import write_device_module

INT = ValueType.INT
# LLVM moves the load of a float above the store of its bits if it thinks that they are apart.
TEXT = """
def rows(first, end, words, floats, bits):
    total = 0.0
    for row in range(first, end):
        words[row & 1] = bits[row]
        total = accumulate(total, twice(floats, row & 1))
        floats[row & 1] = total
        bits[row] = words[row & 1]
    return int(total)
"""
LIBRARY = """
def twice(values, place):
    return values[place] + values[place]
"""


def program(of: str = "words") -> Program:
    parameters: tuple[tuple[str, ValueType | Pointer], ...] = (
        *(("first", INT), ("end", INT)),
        *(("words", Pointer("int64")), ("floats", View("float64", of)), ("bits", Pointer("int64"))),
    )
    return Program(TEXT, LIBRARY, (Entry("rows", parameters),))


@pytest.mark.parametrize("back_end", [reference, machine_code, numba])
def test_a_store_is_seen_through_the_view(back_end: object) -> None:
    words = np.zeros(2, np.int64)
    bits = np.arange(1.0, 7.0).view(np.int64)
    compiled = back_end.compile_program(program())  # type: ignore[attr-defined]
    total = compiled.bind("rows", [words, words.view(np.float64), bits])(0, 6)
    assert total == 42
    assert bits.view(np.float64).tolist() == [2.0, 6.0, 12.0, 20.0, 30.0, 42.0]
    assert words.view(np.float64).tolist() == [30.0, 42.0]


def test_what_is_passed_is_the_same_memory() -> None:
    words = np.zeros(2, np.int64)
    compiled = reference.compile_program(program())
    with pytest.raises(LanguageError, match="floats is no view of words"):
        compiled.bind("rows", [words, np.zeros(2), np.zeros(6, np.int64)])


@pytest.mark.parametrize("of", ["floats", "first", "no"])
def test_a_view_is_of_another_buffer(of: str) -> None:
    with pytest.raises(LanguageError, match=f"floats is a view of {of}, no buffer here"):
        reference.compile_program(program(of))


def test_on_a_gpu_a_buffer_that_its_view_writes_is_not_read_only() -> None:
    text = TEXT.replace("        words[row & 1] = bits[row]\n", "")
    module = write_device_module(Program(text, LIBRARY, program().entries))
    head = next(line for line in module.split("\n") if "ptx_kernel" in line)
    assert "readonly" not in head


def test_what_is_bound_again_is_checked_again() -> None:
    words, bits = np.zeros(2, np.int64), np.arange(1.0, 7.0).view(np.int64)
    view = words.view(np.float64)
    bound = machine_code.compile_program(program()).bind("rows", [words, view, bits])
    first = rebindable(bound)
    assert first is not None
    others = np.zeros(2, np.int64)
    again = first.again([others, others.view(np.float64), bits])
    assert (again(0, 2), others.view(np.float64).tolist(), words.tolist()) == (6, [2, 6], [0, 0])
    assert (bound(0, 1), words.view(np.float64).tolist()) == (4, [4, 0])
    for given in ([others, view, bits], [words, view, bits[::2]], [words, view, view]):
        with pytest.raises(LanguageError):
            first.again(given)
    with pytest.raises(LanguageError, match="takes"):
        first.again([words, view])
