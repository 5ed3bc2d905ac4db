"""Where and with what a run took place: machine, commit, versions."""

from __future__ import annotations

import os
import platform
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.made import ROOT

STATUS = Path("/proc/self/status")
PACKAGES = (
    *("duckdb", "polars", "datafusion", "chdb", "chdb-core", "tableauhyperapi"),
    *("pyarrow", "numpy", "llvmlite", "numba", "sqlglot"),
)


def describe_machine() -> dict[str, object]:
    """Return the processor, its usable cores, the memory and the system."""
    return {
        "cpu": processor_name(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def processor_name() -> str:
    """Return the processor's name and model, as far as the system tells."""
    facts: dict[str, str] = {}
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.is_file() else ():
        key, _, value = line.partition(":")
        facts.setdefault(key.strip(), value.strip())
    name = facts.get("model name", platform.processor() or platform.machine())
    model = facts.get("model")
    return f"{name} (model {model})" if model else name


def find_versions() -> dict[str, str]:
    """Return the versions of what is installed and may take part."""
    found = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def find_commit() -> str:
    """Return the commit, with a plus where files differ from it; "none" outside of git."""
    try:
        commit = run_git("rev-parse", "--short=10", "HEAD")
        # A run's own results do not make it another program.
        changed = run_git("status", "--porcelain", "--", "gpudb", "sql", "storage", "bench/*.py")
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return f"{commit}+" if changed else commit


def run_git(*arguments: str) -> str:
    """Return what git prints."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def status_bytes(name: str) -> int:
    """Return a figure of this process's memory; OSError where the system tells none.

    Linux hands getrusage's peak down to a child that replaces its program, but not this one.
    """
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"{STATUS} tells no {name}")
