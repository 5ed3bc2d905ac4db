"""Aligned tables."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pyarrow as pa

from gpudb.shell.render import render, show_seconds, summary


def test_numbers_right_text_left_null_visible() -> None:
    table = pa.table({"name": ["north", None], "count": [7, 1200], "share": [0.5, None]})
    assert list(render(table)) == [
        " name  | count | share",
        "-------+-------+-------",
        " north |     7 |   0.5",
        " NULL  |  1200 |  NULL",
    ]


def test_every_type_prints_as_sql_writes_it() -> None:
    table = pa.table(
        {
            "flag": [True],
            "price": pa.array([Decimal("0.0000001")], pa.decimal128(18, 7)),
            "single": pa.array([0.1], pa.float32()),
            "day": [datetime.date(2020, 2, 29)],
            "time": pa.array([datetime.time(1, 2, 3)], pa.time64("us")),
            "at": pa.array([datetime.datetime(2020, 2, 29, 1)], pa.timestamp("ms")),
            "wait": pa.array([datetime.timedelta(days=2, seconds=1)]),
            "months": pa.array([pa.MonthDayNano([14, 0, 0])]),
        }
    )
    cells = [cell.strip() for cell in list(render(table))[2].split(" | ")]
    assert cells == [
        "true",
        "0.0000001",
        "0.1",
        "2020-02-29",
        "01:02:03.000000",
        "2020-02-29 01:00:00.000",
        "2 days, 0:00:01",
        "14 months",
    ]


def test_lines_of_a_cell_stay_in_their_column() -> None:
    table = pa.table({"plan": ["scan\n  filter", "sort"], "rows": [5, 6]})
    assert list(render(table))[2:] == [
        " scan     |    5",
        "   filter |",
        " sort     |    6",
    ]


def test_control_characters_do_not_reach_the_terminal() -> None:
    table = pa.table({"text": ["a\x1b[31mb", "tab\there", "\x9b"]})
    assert list(render(table))[2:] == [" a\\x1b[31mb", " tab\\there", " \\x9b"]


def test_wide_letters_take_two_places() -> None:
    assert list(render(pa.table({"city": ["東京", "Rome"], "n": [1, 2]})))[2:] == [
        " 東京 | 1",
        " Rome | 2",
    ]


def test_no_rows_and_repeated_names() -> None:
    table = pa.Table.from_arrays([pa.array([], pa.int64())] * 2, names=["x", "x"])
    assert list(render(table)) == [" x | x", "---+---"]


def test_summary() -> None:
    assert summary(1) == "(1 row)"
    assert summary(0) == "(0 rows)"
    assert summary(1200, shown_rows=50, seconds=0.0123) == "(1,200 rows, 50 shown, 12.3 ms)"
    assert summary(3, shown_rows=3) == "(3 rows)"
    assert summary(-1) == "(done)"
    assert summary(-1, seconds=3) == "(3.00 s)"
    assert show_seconds(150) == "2 min 30 s"
