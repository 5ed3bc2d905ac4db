"""Sums in registers stay exact where one row of a morsel has very many outputs."""

from __future__ import annotations

import pyarrow as pa

import gpudb

MATCHES = 20_000
ROWS = 1_100
VALUE = 5 * 10**11  # 2**24 of them fit 64 bits, and the 22 million of one morsel do not


def test_a_fan_out_of_thousands_does_not_wrap_a_sum() -> None:
    connection = gpudb.connect()
    cursor = connection.cursor()
    cursor.adbc_ingest("a", pa.table({"k": [1] * ROWS, "v": [VALUE] * ROWS}), mode="create")
    cursor.adbc_ingest("b", pa.table({"k": [1] * MATCHES}), mode="create")
    # LEFT keeps the sides: the rows with many matches are the ones that are scanned.
    cursor.execute("SELECT sum(CAST(v AS DECIMAL(18,0))), count(*) FROM a LEFT JOIN b ON a.k = b.k")
    total, count = cursor.fetchall()[0]
    assert (int(total), count) == (VALUE * ROWS * MATCHES, ROWS * MATCHES)
    connection.close()
