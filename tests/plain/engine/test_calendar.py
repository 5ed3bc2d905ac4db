"""Parts of dates against NumPy's: every day of two eras, and the ends of what a DATE may be."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

import gpudb

# From 1 March 1600 on, eight centuries, of which two begin with a leap year.
ERA_DAYS = 146_097
FIRST = -135_080


def test_parts_of_every_day_are_numpys() -> None:
    ends = np.array([-719_162, -719_161, 2_932_895, 2_932_896])  # 0001-01-01 to 9999-12-31
    days = np.concatenate((np.arange(FIRST, FIRST + 2 * ERA_DAYS), ends)).astype(np.int32)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    wanted = {
        "year": dates.astype("datetime64[Y]").astype(np.int64) + 1970,
        "month": months.astype(np.int64) % 12 + 1,
        "day": (dates - months).astype(np.int64) + 1,
        "doy": (dates - dates.astype("datetime64[Y]")).astype(np.int64) + 1,
    }
    with gpudb.connect() as connection:
        table = pa.table(
            {"d": pa.array(days, pa.int32()).cast(pa.date32()), "n": np.arange(len(days))}
        )
        connection.cursor().adbc_ingest("t", table)
        parts = ", ".join(f"extract({part} FROM d) AS {part}" for part in wanted)
        found = connection.execute(f"SELECT {parts} FROM t ORDER BY n").fetch_arrow_table()
    for part, values in wanted.items():
        assert np.array_equal(found.column(part).to_numpy(), values), part
