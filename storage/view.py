"""Views, and the CHECK constraints of tables: both are kept as SQL text and bound where used."""

from __future__ import annotations

from dataclasses import dataclass

from gpudb.storage.names import MAIN_SCHEMA, RelationName


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint: `text` is a condition over the table's columns."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """A named query, bound anew wherever it is used.

    `columns` are the names that users see, `source_columns` those that the query gave them when the
    view was made. `path` are the schemas in which its query looks up bare names.
    """

    name: str
    text: str
    columns: tuple[str, ...]
    source_columns: tuple[str, ...]
    comment: str = ""
    schema: str = MAIN_SCHEMA
    path: tuple[str, ...] = (MAIN_SCHEMA,)

    @property
    def full_name(self) -> RelationName:
        """The name with the schema."""
        return RelationName(self.name, self.schema)
