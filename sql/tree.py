"""Parsed statements whose names are not resolved yet; the others are Statements at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from gpudb.sql import statement as bound
from gpudb.sql.dialect import ParameterSlot
from gpudb.sql.expr import Span
from gpudb.sql.statement import ExplainForm, OptionValue, Statement


@dataclass(frozen=True, slots=True)
class QueryTree:
    """A query as sqlglot's tree, with the tokens that it was made of (for places in the text)."""

    tree: exp.Expr
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class CreateTableAsTree:
    """CREATE TABLE name AS query."""

    name: str
    query: QueryTree
    options: Mapping[str, OptionValue]
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier as written, without its quotes."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class InsertTree:
    """INSERT INTO table (columns) query; no columns: all of the table's."""

    table: Name
    columns: tuple[Name, ...]
    query: QueryTree


@dataclass(frozen=True, slots=True)
class ChangeTree:
    """UPDATE or DELETE."""

    change: QueryTree


@dataclass(frozen=True, slots=True)
class TruncateTree:
    """TRUNCATE table."""

    table: Name


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


Tree = (
    QueryTree
    | CreateTableAsTree
    | InsertTree
    | ChangeTree
    | TruncateTree
    | CopyToTree
    | ExplainTree
    | Statement
)


# Statements that change the database; each runs in a transaction, in which it is bound, too.
CHANGING = (
    CreateTableAsTree,
    InsertTree,
    ChangeTree,
    bound.CreateTable,
    bound.DropTable,
    bound.CopyFrom,
    TruncateTree,
)


# Statements that begin and end transactions, and run whatever has become of them.
TRANSACTIONS = (bound.Begin, bound.Commit, bound.Rollback)


@dataclass(frozen=True, slots=True)
class Parsed:
    """One statement of a script: its tree, the whole script's text, and its part of that text."""

    body: Tree
    text: str
    span: Span
    parameters: tuple[ParameterSlot, ...]

    @property
    def source(self) -> str:
        """The statement's own text."""
        return self.text[self.span.begin : self.span.end]
