"""Arrays past the budget lie in files without a name, once columns have given way."""

from __future__ import annotations

import errno
import gc
import os
import warnings
from pathlib import Path

import numpy as np
import pytest

import gpudb
from gpudb.errors import OperationalError
from gpudb.kernels.buffers import LEAST_BYTES, LEAST_ZEROS_BYTES, Buffers
from gpudb.kernels.file_regions import FILE_BYTES, LATER_SHARE, region_bytes
from gpudb.storage.cache import CacheKey, ColumnCache
from gpudb.storage.encodings import raw
from gpudb.storage.encodings.encoded import Encoded

COUNT = LEAST_BYTES // 8 + 100


def tight_buffers(folder: Path, *, budget_bytes: int = 0) -> Buffers:
    """Return buffers whose arrays go to disk past a budget."""
    buffers = Buffers(0)
    buffers.begin_query(1 << 30, budget_bytes, str(folder))
    return buffers


def descriptors() -> int:
    """How many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


def test_past_the_budget_arrays_lie_on_disk(tmp_path: Path) -> None:
    buffers = tight_buffers(tmp_path, budget_bytes=3 * LEAST_BYTES)
    arrays = [buffers.empty(COUNT) for _ in range(5)]
    assert buffers.file_bytes >= 3 * arrays[0].nbytes
    assert buffers.room_bytes < LEAST_BYTES
    for number, array in enumerate(arrays):
        array[:] = number
    assert all((array == number).all() for number, array in enumerate(arrays))
    assert not list(tmp_path.iterdir()), "files have no name"
    spilled = buffers.spilled_bytes
    assert spilled == buffers.file_bytes
    del array
    arrays.clear()
    assert buffers.file_bytes == 0
    assert buffers.room_bytes == 3 * LEAST_BYTES
    assert buffers.spilled_bytes == spilled, "which is what ever lay there"


def test_space_on_disk_is_used_again_and_given_back(tmp_path: Path) -> None:
    before = descriptors()
    buffers = tight_buffers(tmp_path)
    kept, first = buffers.empty(COUNT), buffers.empty(COUNT)
    kept[:] = 7
    first[:] = 1
    page = first.ctypes.data >> 12
    files = descriptors()
    assert files > before
    del first
    assert buffers.idle_bytes > 0
    again = buffers.empty(COUNT)
    assert again.ctypes.data >> 12 == page
    again[:] = 2
    del again
    buffers.clear()
    assert buffers.idle_bytes == 0
    assert (kept == 7).all()
    assert descriptors() == files
    del kept
    buffers.clear()
    gc.collect()
    assert descriptors() == before


def test_zeros_on_disk_are_zero(tmp_path: Path) -> None:
    buffers = tight_buffers(tmp_path)
    count = LEAST_ZEROS_BYTES // 8 + 100
    assert not buffers.zeros(count).any()
    kept = buffers.empty(COUNT)
    buffers.empty(count)[:] = -1
    assert not buffers.zeros(count).any(), "in space that was written to"
    buffers.empty(count)[:] = -1
    buffers.clear()
    assert not buffers.zeros(count).any(), "in space that was given back"
    assert buffers.file_bytes >= kept.nbytes


def test_a_full_disk_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int, begin: int, size: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    buffers = tight_buffers(tmp_path)
    with monkeypatch.context() as context:
        context.setattr(os, "posix_fallocate", full)
        with pytest.raises(
            OperationalError, match=r"bytes are free there.*temp_directory"
        ) as raised:
            buffers.empty(COUNT)
        assert str(tmp_path) in raised.value.message
        assert os.strerror(errno.ENOSPC) in raised.value.message
        assert buffers.file_bytes == 0
    buffers.empty(COUNT)[:] = 1
    assert buffers.spilled_bytes >= 8 * COUNT


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    query = "SELECT i FROM t ORDER BY i % 1000"
    with gpudb.connect(temp_directory=tmp_path / "gone") as connection:
        connection.execute("CREATE TABLE t AS SELECT i FROM generate_series(1, 300000) AS g(i)")
        connection.execute("SET memory_limit = '1MiB'")
        with pytest.raises(OperationalError, match=r"gone, which fails \(No such file"):
            connection.execute(query)
        connection.execute("RESET temp_directory")
        assert len(connection.execute(query).fetchall()) == 300_000


def test_columns_give_way_first_until_arrays_have_half(tmp_path: Path) -> None:
    layout = raw.layout("int64", has_nulls=False)
    cache = ColumnCache(1 << 24)
    column = Encoded(layout, 1 << 17, (np.zeros(1 << 17, np.int64),), ())
    for chunk in range(16):
        cache.get(CacheKey(chunk, "x", layout), lambda: column)
    assert cache.used_bytes == 1 << 24
    buffers = Buffers(0, cache)
    buffers.begin_query(0, 1 << 24, str(tmp_path))
    assert buffers.room_bytes == 1 << 23
    array = buffers.empty(3 << 17)
    assert buffers.file_bytes == 0
    assert (1 << 24) - array.nbytes - (1 << 21) <= cache.used_bytes <= (1 << 24) - array.nbytes
    others = [buffers.empty(3 << 17) for _ in range(3)]
    assert cache.used_bytes >= 1 << 23
    assert buffers.file_bytes >= 2 * array.nbytes
    del array, others
    assert buffers.room_bytes == 1 << 23
    cache.get(CacheKey(99, "x", layout), lambda: column)
    assert cache.used_bytes > 1 << 23


def test_a_fork_writes_to_files_of_its_own(tmp_path: Path) -> None:
    buffers = tight_buffers(tmp_path)
    kept, idle = buffers.empty(COUNT), buffers.empty(COUNT)
    kept[:] = 1
    page = idle.ctypes.data >> 12
    del idle
    buffers.begin_fork()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    buffers.end_fork()
    if not child:
        # Whatever happens, none of the parent's tests may go on here.
        own = buffers.empty(COUNT)
        own[:] = 2
        is_apart = own.ctypes.data >> 12 != page and bool((kept == 1).all())
        os._exit(0 if is_apart else 1)
    mine = buffers.empty(COUNT)
    mine[:] = 3
    assert os.waitpid(child, 0)[1] == 0
    assert (kept == 1).all()
    assert (mine == 3).all()
    assert mine.ctypes.data >> 12 != page


def test_later_files_are_larger() -> None:
    assert region_bytes(5, 0) == FILE_BYTES
    assert region_bytes(5, 100 * FILE_BYTES) >= 100 * FILE_BYTES // LATER_SHARE
    assert region_bytes(FILE_BYTES + 1, 0) > FILE_BYTES


def test_another_folder_is_used_from_the_next_query_on(tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    buffers = tight_buffers(folders[0])
    kept = buffers.empty(COUNT)
    kept[:] = 7
    assert not is_mapped(folders[1])
    buffers.begin_query(1 << 30, 0, str(folders[1]))
    other = buffers.empty(COUNT)
    other[:] = 8
    assert is_mapped(folders[0])
    assert is_mapped(folders[1])
    assert (kept == 7).all(), "which stays where it is"
    del kept
    assert buffers.file_bytes >= other.nbytes


def is_mapped(folder: Path) -> bool:
    """Whether memory of this process is of a file in a folder."""
    return f"{folder}/" in Path("/proc/self/maps").read_text(encoding="utf-8")
