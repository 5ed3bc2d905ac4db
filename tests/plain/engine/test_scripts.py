"""Every script of tests/scripts gives its answers on the cpu, and by its text alone."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from pathlib import Path

import pytest

import gpudb
from tests.plain.engine.kept_plans import checked_plans, checked_shapes
from tests.plain.engine.kept_texts import checked_texts
from tests.plain.engine.scripts import SCRIPTS, answers, describe_scripts, read_script

PATHS = sorted(SCRIPTS.glob("*.sql"))
# The text of kernels whose threads share memory.
SHARED = sorted(SCRIPTS.glob("shared/*.sql"))
GROUPS = re.compile(r"pipeline \d+ groups in ")
MAY_UPDATE = os.environ.get("GPUDB_UPDATE_SCRIPTS") == "1"


@pytest.mark.parametrize("device", ["python", "cpu"])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_script(path: Path, device: str) -> None:
    with ExitStack() as checks, gpudb.connect(device=device, quick_start=False) as connection:
        if device == "python":  # plans and texts are the same on both
            checks.enter_context(checked_plans())
            checks.enter_context(checked_shapes())
            checks.enter_context(checked_texts())
        check_script(path, connection)


@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.stem)
def test_script_of_shared_memory(path: Path) -> None:
    with gpudb.connect(device="emulated") as connection:
        check_script(path, connection)


def check_script(path: Path, connection: gpudb.Connection) -> None:
    blocks = read_script(path)
    for block, got in zip(blocks, answers(blocks, connection), strict=True):
        if not MAY_UPDATE:
            found = got.expected if path in SHARED else without_groups(got.expected)
            assert found == block.expected, f"{path.name}: {block.statement}"
    if MAY_UPDATE:
        device = "emulated" if path in SHARED else "python"
        again = answers(blocks, gpudb.connect(device=device))
        path.write_text("\n".join(b.written() for b in again), encoding="utf-8")


def without_groups(lines: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return lines without those by which EXPLAIN says where a GPU keeps groups."""
    return lines and tuple(line for line in lines if not GROUPS.match(line))


def test_scripts_are_counted() -> None:
    assert describe_scripts().startswith(f"golden scripts: {len(PATHS)} with ")
