"""A connection whose engine has prepared answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gpudb.connection import Connection
from gpudb.settings import Settings
from gpudb.storage.catalog import Database
from tests.plain.python.fakes import FakeEngine


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def connection(engine: FakeEngine) -> Iterator[Connection]:
    with Connection(engine, Database.open(None), Settings()) as connection:
        yield connection
