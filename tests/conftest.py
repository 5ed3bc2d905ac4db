"""What every test can use, and the markers that follow from a test's folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.plain.engine.scripts import describe_scripts

TESTS = Path(__file__).parent
FOLDER_MARKERS = ("slow", "network", "gpu", "peers")

# How long an example takes says more of the machine's other work than of the code.
settings.register_profile("plain", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("plain")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test under tests/slow, tests/peers and the like by its folder's name."""
    for item in items:
        parts = item.path.relative_to(TESTS).parts
        for marker in FOLDER_MARKERS:
            if marker in parts:
                item.add_marker(marker)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many golden scripts there are."""
    terminalreporter.write_line(describe_scripts())


@pytest.fixture
def tmp_database(tmp_path: Path) -> Path:
    """The path of a database folder that does not exist yet."""
    return tmp_path / "database.gpudb"
