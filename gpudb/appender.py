"""Many small rows into one table: they are gathered and stored many at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Self

from gpudb.errors import InterfaceError

Row = Sequence[object] | Mapping[str, object]
Store = Callable[[list[Sequence[object]]], int]
BATCH_ROWS = 100_000


class Appender:
    """Gathers rows for a table; `Connection.appender` makes one.

    Rows are stored, and committed, whenever there are `batch_rows` of them, by `flush` and by
    `close`. Leaving a `with` closes; an error inside drops the rows not stored yet.
    """

    def __init__(self, store: Store, names: Sequence[str], batch_rows: int = BATCH_ROWS) -> None:
        if batch_rows < 1:
            raise InterfaceError(f"batch_rows must be at least 1, not {batch_rows}")
        self._store = store
        self._names = tuple(names)
        self._places = {name.casefold(): place for place, name in enumerate(names)}
        self._batch_rows = batch_rows
        self._rows: list[Sequence[object]] = []
        self._is_closed = False
        self.row_count = 0

    def append_row(self, *values: object) -> None:
        """Add one row of values, in the order of the table's columns."""
        self.append(values)

    def append(self, row: Row) -> None:
        """Add one row: a sequence in the order of the columns, or a mapping by their names."""
        if self._is_closed:
            raise InterfaceError("the appender is closed")
        if isinstance(row, Mapping):
            row = self._in_order(row)
        if len(row) != len(self._names):
            raise InterfaceError(
                f"the row has {len(row)} values and the table {len(self._names)} columns"
            )
        self._rows.append(row)
        if len(self._rows) >= self._batch_rows:
            self.flush()

    def flush(self) -> None:
        """Store the rows gathered so far in one transaction; an error drops all of them."""
        rows, self._rows = self._rows, []
        if rows:
            self.row_count += self._store(rows)

    def close(self) -> None:
        """Store the rows that are left; further rows raise InterfaceError."""
        self._is_closed = True
        self.flush()

    def _in_order(self, row: Mapping[str, object]) -> list[object]:
        values: list[object] = [None] * len(self._names)
        for name, value in row.items():
            place = self._places.get(name.casefold())
            if place is None:
                raise InterfaceError(f"the table has no column '{name}'")
            values[place] = value
        return values

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._rows.clear()
        self.close()
