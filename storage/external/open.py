"""Picks the source for a path: by the option source_type, by extension, or by the first bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from gpudb.errors import OperationalError
from gpudb.storage.external.arrow import ArrowFileSource
from gpudb.storage.external.files import COMPRESSIONS, find_files, read_ends
from gpudb.storage.external.options import ReadOptions, read_options
from gpudb.storage.external.source import ExternalSource, SourceColumn

_EXTENSIONS: dict[str, tuple[str, ...]] = {
    "parquet": (".parquet", ".parq", ".pq"),
    "csv": (".csv", ".tsv", ".txt", ".tbl"),
    "arrow": (".arrow", ".feather", ".ipc", ".arrows"),
}
_MAGIC = {b"PAR1": "parquet", b"PARE": "parquet", b"ARRO": "arrow", b"FEA1": "arrow"}

_Open = Callable[[str, tuple[str, ...], ReadOptions, Sequence[SourceColumn] | None], ExternalSource]


def open_source(
    path_or_pattern: str,
    options: ReadOptions | Mapping[str, object] | None = None,
    target: Sequence[SourceColumn] | None = None,
) -> ExternalSource:
    """Return the source for a file, a folder of Parquet files, or a pattern such as 'x/*.csv'.

    `target` are the columns of the table to load into; CSV is parsed straight into their types.
    Raises OperationalError for files that are missing or are not what they seem, and
    ProgrammingError for options and for files whose columns differ.
    """
    checked = options if isinstance(options, ReadOptions) else read_options(options)
    kind = checked.source_type
    paths = find_files(path_or_pattern, _EXTENSIONS[kind or "parquet"])
    return _OPENERS[kind or _kind_of(paths[0])](path_or_pattern, paths, checked, target)


def is_file_name(name: str) -> bool:
    """Return whether a table's name in SQL can only be a file's: it ends as one or has a path."""
    base = _without_compression(name.lower())
    return base.endswith(tuple(e for known in _EXTENSIONS.values() for e in known)) or (
        os.sep in name
    )


def _open_parquet(
    name: str,
    paths: tuple[str, ...],
    options: ReadOptions,
    target: Sequence[SourceColumn] | None,
) -> ExternalSource:
    # Late: pyarrow.parquet brings its file systems and ssl along; a start should not wait for them.
    from gpudb.storage.external.parquet import ParquetSource

    return ParquetSource(name, paths)


def _open_csv(
    name: str,
    paths: tuple[str, ...],
    options: ReadOptions,
    target: Sequence[SourceColumn] | None,
) -> ExternalSource:
    from gpudb.storage.external.csv import CsvSource  # late as well: it brings pyarrow.csv along

    return CsvSource(name, paths, options.csv, target)


def _open_arrow(
    name: str,
    paths: tuple[str, ...],
    options: ReadOptions,
    target: Sequence[SourceColumn] | None,
) -> ExternalSource:
    return ArrowFileSource(name, paths)


_OPENERS: dict[str, _Open] = {"parquet": _open_parquet, "csv": _open_csv, "arrow": _open_arrow}


def _kind_of(path: str) -> str:
    base = _without_compression(path.lower())
    for kind, extensions in _EXTENSIONS.items():
        if base.endswith(extensions):
            return kind
    head, _, _ = read_ends(path, 4, 0)
    if head in _MAGIC:
        return _MAGIC[head]
    raise OperationalError(
        f"cannot tell what '{path}' is: its name ends in none of "
        f"{', '.join(e for known in _EXTENSIONS.values() for e in known)}; "
        "give WITH (source_type = 'csv'), 'parquet' or 'arrow'"
    )


def _without_compression(name: str) -> str:
    stem, extension = os.path.splitext(name)
    return stem if extension in COMPRESSIONS else name
