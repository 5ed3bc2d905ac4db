"""Partitions of dealt groups are merged by all workers."""

from __future__ import annotations

import numpy as np

from gpudb.devices.cpu import are_brief
from gpudb.kernels.group_blocks import Block, merge_ranges


def test_few_partitions_of_many_groups_wake_other_workers() -> None:
    block = Block(np.zeros(256 * 64 * 2, np.int64), 2)
    block.used[0] = 256
    block.owners[:] = np.arange(256)
    block.ends[:] = block.places[:] = (1 + np.arange(256)) * 128
    ranges = merge_ranges([block.sorted()], workers=2)
    assert len(ranges) == 4 and not are_brief(ranges)
    assert [(r.first, r.end) for r in ranges] == [(0, 64), (64, 128), (128, 192), (192, 256)]
