"""Functions that are made of operators: COALESCE, GREATEST, ABS, ROUND of a DECIMAL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.sql.bind.calls import bind_call
from gpudb.sql.bind.coerce import cast, unify
from gpudb.sql.bind.operators import arithmetic, compare, condition, connect, negate
from gpudb.sql.bind.parts import extract, truncate
from gpudb.sql.expr import Branch, Call, Case, Expression, Literal
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType

Arguments = Sequence[Expression]


def null(type_: SqlType) -> Literal:
    """Return NULL of a type."""
    return Literal(type=type_, nullable=True, value=None)


def integer(value: int) -> Literal:
    """Return an INTEGER literal."""
    return Literal(type=types.INTEGER, nullable=False, value=value)


def case(branches: Sequence[tuple[Expression, Expression]], otherwise: Expression) -> Expression:
    """Bind CASE: all values get one type."""
    values = unify([*(value for _, value in branches), otherwise], "CASE")
    conditions = [condition(test, "WHEN") for test, _ in branches]
    return Case(
        branches=tuple(Branch(c, v) for c, v in zip(conditions, values[:-1], strict=True)),
        otherwise=values[-1],
        type=values[-1].type,
        nullable=any(value.nullable for value in values),
    )


def null_test(function: str, argument: Expression) -> Expression:
    """Bind is_null or is_not_null, which are never NULL themselves."""
    return Call(function=function, arguments=(argument,), type=types.BOOLEAN, nullable=False)


def coalesce(arguments: Arguments) -> Expression:
    """COALESCE(a, b, ...): the first that is not NULL."""
    parts = unify(arguments, "COALESCE")
    kept = list(parts[:1])
    for part in parts[1:]:
        if not kept[-1].nullable:
            break
        kept.append(part)
    if len(kept) == 1:
        return kept[0]
    return Case(
        branches=tuple(Branch(null_test("is_not_null", p), p) for p in kept[:-1]),
        otherwise=kept[-1],
        type=kept[-1].type,
        nullable=kept[-1].nullable,
    )


def nullif(arguments: Arguments) -> Expression:
    """NULLIF(a, b): NULL where they are equal."""
    first, second = arguments
    equal = compare("equal", first, second)
    return Case(
        branches=(Branch(equal, null(first.type)),),
        otherwise=first,
        type=first.type,
        nullable=True,
    )


def _extreme(function: str, name: str) -> Callable[[Arguments], Expression]:
    """GREATEST or LEAST: NULLs count only where all are NULL."""

    def bind(arguments: Arguments) -> Expression:
        parts = unify(arguments, name)
        branches = [(wins(part, parts[i + 1 :]), part) for i, part in enumerate(parts[:-1])]
        return case(branches, parts[-1]) if branches else parts[0]

    def wins(part: Expression, others: Arguments) -> Expression:
        tests = [_or_null(compare(function, part, other), other) for other in others]
        if part.nullable:
            tests.insert(0, null_test("is_not_null", part))
        return tests[0] if len(tests) == 1 else connect("and", tuple(tests))

    return bind


def _or_null(test: Expression, other: Expression) -> Expression:
    return connect("or", (null_test("is_null", other), test)) if other.nullable else test


def absolute(arguments: Arguments) -> Expression:
    """ABS(x)."""
    number = _number(arguments[0], "abs")
    zero = cast(integer(0), number.type)
    return case([(compare("less", number, zero), negate(number))], number)


def sign(arguments: Arguments) -> Expression:
    """SIGN(x): -1, 0 or 1, an INTEGER."""
    number = _number(arguments[0], "sign")
    zero = cast(integer(0), number.type)
    branches: list[tuple[Expression, Expression]] = [
        (compare("greater", number, zero), integer(1)),
        (compare("less", number, zero), integer(-1)),
    ]
    if number.nullable or number.type.is_float:
        branches.append((compare("equal", number, zero), integer(0)))
        return case(branches, null(types.INTEGER))
    return case(branches, integer(0))


def _number(argument: Expression, name: str) -> Expression:
    if argument.type.kind is Kind.NULL:
        return cast(argument, types.INTEGER)
    if not argument.type.is_numeric:
        raise ProgrammingError(f"{name} takes a number, not {argument.type}")
    return argument


def round_number(arguments: Arguments) -> Expression:
    """ROUND(x), ROUND(x, digits): a DECIMAL's ties go away from zero, as CAST rounds them."""
    number = arguments[0]
    if number.type.is_integer and len(arguments) == 1:
        return number
    if number.type.kind is not Kind.DECIMAL:
        return bind_call("round", arguments)
    digits = _digits(arguments, "round")
    if digits >= number.type.scale:
        return number
    whole = number.type.precision - number.type.scale + 1
    precision = min(whole + digits, types.MAX_DECIMAL_PRECISION)
    return cast(number, types.decimal(precision, digits))


def truncate_number(arguments: Arguments) -> Expression:
    """TRUNC(x), TRUNC(x, digits): towards zero."""
    number = arguments[0]
    if number.type.is_integer and len(arguments) == 1:
        return number
    if number.type.kind is not Kind.DECIMAL:
        return bind_call("trunc", arguments)
    digits = _digits(arguments, "trunc")
    if digits >= number.type.scale:
        return number
    step = Literal(type=types.decimal(digits + 1, digits), nullable=False, value=1)
    kept = arithmetic("subtract", number, arithmetic("modulo", number, step))
    whole = number.type.precision - number.type.scale
    return cast(kept, types.decimal(max(whole + digits, 1), digits))


def _digits(arguments: Arguments, name: str) -> int:
    if len(arguments) == 1:
        return 0
    digits = arguments[1]
    if not isinstance(digits, Literal) or not isinstance(digits.value, int):
        raise NotSupportedError(
            f"{name} of a DECIMAL to other than a constant is not supported yet"
        )
    if digits.value < 0:
        raise NotSupportedError(f"{name} of a DECIMAL to tens or more is not supported yet")
    return digits.value


def modulo(arguments: Arguments) -> Expression:
    """MOD(a, b)."""
    return arithmetic("modulo", arguments[0], arguments[1])


def concat(arguments: Arguments) -> Expression:
    """CONCAT(a, b, ...): NULLs count as empty."""
    empty = Literal(type=types.TEXT, nullable=False, value="")
    parts = [coalesce((cast(a, types.TEXT), empty)) for a in arguments]
    return parts[0] if len(parts) == 1 else bind_call("concat_text", parts)


def choose(arguments: Arguments) -> Expression:
    """IF(condition, then, otherwise)."""
    return case([(arguments[0], arguments[1])], arguments[2])


def pi(arguments: Arguments) -> Expression:
    """PI()."""
    return Literal(type=types.DOUBLE, nullable=False, value=3.141592653589793)


def date_part(arguments: Arguments) -> Expression:
    """DATE_PART('field', x): EXTRACT(field FROM x)."""
    return extract(_unit(arguments[0], "date_part"), arguments[1])


def date_trunc(arguments: Arguments) -> Expression:
    """DATE_TRUNC('unit', x)."""
    return truncate(_unit(arguments[0], "date_trunc"), arguments[1])


def _unit(argument: Expression, name: str) -> str:
    if not isinstance(argument, Literal) or not isinstance(argument.value, str):
        raise ProgrammingError(f"the first argument of {name} is a unit in quotes, such as 'month'")
    return argument.value


def _field(field: str) -> Callable[[Arguments], Expression]:
    return lambda arguments: extract(field, arguments[0])


MANY = 255

# Each form with the least and the greatest number of its arguments.
FORMS: dict[str, tuple[Callable[[Arguments], Expression], int, int]] = {
    "coalesce": (coalesce, 1, MANY),
    "ifnull": (coalesce, 2, 2),
    "nvl": (coalesce, 2, 2),
    "nullif": (nullif, 2, 2),
    "greatest": (_extreme("greater_equal", "GREATEST"), 1, MANY),
    "least": (_extreme("less_equal", "LEAST"), 1, MANY),
    "abs": (absolute, 1, 1),
    "sign": (sign, 1, 1),
    "round": (round_number, 1, 2),
    "trunc": (truncate_number, 1, 2),
    "truncate": (truncate_number, 1, 2),
    "mod": (modulo, 2, 2),
    "concat": (concat, 1, MANY),
    "if": (choose, 3, 3),
    "pi": (pi, 0, 0),
    "date_part": (date_part, 2, 2),
    "datepart": (date_part, 2, 2),
    "date_trunc": (date_trunc, 2, 2),
    **{
        field: (_field(field), 1, 1)
        for field in ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
    },
}


def bind_form(name: str, arguments: Arguments) -> Expression:
    """Bind one of FORMS; raises ProgrammingError for a wrong number of arguments."""
    bind, least, most = FORMS[name]
    if not least <= len(arguments) <= most:
        wanted = str(least) if least == most else f"{least} or more"
        if least < most < MANY:
            wanted = f"{least} to {most}"
        raise ProgrammingError(f"{name} takes {wanted} arguments, not {len(arguments)}")
    return bind(arguments)
