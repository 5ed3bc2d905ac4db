"""Notes of which columns codes, or places of all rows, are made."""

from __future__ import annotations

import pytest

from gpudb.kernels import text_columns

CODES, PLACES = "_encode_column", "_place_column"


def noted_columns(monkeypatch: pytest.MonkeyPatch, *makers: str) -> list[str]:
    """Return a list that gets the name of each column for which one of `makers` is called."""
    names: list[str] = []
    for maker in makers:

        def note(  # type: ignore[no-untyped-def]
            version: object,
            column: str,
            *others: object,
            make: object = getattr(text_columns, maker),
        ):
            names.append(column)
            return make(version, column, *others)  # type: ignore[operator]

        monkeypatch.setattr(text_columns, maker, note)
    return names
