"""What plans of subqueries and samples need of the kernels; no name in SQL calls these."""

# The names that nobody defines here are builtins of the kernel language.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from gpudb.sql.functions.registry import function
from gpudb.storage.types import BIGINT, BOOLEAN, DOUBLE


def is_other(same: bool) -> bool:
    """Whether SINGLE_VALUE meets several values."""
    return not same


@function(
    (), (BOOLEAN,), BOOLEAN, fails=is_other, message="single_value: the rows have several values"
)
def is_only_value(same: bool) -> bool:
    """Whether the least value of some rows is their greatest."""
    return same


def is_several(rows: int) -> bool:
    """Whether a subquery that stands for one value has more rows than one."""
    return rows > 1


@function(
    (),
    (BIGINT,),
    BOOLEAN,
    fails=is_several,
    message="more than one row returned by a subquery used as an expression",
)
def is_single(rows: int) -> bool:
    """Whether a subquery has its one row."""
    return rows == 1


def is_negative(rows: int) -> bool:
    """Whether a number of rows is none."""
    return rows < 0


@function(
    (), (BIGINT,), BIGINT, fails=is_negative, message="LIMIT and OFFSET take no negative number"
)
def wanted_rows(rows: int) -> int:
    """A number of rows that a query gives to LIMIT or OFFSET."""
    return rows


@function(
    (), (BIGINT,), BIGINT, fails=is_negative, message="a frame's offset cannot be NULL or negative"
)
def frame_offset(offset: int) -> int:
    """How far a bound of a window's frame is from a row."""
    return offset


@function((), (BIGINT, BIGINT), BIGINT)
def sample_row(row: int, seed: int) -> int:
    """A hash of a row's place, 0 at least: those below a limit are a sample."""
    return logical_shift_right(mix(mix(seed) ^ row), 1)


@function((), (BIGINT, BIGINT), DOUBLE)
def random_number(row: int, seed: int) -> float:
    """A number from 0 on, below 1, of 53 bits of a hash of a row's place."""
    return float(logical_shift_right(mix(mix(seed) ^ row), 11)) * 1.1102230246251565e-16


@function((), (BIGINT, BIGINT), BIGINT)
def sample_block(row: int, seed: int) -> int:
    """The same hash for all rows of a block of 1,024."""
    return logical_shift_right(mix(mix(seed) ^ (row >> 10)), 1)
