"""Bound statements: what the engine runs. Plans are logical and not yet optimized.

Where INSERT, UPDATE and DELETE have RETURNING, `returning` names the last fields of their queries.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field

from gpudb.records import dataclass
from gpudb.sql.definition import Definition, OptionValue
from gpudb.sql.expr import Span
from gpudb.sql.plan import Plan
from gpudb.storage.names import RelationName
from gpudb.storage.types import SqlType
from gpudb.storage.view import Check


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT; `names` are the result's column names, one for each field, not always distinct.

    It `is_placed` where the places in it are those of its own text, and `is_volatile` where the
    same text may mean something else the next time: it reads a clock, chance, or a setting.
    """

    plan: Plan
    names: tuple[str, ...]
    is_placed: bool = True
    is_volatile: bool = False


@dataclass(frozen=True, slots=True)
class CreateTable:
    """CREATE TABLE name (definitions) WITH (options)."""

    name: RelationName
    definitions: tuple[Definition, ...]
    checks: tuple[Check, ...] = ()
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    or_replace: bool = False


@dataclass(frozen=True, slots=True)
class CreateTableAs:
    """CREATE TABLE name AS query; the query's names are distinct."""

    name: RelationName
    query: Query
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    or_replace: bool = False


@dataclass(frozen=True, slots=True)
class CreateView:
    """CREATE VIEW name AS text; `source_columns` are the query's names, `columns` the view's.

    `path` are the schemas in which the query's bare names are looked up.
    """

    name: RelationName
    text: str
    columns: tuple[str, ...]
    source_columns: tuple[str, ...]
    path: tuple[str, ...]
    or_replace: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """DROP TABLE or VIEW: the names that exist, each once."""

    names: tuple[RelationName, ...]
    is_view: bool = False


@dataclass(frozen=True, slots=True)
class CreateSchema:
    """CREATE SCHEMA name."""

    name: str


@dataclass(frozen=True, slots=True)
class DropSchemas:
    """DROP SCHEMA: the names that exist, each once, and all that lies in them."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlteredColumn:
    """A column as ALTER TABLE leaves it, and its name before, None for a new one.

    `values` are given where they change: the rows' numbers and values, or for a new column the one
    value of all rows. `old` are the rows' numbers and values before, to tell which does not fit.
    """

    definition: Definition
    source: str | None
    values: Query | None = None
    old: Query | None = None


@dataclass(frozen=True, slots=True)
class NullCount:
    """A query that counts the NULLs of a column that shall hold none."""

    column: str
    query: Query
    span: Span


@dataclass(frozen=True, slots=True)
class AlterTable:
    """ALTER TABLE, RENAME TABLE: the table as it shall be, its columns in order."""

    table: RelationName
    name: RelationName
    columns: tuple[AlteredColumn, ...]
    checks: tuple[Check, ...]
    nulls: tuple[NullCount, ...] = ()


@dataclass(frozen=True, slots=True)
class AlterView:
    """ALTER VIEW: what it is called, and its columns, as it shall be."""

    view: RelationName
    name: RelationName
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comment:
    """COMMENT ON a table, a view, or a column of either; an empty text removes it."""

    relation: RelationName
    column: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """A statement with IF EXISTS or IF NOT EXISTS that has nothing to do."""


@dataclass(frozen=True, slots=True)
class Insert:
    """INSERT INTO table: the query's fields are all of the table's columns, in order and type."""

    table: RelationName
    columns: tuple[str, ...]
    query: Query
    returning: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """DELETE FROM table: the query gives the numbers of the rows, some perhaps more than once."""

    table: RelationName
    query: Query
    returning: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """UPDATE table: the query gives the rows' numbers, some perhaps twice, and a value a column."""

    table: RelationName
    columns: tuple[str, ...]
    query: Query
    returning: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Truncate:
    """TRUNCATE tables."""

    tables: tuple[RelationName, ...]


@dataclass(frozen=True, slots=True)
class CopyFrom:
    """COPY table (columns) FROM 'path' WITH (options); no columns: those that the file has."""

    table: RelationName
    columns: tuple[str, ...]
    path: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CopyTo:
    """COPY (query) TO 'path' WITH (options)."""

    query: Query
    path: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShowList:
    """SHOW tables, views, relations, details, schemas, databases or functions, or some of them."""

    what: str
    schema: str | None = None
    pattern: str | None = None
    names: tuple[RelationName, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowCreate:
    """SHOW CREATE TABLE or VIEW name."""

    name: RelationName
    is_view: bool


@dataclass(frozen=True, slots=True)
class Describe:
    """DESCRIBE a table, a view or a query (None): its columns' names, types, may they be NULL."""

    name: RelationName | None
    columns: tuple[tuple[str, SqlType, bool], ...]


@dataclass(frozen=True, slots=True)
class Show:
    """SHOW name: a setting, or all, device, functions or memory; lower case."""

    name: str


@dataclass(frozen=True, slots=True)
class ClearMemory:
    """ALTER SYSTEM CLEAR GPU MEMORY: `place` is cpu or gpu."""

    place: str


@dataclass(frozen=True, slots=True)
class SetSetting:
    """SET name = value."""

    name: str
    value: OptionValue


@dataclass(frozen=True, slots=True)
class ResetSetting:
    """RESET name; None resets all."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Prepare:
    """PREPARE name (types) AS text."""

    name: str
    types: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Execute:
    """EXECUTE name (values); the values are expressions as text."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deallocate:
    """DEALLOCATE name; None forgets all."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Begin:
    """BEGIN or START TRANSACTION."""


@dataclass(frozen=True, slots=True)
class Commit:
    """COMMIT or END."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """ROLLBACK or ABORT."""


@dataclass(frozen=True, slots=True)
class SetSavepoint:
    """SAVEPOINT name; lower case, unless in quotes."""

    name: str


@dataclass(frozen=True, slots=True)
class ReturnTo:
    """ROLLBACK TO SAVEPOINT name."""

    name: str


@dataclass(frozen=True, slots=True)
class Release:
    """RELEASE SAVEPOINT name."""

    name: str


class ExplainForm(enum.Enum):
    """What EXPLAIN shows."""

    PLAN = "plan"
    CODE = "code"
    ANALYZE = "analyze"


@dataclass(frozen=True, slots=True)
class Explain:
    """EXPLAIN [CODE | ANALYZE] statement."""

    form: ExplainForm
    statement: Statement


Statement = (
    Query
    | CreateTable
    | CreateTableAs
    | CreateView
    | Drop
    | CreateSchema
    | DropSchemas
    | AlterTable
    | AlterView
    | Comment
    | Nothing
    | Insert
    | Delete
    | Update
    | Truncate
    | CopyFrom
    | CopyTo
    | ShowList
    | ShowCreate
    | Describe
    | ResetSetting
    | Prepare
    | Execute
    | Deallocate
    | Show
    | ClearMemory
    | SetSetting
    | Begin
    | Commit
    | Rollback
    | SetSavepoint
    | ReturnTo
    | Release
    | Explain
)
