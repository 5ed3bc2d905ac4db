"""Bound statements: what the engine runs. Plans are logical and not yet optimized."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from gpudb.sql.plan import Plan
from gpudb.storage.types import SqlType

OptionValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Encoding:
    """ENCODING kind(bits) of a column definition: DICT, FIXED, DAYS or NONE (0 bits)."""

    kind: str
    bits: int = 0


@dataclass(frozen=True, slots=True)
class Definition:
    """A column of CREATE TABLE."""

    name: str
    type: SqlType
    not_null: bool = False
    encoding: Encoding | None = None
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint: `text` is a condition over the columns of a table."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT; `names` are the result's column names, one for each field, not always distinct."""

    plan: Plan
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CreateTable:
    """CREATE TABLE name (definitions) WITH (options)."""

    name: str
    definitions: tuple[Definition, ...]
    checks: tuple[Check, ...] = ()
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    if_not_exists: bool = False
    or_replace: bool = False


@dataclass(frozen=True, slots=True)
class CreateTableAs:
    """CREATE TABLE name AS query; the query's names are distinct."""

    name: str
    query: Query
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    if_not_exists: bool = False
    or_replace: bool = False


@dataclass(frozen=True, slots=True)
class CreateView:
    """CREATE VIEW name AS text; `source_columns` are the query's names, `columns` the view's."""

    name: str
    text: str
    columns: tuple[str, ...]
    source_columns: tuple[str, ...]
    if_not_exists: bool = False
    or_replace: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """DROP TABLE or VIEW: the names that exist, each once."""

    names: tuple[str, ...]
    is_view: bool = False


@dataclass(frozen=True, slots=True)
class RenameTable:
    """ALTER TABLE table RENAME TO name."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """ALTER TABLE table RENAME COLUMN; `checks` are the constraints with the new name in them."""

    table: str
    old: str
    new: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class AddColumn:
    """ALTER TABLE table ADD COLUMN; `value` gives the one value that all rows get."""

    table: str
    definition: Definition
    value: Query
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class DropColumn:
    """ALTER TABLE table DROP COLUMN; `checks` are the constraints that remain."""

    table: str
    name: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class ChangeType:
    """ALTER TABLE table ALTER COLUMN name TYPE: the query gives the rows' numbers and values."""

    table: str
    name: str
    type: SqlType
    query: Query


@dataclass(frozen=True, slots=True)
class SetDefault:
    """ALTER TABLE table ALTER COLUMN name SET DEFAULT; None drops it."""

    table: str
    name: str
    default: str | None


@dataclass(frozen=True, slots=True)
class SetNotNull:
    """ALTER TABLE table ALTER COLUMN name SET or DROP NOT NULL; `nulls` counts the NULLs."""

    table: str
    name: str
    not_null: bool
    nulls: Query


@dataclass(frozen=True, slots=True)
class SetChecks:
    """ALTER TABLE table ADD CHECK or DROP CONSTRAINT: all constraints from now on."""

    table: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Comment:
    """COMMENT ON a table, a view, or one of a table's columns; an empty text removes it."""

    relation: str
    column: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """A statement with IF EXISTS or IF NOT EXISTS that has nothing to do."""


@dataclass(frozen=True, slots=True)
class Insert:
    """INSERT INTO table: the query's fields are all of the table's columns, in order and type."""

    table: str
    columns: tuple[str, ...]
    query: Query


@dataclass(frozen=True, slots=True)
class Delete:
    """DELETE FROM table: the query gives the numbers of the rows, some perhaps more than once."""

    table: str
    query: Query


@dataclass(frozen=True, slots=True)
class Update:
    """UPDATE table: the query gives the numbers of the rows and a new value for each column.

    A row may come more than once, where FROM has several partners for it.
    """

    table: str
    columns: tuple[str, ...]
    query: Query


@dataclass(frozen=True, slots=True)
class Truncate:
    """TRUNCATE table."""

    table: str


@dataclass(frozen=True, slots=True)
class CopyFrom:
    """COPY table FROM 'path' WITH (options)."""

    table: str
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
    """SHOW tables, views, schemas or functions; lower case."""

    what: str


@dataclass(frozen=True, slots=True)
class ShowCreate:
    """SHOW CREATE TABLE or VIEW name."""

    name: str
    is_view: bool


@dataclass(frozen=True, slots=True)
class Describe:
    """DESCRIBE a table or a view: its columns' names, types, and whether they may be NULL."""

    name: str
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
    | RenameTable
    | RenameColumn
    | AddColumn
    | DropColumn
    | ChangeType
    | SetDefault
    | SetNotNull
    | SetChecks
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
    | Explain
)
