"""What Parquet files tell without being read: columns without NULLs, and bytes in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

# An engine that holds tables in memory may take this part of it: there are others beside it.
MEMORY_SHARE = 6
# A string's offset or view, and a few letters; decimals have 16 bytes in every one of them.
TEXT_BYTES = 24


def columns_with_nulls(file: Path) -> set[str]:
    """Return the columns that hold a NULL, as far as the statistics tell: unknown means some."""
    metadata = pq.read_metadata(file)
    found = set()
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            statistics = column.statistics
            if statistics is None or not statistics.has_null_count or statistics.null_count:
                found.add(column.path_in_schema)
    return found


def memory_bytes(file: Path) -> int:
    """Return roughly how many bytes a table takes as plain columns in memory."""
    row = sum(value_bytes(field.type) for field in pq.read_schema(file))
    return int(row * pq.read_metadata(file).num_rows)


def value_bytes(type: pa.DataType) -> float:
    """Return the bytes of one value."""
    is_plain = pa.types.is_primitive(type) or pa.types.is_decimal(type)
    return type.bit_width / 8 if is_plain else TEXT_BYTES


def fits_in_memory(files: Iterable[Path]) -> bool:
    """Tell whether one of several engines may hold these tables in memory at once."""
    all_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return sum(map(memory_bytes, files)) <= all_bytes // MEMORY_SHARE
