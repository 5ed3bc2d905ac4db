"""Twenty million groups and a full sort finish in a process that may not have memory for them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import gpudb

ROWS, APPENDED_ROWS = 20_000_000, 2_000_000
# Beyond what the process has when it has begun: private memory that may be written to. What files
# are mapped for is the system's.
MORE_BYTES = 640 << 20

LIMITED = """
import json, resource, sys
import numpy as np
import gpudb

folder, memory_limit, more, query = sys.argv[1:]


def private_bytes():
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * sum(int(l.split()[1]) for l in lines if l.startswith(("VmData", "VmStk")))


connection = gpudb.connect(folder, threads=2, memory_limit=memory_limit)
# Threads and the compiler take what they need before.
connection.execute("SELECT max(k), count(DISTINCT v) FROM t WHERE k < 0").fetchall()
resource.setrlimit(resource.RLIMIT_DATA, (private_bytes() + int(more),) * 2)
try:
    rows, total, is_ordered, last = 0, 0, True, -1
    for batch in connection.execute(query).fetch_record_batch(100_000):
        keys, values = (column.to_numpy() for column in batch.columns[:2])
        rows += len(keys)
        total += int((keys % 1000 * values).sum())
        is_ordered &= bool(keys[0] > last and (keys[1:] > keys[:-1]).all())
        last = int(keys[-1])
    print(json.dumps([rows, total, is_ordered]))
except (gpudb.OperationalError, MemoryError, OSError) as error:
    print(json.dumps(type(error).__name__))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of rows with distinct keys in no order."""
    made = tmp_path_factory.mktemp("past") / "database.gpudb"
    with gpudb.connect(made) as connection:
        connection.execute("CREATE TABLE t (k BIGINT, v BIGINT)")
        for begin in range(0, ROWS, APPENDED_ROWS):
            keys, values = rows_from(begin)
            connection.cursor().adbc_ingest("t", pa.table({"k": keys, "v": values}), mode="append")
    return made


def rows_from(begin: int) -> tuple[np.ndarray, np.ndarray]:
    """Return some rows: an odd factor makes other keys of all, modulo a power of two."""
    places = np.arange(begin, begin + APPENDED_ROWS)
    return places * 0x9E3779B1 % (1 << 32) * 1009, places % 77


def run_limited(folder: Path, memory_limit: str, query: str) -> object:
    """Run a query in a process that may take little memory."""
    arguments = [str(folder), memory_limit, str(MORE_BYTES), query]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *arguments], stdout=subprocess.PIPE, text=True, check=False
    )
    return json.loads(done.stdout) if done.returncode == 0 else "killed"


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("query", "is_ordered"),
    [
        ("SELECT k, sum(v) AS v, count(*) AS n, min(v) AS least FROM t GROUP BY k", False),
        ("SELECT k, v, v + 1 AS w FROM t ORDER BY k", True),
        ("SELECT k, v, row_number() OVER (ORDER BY k) AS place FROM t", True),
    ],
)
def test_what_memory_has_no_room_for_finishes_on_disk(
    folder: Path, query: str, is_ordered: bool
) -> None:
    total = 0
    for begin in range(0, ROWS, APPENDED_ROWS):
        keys, values = rows_from(begin)
        total += int((keys % 1000 * values).sum())
    assert isinstance(run_limited(folder, "100 GB", query), str), "it has memory enough"
    found = run_limited(folder, "128 MB", query)
    assert isinstance(found, list), found
    assert found[:2] == [ROWS, total]
    assert found[2] or not is_ordered
