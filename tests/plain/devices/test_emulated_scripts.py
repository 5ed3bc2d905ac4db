"""Every script gives its answers on GPUs on paper, of one thread and of many in random orders.

What takes long is to compile a script's kernels, so all shapes of a script are one test.
"""

from __future__ import annotations

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
                assert found == block.expected, where
