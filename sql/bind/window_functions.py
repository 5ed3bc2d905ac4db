"""The functions that stand with OVER only: their arguments, results and frames."""

from __future__ import annotations

from collections.abc import Callable

from gpudb.errors import ProgrammingError
from gpudb.records import dataclass
from gpudb.sql.bind.coerce import cast, unify
from gpudb.sql.expr import (
    CURRENT_ROW,
    UNBOUNDED_FOLLOWING,
    UNBOUNDED_PRECEDING,
    WHOLE_PARTITION,
    Expression,
    Frame,
    FrameUnit,
    Literal,
)
from gpudb.storage import types
from gpudb.storage.types import SqlType

Arguments = tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A window function: its result, its arguments' number, and how they are typed.

    `frame` is its own, where it does not look at the window's. `is_skipping` says that it may
    IGNORE NULLS, `is_fill` that it always does; `needs_order` that it means nothing without ORDER
    BY, `from_last` is the function that FROM LAST makes of it.
    """

    result: Callable[[Arguments], SqlType]
    least: int = 0
    most: int = 0
    typed: Callable[[Arguments], Arguments] = lambda arguments: arguments
    frame: Frame | None = WHOLE_PARTITION
    is_skipping: bool = False
    is_nullable: bool = True
    is_fill: bool = False
    needs_order: bool = False
    from_last: str | None = None


def _numbered(of: SqlType) -> Definition:
    return Definition(lambda _: of, is_nullable=False)


def _first_type(arguments: Arguments) -> SqlType:
    return arguments[0].type


def _positive(name: str) -> Callable[[Arguments], Arguments]:
    """The last argument is a number of rows from 1 on."""

    def typed(arguments: Arguments) -> Arguments:
        *others, number = arguments
        number = _whole(number, name)
        if isinstance(number, Literal) and isinstance(number.value, int) and number.value < 1:
            message = f"{name} takes a number from 1 on, not {number.value}"
            raise _at(ProgrammingError(message), number)
        return (*others, number)

    return typed


def _at(error: ProgrammingError, where: Expression) -> ProgrammingError:
    if where.span is not None:
        error.begin, error.end = where.span.begin, where.span.end
    return error


def _whole(number: Expression, name: str) -> Expression:
    if not (number.type.is_integer or number.type.kind is types.Kind.NULL):
        message = f"{name} takes a whole number of rows, not {number.type}"
        raise _at(ProgrammingError(message), number)
    return cast(number, types.BIGINT)


def _shifted(name: str) -> Callable[[Arguments], Arguments]:
    """LAG and LEAD: a value, by how many rows (1), and what stands for rows that are not there."""

    def typed(arguments: Arguments) -> Arguments:
        value, *rest = arguments
        one = Literal(type=types.BIGINT, nullable=False, value=1)
        offset = _whole(rest[0], name) if rest else one
        if len(rest) < 2:
            return value, offset
        value, default = unify((value, rest[1]), name)
        return value, offset, default

    return typed


def _in_frame(name: str) -> Definition:
    """LAG and LEAD among the rows of the frame."""
    return Definition(_first_type, 1, 3, _shifted(name), frame=None, is_skipping=True)


def _nth(name: str) -> Definition:
    return Definition(
        *(_first_type, 2, 2, _positive(name)),
        frame=None,
        is_skipping=True,
        from_last="nth_value_from_last",
    )


UP_TO_HERE = Frame(FrameUnit.ROWS, UNBOUNDED_PRECEDING, CURRENT_ROW)
FROM_HERE = Frame(FrameUnit.ROWS, CURRENT_ROW, UNBOUNDED_FOLLOWING)

WINDOW_FUNCTIONS: dict[str, Definition] = {
    "row_number": _numbered(types.BIGINT),
    "rank": _numbered(types.BIGINT),
    "dense_rank": _numbered(types.BIGINT),
    "percent_rank": _numbered(types.DOUBLE),
    "cume_dist": _numbered(types.DOUBLE),
    "ntile": Definition(lambda _: types.INTEGER, 1, 1, _positive("ntile")),
    "lag": Definition(_first_type, 1, 3, _shifted("lag"), is_skipping=True),
    "lead": Definition(_first_type, 1, 3, _shifted("lead"), is_skipping=True),
    "first_value": Definition(_first_type, 1, 1, frame=None, is_skipping=True),
    "last_value": Definition(_first_type, 1, 1, frame=None, is_skipping=True),
    "nth_value": _nth("nth_value"),
    "lag_in_frame": _in_frame("lag_in_frame"),
    "lead_in_frame": _in_frame("lead_in_frame"),
    "first_value_in_frame": Definition(_first_type, 1, 1, frame=None, is_skipping=True),
    "last_value_in_frame": Definition(_first_type, 1, 1, frame=None, is_skipping=True),
    "nth_value_in_frame": _nth("nth_value_in_frame"),
    "forward_fill": Definition(_first_type, 1, 1, frame=UP_TO_HERE, is_fill=True, needs_order=True),
    "backward_fill": Definition(_first_type, 1, 1, frame=FROM_HERE, is_fill=True, needs_order=True),
    "conditional_change_event": Definition(
        lambda _: types.BIGINT, 1, 1, is_nullable=False, needs_order=True
    ),
}

# OmniSci's names of what others are, beside their frames.
ALIASES = {
    "forward_fill": "last_value",
    "backward_fill": "first_value",
    "first_value_in_frame": "first_value",
    "last_value_in_frame": "last_value",
    "nth_value_in_frame": "nth_value",
}


def is_window_function(name: str) -> bool:
    """Return whether `name`, in lower case, is a function that stands with OVER only."""
    return name in WINDOW_FUNCTIONS
