"""Hyper, Tableau's engine: a .hyper file, whose server runs beside the process.

Large answers are written as an Arrow stream to memory and read from there, which is how Hyper gives
Arrow; small ones are faster as rows in Python.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import tableauhyperapi as hyper

from bench.dialects import translate
from bench.made import Stamp
from bench.parquet_facts import columns_with_nulls
from bench.peer_process import Setup

MEMORY_FOLDER = Path("/dev/shm")
# Up to so many rows Python's are had sooner than Arrow's.
MOST_LISTED_ROWS = 1_000


class Hyper:
    """A server with one connection."""

    form = ".hyper file"

    def __init__(self, setup: Setup) -> None:
        stamp = Stamp(setup.database, setup.files)
        if setup.reload or not stamp.is_current():
            stamp.forget()
        self._server = hyper.HyperProcess(
            hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU,
            parameters={
                "log_config": "",
                "hard_concurrent_query_thread_limit": str(setup.threads),
            },
        )
        mode = hyper.CreateMode.CREATE_IF_NOT_EXISTS
        self._connection = hyper.Connection(self._server.endpoint, setup.database, mode)
        if not stamp.is_current():
            for name, path in setup.files.items():
                self._load(name, path)
            stamp.write()
        self._questions = {n: translate(sql, "hyper") for n, sql in setup.questions.items()}
        self._folder = tempfile.TemporaryDirectory(
            dir=MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None
        )
        self._small: set[str] = set()

    def run(self, name: str) -> object:
        """Answer in the faster of the two forms."""
        if name in self._small:
            return self._connection.execute_list_query(self._questions[name])
        return self._stream(name)

    def answer(self, name: str) -> pa.Table:
        """Return the answer as an Arrow table."""
        table = self._stream(name)
        if table.num_rows <= MOST_LISTED_ROWS:
            self._small.add(name)
        return table

    def close(self) -> None:
        """Stop the server."""
        self._connection.close()
        self._server.close()
        self._folder.cleanup()

    def _stream(self, name: str) -> pa.Table:
        file = Path(self._folder.name) / "answer.arrows"
        copy = f"COPY ({self._questions[name]}) TO '{file}' WITH (FORMAT => 'arrowstream')"
        self._connection.execute_command(copy)
        with pa.OSFile(str(file)) as source, pa.ipc.open_stream(source) as reader:
            table = reader.read_all()
        file.unlink()
        return table

    def _load(self, name: str, path: Path) -> None:
        nullable = columns_with_nulls(path)
        columns = ", ".join(
            f"{f.name} {type_name(f.type)}{'' if f.name in nullable else ' NOT NULL'}"
            for f in pq.read_schema(path)
        )
        self._connection.execute_command(f"DROP TABLE IF EXISTS {name}")
        self._connection.execute_command(f"CREATE TABLE {name} ({columns})")
        self._connection.execute_command(
            f"INSERT INTO {name} (SELECT * FROM external('{path}', FORMAT => 'parquet'))"
        )


TYPE_NAMES = {
    pa.bool_(): "BOOLEAN",
    pa.int8(): "SMALLINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float32(): "REAL",
    pa.float64(): "DOUBLE PRECISION",
    pa.date32(): "DATE",
    pa.string(): "TEXT",
    pa.string_view(): "TEXT",
}


def type_name(type: pa.DataType) -> str:
    """Return Hyper's name of a type."""
    if pa.types.is_decimal(type):
        return f"NUMERIC({type.precision}, {type.scale})"
    return "TIMESTAMP" if pa.types.is_timestamp(type) else TYPE_NAMES[type]
