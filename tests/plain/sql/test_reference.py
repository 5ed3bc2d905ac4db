"""docs/sql.md says what the registries say, and every example in it holds."""

from __future__ import annotations

from pathlib import Path

import gpudb
from gpudb.sql.bind.aggregates import AGGREGATES
from gpudb.sql.bind.forms import FORMS
from gpudb.sql.bind.window_functions import WINDOW_FUNCTIONS
from gpudb.sql.functions import OVERLOADS
from gpudb.sql.reference import MODULES, markdown, row, sections
from tests.plain.engine.scripts import shown

DOCUMENT = Path(__file__).parents[3] / "docs" / "sql.md"


def test_document_is_up_to_date() -> None:
    """No line of it is old, and no function or form is missing.

    Aggregates and window functions that are new may be: the next `make docs` brings them.
    """
    written = DOCUMENT.read_text(encoding="utf-8").splitlines()
    assert not set(written) - set(markdown().splitlines()), "run make docs"
    described = {title: part for part in sections() if (title := part.title) in MODULES}
    missing = [row(e) for part in described.values() for e in part.entries if row(e) not in written]
    assert not missing, "run make docs"


def test_all_names_are_there() -> None:
    names = {name for section in sections() for entry in section.entries for name in entry.names}
    assert {*OVERLOADS, *FORMS, *AGGREGATES, *WINDOW_FUNCTIONS} <= names


def test_every_example_holds() -> None:
    with gpudb.connect(device="cpu") as connection:
        for section in sections():
            for entry in section.entries:
                if entry.expression:
                    assert answer(connection, entry.expression) == entry.answer, entry.expression
                    assert entry.meaning.endswith("."), entry.heading


def answer(connection: gpudb.Connection, expression: str) -> str:
    row = connection.execute(f"SELECT {expression}").fetchone()
    assert row is not None
    value = row[0]
    return str(value).removesuffix(".0") if isinstance(value, float) else shown(value)
