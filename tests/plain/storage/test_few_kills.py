"""Processes that load or change, killed at random moments; tests/slow/test_kills.py kills more."""

from __future__ import annotations

import random
from pathlib import Path

from tests.plain.storage import killed_appending, killed_changing
from tests.plain.storage.killed_loading import check_last_commit, kill_while_loading


def test_three_kills_leave_the_last_commit(tmp_database: Path) -> None:
    chance = random.Random(3)
    for _ in range(3):
        told = kill_while_loading(tmp_database, chance, most_seconds=0.4)
        check_last_commit(tmp_database, told)


def test_kills_between_changes_leave_the_last_commit(tmp_database: Path) -> None:
    chance = random.Random(4)
    for _ in range(3):
        told = killed_changing.kill_while_changing(tmp_database, chance, most_commits=3)
        killed_changing.check_last_commit(tmp_database, told)


def test_kills_between_small_appends_leave_the_last_commit(tmp_database: Path) -> None:
    chance, seen = random.Random(5), 0
    for _ in range(3):
        told = killed_appending.kill_while_appending(tmp_database, chance, most_commits=60)
        seen = killed_appending.check_last_commit(tmp_database, told)
    assert seen > 3, "the appending process was killed before it did anything"
