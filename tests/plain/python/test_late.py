"""Modules that load late, while no garbage is looked for."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpudb.late import Late, load

NAME = "gpudb_loads_this_late"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / f"{NAME}.py"
    file.write_text("import gc\nwas_enabled = gc.isenabled()\nitems = [[n] for n in range(5000)]\n")
    yield file
    sys.modules.pop(NAME, None)
    gc.enable()


def test_no_garbage_is_looked_for_meanwhile(module: Path) -> None:
    passes = gc.get_stats()
    loaded = load(NAME)
    assert not loaded.was_enabled and gc.isenabled()
    assert gc.get_count()[0] < 5000, "what was loaded counts as looked through"
    assert [each["collections"] for each in gc.get_stats()] == [p["collections"] for p in passes]
    assert load(NAME) is loaded


def test_a_process_without_collections_stays_without(module: Path) -> None:
    gc.disable()
    assert not load(NAME).was_enabled
    assert not gc.isenabled()


def test_what_the_process_froze_stays_frozen(module: Path) -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        assert not load(NAME).was_enabled
        assert gc.get_freeze_count() > frozen * 0.9
    finally:
        gc.unfreeze()


def test_collections_go_on_after_an_error(module: Path) -> None:
    module.write_text("raise KeyError(3)")
    with pytest.raises(KeyError):
        load(NAME)
    assert gc.isenabled()
    late = Late(NAME)
    with pytest.raises(KeyError):
        _ = late.items
    module.write_text("items = 5")
    assert late.items == 5
