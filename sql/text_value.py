"""A value that follows from one text of a scan, found before the scan's rows are read."""

from __future__ import annotations

from gpudb.records import dataclass
from gpudb.sql.expr import Expression
from gpudb.sql.plan import Field


@dataclass(frozen=True, slots=True)
class TextValue:
    """A field that is `expression` of nothing but `text`, the table's column `column`."""

    field: Field
    text: Field
    column: str
    expression: Expression
