"""Where statements end, and what is a command."""

from __future__ import annotations

import pytest

from gpudb.shell.script import is_blank, is_finished, pieces


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1;",
        "SELECT 1; ",
        "SELECT ';' || \"a;b\";",
        "SELECT 1; -- done",
        "SELECT 1; /* done */",
        "SELECT 'it''s';",
        "SELECT 1 - 2 / 3;",
        ";",
    ],
)
def test_finished(text: str) -> None:
    assert is_finished(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT 1",
        "SELECT ';",
        "SELECT ';'",
        'SELECT "a;',
        "SELECT 1 -- ;",
        "SELECT 1 /* ;",
        "SELECT 1 /* ; */",
        "SELECT 1; SELECT",
    ],
)
def test_not_finished(text: str) -> None:
    assert not is_finished(text)


def test_blank() -> None:
    assert is_blank("")
    assert is_blank(" \n-- words\n/* more; */ ")
    assert not is_blank(" -- words\nSELECT")
    assert not is_blank("-")


def test_pieces_keep_their_places() -> None:
    text = "-- a script\n\\timing on\nSELECT 1,\n  ';' ;\nSELECT 2; SELECT 3;\n\\dt\nSELECT 4"
    found = list(pieces(text))
    assert [(piece.text.strip(), piece.is_command) for piece in found] == [
        ("\\timing on", True),
        ("SELECT 1,\n  ';' ;", False),
        ("SELECT 2; SELECT 3;", False),
        ("\\dt", True),
        ("SELECT 4", False),
    ]
    for piece in found:
        assert text.startswith(piece.text, piece.begin)


def test_a_backslash_inside_a_statement_is_no_command() -> None:
    text = "SELECT '\n\\q\n';"
    assert [piece.text for piece in pieces(text)] == [text]


def test_blank_text_has_no_pieces() -> None:
    assert list(pieces("\n -- nothing\n")) == []
