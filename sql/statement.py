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
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateTableAs:
    """CREATE TABLE name AS query; the query's names are distinct."""

    name: str
    query: Query
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropTable:
    """DROP TABLE name."""

    name: str
    if_exists: bool = False


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
class ShowTables:
    """SHOW TABLES."""


@dataclass(frozen=True, slots=True)
class ShowCreateTable:
    """SHOW CREATE TABLE name."""

    name: str


@dataclass(frozen=True, slots=True)
class Show:
    """SHOW name: a setting, or all, device, functions or memory; lower case."""

    name: str


@dataclass(frozen=True, slots=True)
class SetSetting:
    """SET name = value."""

    name: str
    value: OptionValue


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
    | DropTable
    | Insert
    | Delete
    | Update
    | Truncate
    | CopyFrom
    | CopyTo
    | ShowTables
    | ShowCreateTable
    | Show
    | SetSetting
    | Begin
    | Commit
    | Rollback
    | Explain
)
