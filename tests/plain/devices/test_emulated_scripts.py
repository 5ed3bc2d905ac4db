"""Every script gives its answers on GPUs on paper, of one thread and of many in random orders.

What takes long is to compile a script's kernels, so all shapes of a script are one test.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest

import gpudb
from gpudb.devices.gpu import GpuDevice
from tests.plain.devices.papers import paper_device, paper_memory
from tests.plain.engine.scripts import answers, read_script
from tests.plain.engine.test_scripts import PATHS, without_groups

SHAPES = ((1, 1), (1, 32), (7, 64), (132, 256))
# With the check for races, which is other code.
WATCHED = (3, 32)
CODE = "EXPLAIN CODE"


@pytest.fixture(autouse=True)
def _memory_of_its_own() -> None:
    """Forget the kernels of other tests: scripts have few in common, and some have hundreds."""
    paper_memory.cache_clear()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_script(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for grid, block in SHAPES:
        check(path, paper_device(grid, block, seed=grid), monkeypatch)
    check(path, paper_device(*WATCHED, seed=3, races=True), monkeypatch)


def check(path: Path, device: GpuDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare the answers; the text of kernels is another one here."""
    monkeypatch.setattr("gpudb.opening.open_emulated", lambda _: device)
    with gpudb.connect(device="emulated") as connection:
        blocks = read_script(path)
        for block, got in zip(blocks, answers(blocks, connection), strict=True):
            if not block.statement.startswith(CODE):
                found = without_groups(got.expected)
                where = f"{path.name} on {device.shape}: {block.statement}"
                assert is_same(found, block.expected), f"{where}: {found}"


def is_same(found: tuple[str, ...] | None, expected: tuple[str, ...] | None) -> bool:
    """Whether answers are the same, but for the last digits of doubles: threads' partial results
    are added in another order."""
    if found == expected or found is None or expected is None:
        return found == expected
    cells = [line.split("\t") for line in found], [line.split("\t") for line in expected]
    if [len(line) for line in cells[0]] != [len(line) for line in cells[1]]:
        return False
    pairs = zip(*(itertools.chain.from_iterable(lines) for lines in cells), strict=True)
    return all(a == b or is_close(a, b) for a, b in pairs)


def is_close(first: str, second: str) -> bool:
    """Whether both are doubles that differ by less than 1e-12 of them."""
    try:
        return "." in first + second and math.isclose(float(first), float(second), rel_tol=1e-12)
    except ValueError:
        return False
