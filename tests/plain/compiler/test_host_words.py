"""The words of CPUs give what the library's functions of the same names give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from gpudb.compiler import machine_code, numba, reference
from gpudb.compiler.host_words import COMPRESSING, HOST_WORDS, host_words
from gpudb.compiler.language import Entry, LanguageError, Pointer, Program, ValueType
from gpudb.compiler.target import Target, find_target
from gpudb.compiler.words import NO_WORDS
from gpudb.kernels import listing
from gpudb.kernels.library import eight_bytes
from gpudb.kernels.listing import LISTED_MORE
from gpudb.kernels.zones import BLOCK_ROWS
from gpudb.sql.functions.registry import kernel_source

INT = ValueType.INT
RANGES = [(0, 0), (0, BLOCK_ROWS), (1, 2), (31, 33), (32, 64), (70, 1000), (2047, BLOCK_ROWS)]
RANGES += [(5, 5), (64, 69), (1999, 2031)]
SHARES = [0.0, 0.01, 0.5, 1.0]
NAMES = ["list_kept", "list_few", "list_kept_of_both", "list_few_of_both"]


def program_of(name: str, listed: str = "int16") -> Program:
    """Return the program that lists places by a function of the library."""
    buffers = {"keep": "uint8", "flags": "int64"} if "both" in name else {"keep": "uint8"}
    given = ", ".join(buffers)
    pointers = tuple((n, Pointer(kind)) for n, kind in buffers.items())
    entry = Entry("main", (("first", INT), ("end", INT), *pointers, ("listed", Pointer(listed))))
    text = f"def main(first, end, {given}, listed):\n    return {name}({given}, first, end, listed)"
    functions = (eight_bytes, getattr(listing, name))
    return Program(text, "\n\n".join(map(kernel_source, functions)), (entry,))


def cases() -> Iterator[tuple[int, int, np.ndarray, np.ndarray]]:
    """Yield ranges of a block with flags of it."""
    random = np.random.default_rng(11)
    for share in SHARES:
        for first, end in RANGES:
            keep, flags = (random.random(BLOCK_ROWS) < share for _ in range(2))
            yield first, end, keep.astype(np.uint8), flags.astype(np.int64)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("module", [machine_code, numba, reference], ids=lambda m: m.__name__[15:])
def test_places_are_those_of_set_flags(name: str, module: object) -> None:
    compiled = module.compile_program(program_of(name))  # type: ignore[attr-defined]
    for first, end, keep, flags in cases():
        both = "both" in name
        listed = np.full(BLOCK_ROWS + LISTED_MORE + 1, -7, np.int16)
        buffers = [keep, flags] if both else [keep]
        count = compiled.call("main", [first, end, *buffers, listed])
        is_set = (keep & flags.astype(np.uint8) if both else keep)[first:end]
        assert listed[:count].tolist() == (first + np.flatnonzero(is_set)).tolist()
        assert listed[-1] == -7


@pytest.mark.parametrize("soon", [True, False])
def test_what_is_made_soon_lists_the_same(soon: bool) -> None:
    program = program_of("list_kept")
    code, phases = machine_code.compile_object(program, soon=soon)
    compiled = machine_code.load_object(program, code, phases, from_cache=False)
    keep = np.tile(np.array([0, 1, 0, 0, 1], np.uint8), BLOCK_ROWS)[:BLOCK_ROWS]
    listed = np.zeros(BLOCK_ROWS + LISTED_MORE, np.int16)
    count = compiled.call("main", [3, BLOCK_ROWS, keep, listed])
    assert listed[:count].tolist() == [p for p in range(3, BLOCK_ROWS) if p % 5 in (1, 4)]


def test_words_are_for_cpus_that_have_the_instruction() -> None:
    assert set(HOST_WORDS) == set(NAMES)
    assert host_words(Target("x86_64-unknown-linux-gnu", "x86-64-v3", "+avx2")) is NO_WORDS
    found = host_words(Target("x86_64-unknown-linux-gnu", "znver4", f"+avx2,{COMPRESSING},+sse"))
    assert set(found.results) == set(NAMES)


def test_another_width_of_what_is_listed_is_refused() -> None:
    if COMPRESSING not in find_target().features.split(","):
        # The library's function takes any width.
        assert machine_code.compile_program(program_of("list_kept", "int32")).functions
        return
    with pytest.raises(LanguageError, match="list_kept takes buffers of integers"):
        machine_code.compile_program(program_of("list_kept", "int32"))
