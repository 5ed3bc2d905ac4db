"""Queries whose kernels numba.cuda's simulator runs: another opinion on what the words mean.

Run as a program, since the simulator is chosen before numba is imported. Prints a line a query:
"same", or how the answer differs from the cpu's.
"""

from __future__ import annotations

import os

os.environ["NUMBA_ENABLE_CUDASIM"] = "1"

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import cuda

import gpudb
from gpudb.compiler import reference
from gpudb.compiler.check import check
from gpudb.compiler.compiled import find_entry
from gpudb.compiler.device_library import REPLACEMENTS, device_source
from gpudb.compiler.device_words import WORDS
from gpudb.compiler.language import COLUMNS, Entry, Pointer, Program, Scratch
from gpudb.compiler.python_text import write_functions
from gpudb.compiler.words import Words
from gpudb.devices import gpu as gpus
from gpudb.devices.emulated.paper import Paper
from gpudb.devices.gpu import GpuProgram
from tests.plain.devices.simulated_queries import QUERIES

ROWS = 120
# No column of so few rows has more.
MOST_BYTES = 1 << 20
# The simulator gives `cuda` its meaning within a kernel's own globals, so the words are text, too.
MEANINGS = """
def word_add(buffer, index, value): return cuda.atomic.add(buffer, index, value)
def word_reserve(buffer, index, count): return int(cuda.atomic.add(buffer, index, count))
def word_and_bits(buffer, index, value): cuda.atomic.and_(buffer, index, value)
def word_or_bits(buffer, index, value): cuda.atomic.or_(buffer, index, value)
def word_xor_bits(buffer, index, value): cuda.atomic.xor(buffer, index, value)
def word_lowest(buffer, index, value): cuda.atomic.min(buffer, index, value)
def word_highest(buffer, index, value): cuda.atomic.max(buffer, index, value)
def word_claim(buffer, index, expected, value):
    return int(cuda.atomic.cas(buffer, index, expected, value))
def word_fail(errors, site, first, second):
    if cuda.atomic.cas(errors, 0, 0, site) == 0:
        errors[1], errors[2] = first, second
    return -1
def word_peek(buffer, index): return buffer[index]
def word_thread_index(): return cuda.grid(1)
def word_thread_count(): return cuda.gridsize(1)
def word_block_thread(): return cuda.threadIdx.x
def word_block_threads(): return cuda.blockDim.x
def word_barrier(): cuda.syncthreads()
"""
simulated: set[Program] = set()


def kernel(program: Program, entry_name: str) -> Any:
    """Return an entry as a kernel of the simulator: the typed text, with its words as calls."""
    words = Words({n: w.typing for n, w in WORDS.items()}, device_source(), REPLACEMENTS, COLUMNS)
    functions = check(program, words)
    namespace: dict[str, Any] = dict(reference._NAMESPACE)
    namespace |= {"cuda": cuda, "np": np, **{name: column(name) for name in COLUMNS}}
    exec(MEANINGS, namespace)
    namespace |= {f.name: namespace[f"word_{f.title}"] for f in functions if f.is_word}
    text = write_functions([f for f in functions if not f.is_word], reference.OPERATIONS)
    text += "\n\n" + driver(find_entry(program, entry_name))
    exec(compile(text, "<kernel>", "exec"), namespace)
    return cuda.jit(namespace["driver"])  # type: ignore[no-untyped-call]


def column(name: str) -> Callable[[Any, int], Any]:
    """Return the word that takes a column out of a table of addresses."""

    def take(table: Any, index: int) -> Any:
        memory = (ctypes.c_uint8 * MOST_BYTES).from_address(int(table[index]))
        return np.ctypeslib.as_array(memory).view(COLUMNS[name]).data

    return take


def driver(entry: Entry) -> str:
    """Return the text of a function that sets the scratch of a block aside, a line each."""
    passed = [name for name, kind in entry.parameters if not isinstance(kind, Scratch)]
    lines = [f"def driver({', '.join(passed)}):"]
    for name, kind in entry.parameters:
        if isinstance(kind, Scratch) and kind.view_of is None:
            made = f"cuda.shared.array({kind.length}, np.{kind.element})"
            lines += [f"    {name}_array = {made}", f"    {name} = {name}_array.data"]
    for name, kind in entry.parameters:
        if isinstance(kind, Scratch) and kind.view_of is not None:
            lines.append(f"    {name} = {kind.view_of}_array.view(np.{kind.element}).data")
    lines.append(f"    {entry.name}({', '.join(name for name, _ in entry.parameters)})")
    return "\n".join(lines)


def bind(self: GpuProgram, entry_name: str, arguments: Sequence[Any]) -> Callable[[int, int], int]:
    """Stand for GpuProgram.bind: launches go to the simulator, over the memory on paper."""
    entry, run = find_entry(self.program, entry_name), kernel(self.program, entry_name)
    passed = [kind for _, kind in entry.parameters[2:] if not isinstance(kind, Scratch)]
    given: list[Any] = []
    for kind, argument in zip(passed, arguments, strict=True):
        if isinstance(kind, Pointer):
            found = self.memory.resident(argument)
            assert isinstance(found, Paper)
            whole = len(found.memory) // np.dtype(kind.element).itemsize
            size = whole * np.dtype(kind.element).itemsize
            given.append(found.memory[:size].view(kind.element).data)
        else:
            given.append(argument)

    def launch(first: int, end: int) -> int:
        self.memory.finish_copies()
        run[self.shape](int(first), int(end), *given)
        simulated.add(self.program)
        return 0

    return launch


def fill(connection: gpudb.Connection) -> None:
    rng = np.random.default_rng(5)
    import pyarrow as pa

    items = pa.table(
        {
            "id": rng.permutation(ROWS),
            "kind": rng.integers(0, 5, ROWS),
            "amount": pa.array(rng.integers(-50, 50, ROWS), mask=rng.random(ROWS) < 0.1),
            "weight": pa.array(rng.integers(0, 40, ROWS) / 3, mask=rng.random(ROWS) < 0.1),
            "name": pa.array(rng.choice(["ä", "b", ""], ROWS), mask=rng.random(ROWS) < 0.1),
            "far": rng.choice(2**40, 30)[rng.integers(0, 30, ROWS)],
            "wide": rng.integers(-(2**63), 2**63 - 1, 25)[rng.integers(0, 25, ROWS)],
        }
    )
    labels = pa.table({"kind": [3, 1, 3, 7], "label": ["x", None, "z", "ö"]})
    for name, table in (("items", items), ("labels", labels)):
        connection.register(f"new_{name}", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM new_{name}")


def main() -> None:
    setattr(gpus.GpuProgram, "bind", bind)  # noqa: B010
    with (
        gpudb.connect(device="emulated", launch_grid=2, launch_block=4, chunk_rows=50) as paper,
        gpudb.connect(device="cpu", chunk_rows=50) as host,
    ):
        fill(paper)
        fill(host)
        for query in QUERIES:
            before = len(simulated)
            found = sorted(paper.execute(query).fetchall(), key=repr)
            wanted = sorted(host.execute(query).fetchall(), key=repr)
            ran = len(simulated) > before
            print("same" if found == wanted and ran else f"{query}: {found} {wanted} {ran}")


if __name__ == "__main__":
    main()
