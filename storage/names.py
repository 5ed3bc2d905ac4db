"""The names of relations: each lies in a schema. Upper and lower case are alike, and are kept."""

from __future__ import annotations

from gpudb.records import dataclass

# Every database has it; the standard's tables that describe the others; one connection's own.
MAIN_SCHEMA = "main"
INFORMATION_SCHEMA = "information_schema"
TEMPORARY_SCHEMA = "temp"
# PostgreSQL's names for the same.
SYNONYMS = {"public": MAIN_SCHEMA, "pg_temp": TEMPORARY_SCHEMA}

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RelationName:
    """A table's or a view's name and the schema that it lies in."""

    name: str
    schema: str = MAIN_SCHEMA

    def __str__(self) -> str:
        return self.name if self.schema == MAIN_SCHEMA else f"{self.schema}.{self.name}"

    @property
    def key(self) -> Key:
        """What tells this relation from others."""
        return self.schema.casefold(), self.name.casefold()

    @property
    def is_temporary(self) -> bool:
        """Whether only one connection sees it, as long as it is open."""
        return self.schema == TEMPORARY_SCHEMA


def relation_name(name: str | RelationName) -> RelationName:
    """Return a name with its schema, which is `main` for a bare one."""
    return RelationName(name) if isinstance(name, str) else name


def schema_key(name: str) -> str:
    """Return what tells a schema from others: `public` is `main`."""
    folded = name.casefold()
    return SYNONYMS.get(folded, folded)
