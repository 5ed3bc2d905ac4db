"""PEP 249's type objects and constructors.

A type object stands for a family of SQL types and equals each of them:
`cursor.description[0][1] == gpudb.NUMBER`.
"""

from __future__ import annotations

import datetime

from gpudb.storage.types import Kind, SqlType


class TypeObject:
    """A family of SQL types, equal to each of its members."""

    __hash__ = None  # type: ignore[assignment]  # equal to types whose hashes differ

    def __init__(self, name: str, *kinds: Kind) -> None:
        self.name = name
        self.kinds = frozenset(kinds)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SqlType):
            return other.kind in self.kinds
        return self is other if isinstance(other, TypeObject) else NotImplemented

    def __repr__(self) -> str:
        return f"gpudb.{self.name}"


STRING = TypeObject("STRING", Kind.TEXT)
BINARY = TypeObject("BINARY")
NUMBER = TypeObject(
    "NUMBER",
    Kind.BOOLEAN,
    Kind.TINYINT,
    Kind.SMALLINT,
    Kind.INTEGER,
    Kind.BIGINT,
    Kind.FLOAT,
    Kind.DOUBLE,
    Kind.DECIMAL,
)
DATETIME = TypeObject(
    "DATETIME",
    Kind.DATE,
    Kind.TIME,
    Kind.TIMESTAMP,
    Kind.INTERVAL_MONTHS,
    Kind.INTERVAL_TIME,
    Kind.INTERVAL,
)
ROWID = TypeObject("ROWID")
# Beyond PEP 249, whose families hold single values.
ARRAY = TypeObject("ARRAY", Kind.ARRAY)

Date = datetime.date
Time = datetime.time
Timestamp = datetime.datetime
Binary = bytes


def DateFromTicks(ticks: float) -> datetime.date:  # noqa: N802 (PEP 249's name)
    """Return the date, in UTC, `ticks` seconds after 1970-01-01."""
    return TimestampFromTicks(ticks).date()


def TimeFromTicks(ticks: float) -> datetime.time:  # noqa: N802 (PEP 249's name)
    """Return the time of day, in UTC, `ticks` seconds after 1970-01-01."""
    return TimestampFromTicks(ticks).time()


def TimestampFromTicks(ticks: float) -> datetime.datetime:  # noqa: N802 (PEP 249's name)
    """Return the timestamp, in UTC and without a zone, `ticks` seconds after 1970-01-01."""
    return datetime.datetime.fromtimestamp(ticks, datetime.UTC).replace(tzinfo=None)
