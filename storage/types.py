"""SQL types and the physical values that stand for them in columns and kernels.

| type            | value in a column and in a kernel                                |
|-----------------|------------------------------------------------------------------|
| BOOLEAN         | 0 or 1 (a bool inside kernels)                                    |
| TINYINT..BIGINT | the integer                                                      |
| FLOAT, DOUBLE   | float32, float64                                                 |
| DECIMAL(p, s)   | the integer value * 10**s; 128 bits wide where values need that  |
| DATE            | days since 1970-01-01                                            |
| TIME            | microseconds since midnight                                      |
| TIMESTAMP(p)    | units of 10**-p seconds since 1970-01-01 00:00:00 UTC            |
| TEXT            | a code: the place of the string in a dictionary                  |
| T[]             | in kernels a code, as of TEXT (gpudb.kernels.lists)               |
| INTERVAL_MONTHS | months (INTERVAL YEAR TO MONTH)                                  |
| INTERVAL_TIME   | microseconds (INTERVAL DAY TO SECOND)                            |
| INTERVAL        | months * 2**44 + microseconds (fewer than 2**43), of both        |

TIMESTAMP WITH TIME ZONE is an expression's type: the same instant, and what AT TIME ZONE tells
apart from a clock on a wall. Columns hold TIMESTAMP.
"""

from __future__ import annotations

import enum
from functools import cache

from gpudb.records import dataclass


class Kind(enum.Enum):
    """The families of SQL types; NULL is the type of a bare NULL."""

    NULL = "NULL"
    BOOLEAN = "BOOLEAN"
    TINYINT = "TINYINT"
    SMALLINT = "SMALLINT"
    INTEGER = "INTEGER"
    BIGINT = "BIGINT"
    FLOAT = "FLOAT"
    DOUBLE = "DOUBLE"
    DECIMAL = "DECIMAL"
    DATE = "DATE"
    TIME = "TIME"
    TIMESTAMP = "TIMESTAMP"
    TEXT = "TEXT"
    ARRAY = "ARRAY"
    INTERVAL_MONTHS = "INTERVAL YEAR TO MONTH"
    INTERVAL_TIME = "INTERVAL DAY TO SECOND"
    INTERVAL = "INTERVAL"


@dataclass(frozen=True, slots=True)
class SqlType:
    """A SQL type. `precision` and `scale` are DECIMAL's; TIMESTAMP uses `precision` (0, 3, 6 or 9).

    An ARRAY has an `element` type, which is no ARRAY.

    >>> str(decimal(15, 2)), str(timestamp(3)), str(INTEGER)
    ('DECIMAL(15,2)', 'TIMESTAMP(3)', 'INTEGER')
    """

    kind: Kind
    precision: int = 0
    scale: int = 0
    is_zoned: bool = False
    element: SqlType | None = None

    def __str__(self) -> str:
        if self.element is not None:
            return f"{self.element}[]"
        if self.kind is Kind.DECIMAL:
            return f"DECIMAL({self.precision},{self.scale})"
        if self.kind is Kind.TIMESTAMP:
            zone = " WITH TIME ZONE" if self.is_zoned else ""
            return f"TIMESTAMP({self.precision}){zone}"
        return str(self.kind.value)

    @property
    def is_integer(self) -> bool:
        """Whether this is TINYINT, SMALLINT, INTEGER or BIGINT."""
        return self.kind in INTEGER_BITS

    @property
    def is_float(self) -> bool:
        """Whether this is FLOAT or DOUBLE."""
        return self.kind in _FLOATS

    @property
    def is_numeric(self) -> bool:
        """Whether arithmetic applies: integers, DECIMAL, FLOAT, DOUBLE."""
        return self.is_integer or self.is_float or self.kind is Kind.DECIMAL

    @property
    def is_text(self) -> bool:
        """Whether values are strings; those of an ARRAY are its texts."""
        return self.kind in _TEXTS

    @property
    def is_array(self) -> bool:
        """Whether values are lists of `element`."""
        return self.kind is Kind.ARRAY

    @property
    def has_dictionary(self) -> bool:
        """Whether a column has a dictionary: of its strings, or of those in its arrays."""
        return Kind.TEXT in (self.kind, self.element.kind if self.element else None)

    @property
    def is_temporal(self) -> bool:
        """Whether this is DATE, TIME or TIMESTAMP."""
        return self.kind in (Kind.DATE, Kind.TIME, Kind.TIMESTAMP)

    @property
    def is_interval(self) -> bool:
        """Whether this is one of the three interval types."""
        return self.kind in (Kind.INTERVAL_MONTHS, Kind.INTERVAL_TIME, Kind.INTERVAL)

    @property
    def value_range(self) -> tuple[int, int] | None:
        """The least and greatest physical integer that the type allows; None for floats."""
        if self.is_float:
            return None
        if self.kind is Kind.BOOLEAN:
            return (0, 1)
        if self.kind is Kind.DECIMAL:
            return _decimal_range(self.precision)
        bits = INTEGER_BITS.get(self.kind, 32 if self.kind in _NARROW else 64)
        return (-(1 << bits - 1), (1 << bits - 1) - 1)


@cache
def _decimal_range(precision: int) -> tuple[int, int]:
    """Return the least and the greatest number of so many digits."""
    greatest = 10**precision - 1
    return -greatest, greatest


# Tuples: these are asked for thousands of times a query, and are found by identity.
_FLOATS = (Kind.FLOAT, Kind.DOUBLE)
_TEXTS = (Kind.TEXT, Kind.ARRAY)
_NARROW = (Kind.DATE, Kind.TEXT, Kind.ARRAY)
INTEGER_BITS = {Kind.TINYINT: 8, Kind.SMALLINT: 16, Kind.INTEGER: 32, Kind.BIGINT: 64}

# The dtypes of values where it is not "int64"; see `value_dtype`.
_VALUE_DTYPES = {
    Kind.BOOLEAN: "uint8",
    Kind.TINYINT: "int8",
    Kind.SMALLINT: "int16",
    Kind.INTEGER: "int32",
    Kind.FLOAT: "float32",
    Kind.DOUBLE: "float64",
    Kind.DATE: "int32",
    Kind.TEXT: "int32",
}

NULL = SqlType(Kind.NULL)
BOOLEAN = SqlType(Kind.BOOLEAN)
TINYINT = SqlType(Kind.TINYINT)
SMALLINT = SqlType(Kind.SMALLINT)
INTEGER = SqlType(Kind.INTEGER)
BIGINT = SqlType(Kind.BIGINT)
FLOAT = SqlType(Kind.FLOAT)
DOUBLE = SqlType(Kind.DOUBLE)
DATE = SqlType(Kind.DATE)
TIME = SqlType(Kind.TIME)
TEXT = SqlType(Kind.TEXT)
INTERVAL_MONTHS = SqlType(Kind.INTERVAL_MONTHS)
INTERVAL_TIME = SqlType(Kind.INTERVAL_TIME)
INTERVAL = SqlType(Kind.INTERVAL)

# So many digits fit 64 bits, whatever they are.
MAX_NARROW_PRECISION = 18
MAX_DECIMAL_PRECISION = 38
TIMESTAMP_PRECISIONS = (0, 3, 6, 9)
INTERVAL_MONTH_SHIFT = 44


def value_dtype(type_: SqlType) -> str:
    """Return the dtype of a type's values as they are; DECIMAL may need 128 bits instead."""
    return _VALUE_DTYPES.get(type_.kind, "int64")


def decimal(precision: int, scale: int) -> SqlType:
    """Return DECIMAL(precision, scale)."""
    return SqlType(Kind.DECIMAL, precision, scale)


def array(element: SqlType) -> SqlType:
    """Return the type of arrays of `element`."""
    return SqlType(Kind.ARRAY, element=element)


def timestamp(precision: int = 6) -> SqlType:
    """Return TIMESTAMP(precision); PostgreSQL's default is microseconds."""
    return SqlType(Kind.TIMESTAMP, precision)


def instant(precision: int = 6) -> SqlType:
    """Return TIMESTAMP(precision) WITH TIME ZONE."""
    return SqlType(Kind.TIMESTAMP, precision, is_zoned=True)
