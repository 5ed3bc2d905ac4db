"""Where errors belong that arise while a statement runs: at what of it they say they are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gpudb.errors import (
    DataError,
    Error,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from gpudb.sql.expr import Span
from gpudb.sql.parse import parse_script
from gpudb.sql.parsed import TRANSACTIONS, Parsed

# Errors of the statement's own; others come from the machine, and are nothing that it says.
OF_STATEMENTS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)


@contextmanager
def placed_in(parsed: Parsed) -> Iterator[None]:
    """Give errors a place in a statement, where what they are about stands in it."""
    try:
        yield
    except Error as error:
        span = find_subject(error, parsed)
        if span is not None:
            error.at(parsed.text, span.begin, span.end)
        raise


@contextmanager
def placed_in_text(text: str) -> Iterator[None]:
    """Do as `placed_in` for a statement that was not parsed: an error is what it is parsed for."""
    try:
        yield
    except Error:
        (parsed,) = parse_script(text)
        with placed_in(parsed):
            raise


def find_subject(error: Error, parsed: Parsed) -> Span | None:
    """Return the place of what an error is about; None for errors that are about nothing there."""
    spans = parsed.spans
    for name in error.about:
        if name.lower() in spans:
            return spans[name.lower()]
    if type(error) is OperationalError:
        return spans.get("file")
    if not isinstance(error, OF_STATEMENTS):
        return None
    return spans.get("", parsed.span if isinstance(parsed.body, TRANSACTIONS) else None)
