"""Parquet files: columns, exact row count and bounds from the footers, batches row group-wise."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from gpudb.errors import OperationalError
from gpudb.storage.external.cast import RowRange, cast_batch
from gpudb.storage.external.files import read_ends
from gpudb.storage.external.parquet_statistics import (
    group_bounds,
    is_dictionary_coded,
    may_hold,
    merged_statistics,
)
from gpudb.storage.external.schema import (
    check_equal_columns,
    merge_nullability,
    source_columns,
)
from gpudb.storage.external.source import (
    BATCH_ROWS,
    Progress,
    SourceColumn,
    ZoneBounds,
    select_columns,
)
from gpudb.storage.statistics import Statistics
from gpudb.storage.types import Kind

_MAGIC = b"PAR1"
_ENCRYPTED_MAGIC = b"PARE"


class ParquetSource:
    """The rows of one or more Parquet files of equal columns, in the files' order."""

    is_row_count_exact = True

    def __init__(self, name: str, paths: Sequence[str]) -> None:
        self.name = name
        self.paths = tuple(paths)
        self._footers = tuple(read_footer(path) for path in self.paths)
        self.columns = self._common_columns()
        self.row_count = sum(footer.num_rows for footer in self._footers)

    def _common_columns(self) -> tuple[SourceColumn, ...]:
        common: tuple[SourceColumn, ...] | None = None
        for path, footer in zip(self.paths, self._footers, strict=True):
            columns = source_columns(footer.schema.to_arrow_schema(), f"'{path}'")
            if common is None:
                common = columns
                continue
            check_equal_columns(common, columns, self.paths[0], path)
            common = merge_nullability(common, columns)
        assert common is not None
        return common

    def statistics(self, column: str) -> Statistics | None:
        """Return what the footers say of a column; None where a row group lacks it."""
        (found,) = select_columns(self.columns, (column,))
        return merged_statistics(self._footers, found)

    def batches(
        self,
        columns: Sequence[str] | None = None,
        on_progress: Progress | None = None,
        zones: Sequence[ZoneBounds] = (),
        *,
        keep_dictionaries: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `columns`; row groups that lie outside `zones` are not read.

        Bytes of progress are the files' compressed ones.
        """
        wanted = select_columns(self.columns, columns)
        bytes_total = sum(os.path.getsize(path) for path in self.paths)
        rows_done = bytes_done = 0
        for path, footer in zip(self.paths, self._footers, strict=True):
            groups = self._groups_within(footer, zones)
            size = os.path.getsize(path)
            rows = RowRange(f"'{path}'", keep_dictionaries=keep_dictionaries)
            for batch in _read(path, footer, groups, wanted):
                rows_done += batch.num_rows
                yield cast_batch(batch, wanted, rows)
                if on_progress is not None:
                    share = min(1.0, rows.first_row / max(1, footer.num_rows))
                    done = bytes_done + int(size * share)
                    on_progress(rows_done, self.row_count, done, bytes_total)
            bytes_done += size
        if on_progress is not None:
            on_progress(rows_done, rows_done, bytes_total, bytes_total)

    def _groups_within(self, footer: pq.FileMetaData, zones: Sequence[ZoneBounds]) -> list[int]:
        types = {column.name.lower(): column for column in self.columns}
        return [
            group
            for group in range(footer.num_row_groups)
            if all(
                may_hold(group_bounds(footer, group, types[zone.column.lower()]), zone)
                for zone in zones
            )
        ]


def read_footer(path: str) -> pq.FileMetaData:
    """Return the footer of a Parquet file; raises OperationalError that says what is wrong."""
    head, tail, size = read_ends(path, len(_MAGIC), len(_MAGIC))
    if head == _ENCRYPTED_MAGIC:
        raise OperationalError(f"'{path}' is an encrypted Parquet file; decrypt it first")
    if head != _MAGIC:
        raise OperationalError(
            f"'{path}' is not a Parquet file: it does not begin with the bytes PAR1; "
            "rename it to what it is (.csv, .arrow) or give WITH (source_type = 'csv')"
        )
    if size < 12 or tail != _MAGIC:
        raise OperationalError(
            f"'{path}' is truncated: the Parquet footer is missing after {size:,} bytes; "
            "copy or write the file again"
        )
    try:
        return pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _read(
    path: str, footer: pq.FileMetaData, groups: list[int], columns: tuple[SourceColumn, ...]
) -> Iterator[pa.RecordBatch]:
    if not columns:
        yield from _empty_rows(footer, groups)
        return
    names = [column.name for column in columns]
    try:
        with pq.ParquetFile(
            path,
            metadata=footer,
            pre_buffer=False,
            page_checksum_verification=True,
            read_dictionary=_dictionary_columns(footer, columns),
        ) as file:
            for batch in file.iter_batches(BATCH_ROWS, groups, names, use_threads=True):
                yield batch.select(names)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _empty_rows(footer: pq.FileMetaData, groups: list[int]) -> Iterator[pa.RecordBatch]:
    """Yield batches without columns, for count(*): the footer knows the rows."""
    for group in groups:
        rows = footer.row_group(group).num_rows
        yield pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))


def _dictionary_columns(footer: pq.FileMetaData, columns: tuple[SourceColumn, ...]) -> list[str]:
    """Return the TEXT columns whose pages are all dictionary codes, as the first group tells.

    Such pages are read as codes and turned into strings after, which copies less than Parquet's
    own way. Where a writer gave up its dictionary (PLAIN pages) it would have to be rebuilt.
    """
    if footer.num_row_groups == 0:
        return []
    group = footer.row_group(0)
    small = set()
    for place in range(group.num_columns):
        chunk = group.column(place)
        if is_dictionary_coded(chunk):
            small.add(chunk.path_in_schema)
    return [
        column.name for column in columns if column.type.kind is Kind.TEXT and column.name in small
    ]


def _damaged(path: str, error: Exception) -> OperationalError:
    reason = str(error).strip().splitlines()[0]
    return OperationalError(f"cannot read '{path}', the file is damaged: {reason}")
