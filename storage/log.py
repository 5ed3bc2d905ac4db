"""The log of a database folder: small appends, each made to last by one write to one file.

    log     record | record | ...                       of commits of the last manifest's
    record  commit | number | length | checksum | body
    body    table id | length | rows, an Arrow record batch     for each append of its commits

A record says which manifest it comes after, by its `commit`, and the how manieth it is there. The
next manifest holds the rows themselves, so that its records stand for nothing any more. A record is
written when the one before it has reached the disk: what a kill leaves of the last one has no
checksum and is cut off, and a bad record before a good one is damage, never a kill's work.

Commits that wait for each other are one record (gpudb.storage.commits).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import xxhash

from gpudb.errors import OperationalError
from gpudb.records import dataclass
from gpudb.storage.arrow_types import arrow_type
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.few_rows import FewRows
from gpudb.storage.manifest import sync_folder

LOG_NAME = "log"
# No descriptor of an open file.
CLOSED = -1
HEAD = struct.Struct("<QQQQ")
APPEND_HEAD = struct.Struct("<QQ")
# A longer log is folded into the tables' files by the next commit.
LONG_LOG_BYTES = 1 << 22
MOST_RECORDS = LONG_LOG_BYTES // HEAD.size


@dataclass(frozen=True, slots=True)
class LoggedAppend:
    """Rows appended to a table, of which `message` is an Arrow record batch without its schema."""

    table_id: int
    message: bytes

    def batch(self, columns: Sequence[ColumnDefinition]) -> pa.RecordBatch:
        """Return the rows."""
        return pa.ipc.read_record_batch(pa.py_buffer(self.message), log_schema(columns))


def log_schema(columns: Sequence[ColumnDefinition]) -> pa.Schema:
    """Return what the log holds of rows: the Arrow types of the columns."""
    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])


def logged(
    table_id: int, columns: Sequence[ColumnDefinition], rows: pa.RecordBatch | FewRows
) -> LoggedAppend:
    """Return an append for the log; the rows' columns match the table's by place."""
    batch = rows.batch() if isinstance(rows, FewRows) else rows
    schema = log_schema(columns)
    arrays = [
        array if array.type.equals(field.type) else array.cast(field.type)
        for array, field in zip(batch.columns, schema, strict=True)
    ]
    made = pa.RecordBatch.from_arrays(arrays, schema=schema)
    return LoggedAppend(table_id, made.serialize().to_pybytes())


@dataclass(frozen=True, slots=True)
class LogEnd:
    """Where the next record goes: behind `number` records after the manifest of `commit`."""

    commit: int
    number: int
    offset: int


class LogWriter:
    """The log of the writing process. Errors leave it as it was, or `is_broken` until it is reset.

    `end` is what was found at opening; None where that was no record.

    One thread at a time appends (gpudb.storage.commits).
    """

    def __init__(self, folder: Path, end: LogEnd | None) -> None:
        self._folder = folder
        self._descriptor: int | None = None
        self._end = end
        self._is_cut = False
        self.is_broken = False

    def has_room(self, commit: int) -> bool:
        """Whether an append after the manifest of `commit` may be written here."""
        end = self._end
        if end is None or end.commit != commit:
            return True
        return not self.is_broken and end.offset < LONG_LOG_BYTES

    @property
    def end(self) -> LogEnd | None:
        """Where the next record goes; None where none has been since the last manifest."""
        return self._end

    def append(self, commit: int, appends: Sequence[LoggedAppend]) -> None:
        """Make appends last, all or none; raises OSError, and then none do.

        They are the first after the manifest of `commit`, or follow others after the same.
        """
        descriptor = self._open()
        if self._end is None or self._end.commit != commit:
            self._reset(descriptor, commit)
        end = self._end
        assert end is not None
        if not self._is_cut:
            # What a kill left behind the last record must not follow a shorter one.
            os.ftruncate(descriptor, end.offset)
            self._is_cut = True
        record = _record(commit, end.number, appends)
        after = LogEnd(commit, end.number + 1, end.offset + len(record))
        try:
            _write_all(descriptor, record, end.offset)
            os.fdatasync(descriptor)
            self._end = after
        finally:
            if self._end is not after:
                self._cut(descriptor, end.offset)

    def _open(self) -> int:
        if self._descriptor is None:
            path = self._folder / LOG_NAME
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        return self._descriptor

    def _reset(self, descriptor: int, commit: int) -> None:
        """Drop the records that the manifest of `commit` has in it."""
        # First the name of that manifest must be on the disk, and that of the log.
        sync_folder(self._folder)
        os.ftruncate(descriptor, 0)
        self._is_cut = True
        self._end = LogEnd(commit, 0, 0)
        self.is_broken = False

    def _cut(self, descriptor: int, offset: int) -> None:
        """Take back what may have been written of a record."""
        self.is_broken = True
        os.ftruncate(descriptor, offset)
        os.fsync(descriptor)
        self.is_broken = False

    def close(self) -> None:
        """Give the file back; appends raise OSError from here on."""
        descriptor, self._descriptor = self._descriptor, CLOSED
        if descriptor not in (None, CLOSED):
            os.close(descriptor)


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], offset + written)


def _record(commit: int, number: int, appends: Sequence[LoggedAppend]) -> bytes:
    parts = []
    for each in appends:
        parts += [APPEND_HEAD.pack(each.table_id, len(each.message)), each.message]
    body = b"".join(parts)
    return HEAD.pack(commit, number, len(body), _checksum(commit, number, body)) + body


def _checksum(commit: int, number: int, body: bytes) -> int:
    return xxhash.xxh3_64_intdigest(struct.pack("<QQ", commit, number) + body)


def read_log(folder: Path, commit: int) -> tuple[list[LoggedAppend], LogEnd]:
    """Return the appends after the manifest of `commit`, in order, and where the next one goes.

    Raises OperationalError for damage.
    """
    path = folder / LOG_NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise OperationalError(f"cannot read '{path}': {error.strerror}") from error
    appends: list[LoggedAppend] = []
    number = offset = 0
    if _is_past(data, commit):
        return [], LogEnd(commit, 0, 0)
    while (body := _find_body(data, offset, commit, number)) is not None:
        appends += _appends(body)
        offset += HEAD.size + len(body)
        number += 1
    if _has_later(data, offset, commit, number):
        raise OperationalError(
            f"'{path}' is damaged: record {number} is not what was written, and others follow it"
        )
    return appends, LogEnd(commit, number, offset)


def _find_body(data: bytes, offset: int, commit: int, number: int) -> bytes | None:
    """Return the body of the record at `offset` if it is whole and the one that is looked for."""
    begin = offset + HEAD.size
    if begin > len(data):
        return None
    *which, length, checksum = HEAD.unpack_from(data, offset)
    if which != [commit, number] or begin + length > len(data):
        return None
    body = data[begin : begin + length]
    return body if _checksum(commit, number, body) == checksum else None


def _is_past(data: bytes, commit: int) -> bool:
    """Whether the log begins with a whole record after an older manifest."""
    if len(data) < HEAD.size:
        return False
    found = HEAD.unpack_from(data, 0)[0]
    return bool(found < commit) and _find_body(data, 0, found, 0) is not None


def _has_later(data: bytes, offset: int, commit: int, number: int) -> bool:
    """Whether a whole record of the same manifest stands anywhere behind a bad one."""
    mark, place = struct.pack("<Q", commit), offset
    while (place := data.find(mark, place + 1)) >= 0 and place + HEAD.size <= len(data):
        found = HEAD.unpack_from(data, place)[1]
        if (
            number < found < number + MOST_RECORDS
            and _find_body(data, place, commit, found) is not None
        ):
            return True
    return False


def _appends(body: bytes) -> Iterator[LoggedAppend]:
    offset = 0
    while offset < len(body):
        table_id, length = APPEND_HEAD.unpack_from(body, offset)
        offset += APPEND_HEAD.size
        yield LoggedAppend(table_id, body[offset : offset + length])
        offset += length
