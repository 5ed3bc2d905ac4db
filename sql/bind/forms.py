"""Forms: functions that are made of operators while binding, each one decorated function.

    @form("ifnull", least=2, most=2)
    def if_null(arguments): ...

FORMS holds them by every name. The forms of conditions are here; those of numbers, text and moments
have modules of their own, which the binder imports.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gpudb.errors import ProgrammingError
from gpudb.records import dataclass
from gpudb.sql.bind.calls import bind_definition
from gpudb.sql.bind.coerce import cast, unify
from gpudb.sql.bind.operators import arithmetic, compare, condition, connect
from gpudb.sql.expr import Branch, Call, Case, Expression, InList, Literal
from gpudb.storage import types
from gpudb.storage.types import SqlType

Arguments = Sequence[Expression]
Bind = Callable[[Arguments], Expression]
MANY = 255


@dataclass(frozen=True, slots=True)
class Form:
    """A form's names, the first the usual one, and how many arguments it takes.

    `section` is the part of the reference that describes it. The first argument of one that
    `takes_unit` may be a bare word, as in DATE_TRUNC(month, x).
    """

    names: tuple[str, ...]
    bind: Bind
    least: int
    most: int
    section: str
    takes_unit: bool = False


FORMS: dict[str, Form] = {}


def form(
    names: str | tuple[str, ...], *, least: int, most: int, takes_unit: bool = False
) -> Callable[[Bind], Bind]:
    """Register the decorated function under `names`."""
    all_names = (names,) if isinstance(names, str) else names

    def register(bind: Bind) -> Bind:
        section = bind.__module__.rpartition(".")[2]
        for name in all_names:
            assert name not in FORMS, f"{name} is defined twice"
            FORMS[name] = Form(all_names, bind, least, most, section, takes_unit)
        return bind

    return register


def bind_form(name: str, arguments: Arguments) -> Expression:
    """Bind one of FORMS; raises ProgrammingError for a wrong number of arguments."""
    found = FORMS[name]
    least, most = found.least, found.most
    if not least <= len(arguments) <= most:
        wanted = str(least) if least == most else f"{least} or more"
        if least < most < MANY:
            wanted = f"{least} to {most}"
        plural = "" if wanted == "1" else "s"
        raise ProgrammingError(f"{name} takes {wanted} argument{plural}, not {len(arguments)}")
    return found.bind(arguments)


def null(type_: SqlType) -> Literal:
    """Return NULL of a type."""
    return Literal(type=type_, nullable=True, value=None)


def integer(value: int) -> Literal:
    """Return an INTEGER literal."""
    return Literal(type=types.INTEGER, nullable=False, value=value)


def text(value: str) -> Literal:
    """Return a TEXT literal."""
    return Literal(type=types.TEXT, nullable=False, value=value)


def case(branches: Sequence[tuple[Expression, Expression]], otherwise: Expression) -> Expression:
    """Bind CASE: all values get one type; a CASE behind ELSE adds its branches."""
    values = unify([*(value for _, value in branches), otherwise], "CASE")
    conditions = [condition(test, "WHEN") for test, _ in branches]
    bound = tuple(Branch(c, v) for c, v in zip(conditions, values[:-1], strict=True))
    last = values[-1]
    more, rest = (last.branches, last.otherwise) if isinstance(last, Case) else ((), last)
    return Case(
        branches=(*bound, *more),
        otherwise=rest,
        type=last.type,
        nullable=any(value.nullable for value in values),
    )


def null_test(function: str, argument: Expression) -> Expression:
    """Bind is_null or is_not_null, which are never NULL themselves."""
    return Call(function=function, arguments=(argument,), type=types.BOOLEAN, nullable=False)


@form("coalesce", least=1, most=MANY)
def coalesce(arguments: Arguments) -> Expression:
    """The first argument that is not NULL.

    SELECT coalesce(NULL, 2, 3) gives 2
    """
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


@form(("ifnull", "nvl"), least=2, most=2)
def if_null(arguments: Arguments) -> Expression:
    """The first argument, or the second where it is NULL.

    SELECT ifnull(NULL, 'none') gives none
    """
    return coalesce(arguments)


@form("nvl2", least=3, most=3)
def if_null_else(arguments: Arguments) -> Expression:
    """The second argument where the first is not NULL, else the third.

    SELECT nvl2(NULL, 'some', 'none') gives none
    """
    return case([(null_test("is_not_null", arguments[0]), arguments[1])], arguments[2])


@form("nullif", least=2, most=2)
def nullif(arguments: Arguments) -> Expression:
    """The first argument, NULL where it equals the second.

    SELECT nullif(3, 3) gives NULL
    """
    first, second = arguments
    equal = compare("equal", first, second)
    return Case(
        branches=(Branch(equal, null(first.type)),),
        otherwise=first,
        type=first.type,
        nullable=True,
    )


@form("greatest", least=1, most=MANY)
def greatest(arguments: Arguments) -> Expression:
    """The greatest argument; NULLs do not count, but where all are NULL.

    SELECT greatest(1, NULL, 3) gives 3
    """
    return _extreme("greater_equal", "GREATEST", arguments)


@form("least", least=1, most=MANY)
def least(arguments: Arguments) -> Expression:
    """The least argument; NULLs do not count, but where all are NULL.

    SELECT least(1, NULL, 3) gives 1
    """
    return _extreme("less_equal", "LEAST", arguments)


def _extreme(function: str, name: str, arguments: Arguments) -> Expression:
    parts = unify(arguments, name)

    def wins(part: Expression, others: Arguments) -> Expression:
        tests = [_or_null(compare(function, part, other), other) for other in others]
        if part.nullable:
            tests.insert(0, null_test("is_not_null", part))
        return tests[0] if len(tests) == 1 else connect("and", tuple(tests))

    branches = [(wins(part, parts[i + 1 :]), part) for i, part in enumerate(parts[:-1])]
    return case(branches, parts[-1]) if branches else parts[0]


def _or_null(test: Expression, other: Expression) -> Expression:
    return connect("or", (null_test("is_null", other), test)) if other.nullable else test


@form(("if", "iif"), least=2, most=3)
def choose(arguments: Arguments) -> Expression:
    """The second argument where the first is TRUE, else the third, or NULL without one.

    SELECT if(1 < 2, 'yes', 'no') gives yes
    """
    otherwise = arguments[2] if len(arguments) > 2 else null(types.NULL)
    return case([(arguments[0], arguments[1])], otherwise)


@form("decode", least=2, most=MANY)
def decode(arguments: Arguments) -> Expression:
    """The value behind what equals the first argument, else the last one; NULL equals NULL.

    With two arguments, the text that the form 'base64' or 'hex' stands for.

    SELECT decode(2, 1, 'one', 2, 'two', 'many') gives two
    """
    subject, *rest = arguments
    if len(rest) == 1:
        return bind_definition("decode_text", [cast(part, types.TEXT) for part in arguments])
    pairs = list(zip(rest[0::2], rest[1::2], strict=False))
    otherwise = rest[-1] if len(rest) % 2 else null(types.NULL)
    tests = [(compare("is_not_distinct_from", subject, wanted), value) for wanted, value in pairs]
    return case(tests, otherwise)


@form(("num_nulls",), least=1, most=MANY)
def num_nulls(arguments: Arguments) -> Expression:
    """How many arguments are NULL.

    SELECT num_nulls(1, NULL, 3) gives 1
    """
    return _count("is_null", arguments)


@form("num_nonnulls", least=1, most=MANY)
def num_nonnulls(arguments: Arguments) -> Expression:
    """How many arguments are not NULL.

    SELECT num_nonnulls(1, NULL, 3) gives 2
    """
    return _count("is_not_null", arguments)


def _count(test: str, arguments: Arguments) -> Expression:
    total: Expression = integer(0)
    for argument in arguments:
        one = case([(null_test(test, argument), integer(1))], integer(0))
        total = arithmetic("add", total, one)
    return total


@form(("likely", "unlikely"), least=1, most=1)
def likely(arguments: Arguments) -> Expression:
    """The condition itself: a hint that is taken and not needed, since statistics say it.

    SELECT likely(1 < 2) gives true
    """
    return condition(arguments[0], "LIKELY")


@form(("typeof", "pg_typeof"), least=1, most=1)
def type_name(arguments: Arguments) -> Expression:
    """The name of the argument's type.

    SELECT typeof(1.5) gives DECIMAL(2,1)
    """
    return text(str(arguments[0].type))


def membership(argument: Expression, values: tuple[Expression, ...]) -> Expression:
    """IN is an OR; its literals make one InList, a NULL among them stays a NULL.

    NaN is compared apart, since nothing is sorted beside it.
    """
    listed = [v for v in values if isinstance(v, Literal) and v.value == v.value]
    literals = {v.value: v for v in listed if v.value is not None}
    parts: list[Expression] = []
    if literals:
        # Values of one type, which is what sorting them needs.
        ordered = tuple(literals[key] for key in sorted(literals))
        parts.append(
            InList(
                argument=argument, values=ordered, type=types.BOOLEAN, nullable=argument.nullable
            )
        )
    for value in values:
        if isinstance(value, Literal) and value.value is None:
            parts.append(null(types.BOOLEAN))
        elif not isinstance(value, Literal) or value.value != value.value:
            parts.append(compare("equal", argument, value))
    return parts[0] if len(parts) == 1 else connect("or", tuple(parts))
