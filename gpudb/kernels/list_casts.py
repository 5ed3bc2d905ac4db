"""Casts of arrays: texts read as arrays, elements turned into another type, once for each array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError
from gpudb.kernels.domains import Domain, encode
from gpudb.kernels.lists import ListDomain, Lists, distinct, lists_of
from gpudb.records import dataclass, replace
from gpudb.sql.bind.constants import convert
from gpudb.storage.encodings import wide
from gpudb.storage.encodings.arrays import codes_of, text_array
from gpudb.storage.lists import read_lists
from gpudb.storage.types import TEXT, Kind, SqlType, array

Value = int | float | bool | str


@dataclass(frozen=True)
class CastDomain:
    """The arrays that codes of a domain become; `wrong` counts `messages` from 1, 0 is no error."""

    domain: Domain
    codes: np.ndarray
    wrong: np.ndarray
    messages: tuple[str, ...]


def cast_domain(domain: Domain, source: SqlType, target: SqlType) -> CastDomain:
    """Return what texts, or arrays, of a domain are as arrays of type `target`; kept with it."""
    return domain.keep(("cast arrays", source, target), lambda: _cast(domain, source, target))


def _cast(domain: Domain, source: SqlType, target: SqlType) -> CastDomain:
    messages: list[str] = []
    if source.is_array:
        lists, wrong = lists_of(domain, source), np.zeros(len(domain), np.int32)
    else:
        lists, wrong = _read(domain.strings, messages)
    assert target.element is not None
    cast, element_wrong = _cast_elements(lists, target.element, messages)
    if element_wrong.any():
        owners = np.repeat(np.arange(len(lists)), lists.lengths)
        places = np.flatnonzero(element_wrong)
        wrong[owners[places]] = element_wrong[places]
    found, codes = distinct(replace(cast, of=target))
    return CastDomain(ListDomain(found), codes, wrong, tuple(messages))


def _read(texts: pa.Array, messages: list[str]) -> tuple[Lists, np.ndarray]:
    """Return the arrays that texts say, their elements as texts; an empty one where one is none."""
    wrong = np.zeros(len(texts), np.int32)
    try:
        found = read_lists(texts, pa.large_string())
    except DataError:
        good = [_checked(text, messages) for text in texts.to_pylist()]
        places = [place for place, text in enumerate(good) if text is None]
        wrong[places] = np.arange(1, len(messages) + 1)
        found = read_lists(text_array([text or "{}" for text in good]), pa.large_string())
    return Lists.of_arrow(found, array(TEXT)), wrong


def _checked(text: str, messages: list[str]) -> str | None:
    try:
        read_lists(text_array([text]), pa.large_string())
    except DataError as error:
        messages.append(error.message)
        return None
    return text


def _cast_elements(lists: Lists, target: SqlType, messages: list[str]) -> tuple[Lists, np.ndarray]:
    """Return the lists with elements of another type, and for each element what is wrong."""
    source, values = lists.element, lists.values
    right = np.zeros(len(values), np.int32)
    if source == target:
        return lists, right
    if source.is_numeric and target.kind is Kind.DOUBLE and not wide.is_wide(values):
        return replace(lists, values=values.astype(np.float64) / 10.0**source.scale), right
    if source.is_integer and target.is_integer and target.value_range == _union(source, target):
        return replace(lists, values=values.astype(np.int64)), right
    return _cast_distinct(lists, target, messages)


def _union(first: SqlType, second: SqlType) -> tuple[int, int]:
    ranges = [of.value_range for of in (first, second) if of.value_range is not None]
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _cast_distinct(lists: Lists, target: SqlType, messages: list[str]) -> tuple[Lists, np.ndarray]:
    """Convert each different element."""
    different, codes = _different(lists)
    if lists.nulls is not None:
        codes = np.where(lists.nulls, 0, codes)
    made: list[Value] = []
    wrong = np.zeros(max(len(different), 1), np.int32)
    for place, value in enumerate(different):
        try:
            made.append(convert(value, lists.element, target))
        except DataError as error:
            messages.append(error.message)
            wrong[place] = len(messages)
            made.append("" if target.is_text else 0)
    element_wrong = wrong[codes]
    if lists.nulls is not None:
        element_wrong = np.where(lists.nulls, 0, element_wrong)
    if target.is_text:
        encoded = encode(text_array([str(value) for value in made]))
        values = codes_of(encoded.indices, 0).astype(np.int32)
        domain: Domain | None = Domain(encoded.dictionary)
    else:
        values, domain = _numbers(made, target), None
    values = values[codes] if len(values) else np.zeros(len(codes), values.dtype)
    return replace(lists, of=array(target), values=values, domain=domain), element_wrong


def _different(lists: Lists) -> tuple[list[Value], np.ndarray]:
    if lists.domain is not None:
        return lists.domain.strings.to_pylist(), lists.values
    values = lists.values
    if wide.is_wide(values):
        low = values["low"].view(np.uint64).astype(object)
        values = values["high"].astype(object) * (1 << 64) + low
    different, codes = np.unique(values, return_inverse=True)
    listed: list[Value] = different.tolist()
    if lists.element.kind is Kind.BOOLEAN:
        listed = [bool(value) for value in listed]
    return listed, codes


def _numbers(made: Sequence[Value], target: SqlType) -> np.ndarray:
    if target.is_float:
        floats = np.array([float(value) for value in made], np.float64) + 0.0
        return floats.astype(np.float32) if target.kind is Kind.FLOAT else floats
    if target.kind is Kind.BOOLEAN:
        return np.array([bool(value) for value in made], np.uint8)
    return wide.numbers([int(value) for value in made])
