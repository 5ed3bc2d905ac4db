"""Forms of dates, times and intervals: their first argument is a unit, or their type decides."""

from __future__ import annotations

from collections.abc import Callable

from gpudb.errors import ProgrammingError
from gpudb.sql.bind.forms import Arguments, form
from gpudb.sql.bind.parts import extract, truncate
from gpudb.sql.expr import Expression, Literal


@form(("date_part", "datepart"), least=2, most=2, takes_unit=True)
def date_part(arguments: Arguments) -> Expression:
    """A field of a date, a time or an interval: EXTRACT as a function.

    SELECT date_part('year', DATE '1995-03-15') gives 1995
    """
    return extract(_unit(arguments[0], "date_part"), arguments[1])


@form(("date_trunc", "datetrunc"), least=2, most=2, takes_unit=True)
def date_trunc(arguments: Arguments) -> Expression:
    """The begin of the unit in which a moment lies.

    SELECT date_trunc('month', DATE '1995-03-15') gives 1995-03-01
    """
    return truncate(_unit(arguments[0], "date_trunc"), arguments[1])


def _unit(argument: Expression, name: str) -> str:
    if not isinstance(argument, Literal) or not isinstance(argument.value, str):
        raise ProgrammingError(f"the first argument of {name} is a unit in quotes, such as 'month'")
    return argument.value


def _field(field: str) -> Callable[[Arguments], Expression]:
    def bind(arguments: Arguments) -> Expression:
        return extract(field, arguments[0])

    bind.__doc__ = f"EXTRACT({field} FROM x) as a function."
    return bind


for _name in ("year", "quarter", "month", "week", "day", "hour", "minute", "second"):
    form(_name, least=1, most=1)(_field(_name))
