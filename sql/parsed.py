"""A parsed statement: its tree, and where in the text it and its parts stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from gpudb.records import dataclass
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.dialect import ParameterSlot
from gpudb.sql.expr import Span

# Statements that change the database; each runs in a transaction, in which it is bound, too.
CHANGING = (
    tree.CreateTableAsTree,
    tree.InsertTree,
    tree.ChangeTree,
    tree.CreateTableTree,
    tree.CreateViewTree,
    tree.CreateSchemaTree,
    tree.DropSchemaTree,
    tree.DropTree,
    tree.AlterTree,
    tree.AlterViewTree,
    tree.CommentTree,
    tree.CopyFromTree,
    tree.TruncateTree,
)


# Statements that begin and end transactions, and run whatever has become of them.
TRANSACTIONS = (bound.Begin, bound.Commit, bound.Rollback, bound.ReturnTo)


# Places by what errors say that they are about, as "column a"; "file" is COPY's, "" any other.
Spans = Mapping[str, Span]


@dataclass(frozen=True, slots=True)
class Parsed:
    """One statement of a script: its tree, the whole script's text, and its part of that text.

    `spans` are the places of what errors are about that arise while it runs.
    """

    body: tree.Tree
    text: str
    span: Span
    parameters: tuple[ParameterSlot, ...]
    spans: Spans = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The statement's own text."""
        return self.text[self.span.begin : self.span.end]
