"""CSV files for tests, and what is read from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpudb.errors import DataError
from gpudb.storage.external.csv import CsvSource
from gpudb.storage.external.open import open_source
from gpudb.storage.external.source import SourceColumn
from gpudb.storage.types import (
    SqlType,
)

Row = tuple[object, ...]


def source_of(
    folder: Path,
    data: str | bytes,
    *,
    target: dict[str, SqlType] | None = None,
    name: str = "a.csv",
    **options: object,
) -> CsvSource:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    columns = None if target is None else [SourceColumn(n, t) for n, t in target.items()]
    source = open_source(str(path), options, columns)
    assert isinstance(source, CsvSource)
    return source


def rows_of(source: CsvSource, *names: str) -> list[Row]:
    batches = list(source.batches(names or None))
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


def shape_of(source: CsvSource) -> dict[str, SqlType]:
    return {column.name: column.type for column in source.columns}


def message_of(source: CsvSource) -> str:
    with pytest.raises(DataError) as caught:
        rows_of(source)
    return caught.value.message.replace(source.paths[0], "a.csv")
