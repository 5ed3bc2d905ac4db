"""The SQL columns of an Arrow schema, with errors that name the column and its owner."""

from __future__ import annotations

import pyarrow as pa

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.storage.arrow import sql_type
from gpudb.storage.external.source import SourceColumn


def source_columns(schema: pa.Schema, owner: str) -> tuple[SourceColumn, ...]:
    """Return a column for each field of `schema`; `owner` is what messages call the source.

    Raises NotSupportedError for a type that gpudb has not, ProgrammingError for two fields of
    one name (SQL's names differ in more than case).
    """
    seen: dict[str, str] = {}
    for name in schema.names:
        if name.lower() in seen:
            both = f"'{seen[name.lower()]}' and '{name}'"
            raise ProgrammingError(f"{owner} has two columns of one name: {both}; rename one")
        seen[name.lower()] = name
    return tuple(_source_column(field, owner) for field in schema)


def _source_column(field: pa.Field, owner: str) -> SourceColumn:
    try:
        return SourceColumn(field.name, sql_type(field.type), not_null=not field.nullable)
    except Error as error:
        raise NotSupportedError(
            f"{owner}, column '{field.name}': the Arrow type {field.type} has no SQL type here"
            f"; {_way_out(field.type)}"
        ) from error


def _way_out(of: pa.DataType) -> str:
    """Return what to do with a column of a type that has no SQL type."""
    if pa.types.is_uint64(of) or pa.types.is_decimal(of):
        return "cast it before, to decimal128(38, 0) or float64"
    if pa.types.is_struct(of):
        return "give each of its fields a column, as flatten() of an Arrow table does"
    if "binary" in str(of):
        return "cast it to string where it is text, or leave the column out"
    return "leave the column out, or cast it before"


def check_equal_columns(
    first: tuple[SourceColumn, ...], other: tuple[SourceColumn, ...], first_name: str, name: str
) -> None:
    """Raise ProgrammingError unless two files have the same columns, by name and type."""
    others = {column.name: column for column in other}
    for column in first:
        match = others.pop(column.name, None)
        if match is None:
            raise ProgrammingError(f"'{name}' has no column '{column.name}', '{first_name}' has")
        if match.type != column.type:
            raise ProgrammingError(
                f"column '{column.name}' is {match.type} in '{name}' but {column.type} "
                f"in '{first_name}'; files that are read together must have equal columns"
            )
    for extra in others:
        raise ProgrammingError(f"'{name}' has a column '{extra}' that '{first_name}' has not")


def merge_nullability(
    first: tuple[SourceColumn, ...], other: tuple[SourceColumn, ...]
) -> tuple[SourceColumn, ...]:
    """Return `first` with not_null only where `other` promises it too."""
    promised = {column.name for column in other if column.not_null}
    return tuple(
        SourceColumn(c.name, c.type, not_null=c.not_null and c.name in promised) for c in first
    )
