"""Chunk files: all columns of one chunk, each buffer in LZ4 blocks with a checksum.

    magic | column 0: blocks | column 1: blocks | ... | heads | trailer

`heads` is a line of JSON per column (layout, scalars, statistics, zones, where its blocks lie), so
that a query parses only those of its columns. The trailer, at the end, says how long the heads are
and gives their checksum. A file is written once and never changed.
"""

from __future__ import annotations

import errno
import json
import os
import struct
import weakref
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import lz4.block
import numpy as np
import pyarrow as pa
import xxhash

from gpudb.errors import OperationalError
from gpudb.records import dataclass
from gpudb.storage.column import ColumnChunk
from gpudb.storage.encodings.encoded import Array, Encoded, Layout
from gpudb.storage.encodings.planes import from_planes, to_planes
from gpudb.storage.measure import ZoneMap
from gpudb.storage.statistics import Statistics

MAGIC = b"gpudb chunk 1\n\0\0"
TRAILER = struct.Struct("<QQ16s")
BLOCK_BYTES = 1 << 26
# A block that LZ4 makes hardly smaller is kept as it is: reading it then costs no decompression.
WORTHWHILE_SHARE = 0.97
# So many bytes are decompressed into memory of Arrow's, which it uses again: texts, or planes, are
# let go when something is made of them, and pages that are new take longer than LZ4 does.
LARGE_BYTES = 1 << 21
# So many bytes are looked at in parts before they are compressed.
MANY_BYTES = 1 << 20
PARTS = 4
PART_BYTES = 1 << 17
NOISE_SHARE = 0.99


@dataclass(frozen=True, slots=True)
class PackedColumn:
    """A column ready to be written: `head` lacks only the column's offset in the file."""

    head: dict[str, Any]
    blocks: tuple[Any, ...]
    size_bytes: int


def pack_column(encoded: Encoded, statistics: Statistics, zones: ZoneMap) -> PackedColumn:
    """Compress a column; this is the slow part of writing, and safe to run in many threads."""
    blocks: list[Any] = []
    buffers = []
    for buffer in encoded.buffers:
        described, packed = _pack_buffer(buffer)
        buffers.append(described)
        blocks.extend(packed)
    layout = encoded.layout
    kinds = [kind for _, kind in layout.scalars]
    scalars = zip(kinds, encoded.scalars, strict=True)
    head = {
        "layout": _described(layout),
        "rows": encoded.rows,
        "scalars": [float(value) if kind == "float" else int(value) for kind, value in scalars],
        "statistics": [
            statistics.nulls,
            statistics.minimum,
            statistics.maximum,
            statistics.distinct,
            *([] if statistics.longest is None else [statistics.longest]),
        ],
        "zones": [_list_of(zones.minimum), _list_of(zones.maximum), _list_of(zones.nulls)],
        "buffers": buffers,
    }
    return PackedColumn(head, tuple(blocks), sum(len(block) for block in blocks))


def _pack_buffer(buffer: Array) -> tuple[list[Any], list[Any]]:
    described, blocks = [], []
    values_per_block = BLOCK_BYTES // buffer.itemsize
    for begin in range(0, len(buffer), values_per_block):
        piece = np.ascontiguousarray(buffer[begin : begin + values_per_block])
        codec, block = _compress(piece)
        described.append([codec, len(block), xxhash.xxh3_64_intdigest(block), len(piece)])
        blocks.append(block)
    return described, blocks


def _compress(piece: Array) -> tuple[str, Any]:
    is_wide = piece.itemsize > 1
    flat = to_planes(piece) if is_wide else np.frombuffer(piece, np.uint8)
    if not _is_noise(flat):
        block = lz4.block.compress(flat, store_size=False)
        if len(block) <= piece.nbytes * WORTHWHILE_SHARE:
            return ("planes" if is_wide else "lz4"), block
    return "plain", piece.data.cast("B")


def _is_noise(flat: Array) -> bool:
    """Whether LZ4 makes nothing smaller of parts of many bytes, each longer than it looks back.

    Codes of as few bits as they need are mostly noise.
    """
    if len(flat) < MANY_BYTES:
        return False
    last = len(flat) - PART_BYTES
    parts = (flat[begin : begin + PART_BYTES] for begin in range(0, last + 1, last // (PARTS - 1)))
    return all(
        len(lz4.block.compress(part, store_size=False)) >= PART_BYTES * NOISE_SHARE
        for part in parts
    )


def _list_of(values: Array | None) -> list[Any] | None:
    return None if values is None else values.tolist()


def write_chunk_file(path: Path, columns: Sequence[PackedColumn]) -> int:
    """Write a chunk file, forced to the disk, and return its size; raises OSError."""
    offset = len(MAGIC)
    heads = []
    for column in columns:
        heads.append(json.dumps({**column.head, "offset": offset}, separators=(",", ":")))
        offset += column.size_bytes
    text = "\n".join(heads).encode()
    with path.open("wb") as file:
        file.write(MAGIC)
        for column in columns:
            file.writelines(column.blocks)
        file.write(text)
        file.write(TRAILER.pack(len(text), xxhash.xxh3_64_intdigest(text), MAGIC))
        file.flush()
        os.fsync(file.fileno())
    return offset + len(text) + TRAILER.size


class StoredFile:
    """A file of a table, which stays while any snapshot in this process uses it.

    A file that the last commit does not need is doomed: its path goes to `garbage` with its last
    user, and the database removes it from there.
    """

    def __init__(self, path: Path, garbage: deque[Path]) -> None:
        self.path = path
        self._doom = [False]
        weakref.finalize(self, _hand_over, path, self._doom, garbage).atexit = False

    def doom(self) -> None:
        """Let the file go as soon as no snapshot uses it."""
        self._doom[0] = True


def _hand_over(path: Path, doom: list[bool], garbage: deque[Path]) -> None:
    if doom[0]:
        garbage.append(path)


class ChunkFile(StoredFile):
    """A chunk file, read on demand.

    `number` is the chunk's place in its table, which never changes; errors name it.
    """

    def __init__(
        self,
        path: Path,
        garbage: deque[Path],
        *,
        table: str,
        number: int,
        columns: tuple[str, ...],
    ) -> None:
        super().__init__(path, garbage)
        self.table = table
        self.number = number
        self.columns = columns
        self._heads: list[bytes] | None = None

    def column(self, index: int) -> ColumnChunk:
        """Return what is known of a column; OperationalError for a damaged or missing file."""
        head = self._head(index)
        nulls, minimum, maximum, distinct, *longest = head["statistics"]
        buffers = head["buffers"]
        return ColumnChunk(
            layout=_layout_from(head["layout"]),
            rows=head["rows"],
            statistics=Statistics(head["rows"], nulls, minimum, maximum, distinct, *longest),
            zones=_zones_from(head["zones"]),
            stored_bytes=sum(block[1] for buffer in buffers for block in buffer),
            source=StoredColumn(self, index),
        )

    def _head(self, index: int) -> dict[str, Any]:
        heads = self._heads
        if heads is None:
            heads = self._heads = self._read_heads(index)
        head: dict[str, Any] = json.loads(heads[index])
        return head

    def _read_heads(self, index: int) -> list[bytes]:
        """Threads may both come here: they read the same."""
        trailer = self._read(index, -TRAILER.size, TRAILER.size)
        length, checksum, magic = TRAILER.unpack(trailer)
        if magic != MAGIC:
            raise self.damaged(index, "it does not end as a chunk file does")
        text = self._read(index, -TRAILER.size - length, length)
        if xxhash.xxh3_64_intdigest(text) != checksum:
            raise self.damaged(index, "the checksum of its heads does not match")
        return bytes(text).split(b"\n")

    def _read(self, index: int, offset: int, length: int) -> bytes | memoryview:
        """Return `length` bytes from `offset`, which counts from the end where it is negative."""
        try:
            with self.path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                begin = offset if offset >= 0 else size + offset
                data = _pread(file.fileno(), length, begin) if begin >= 0 else b""
        except FileNotFoundError:
            raise self.damaged(index, "it is missing") from None
        except OSError as error:
            raise self.damaged(index, str(error.strerror)) from error
        if len(data) != length:
            raise self.damaged(index, "it is too short")
        return data

    def read_column(self, index: int) -> Encoded:
        """Read, check and decompress a column; raises OperationalError for a damaged file."""
        head = self._head(index)
        layout = _layout_from(head["layout"])
        offset = head["offset"]
        buffers = []
        for (_, dtype), blocks in zip(layout.buffers, head["buffers"], strict=True):
            pieces = []
            for codec, length, checksum, count in blocks:
                data = self._read(index, offset, length)
                if xxhash.xxh3_64_intdigest(data) != checksum:
                    raise self.damaged(index, "a checksum does not match")
                pieces.append(_decompress(codec, data, np.dtype(dtype), count))
                offset += length
            buffers.append(_joined(pieces, dtype))
        return Encoded(layout, head["rows"], tuple(buffers), tuple(head["scalars"]))

    def damaged(self, index: int, what: str) -> OperationalError:
        """Return the error that names the table, the column, the chunk and the file."""
        return OperationalError(
            f"table '{self.table}', column '{self.columns[index]}', chunk {self.number}: "
            f"cannot read '{self.path}': {what}"
        )


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One column of a chunk file."""

    file: ChunkFile
    index: int
    in_memory: bool = False

    def read(self) -> Encoded:
        """Read, check and decompress the column; raises OperationalError for a damaged file."""
        return self.file.read_column(self.index)


def _pread(descriptor: int, length: int, begin: int) -> bytes | memoryview:
    """Return `length` bytes of a file from `begin` on, or fewer at its end."""
    if length < LARGE_BYTES:
        return os.pread(descriptor, length, begin)
    data = memoryview(pa.allocate_buffer(length))
    return data[: os.preadv(descriptor, [data], begin)].toreadonly()


def _decompress(codec: str, data: bytes | memoryview, dtype: np.dtype[Any], count: int) -> Array:
    if codec == "plain":
        return np.frombuffer(data, dtype)
    size = count * dtype.itemsize
    if size < LARGE_BYTES:
        flat = lz4.block.decompress(data, uncompressed_size=size)
    else:
        flat = _codec().decompress(data, size)
    return from_planes(flat, dtype.name) if codec == "planes" else np.frombuffer(flat, dtype)


@lru_cache(maxsize=1)
def _codec() -> pa.Codec:
    return pa.Codec("lz4_raw")


def _joined(pieces: list[Array], dtype: str) -> Array:
    if not pieces:
        return np.empty(0, dtype)
    if len(pieces) == 1:
        return pieces[0]
    size = sum(piece.nbytes for piece in pieces)
    return np.concatenate(pieces, out=np.frombuffer(pa.allocate_buffer(size), dtype))


def _described(layout: Layout) -> list[Any]:
    own = [layout.encoding, layout.buffers, layout.scalars, layout.nulls]
    return own if layout.elements is None else [*own, _described(layout.elements)]


def _layout_from(described: list[Any]) -> Layout:
    encoding, buffers, scalars, nulls, *elements = described
    return Layout(
        encoding,
        tuple((name, dtype) for name, dtype in buffers),
        tuple((name, kind) for name, kind in scalars),
        nulls,
        _layout_from(elements[0]) if elements else None,
    )


def _zones_from(described: list[Any]) -> ZoneMap:
    minimum, maximum, nulls = described
    if minimum is None:
        return ZoneMap(None, None, np.array(nulls, np.int64))
    is_float = any(isinstance(value, float) for value in minimum + maximum)
    dtype = np.float64 if is_float else np.int64
    return ZoneMap(np.array(minimum, dtype), np.array(maximum, dtype), np.array(nulls, np.int64))


def disk_error(error: OSError, doing: str) -> OperationalError:
    """Return the error for a write that failed, in plain words for a full disk."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OperationalError(f"the disk is full while {doing}; the old state stays as it was")
    return OperationalError(f"{error.strerror} while {doing}; the old state stays as it was")
