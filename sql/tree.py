"""Parsed statements whose names are not resolved yet; the others are Statements at once."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from gpudb.records import dataclass
from gpudb.sql.definition import Definition, OptionValue
from gpudb.sql.expr import Span
from gpudb.sql.statement import ExplainForm, Statement
from gpudb.storage.types import SqlType


@dataclass(frozen=True, slots=True)
class QueryTree:
    """A query as sqlglot's tree, with the tokens that it was made of (for places in the text)."""

    tree: exp.Expr
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Making:
    """What CREATE says of what it makes besides: OR REPLACE, TEMPORARY, IF NOT EXISTS."""

    or_replace: bool = False
    is_temporary: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateTableAsTree:
    """CREATE TABLE name AS query."""

    name: Name
    query: QueryTree
    options: Mapping[str, OptionValue]
    making: Making


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier as written, without its quotes; `schema` may stand before a relation's."""

    text: str
    span: Span
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class StoredText:
    """An expression that the database keeps as text; `query` is SELECT of it."""

    text: str
    query: QueryTree


@dataclass(frozen=True, slots=True)
class CheckTree:
    """[CONSTRAINT name] CHECK (condition); `column` is the one that it stands behind, if any."""

    name: Name | None
    column: str | None
    condition: StoredText


@dataclass(frozen=True, slots=True)
class ColumnTree:
    """A column of CREATE TABLE; its default is in `default` only."""

    name: Name
    definition: Definition
    default: StoredText | None


@dataclass(frozen=True, slots=True)
class CreateTableTree:
    """CREATE TABLE name (columns, checks)."""

    name: Name
    columns: tuple[ColumnTree, ...]
    checks: tuple[CheckTree, ...]
    options: Mapping[str, OptionValue]
    making: Making


@dataclass(frozen=True, slots=True)
class CreateViewTree:
    """CREATE VIEW name (columns) AS query; `text` is the query's."""

    name: Name
    columns: tuple[Name, ...]
    query: QueryTree
    text: str
    making: Making


@dataclass(frozen=True, slots=True)
class DropTree:
    """DROP TABLE or VIEW names."""

    names: tuple[Name, ...]
    is_view: bool
    if_exists: bool


@dataclass(frozen=True, slots=True)
class CreateSchemaTree:
    """CREATE SCHEMA name."""

    name: Name
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class DropSchemaTree:
    """DROP SCHEMA names."""

    names: tuple[Name, ...]
    if_exists: bool
    is_cascading: bool


@dataclass(frozen=True, slots=True)
class RenameRelation:
    """RENAME TO name, in the same schema."""

    new: Name


@dataclass(frozen=True, slots=True)
class SetSchema:
    """SET SCHEMA name: the table or the view moves there."""

    schema: Name


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """RENAME COLUMN old TO new."""

    old: Name
    new: Name


@dataclass(frozen=True, slots=True)
class AddColumn:
    """ADD COLUMN definition."""

    column: ColumnTree
    checks: tuple[CheckTree, ...]
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class DropColumn:
    """DROP COLUMN name."""

    name: Name
    if_exists: bool


@dataclass(frozen=True, slots=True)
class ChangeType:
    """ALTER COLUMN name TYPE type [USING expression]."""

    column: Name
    type: SqlType
    using: StoredText | None


@dataclass(frozen=True, slots=True)
class SetDefault:
    """ALTER COLUMN name SET DEFAULT expression, or DROP DEFAULT."""

    column: Name
    default: StoredText | None


@dataclass(frozen=True, slots=True)
class SetNotNull:
    """ALTER COLUMN name SET or DROP NOT NULL."""

    column: Name
    not_null: bool


@dataclass(frozen=True, slots=True)
class AddCheck:
    """ADD [CONSTRAINT name] CHECK (condition)."""

    check: CheckTree


@dataclass(frozen=True, slots=True)
class DropCheck:
    """DROP CONSTRAINT name."""

    name: Name
    if_exists: bool


Action = (
    RenameRelation
    | SetSchema
    | RenameColumn
    | AddColumn
    | DropColumn
    | ChangeType
    | SetDefault
    | SetNotNull
    | AddCheck
    | DropCheck
)


@dataclass(frozen=True, slots=True)
class AlterTree:
    """ALTER TABLE table action, ..."""

    table: Name
    if_exists: bool
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class AlterViewTree:
    """ALTER VIEW view action."""

    view: Name
    if_exists: bool
    action: RenameRelation | SetSchema | RenameColumn


@dataclass(frozen=True, slots=True)
class CommentTree:
    """COMMENT ON TABLE, VIEW or COLUMN."""

    kind: str
    name: Name
    column: Name | None
    text: str


@dataclass(frozen=True, slots=True)
class DescribeTree:
    """DESCRIBE name."""

    name: Name


@dataclass(frozen=True, slots=True)
class DescribeQueryTree:
    """DESCRIBE query."""

    query: QueryTree


@dataclass(frozen=True, slots=True)
class ShowListTree:
    """SHOW a list [FROM schema] [LIKE pattern], or TABLE DETAILS of some tables."""

    what: str
    schema: Name | None = None
    pattern: str | None = None
    names: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowCreateTree:
    """SHOW CREATE TABLE or VIEW name."""

    name: Name
    is_view: bool


@dataclass(frozen=True, slots=True)
class InsertTree:
    """INSERT INTO table (columns) query RETURNING list; no columns: all of the table's.

    DEFAULT VALUES is a query of VALUES without a row; `returning` is SELECT of the list.
    """

    table: Name
    alias: Name | None
    columns: tuple[Name, ...]
    is_by_name: bool
    query: QueryTree
    returning: QueryTree | None


@dataclass(frozen=True, slots=True)
class ChangeTree:
    """UPDATE or DELETE."""

    change: QueryTree


@dataclass(frozen=True, slots=True)
class TruncateTree:
    """TRUNCATE tables."""

    tables: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class SearchPathTree:
    """SET search_path = schemas."""

    schemas: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class CopyFromTree:
    """COPY table (columns) FROM 'path'; no columns: those that the file has."""

    table: Name
    columns: tuple[Name, ...]
    path: str
    options: Mapping[str, OptionValue]


@dataclass(frozen=True, slots=True)
class CopyToTree:
    """COPY (query) TO 'path'."""

    query: QueryTree
    path: str
    options: Mapping[str, OptionValue]


@dataclass(frozen=True, slots=True)
class ExplainTree:
    """EXPLAIN of another statement."""

    form: ExplainForm
    body: Tree


Defining = (
    CreateTableTree
    | CreateViewTree
    | CreateSchemaTree
    | DropSchemaTree
    | DropTree
    | AlterTree
    | AlterViewTree
    | CommentTree
)

Tree = (
    QueryTree
    | CreateTableAsTree
    | Defining
    | DescribeTree
    | DescribeQueryTree
    | ShowListTree
    | ShowCreateTree
    | InsertTree
    | ChangeTree
    | TruncateTree
    | CopyFromTree
    | CopyToTree
    | SearchPathTree
    | ExplainTree
    | Statement
)
