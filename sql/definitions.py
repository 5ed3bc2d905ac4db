"""The columns of CREATE TABLE: names, types, NOT NULL and ENCODING, from tokens to definitions."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.sql.dialect import DIALECT, sql_type
from gpudb.sql.expr import Span
from gpudb.sql.reader import Reader
from gpudb.sql.scope import nearest
from gpudb.sql.statement import Definition, Encoding
from gpudb.sql.tree import Name
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


def definitions(reader: Reader) -> tuple[Definition, ...]:
    """Read `(name type [NOT NULL] [ENCODING kind[(bits)]], ...)`; raises errors with the place."""
    columns = Reader(reader.parenthesised(), reader.text)
    found = [_definition(columns)]
    while columns.skip(","):
        found.append(_definition(columns))
    columns.expect_end()
    return _distinct(found, reader)


def _definition(reader: Reader) -> Definition:
    name = reader.name("a column's name")
    type_tokens = _type_tokens(reader)
    type_ = _stored_type(type_tokens, reader)
    not_null = False
    encoding = None
    while not reader.is_done and not reader.is_at(","):
        if reader.skip("NOT", "NULL"):
            not_null = True
        elif reader.skip("NULL"):
            not_null = False
        elif reader.skip("ENCODING"):
            encoding = _encoding(reader, type_, name)
        else:
            raise _unknown_constraint(reader)
    return Definition(name.text, type_, not_null, encoding)


def _unknown_constraint(reader: Reader) -> Error:
    words = ("PRIMARY KEY", "UNIQUE", "DEFAULT", "CHECK", "REFERENCES", "GENERATED", "CONSTRAINT")
    token = reader.peek()
    assert token is not None
    if token.text.upper() in words:
        error = NotSupportedError(f"{token.text.upper()} is not supported yet in CREATE TABLE")
        return reader.place(error, token)
    return reader.unexpected("NOT NULL, ENCODING, a comma or )")


def _type_tokens(reader: Reader) -> list[Token]:
    """Read a type's words: `DOUBLE PRECISION`, `DECIMAL(15, 2)`, `TIMESTAMP(3)`."""
    begin = reader.index
    reader.name("a type")
    reader.skip("PRECISION")
    if reader.is_at("("):
        reader.parenthesised()
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
    except ProgrammingError as error:
        raise error.at(reader.text, span.begin, span.end) from None


def _stored_type(tokens: list[Token], reader: Reader) -> SqlType:
    type_ = _type(tokens, reader)
    if type_.is_zoned:
        message = (
            "a column holds no TIMESTAMP WITH TIME ZONE; write TIMESTAMP, in UTC, and ask for "
            "c AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'"
        )
        begin, end = tokens[0].start, tokens[-1].end + 1
        raise NotSupportedError(message).at(reader.text, begin, end)
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


def _distinct(definitions: list[Definition], reader: Reader) -> tuple[Definition, ...]:
    seen: set[str] = set()
    for definition in definitions:
        if definition.name.lower() in seen:
            place = next(t for t in reversed(reader.tokens) if t.text == definition.name)
            error = ProgrammingError(f"column {definition.name} is given twice")
            raise reader.place(error, place)
        seen.add(definition.name.lower())
    return tuple(definitions)
