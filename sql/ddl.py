"""Statements that define things: CREATE, ALTER, DROP and COMMENT, from tokens to trees."""

from __future__ import annotations

from sqlglot.tokenizer_core import Token, TokenType

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.sql import tree
from gpudb.sql.definitions import (
    check,
    definition,
    definitions,
    expression,
    is_check,
    stored_type,
)
from gpudb.sql.part import Part, options, parse_part
from gpudb.sql.reader import Reader
from gpudb.sql.statement import OptionValue
from gpudb.sql.tree import CreateTableAsTree, Name, QueryTree


def create(reader: Reader) -> Part:
    """CREATE [OR REPLACE] TABLE or VIEW."""
    reader.expect("CREATE")
    or_replace = reader.skip("OR", "REPLACE")
    if reader.is_at("TEMPORARY") or reader.is_at("TEMP"):
        error = NotSupportedError("CREATE TEMPORARY is not supported yet")
        raise reader.place(error, reader.take())
    if reader.skip("TABLE"):
        return _create_table(reader, or_replace=or_replace)
    if reader.skip("VIEW"):
        return _create_view(reader, or_replace=or_replace)
    token = reader.peek()
    if token is not None and token.text.upper() in LATER:
        message = f"CREATE {token.text.upper()} is not supported yet"
        raise reader.place(NotSupportedError(message), token)
    raise reader.unexpected("TABLE or VIEW")


LATER = frozenset({"SCHEMA", "INDEX", "UNIQUE", "SEQUENCE", "TYPE", "FUNCTION", "MATERIALIZED"})


def _create_table(reader: Reader, *, or_replace: bool) -> Part:
    """[IF NOT EXISTS] name (columns) [WITH (...)], or AS query [WITH (...)]."""
    if_not_exists = _if_not_exists(reader, or_replace=or_replace)
    name = reader.relation("a table's name")
    if reader.is_at("AS") or reader.is_at("WITH"):
        return _create_table_as(reader, name.text, if_not_exists, or_replace)
    columns, checks = definitions(reader)
    made = tree.CreateTableTree(name, columns, checks, options(reader), if_not_exists, or_replace)
    return Part(made)


def _if_not_exists(reader: Reader, *, or_replace: bool) -> bool:
    if or_replace and reader.is_at("IF"):
        message = "OR REPLACE and IF NOT EXISTS exclude each other"
        raise reader.place(ProgrammingError(message), reader.take())
    return reader.skip("IF", "NOT", "EXISTS")


def _create_table_as(reader: Reader, name: str, if_not_exists: bool, or_replace: bool) -> Part:
    found = options(reader)
    reader.expect("AS")
    tokens = reader.rest()
    if not found:
        tokens, found = _trailing_options(tokens, reader.text)
    part = parse_part(tokens, reader.text)
    assert isinstance(part.body, QueryTree)
    made = CreateTableAsTree(name, part.body, found, if_not_exists, or_replace)
    return Part(made, part.parameters)


def _trailing_options(tokens: list[Token], text: str) -> tuple[list[Token], dict[str, OptionValue]]:
    """Take `WITH (...)` off the end of a query's tokens."""
    begins = [i for i, token in enumerate(tokens) if token.token_type is TokenType.WITH]
    if not begins or begins[-1] == 0 or begins[-1] + 1 >= len(tokens):
        return tokens, {}
    begin = begins[-1]
    if tokens[begin + 1].text != "(":
        return tokens, {}
    tail = Reader(tokens[begin:], text)
    found = options(tail)
    tail.expect_end()
    return tokens[:begin], found


def _create_view(reader: Reader, *, or_replace: bool) -> Part:
    """[IF NOT EXISTS] name [(columns)] AS query."""
    if_not_exists = _if_not_exists(reader, or_replace=or_replace)
    name = reader.relation("a view's name")
    columns: list[Name] = []
    if reader.skip("("):
        columns.append(reader.name("a column's name"))
        while reader.skip(","):
            columns.append(reader.name("a column's name"))
        reader.expect(")")
    reader.expect("AS")
    tokens = reader.rest()
    if not tokens:
        raise reader.unexpected("a query")
    part = parse_part(tokens, reader.text)
    if not isinstance(part.body, QueryTree):
        raise reader.place(ProgrammingError("a view is a query"), tokens[0])
    if part.parameters:
        span = part.parameters[0].span
        message = "a view has no parameters: write the value itself"
        raise ProgrammingError(message).at(reader.text, span.begin, span.end)
    text = reader.text[tokens[0].start : tokens[-1].end + 1]
    made = tree.CreateViewTree(name, tuple(columns), part.body, text, if_not_exists, or_replace)
    return Part(made)


def drop(reader: Reader) -> Part:
    """DROP TABLE or VIEW [IF EXISTS] name, ... [RESTRICT]."""
    reader.expect("DROP")
    is_view = reader.skip("VIEW")
    if not is_view and not reader.skip("TABLE"):
        token = reader.peek()
        if token is not None and token.text.upper() in LATER:
            message = f"DROP {token.text.upper()} is not supported yet"
            raise reader.place(NotSupportedError(message), token)
        raise reader.unexpected("TABLE or VIEW")
    if_exists = reader.skip("IF", "EXISTS")
    what = "a view's name" if is_view else "a table's name"
    names = [reader.relation(what)]
    while reader.skip(","):
        names.append(reader.relation(what))
    reader.skip("RESTRICT")
    return Part(tree.DropTree(tuple(names), is_view, if_exists))


def alter(reader: Reader) -> Part:
    """ALTER TABLE [IF EXISTS] name action."""
    reader.expect("ALTER", "TABLE")
    if_exists = reader.skip("IF", "EXISTS")
    name = reader.relation("a table's name")
    return Part(tree.AlterTree(name, if_exists, _action(reader)))


def _action(reader: Reader) -> tree.Action:
    if reader.skip("RENAME"):
        if reader.skip("TO"):
            return tree.RenameTable(reader.relation("a table's name"))
        reader.skip("COLUMN")
        old = reader.name("a column's name")
        reader.expect("TO")
        return tree.RenameColumn(old, reader.name("a column's name"))
    if reader.skip("ADD"):
        if is_check(reader):
            return tree.AddCheck(check(reader))
        reader.skip("COLUMN")
        if_not_exists = reader.skip("IF", "NOT", "EXISTS")
        column, checks = definition(reader)
        return tree.AddColumn(column, checks, if_not_exists)
    if reader.skip("DROP"):
        is_constraint = reader.skip("CONSTRAINT")
        reader.skip("COLUMN")
        if_exists = reader.skip("IF", "EXISTS")
        name = reader.name("a name")
        return (
            tree.DropCheck(name, if_exists) if is_constraint else tree.DropColumn(name, if_exists)
        )
    if reader.skip("ALTER"):
        reader.skip("COLUMN")
        return _alter_column(reader, reader.name("a column's name"))
    raise reader.unexpected("RENAME, ADD, DROP or ALTER")


def _alter_column(reader: Reader, column: Name) -> tree.Action:
    if reader.skip("TYPE") or reader.skip("SET", "DATA", "TYPE"):
        type_ = stored_type(reader)
        using = expression(reader, frozenset()) if reader.skip("USING") else None
        return tree.ChangeType(column, type_, using)
    if reader.skip("SET", "DEFAULT"):
        return tree.SetDefault(column, expression(reader, frozenset()))
    if reader.skip("DROP", "DEFAULT"):
        return tree.SetDefault(column, None)
    if reader.skip("SET", "NOT", "NULL"):
        return tree.SetNotNull(column, not_null=True)
    if reader.skip("DROP", "NOT", "NULL"):
        return tree.SetNotNull(column, not_null=False)
    raise reader.unexpected("TYPE, SET or DROP")


def comment(reader: Reader) -> Part:
    """COMMENT ON TABLE | VIEW | COLUMN name IS 'text' or NULL."""
    reader.expect("COMMENT", "ON")
    kinds = ("TABLE", "VIEW", "COLUMN")
    kind = next((kind for kind in kinds if reader.skip(kind)), None)
    if kind is None:
        raise reader.unexpected("TABLE, VIEW or COLUMN")
    name, column = reader.name("a name"), None
    if kind == "COLUMN":
        reader.expect(".")
        column = reader.name("a column's name")
    reader.expect("IS")
    text = "" if reader.skip("NULL") else reader.string("a text in quotes, or NULL")
    return Part(tree.CommentTree(kind, name, column, text))
