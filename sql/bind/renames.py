"""Other names: ALTER VIEW, RENAME TO, SET SCHEMA, and texts that name columns."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot.tokenizer_core import TokenType

from gpudb.records import replace
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.ddl import existing_name
from gpudb.sql.bind.names import known_schema, named_schema, unknown_relation
from gpudb.sql.dialect import tokenize
from gpudb.storage.names import INFORMATION_SCHEMA, TEMPORARY_SCHEMA, RelationName


def bind_alter_view(body: tree.AlterViewTree, environment: Environment) -> bound.Statement:
    """Bind ALTER VIEW."""
    schema = named_schema(body.view, environment)
    view = environment.catalog.find_view(body.view.text, schema)
    if view is None:
        if environment.catalog.find_table(body.view.text, schema) is not None:
            message = f"{body.view.text} is a table, and no view"
        elif body.if_exists:
            return bound.Nothing()
        else:
            message = unknown_relation("view", body.view.text, schema, environment)
        raise environment.wrong(message, body.view.span)
    if not isinstance(body.action, tree.RenameColumn):
        name = renamed_relation(view.full_name, body.action, environment)
        return bound.AlterView(view.full_name, name, tuple(view.columns))
    old, new = body.action.old, body.action.new
    column = existing_name(old, view.columns, f"view {view.name}", environment)
    others = [each for each in view.columns if each != column]
    check_free(new, others, f"view {view.name}", environment)
    columns = tuple(new.text if each == column else each for each in view.columns)
    return bound.AlterView(view.full_name, view.full_name, columns)


def renamed_relation(
    name: RelationName, action: tree.RenameRelation | tree.SetSchema, environment: Environment
) -> RelationName:
    """Return what a table or a view is called behind RENAME TO or SET SCHEMA."""
    if isinstance(action, tree.RenameRelation):
        made, place = replace(name, name=action.new.text), action.new
    else:
        place = action.schema
        schema = known_schema(place.text, place.span, environment)
        if schema in (INFORMATION_SCHEMA, TEMPORARY_SCHEMA) or name.is_temporary:
            raise environment.wrong(f"{name} cannot be moved to {schema}", place.span)
        made = replace(name, schema=schema)
    if made.key == name.key:
        return made
    for kind, find in (
        ("view", environment.catalog.find_view),
        ("table", environment.catalog.find_table),
    ):
        if find(made.name, made.schema) is not None:
            raise environment.wrong(f"{kind} {made} exists already", place.span)
    return made


def check_free(name: tree.Name, taken: Iterable[str], of: str, environment: Environment) -> None:
    """Raise ProgrammingError for the name of a column that a table or view has already."""
    if name.text.lower() in {each.lower() for each in taken}:
        raise environment.wrong(f"{of} has a column {name.text} already", name.span)


def mentions(text: str, column: str) -> bool:
    """Return whether a constraint's text names a column."""
    return renamed(text, column, "") != text


def renamed(text: str, old: str, new: str) -> str:
    """Return a constraint's text with a column called otherwise.

    >>> renamed("a > 0 AND f(A) = 'a'", "a", "b c")
    '"b c" > 0 AND f("b c") = \\'a\\''
    """
    parts, end = [], 0
    tokens = tokenize(text)
    for token, behind in zip(tokens, [*tokens[1:], None], strict=True):
        is_call = behind is not None and behind.token_type is TokenType.L_PAREN
        is_name = token.token_type not in (TokenType.STRING, TokenType.NUMBER)
        if not is_name or is_call or token.text.lower() != old.lower():
            continue
        escaped = new.replace('"', '""')
        parts += [text[end : token.start], f'"{escaped}"']
        end = token.end + 1
    return "".join((*parts, text[end:]))
