"""Functions: every docstring's example holds, and the registry is whole."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Iterator

import pytest

import gpudb
from gpudb.sql.bind.forms import FORMS
from gpudb.sql.documentation import find_documentation
from gpudb.sql.functions import (
    DEFINITIONS,
    OVERLOADS,
    dates,
    find_definition,
    get_function,
    is_host_function,
    kernel_source,
)
from gpudb.sql.functions.civil import days_from_civil
from gpudb.sql.functions.search import like_regex
from tests.plain.engine.scripts import shown

EXAMPLES = {
    name: found
    for name, definition in DEFINITIONS.items()
    if (found := find_documentation(definition.body)) is not None
}
FORM_EXAMPLES = {
    name: found
    for name, form in FORMS.items()
    if name == form.names[0] and (found := find_documentation(form.bind)) is not None
}


def answer(connection: gpudb.Connection, expression: str) -> str:
    row = connection.execute(f"SELECT {expression}").fetchone()
    assert row is not None
    value = row[0]
    return str(value).removesuffix(".0") if isinstance(value, float) else shown(value)


def test_every_function_has_an_example() -> None:
    # Those without a name in SQL are reached through operators and forms, which show them.
    named = {name for name, definition in DEFINITIONS.items() if definition.sql_names}
    assert named <= set(EXAMPLES)
    assert {form.names[0] for form in FORMS.values()} == set(FORM_EXAMPLES)


@pytest.fixture(scope="module")
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect(device="python") as made:
        yield made


def test_calendar_against_python() -> None:
    epoch = datetime.date(1970, 1, 1)
    for days in range(-719_000, 2_900_000, 997):
        date = epoch + datetime.timedelta(days=days)
        assert dates.extract_year(days) == date.year
        assert dates.extract_month(days) == date.month
        assert dates.extract_day(days) == date.day
        assert dates.extract_doy(days) == date.timetuple().tm_yday
        assert dates.extract_isodow(days) == date.isoweekday()
        year, week, _ = date.isocalendar()
        assert (dates.extract_isoyear(days), dates.extract_week(days)) == (year, week)
        assert dates.truncate_month(days) == (date.replace(day=1) - epoch).days
        assert days_from_civil(date.year, date.month, date.day) == days


def test_months_are_clamped() -> None:
    begin = (datetime.date(2024, 1, 31) - datetime.date(1970, 1, 1)).days
    for months, end in [(1, (2024, 2, 29)), (13, (2025, 2, 28)), (-1, (2023, 12, 31))]:
        found = dates.add_months(begin, months)
        assert datetime.date(1970, 1, 1) + datetime.timedelta(days=found) == datetime.date(*end)


def test_bodies_of_kernels_are_plain_source() -> None:
    for definition in DEFINITIONS.values():
        if definition.is_host:
            continue
        for body in (*definition.uses, definition.body):
            function = ast.parse(kernel_source(body)).body[0]
            assert isinstance(function, ast.FunctionDef)
            assert function.decorator_list == []
            assert ast.get_docstring(function) is None


def test_uses_are_closed_and_callees_come_first() -> None:
    for definition in DEFINITIONS.values():
        known = {"min", "max", "abs", "float"}
        for body in (*definition.uses, *([] if definition.is_host else [definition.body])):
            called = {
                node.func.id
                for node in ast.walk(ast.parse(kernel_source(body)))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }
            own = {each.__name__ for each in (*definition.uses, definition.body)}
            assert called & own <= known | {body.__name__}
            known.add(body.__name__)


def test_lookup() -> None:
    assert find_definition("add") is None
    assert is_host_function("like")
    assert not is_host_function("add_days")
    assert get_function("log10_double").sql_names == ("log", "log10")
    assert {d.name for d in OVERLOADS["round"]} == {
        "round_decimal",
        "round_double",
        "round_double_digits",
        "round_integer",
    }


@pytest.mark.parametrize(
    ("pattern", "escape", "expected"),
    [
        ("a%", "\\", r"(?s)\Aa.*\z"),
        ("_.x", "\\", r"(?s)\A.\.x\z"),
        ("50\\%", "\\", r"(?s)\A50%\z"),
        ("a!_b", "!", r"(?s)\Aa_b\z"),
        ("\\", "", r"(?s)\A\\\z"),
    ],
)
def test_like_regex(pattern: str, escape: str, expected: str) -> None:
    assert like_regex(pattern, escape) == expected


LIKES = [
    ("'a\nb' LIKE 'a%b'", "true"),
    ("'abc' LIKE 'b'", "false"),
    ("'abc' LIKE '%b%'", "true"),
    ("'' LIKE ''", "true"),
    ("'GRÜN' ILIKE 'grü_'", "true"),
    ("'a.c' LIKE 'a.c'", "true"),
    ("'abc' LIKE 'a.c'", "false"),
    ("left('gpudb', -2)", "gpu"),
    ("right('gpudb', -3)", "db"),
    ("substring('gpudb', -1, 4)", "gp"),
    ("split_part('a,b,c', ',', -1)", "c"),
    ("split_part('a,b', ',', 5)", "''"),
    ("lpad('gpudb', 3)", "gpu"),
]


@pytest.mark.parametrize(("expression", "expected"), LIKES)
def test_text(expression: str, expected: str, connection: gpudb.Connection) -> None:
    assert answer(connection, expression) == expected
