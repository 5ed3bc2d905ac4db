"""The columns of a table, as CREATE and ALTER TABLE give them."""

from __future__ import annotations

from gpudb.records import dataclass
from gpudb.storage.types import SqlType

OptionValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Encoding:
    """ENCODING kind(bits) of a column definition: DICT, FIXED, DAYS or NONE (0 bits)."""

    kind: str
    bits: int = 0


@dataclass(frozen=True, slots=True)
class Definition:
    """A column of CREATE TABLE."""

    name: str
    type: SqlType
    not_null: bool = False
    encoding: Encoding | None = None
    default: str | None = None
