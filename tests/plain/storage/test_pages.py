"""Columns in huge pages: what is moved there, what it takes, and what goes back."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

import gpudb
from gpudb.storage import chunk
from gpudb.storage.encodings import raw
from gpudb.storage.encodings.encoded import Array, Encoded
from gpudb.storage.extents import REGION_BYTES
from gpudb.storage.pages import LEAST_BYTES, Pages, has_huge_pages

ROWS = 70_001
LAYOUT = raw.layout("int64", has_nulls=True)


def column(rows: int = ROWS) -> Encoded:
    return Encoded(LAYOUT, rows, (np.arange(rows), np.zeros(rows // 8, np.uint8)), (1, 2))


def resident_bytes(array: Array) -> int:
    """The bytes of an array's whole pages that are in memory."""
    first = -(-array.ctypes.data // 4096)
    count = (array.ctypes.data + array.nbytes) // 4096 - first
    with Path("/proc/self/pagemap").open("rb") as pagemap:
        pagemap.seek(8 * first)
        entries = np.frombuffer(pagemap.read(8 * count), np.uint64)
    return 4096 * int((entries >> np.uint64(63)).sum())


def test_large_arrays_are_moved_and_small_ones_are_not() -> None:
    given = column()
    settled = Pages(has_huge=True).settled(given)
    assert (settled.layout, settled.rows, settled.scalars) == (LAYOUT, ROWS, (1, 2))
    assert settled.buffers[0].dtype == np.int64
    assert np.array_equal(settled.buffers[0], given.buffers[0])
    assert not np.may_share_memory(settled.buffers[0], given.buffers[0])
    assert not settled.buffers[0].flags.writeable
    assert settled.buffers[1] is given.buffers[1]
    small = column(LEAST_BYTES // 8 // 2)
    assert Pages(has_huge=True).settled(small) is small


def test_without_huge_pages_arrays_stay_where_they_are() -> None:
    given = column()
    assert Pages(has_huge=False).settled(given) is given


def test_arrays_lie_close_together_and_begin_at_other_places_of_a_page() -> None:
    pages = Pages(has_huge=True)
    arrays = [pages.moved(np.full(1 << 20, i, np.uint8)) for i in range(20)]
    begins = [array.ctypes.data for array in arrays]
    assert max(begins) - min(begins) < 20 * ((1 << 20) + 256)
    assert len({begin % 4096 for begin in begins}) == 20
    assert all((array == i).all() for i, array in enumerate(arrays))


@pytest.mark.skipif(not Path("/proc/self/pagemap").exists(), reason="Linux tells of pages")
def test_memory_goes_with_the_array_and_is_given_out_again() -> None:
    pages = Pages(has_huge=True)
    first, second, third = (pages.moved(np.full(1 << 20, i, np.uint8)) for i in range(3))
    begin, freed = second.ctypes.data, second[:]
    del second
    assert resident_bytes(freed) == (freed.nbytes // 4096 - 1) * 4096
    interface = freed.__array_interface__
    del freed

    class Place:
        __array_interface__ = interface

    assert resident_bytes(np.asarray(Place())) == 0
    again = pages.moved(np.full(1 << 20, 7, np.uint8))
    assert again.ctypes.data == begin
    assert (first == 0).all() and (again == 7).all() and (third == 2).all()


def test_an_array_larger_than_a_region_has_its_own() -> None:
    pages = Pages(has_huge=True)
    large = pages.moved(np.ones(REGION_BYTES + 1, np.uint8))
    assert large.nbytes == REGION_BYTES + 1
    assert large.all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_child_takes_and_gives_back_memory_of_its_own() -> None:
    pages = Pages(has_huge=True)
    array = pages.moved(np.arange(ROWS))
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        another = pages.moved(np.arange(ROWS) + 1)
        is_right = another[5] == 6 and array[5] == 5
        del array
        os._exit(0 if is_right else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert array[-1] == ROWS - 1


def test_a_system_without_huge_pages_is_known(tmp_path: Path) -> None:
    enabled = tmp_path / "enabled"
    assert not has_huge_pages(enabled)
    enabled.write_text("always madvise [never]\n")
    assert not has_huge_pages(enabled)


def test_what_a_table_in_memory_holds_is_not_held_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    moved: list[int] = []
    pages = Pages(has_huge=True)

    def note(column: Encoded) -> Encoded:
        moved.append(column.rows)
        return Pages.settled(pages, column)

    monkeypatch.setattr(pages, "settled", note)
    monkeypatch.setattr(chunk, "PAGES", pages)
    for place in (None, tmp_path / "db"):
        with gpudb.connect(place) as connection:
            connection.execute(
                "CREATE TABLE t AS SELECT range * 7919 % 65521 AS a FROM range(200000)"
            )
            found = connection.execute("SELECT sum(a) FROM t").fetchone()
            assert found == (sum(i * 7919 % 65521 for i in range(200_000)),)
        assert moved == ([] if place is None else [200000])
