"""DataFusion: tables held as record batches, or the Parquet files where they are too large."""

from __future__ import annotations

import datafusion
import pyarrow as pa

from bench.dialects import translate
from bench.parquet_facts import fits_in_memory
from bench.peer_process import Setup


class Datafusion:
    """A session."""

    def __init__(self, setup: Setup) -> None:
        is_held = fits_in_memory(setup.files.values())
        self.form = "record batches in memory" if is_held else "Parquet files"
        settings = datafusion.SessionConfig().with_target_partitions(setup.threads)
        # Names as they are written: ClickBench's have capitals.
        settings = settings.set("datafusion.sql_parser.enable_ident_normalization", "false")
        self._session = datafusion.SessionContext(settings)
        for name, path in setup.files.items():
            if is_held:
                frame = self._session.read_parquet(str(path)).cache()
                self._session.register_table(name, frame)
            else:
                self._session.register_parquet(name, str(path))
        self._questions = {n: translate(sql, "datafusion") for n, sql in setup.questions.items()}

    def run(self, name: str) -> object:
        """Answer as an Arrow table."""
        return self.answer(name)

    def answer(self, name: str) -> pa.Table:
        """Return the answer as an Arrow table."""
        answer: pa.Table = self._session.sql(self._questions[name]).to_arrow_table()
        return answer

    def close(self) -> None:
        """Nothing is open."""
