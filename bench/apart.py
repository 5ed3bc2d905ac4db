"""Runs a module of the benchmark in a process of its own: what it takes is that process's."""

from __future__ import annotations

import subprocess
import sys

from bench.made import ROOT


def run_apart(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m module arguments`; what it prints is kept, and a failure is not raised."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
