"""Forms of dates, times and intervals: their first argument is a unit, or their type decides."""

from __future__ import annotations

from collections.abc import Callable

from gpudb.errors import ProgrammingError
from gpudb.sql.bind.calls import big_literal, bind_call, bind_definition
from gpudb.sql.bind.coerce import cast, common_type, is_untyped
from gpudb.sql.bind.context import call
from gpudb.sql.bind.forms import Arguments, case, form, integer, null, text
from gpudb.sql.bind.operators import arithmetic, compare, evaluated
from gpudb.sql.bind.parts import (
    CLOCK_UNITS,
    EARLY_WEEKS,
    UNIT_MONTHS,
    UNITS,
    extract,
    truncate,
    unit_name,
)
from gpudb.sql.bind.zones import at_time_zone
from gpudb.sql.expr import Expression, Literal
from gpudb.sql.scope import nearest
from gpudb.storage import types
from gpudb.storage.types import Kind

DAY = 86_400_000_000


@form(("date_part", "datepart"), least=2, most=2, takes_unit=True)
def date_part(arguments: Arguments) -> Expression:
    """A field of a date, a time or an interval: EXTRACT as a function.

    SELECT date_part('year', DATE '1995-03-15') gives 1995
    """
    return extract(_word(arguments[0], "date_part"), arguments[1])


@form(("date_trunc", "datetrunc"), least=2, most=3, takes_unit=True)
def date_trunc(arguments: Arguments) -> Expression:
    """The begin of the unit in which a moment lies, by the clocks of a zone if one is given.

    SELECT date_trunc('month', DATE '1995-03-15') gives 1995-03-01
    """
    unit = _word(arguments[0], "date_trunc")
    if len(arguments) == 2:
        return truncate(unit, arguments[1])
    moment, zone = arguments[1], arguments[2]
    if not moment.type.is_zoned:
        moment = cast(moment, types.instant(6))
    return at_time_zone(truncate(unit, at_time_zone(moment, zone)), zone)


def _word(argument: Expression, name: str) -> str:
    if not isinstance(argument, Literal) or not isinstance(argument.value, str):
        raise ProgrammingError(f"the first argument of {name} is a unit in quotes, such as 'month'")
    return argument.value


def _unit(argument: Expression, name: str) -> str:
    word = unit_name(_word(argument, name))
    # A day of the week or of the year later is a day later, as OmniSci has it.
    word = "day" if word in ("dow", "doy") else word
    if word not in UNITS or word in EARLY_WEEKS:
        raise ProgrammingError(f"{name} has no unit {word}{nearest(word, UNITS)}")
    return word


def moment_of(argument: Expression, name: str) -> Expression:
    """Return a DATE or a TIMESTAMP; a quoted text is a TIMESTAMP."""
    if is_untyped(argument):
        return cast(argument, types.timestamp(6))
    if argument.type.kind not in (Kind.DATE, Kind.TIMESTAMP):
        raise ProgrammingError(f"{name} takes a DATE or a TIMESTAMP, not {argument.type}")
    return argument


@form(("dateadd", "timestampadd"), least=3, most=3, takes_unit=True)
def date_add_units(arguments: Arguments) -> Expression:
    """A moment moved by so many units; a DATE stays one if moved by days or more.

    SELECT dateadd('month', 1, DATE '2024-01-31') gives 2024-02-29
    """
    unit = _unit(arguments[0], "dateadd")
    count, moment = arguments[1], moment_of(arguments[2], "dateadd")
    if is_untyped(count):
        count = cast(count, types.BIGINT)
    if not count.type.is_integer:
        raise ProgrammingError(f"dateadd takes a whole number of units, not {count.type}")
    if unit == "nanosecond":
        finest = cast(moment, types.timestamp(9))
        return bind_definition("shift_units", (finest, cast(count, types.BIGINT)))
    moved = arithmetic("add", moment, arithmetic("multiply", one_unit(unit), count))
    stays = moment.type.kind is Kind.DATE and (unit in UNIT_MONTHS or unit in ("day", "week"))
    return cast(moved, types.DATE) if stays else moved


def one_unit(unit: str) -> Literal:
    """Return an interval of one unit."""
    if unit in UNIT_MONTHS:
        return Literal(type=types.INTERVAL_MONTHS, nullable=False, value=UNIT_MONTHS[unit])
    length = 7 * DAY if unit == "week" else DAY // CLOCK_UNITS[unit]
    return Literal(type=types.INTERVAL_TIME, nullable=False, value=length)


@form(("date_add", "add_interval"), least=2, most=2)
def date_add(arguments: Arguments) -> Expression:
    """A moment moved by an interval: `+` as a function.

    SELECT date_add(DATE '2024-01-31', INTERVAL '1' month) gives 2024-02-29 00:00:00
    """
    return arithmetic("add", moment_of(arguments[0], "date_add"), arguments[1])


@form("date_subtract", least=2, most=2)
def date_subtract(arguments: Arguments) -> Expression:
    """A moment moved back by an interval: `-` as a function.

    SELECT date_subtract(DATE '2024-03-31', INTERVAL '1' month) gives 2024-02-29 00:00:00
    """
    return arithmetic("subtract", moment_of(arguments[0], "date_subtract"), arguments[1])


@form("add_months", least=2, most=2)
def add_months(arguments: Arguments) -> Expression:
    """The same day so many months later, or the last one of its month.

    SELECT add_months(DATE '2024-01-31', 1) gives 2024-02-29
    """
    return date_add_units((text("month"), arguments[1], arguments[0]))


@form(("datediff", "date_diff"), least=3, most=3, takes_unit=True)
def date_diff(arguments: Arguments) -> Expression:
    """How many begins of a unit lie between two moments, the second minus the first.

    SELECT datediff('year', DATE '2023-12-31', DATE '2024-01-01') gives 1
    """
    unit = _unit(arguments[0], "datediff")
    begin, end = (moment_of(argument, "datediff") for argument in arguments[1:])
    if unit in UNIT_MONTHS:
        months = UNIT_MONTHS[unit]
        first = 12 if unit in ("century", "millennium") else 0
        days = (cast(begin, types.DATE), cast(end, types.DATE))
        return bind_definition("months_crossed", (*days, big_literal(months), big_literal(first)))
    if unit in ("day", "week"):
        days = (cast(begin, types.DATE), cast(end, types.DATE))
        week = (
            (big_literal(7), big_literal(-3))
            if unit == "week"
            else (big_literal(1), big_literal(0))
        )
        return _raw("units_crossed", days, week)
    begin, end, length = _alike(begin, end, unit)
    return _raw("units_crossed", (begin, end), (big_literal(length), big_literal(0)))


def _raw(
    function: str, moments: tuple[Expression, Expression], constants: tuple[Expression, ...]
) -> Expression:
    """Bind a function that takes the physical integers of moments as they are."""
    return evaluated(call(function, types.BIGINT, *moments, *constants))


def _alike(begin: Expression, end: Expression, unit: str) -> tuple[Expression, Expression, int]:
    """Return two moments in the same units, and the length of `unit` in them."""
    digits = {"millisecond": 3, "microsecond": 6, "nanosecond": 9}.get(unit, 0)
    shared = common_type(begin.type, end.type)
    assert shared is not None
    precision = max(shared.precision if shared.kind is Kind.TIMESTAMP else 0, digits)
    target = types.timestamp(precision)
    length = 86_400 * 10**precision // CLOCK_UNITS[unit]
    return cast(begin, target), cast(end, target), length


@form(("timestampdiff", "datesub", "date_sub"), least=3, most=3, takes_unit=True)
def timestamp_diff(arguments: Arguments) -> Expression:
    """How many whole units lie between two moments, the second minus the first.

    SELECT timestampdiff('year', DATE '2023-12-31', DATE '2024-01-01') gives 0
    """
    unit = _unit(arguments[0], "timestampdiff")
    begin, end = (moment_of(argument, "timestampdiff") for argument in arguments[1:])
    if unit in UNIT_MONTHS:
        begin, end, day = _alike(begin, end, "day")
        return _raw(
            "months_apart", (begin, end), (big_literal(day), big_literal(UNIT_MONTHS[unit]))
        )
    if unit == "week":
        begin, end, day = _alike(begin, end, "day")
        return _raw("whole_units", (begin, end), (big_literal(7 * day),))
    begin, end, length = _alike(begin, end, unit)
    return _raw("whole_units", (begin, end), (big_literal(length),))


@form("age", least=2, most=2)
def age(arguments: Arguments) -> Expression:
    """The years, months, days and time from the second moment to the first.

    SELECT CAST(age(DATE '2001-04-10', DATE '1957-06-13') AS TEXT) gives 43 years 9 mons 27 days
    """
    moments = [cast(moment_of(a, "age"), types.timestamp(6)) for a in arguments]
    return bind_definition("age_of", moments)


@form(("dayname", "day_name"), least=1, most=1)
def day_name(arguments: Arguments) -> Expression:
    """The English name of the day.

    SELECT dayname(DATE '1995-03-15') gives Wednesday
    """
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return _named(extract("isodow", moment_of(arguments[0], "dayname")), names)


@form(("monthname", "month_name"), least=1, most=1)
def month_name(arguments: Arguments) -> Expression:
    """The English name of the month.

    SELECT monthname(DATE '1995-03-15') gives March
    """
    names = (
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    )
    return _named(extract("month", moment_of(arguments[0], "monthname")), names)


def _named(number: Expression, names: tuple[str, ...]) -> Expression:
    tests = [
        (compare("equal", number, integer(place)), text(name))
        for place, name in enumerate(names, 1)
    ]
    return case(tests, null(types.TEXT))


@form("epoch", least=1, most=1)
def epoch(arguments: Arguments) -> Expression:
    """The seconds since 1970-01-01, or of an interval.

    SELECT epoch(DATE '1970-01-02') gives 86400
    """
    return extract("epoch", arguments[0])


def _epoch_units(name: str, digits: int) -> Callable[[Arguments], Expression]:
    def bind(arguments: Arguments) -> Expression:
        argument = arguments[0]
        if argument.type.is_integer:
            target = types.timestamp(digits)
            return evaluated(call("extract_epoch", target, cast(argument, types.BIGINT)))
        moment = cast(moment_of(argument, name), types.timestamp(digits))
        return evaluated(call("extract_epoch", types.BIGINT, moment))

    return bind


for _name, _digits in (("epoch_ms", 3), ("epoch_us", 6), ("epoch_ns", 9)):
    _bind = _epoch_units(_name, _digits)
    _bind.__doc__ = f"""Units of 10**-{_digits} seconds since 1970-01-01; of a number, its moment.

    SELECT {_name}(TIMESTAMP '1970-01-01 00:00:01') gives {10**_digits}
    """
    form(_name, least=1, most=1)(_bind)


@form("to_char", least=2, most=2)
def to_char(arguments: Arguments) -> Expression:
    """A moment, or a number, as a text by a pattern of PostgreSQL's.

    SELECT to_char(DATE '2024-02-05', 'FMMonth DD, YYYY') gives February 05, 2024
    """
    value, pattern = arguments
    if not (value.type.is_temporal or value.type.is_interval or is_untyped(value)):
        return bind_call("to_char", (value, pattern))
    return bind_definition(
        "moment_to_char", (_shown_moment(value, "to_char"), cast(pattern, types.TEXT))
    )


@form("strftime", least=2, most=2)
def strftime(arguments: Arguments) -> Expression:
    """A moment as a text by a pattern of C's; the two may come in either order.

    SELECT strftime(DATE '2024-02-05', '%d.%m.%Y') gives 05.02.2024
    """
    value, pattern = arguments
    if value.type.is_text and pattern.type.is_temporal:
        value, pattern = pattern, value
    moment = _shown_moment(value, "strftime")
    return bind_definition("moment_strftime", (moment, cast(pattern, types.TEXT)))


def _shown_moment(value: Expression, name: str) -> Expression:
    if value.type.kind is Kind.TIME:
        day = Literal(type=types.DATE, nullable=False, value=0)
        return arithmetic("add", day, value)
    if value.type.kind is Kind.DATE:
        return cast(value, types.timestamp(0))
    return moment_of(value, name)


@form("to_timestamp", least=1, most=2)
def to_timestamp(arguments: Arguments) -> Expression:
    """The instant so many seconds after 1970-01-01, or that a text says by a pattern.

    SELECT CAST(to_timestamp(1284352323.5) AS TIMESTAMP) gives 2010-09-13 04:32:03.500000
    """
    if len(arguments) == 2:
        return bind_call("to_timestamp", arguments)
    seconds = arguments[0]
    if not (seconds.type.is_numeric or is_untyped(seconds)):
        raise ProgrammingError(f"to_timestamp takes seconds, not {seconds.type}")
    found = bind_definition("moment_of_seconds", (cast(seconds, types.DOUBLE),))
    return cast(found, types.instant(6))


@form("timezone", least=2, most=2)
def timezone(arguments: Arguments) -> Expression:
    """AT TIME ZONE as a function: the zone comes first.

    SELECT timezone('Asia/Tokyo', TIMESTAMP '2024-01-01 09:00') gives 2024-01-01 00:00:00+00:00
    """
    return at_time_zone(arguments[1], arguments[0])


def _field(field: str) -> Callable[[Arguments], Expression]:
    return lambda arguments: extract(field, arguments[0])


# Fields that are functions, with their values of one moment.
FIELD_FUNCTIONS = {
    "year": 1995,
    "quarter": 1,
    "month": 3,
    "week": 11,
    "weekofyear": 11,
    "weekday": 3,
    "day": 15,
    "hour": 12,
    "minute": 34,
    "second": 56,
    "dayofweek": 3,
    "isodow": 3,
    "dayofyear": 74,
    "isoyear": 1995,
    "decade": 199,
    "century": 20,
    "millennium": 2,
}
for _name, _value in FIELD_FUNCTIONS.items():
    _bind = _field(_name)
    _bind.__doc__ = f"""EXTRACT({_name} FROM x) as a function.

    SELECT {_name}(CAST('1995-03-15 12:34:56' AS TIMESTAMP(0))) gives {_value}
    """
    form(_name, least=1, most=1)(_bind)


@form("ustimestamp", least=1, most=1)
def microseconds(arguments: Arguments) -> Expression:
    """OmniSci's cast to TIMESTAMP(6).

    SELECT ustimestamp('2024-02-29 08:15:23.5') gives 2024-02-29 08:15:23.500000
    """
    return cast(moment_of(arguments[0], "ustimestamp"), types.timestamp(6))


@form("nstimestamp", least=1, most=1)
def nanoseconds(arguments: Arguments) -> Expression:
    """OmniSci's cast to TIMESTAMP(9).

    SELECT typeof(nstimestamp(DATE '2024-02-29')) gives TIMESTAMP(9)
    """
    return cast(moment_of(arguments[0], "nstimestamp"), types.timestamp(9))
