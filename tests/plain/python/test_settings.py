"""Settings: what is accepted, what is refused and in which words."""

from __future__ import annotations

import os
import typing
from pathlib import Path

import pytest

from gpudb import settings
from gpudb.errors import ProgrammingError
from gpudb.settings import SETTINGS, Settings


def test_attributes_are_the_listed_settings() -> None:
    assert list(typing.get_type_hints(Settings)) == [setting.name for setting in SETTINGS]


def test_defaults_fit_their_own_types() -> None:
    values = Settings()
    for setting in SETTINGS:
        value = values.get(setting.name)
        assert setting.type.read(value) == value
        assert isinstance(value, typing.get_type_hints(Settings)[setting.name])


def test_defaults() -> None:
    values = Settings()
    assert values.device == "auto"
    assert values.threads == len(os.sched_getaffinity(0))
    assert values.chunk_rows == 1_048_576
    assert values.morsel_rows == 524_288
    assert values.compiler == "llvm"
    assert 1 << 20 <= values.memory_limit <= settings.usable_memory_bytes()


def test_cache_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert Settings().cache_directory == "/caches/gpudb"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/ada")
    assert Settings().cache_directory == "/home/ada/.cache/gpudb"


def test_container_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(settings, "CGROUP_LIMIT", limit)
    machine = settings.usable_memory_bytes()
    limit.write_text("max\n")
    assert settings.usable_memory_bytes() == machine
    limit.write_text("104857600\n")
    assert settings.usable_memory_bytes() == 100 << 20
    assert Settings().memory_limit == 60 << 20


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (1 << 30, 1 << 30),
        ("4GB", 4_000_000_000),
        ("4 gib", 4 << 30),
        ("1.5 GiB", 3 << 29),
        ("2000000", 2_000_000),
        ("0.1TB", 100_000_000_000),
    ],
)
def test_sizes_are_read(given: object, expected: int) -> None:
    values = Settings(memory_limit=given)
    assert values.memory_limit == expected


@pytest.mark.parametrize("given", ["4 gigs", "GB", "-1GB", "", "5", True, 2.5, None])
def test_bad_sizes_are_refused(given: object) -> None:
    with pytest.raises(ProgrammingError, match="memory_limit takes a size of at least 1 MiB"):
        Settings(memory_limit=given)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "device",
            "gpu",
            "setting device takes one of auto, cpu, cuda, emulated, python, not 'gpu'",
        ),
        ("threads", 0, "setting threads takes a whole number from 1 on, not 0"),
        ("threads", "many", "setting threads takes a whole number from 1 on, not 'many'"),
        ("threads", 1.5, "setting threads takes a whole number from 1 on, not 1.5"),
        ("threads", True, "setting threads takes a whole number from 1 on, not True"),
        ("progress", "maybe", "setting progress takes on or off, not 'maybe'"),
        ("cache_directory", " ", "setting cache_directory takes the path of a folder, not ' '"),
    ],
)
def test_bad_values_are_refused_in_words(name: str, value: object, message: str) -> None:
    values = Settings()
    before = values.get(name)
    with pytest.raises(ProgrammingError) as raised:
        values.set(name, value)
    assert str(raised.value) == message
    assert values.get(name) == before


def test_unknown_names_meet_the_nearest() -> None:
    with pytest.raises(ProgrammingError, match=r"no setting thread; did you mean threads\?"):
        Settings(thread=1)
    with pytest.raises(ProgrammingError, match="no setting zzz; the settings are device, threads"):
        Settings().get("zzz")


def test_attributes_check_what_is_assigned() -> None:
    values = Settings()
    values.threads = 3
    assert values.get("THREADS") == 3
    with pytest.raises(ProgrammingError):
        values.threads = -1
    with pytest.raises(ProgrammingError):
        values.colour = "red"


def test_reset_and_show() -> None:
    values = Settings(device="CPU", memory_limit="2GiB", progress="off")
    assert values.device == "cpu"
    assert values.show("memory_limit") == "2 GiB"
    assert values.show("progress") == "off"
    values.reset("device")
    assert values.show("device") == "auto"
    assert [name for name, _, _ in values.rows()] == [setting.name for setting in SETTINGS]
    assert all(description for _, _, description in values.rows())


def test_size_is_shown_in_the_largest_unit() -> None:
    assert settings.show_bytes(1 << 20) == "1 MiB"
    assert settings.show_bytes(3 << 29) == "1.5 GiB"
    assert settings.show_bytes(12) == "12 B"


def test_cache_directory_expands_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert Settings(cache_directory=Path("~/kernels")).cache_directory == "/home/ada/kernels"
