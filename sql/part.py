"""A parsed statement and its parameters, and the parts that several statements share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from gpudb.errors import ProgrammingError
from gpudb.records import dataclass
from gpudb.sql.definition import OptionValue
from gpudb.sql.dialect import ParameterSlot, parse_query
from gpudb.sql.expr import Span
from gpudb.sql.parsed import Spans
from gpudb.sql.pivot_statements import without_pivot_statements
from gpudb.sql.reader import Reader
from gpudb.sql.tree import ChangeTree, Name, QueryTree, Tree

CHANGES = (exp.Update, exp.Delete)


@dataclass(frozen=True, slots=True)
class Part:
    """A parsed statement, the parameters in it, and the places of what its errors are about."""

    body: Tree
    parameters: tuple[ParameterSlot, ...] = ()
    spans: Spans = field(default_factory=dict)


def parse_part(tokens: list[Token], text: str) -> Part:
    """Parse a query, UPDATE or DELETE."""
    tree, slots = parse_query(tokens, text)
    tree = without_pivot_statements(tree, tokens)
    parsed = QueryTree(tree, tuple(tokens))
    if isinstance(tree, CHANGES):
        return Part(ChangeTree(parsed), slots, _changed(tree))
    return Part(parsed, slots)


def _changed(tree: exp.Expr) -> Spans:
    """Return the places of UPDATE's table, and of the columns that it changes."""
    found = {"": tree.this.find(exp.Identifier)}
    for each in tree.expressions if isinstance(tree, exp.Update) else ():
        for column in each.this.find_all(exp.Column) if isinstance(each, exp.EQ) else ():
            found[f"column {column.name.lower()}"] = column.this
    return {
        key: Span(name.meta["start"], name.meta["end"] + 1)
        for key, name in found.items()
        if name is not None and "start" in name.meta
    }


def places_of(kind: str, names: Iterable[Name]) -> Spans:
    """Return the places of columns or other things that a statement names."""
    return {f"{kind} {name.text.lower()}": name.span for name in names}


def options(reader: Reader, spans: dict[str, Span] | None = None) -> dict[str, OptionValue]:
    """[WITH] (name = value, name value, ...), names in lower case; none where nothing is given.

    Their places are added to `spans`.
    """
    if not reader.skip("WITH") and not reader.is_at("("):
        return {}
    spans = {} if spans is None else spans
    found: dict[str, OptionValue] = {}
    reader.expect("(")
    while True:
        name = reader.name("an option's name")
        if name.text.lower() in found:
            raise reader.place(ProgrammingError(f"option {name.text} is given twice"), name)
        spans.update(places_of("option", [name]))
        reader.skip("=")
        is_bare = reader.is_at(",") or reader.is_at(")")
        found[name.text.lower()] = True if is_bare else reader.value("an option's value")
        if not reader.skip(","):
            reader.expect(")")
            return found
