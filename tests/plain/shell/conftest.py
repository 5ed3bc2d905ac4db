"""A shell session whose engine has prepared answers."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from gpudb.connection import Connection
from gpudb.settings import Settings
from gpudb.shell.session import Session
from gpudb.storage.catalog import Database
from tests.plain.python.fakes import FakeEngine
from tests.plain.shell.shells import Shell


@pytest.fixture
def shell() -> Iterator[Shell]:
    engine, out, errors = FakeEngine(), io.StringIO(), io.StringIO()
    with Connection(engine, Database.open(None), Settings()) as connection:
        yield Shell(Session(connection, out, errors), engine, out, errors)
