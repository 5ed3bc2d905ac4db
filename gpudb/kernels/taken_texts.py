"""Texts of some rows, taken from those of their chunks, which stay in the cache as columns do."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pyarrow as pa

from gpudb.devices.device import Morsel
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.sources import TableSource
from gpudb.kernels.text_values import held_dictionaries
from gpudb.kernels.texts import held_text
from gpudb.storage.table import TableVersion


def take_texts(
    source: TableSource,
    columns: Mapping[int, str],
    places: np.ndarray,
    fixed: FixedKernels,
    cancel: threading.Event,
) -> dict[int, HeldColumn]:
    """Return the texts of some rows of a table, which are numbered over all chunks, by all workers.

    Columns are given by ids of fields.
    """
    version = source.version
    kept = {column: source.texts.is_taken_again(version, column) for column in columns.values()}
    which = by_chunk(version, places)
    touched = [chunk for chunk, own in enumerate(which) if len(own)]
    parts: dict[tuple[int, int], pa.Array] = {}

    def run(morsel: Morsel) -> None:
        id = tasks[morsel.order][1]
        rows = places[which[morsel.chunk]] - version.first_rows[morsel.chunk]
        column = columns[id]
        texts = source.few_texts.get((morsel.chunk, column)) or version.read_texts(
            morsel.chunk, column, is_kept=kept[column]
        )
        parts[morsel.chunk, id] = texts.take(rows).cast(pa.large_string())

    tasks = [(chunk, id) for chunk in touched for id in columns]
    # All rows of the chunk are read, whatever of them is taken.
    morsels = [Morsel(n, c, 0, version.chunks[c].rows) for n, (c, _) in enumerate(tasks)]
    with held_dictionaries(version, columns.values()):
        fixed.device.run(morsels, lambda: run, cancel)
    # A table without rows has no chunks.
    wanted = np.concatenate(which or [np.empty(0, np.int64)])
    found = {}
    for id, column in columns.items():
        pieces = pa.chunked_array([parts[chunk, id] for chunk in touched], pa.large_string())
        # Codes are put in order, not their texts.
        found[id] = held_text(pieces, version.column(column).type).take(np.argsort(wanted))
    return found


def by_chunk(version: TableVersion, places: np.ndarray) -> list[np.ndarray]:
    """Return, chunk by chunk, which of some rows it has; `places` number rows over all chunks."""
    chunks = np.searchsorted(np.array(version.first_rows), places, "right") - 1
    order = np.argsort(chunks, kind="stable")
    ends = np.searchsorted(chunks[order], np.arange(len(version.chunks) + 1))
    return [order[begin:end] for begin, end in pairwise(ends)]
