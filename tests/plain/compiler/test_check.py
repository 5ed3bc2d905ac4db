"""What the kernel language refuses, with the line named, and how it types what it takes."""

from __future__ import annotations

import pytest

from gpudb.compiler.check import check
from gpudb.compiler.language import Entry, LanguageError, Pointer, Program, ValueType
from gpudb.errors import InternalError

INT, FLOAT, BOOL, WIDE = ValueType.INT, ValueType.FLOAT, ValueType.BOOL, ValueType.WIDE
PARAMETERS: tuple[tuple[str, ValueType | Pointer], ...] = (
    *(("n", INT), ("x", FLOAT), ("flag", BOOL)),
    *(("values", Pointer("int32")), ("floats", Pointer("float32"))),
)
LIBRARY = """
def twice(a):
    return a + a

def nothing(values):
    values[0] = 1

def again(a):
    return back(a)

def back(a):
    return again(a)
"""


def program(body: str) -> Program:
    """Write a function of n, x, flag, values and floats."""
    lines = ["def f(n, x, flag, values, floats):", *(f"    {line}" for line in body.split("\n"))]
    return Program("\n".join(lines), LIBRARY, (Entry("f", PARAMETERS),))


REFUSED = [
    ("y = [1]", 2, "[1] is not in the kernel language"),
    ("with x:\n    pass", 2, "not in the kernel language"),
    ("y = n\nz = 'a'", 3, "not in the kernel language"),
    ("y = n.real", 2, "not in the kernel language"),
    ("y = n ** 2", 2, "operator"),
    ("y = x // 2", 2, "// does not take (float, int)"),
    ("y = x << 1", 2, "<< does not take"),
    ("y = wide(n) + 1", 2, "+ does not take (wide, int)"),
    ("y = missing(n)", 2, "no function missing"),
    ("y = missing", 2, "there is no missing"),
    ("y = twice(n, n)", 2, "takes 1 arguments, not 2"),
    ("y = again(n)", 12, "calls itself"),
    ("y = nothing(values)", 2, "returns nothing"),
    ("n + 1", 2, "not used"),
    ("if flag:\n    y = 1\nvalues[0] = y", 4, "y may be read before"),
    ("for i in range(n):\n    y = i\nvalues[0] = i", 4, "i may be read before"),
    ("while flag:\n    y = 1\nvalues[0] = y", 4, "y may be read before"),
    ("values = 1", 2, "values is a pointer"),
    ("y = values", 2, "values is a pointer"),
    ("y = n[0]", 2, "n is not a pointer"),
    ("y = values[x]", 2, "float does not stand for int"),
    ("values[0] = x", 2, "float does not stand for int"),
    ("n = x", 2, "parameter n is int and cannot hold float"),
    ("y = wide(n)\ny = x", 3, "both wide and float"),
    ("y = x if flag else wide(n)", 2, "do not join"),
    ("for i in range(3):\n    i = x", 2, "cannot hold"),
    ("for i in values:\n    pass", 2, "range(first, end, step)"),
    ("for i in range(n):\n    pass\nelse:\n    pass", 2, "no else"),
    ("break", 2, "outside of a loop"),
    ("continue", 2, "outside of a loop"),
    ("y = z = n", 2, "one name at a time"),
    ("y, z = n, n", 2, "not in the kernel language"),
    ("y = 2 ** 64", 2, "operator"),
    ("y = 18446744073709551616", 2, "more than 64 bits"),
    ("y = sqrt(n, n)", 2, "sqrt does not take (int, int)"),
    ("y = int(wide(n))", 2, "does not stand for int"),
    ("y = int(n, 2)", 2, "int takes one argument"),
    ("y = 0 < n + 1 < 3", 2, "middle of a chain"),
    ("y = n is n", 2, "comparison"),
    ("y = +n", 2, "unary +"),
    ("if wide(n):\n    pass", 2, "not a condition"),
    ("y = min(values, n)", 2, "values is a pointer"),
    ("return x", 1, "returns an int or nothing"),
    ("return wide(n)", 1, "returns an int or nothing"),
    ("y = (lambda: 1)()", 2, "not in the kernel language"),
    ("y = None", 2, "not in the kernel language"),
    ("def g():\n    pass", 2, "not in the kernel language"),
]


@pytest.mark.parametrize(("body", "line", "message"), REFUSED)
def test_refusals_name_the_line_and_show_it(body: str, line: int, message: str) -> None:
    written = program(body)
    with pytest.raises(LanguageError) as caught:
        check(written)
    title = "library" if line > 5 else "text"
    assert f"{title}, line {line}: " in str(caught.value)
    assert message in str(caught.value)
    source = (LIBRARY if title == "library" else written.text).split("\n")[line - 1]
    assert str(caught.value).endswith(source.strip())
    assert isinstance(caught.value, InternalError)


def test_a_syntax_error_names_its_line() -> None:
    with pytest.raises(LanguageError, match="text, line 2"):
        check(program("y = = 1"))


def test_an_entry_must_be_there_with_its_parameters() -> None:
    with pytest.raises(LanguageError, match="no function g"):
        check(Program("def f():\n    pass", "", (Entry("g", ()),)))
    with pytest.raises(LanguageError, match="should have the parameters"):
        check(Program("def f(a):\n    pass", "", (Entry("f", (("b", INT),)),)))
    with pytest.raises(LanguageError, match="takes no wide"):
        check(Program("def f(a):\n    pass", "", (Entry("f", (("a", WIDE),)),)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f():\n    pass\ndef f():\n    pass", "f is defined twice"),
        ("import os\ndef f():\n    pass", "only functions and constants"),
        ("A = [1]\ndef f():\n    pass", "a constant is a number"),
        ("def f(*a):\n    pass", "plain positional"),
        ("def mix(a):\n    pass\ndef f():\n    pass", "mix is a builtin"),
    ],
)
def test_what_stands_at_the_top_level(text: str, message: str) -> None:
    with pytest.raises(LanguageError, match=message):
        check(Program(text, "", (Entry("f", ()),)))


def locals_of(body: str) -> dict[str, ValueType]:
    return check(program(body))[-1].locals


def test_the_type_of_a_local_is_the_join_of_what_it_holds() -> None:
    assert locals_of("y = 1")["y"] is INT
    assert locals_of("y = n < 1")["y"] is BOOL
    assert locals_of("y = n < 1\ny = n")["y"] is INT
    assert locals_of("y = 0\nfor i in range(3):\n    y += x")["y"] is FLOAT
    assert locals_of("y = 0\ny = wide_add(y, n)")["y"] is WIDE
    assert locals_of("y = n / 2")["y"] is FLOAT
    assert locals_of("y = 1\nz = y\ny = 0.5")["z"] is FLOAT


def test_callees_are_typed_once_per_choice_of_argument_types() -> None:
    functions = check(program("y = twice(n) + twice(1) + twice(x)\nz = twice(flag)"))
    results = [f.result for f in functions if f.title == "twice"]
    assert results == [INT, FLOAT, INT]
    assert len({f.name for f in functions}) == len(functions)
