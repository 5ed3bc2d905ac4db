"""chDB, ClickHouse in a process: MergeTree tables without an order, so that nothing is an index."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from chdb.session import Session

from bench.dialects import translate
from bench.made import Stamp
from bench.parquet_facts import columns_with_nulls
from bench.peer_process import Setup

# ClickHouse's manual advises a dictionary below this number of different strings.
MOST_DICTIONARY = 10_000


class Chdb:
    """A session over a folder."""

    form = "MergeTree"

    def __init__(self, setup: Setup) -> None:
        stamp = Stamp(setup.database, setup.files)
        if setup.reload or not stamp.is_current():
            stamp.forget()
        self._session = Session(str(setup.database))
        self._session.query(f"SET max_threads = {setup.threads}")
        # The meaning of standard SQL: an outer join's other side is NULL, a name in WHERE a column.
        self._session.query("SET join_use_nulls = 1")
        self._session.query("SET prefer_column_name_to_alias = 1")
        if not stamp.is_current():
            for name, path in setup.files.items():
                self._load(name, path)
            stamp.write()
        self._questions = {n: translate(sql, "chdb") for n, sql in setup.questions.items()}

    def run(self, name: str) -> object:
        """Answer as an Arrow table."""
        return self.answer(name)

    def answer(self, name: str) -> pa.Table:
        """Return the answer as an Arrow table."""
        answer: pa.Table = self._session.query(self._questions[name], "ArrowTable")
        return answer

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def _load(self, name: str, path: Path) -> None:
        file = f"file('{path}', 'Parquet')"
        columns = self._rows(f"DESCRIBE TABLE {file}")
        texts = [c["name"] for c in columns if "String" in c["type"]]
        counts = ", ".join(f'uniq("{text}") AS "{text}"' for text in texts)
        (distinct,) = self._rows(f"SELECT {counts} FROM {file}") if texts else [{}]
        nullable = columns_with_nulls(path)
        definitions = []
        for column in columns:
            type = str(column["type"])
            if column["name"] not in nullable and type.startswith("Nullable("):
                type = type.removeprefix("Nullable(").removesuffix(")")
            if int(distinct.get(column["name"], MOST_DICTIONARY)) < MOST_DICTIONARY:
                type = f"LowCardinality({type})"
            definitions.append(f'"{column["name"]}" {type}')
        self._session.query(f"DROP TABLE IF EXISTS {name}")
        self._session.query(
            f"CREATE TABLE {name} ({', '.join(definitions)}) ENGINE = MergeTree ORDER BY tuple()"
        )
        self._session.query(f"INSERT INTO {name} SELECT * FROM {file}")
        self._session.query(f"OPTIMIZE TABLE {name} FINAL")

    def _rows(self, sql: str) -> list[dict[str, str]]:
        table: pa.Table = self._session.query(sql, "ArrowTable")
        rows: list[dict[str, str]] = table.to_pylist()
        return rows
