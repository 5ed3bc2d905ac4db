"""Object code is loaded in one piece, whatever the address space looks like."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from gpudb.compiler import c_library, machine_code
from gpudb.compiler.language import Entry, Program, ValueType
from gpudb.compiler.loader import load

IS_AMD64_LINUX = sys.platform.startswith("linux") and platform.machine() == "x86_64"

# A process whose gaps are all taken, but for holes of one page far from each other. LLVM's loader
# puts code into one and constants into another there, and ends the process.
CROWDED = """
import ctypes
import gpudb
connection = gpudb.connect(device="cpu")
connection.execute("CREATE TABLE t (a INTEGER, b DOUBLE)")
connection.execute("INSERT INTO t VALUES (1, 2)")
connection.execute("SELECT a + 1 FROM t").fetchall()
library = ctypes.CDLL(None)
library.mmap.restype = ctypes.c_void_p
library.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
library.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
def take(size):
    return library.mmap(None, size, 0, 0x4022, -1, 0)
regions = [take(4 << 30) for _ in range(30)]
for size in (1 << 20, 1 << 16, 1 << 12):
    for _ in range(20_000):
        place = take(size)
        if place < min(regions):
            library.munmap(place, size)
            break
for region in regions:
    library.munmap(region + (2 << 30), 4096)
for factor in range(6):
    text = f"SELECT a + b * {factor}.5, sin(b), CASE a WHEN 1 THEN 2.5 ELSE {factor}.25 END FROM t"
    print(connection.execute(text).fetchall()[0][0])
"""


def object_code() -> bytes:
    """Return the object code of a function that reads a constant and calls another."""
    text = "def f(a):\n    if sin(a) > 0.75:\n        return 1\n    return 0"
    entry = Entry("f", (("a", ValueType.FLOAT),))
    code, _ = machine_code.compile_object(Program(text, "", (entry,)))
    return code.code


@pytest.mark.skipif(not IS_AMD64_LINUX, reason="LLVM loads object code on other machines")
def test_code_and_constants_lie_together_in_a_crowded_address_space() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", CROWDED], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["2.0", "4.0", "6.0", "8.0", "10.0", "12.0"]


@pytest.mark.skipif(not IS_AMD64_LINUX, reason="LLVM loads object code on other machines")
def test_functions_outside_are_reached_by_jumps() -> None:
    asked: list[str] = []

    def find(name: str) -> int:
        asked.append(name)
        return c_library.address(name.removeprefix("gpudb_"))

    loaded = load(object_code(), find)
    assert loaded is not None and asked == ["gpudb_sin"]
    assert loaded.get_function_address("gpudb.f") > 0
    with pytest.raises(KeyError):
        loaded.get_function_address("gpudb.g")


def test_what_is_not_simple_is_left_to_llvm() -> None:
    code = object_code()
    assert load(code, lambda _: None) is None
    assert load(b"MZ" + code, c_library.address) is None
    other_machine = code[:18] + b"\xb7\x00" + code[20:]
    assert load(other_machine, c_library.address) is None
