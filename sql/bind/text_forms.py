"""Forms of text: what takes values of any type as text."""

from __future__ import annotations

from gpudb.sql.bind.calls import bind_call
from gpudb.sql.bind.coerce import cast
from gpudb.sql.bind.forms import MANY, Arguments, coalesce, form, text
from gpudb.sql.expr import Expression
from gpudb.storage import types


@form("concat", least=1, most=MANY)
def concat(arguments: Arguments) -> Expression:
    """The arguments joined, NULLs left out.

    SELECT concat('a', NULL, 2) gives a2
    """
    parts = [coalesce((cast(a, types.TEXT), text(""))) for a in arguments]
    return parts[0] if len(parts) == 1 else bind_call("concat_text", parts)
