"""A result of 50 million rows is held once, however it is read."""

from __future__ import annotations

import subprocess
import sys

import pytest

ROWS = 50_000_000
READ_ALL = """
import sys
import gpudb


def status(name):
    with open("/proc/self/status") as file:
        (line,) = [line for line in file if line.startswith(name)]
    return int(line.split()[1]) << 10


rows, query = int(sys.argv[1]), sys.argv[2]
connection = gpudb.connect()
numbers = f"SELECT g AS n, CAST(g AS DOUBLE) / 3 AS x FROM generate_series(1, {rows}) AS s(g)"
connection.execute(f"CREATE TABLE numbers AS {numbers}")
# What the table itself takes in memory, and the modules that a query loads, come first.
connection.execute("SELECT sum(n), sum(x) FROM numbers").fetchall()
connection.execute(query + " LIMIT 10").fetch_arrow_table()
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
before, size, count = status("VmRSS"), 0, 0
for batch in connection.execute(query).fetch_record_batch():
    size += batch.nbytes
    count += batch.num_rows
print(count, size, status("VmHWM") - before)
"""


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT * FROM numbers", ROWS),
        ("SELECT n + 1 AS n, x * 2 AS x FROM numbers WHERE n % 10 <> 3", ROWS * 9 // 10),
    ],
)
def test_a_large_result_is_held_once(query: str, rows: int) -> None:
    command = [sys.executable, "-c", READ_ALL, str(ROWS), query]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    count, size, peak = map(int, printed.split())
    print(f"{count:,} rows, {size:,} bytes, at most {peak:,} in memory")
    assert count == rows
    assert peak < 1.25 * size
