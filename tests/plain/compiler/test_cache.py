"""The cache: hits, damage, two processes at once, the size limit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gpudb.compiler import cache, machine, machine_code, native
from gpudb.compiler.language import Entry, Program, ValueType
from gpudb.compiler.machine import find_machine
from gpudb.compiler.memory import Memory

ORIGIN = machine_code.find_origin()


def program(number: int) -> Program:
    text = f"def f(a):\n    return a + {number}"
    return Program(text, "", (Entry("f", (("a", ValueType.INT),)),))


def object_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.o"))


def test_the_second_request_loads_what_the_first_compiled(tmp_path: Path) -> None:
    first = cache.Folder(tmp_path).compile_program(program(1))
    second = cache.Folder(tmp_path).compile_program(program(1))
    assert (first.from_cache, second.from_cache) == (False, True)
    assert second.phases.optimize == second.phases.emit == 0
    assert first.call("f", [2]) == second.call("f", [2]) == 3
    (file,) = object_files(tmp_path)
    assert file.with_suffix(".py").read_text().startswith("def f(a):")
    assert file.with_suffix(".ll").read_text() == first.object_code.ir == second.object_code.ir


def test_memory_stands_above_the_folder(tmp_path: Path) -> None:
    first = native.compile_program(program(2), tmp_path)
    second = native.compile_program(program(2), tmp_path)
    assert (first.from_cache, second.from_cache) == (False, True)
    assert second.compile_seconds == 0
    assert second.engine is first.engine
    assert native.compile_program(program(2)).engine is not first.engine


def test_memory_drops_the_least_recently_used() -> None:
    memory = Memory(machine_code.compile_program, limit=2)
    kept = memory.compile_program(program(1))
    memory.compile_program(program(2))
    memory.compile_program(program(1))
    memory.compile_program(program(3))
    assert len(memory) == 2
    assert memory.compile_program(program(1)).engine is kept.engine
    assert not memory.compile_program(program(2)).from_cache


def test_threads_that_ask_for_one_program_compile_it_once() -> None:
    memory = Memory(machine_code.compile_program)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: memory.compile_program(program(4)), range(16)))
    assert len({id(compiled.engine) for compiled in found}) == 1
    assert sum(not compiled.from_cache for compiled in found) == 1


@pytest.mark.parametrize("damage", ["empty", "torn", "flipped", "swapped", "no-ir"])
def test_damaged_files_are_compiled_again(tmp_path: Path, damage: str) -> None:
    folder = cache.Folder(tmp_path)
    folder.compile_program(program(1))
    (file,) = object_files(tmp_path)
    content = file.read_bytes()
    match damage:
        case "empty":
            file.write_bytes(b"")
        case "torn":
            file.write_bytes(content[:-100])
        case "flipped":
            file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        case "swapped":
            folder.compile_program(program(2))
            (other,) = (path for path in object_files(tmp_path) if path != file)
            file.write_bytes(other.read_bytes())
        case "no-ir":
            file.with_suffix(".ll").unlink()
    compiled = folder.compile_program(program(1))
    assert not compiled.from_cache
    assert compiled.call("f", [2]) == 3
    assert folder.compile_program(program(1)).from_cache


def test_any_part_of_a_program_changes_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = (Entry("f", (("a", ValueType.INT),)),)
    keys = {
        cache.find_key(Program("ab", "c", entries), ORIGIN),
        cache.find_key(Program("a", "bc", entries), ORIGIN),
        cache.find_key(Program("ab", "c", (Entry("f", (("a", ValueType.FLOAT),)),)), ORIGIN),
        cache.find_key(Program("ab", "c", entries), ("another machine",)),
    }
    monkeypatch.setattr(machine_code, "COMPILER_VERSION", -1)
    keys.add(cache.find_key(Program("ab", "c", entries), ORIGIN))
    assert len(keys) == 5


def test_the_least_recently_used_go_over_the_limit(tmp_path: Path) -> None:
    folder = cache.Folder(tmp_path)
    for number in range(4):
        folder.compile_program(program(number))
        key = cache.find_key(program(number), ORIGIN)
        for file in tmp_path.glob(f"{key}.*"):
            os.utime(file, (number, number))
    folder.compile_program(program(0))
    total = sum(file.stat().st_size for file in tmp_path.iterdir())
    folder.limit_bytes = total * 5 // 8
    left = folder.prune()
    assert left == sum(file.stat().st_size for file in tmp_path.iterdir()) <= folder.limit_bytes
    kept = [
        (tmp_path / f"{cache.find_key(program(number), ORIGIN)}.o").exists() for number in range(4)
    ]
    assert kept == [True, False, False, True]


def test_writing_keeps_to_the_limit(tmp_path: Path) -> None:
    folder = cache.Folder(tmp_path, limit_bytes=10_000)
    for number in range(12):
        folder.compile_program(program(number))
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 10_000
    assert object_files(tmp_path)


def test_stale_temporary_files_are_removed(tmp_path: Path) -> None:
    stale, fresh = tmp_path / "a.o.1.2.tmp", tmp_path / "b.o.1.2.tmp"
    stale.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(stale, (1, 1))
    cache.Folder(tmp_path).compile_program(program(1))
    assert (stale.exists(), fresh.exists()) == (False, True)


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    assert cache.Folder(file / "inside").compile_program(program(1)).call("f", [1]) == 2


def test_two_processes_may_write_one_program(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from gpudb.compiler import cache
from gpudb.compiler.language import Entry, Program, ValueType
folder = cache.Folder(Path({str(tmp_path)!r}))
for number in range(12):
    text = f"def f(a):\\n    return a + {{number}}"
    program = Program(text, "", (Entry("f", (("a", ValueType.INT),)),))
    assert folder.compile_program(program).call("f", [1]) == 1 + number
"""
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    assert len(object_files(tmp_path)) == 12
    assert not list(tmp_path.glob("*.tmp"))
    for number in range(12):
        compiled = cache.Folder(tmp_path).compile_program(program(number))
        assert compiled.from_cache
        assert compiled.call("f", [1]) == 1 + number


WITHOUT_LLVM = """
import sys
from pathlib import Path
from gpudb.compiler import cache
from gpudb.compiler.language import Entry, Program, ValueType
text = "def f(a):\\n    return int(sin(float(a))) + memory(a)\\ndef memory(a):\\n    return a + 1"
program = Program(text, "", (Entry("f", (("a", ValueType.INT),)),))
compiled = cache.Folder(Path(sys.argv[1])).compile_program(program)
print(compiled.call("f", [2]), compiled.from_cache, "llvmlite" in sys.modules)
"""


def test_a_cached_kernel_needs_no_llvm(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_LLVM, str(tmp_path)]
    answers = [subprocess.run(command, check=True, capture_output=True, text=True) for _ in "ab"]
    is_known = find_machine() is not None
    assert [answer.stdout.split() for answer in answers] == [
        ["3", "False", "True"],
        ["3", "True", str(not is_known)],
    ]


def test_what_llvm_said_of_another_machine_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "find_machine", lambda: "one")
    monkeypatch.setattr(machine_code, "find_origin", lambda: ("1", "2", "three"))
    assert cache.Folder(tmp_path).origin() == ("1", "2", "three")
    monkeypatch.setattr(machine_code, "find_origin", lambda: ("1", "2", "four"))
    assert cache.Folder(tmp_path).origin() == ("1", "2", "three")
    monkeypatch.setattr(cache, "find_machine", lambda: "another")
    assert cache.Folder(tmp_path).origin() == ("1", "2", "four")
    monkeypatch.setattr(cache, "find_machine", lambda: None)
    monkeypatch.setattr(machine_code, "find_origin", lambda: ("1", "2", "five"))
    assert cache.Folder(tmp_path).origin() == ("1", "2", "five")


@pytest.mark.parametrize("content", ["", "[", "{}", '["1", "2"]', '["1", "2", 3]'])
def test_a_damaged_note_of_the_machine_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setattr(cache, "find_machine", lambda: "one")
    cache.Folder(tmp_path).origin()
    (file,) = tmp_path.glob("*.machine")
    file.write_text(content)
    assert cache.Folder(tmp_path).origin() == ORIGIN
    assert json.loads(file.read_text()) == list(ORIGIN)


def test_a_machine_is_the_same_on_each_core(monkeypatch: pytest.MonkeyPatch) -> None:
    if machine._find_library() is None:
        assert find_machine() is None
        return
    cores, found = os.sched_getaffinity(0), set()
    try:
        for core in cores:
            os.sched_setaffinity(0, [core])
            found.add(tuple(machine._words()))
    finally:
        os.sched_setaffinity(0, cores)
    assert len(found) == 1
    before = find_machine.__wrapped__()
    monkeypatch.setattr(machine, "_words", lambda: [0])
    assert before != find_machine.__wrapped__()
