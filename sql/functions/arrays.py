"""Functions of arrays: of their texts (gpudb.storage.lists), once for each distinct one.

No name in SQL calls these: gpudb.sql.bind.array_forms does, which knows the elements' types.
"""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa

from gpudb.sql.functions.registry import function
from gpudb.storage.types import TEXT

Texts: TypeAlias = pa.Array


@function((), (TEXT,), TEXT, is_host=True)
def array_out(texts: Texts) -> pa.Array:
    """An array's text."""
    return texts
