"""Elements of arrays as held columns, and held columns as arrays."""

from __future__ import annotations

import numpy as np

from gpudb.kernels.held import HeldColumn
from gpudb.kernels.lists import Lists
from gpudb.storage.encodings import wide


def held_elements(lists: Lists, places: np.ndarray, is_there: np.ndarray) -> HeldColumn:
    """Return the elements at `places`, NULL where none `is_there`."""
    if len(lists.values):
        values = lists.values[places]
        missing = ~is_there if lists.nulls is None else ~is_there | lists.nulls[places]
    else:
        values, missing = np.zeros(len(places), lists.values.dtype), ~is_there
    nulls = missing if missing.any() else None
    if not wide.is_wide(values):
        return HeldColumn(lists.element, values, nulls, domain=lists.domain)
    low, high = wide.low_words(values), wide.high_words(values)
    return HeldColumn(lists.element, low, nulls, high=high).narrowed()
