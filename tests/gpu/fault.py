"""Lets a kernel fault, in a process of its own: `python -m tests.gpu.fault cuda`.

Says "again" where the GPU goes on in another context, and "cpu" where the driver makes none and the
error has said so. Anything else is a mistake of ours.
"""

from __future__ import annotations

import sys

import numpy as np

import gpudb
from gpudb.compiler.language import Entry, Pointer, Program, ValueType
from gpudb.devices.gpu import GpuDevice
from gpudb.devices.memory import NO_CONTEXT, GpuMemory
from gpudb.errors import DeviceFaultError

QUERY = "SELECT k, count(*), sum(x) FROM t GROUP BY k ORDER BY sum(x) DESC LIMIT 3"
WILD = """def wild(first, end, words):
    for row in range(first + thread_index(), end, thread_count()):
        words[row + 1099511627776] = row
"""


def write_wildly(memory: GpuMemory) -> None:
    """Write far behind an array."""
    index = (("first", ValueType.INT), ("end", ValueType.INT), ("words", Pointer("int64")))
    program, words = Program(WILD, "", (Entry("wild", index),)), np.zeros(4, np.int64)
    memory.own(words)
    try:
        GpuDevice("wild", memory, 1, 32).compile(program).bind("wild", [words])(0, 64)
        memory.pull([words])
    finally:
        memory.release(words)


def after_a_fault(device: str) -> str:
    """Return where a connection's queries run after a fault; their answers are looked at."""
    with gpudb.connect(device=device) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT x, x % 7 AS k FROM generate_series(1, 90000) s(x)"
        )
        wanted = connection.execute(QUERY).fetchall()
        try:
            write_wildly(connection.gpu_memory())
        except DeviceFaultError as error:
            said = str(error)
        else:
            return "no fault"
        if NO_CONTEXT in said:
            connection.execute("SET device = 'cpu'")
        assert connection.execute(QUERY).fetchall() == wanted
        return "cpu" if NO_CONTEXT in said else "again"


if __name__ == "__main__":
    print(after_a_fault(sys.argv[1]))
