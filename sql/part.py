"""A parsed statement and its parameters, and the parts that several statements share."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from gpudb.errors import ProgrammingError
from gpudb.sql.definition import OptionValue
from gpudb.sql.dialect import ParameterSlot, parse_query
from gpudb.sql.pivot_statements import without_pivot_statements
from gpudb.sql.reader import Reader
from gpudb.sql.tree import ChangeTree, QueryTree, Tree

CHANGES = (exp.Update, exp.Delete)


@dataclass(frozen=True, slots=True)
class Part:
    """A parsed statement and the parameters in it."""

    body: Tree
    parameters: tuple[ParameterSlot, ...] = ()


def parse_part(tokens: list[Token], text: str) -> Part:
    """Parse a query, UPDATE or DELETE."""
    tree, slots = parse_query(tokens, text)
    tree = without_pivot_statements(tree, tokens)
    parsed = QueryTree(tree, tuple(tokens))
    return Part(ChangeTree(parsed) if isinstance(tree, CHANGES) else parsed, slots)


def options(reader: Reader) -> dict[str, OptionValue]:
    """[WITH] (name = value, name value, ...), names in lower case; none where nothing is given."""
    if not reader.skip("WITH") and not reader.is_at("("):
        return {}
    found: dict[str, OptionValue] = {}
    reader.expect("(")
    while True:
        name = reader.name("an option's name")
        if name.text.lower() in found:
            raise reader.place(ProgrammingError(f"option {name.text} is given twice"), name)
        reader.skip("=")
        is_bare = reader.is_at(",") or reader.is_at(")")
        found[name.text.lower()] = True if is_bare else reader.value("an option's value")
        if not reader.skip(","):
            reader.expect(")")
            return found
