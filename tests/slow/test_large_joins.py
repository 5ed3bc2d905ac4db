"""A join whose build exceeds the memory of its process finishes, and its answer is right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import gpudb

if sys.platform != "linux":
    pytest.skip("RLIMIT_DATA counts what is mapped on Linux only", allow_module_level=True)

ROWS = 20_000_000
# Joins two tables with no more than so many bytes of memory beyond what the process began with.
DATA_BYTES = 640_000_000
SCRIPT = """
import resource, sys
import gpudb
folder, limit, data_bytes, query = sys.argv[1:]
with gpudb.connect(folder, threads=2, device="cpu", read_only=True) as connection:
    connection.execute(f"SET memory_limit = '{limit}'")
    connection.execute(f"SET temp_directory = '{folder}'")
    connection.execute(query + " WHERE a.v < 0")
    with open("/proc/self/status") as status:
        (used,) = [1024 * int(line.split()[1]) for line in status if line.startswith("VmData")]
    resource.setrlimit(resource.RLIMIT_DATA, (used + int(data_bytes),) * 2)
    print(*connection.execute(query).fetchall()[0])
"""


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large_joins") / "database.gpudb"
    series = f"(SELECT CAST(n AS BIGINT) AS i FROM generate_series(0, {ROWS - 1}) AS g(n)) AS s"
    with gpudb.connect(folder, threads=2) as connection:
        connection.execute(
            f"CREATE TABLE a AS SELECT i * 1000003771 AS far, i + 7 AS near, i AS v FROM {series}"
        )
        connection.execute(
            f"CREATE TABLE b AS SELECT i * 7919 % {ROWS} * 1000003771 AS far,"
            f" i * 7919 % {ROWS} + 7 AS near, i AS w FROM {series}"
        )
    return folder


def run(folder: Path, limit: str, query: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, str(folder), limit, str(DATA_BYTES), query]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("key", ["far", "near"])
def test_a_build_larger_than_memory_is_met_in_parts(folder: Path, key: str) -> None:
    query = (
        "SELECT count(*), sum(a.v), sum(b.w), sum(b.w * 7919 % 20000000 - a.v), max(a.v - b.w)"
        f" FROM a LEFT JOIN b USING ({key})"
    )
    done = run(folder, "160MB", query)
    assert done.returncode == 0, done.stderr[-2000:]
    total = ROWS * (ROWS - 1) // 2
    count, *sums, _ = (int(word) for word in done.stdout.split())
    assert (count, sums) == (ROWS, [total, total, 0])


def test_without_a_budget_there_is_too_little_memory(folder: Path) -> None:
    done = run(folder, "8GB", "SELECT count(*), sum(a.v), sum(b.w) FROM a JOIN b USING (far)")
    assert done.returncode != 0
    assert "emory" in done.stderr
