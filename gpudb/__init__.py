"""gpudb: an analytics database inside a Python process.

    >>> import gpudb
    >>> with gpudb.connect() as connection:
    ...     connection.execute("SELECT 6 * 7").fetchall()
    [(42,)]

The module is a DB-API 2.0 module (PEP 249). Every name loads with its first use (PEP 562), so
that `import gpudb` by itself costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpudb import late

if TYPE_CHECKING:
    from gpudb.connection import Connection, connect
    from gpudb.cursor import Cursor
    from gpudb.errors import (
        DatabaseError,
        DataError,
        Error,
        IntegrityError,
        InterfaceError,
        InternalError,
        NotSupportedError,
        OperationalError,
        ProgrammingError,
        QueryCancelled,
        Warning,  # noqa: A004 (PEP 249's name)
    )
    from gpudb.type_objects import (
        ARRAY,
        BINARY,
        DATETIME,
        NUMBER,
        ROWID,
        STRING,
        Binary,
        Date,
        DateFromTicks,
        Time,
        TimeFromTicks,
        Timestamp,
        TimestampFromTicks,
    )

__version__ = "0.1.0"

apilevel = "2.0"
threadsafety = 2  # threads may share the module and connections
paramstyle = "qmark"  # and :name, where the parameters are a mapping

__all__ = [
    "ARRAY",
    "BINARY",
    "DATETIME",
    "NUMBER",
    "ROWID",
    "STRING",
    "Binary",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "QueryCancelled",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]

_HOMES = {
    "connect": "gpudb.connection",
    "load_ipython_extension": "gpudb.jupyter",
    "unload_ipython_extension": "gpudb.jupyter",
    "Connection": "gpudb.connection",
    "Cursor": "gpudb.cursor",
    **dict.fromkeys(
        (
            "DataError",
            "DatabaseError",
            "Error",
            "IntegrityError",
            "InterfaceError",
            "InternalError",
            "NotSupportedError",
            "OperationalError",
            "ProgrammingError",
            "QueryCancelled",
            "Warning",
        ),
        "gpudb.errors",
    ),
    **dict.fromkeys(
        (
            "ARRAY",
            "BINARY",
            "DATETIME",
            "NUMBER",
            "ROWID",
            "STRING",
            "Binary",
            "Date",
            "DateFromTicks",
            "Time",
            "TimeFromTicks",
            "Timestamp",
            "TimestampFromTicks",
        ),
        "gpudb.type_objects",
    ),
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(late.load(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
