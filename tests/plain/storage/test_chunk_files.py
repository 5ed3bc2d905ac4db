"""Chunk files: what of a column's buffers is compressed."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import numpy as np
import pytest

from gpudb.storage.encodings import raw
from gpudb.storage.encodings.encoded import Array, PhysicalColumn
from gpudb.storage.files import PackedColumn, pack_column
from gpudb.storage.measure import measure, zones
from gpudb.storage.store import FolderStore, LoadedColumn, Place

NOISE = np.random.default_rng(7).integers(0, 1 << 62, 1 << 18)
SAME = np.zeros(1 << 18, np.int64)


def packed(values: Array) -> PackedColumn:
    found = zones(values)
    statistics = measure(values, None, found)
    encoded = raw.encode_as(PhysicalColumn(values), values.dtype.name, has_nulls=False)
    return pack_column(encoded, statistics, found)


@pytest.mark.parametrize(
    ("values", "codec"),
    [
        (NOISE.astype(np.uint8), "plain"),
        (NOISE, "plain"),
        (NOISE[:9], "plain"),
        (np.where(np.arange(1 << 18) < 1 << 16, 0, NOISE), "planes"),
        (NOISE & 0xFFFFFF, "planes"),
        (NOISE % 1000, "planes"),
        (np.tile(NOISE[:60_000], 5), "planes"),
        (np.tile(NOISE[:60_000].astype(np.uint8), 5), "lz4"),
        ((NOISE % 7).astype(np.uint8), "lz4"),
        (SAME, "planes"),
        (SAME[:9], "planes"),
    ],
)
def test_noise_is_not_compressed(values: Array, codec: str) -> None:
    ((found, length, _, count),) = packed(values).head["buffers"][0]
    assert (found, count) == (codec, len(values))
    assert length == values.nbytes if codec == "plain" else length < values.nbytes


def test_noise_comes_back(tmp_path: Path) -> None:
    columns: list[Array] = [NOISE, NOISE % 1000, NOISE.astype(np.uint8)]
    ids = iter([1])
    place = Place(tmp_path, lambda path: path.mkdir(exist_ok=True), deque())
    store = FolderStore(place, "t", ("a", "b", "c"), lambda: next(ids))
    loaded = []
    for values in columns:
        found = zones(values)
        encoded = raw.encode_as(PhysicalColumn(values), values.dtype.name, has_nulls=False)
        loaded.append(store.prepare(LoadedColumn(encoded, measure(values, None, found), found)))
    chunk = store.add(0, len(NOISE), loaded)
    for name, values in zip("abc", columns, strict=True):
        read = raw.decode(chunk.columns[name].read())
        assert read.nulls is None
        np.testing.assert_array_equal(read.values, values)
