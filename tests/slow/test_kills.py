"""Fifty SIGKILLs at random moments of loading, and of changing: each leaves the last commit."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.plain.storage import killed_appending, killed_changing
from tests.plain.storage.killed_loading import (
    check_last_commit,
    commit_seconds,
    kill_while_loading,
)

KILLS = 50
# Then a new database is begun, so that checking does not take longer and longer.
MOST_COMMITS = 20


@pytest.mark.timeout(3600)
def test_fifty_kills_leave_the_last_commit(tmp_database: Path, tmp_path: Path) -> None:
    chance = random.Random(50)
    # A moment lies within some five commits, however fast the machine is now.
    most_seconds = 5 * commit_seconds(tmp_path / "paced")
    seen = 0
    for _ in range(KILLS):
        told = kill_while_loading(tmp_database, chance, most_seconds)
        commit = check_last_commit(tmp_database, told)
        seen += commit
        if commit > MOST_COMMITS:
            shutil.rmtree(tmp_database)
    assert seen > KILLS, "the loading process was killed before it did anything"


@pytest.mark.timeout(3600)
def test_fifty_kills_of_changes_leave_the_last_commit(tmp_database: Path) -> None:
    chance = random.Random(51)
    seen = 0
    for _ in range(KILLS):
        told = killed_changing.kill_while_changing(tmp_database, chance, most_commits=5)
        commit = killed_changing.check_last_commit(tmp_database, told)
        seen += commit
        if commit > MOST_COMMITS:
            shutil.rmtree(tmp_database)
    assert seen > KILLS, "the changing process was killed before it did anything"


@pytest.mark.timeout(3600)
def test_fifty_kills_of_small_appends_leave_the_last_commit(tmp_database: Path) -> None:
    chance, seen = random.Random(52), 0
    for _ in range(KILLS):
        told = killed_appending.kill_while_appending(tmp_database, chance, most_commits=200)
        seen = killed_appending.check_last_commit(tmp_database, told)
    assert seen > KILLS, "the appending process was killed before it did anything"
