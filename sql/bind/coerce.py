"""Which type values of several types share, and how they are brought to it.

Literals adapt to columns: a text literal takes the other side's type, a number that fits a narrower
column's type is written in it, so that no column is widened for a constant's sake.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from gpudb.errors import DataError, ProgrammingError
from gpudb.records import replace
from gpudb.sql.bind.constants import converted, fits
from gpudb.sql.expr import Call, Cast, Expression, Literal
from gpudb.sql.varied import ask
from gpudb.storage import types
from gpudb.storage.types import INTEGER_BITS, Kind, SqlType

DECIMAL_DIGITS = {Kind.TINYINT: 3, Kind.SMALLINT: 5, Kind.INTEGER: 10, Kind.BIGINT: 19}


def common_type(first: SqlType, second: SqlType) -> SqlType | None:
    """Return the type that holds values of both, or None where no such type is taken for granted.

    >>> str(common_type(types.decimal(15, 2), types.INTEGER))
    'DECIMAL(15,2)'
    """
    if first == second or second.kind is Kind.NULL:
        return first
    if first.kind is Kind.NULL:
        return second
    if first.is_integer and second.is_integer:
        return max(first, second, key=lambda type_: INTEGER_BITS[type_.kind])
    if first.is_numeric and second.is_numeric:
        if first.is_float or second.is_float:
            return types.DOUBLE
        return _common_decimal(as_decimal(first), as_decimal(second))
    if first.kind is second.kind is Kind.TIMESTAMP:
        finer = max(first, second, key=lambda type_: type_.precision)
        return replace(finer, is_zoned=first.is_zoned or second.is_zoned)
    if first.element is not None and second.element is not None:
        element = common_type(first.element, second.element)
        return None if element is None else types.array(element)
    if {first.kind, second.kind} == {Kind.DATE, Kind.TIMESTAMP}:
        return first if first.kind is Kind.TIMESTAMP else second
    return types.INTERVAL if first.is_interval and second.is_interval else None


def as_decimal(type_: SqlType) -> SqlType:
    """Return the DECIMAL that holds an integer type's values; a DECIMAL as it is."""
    if type_.kind is Kind.DECIMAL:
        return type_
    return types.decimal(DECIMAL_DIGITS[type_.kind], 0)


def _common_decimal(first: SqlType, second: SqlType) -> SqlType:
    scale = max(first.scale, second.scale)
    whole = max(first.precision - first.scale, second.precision - second.scale)
    return types.decimal(min(whole + scale, types.MAX_DECIMAL_PRECISION), scale)


def cast(expression: Expression, target: SqlType) -> Expression:
    """Return `expression` as `target`; a literal is converted at once (or raises DataError)."""
    if expression.type == target:
        return expression
    if isinstance(expression, Literal):
        return _literal(expression, target)
    if target.is_array or expression.type.is_array:
        return _array_cast(expression, target)
    return Cast(
        argument=expression, type=target, nullable=expression.nullable, span=expression.span
    )


def _literal(literal: Literal, target: SqlType) -> Literal:
    try:
        return converted(literal, target)
    except DataError as error:
        # The literal itself is marked, not all of the expression; the text is added further up.
        if error.begin is None and literal.span is not None:
            error.begin, error.end = literal.span.begin, literal.span.end
        raise


def _array_cast(expression: Expression, target: SqlType) -> Expression:
    """Return a call that makes an array of a text or of another array, or a text of an array."""
    return Call(
        function="cast_array" if target.is_array else "array_out",
        arguments=(expression,),
        type=target,
        nullable=expression.nullable,
        span=expression.span,
    )


def may_cast(source: SqlType, target: SqlType) -> bool:
    """Return whether CAST(source AS target) exists."""
    if target.is_array:
        return source.kind in (Kind.ARRAY, Kind.NULL, Kind.TEXT)
    if source.kind in (target.kind, Kind.NULL, Kind.TEXT) or target.is_text:
        is_literal = source.kind is Kind.NULL
        return is_literal or not target.is_interval or source.kind is target.kind
    if source.is_interval and target.kind is Kind.INTERVAL:
        return True
    if source.is_numeric and target.is_numeric:
        return True
    pairs = {source.kind, target.kind}
    if Kind.BOOLEAN in pairs:
        return source.is_integer or target.is_integer
    return (source.kind, target.kind) in {
        (Kind.DATE, Kind.TIMESTAMP),
        (Kind.TIMESTAMP, Kind.DATE),
        (Kind.TIMESTAMP, Kind.TIME),
    }


def unify(parts: Sequence[Expression], what: str) -> tuple[Expression, ...]:
    """Return `parts` in one type; raises ProgrammingError that names `what` and the types."""
    target = _target([p for p in parts if not isinstance(p, Literal)], what)
    literals = [p for p in parts if isinstance(p, Literal)]
    if target is None:
        numbers = [p for p in literals if p.type.kind is not Kind.TEXT]
        target = _target(numbers, what)
        if target is None or target.kind is Kind.NULL:
            target = types.TEXT
    for literal in literals:
        if not literal.type.is_text and fits(literal, target) is None:
            target = _joined(target, _exact_type(literal, target), what)
    return tuple(cast(part, target) for part in parts)


def _target(parts: Sequence[Expression], what: str) -> SqlType | None:
    if not parts:
        return None
    has_decimal = any(part.type.kind is Kind.DECIMAL for part in parts)
    found = [
        _exact_type(p, types.decimal(1, 0)) if has_decimal and isinstance(p, Literal) else p.type
        for p in parts
    ]
    return reduce(lambda a, b: _joined(a, b, what), found)


def _exact_type(literal: Literal, beside: SqlType) -> SqlType:
    """Return a literal's type; an integer beside a DECIMAL is a DECIMAL with its own digits."""
    is_exact = beside.kind is Kind.DECIMAL and literal.type.is_integer
    return decimal_type(literal) if is_exact else literal.type


def _joined(first: SqlType, second: SqlType, what: str) -> SqlType:
    found = common_type(first, second)
    if found is None:
        raise ProgrammingError(f"{what} does not take {first} and {second} together")
    return found


def decimal_type(expression: Expression) -> SqlType:
    """Return the DECIMAL that holds a number; a literal gets no more digits than it has."""
    if isinstance(expression, Literal) and expression.type.is_integer:
        return types.decimal(ask(_digits, expression), 0)
    return as_decimal(expression.type)


def _digits(literal: Literal) -> int:
    value = 0 if literal.value is None else int(literal.value)
    return len(str(abs(value)))


def is_untyped(expression: Expression) -> bool:
    """Whether this is a quoted literal or a bare NULL, which take the type beside them."""
    return isinstance(expression, Literal) and expression.type.kind in (Kind.TEXT, Kind.NULL)


def without_null_type(expression: Expression) -> Expression:
    """Return a bare NULL as TEXT, as PostgreSQL does for results; anything else as it is."""
    if expression.type.kind is Kind.NULL:
        return replace(expression, type=types.TEXT)
    return expression
