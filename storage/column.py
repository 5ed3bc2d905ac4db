"""A column's definition, and the part of it that lies in one chunk."""

from __future__ import annotations

from typing import Protocol

from gpudb.records import dataclass
from gpudb.storage.encodings.encoded import Encoded, EncodingRequest, Layout
from gpudb.storage.measure import ZoneMap
from gpudb.storage.statistics import Statistics
from gpudb.storage.types import SqlType

RAW_STRINGS = "strings"


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column as DDL defines it; `encoding` is None where the loader may choose.

    `default` is the SQL text of what a row gets that names no value, NULL where it is None.
    """

    name: str
    type: SqlType
    not_null: bool = False
    encoding: EncodingRequest | None = None
    default: str | None = None
    comment: str = ""


class ColumnSource(Protocol):
    """Where the buffers of one column of one chunk come from: memory or a file."""

    @property
    def in_memory(self) -> bool:
        """Whether reading costs nothing, since the buffers lie in memory anyway."""
        ...

    def read(self) -> Encoded:
        """Return the column as it is stored; raises OperationalError for a damaged file."""
        ...


@dataclass(frozen=True, slots=True)
class MemorySource:
    """Buffers that an in-memory table holds."""

    encoded: Encoded
    in_memory: bool = True

    def read(self) -> Encoded:
        """Return the buffers, without a copy."""
        return self.encoded


@dataclass(frozen=True, slots=True, eq=False)
class ColumnChunk:
    """One column of one chunk: everything known of it without reading its values.

    TEXT is held as codes of the column's dictionary, or, where `is_raw_text`, as strings.
    """

    layout: Layout
    rows: int
    statistics: Statistics
    zones: ZoneMap
    stored_bytes: int
    source: ColumnSource

    @property
    def encoding(self) -> str:
        """The name of the encoding that it is stored in."""
        return self.layout.encoding

    @property
    def is_raw_text(self) -> bool:
        """Whether the values are strings rather than numbers or codes."""
        return self.layout.encoding == RAW_STRINGS

    @property
    def holds_lists(self) -> bool:
        """Whether the values are arrays."""
        return self.layout.elements is not None

    def read(self) -> Encoded:
        """Return the column as it is stored; raises OperationalError for a damaged file."""
        return self.source.read()
