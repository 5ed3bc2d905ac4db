"""The bar while queries run and data is loaded."""

from __future__ import annotations

import io

from rich.console import Console

from gpudb.shell.progress import ProgressBar, describe


def draw(*calls: tuple[int, int | None, int, int | None]) -> str:
    """Draw a bar for `calls` on a terminal and return what was written."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=160)
    with ProgressBar(console, patience_seconds=0) as bar:
        for call in calls:
            bar(*call)
    return stream.getvalue()


def test_the_bar_tells_rows_bytes_rate_and_time_left() -> None:
    drawn = draw((0, None, 0, 400_000_000), (1_500_000, None, 100_000_000, 400_000_000))
    assert "25%" in drawn
    assert "1,500,000 rows" in drawn
    assert "100.0 MB" in drawn
    assert "MB/s" in drawn
    assert "left" in drawn


def test_rows_measure_where_bytes_are_unknown() -> None:
    assert "50%" in draw((0, 10, 0, None), (5, 10, 0, None))


def test_without_totals_nothing_is_promised() -> None:
    drawn = draw((5, None, 40, None), (10, None, 80, None))
    assert "10 rows" in drawn
    assert "left" not in drawn
    assert "%" not in drawn


def test_nothing_is_drawn_where_nothing_is_loaded() -> None:
    assert draw() == ""


def test_short_loads_have_no_bar() -> None:
    stream = io.StringIO()
    with ProgressBar(Console(file=stream, force_terminal=True)) as bar:
        bar(5, 10, 0, None)
    assert stream.getvalue() == ""


def test_describe() -> None:
    assert describe(2_000_000, 300_000_000, 2.0, 0.25) == (
        "2,000,000 rows  300.0 MB  1.0 M rows/s  150.0 MB/s  6.00 s left"
    )
    assert describe(1, 8, 0.0, None) == "1 rows  0.0 MB"
