"""A loading process killed at three random moments; tests/slow/test_kills.py does so more often."""

from __future__ import annotations

import random
from pathlib import Path

from tests.plain.storage.killed_loading import check_last_commit, kill_while_loading


def test_three_kills_leave_the_last_commit(tmp_database: Path) -> None:
    chance = random.Random(3)
    for _ in range(3):
        told = kill_while_loading(tmp_database, chance, most_seconds=0.4)
        check_last_commit(tmp_database, told)
