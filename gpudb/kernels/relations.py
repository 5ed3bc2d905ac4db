"""Rows that are made here: of other rows that are held, or of literals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.kernels.domains import Domain, encode, union
from gpudb.kernels.held import HeldColumn, Relation, concatenated
from gpudb.kernels.lists import list_domain
from gpudb.kernels.resident_columns import renamed
from gpudb.records import replace
from gpudb.sql.pipeline import ConstantRows
from gpudb.sql.plan import Field
from gpudb.storage.encodings import wide
from gpudb.storage.encodings.arrays import codes_of, text_array
from gpudb.storage.types import SqlType


def united(parts: Sequence[tuple[Relation, Sequence[Field]]], fields: Sequence[Field]) -> Relation:
    """Return the rows of all parts under `fields`; columns meet by their places.

    Texts get one domain.
    """
    if len(parts) == 1:
        ((relation, own),) = parts
        return renamed(relation, {f.id: o.id for f, o in zip(fields, own, strict=True)})
    listed = [[relation.columns[f.id] for f in own] for relation, own in parts]
    for place, each in enumerate(fields):
        if each.type.is_text:
            columns = _in_one_domain([columns[place] for columns in listed])
            for held, column in zip(listed, columns, strict=True):
                held[place] = column
    relations = [
        Relation(relation.rows, dict(zip((f.id for f in fields), columns, strict=True)))
        for (relation, _), columns in zip(parts, listed, strict=True)
    ]
    return concatenated(relations)


def _in_one_domain(columns: Sequence[HeldColumn]) -> list[HeldColumn]:
    domains = [column.domain for column in columns if column.domain is not None]
    together = union(domains)
    return [_in_domain(column, together) for column in columns]


def _in_domain(column: HeldColumn, together: Domain) -> HeldColumn:
    domain = column.domain
    assert domain is not None
    if domain is together:
        return column
    codes = column.values if column.nulls is None else np.where(column.nulls, 0, column.values)
    if len(domain):
        codes = domain.codes_in(together)[codes]
    return replace(column, values=codes, domain=together)


def zipped(relations: Sequence[Relation]) -> Relation:
    """Return the columns of all relations, which have as many rows each."""
    columns = {id: column for each in relations for id, column in each.columns.items()}
    return Relation(relations[0].rows, columns)


def repeated(relation: Relation, times: int) -> Relation:
    """Return each row as often as the column of field `times` says."""
    counts = np.maximum(relation.columns[times].values, 0)
    return relation.take(np.repeat(np.arange(relation.rows), counts))


def constant_relation(source: ConstantRows) -> Relation:
    """Return literal rows as held columns."""
    columns = {}
    for place, each in enumerate(source.fields):
        values = [row[place].value for row in source.rows]
        columns[each.id] = constant_column(each.type, values)
    return Relation(len(source.rows), columns)


def constant_column(type: SqlType, values: Sequence[int | float | str | None]) -> HeldColumn:
    """Return physical values, or strings for TEXT, as a held column."""
    nulls = np.array([v is None for v in values], np.bool_)
    some_nulls = nulls if nulls.any() else None
    if type.is_text:
        encoded = encode(text_array([None if v is None else str(v) for v in values]))
        codes = codes_of(encoded.indices, 0).astype(np.int32)
        domain = list_domain(Domain(encoded.dictionary), type)
        return HeldColumn(type, codes, some_nulls, domain=domain)
    if type.is_float:
        return HeldColumn(
            type, np.array([0.0 if v is None else v for v in values], np.float64), some_nulls
        )
    numbers = wide.numbers([int(v) if isinstance(v, int) else 0 for v in values])
    if not wide.is_wide(numbers):
        return HeldColumn(type, numbers, some_nulls)
    low, high = wide.low_words(numbers), wide.high_words(numbers)
    return HeldColumn(type, low, some_nulls, high=high)
