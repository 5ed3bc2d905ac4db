"""Statements that define things: CREATE, ALTER, DROP and COMMENT, from tokens to trees."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.records import replace
from gpudb.sql import tree
from gpudb.sql.definition import OptionValue
from gpudb.sql.definitions import (
    check,
    definition,
    definitions,
    expression,
    is_check,
    stored_type,
)
from gpudb.sql.expr import Span
from gpudb.sql.parsed import Spans
from gpudb.sql.part import Part, options, parse_part, places_of
from gpudb.sql.reader import Reader
from gpudb.sql.tree import CreateTableAsTree, Making, Name, QueryTree


def create(reader: Reader) -> Part:
    """CREATE [OR REPLACE] [TEMPORARY] TABLE or VIEW, CREATE SCHEMA."""
    reader.expect("CREATE")
    or_replace = reader.skip("OR", "REPLACE")
    making = Making(or_replace, reader.skip("TEMPORARY") or reader.skip("TEMP"))
    if reader.skip("TABLE"):
        return _create_table(reader, making)
    if reader.skip("VIEW"):
        return _create_view(reader, making)
    if making == Making() and reader.skip("SCHEMA"):
        if_not_exists = reader.skip("IF", "NOT", "EXISTS")
        name = reader.name("a schema's name")
        return Part(tree.CreateSchemaTree(name, if_not_exists))
    token = reader.peek()
    if token is not None and token.text.upper() in LATER:
        message = f"CREATE {token.text.upper()} is not supported yet{LATER[token.text.upper()]}"
        raise reader.place(NotSupportedError(message), token)
    raise reader.unexpected("TABLE or VIEW" if making != Making() else "TABLE, VIEW or SCHEMA")


FUNCTIONS = "; create_function of a Python connection makes a function of one written in Python"
# What is no statement here, and what to do instead.
LATER = {
    **dict.fromkeys(("FUNCTION", "MACRO"), FUNCTIONS),
    **dict.fromkeys(("INDEX", "UNIQUE", "SEQUENCE", "TYPE", "TRIGGER", "PROCEDURE"), ""),
    "MATERIALIZED": "; CREATE TABLE name AS keeps a query's rows",
}


def _create_table(reader: Reader, making: Making) -> Part:
    """[IF NOT EXISTS] name (columns) [WITH (...)], or AS query [WITH (...)]."""
    making = _if_not_exists(reader, making)
    name = reader.relation("a table's name")
    if reader.is_at("AS") or reader.is_at("WITH"):
        return _create_table_as(reader, name, making)
    columns, checks = definitions(reader)
    return Part(tree.CreateTableTree(name, columns, checks, options(reader), making))


def _if_not_exists(reader: Reader, making: Making) -> Making:
    if making.or_replace and reader.is_at("IF"):
        message = "OR REPLACE and IF NOT EXISTS exclude each other"
        raise reader.place(ProgrammingError(message), reader.take())
    return replace(making, if_not_exists=reader.skip("IF", "NOT", "EXISTS"))


def _create_table_as(reader: Reader, name: Name, making: Making) -> Part:
    found = options(reader)
    reader.expect("AS")
    tokens = reader.rest()
    if not found:
        tokens, found = _trailing_options(tokens, reader.text)
    part = parse_part(tokens, reader.text)
    assert isinstance(part.body, QueryTree)
    return Part(CreateTableAsTree(name, part.body, found, making), part.parameters)


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


def _create_view(reader: Reader, making: Making) -> Part:
    """[IF NOT EXISTS] name [(columns)] AS query."""
    making = _if_not_exists(reader, making)
    name = reader.relation("a view's name")
    columns = reader.listed_names("a column's name")
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
    return Part(tree.CreateViewTree(name, tuple(columns), part.body, text, making))


def drop(reader: Reader) -> Part:
    """DROP TABLE or VIEW [IF EXISTS] name, ... [RESTRICT], DROP SCHEMA."""
    reader.expect("DROP")
    if reader.skip("SCHEMA"):
        return _drop_schema(reader)
    is_view = reader.skip("VIEW")
    if not is_view and not reader.skip("TABLE"):
        token = reader.peek()
        if token is not None and token.text.upper() in LATER:
            message = f"DROP {token.text.upper()} is not supported yet"
            raise reader.place(NotSupportedError(message), token)
        raise reader.unexpected("TABLE, VIEW or SCHEMA")
    if_exists = reader.skip("IF", "EXISTS")
    what = "a view's name" if is_view else "a table's name"
    names = [reader.relation(what)]
    while reader.skip(","):
        names.append(reader.relation(what))
    # Nothing depends on a table or a view: views are text, bound where they are used.
    _ = reader.skip("RESTRICT") or reader.skip("CASCADE")
    return Part(tree.DropTree(tuple(names), is_view, if_exists))


def _drop_schema(reader: Reader) -> Part:
    """[IF EXISTS] name, ... [CASCADE | RESTRICT]."""
    if_exists = reader.skip("IF", "EXISTS")
    names = [reader.name("a schema's name")]
    while reader.skip(","):
        names.append(reader.name("a schema's name"))
    is_cascading = reader.skip("CASCADE")
    if not is_cascading:
        reader.skip("RESTRICT")
    return Part(tree.DropSchemaTree(tuple(names), if_exists, is_cascading))


def rename(reader: Reader) -> Part:
    """RENAME TABLE name TO name, OmniSci's form of ALTER TABLE name RENAME TO name."""
    reader.expect("RENAME", "TABLE")
    name = reader.relation("a table's name")
    reader.expect("TO")
    action = tree.RenameRelation(reader.name("a table's name"))
    return Part(tree.AlterTree(name, False, (action,)))


def alter(reader: Reader) -> Part:
    """ALTER TABLE [IF EXISTS] name action, ..., ALTER VIEW [IF EXISTS] name action."""
    reader.expect("ALTER")
    is_view = reader.skip("VIEW")
    if not is_view and not reader.skip("TABLE"):
        raise reader.unexpected("TABLE, VIEW or SYSTEM")
    if_exists = reader.skip("IF", "EXISTS")
    name = reader.relation("a view's name" if is_view else "a table's name")
    begin = reader.index
    renaming = _renaming(reader)
    if renaming is not None:
        if reader.is_at(","):
            raise _not_alone(reader, begin)
        if is_view:
            return Part(tree.AlterViewTree(name, if_exists, renaming))
        return Part(tree.AlterTree(name, if_exists, (renaming,)))
    if is_view:
        raise reader.unexpected("RENAME or SET SCHEMA")
    actions = _actions(reader)
    while reader.skip(","):
        if reader.is_at("RENAME") or reader.is_at("SET", "SCHEMA"):
            raise _not_alone(reader, reader.index)
        actions += _actions(reader)
    return Part(tree.AlterTree(name, if_exists, tuple(actions)), spans=_spans(name, actions))


def _spans(table: Name, actions: Sequence[tree.Action]) -> Spans:
    """Return the places of the table, and of the columns and constraints that it is to have."""
    columns: list[Name] = []
    checks: list[tree.CheckTree] = []
    for action in actions:
        match action:
            case tree.AddColumn(column=column, checks=own):
                columns.append(column.name)
                checks += own
            case tree.AddCheck(check=check):
                checks.append(check)
            case tree.ChangeType(column=name) | tree.SetNotNull(column=name):
                columns.append(name)
    named = [check.name for check in checks if check.name is not None]
    return {"": table.span, **places_of("column", columns), **places_of("constraint", named)}


def _not_alone(reader: Reader, index: int) -> Error:
    message = "RENAME and SET SCHEMA stand alone in ALTER: write a statement for each"
    return reader.place(ProgrammingError(message), reader.tokens[index])


def _renaming(
    reader: Reader,
) -> tree.RenameRelation | tree.SetSchema | tree.RenameColumn | None:
    """Read RENAME TO name, RENAME [COLUMN] name TO name or SET SCHEMA name, if they come next."""
    if reader.skip("SET", "SCHEMA"):
        return tree.SetSchema(reader.name("a schema's name"))
    if not reader.skip("RENAME"):
        return None
    if reader.skip("TO"):
        return tree.RenameRelation(reader.name("a name"))
    reader.skip("COLUMN")
    old = reader.name("a column's name")
    reader.expect("TO")
    return tree.RenameColumn(old, reader.name("a column's name"))


ACTIONS = ("ADD", "DROP", "ALTER", "RENAME", "SET")


def _actions(reader: Reader) -> list[tree.Action]:
    """Read an action, or one of OmniSci's on several columns: ADD (a type, ...), DROP a, b."""
    if reader.skip("ADD"):
        return _additions(reader)
    if reader.skip("DROP", "CONSTRAINT"):
        if_exists = reader.skip("IF", "EXISTS")
        return [tree.DropCheck(reader.name("a constraint's name"), if_exists)]
    if reader.skip("DROP"):
        found: list[tree.Action] = [_drop_column(reader)]
        while reader.is_at(",") and not any(_is_word(reader.peek(1), word) for word in ACTIONS):
            reader.take()
            found.append(_drop_column(reader))
        return found
    if reader.skip("ALTER"):
        reader.skip("COLUMN")
        return [_alter_column(reader, reader.name("a column's name"))]
    raise reader.unexpected("RENAME, ADD, DROP, ALTER or SET SCHEMA")


def _is_word(token: Token | None, word: str) -> bool:
    is_plain = token is not None and token.token_type is not TokenType.IDENTIFIER
    return token is not None and is_plain and token.text.upper() == word


def _additions(reader: Reader) -> list[tree.Action]:
    if is_check(reader):
        return [tree.AddCheck(check(reader))]
    reader.skip("COLUMN")
    if reader.is_at("("):
        columns, checks = definitions(reader)
        added: list[tree.Action] = [tree.AddColumn(c, (), if_not_exists=False) for c in columns]
        return added + [tree.AddCheck(each) for each in checks]
    if_not_exists = reader.skip("IF", "NOT", "EXISTS")
    column, own_checks = definition(reader)
    return [tree.AddColumn(column, own_checks, if_not_exists)]


def _drop_column(reader: Reader) -> tree.DropColumn:
    reader.skip("COLUMN")
    if_exists = reader.skip("IF", "EXISTS")
    return tree.DropColumn(reader.name("a column's name"), if_exists)


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
    column = None
    if kind == "COLUMN":
        *names, column = reader.names("a name", most=4)
        if not names:
            raise reader.unexpected(".")
        span = Span(names[0].span.begin, names[-1].span.end)
        name = Name(names[-1].text, span, names[-2].text if len(names) > 1 else None)
    else:
        name = reader.relation("a name")
    reader.expect("IS")
    text = "" if reader.skip("NULL") else reader.string("a text in quotes, or NULL")
    return Part(tree.CommentTree(kind, name, column, text))
