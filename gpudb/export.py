"""COPY ... TO: batches of a result into a Parquet, CSV or Arrow file.

    batches --writer of the kind--> a file beside the target --rename--> the target

A file of the target's name is replaced only once the new one is whole.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager

import pyarrow as pa

from gpudb.csv_text import CsvText
from gpudb.errors import NotSupportedError, OperationalError, ProgrammingError
from gpudb.storage.cancel import check_cancel
from gpudb.storage.external.options import Option, parse_options

_KINDS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".csv.gz": "csv",
    ".tsv.gz": "csv",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
_COMPRESSIONS = {
    "parquet": ("snappy", "zstd", "lz4", "gzip", "none"),
    "arrow": ("none", "lz4", "zstd"),
    "csv": ("none", "gzip"),
}

Write = Callable[[pa.RecordBatch], None]

# Rows written between two looks at `cancel`.
STEP_ROWS = 65_536


def _read_kind(value: object) -> str:
    if str(value).lower() not in _COMPRESSIONS:
        raise ValueError(f"one of {', '.join(_COMPRESSIONS)}")
    return str(value).lower()


def _read_compression(value: object) -> str:
    known = {name for names in _COMPRESSIONS.values() for name in names}
    if str(value).lower() not in known:
        raise ValueError(f"one of {', '.join(sorted(known))}")
    return str(value).lower()


def _read_rows(value: object) -> int:
    if not str(value).isdigit() or int(str(value)) == 0:
        raise ValueError("a whole number above 0")
    return int(str(value))


def _read_flag(value: object) -> bool:
    words = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
    if str(value).lower() not in words:
        raise ValueError("true or false")
    return words[str(value).lower()]


def _read_character(value: object) -> str:
    text = {"\\t": "\t", "tab": "\t"}.get(str(value).lower(), str(value))
    if len(text) != 1 or text in "\r\n":
        raise ValueError("one character, or tab")
    return text


COPY_TO_OPTIONS: tuple[Option, ...] = (
    Option(
        "file_type",
        "name",
        "by the file's name",
        "what to write: parquet, csv or arrow",
        _read_kind,
        ("format",),
    ),
    Option(
        "compression",
        "name",
        "snappy; none for csv and arrow",
        "parquet: snappy, zstd, lz4, gzip, none; arrow: lz4, zstd, none; csv: gzip, none",
        _read_compression,
        ("file_compression",),
    ),
    Option(
        "row_group_rows",
        "count",
        131_072,
        "rows in a row group of Parquet",
        _read_rows,
        ("row_group_size",),
    ),
    Option("header", "flag", True, "whether CSV begins with the columns' names", _read_flag),
    Option(
        "delimiter",
        "character",
        ", (tab for .tsv)",
        "what stands between values of CSV",
        _read_character,
        ("delim", "sep"),
    ),
    Option("quoted", "flag", True, "false: refuse values that need quotes", _read_flag),
    Option("quote", "character", '"', "what encloses values that need it", _read_character),
    Option("nulls", "text", "empty", "what stands for NULL in CSV", str, ("null", "nullstr")),
)


def copy_to(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    path: str,
    options: Mapping[str, object] | None = None,
    cancel: threading.Event | None = None,
) -> int:
    """Write batches of `schema` to `path` and return how many rows they hold.

    Raises ProgrammingError for options, OperationalError where the file cannot be written,
    NotSupportedError for a type that the format lacks, and QueryCancelled soon after `cancel` is
    set. Whatever fails leaves no new file.
    """
    values = parse_options(options or {}, COPY_TO_OPTIONS)
    target = os.path.expanduser(path)
    kind = str(values.get("file_type") or _kind_of(target))
    _check_compression(kind, values.get("compression"))
    partial = os.path.join(
        os.path.dirname(target), f".{os.path.basename(target)}.{os.getpid()}.part"
    )
    _check_target(target)
    try:
        with _WRITERS[kind](partial, target, schema, values) as write:
            rows = _write_all(batches, write, cancel)
        os.replace(partial, target)
        return rows
    except pa.ArrowNotImplementedError as error:
        raise NotSupportedError(f"cannot write '{path}' as {kind}: {error}") from error
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(partial)


def _write_all(
    batches: Iterable[pa.RecordBatch], write: Write, cancel: threading.Event | None
) -> int:
    rows = 0
    for batch in batches:
        for begin in range(0, batch.num_rows, STEP_ROWS):
            check_cancel(cancel)
            write(batch.slice(begin, STEP_ROWS))
        rows += int(batch.num_rows)
    return rows


@contextlib.contextmanager
def _parquet_writer(
    partial: str, target: str, schema: pa.Schema, values: Mapping[str, object]
) -> Iterator[Write]:
    import pyarrow.parquet as pq  # late, as in storage.external.open

    group_rows = values.get("row_group_rows", 131_072)
    waiting: list[pa.RecordBatch] = []
    waiting_rows = 0
    with (
        pa.OSFile(partial, "wb") as file,
        pq.ParquetWriter(file, schema, compression=values.get("compression", "snappy")) as writer,
    ):

        def flush() -> None:
            nonlocal waiting_rows
            table = pa.Table.from_batches(waiting, schema)
            writer.write_table(table, row_group_size=group_rows)
            waiting.clear()
            waiting_rows = 0

        def write(batch: pa.RecordBatch) -> None:
            nonlocal waiting_rows
            waiting.append(batch)
            waiting_rows += batch.num_rows
            if waiting_rows >= group_rows:
                flush()

        yield write
        if waiting:
            flush()


@contextlib.contextmanager
def _arrow_writer(
    partial: str, target: str, schema: pa.Schema, values: Mapping[str, object]
) -> Iterator[Write]:
    named = values.get("compression", "none")
    options = pa.ipc.IpcWriteOptions(compression=None if named == "none" else named)
    with (
        pa.OSFile(partial, "wb") as file,
        pa.ipc.new_file(file, schema, options=options) as writer,
    ):
        yield writer.write_batch


@contextlib.contextmanager
def _csv_writer(
    partial: str, target: str, schema: pa.Schema, values: Mapping[str, object]
) -> Iterator[Write]:
    is_tabbed = target.lower().endswith((".tsv", ".tsv.gz"))
    text = CsvText(
        names=tuple(schema.names),
        delimiter=str(values.get("delimiter", "\t" if is_tabbed else ",")),
        quote=str(values.get("quote", '"')) if values.get("quoted", True) else None,
        null=str(values.get("nulls", "")),
    )
    default = "gzip" if target.lower().endswith(".gz") else "none"
    is_compressed = values.get("compression", default) == "gzip"
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(pa.OSFile(partial, "wb"))
        if is_compressed:
            file = stack.enter_context(pa.CompressedOutputStream(file, "gzip"))
        if values.get("header", True):
            file.write(text.header())

        def write(batch: pa.RecordBatch) -> None:
            for lines in text.lines(batch):
                file.write(lines)

        yield write


_WRITERS: dict[
    str, Callable[[str, str, pa.Schema, Mapping[str, object]], AbstractContextManager[Write]]
] = {"parquet": _parquet_writer, "arrow": _arrow_writer, "csv": _csv_writer}


def _kind_of(path: str) -> str:
    for extension, kind in _KINDS.items():
        if path.lower().endswith(extension):
            return kind
    raise ProgrammingError(
        f"cannot tell how to write '{path}': its name ends in none of {', '.join(_KINDS)}; "
        "give WITH (file_type = 'parquet'), 'csv' or 'arrow'"
    )


def _check_compression(kind: str, named: object) -> None:
    if named is not None and named not in _COMPRESSIONS[kind]:
        raise ProgrammingError(
            f"{kind} files have no compression {named}; there are {', '.join(_COMPRESSIONS[kind])}"
        )


def _check_target(target: str) -> None:
    folder = os.path.dirname(os.path.abspath(target))
    if not os.path.isdir(folder):
        raise OperationalError(f"cannot write '{target}': there is no folder '{folder}'; make it")
    if os.path.isdir(target):
        raise OperationalError(f"cannot write '{target}': it is a folder; name a file in it")


def _cannot_write(path: str, error: OSError) -> OperationalError:
    full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if error.errno in full:
        reason = f"the disk is full or a limit is reached ({os.strerror(error.errno or 0)})"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        reason = f"you may not write there ({os.strerror(error.errno)})"
    else:
        reason = os.strerror(error.errno) if error.errno else str(error)
    return OperationalError(f"cannot write '{path}': {reason}; nothing was written")
