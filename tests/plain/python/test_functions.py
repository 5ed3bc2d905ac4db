"""User-defined functions: compiled into kernels, called on the host, and their errors."""

from __future__ import annotations

import datetime
import decimal
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numba
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import gpudb
from tests.plain.python import functions

WAYS: dict[str, dict[str, Any]] = {
    "cpu": {},
    "numba": {"compiler": "numba"},
    "python": {"device": "python"},
    "emulated": {"device": "emulated"},
}
INTEGERS = (0, 1, -1, 7, -7, 8, 26, 27, 1000, -1000, 1 << 40, (1 << 63) - 1, -(1 << 63))
FLOATS = (
    *(0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 4.0, 1e-300, 1e9, -1e9, 1e19),
    *(1e308, -1e308, math.inf, -math.inf, math.nan, 0.1, 1234.56789),
)


@pytest.fixture(params=["cpu", "python", "emulated"])
def connection(request: pytest.FixtureRequest) -> Iterator[gpudb.Connection]:
    with gpudb.connect(**WAYS[request.param]) as connection:
        yield connection


@pytest.fixture
def cpu() -> Iterator[gpudb.Connection]:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE t (n INTEGER, x DOUBLE, s TEXT, d DATE)")
        connection.execute(
            "INSERT INTO t VALUES (1, 1.5, 'ab', DATE '2024-01-01'), (2, -2.5, 'é', NULL),"
            " (NULL, NULL, NULL, DATE '1969-12-31'), (0, 0, 'ab', DATE '2024-01-06')"
        )
        yield connection


def column(connection: gpudb.Connection, sql: str) -> list[object]:
    return [row[0] for row in connection.execute(sql).fetchall()]


def is_same(left: object, right: object) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-14) or (math.isnan(left) and math.isnan(right))
    return left == right


FUNCTIONS = (*functions.INTEGERS, *functions.FLOATS)
# The other ways run the same text: a few functions show that they understand it, two that Numba
# does, which takes its time.
OTHER_WAYS = (functions.swapped, functions.calls, functions.guarded, functions.rounded)


@pytest.mark.parametrize(
    ("way", "function"),
    [
        *(pytest.param("cpu", f, id=f"cpu-{f.__name__}") for f in FUNCTIONS),
        *(pytest.param("python", f, id=f"python-{f.__name__}") for f in OTHER_WAYS),
        *(pytest.param("numba", f, id=f"numba-{f.__name__}") for f in OTHER_WAYS[:2]),
    ],
)
def test_a_compiled_function_gives_what_python_gives(
    way: str, function: Callable[[Any], object]
) -> None:
    with gpudb.connect(**WAYS[way]) as connection:
        check_function(connection, function)


def check_function(connection: gpudb.Connection, function: Callable[[Any], object]) -> None:
    name = function.__name__
    connection.create_function(name, function)
    is_integer = function in functions.INTEGERS
    connection.execute(f"CREATE TABLE v (i INTEGER, v {'BIGINT' if is_integer else 'DOUBLE'})")
    values: tuple[int, ...] | tuple[float, ...] = INTEGERS if is_integer else FLOATS
    connection.cursor().executemany("INSERT INTO v VALUES (?, ?)", list(enumerate(values)))
    expected: dict[int, object] = {}
    for place, value in enumerate(values):
        try:
            found = function(value)
        except (ArithmeticError, ValueError, AssertionError):
            found = OverflowError
        if isinstance(found, int) and not -(1 << 63) <= found < 1 << 63:
            found = OverflowError
        if found is not OverflowError:
            expected[place] = found
            continue
        with pytest.raises(gpudb.DataError, match=r"function \w+, line \d+ of .*functions\.py: "):
            connection.execute(f"SELECT {name}(v) FROM v WHERE i = ?", (place,))
    kept = ", ".join(map(str, expected)) or "-1"
    sql = f"SELECT i, {name}(v) FROM v WHERE i IN ({kept}) ORDER BY i"
    got = connection.execute(sql).fetchall()
    assert [i for i, _ in got] == list(expected)
    assert all(is_same(value, expected[i]) for i, value in got), (got, expected)


def test_null_gives_null_without_a_call(connection: gpudb.Connection) -> None:
    def inverse(x: float) -> float:
        return 1 / x

    connection.create_function("inverse", inverse)
    connection.execute("CREATE TABLE t (x DOUBLE)")
    connection.execute("INSERT INTO t VALUES (2), (NULL), (0.5)")
    assert column(connection, "SELECT inverse(x) FROM t") == [0.5, None, 2.0]
    assert column(connection, "SELECT inverse(NULL)") == [None]
    assert column(connection, "SELECT inverse(x) FROM t WHERE inverse(x) > 1") == [2.0]
    assert column(connection, "SELECT inverse(x) FROM t WHERE x > 5") == []


def test_every_type_of_number(connection: gpudb.Connection) -> None:
    for type_ in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE"):
        connection.create_function("same", lambda v: v, [type_], type_)
        assert column(connection, f"SELECT same(CAST(7 AS {type_}))") == [7]
    connection.create_function("flip", lambda b: not b, ["BOOLEAN"], "BOOLEAN")
    assert column(connection, "SELECT flip(n > 1) FROM (VALUES (1), (2), (NULL)) AS t(n)") == [
        True,
        False,
        None,
    ]
    connection.create_function("third", lambda v: v / 3, ["DOUBLE"], "FLOAT")
    assert column(connection, "SELECT third(1)") == [0.3333333432674408]
    connection.create_function("wide", lambda v: v * 1000, ["INTEGER"], "SMALLINT")
    with pytest.raises(gpudb.DataError, match="wide gave 70000, which does not fit SMALLINT"):
        connection.execute("SELECT wide(70)")
    # An argument is brought to the parameter's type, as for other functions.
    assert column(connection, "SELECT third(CAST(1.5 AS DECIMAL(4, 2)))") == [0.5]


def test_a_function_stands_wherever_an_expression_may(connection: gpudb.Connection) -> None:
    connection.create_function("collatz", functions.collatz)
    connection.execute("CREATE TABLE t (k INTEGER, n INTEGER)")
    connection.execute("INSERT INTO t VALUES (1, 27), (1, 6), (2, 1), (2, NULL), (3, 0)")
    assert connection.execute(
        "SELECT k, sum(collatz(n)) FROM t GROUP BY k HAVING max(collatz(n)) >= 0"
        " ORDER BY collatz(k)"
    ).fetchall() == [(1, 119), (2, 0)]
    assert connection.execute(
        "SELECT a.n FROM t AS a JOIN t AS b ON collatz(a.k) = collatz(b.n) + b.k - 2 ORDER BY 1"
    ).fetchall() == [(0,), (6,), (27,)]
    assert column(connection, "SELECT collatz(n) IS NULL FROM t ORDER BY n NULLS LAST") == [
        *(True, False, False, False, True)
    ]


def test_functions_numba_compiled_and_those_in_a_closure(cpu: gpudb.Connection) -> None:
    factor = 2.5

    @numba.njit
    def scaled(x):  # type: ignore[no-untyped-def]
        return x * factor

    cpu.create_function("scaled", scaled, ["DOUBLE"], "DOUBLE")
    assert column(cpu, "SELECT scaled(2)") == [5.0]


OUTSIDE: list[tuple[Callable[..., Any], str]] = [
    (lambda x: str(x) + "", "str cannot be called in a kernel"),
    (lambda x: x + unknown, "there is no unknown"),  # type: ignore[name-defined]  # noqa: F821
    (lambda x: [x][0], "Subscript is not in the subset"),
    (lambda x: round(x, 2), "round takes 1 arguments here, not 2"),
    (lambda x: x**x, "an integer takes a constant from 0 to 62 as its power"),
    (lambda x: x or 5, "`and` and `or` connect conditions"),
    (lambda x: x is None, "numbers are compared by"),
    (lambda x: x * 0.5, "returns a float, not an int as declared; use int"),
    (lambda x: 1 + 18446744073709551616, "does not fit an integer of 64 bits"),
    (lambda x=1: x, "without defaults"),
    (lambda x: "a", "values of type str do not stand in kernels"),
]


@pytest.mark.parametrize(("function", "message"), OUTSIDE, ids=[m for _, m in OUTSIDE])
def test_what_a_kernel_cannot_run_is_refused_with_its_line(
    cpu: gpudb.Connection, function: Callable[..., Any], message: str
) -> None:
    with pytest.raises(gpudb.NotSupportedError, match=re.escape(message)) as caught:
        cpu.create_function("f", function, ["BIGINT"], "BIGINT")
    line = function.__code__.co_firstlineno
    assert f"function f, line {line} of {__file__}" in str(caught.value)
    assert "mode='python'" in str(caught.value)


def test_statements_that_a_kernel_cannot_run(cpu: gpudb.Connection) -> None:
    def late(n: int) -> int:
        while n > 0:
            found = n
            n -= 1
        return found

    def caught(n: int) -> int:
        try:
            return n
        except ValueError:
            return 0

    def endless(n: int) -> int:
        return endless(n - 1)

    def stepping(n: int) -> int:
        for i in range(n, 0, -1):
            n += i
        return n

    for function, message in (
        (late, "found may be read before it is assigned"),
        (caught, "a statement Try is not in the subset"),
        (endless, "endless calls itself"),
        (stepping, "the step of a range is a constant above 0"),
    ):
        with pytest.raises(gpudb.NotSupportedError, match=message) as refused:
            cpu.create_function("f", function)
        assert "test_functions.py" in str(refused.value)


def test_a_python_function_is_called_once_for_each_distinct_text(cpu: gpudb.Connection) -> None:
    called: list[str] = []

    def shout(s: str) -> str | None:
        """Louder."""
        called.append(s)
        return None if s == "é" else s.upper() + "!"

    cpu.create_function("shout", shout)
    assert column(cpu, "SELECT shout(s) FROM t") == ["AB!", None, None, "AB!"]
    assert sorted(called) == ["ab", "é"]
    cpu.create_function("length3", lambda s: len(s) / 4, [str], float)
    assert column(cpu, "SELECT length3(s) FROM t WHERE length3(s) > 0.25") == [0.5, 0.5]
    cpu.create_function("is_ab", lambda s: s == "ab", [str], bool)
    assert column(cpu, "SELECT count(*) FROM t WHERE is_ab(s)") == [2]
    cpu.create_function("born", lambda s: datetime.date(2000, 1, len(s)), [str], "DATE")
    assert column(cpu, "SELECT max(born(s)) FROM t") == [datetime.date(2000, 1, 2)]


def test_arguments_of_all_types_on_the_host(cpu: gpudb.Connection) -> None:
    cpu.create_function("iso_weekday", lambda d: d.isoweekday(), [datetime.date], int)
    assert column(cpu, "SELECT iso_weekday(d) FROM t") == [1, None, 3, 6]
    cpu.create_function(
        "moment", lambda d, n: datetime.datetime(d.year, 1, n, 5), ["DATE", "INT"], "TIMESTAMP(3)"
    )
    assert column(cpu, "SELECT moment(d, n) FROM t WHERE n = 1") == [
        datetime.datetime(2024, 1, 1, 5)
    ]
    cpu.create_function("half", lambda v: v / 2, ["DECIMAL(10, 2)"], "DECIMAL(12, 3)")
    assert column(cpu, "SELECT half(2.5)") == [decimal.Decimal("1.250")]
    cpu.create_function("at", lambda t: t.hour, [datetime.time], pa.int32())
    assert column(cpu, "SELECT at(TIME '05:06:07')") == [5]
    cpu.create_function("constant", lambda: "x", [], "TEXT")
    assert column(cpu, "SELECT constant() FROM t") == ["x"] * 4
    cpu.create_function("known", lambda s: s is not None, [str], bool, null_handling="special")
    assert column(cpu, "SELECT known(s) FROM t") == [True, True, False, True]


def test_an_error_on_the_host_counts_where_the_value_is_read(cpu: gpudb.Connection) -> None:
    cpu.create_function("repeated", lambda s, n: s * (6 // n), [str, int], str)
    sql = "SELECT repeated(s, n) FROM t"
    with pytest.raises(gpudb.DataError) as caught:
        cpu.execute(sql)
    assert "function repeated, line" in str(caught.value)
    assert "ZeroDivisionError" in str(caught.value)
    assert "called with ('ab', 0)" in str(caught.value)
    assert caught.value.place is not None and caught.value.place.column == 8
    guarded = "SELECT CASE WHEN n > 0 THEN repeated(s, n) END FROM t"
    assert column(cpu, guarded) == ["ab" * 6, "é" * 3, None, None]
    assert column(cpu, f"{sql} WHERE n = 2") == ["é" * 3]
    cpu.create_function("picky", lambda s: {"é": "fine"}[s], [str], str)
    assert column(cpu, "SELECT picky(s) FROM t WHERE n = 2") == ["fine"]
    with pytest.raises(gpudb.DataError, match=r"KeyError: 'ab', called with \('ab'\)"):
        cpu.execute("SELECT picky(s) FROM t")


def test_answers_that_do_not_fit_their_type(cpu: gpudb.Connection) -> None:
    for given, message in (
        (lambda s: s, r"gave 'ab' \(str\), which is no INTEGER"),
        (lambda s: 1 << 40, r"gave 1099511627776 \(int\), which is no INTEGER"),
        (lambda s: 0.5, r"gave 0.5 \(float\), which is no INTEGER"),
    ):
        cpu.create_function("f", given, [str], "INTEGER")
        with pytest.raises(gpudb.DataError, match=message):
            cpu.execute("SELECT f(s) FROM t")


def test_functions_over_arrow_arrays(cpu: gpudb.Connection) -> None:
    sizes: list[int] = []

    def added(a: pa.Array, b: pa.Array) -> pa.Array:
        sizes.append(len(a))
        return pc.add(a, b)

    cpu.create_function("added", added, ["DOUBLE", "DOUBLE"], "DOUBLE", mode="arrow")
    assert column(cpu, "SELECT added(x, 10) FROM t") == [11.5, 7.5, None, 10.0]
    assert sizes == [4]
    assert column(cpu, "SELECT sum(added(x, n)) FROM t WHERE n > 0") == [2.0]
    cpu.create_function("ones", lambda a: [1] * len(a), ["TEXT"], "BIGINT", mode="arrow")
    assert column(cpu, "SELECT ones(s) FROM t") == [1, 1, None, 1]
    cpu.create_function(
        "filled", lambda a: pc.fill_null(a, "-"), [str], str, mode="arrow", null_handling="special"
    )
    assert column(cpu, "SELECT filled(s) FROM t") == ["ab", "é", "-", "ab"]
    for function, message in (
        (lambda a: pc.divide(a, 0), r"function bad, line \d+ of .*: ArrowInvalid: divide by zero"),
        (lambda a: a.slice(1), "function bad gave 3 values for 4 rows"),
        (lambda a: ["x"] * len(a), "function bad gave a list that is no array of int64"),
        (lambda a: 7, "function bad gave a int that is no array of int64"),
    ):
        cpu.create_function("bad", function, ["BIGINT"], "BIGINT", mode="arrow")
        with pytest.raises(gpudb.DataError, match=message) as caught:
            cpu.execute("SELECT n, bad(n) FROM t")
        assert caught.value.place is not None and caught.value.place.column == 11


def test_calls_that_do_not_fit(cpu: gpudb.Connection) -> None:
    cpu.create_function("discount", lambda x, r: x * (1 - r), ["DOUBLE", "DOUBLE"], "DOUBLE")
    for sql, message in (
        ("SELECT discount(1)", r"discount\(DOUBLE, DOUBLE\) -> DOUBLE takes 2 arguments, not 1"),
        ("SELECT discount(x, s) FROM t", "argument 2 of discount.* is DOUBLE, not TEXT"),
        ("SELECT discuont(1, 2)", "function discuont does not exist.*discount"),
    ):
        with pytest.raises(gpudb.ProgrammingError, match=message) as caught:
            cpu.execute(sql)
        assert caught.value.place is not None


def test_what_create_function_refuses(cpu: gpudb.Connection) -> None:
    def plain(a):  # type: ignore[no-untyped-def]
        return a

    cases: tuple[tuple[tuple[Any, ...], dict[str, Any], type[Exception], str], ...] = (
        (("f", 7, [int], int), {}, gpudb.InterfaceError, "not of a int"),
        (("1f", plain, [int], int), {}, gpudb.InterfaceError, "a function's name is a word"),
        (("f", plain), {}, gpudb.InterfaceError, "give its return_type"),
        (("f", plain, None, int), {}, gpudb.InterfaceError, "annotate parameter a"),
        (("f", plain, [int, int], int), {}, gpudb.InterfaceError, "1 parameters and 2 arg"),
        (("f", plain, "int", int), {}, gpudb.InterfaceError, "a list of types"),
        (("f", plain, ["BLURB"], int), {}, gpudb.ProgrammingError, "'BLURB' is no type of SQL"),
        (("f", plain, [dict], int), {}, gpudb.InterfaceError, "argument 1 of function f is no typ"),
        (("f", plain, [decimal.Decimal], int), {}, gpudb.InterfaceError, "DECIMAL\\(18, 2\\)"),
        (("f", plain, [pa.binary()], int), {}, gpudb.NotSupportedError, "argument 1 of function f"),
        (("f", plain, ["INT[]"], int), {}, gpudb.InterfaceError, "cannot be INTEGER\\[\\]"),
        (("f", plain, [int], int), {"mode": "fast"}, gpudb.InterfaceError, "mode is one of"),
        (("f", plain, [str], int), {"mode": "compiled"}, gpudb.InterfaceError, "numbers and BOOL"),
        (("f", plain, [int], int), {"null_handling": "x"}, gpudb.InterfaceError, "'special'"),
        (
            ("f", plain, [int], int),
            {"null_handling": "special"},
            gpudb.InterfaceError,
            "needs mode",
        ),
        (("sum", plain, [int], int), {}, gpudb.ProgrammingError, "sum means something else in SQL"),
        (("select", plain, [int], int), {}, gpudb.ProgrammingError, "means something else"),
        (("coalesce", plain, [int], int), {}, gpudb.ProgrammingError, "means something else"),
        (("f", math.sqrt, [float], float), {}, gpudb.NotSupportedError, "has no text"),
    )
    for arguments, options, error, message in cases:
        with pytest.raises(error, match=message):
            cpu.create_function(*arguments, **options)
    assert cpu.functions == []


def test_a_function_is_replaced_listed_and_removed(cpu: gpudb.Connection) -> None:
    @cpu.create_function("price")
    def price(a: int) -> int:
        """A price in cents."""
        return a * 100

    assert price(2) == 200
    assert column(cpu, "SELECT PRICE(2)") == [200]
    cpu.create_function("price", lambda a: a * 1000, [int], int)
    assert column(cpu, "SELECT PRICE(2)") == [2000]
    cpu.create_function("price", price)
    rows = cpu.execute("SHOW FUNCTIONS").fetchall()
    assert rows[0] == ("price(BIGINT) -> BIGINT", "compiled", "A price in cents.")
    assert ("sqrt", "built-in") in [row[:2] for row in rows]
    assert [f.name for f in cpu.functions] == ["price"]
    cpu.remove_function("Price")
    with pytest.raises(gpudb.ProgrammingError, match="function price does not exist"):
        cpu.execute("SELECT PRICE(2)")
    with pytest.raises(gpudb.ProgrammingError, match="nobody made a function price"):
        cpu.remove_function("price")


def test_explain_shows_the_function_and_code_its_call(cpu: gpudb.Connection) -> None:
    cpu.create_function("half", lambda x: x / 2, ["DOUBLE"], "DOUBLE")
    plan = "\n".join(map(str, column(cpu, "EXPLAIN SELECT half(x) FROM t WHERE half(x) > 1")))
    assert "Filter half(x) > 1" in plan
    code = "\n".join(map(str, column(cpu, "EXPLAIN CODE SELECT half(x) FROM t")))
    assert "_user_half(x)" in code
