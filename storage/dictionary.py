"""The dictionary of a TEXT column: strings in the order of their first coming; a code is a place.

Dictionaries only grow: a snapshot's dictionary is the beginning of every later one, so codes keep
their meaning and chunks need no rewriting. On disk a dictionary is one append-only file of blocks,
each the strings that one commit added:

    count | length | checksum | Arrow stream (LZ4)

The manifest says how many bytes are valid; what follows them was left by a transaction that never
was, and the next commit writes over it.
"""

from __future__ import annotations

import os
import struct
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import xxhash

from gpudb.errors import OperationalError
from gpudb.records import dataclass
from gpudb.storage.files import StoredFile

BLOCK_HEAD = struct.Struct("<QQQ")
# So many strings of a file are read again rather than held beside what is made of them.
MANY_STRINGS = 1 << 16
SCHEMA = pa.schema([pa.field("strings", pa.string(), nullable=False)])


class Dictionary:
    """The strings of a column at one commit; immutable. `strings[i]` is what code i stands for.

    With an `index` they are the first `count` strings of that. Many of a file are held only while
    somebody else refers to them.
    """

    def __init__(
        self,
        strings: pa.Array | None,
        source: DictionaryFile | None = None,
        *,
        index: StringIndex | None = None,
        count: int = 0,
    ) -> None:
        self._strings: pa.Array | None = None
        self._seen: Callable[[], pa.Array | None] = _nothing
        self.source = source
        self._index = index
        self._count = count
        self._lock = threading.Lock()
        if strings is not None:
            self._hold(strings)

    @property
    def is_in_file(self) -> bool:
        """Whether these are many strings that a file has: they are not held here."""
        return self._lies_in_file(len(self))

    def _lies_in_file(self, count: int) -> bool:
        return self.source is not None and self.source.entries == count >= MANY_STRINGS

    def _hold(self, strings: pa.Array) -> None:
        if self._lies_in_file(len(strings)):
            self._seen = weakref.ref(strings)
        else:
            self._strings = strings

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the strings, so that they are read once for all that is done with them."""
        strings = self.strings
        try:
            yield
        finally:
            del strings

    def __len__(self) -> int:
        if self._strings is not None:
            return len(self._strings)
        if self._index is not None:
            return self._count
        return len(self.strings) if self.source is None else self.source.entries

    @property
    def strings(self) -> pa.Array:
        """All strings, without NULL, each once; read at first use, many of a file at each.

        Raises OperationalError for a damaged file.
        """
        with self._lock:
            strings = self._strings if self._strings is not None else self._seen()
            if strings is None:
                if self._index is not None:
                    strings = self._index.first(self._count)
                else:
                    assert self.source is not None
                    strings = self.source.read()
                self._hold(strings)
            return strings

    def with_strings(self, strings: Sequence[str | None]) -> tuple[Dictionary, list[int]]:
        """Return the dictionary with what is new of `strings`, and a code for each; 0 for None.

        It is for few strings at a time: it costs what they cost, and once what all cost.
        """
        count, index = len(self), self._index
        codes = None if index is None else index.codes(strings, count)
        if codes is None:
            # Without an index, or with one that another dictionary has grown.
            index = StringIndex(self.strings)
            codes = index.codes(strings, count)
            assert codes is not None
            # The count first: who finds the index reads it.
            self._count, self._index = count, index
        grown = max(codes, default=-1) + 1
        if grown <= count:
            return self, codes
        return Dictionary(None, self.source, index=index, count=grown), codes


def _nothing() -> None:
    """What a reference to no strings gives."""


class StringIndex:
    """The codes of strings, and the strings of several dictionaries that grew one from another."""

    def __init__(self, strings: pa.Array) -> None:
        self._made = strings
        self._added: list[str] = []
        self._begin = len(strings)
        self._codes = {string: code for code, string in enumerate(strings.to_pylist())}
        self._lock = threading.Lock()

    def codes(self, strings: Sequence[str | None], count: int) -> list[int] | None:
        """Return a code for each string, new ones behind; None unless there are `count` so far."""
        with self._lock:
            known = self._codes
            if len(known) != count:
                return None
            codes = []
            for string in strings:
                code = 0 if string is None else known.get(string, -1)
                if code < 0:
                    assert string is not None
                    code = known[string] = len(known)
                    self._added.append(string)
                codes.append(code)
            return codes

    def first(self, count: int) -> pa.Array:
        """Return the first `count` strings."""
        with self._lock:
            made = self._made
            if len(made) < count:
                added = self._added[len(made) - self._begin : count - self._begin]
                made = self._made = concatenate([made, pa.array(added, pa.string())])
            return made if len(made) == count else made.slice(0, count)


@dataclass(frozen=True, slots=True)
class DictionaryFile:
    """The valid part of a dictionary file: `entries` strings in its first `bytes` bytes.

    `where` names the table and the column, for errors.
    """

    file: StoredFile
    where: str
    entries: int
    bytes: int

    def read(self) -> pa.Array:
        """Return the strings; raises OperationalError for a damaged or missing file."""
        try:
            with self.file.path.open("rb") as file:
                data = file.read(self.bytes)
        except OSError as error:
            raise self._damaged(str(error.strerror)) from error
        if len(data) != self.bytes:
            raise self._damaged("it is too short")
        arrays, offset = [], 0
        while offset < len(data):
            count, length, checksum = BLOCK_HEAD.unpack_from(data, offset)
            offset += BLOCK_HEAD.size
            payload = data[offset : offset + length]
            if xxhash.xxh3_64_intdigest(payload) != checksum:
                raise self._damaged("a checksum does not match")
            arrays.append(_unpack(payload))
            assert len(arrays[-1]) == count
            offset += length
        return concatenate(arrays)

    def _damaged(self, what: str) -> OperationalError:
        return OperationalError(f"{self.where}: cannot read '{self.file.path}': {what}")


def write_dictionary(path: Path, valid_bytes: int, strings: pa.Array) -> int:
    """Add `strings` after the first `valid_bytes` bytes, forced to the disk; return the new length.

    Raises OSError; the valid part is never touched.
    """
    payload = _pack(strings)
    head = BLOCK_HEAD.pack(len(strings), len(payload), xxhash.xxh3_64_intdigest(payload))
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    with os.fdopen(descriptor, "r+b") as file:
        file.truncate(valid_bytes)
        file.seek(valid_bytes)
        file.write(head)
        file.write(payload)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def concatenate(arrays: list[pa.Array]) -> pa.Array:
    """Return the string arrays as one; raises pa.ArrowInvalid above 2 GiB."""
    if len(arrays) == 1:
        return arrays[0]
    return pa.concat_arrays(arrays) if arrays else pa.array([], pa.string())


def _pack(strings: pa.Array) -> Any:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, SCHEMA, options=options) as writer:
        writer.write_batch(pa.record_batch([strings], schema=SCHEMA))
    return sink.getvalue()


def _unpack(payload: bytes) -> pa.Array:
    with pa.ipc.open_stream(payload) as reader:
        return concatenate([batch.column(0) for batch in reader])
