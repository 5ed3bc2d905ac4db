"""Polars: frames in memory, or over the Parquet files where they are too large beside others.

A question that a workload gives no lazy frame for is asked in Polars' own SQL. Money is held as
doubles: Polars rounds each product of two DECIMAL(15, 2) to two digits, which gives other sums than
the standard asks for, and it is faster with doubles.
"""

from __future__ import annotations

import polars as pl
import pyarrow as pa
from polars import selectors

from bench.parquet_facts import fits_in_memory
from bench.peer_process import Setup


class Polars:
    """Frames, and how each question is asked."""

    def __init__(self, setup: Setup) -> None:
        is_held = fits_in_memory(setup.files.values())
        self.form = "frames in memory" if is_held else "Parquet files"
        frames = {}
        for name, path in setup.files.items():
            # Floats for decimals before they are held.
            frame = pl.scan_parquet(path).with_columns(selectors.decimal().cast(pl.Float64))
            frames[name] = frame.collect().lazy() if is_held else frame
        self._frames = {} if setup.frames is None else setup.frames(frames)
        self._questions = setup.questions
        self._sql = pl.SQLContext(frames)

    def run(self, name: str) -> object:
        """Answer as an Arrow table."""
        return self.answer(name)

    def answer(self, name: str) -> pa.Table:
        """Return the answer as an Arrow table."""
        frame = self._frames.get(name)
        if frame is None:
            frame = self._sql.execute(self._questions[name])
        return frame.collect().to_arrow()

    def close(self) -> None:
        """Nothing is open."""
