"""The module itself: PEP 249's names, type objects and constructors, and the cost of importing."""

from __future__ import annotations

import ast
import datetime
import subprocess
import sys

import pytest

import gpudb
from gpudb.storage import types

HEAVY = ("numpy", "pyarrow", "numba", "llvmlite", "sqlglot", "pandas", "polars", "cupy")
IMPORT_SECONDS = 0.15


def run_python(code: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_globals() -> None:
    assert (gpudb.apilevel, gpudb.threadsafety, gpudb.paramstyle) == ("2.0", 2, "qmark")
    assert gpudb.__version__.count(".") == 2


def test_every_name_is_there() -> None:
    for name in gpudb.__all__:
        assert getattr(gpudb, name) is not None
        assert name in dir(gpudb)
    with pytest.raises(AttributeError, match="has no attribute 'connekt'"):
        _ = gpudb.connekt


def test_exception_tree() -> None:
    assert issubclass(gpudb.Warning, Exception)
    assert not issubclass(gpudb.Warning, gpudb.Error)
    assert issubclass(gpudb.InterfaceError, gpudb.Error)
    assert not issubclass(gpudb.InterfaceError, gpudb.DatabaseError)
    for kind in (
        gpudb.DataError,
        gpudb.OperationalError,
        gpudb.IntegrityError,
        gpudb.InternalError,
        gpudb.ProgrammingError,
        gpudb.NotSupportedError,
    ):
        assert issubclass(kind, gpudb.DatabaseError)
    assert issubclass(gpudb.DatabaseError, gpudb.Error)


def test_type_objects_equal_their_types() -> None:
    scalars = (gpudb.STRING, gpudb.BINARY, gpudb.NUMBER, gpudb.DATETIME, gpudb.ROWID)
    objects = (*scalars, gpudb.ARRAY)
    for kind in types.Kind:
        if kind is types.Kind.NULL:
            continue
        matching = [found for found in objects if found == types.SqlType(kind)]
        assert len(matching) == 1, kind
        assert types.SqlType(kind) == matching[0]
    assert gpudb.STRING == types.TEXT
    assert types.decimal(15, 2) == gpudb.NUMBER
    assert types.timestamp(9) == gpudb.DATETIME
    assert types.array(types.TEXT) == gpudb.ARRAY
    assert types.array(types.TEXT) != gpudb.STRING
    assert gpudb.STRING != gpudb.NUMBER
    assert gpudb.NUMBER != 5
    assert repr(gpudb.ROWID) == "gpudb.ROWID"


def test_constructors() -> None:
    assert gpudb.Date(2020, 2, 29) == datetime.date(2020, 2, 29)
    assert gpudb.Time(1, 2, 3) == datetime.time(1, 2, 3)
    assert gpudb.Timestamp(2020, 2, 29, 1, 2, 3) == datetime.datetime(2020, 2, 29, 1, 2, 3)
    assert gpudb.DateFromTicks(86_399.0) == datetime.date(1970, 1, 1)
    assert gpudb.TimeFromTicks(86_399.5) == datetime.time(23, 59, 59, 500_000)
    assert gpudb.TimestampFromTicks(86_400.0) == datetime.datetime(1970, 1, 2)
    assert gpudb.Binary(b"ab") == b"ab"


def test_import_loads_nothing_heavy() -> None:
    code = f"import sys, gpudb; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert ast.literal_eval(run_python(code)) == []


def test_errors_load_nothing_heavy() -> None:
    code = f"import sys, gpudb; gpudb.Error; print([n for n in {HEAVY!r} if n in sys.modules])"
    assert ast.literal_eval(run_python(code)) == []


def test_import_is_quick() -> None:
    code = "import time; t = time.perf_counter(); import gpudb; print(time.perf_counter() - t)"
    # The quickest of three: the machine may be busy with other tests.
    seconds = min(float(run_python(code)) for _ in range(3))
    assert seconds < IMPORT_SECONDS
