"""Code made soon, which is made well behind the queries once it has run over many rows."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import gpudb
from gpudb.compiler import behind as module
from gpudb.compiler import machine_code, native
from gpudb.compiler.behind import BEHIND, CALM_SECONDS, MANY_ROWS, SOME_ROWS, Behind, Work
from gpudb.compiler.cache import MADE_SOON, find_key
from gpudb.compiler.language import Entry, Pointer, Program, ValueType

INT = ValueType.INT
SUM = """
def add_rows(first, end, codes, out):
    for row in range(first, end):
        out[0] += codes[row & 1023] * {number} + row
"""
ORIGIN = machine_code.find_origin()


def program(number: int) -> Program:
    parameters = (
        ("first", INT),
        ("end", INT),
        ("codes", Pointer("int16")),
        ("out", Pointer("int64")),
    )
    return Program(SUM.format(number=number), "", (Entry("add_rows", parameters),), soon=True)


def expected(number: int, rows: int) -> int:
    places = np.arange(rows, dtype=np.int64)
    return int((places % 1024 * number + places).sum())


def run(compiled: machine_code.NativeProgram, rows: int, calls: int = 8) -> int:
    out, codes = np.zeros(1, np.int64), np.arange(1024, dtype=np.int16)
    bound = compiled.bind("add_rows", [codes, out])
    size = -(-rows // calls)
    for first in range(0, rows, size):
        bound(first, min(first + size, rows))
    return int(out[0])


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    BEHIND.wait()


def kept(folder: Path, number: int) -> tuple[bool, bool]:
    """Return whether a folder has the code made soon, and that made well."""
    keys = find_key(program(number), (*ORIGIN, MADE_SOON)), find_key(program(number), ORIGIN)
    soon, well = ((folder / f"{key}.o").exists() for key in keys)
    return soon, well


@pytest.mark.parametrize("rows", [SOME_ROWS, 4 * MANY_ROWS])
def test_what_runs_over_rows_is_made_well_once(tmp_path: Path, rows: int) -> None:
    compiled = native.compile_program(program(rows), tmp_path)
    soon = compiled.functions["add_rows"]
    assert kept(tmp_path, rows) == (True, False)
    assert run(compiled, rows) == expected(rows, rows)
    BEHIND.wait()
    well = compiled.functions["add_rows"]
    assert well is not soon
    assert kept(tmp_path, rows) == (False, True)
    # What was asked for before and what is asked for now run the same code.
    again = native.compile_program(program(rows), tmp_path)
    assert again.from_cache and again.functions["add_rows"] is well
    assert run(again, 4 * MANY_ROWS) == expected(rows, 4 * MANY_ROWS)
    BEHIND.wait()
    assert again.functions["add_rows"] is well


def test_what_runs_over_few_rows_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SOME_SECONDS", 1e9)
    compiled = native.compile_program(program(1), tmp_path)
    soon = compiled.functions["add_rows"]
    assert run(compiled, SOME_ROWS - 1) == expected(1, SOME_ROWS - 1)
    BEHIND.wait()
    assert compiled.functions["add_rows"] is soon
    assert kept(tmp_path, 1) == (True, False)


def test_code_switches_while_threads_run_it() -> None:
    compiled = machine_code.compile_program(program(3))
    rows = 2 * MANY_ROWS
    soon = compiled.functions["add_rows"]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: run(compiled, rows, calls=64), range(4)))
        BEHIND.wait()
        found += pool.map(lambda _: run(compiled, rows, calls=64), range(4))
    assert compiled.functions["add_rows"] is not soon
    assert found == [expected(3, rows)] * 8


def test_a_folder_gives_what_was_made_soon_until_there_is_better(tmp_path: Path) -> None:
    native.compile_program(program(4), tmp_path / "folder")
    moved = (tmp_path / "folder").rename(tmp_path / "moved")
    loaded = native.compile_program(program(4), moved)
    assert loaded.from_cache and loaded.phases.emit == 0
    assert run(loaded, MANY_ROWS) == expected(4, MANY_ROWS)
    BEHIND.wait()
    assert kept(moved, 4) == (False, True)
    better = native.compile_program(program(4), moved.rename(tmp_path / "again"))
    assert better.from_cache and better.work is None
    assert run(better, 100) == expected(4, 100)


def test_a_folder_that_cannot_be_written_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    compiled = native.compile_program(program(5), tmp_path / "file")
    soon = compiled.functions["add_rows"]
    assert run(compiled, MANY_ROWS) == expected(5, MANY_ROWS)
    BEHIND.wait()
    assert compiled.functions["add_rows"] is not soon


def test_threads_make_code_at_once() -> None:
    numbers = range(100, 116)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: machine_code.compile_program(program(n)), numbers))
    assert [run(each, 1000) for each in made] == [expected(n, 1000) for n in numbers]


def test_what_is_urgent_goes_first_and_the_rest_waits_for_calm() -> None:
    behind, done, began = Behind(), list[str](), time.monotonic()
    behind.put_off()
    behind.ask(lambda: done.append("calm"), is_urgent=False)
    behind.ask(lambda: done.append("urgent"), is_urgent=True)
    while len(done) < 2:
        time.sleep(0.001)
    assert done == ["urgent", "calm"]
    assert time.monotonic() - began >= CALM_SECONDS
    behind.wait()


def test_rows_ask_once_and_again_when_they_are_many() -> None:
    begun, may_end, made = threading.Event(), threading.Event(), list[int]()

    def hold() -> None:
        begun.set()
        may_end.wait(30)

    BEHIND.ask(hold, is_urgent=True)
    assert begun.wait(30)
    work = Work(lambda: made.append(1))
    for _ in range(100):
        work.end(work.begin(MANY_ROWS // 32))
    may_end.set()
    BEHIND.wait()
    assert made == [1]


@pytest.mark.parametrize(("seconds", "is_urgent"), [(0.006, False), (0.03, True)])
def test_few_rows_that_take_long_count(
    monkeypatch: pytest.MonkeyPatch, seconds: float, is_urgent: bool
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(BEHIND, "ask", lambda _, is_urgent: asked.append(is_urgent))
    monkeypatch.setattr("time.perf_counter", lambda: 100 + seconds)
    work = Work(lambda: None)
    assert work.begin(1) == 100 + seconds
    work.end(100.0)
    assert asked == [is_urgent]


@pytest.mark.parametrize(
    ("query", "answer", "soon"),
    [
        ("SELECT sum(a * 2) FROM t", 3998000, True),
        ("SELECT sum(twice(a)) FROM t", 3998000, False),
        ("SELECT count(*) FROM t, t AS u WHERE t.a > u.a", 1999000, False),
    ],
)
def test_rows_that_may_take_any_time_are_made_well_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, answer: int, soon: bool
) -> None:
    found = dict[str, bool]()
    compile_object = machine_code.compile_object

    def spy(program: Program, *, soon: bool = False) -> object:
        found[program.library] = soon
        return compile_object(program, soon=soon)

    monkeypatch.setattr(machine_code, "compile_object", spy)
    with gpudb.connect(device="cpu", cache_directory=str(tmp_path)) as made:
        made.create_function("twice", lambda x: x * 2, [int], int)
        made.execute("CREATE TABLE t AS SELECT range AS a FROM range(2000)")
        found.clear()
        assert made.execute(query).fetchall() == [(answer,)]
        # The last pipeline is the one that the query is about.
        assert list(found.values())[-1] is soon
    BEHIND.wait()


def test_a_failure_leaves_the_thread_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    behind, failed, done = Behind(), threading.Event(), threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: failed.set())
    behind.ask(lambda: 1 // 0, is_urgent=True)  # type: ignore[arg-type]
    behind.wait()
    assert failed.wait(30)
    behind.ask(done.set, is_urgent=True)
    assert done.wait(30)
    behind.wait()


ENDS = """
import gpudb, sys
from gpudb.compiler.behind import BEHIND
with gpudb.connect(cache_directory=sys.argv[1], device="cpu") as connection:
    connection.execute("CREATE TABLE t AS SELECT range AS a FROM range(100000)")
    for number in range(8):
        shape = f"sum(a{' + 1' * number}), count(*) FROM t WHERE a > 0"
        connection.execute(f"SELECT {shape}").fetchall()
    BEHIND._calm_at = 1e18
    print(len(BEHIND._tasks) > 0)
"""


def test_a_process_ends_without_what_is_left(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ENDS, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert (ended.stdout, ended.stderr) == ("True\n", "")


@pytest.mark.parametrize("quick_start", [True, False])
def test_the_setting_says_whether_queries_wait(tmp_path: Path, quick_start: bool) -> None:
    folder = str(tmp_path)
    with gpudb.connect(device="cpu", cache_directory=folder, quick_start=quick_start) as made:
        made.execute("CREATE TABLE t AS SELECT range AS a FROM range(1000)")
        query = "SELECT sum(a + 1), min(a * 3) FROM t WHERE a > 10"
        assert made.execute(query).fetchall() == [(sum(range(12, 1001)), 33)]
        texts = [file.read_text() for file in tmp_path.glob("*.ll")]
        found = [text for text in texts if "@gpudb.main" in text]
        assert found
        assert all(("x i64>" in text) is not quick_start for text in found)
        made.execute(f"SET quick_start = {'off' if quick_start else 'on'}")
        assert made.execute(query).fetchall() == [(sum(range(12, 1001)), 33)]
