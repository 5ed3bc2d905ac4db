"""The columns and constraints of CREATE TABLE and ALTER TABLE, from tokens to definitions."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.sql.definition import Definition, Encoding
from gpudb.sql.dialect import DIALECT, parse_query, sql_type
from gpudb.sql.expr import Span
from gpudb.sql.reader import Reader
from gpudb.sql.scope import nearest
from gpudb.sql.tree import CheckTree, ColumnTree, Name, QueryTree, StoredText
from gpudb.storage.types import MAX_NARROW_PRECISION, Kind, SqlType

# The widths that each encoding may have, the one it has unless told, and the kinds that take it.
INTEGERS = frozenset({Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT})
ENCODINGS: dict[str, tuple[tuple[int, ...], int | None, frozenset[Kind]]] = {
    "DICT": ((8, 16, 32), 32, frozenset({Kind.TEXT})),
    "FIXED": (
        (8, 16, 32),
        None,
        INTEGERS | {Kind.DECIMAL, Kind.TIME, Kind.TIMESTAMP, Kind.DATE},
    ),
    "DAYS": ((16, 32), 32, frozenset({Kind.DATE})),
    "NONE": ((0,), 0, frozenset(Kind)),
}


Definitions = tuple[tuple[ColumnTree, ...], tuple[CheckTree, ...]]
# What ends the expression behind DEFAULT, outside of parentheses and brackets.
CONSTRAINTS = frozenset(
    {"NOT", "NULL", "ENCODING", "CHECK", "CONSTRAINT", "DEFAULT", "PRIMARY", "UNIQUE", "REFERENCES"}
)


def definitions(reader: Reader) -> Definitions:
    """Read `(column, ..., [CONSTRAINT name] CHECK (condition), ...)`; errors have their place."""
    inner = Reader(reader.parenthesised(), reader.text)
    columns: list[ColumnTree] = []
    checks: list[CheckTree] = []
    while True:
        if is_check(inner):
            checks.append(check(inner))
        else:
            column, own = definition(inner)
            columns.append(column)
            checks += own
        if not inner.skip(","):
            break
    inner.expect_end()
    _check_distinct([column.name for column in columns], reader)
    return tuple(columns), tuple(checks)


def definition(reader: Reader) -> tuple[ColumnTree, tuple[CheckTree, ...]]:
    """Read `name type [NOT NULL] [DEFAULT expression] [CHECK (...)] [ENCODING kind[(bits)]]`."""
    name = reader.name("a column's name")
    type_ = stored_type(reader)
    not_null = False
    encoding = None
    default = None
    checks = []
    while not reader.is_done and not reader.is_at(","):
        if reader.skip("NOT", "NULL"):
            not_null = True
        elif reader.skip("NULL"):
            not_null = False
        elif reader.skip("ENCODING"):
            encoding = _encoding(reader, type_, name)
        elif reader.skip("DEFAULT"):
            default = expression(reader, CONSTRAINTS)
        elif is_check(reader):
            checks.append(check(reader, name.text))
        else:
            raise _unknown_constraint(reader)
    made = Definition(name.text, type_, not_null, encoding)
    return ColumnTree(name, made, default), tuple(checks)


def is_check(reader: Reader) -> bool:
    """Return whether [CONSTRAINT name] CHECK comes next, and no column of such a name."""
    is_named = reader.is_at("CONSTRAINT")
    word, behind = reader.peek(2 if is_named else 0), reader.peek(3 if is_named else 1)
    return (
        word is not None
        and behind is not None
        and word.text.upper() == "CHECK"
        and behind.text == "("
    )


def check(reader: Reader, column: str | None = None) -> CheckTree:
    """Read `[CONSTRAINT name] CHECK (condition)`."""
    name = reader.name("a constraint's name") if reader.skip("CONSTRAINT") else None
    reader.expect("CHECK")
    tokens = reader.parenthesised()
    if not tokens:
        raise reader.unexpected("a condition")
    return CheckTree(name, column, _stored(tokens, reader.text, "CHECK"))


def expression(reader: Reader, ends: frozenset[str]) -> StoredText:
    """Read an expression up to a comma or one of the words that end it."""
    begin, depth = reader.index, 0
    while (token := reader.peek()) is not None:
        word = token.text.upper() if token.token_type is not TokenType.STRING else ""
        is_first = reader.index == begin
        is_test = not is_first and reader.tokens[reader.index - 1].text.upper() in ("IS", "NOT")
        if depth == 0 and (word == "," or (word in ends and not is_first and not is_test)):
            break
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(word, 0)
        reader.take()
    if reader.index == begin:
        raise reader.unexpected("an expression")
    return _stored(reader.tokens[begin : reader.index], reader.text, "an expression here")


def _stored(tokens: list[Token], text: str, clause: str) -> StoredText:
    first = tokens[0]
    word = Token(TokenType.SELECT, "SELECT", first.line, first.col, first.start, first.start)
    tree, slots = parse_query([word, *tokens], text)
    if slots:
        begin, end = slots[0].span.begin, slots[0].span.end
        raise ProgrammingError(f"{clause} has no parameters", text=text, begin=begin, end=end)
    parts = {key for key, value in tree.args.items() if value}
    if not isinstance(tree, exp.Select) or parts != {"expressions"} or len(tree.expressions) > 1:
        message = "syntax error: one expression is expected here"
        raise ProgrammingError(message, text=text, begin=first.start, end=tokens[-1].end + 1)
    return StoredText(text[first.start : tokens[-1].end + 1], QueryTree(tree, tuple(tokens)))


def _unknown_constraint(reader: Reader) -> Error:
    words = ("PRIMARY KEY", "PRIMARY", "UNIQUE", "REFERENCES", "GENERATED", "CONSTRAINT", "FOREIGN")
    token = reader.peek()
    assert token is not None
    if token.text.upper() in words:
        error = NotSupportedError(f"{token.text.upper()} is not supported yet in CREATE TABLE")
        return reader.place(error, token)
    return reader.unexpected("NOT NULL, DEFAULT, CHECK, ENCODING, a comma or )")


def _type_tokens(reader: Reader) -> list[Token]:
    """Read a type's words: `DOUBLE PRECISION`, `DECIMAL(15, 2)`, `TIMESTAMP(3)`, `INTEGER[]`."""
    begin = reader.index
    reader.name("a type")
    reader.skip("PRECISION")
    if reader.is_at("("):
        reader.parenthesised()
    while reader.is_at("["):
        reader.take()
        if not reader.is_at("]"):
            reader.integer("a size")
        reader.expect("]")
    while reader.is_at("WITHOUT") or reader.is_at("WITH") or reader.is_at("TIME"):
        reader.take()
        if reader.is_at("ZONE"):
            reader.take()
    return reader.tokens[begin : reader.index]


def _type(tokens: list[Token], reader: Reader) -> SqlType:
    span = Span(tokens[0].start, tokens[-1].end + 1)
    try:
        trees = DIALECT.parser().parse_into(exp.DataType, tokens, reader.text)
    except SqlglotError as error:
        source = reader.text[span.begin : span.end]
        message = f"type {source} is not known"
        raise ProgrammingError(message).at(reader.text, span.begin, span.end) from error
    try:
        assert trees[0] is not None
        return sql_type(trees[0])
    except Error as error:
        raise error.at(reader.text, span.begin, span.end) from None


def type_of(reader: Reader) -> SqlType:
    """Read a type."""
    return _type(_type_tokens(reader), reader)


def stored_type(reader: Reader) -> SqlType:
    """Read the type of a column."""
    first = reader.peek()
    type_ = type_of(reader)
    if type_.is_zoned and first is not None:
        message = (
            "a column holds no TIMESTAMP WITH TIME ZONE; write TIMESTAMP, in UTC, and ask for "
            "c AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'"
        )
        end = reader.tokens[reader.index - 1].end + 1
        raise NotSupportedError(message).at(reader.text, first.start, end)
    return type_


def _encoding(reader: Reader, type_: SqlType, column: Name) -> Encoding:
    word = reader.name("DICT, FIXED, DAYS or NONE")
    kind = word.text.upper()
    if kind not in ENCODINGS:
        message = f"encoding {word.text} is not known{nearest(kind, ENCODINGS)}"
        raise reader.place(
            ProgrammingError(f"{message} (there are DICT, FIXED, DAYS and NONE)"), word
        )
    widths, default, kinds = ENCODINGS[kind]
    bits = default
    if reader.skip("("):
        bits = reader.integer("a number of bits")
        reader.expect(")")
    if bits not in widths:
        allowed = " or ".join(f"{kind}({width})" for width in widths if width) or kind
        raise reader.place(ProgrammingError(f"ENCODING {kind} must be {allowed}"), word)
    is_wide = type_.precision > MAX_NARROW_PRECISION and kind == "FIXED"
    if type_.kind not in kinds or is_wide:
        message = f"ENCODING {kind} does not fit column {column.text}, which is {type_}"
        raise reader.place(ProgrammingError(message), word)
    return Encoding(kind, bits)


def _check_distinct(names: list[Name], reader: Reader) -> None:
    seen: set[str] = set()
    for name in names:
        if name.text.lower() in seen:
            raise reader.place(ProgrammingError(f"column {name.text} is given twice"), name)
        seen.add(name.text.lower())
