"""Sorts by leading bits give the order that numpy's sorts give, equal rows as they came."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from gpudb.devices.cpu import CpuDevice
from gpudb.devices.python import PythonDevice
from gpudb.kernels import leading
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.leading import find_lead, order_by_lead
from gpudb.kernels.radix import LEAST_ROWS, Workers

ROWS = LEAST_ROWS + 77
RANDOM = np.random.default_rng(5)
INT64 = np.iinfo(np.int64)
FEW = np.arange(ROWS) % 5 == 0
HIGH = RANDOM.integers(0, 1 << 40, ROWS)
PARTS = {
    "one long part": [RANDOM.integers(INT64.min, INT64.max, ROWS, endpoint=True)],
    "a short and a long one": [RANDOM.integers(0, 900, ROWS), RANDOM.integers(-(1 << 58), 0, ROWS)],
    "three": [RANDOM.integers(-9, 9, ROWS), HIGH, RANDOM.integers(0, 1 << 50, ROWS)],
    # A fifth has the leading bits of another row; some of them the whole first two parts.
    "equal leads": [
        np.where(FEW, np.roll(HIGH, 1), HIGH),
        np.where(FEW, 7, RANDOM.integers(0, 1 << 45, ROWS) & ~np.int64(0xFFFFFF)),
        RANDOM.integers(0, 3, ROWS),
    ],
    "equal rows": [np.where(FEW, np.roll(HIGH, 1), HIGH), np.full(ROWS, 3)],
    "floats": [(RANDOM.random(ROWS) * 100).round(6).view(np.int64)],
}


@pytest.fixture(scope="module", params=[1, 3])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    device = CpuDevice(request.param)
    yield Workers(FixedKernels(device), threading.Event())
    device.close()


def limits_of(parts: list[np.ndarray]) -> list[tuple[int, int]]:
    """Return the least and the greatest value of each part."""
    return [(int(part.min()), int(part.max())) for part in parts]


def find_order(workers: Workers, parts: list[np.ndarray]) -> list[int] | None:
    """Return the rows in order, None where leading bits are not worth it."""
    found = order_by_lead(workers, parts, limits_of(parts))
    return None if found is None else found.tolist()


@pytest.mark.parametrize("name", PARTS)
def test_leading_bits_and_insertion_are_a_stable_sort(workers: Workers, name: str) -> None:
    parts = PARTS[name]
    assert find_order(workers, parts) == np.lexsort(parts[::-1]).tolist()


@pytest.mark.parametrize("name", ["three", "equal leads"])
def test_the_python_device_and_numba_agree(name: str) -> None:
    parts = PARTS[name]
    for device in (PythonDevice(), CpuDevice(2, "numba")):
        workers = Workers(FixedKernels(device), threading.Event())
        assert find_order(workers, parts) == np.lexsort(parts[::-1]).tolist()
        device.close()


@pytest.mark.parametrize("is_huge_first", [False, True])
def test_rows_that_a_sample_did_not_show_are_sorted_by_digits(
    workers: Workers, monkeypatch: pytest.MonkeyPatch, is_huge_first: bool
) -> None:
    """All rows but one have the same leading bits, which insertion would take minutes for."""
    monkeypatch.setattr(leading, "_rows_together", lambda sample, rows: 0.0)
    part = RANDOM.integers(0, 1 << 40, ROWS)
    part[0 if is_huge_first else -1] = 1 << 62
    assert find_order(workers, [part]) == np.argsort(part, kind="stable").tolist()


@pytest.mark.parametrize(
    "parts",
    [
        [RANDOM.integers(0, 1 << 16, ROWS)],  # two passes do
        [RANDOM.choice(np.array([INT64.min, 0, INT64.max]), ROWS)],  # many equal rows
        [np.full(ROWS, 5), np.full(ROWS, INT64.min)],
        [RANDOM.integers(0, 4, ROWS) << 60, RANDOM.integers(0, 2, ROWS) << 50],
    ],
)
def test_short_keys_and_equal_rows_are_left_to_digits(
    workers: Workers, parts: list[np.ndarray]
) -> None:
    assert find_order(workers, parts) is None
    assert workers.order(parts).tolist() == np.lexsort(parts[::-1]).tolist()


def test_a_lead_has_62_bits_at_most() -> None:
    lead = find_lead([(0, 1023), (-(1 << 40), -1), (0, 0), (5, 1 << 20), (0, 1)])
    assert lead.fields == ((0, 0, 10), (-(1 << 40), 0, 40), (0, 0, 0), (5, 8, 12))
    assert (lead.bits, lead.is_whole) == (62, False)
    assert find_lead([(INT64.min, INT64.max)]).fields == ((INT64.min, 2, 62),)
    assert find_lead([(3, 4), (0, 7)]).is_whole
