"""The zones that a scan touches are those that their least and greatest values ask for."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels.zones import RowRange, touched_ranges
from gpudb.sql.plan import ZoneFilter
from gpudb.storage.statistics import ZONE_ROWS
from gpudb.storage.table import TableVersion

CHUNK_ROWS, ROWS = 2 * ZONE_ROWS, 7 * ZONE_ROWS + 11
LIMITS = (None, -1, 0, 3, 17, 40, 41, 65, 90, 120)


@pytest.fixture(scope="module")
def table() -> TableVersion:
    """Return a table: x ascends, NULLs and NaNs are among some values, z is NULL in whole zones."""
    place = np.arange(ROWS)
    x = place // (ROWS // 100)
    some = np.where(place % 5 == 0, x, 40)
    data = pa.table(
        {
            "x": pa.array(x, pa.int32()),
            "y": pa.array(some, pa.int64(), mask=place % 7 == 0),
            "z": pa.array(x, pa.int64(), mask=(place // ZONE_ROWS) % 3 == 1),
            "f": pa.array(np.where(place == 5, math.nan, x.astype(np.float64))),
            "d": pa.array(x.astype(np.float64)),
        }
    )
    with gpudb.connect(chunk_rows=CHUNK_ROWS, threads=1) as connection:
        connection.execute("CREATE TABLE t (x INTEGER, y BIGINT, z BIGINT, f DOUBLE, d DOUBLE)")
        connection.load_table("t", data)
        (found,) = connection.database.snapshot().tables()
    return found


def by_zone(table: TableVersion, filters: list[ZoneFilter]) -> list[tuple[int, int]]:
    """Return the zones, by chunk and place, of which no filter says that none of its rows pass."""
    found = []
    for number, chunk in enumerate(table.chunks):
        for zone in range(-(-chunk.rows // ZONE_ROWS)):
            passes = True
            for each in filters:
                known = chunk.part(each.column).zones
                assert known.minimum is not None and known.maximum is not None
                low, high = known.minimum[zone], known.maximum[zone]
                passes &= each.minimum is None or bool(high >= each.minimum)
                passes &= each.maximum is None or bool(low <= each.maximum)
            if passes and not any(is_empty(each) for each in filters):
                found.append((number, zone))
    return found


def is_empty(each: ZoneFilter) -> bool:
    return each.minimum is not None and each.maximum is not None and each.minimum > each.maximum


def zones_of(ranges: list[RowRange]) -> list[tuple[int, int]]:
    """Return the zones of some ranges, which begin with a zone."""
    assert all(each.first % ZONE_ROWS == 0 for each in ranges)
    return [
        (each.chunk, zone)
        for each in ranges
        for zone in range(each.first // ZONE_ROWS, -(-each.end // ZONE_ROWS))
    ]


@pytest.mark.parametrize("column", ["x", "y", "z", "f", "d"])
def test_one_interval(table: TableVersion, column: str) -> None:
    for low in LIMITS:
        for high in LIMITS:
            filters = [ZoneFilter(column, low, high)]
            assert zones_of(touched_ranges(table, filters)) == by_zone(table, filters)


def test_several_intervals(table: TableVersion) -> None:
    for low in LIMITS:
        filters = [ZoneFilter("x", low, 90), ZoneFilter("z", 17, None), ZoneFilter("d", None, low)]
        assert zones_of(touched_ranges(table, filters)) == by_zone(table, filters)


def test_without_filters_every_row_is_touched(table: TableVersion) -> None:
    ranges = touched_ranges(table, ())
    assert sum(each.end - each.first for each in ranges) == ROWS


def test_chunks_without_bounds_by_zone_have_those_of_all_their_values() -> None:
    with gpudb.connect(chunk_rows=1000, threads=1) as connection:
        connection.execute("CREATE TABLE t (n INTEGER, w DECIMAL(38, 0))")
        connection.execute(
            "INSERT INTO t SELECT n, CASE WHEN n < 1000 THEN 7 ELSE 1e30 + n END "
            "FROM generate_series(0, 2999) AS s(n)"
        )
        connection.execute("INSERT INTO t SELECT n, NULL FROM generate_series(3000, 3999) AS s(n)")
        (table,) = connection.database.snapshot().tables()
        found = [
            [each.chunk for each in touched_ranges(table, [ZoneFilter("w", low, high), *others])]
            for low, high, others in [
                (0, 10, []),
                (10, None, []),
                (None, 6, []),
                (10**31, None, []),
                (8, 6, []),
                (10, None, [ZoneFilter("n", 2500, None)]),
            ]
        ]
        asked = "SELECT count(*), min(n) FROM t WHERE w > 10 AND n >= 2500"
        assert connection.execute(asked).fetchall() == [(500, 2500)]
    assert found == [[0], [1, 2], [], [], [], [2]]


def test_a_table_without_rows_has_no_zones() -> None:
    with gpudb.connect(threads=1) as connection:
        connection.execute("CREATE TABLE t (n INTEGER)")
        (table,) = connection.database.snapshot().tables()
        assert touched_ranges(table, [ZoneFilter("n", 1, 2)]) == []
        assert touched_ranges(table, []) == []
