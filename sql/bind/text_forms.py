"""Forms of text: what takes values of any type as text."""

from __future__ import annotations

from gpudb.sql.bind.calls import bind_definition
from gpudb.sql.bind.coerce import cast
from gpudb.sql.bind.forms import MANY, Arguments, coalesce, form, text
from gpudb.sql.expr import Expression
from gpudb.sql.functions.text import ABSENT
from gpudb.storage import types


@form("concat", least=1, most=MANY)
def concat(arguments: Arguments) -> Expression:
    """The arguments joined, NULLs left out.

    SELECT concat('a', NULL, 2) gives a2
    """
    parts = [coalesce((cast(a, types.TEXT), text(""))) for a in arguments]
    return parts[0] if len(parts) == 1 else bind_definition("concat_text", parts)


def _present(argument: Expression) -> Expression:
    """Return the argument as text that is ABSENT instead of NULL."""
    return coalesce((cast(argument, types.TEXT), text(ABSENT)))


@form("concat_ws", least=2, most=MANY)
def concat_with_separator(arguments: Arguments) -> Expression:
    """The arguments joined with the first between them, NULLs left out.

    SELECT concat_ws('-', 'a', NULL, 2) gives a-2
    """
    separator, *parts = arguments
    return bind_definition("concat_with", [cast(separator, types.TEXT), *map(_present, parts)])


@form("format", least=1, most=MANY)
def format_values(arguments: Arguments) -> Expression:
    """A pattern whose %s, %I (a name) and %L (a quoted text) are replaced by the other arguments.

    SELECT format('%s of %L', 2, 'a') gives 2 of 'a'
    """
    pattern, *values = arguments
    return bind_definition("format_text", [cast(pattern, types.TEXT), *map(_present, values)])


@form("quote_nullable", least=1, most=1)
def quote_nullable(arguments: Arguments) -> Expression:
    """A value's text in quotes, as SQL writes it; the word NULL for NULL.

    SELECT quote_nullable(NULL) gives NULL
    """
    quoted = bind_definition("quote_literal", (cast(arguments[0], types.TEXT),))
    return coalesce((quoted, text("NULL")))


@form("encode_text", least=1, most=1)
def encode_text(arguments: Arguments) -> Expression:
    """The text itself: OmniSci's word for a dictionary, which TEXT has here where it pays.

    SELECT encode_text('a') gives a
    """
    return cast(arguments[0], types.TEXT)
