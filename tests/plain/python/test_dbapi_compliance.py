"""PEP 249 by its own suite: every test of `dbapi-compliance`, none left out."""

from __future__ import annotations

import sys

import dbapi20

import gpudb


class TestCompliance(dbapi20.DatabaseAPI20Test):  # type: ignore[misc]  # the suite has no types
    """The suite, on a database folder; two of its tests are for the driver to write."""

    driver = gpudb

    def setUp(self) -> None:
        import tempfile

        self._folder = tempfile.TemporaryDirectory()
        self.connect_args = (f"{self._folder.name}/database.gpudb",)

    def tearDown(self) -> None:
        self._folder.cleanup()

    def test_nextset(self) -> None:
        """A text of several statements gives its last answer: there is no next set."""
        with gpudb.connect() as connection:
            cursor = connection.execute("SELECT 1; SELECT 2")
            assert cursor.fetchall() == [(2,)]
            assert not hasattr(cursor, "nextset")

    def test_setoutputsize(self) -> None:
        """Columns are never cut, whatever size was foreseen."""
        with gpudb.connect() as connection:
            cursor = connection.cursor()
            cursor.setoutputsize(1)
            cursor.setoutputsize(1, 0)
            text = "x" * 100_000
            assert cursor.execute("SELECT ?", [text]).fetchall() == [(text,)]


def test_the_suite_is_whole() -> None:
    names = [name for name in dir(dbapi20.DatabaseAPI20Test) if name.startswith("test_")]
    assert len(names) == 36, sys.version
