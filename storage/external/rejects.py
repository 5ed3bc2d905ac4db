"""Rows of CSV that do not fit: each named by file, line, column, value and reason, and counted."""

from __future__ import annotations

from dataclasses import fields

import pyarrow as pa

from gpudb.errors import DataError
from gpudb.records import dataclass
from gpudb.storage.external.source import SourceColumn
from gpudb.storage.types import BIGINT, TEXT

REJECT_COLUMNS: tuple[SourceColumn, ...] = (
    SourceColumn("file", TEXT),
    SourceColumn("line", BIGINT),
    SourceColumn("column_name", TEXT),
    SourceColumn("value", TEXT),
    SourceColumn("reason", TEXT),
    SourceColumn("row_text", TEXT),
)
_SCHEMA = pa.schema(
    [pa.field(c.name, pa.int64() if c.type == BIGINT else pa.string()) for c in REJECT_COLUMNS]
)
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that does not fit; `column_name` and `value` are None if all of the row is at fault."""

    file: str
    line: int
    column_name: str | None
    value: str | None
    reason: str
    row_text: str

    @property
    def message(self) -> str:
        """What an error says of this row."""
        if self.column_name is None:
            return f"'{self.file}', line {self.line}: {self.reason}"
        shown = "" if self.value is None else self.value
        if len(shown) > _SHOWN_CHARACTERS:
            shown = shown[: _SHOWN_CHARACTERS - 3] + "..."
        return (
            f"'{self.file}', line {self.line}, column '{self.column_name}': "
            f"the value '{shown}' {self.reason}"
        )


class RejectLog:
    """Collects rejects, up to `limit`; the one after that is an error."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._rejects: list[Reject] = []

    def __len__(self) -> int:
        return len(self._rejects)

    def add(self, reject: Reject) -> None:
        """Keep a reject; raises DataError once there are more than the limit."""
        if len(self._rejects) < self.limit:
            self._rejects.append(reject)
            return
        if self.limit == 0:
            raise DataError(
                f"{reject.message}; nothing was loaded (WITH (max_reject = n) skips such rows)"
            )
        raise DataError(
            f"{reject.message}; nothing was loaded, since more than max_reject = {self.limit} "
            "rows do not fit"
        )

    def table(self) -> pa.Table:
        """Return the rejects as an Arrow table of REJECT_COLUMNS."""
        columns = {
            field.name: [getattr(reject, field.name) for reject in self._rejects]
            for field in fields(Reject)
        }
        return pa.table(columns, schema=_SCHEMA)
