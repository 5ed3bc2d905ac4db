"""Views, and the CHECK constraints of tables: both are kept as SQL text and bound where used."""

from __future__ import annotations

from gpudb.records import dataclass, replace
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
    view was made. `path` are the schemas in which its query looks up bare names. `column_comments`
    has a text for each column, or none at all.
    """

    name: str
    text: str
    columns: tuple[str, ...]
    source_columns: tuple[str, ...]
    comment: str = ""
    schema: str = MAIN_SCHEMA
    path: tuple[str, ...] = (MAIN_SCHEMA,)
    column_comments: tuple[str, ...] = ()

    @property
    def full_name(self) -> RelationName:
        """The name with the schema."""
        return RelationName(self.name, self.schema)

    def column_comment(self, column: str) -> str:
        """Return the comment on a column, empty where there is none."""
        comments = dict(zip(self.columns, self.column_comments, strict=False))
        return comments.get(column, "")

    def commented(self, column: str, text: str) -> View:
        """Return the view with another comment on a column."""
        texts = (text if c == column else self.column_comment(c) for c in self.columns)
        return replace(self, column_comments=tuple(texts))
