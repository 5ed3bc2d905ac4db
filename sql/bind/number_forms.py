"""Forms of numbers: what depends on the argument's type, exact for DECIMAL."""

from __future__ import annotations

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.sql.bind.calls import bind_call, bind_definition
from gpudb.sql.bind.coerce import cast, common_type, decimal_type
from gpudb.sql.bind.context import call
from gpudb.sql.bind.forms import Arguments, case, form, integer, null
from gpudb.sql.bind.operators import arithmetic, compare, negate
from gpudb.sql.expr import Expression, Literal
from gpudb.sql.functions.number_formats import number_pattern
from gpudb.storage import types
from gpudb.storage.types import Kind

NARROW = types.MAX_NARROW_PRECISION


def _number(argument: Expression, name: str) -> Expression:
    if argument.type.kind is Kind.NULL:
        return cast(argument, types.INTEGER)
    if isinstance(argument, Literal) and argument.type.is_text:
        return cast(argument, types.DOUBLE)
    if not argument.type.is_numeric:
        raise ProgrammingError(f"{name} takes a number, not {argument.type}")
    return argument


@form("abs", least=1, most=1)
def absolute(arguments: Arguments) -> Expression:
    """The number without its sign.

    SELECT abs(-17.4) gives 17.4
    """
    number = _number(arguments[0], "abs")
    zero = cast(integer(0), number.type)
    if number.type.is_float:
        # 0 - x makes 0 of -0, too.
        return case(
            [(compare("less_equal", number, zero), arithmetic("subtract", zero, number))], number
        )
    return case([(compare("less", number, zero), negate(number))], number)


@form("sign", least=1, most=1)
def sign(arguments: Arguments) -> Expression:
    """-1, 0 or 1; a DOUBLE of a DOUBLE, NaN of NaN.

    SELECT sign(-8.4) gives -1
    """
    number = _number(arguments[0], "sign")
    zero = cast(integer(0), number.type)
    if number.type.is_float:
        number = cast(number, types.DOUBLE)
        one = Literal(type=types.DOUBLE, nullable=False, value=1.0)
        is_positive = compare("greater", number, zero)
        tests = [(bind_call("isnan", (number,)), number), (is_positive, one)]
        return case([*tests, (compare("less", number, zero), negate(one))], number)
    branches: list[tuple[Expression, Expression]] = [
        (compare("greater", number, zero), integer(1)),
        (compare("less", number, zero), integer(-1)),
    ]
    if number.nullable:
        branches.append((compare("equal", number, zero), integer(0)))
        return case(branches, null(types.INTEGER))
    return case(branches, integer(0))


@form(("ceil", "ceiling"), least=1, most=1)
def ceil(arguments: Arguments) -> Expression:
    """The least whole number that is not below x.

    SELECT ceil(-1.2) gives -1
    """
    return _whole(arguments, "ceil", "greater", "add")


@form("floor", least=1, most=1)
def floor(arguments: Arguments) -> Expression:
    """The greatest whole number that is not above x.

    SELECT floor(-1.2) gives -2
    """
    return _whole(arguments, "floor", "less", "subtract")


@form("to_number", least=2, most=2)
def to_number(arguments: Arguments) -> Expression:
    """The number that a text shows by a pattern of PostgreSQL's; what is behind it is not read.

    SELECT to_number('12,454.8-', '99G999D9S') gives -12454.8
    """
    string, pattern = (cast(argument, types.TEXT) for argument in arguments)
    if not isinstance(pattern, Literal):
        raise NotSupportedError("to_number takes a pattern that is a constant, such as '999D99'")
    if pattern.value is None:
        return null(types.decimal(1, 0))
    found = number_pattern(str(pattern.value))
    digits = found.whole_digits + found.fraction_digits
    if not 0 < digits <= types.MAX_DECIMAL_PRECISION:
        most = types.MAX_DECIMAL_PRECISION
        raise ProgrammingError(f"to_number takes a pattern of 1 to {most} digits, not {digits}")
    return cast(
        bind_definition("number_text", (string, pattern)),
        types.decimal(digits, found.fraction_digits),
    )


def _whole(arguments: Arguments, name: str, beyond: str, step: str) -> Expression:
    number = _number(arguments[0], name)
    if number.type.kind is not Kind.DECIMAL or number.type.precision <= NARROW:
        return bind_call(name, (number,))
    part = _truncated(number, 0)
    return case([(compare(beyond, number, part), arithmetic(step, part, integer(1)))], part)


@form(("round", "round_to_digit"), least=1, most=2)
def round_number(arguments: Arguments) -> Expression:
    """The nearest number with n digits (0) behind the point, for n < 0 of tens.

    Ties of DECIMAL go away from zero, as do those of DOUBLE to digits; those of DOUBLE to whole
    numbers go to the even neighbour.

    SELECT round(2.345, 2) gives 2.35
    """
    number = _number(arguments[0], "round")
    if number.type.kind is not Kind.DECIMAL:
        is_whole = number.type.is_integer and len(arguments) == 1
        return number if is_whole else bind_call("round", (number, *arguments[1:]))
    digits = _digits(arguments)
    if digits is None:
        return _by_row("round", arguments)
    if digits >= number.type.scale:
        return number
    if digits < 0:
        return _tens(number, -digits)
    return _rounded(number, digits)


def _rounded(number: Expression, digits: int) -> Expression:
    whole = number.type.precision - number.type.scale + 1
    precision = min(whole + digits, types.MAX_DECIMAL_PRECISION)
    return cast(number, types.decimal(precision, digits))


def _tens(number: Expression, zeros: int) -> Expression:
    """A DECIMAL rounded to tens: a part of it that is rounded to whole numbers, times 10**zeros."""
    zero = types.decimal(1, 0)
    if zeros >= number.type.precision - number.type.scale + 1:
        return case([(_not_null(number), cast(integer(0), zero))], null(zero))
    part = Literal(type=types.decimal(zeros + 1, zeros), nullable=False, value=1)
    factor = Literal(type=types.decimal(zeros + 1, 0), nullable=False, value=10**zeros)
    rounded = _rounded(arithmetic("multiply", number, part), 0)
    whole = number.type.precision - number.type.scale + 1
    width = types.decimal(max(whole - zeros, 1), 0)
    return arithmetic("multiply", cast(rounded, width), factor)


def _not_null(number: Expression) -> Expression:
    return call("is_not_null", types.BOOLEAN, number)


@form(("trunc", "truncate"), least=1, most=2)
def truncate_number(arguments: Arguments) -> Expression:
    """The number without what is behind n digits (0), for n < 0 without the tens.

    SELECT trunc(42.438, 2) gives 42.43
    """
    number = arguments[0]
    if number.type.is_temporal:
        return bind_call("trunc", arguments)
    number = _number(number, "trunc")
    if number.type.kind is not Kind.DECIMAL:
        is_whole = number.type.is_integer and len(arguments) == 1
        return number if is_whole else bind_call("trunc", (number, *arguments[1:]))
    digits = _digits(arguments)
    if digits is None:
        return _by_row("trunc", arguments)
    return number if digits >= number.type.scale else _truncated(number, digits)


def _truncated(number: Expression, digits: int) -> Expression:
    whole = number.type.precision - number.type.scale
    digits = max(digits, -whole)
    if digits < 0:
        step = Literal(type=types.decimal(1 - digits, 0), nullable=False, value=10**-digits)
    else:
        step = Literal(type=types.decimal(digits + 1, digits), nullable=False, value=1)
    kept = arithmetic("subtract", number, arithmetic("modulo", number, step))
    return cast(kept, types.decimal(max(whole + max(digits, 0), 1), max(digits, 0)))


def _digits(arguments: Arguments) -> int | None:
    """Return the digits to keep, or None where they are not the same for all rows."""
    if len(arguments) == 1:
        return 0
    digits = arguments[1]
    if not isinstance(digits, Literal):
        return None
    found = cast(digits, types.INTEGER)
    if not isinstance(found, Literal) or not isinstance(found.value, int):
        return None
    return max(min(found.value, 38), -38)


def _by_row(name: str, arguments: Arguments) -> Expression:
    """ROUND or TRUNC of a DECIMAL to digits that vary: the answer keeps the number's own digits."""
    number = arguments[0]
    if number.type.precision > NARROW:
        raise NotSupportedError(
            f"{name} of {number.type} to digits that vary is not supported yet; "
            f"cast it to DECIMAL({NARROW},{min(number.type.scale, NARROW)})"
        )
    return bind_call(name, arguments)


@form("mod", least=2, most=2)
def modulo(arguments: Arguments) -> Expression:
    """The remainder of a / b, which has the sign of a; `a % b` is the same.

    SELECT mod(-7, 3) gives -1
    """
    return arithmetic("modulo", arguments[0], arguments[1])


@form("div", least=2, most=2)
def divide(arguments: Arguments) -> Expression:
    """The whole part of a / b.

    SELECT div(7.5, 2) gives 3
    """
    left, right = (_number(argument, "div") for argument in arguments)
    if left.type.is_integer and right.type.is_integer:
        return arithmetic("divide", left, right)
    if left.type.is_float or right.type.is_float:
        return bind_call("trunc", (arithmetic("divide", left, right),))
    shared = common_type(decimal_type(left), decimal_type(right))
    assert shared is not None
    whole = min(shared.precision, types.MAX_DECIMAL_PRECISION)
    return call("divide", types.decimal(whole, 0), cast(left, shared), cast(right, shared))


@form("pi", least=0, most=0)
def pi(arguments: Arguments) -> Expression:
    """The circumference of a circle by its diameter.

    SELECT pi() gives 3.141592653589793
    """
    return Literal(type=types.DOUBLE, nullable=False, value=3.141592653589793)
