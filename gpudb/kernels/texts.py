"""Values as texts on the host, and texts as held columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gpudb.kernels.domains import Domain, encode
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.lists import list_domain
from gpudb.late import compute as pc
from gpudb.storage.encodings.arrays import codes_of, flags_of, text_array
from gpudb.storage.types import Kind, SqlType


def held_text(strings: pa.Array | pa.ChunkedArray, type: SqlType) -> HeldColumn:
    """Return strings as codes of a domain of their own."""
    encoded = encode(strings)
    nulls = flags_of(encoded.indices.is_null()).view(np.bool_)
    codes = codes_of(encoded.indices, 0).astype(np.int32)
    domain = list_domain(Domain(encoded.dictionary), type)
    return HeldColumn(type, codes, nulls if nulls.any() else None, domain=domain)


def as_text(array: pa.Array, type: SqlType) -> pa.Array:
    """Return values as PostgreSQL writes them; timestamps without a zone, since all are UTC."""
    if type.is_float:
        shown = [None if x is None else float_text(x, type) for x in array.to_pylist()]
        return text_array(shown)
    if type.kind is Kind.TIME or (type.kind is Kind.TIMESTAMP and type.precision):
        text = pc.cast(array, pa.large_string())
        if type.is_zoned:
            text = pc.utf8_slice_codeunits(text, 0, -1)  # a Z
        text = pc.replace_substring_regex(text, r"\.?0+$", "")
        return pc.binary_join_element_wise(text, "+00", "") if type.is_zoned else text
    return pc.cast(array, pa.large_string())


def float_text(value: float, type: SqlType) -> str:
    """Return a float in the fewest digits that read back as the same value."""
    if type.kind is Kind.FLOAT:
        value_text = str(np.float32(value))
    else:
        value_text = repr(value)
    names = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return names.get(value_text, value_text.removesuffix(".0"))
