"""Every script gives its answers on a GPU on paper, with few and many threads in random orders."""

from __future__ import annotations

from pathlib import Path

import pytest

import gpudb
from gpudb.devices.gpu import GpuDevice
from tests.plain.devices.papers import paper_device
from tests.plain.engine.scripts import answers, read_script
from tests.plain.engine.test_scripts import PATHS, without_groups

SHAPES = ((1, 1), (1, 32), (7, 64), (132, 256))
CODE = "EXPLAIN CODE"


@pytest.mark.parametrize(("grid", "block"), SHAPES)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_script(path: Path, grid: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    device = paper_device(grid, block, seed=grid)
    check(path, device, monkeypatch)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_threads_do_not_race(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(path, paper_device(3, 32, seed=3, races=True), monkeypatch)


def check(path: Path, device: GpuDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare the answers; the text of kernels is another one here."""
    monkeypatch.setattr("gpudb.opening.open_emulated", lambda _: device)
    with gpudb.connect(device="emulated") as connection:
        blocks = read_script(path)
        for block, got in zip(blocks, answers(blocks, connection), strict=True):
            if not block.statement.startswith(CODE):
                found = without_groups(got.expected)
                assert found == block.expected, f"{path.name}: {block.statement}"
