"""The model of a GPU's time: bytes by the encodings, which are those of the buffers."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import gpudb
from bench import roofline, tpch
from bench.__main__ import main
from bench.roofline import BANDWIDTHS, ColumnBytes, Fixed, Model, column_bytes, fixed_of
from gpudb.devices.cpu import CpuDevice
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.radix import Workers
from gpudb.kernels.sources import TableSource
from gpudb.kernels.text_columns import TextColumns
from gpudb.sql.pipeline import ScanRows
from gpudb.storage.resident import CUDA


def test_lineitem_takes_at_most_half_of_its_uncompressed_bytes(tmp_path: Path) -> None:
    """Numeric and date columns, each compared with the buffers that a GPU would be given."""
    file = tpch.generate(0.01, tmp_path)["lineitem"]
    with gpudb.connect(chunk_rows=20_000) as connection:
        connection.execute(f"CREATE TABLE lineitem AS SELECT * FROM '{file}'")
        version = connection.snapshot().table("lineitem")
    workers = Workers(FixedKernels(CpuDevice(1)), threading.Event())
    table = TableSource(ScanRows(version, (), ()), version, CUDA, TextColumns(), workers)
    columns = [
        column_bytes(version, c.name, c.type, table, 0)
        for c in version.columns
        if not c.type.is_text
    ]
    assert len(columns) == 11
    for column in columns:
        column.check()
        assert column.rows == version.row_count
    assert sum(c.encoded for c in columns) < 0.5 * sum(c.plain for c in columns)
    # As INTEGER, BIGINT, DATE and DECIMAL in 8 bytes are written without encoding.
    assert sum(c.plain for c in columns) == 72 * version.row_count


def test_metadata_that_does_not_fit_the_buffers_is_an_error() -> None:
    column = ColumnBytes("x", gpudb.storage.types.BIGINT, 100_000, 400_000.0, 500_000, 800_000)
    with pytest.raises(ValueError, match="x: 400,000 bytes, its buffers 500,000"):
        column.check()


def test_time_is_bytes_over_a_share_of_the_bandwidth() -> None:
    model = Model("q", 1000, 7e9, 28e9, 10**9, 0, Fixed(1, 1, 1, 0))
    ours, plain = model.seconds(BANDWIDTHS["A100"])
    assert ours == pytest.approx(8e9 / 2039e9 / 0.85)
    assert plain == pytest.approx(29e9 / 2039e9 / 0.85)


def test_the_command_says_that_it_is_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roofline, "ROWS", 5000)
    arguments = ["roofline", "--scan-rows", "30000", "--cases", "scan", "--data", str(tmp_path)]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("A model, not a measurement")
    # A second table follows where there is a ptxas.
    scan, *_ = (line.split() for line in lines if line.startswith("scan"))
    # A launch, and one wait for all of the result; 4 + 10 + 30 bits a row and 1 + 2 + 4 bytes.
    assert scan[1:3] == ["1", "1"]
    assert float(scan[5]) < float(scan[6]) == 7.0
    # The half of a millisecond: a launch, a wait, and what they begin and leave.
    assert 0.03 < float(scan[4]) < 0.5


def test_more_rows_are_one_launch_and_the_same_bytes_a_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roofline, "ROWS", 5000)
    found = []
    for times in ("1", "40"):
        given = ["--scan-rows", "30000", "--cases", "scan", "--data", str(tmp_path)]
        assert main(["roofline", "--times", times, *given]) == 0
        lines = capsys.readouterr().out.splitlines()
        found += [line.split() for line in lines if line.startswith("scan")][:1]
    once, often = found
    assert once[5:8] == often[5:8]
    assert float(often[8]) == pytest.approx(40 * float(once[8]), rel=0.1)
    # Launches, waits and copies of forty chunks are those of one.
    assert once[1:4] == often[1:4] == ["1", "1", once[3]]


def test_fixed_costs_are_what_the_driver_was_asked_for() -> None:
    fixed = fixed_of(["copy 24", "launch", "launch", "order 1 of 9", "wait 1000"])
    assert fixed == Fixed(2, 1, 2, 1024)
    assert fixed.seconds == pytest.approx(2 * 10e-6 + 20e-6 + 2 * 7e-6 + 1024 / 12e9)
    assert fixed.more(3, 10) == Fixed(5, 1, 2, 1034)
