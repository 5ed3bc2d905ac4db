"""The module itself: PEP 249's names, type objects and constructors, and the cost of importing."""

from __future__ import annotations

import ast
import datetime
import subprocess
import sys
from pathlib import Path

import pytest

import gpudb
from gpudb.compiler.machine import find_machine
from gpudb.storage import types

HEAVY = ("numpy", "pyarrow", "numba", "llvmlite", "sqlglot", "pandas", "polars", "cupy")
IMPORT_SECONDS = 0.15
# What no first query waits for: libraries, and modules for what it does not ask for.
NOT_NEEDED = (
    *("numba", "llvmlite", "cupy", "pandas", "polars", "duckdb"),
    *("pyarrow.compute", "pyarrow.csv", "pyarrow.dataset", "pyarrow.fs", "pyarrow.parquet"),
    *("asyncio", "concurrent.futures.process", "multiprocessing", "secrets", "ssl"),
    *("sqlglot.optimizer.optimizer", "sqlglot.executor", "urllib.request", "zoneinfo"),
    *("gpudb.bulk", "gpudb.export", "gpudb.ingest", "gpudb.jupyter", "gpudb.schema_statements"),
    *("gpudb.session_statements", "gpudb.statements", "gpudb.storage.external.csv"),
    *("gpudb.compiler.check", "gpudb.compiler.llvm", "gpudb.compiler.numba", "gpudb.compiler.tree"),
    *("gpudb.devices.cuda", "gpudb.devices.emulated", "gpudb.devices.python"),
    *("gpudb.kernels.frames", "gpudb.kernels.windows", "gpudb.shell"),
)
# Dialects bring a parser and a generator each.
DIALECTS = {"sqlglot.dialects.dialect", "sqlglot.dialects.postgres"}
MAKE = """
import sys, gpudb
with gpudb.connect(sys.argv[1]) as connection:
    connection.execute("CREATE TABLE t (day DATE, n INT, price DECIMAL(9, 2))")
    rows = [(f"2024-01-{1 + n % 9:02}", n, n / 4) for n in range(1000)]
    connection.cursor().executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
"""


def run_python(code: str, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
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


def test_the_first_answer_waits_for_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    query = (
        "SELECT day, sum(n * price), count(*) FROM t WHERE day >= DATE '2024-01-02' AND n < 900"
        " GROUP BY day ORDER BY day LIMIT 1"
    )
    ask = (
        "import sys, gpudb\n"
        "with gpudb.connect(sys.argv[1], cache_directory=sys.argv[2], threads=2) as connection:\n"
        f"    answer = connection.execute({query!r}).fetch_arrow_table()\n"
        "print([column[0].as_py() for column in answer.columns[1:]])\n"
        "print(sorted(sys.modules))"
    )
    places = (str(tmp_path / "db"), str(tmp_path / "kernels"))
    run_python(MAKE, *places)
    run_python(ask, *places)  # compiles the kernels
    answer, modules = run_python(ask, *places).splitlines()
    numbers = [n for n in range(900) if n % 9 == 1]
    total = sum(n * n for n in numbers) / 4
    assert answer == f"[Decimal('{total:.2f}'), {len(numbers)}]"
    loaded = set(ast.literal_eval(modules))
    is_known = find_machine() is not None
    assert loaded & set(NOT_NEEDED) == (set() if is_known else {"llvmlite"})
    assert {name for name in loaded if name.startswith("sqlglot.dialects.")} == DIALECTS


def test_import_is_quick() -> None:
    code = "import time; t = time.perf_counter(); import gpudb; print(time.perf_counter() - t)"
    # The quickest of three: the machine may be busy with other tests.
    seconds = min(float(run_python(code)) for _ in range(3))
    assert seconds < IMPORT_SECONDS
