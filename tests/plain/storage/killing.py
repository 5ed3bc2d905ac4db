"""Kills a process that commits for ever, and prints the number of each commit that it has done."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path


def kill_while_committing(
    module: str, path: Path, chance: random.Random, most_commits: int, commit_seconds: float
) -> int:
    """Run a module over `path`, kill it at a random moment, return the last commit it told of.

    The moment lies within or behind one of `most_commits`, however fast the machine is; a commit
    is expected to take so many seconds.
    """
    command = [sys.executable, "-m", module, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline()]
        for _ in range(chance.randint(0, most_commits)):
            began = time.monotonic()
            told.append(process.stdout.readline())
            commit_seconds = time.monotonic() - began
        assert told[-1], f"{module} did not begin or go on"
        time.sleep(chance.uniform(0, 2 * commit_seconds))
        process.kill()
        told += process.stdout.read().splitlines()
    return int(told[-1])
