"""What is offered while one types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

import gpudb
from gpudb.shell.complete import SqlCompleter


@pytest.fixture
def completer() -> Iterator[SqlCompleter]:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE trips (trip_id INTEGER, region TEXT)")
        connection.execute("CREATE TABLE regions (region TEXT, population BIGINT)")
        completer = SqlCompleter(connection)
        yield completer
        assert completer.mistake is None


def offered(completer: SqlCompleter, text: str) -> list[str]:
    """What is offered at the | in `text`, or at its end."""
    before, _, after = text.partition("|")
    document = Document(before + after, len(before))
    return [c.text for c in completer.get_completions(document, CompleteEvent())]


def test_tables(completer: SqlCompleter) -> None:
    assert offered(completer, "SELECT * FROM ") == ["regions", "trips"]
    assert offered(completer, "SELECT * FROM trips JOIN re") == ["regions"]
    assert offered(completer, "drop table T") == ["trips"]
    assert offered(completer, "\\d tr") == ["trips"]


def test_columns_of_the_tables_named(completer: SqlCompleter) -> None:
    assert offered(completer, "SELECT regi| FROM trips") == ["region", "regions"]
    assert offered(completer, "SELECT popu| FROM trips") == []
    assert offered(completer, "SELECT r.| FROM trips t JOIN regions AS r") == [
        "region",
        "population",
    ]
    assert offered(completer, "SELECT x.| FROM trips t") == []


def test_keywords_keep_the_case_of_what_is_typed(completer: SqlCompleter) -> None:
    assert "SELECT" in offered(completer, "SEL")
    assert "select" in offered(completer, "sel")


def test_functions_and_settings(completer: SqlCompleter) -> None:
    assert "substring" in offered(completer, "SELECT subst")
    assert offered(completer, "SET thr") == ["threads"]


def test_commands_and_their_arguments(completer: SqlCompleter, tmp_path: Path) -> None:
    assert offered(completer, "\\ti") == ["timing"]
    assert offered(completer, "\\format js") == ["json", "jsonlines"]
    assert offered(completer, "\\set ti") == ["timing"]
    assert offered(completer, "\\set format c") == ["csv"]
    assert offered(completer, "\\nothing x") == []
    (tmp_path / "data.csv").touch()
    assert offered(completer, f"\\detect {tmp_path}/da") == ["ta.csv"]
    assert offered(completer, f"SELECT * FROM '{tmp_path}/da") == ["ta.csv"]
    assert offered(completer, "SELECT 'it''s' FROM tr") == ["trips"]


def test_views_and_what_the_transaction_made(completer: SqlCompleter) -> None:
    connection = completer._connection
    connection.execute("BEGIN")
    connection.execute("CREATE VIEW northern AS SELECT region AS place FROM trips")
    assert offered(completer, "SELECT * FROM nor") == ["northern"]
    assert offered(completer, "SELECT pla| FROM northern") == ["place"]
    assert offered(completer, "SELECT n.pl| FROM northern n") == ["place"]
    connection.rollback()
    assert offered(completer, "SELECT * FROM nor") == []


def test_a_mistake_of_our_own_offers_nothing() -> None:
    connection = gpudb.connect()
    completer = SqlCompleter(connection)
    connection.close()
    assert offered(completer, "SELECT * FROM ") == []
    assert isinstance(completer.mistake, gpudb.InterfaceError)


def test_schemas_and_what_lies_in_them() -> None:
    with gpudb.connect() as connection:
        connection.execute("CREATE SCHEMA sales; CREATE TABLE sales.t (amount INTEGER)")
        connection.execute("CREATE TEMP VIEW passing AS SELECT amount FROM sales.t")
        completer = SqlCompleter(connection)
        assert offered(completer, "SELECT * FROM ") == ["sales.t", "passing", "sales"]
        assert offered(completer, "SELECT * FROM sales.") == ["t"]
        assert offered(completer, "UPDATE sales.t SET amo|") == ["amount"]
        assert offered(completer, "SELECT t.| FROM sales.t") == ["amount"]
        assert offered(completer, "SELECT x.| FROM sales.t AS x") == ["amount"]
