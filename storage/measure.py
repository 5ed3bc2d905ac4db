"""Statistics of a column's values: of a chunk, and of its zones of ZONE_ROWS rows."""

from __future__ import annotations

from dataclasses import dataclass

from gpudb.storage.encodings.encoded import Array


@dataclass(frozen=True, slots=True)
class ZoneMap:
    """Bounds of each zone's values, and its NULLs: three arrays with an entry for every zone.

    `minimum` and `maximum` are int64 or float64, or None for TEXT. A zone without any value but NULL has
    a minimum above its maximum; a zone with NaN has the bounds -inf and inf.
    """

    minimum: Array | None
    maximum: Array | None
    nulls: Array
