"""Held columns as Arrow arrays, and what is computed from them on the host."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gpudb.kernels.domains import Domain, encode
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.sources import constant_column
from gpudb.sql.expr import Call, Cast, ColumnReference, Expression, Literal
from gpudb.sql.functions import get_function
from gpudb.sql.plan import Item
from gpudb.storage.arrow import arrow_type, to_arrow, to_arrow_decimal128, to_arrow_text
from gpudb.storage.encodings.arrays import codes_of, flags_of, numbers_of, text_array
from gpudb.storage.types import Kind, SqlType


def arrow_column(column: HeldColumn) -> pa.Array:
    """Return a held column as an array of its SQL type's Arrow type."""
    if column.domain is not None:
        strings = to_arrow_text(column.values, column.nulls, column.domain.strings)
        return strings.cast(arrow_type(column.type))
    if column.high is not None:
        return to_arrow_decimal128(column.values, column.high, column.nulls, column.type)
    return to_arrow(column.values, column.nulls, column.type)


def host_compute(relation: Relation, results: Sequence[Item]) -> Relation:
    """Return `relation` with the results added as columns."""
    columns = dict(relation.columns)
    for item in results:
        columns[item.field.id] = _computed(item.expression, relation)
    return Relation(relation.rows, columns)


def _computed(expression: Expression, relation: Relation) -> HeldColumn:
    if isinstance(expression, Cast):
        array = as_text(_array(expression.argument, relation), expression.argument.type)
        return held_text(array, expression.type)
    assert isinstance(expression, Call)
    body = get_function(expression.function).body
    arguments = [
        a.value if isinstance(a, Literal) else _array(a, relation) for a in expression.arguments
    ]
    if any(a is None for a in arguments):
        return held_text(pa.nulls(relation.rows, pa.large_string()), expression.type)
    array = body(*arguments)
    if expression.type.is_text:
        return held_text(array, expression.type)
    nulls = flags_of(array.is_null()).view(np.bool_)
    values = flags_of(array) if pa.types.is_boolean(array.type) else numbers_of(array)
    dtype = np.uint8 if expression.type.kind is Kind.BOOLEAN else np.int64
    return HeldColumn(expression.type, values.astype(dtype), nulls if nulls.any() else None)


def _array(expression: Expression, relation: Relation) -> pa.Array:
    assert isinstance(expression, ColumnReference)
    return arrow_column(relation.columns[expression.id])


def literal_text(literal: Literal) -> str:
    """Return a constant that is not NULL as text."""
    column = constant_column(literal.type, [literal.value])
    text = as_text(arrow_column(column), literal.type)[0].as_py()
    assert isinstance(text, str)
    return text


def held_text(strings: pa.Array, type: SqlType) -> HeldColumn:
    """Return strings as codes of a domain of their own."""
    encoded = encode(strings)
    nulls = flags_of(encoded.indices.is_null()).view(np.bool_)
    codes = codes_of(encoded.indices, 0).astype(np.int32)
    return HeldColumn(
        type, codes, nulls if nulls.any() else None, domain=Domain(encoded.dictionary)
    )


def as_text(array: pa.Array, type: SqlType) -> pa.Array:
    """Return values as PostgreSQL writes them; timestamps without a zone, since all are UTC."""
    if type.is_float:
        shown = [None if x is None else float_text(x, type) for x in array.to_pylist()]
        return text_array(shown)
    if type.kind is Kind.TIME or (type.kind is Kind.TIMESTAMP and type.precision):
        text = pc.cast(array, pa.large_string())
        return pc.replace_substring_regex(text, r"\.?0+$", "")
    return pc.cast(array, pa.large_string())


def float_text(value: float, type: SqlType) -> str:
    """Return a float in the fewest digits that read back as the same value."""
    if type.kind is Kind.FLOAT:
        value_text = str(np.float32(value))
    else:
        value_text = repr(value)
    names = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return names.get(value_text, value_text.removesuffix(".0"))
