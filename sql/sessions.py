"""Statements about the session: SHOW, DESCRIBE, SET, RESET, USE, PREPARE, EXECUTE, ALTER SYSTEM."""

from __future__ import annotations

from sqlglot.tokenizer_core import TokenType

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.name_lists import split_names
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.definitions import expression, type_of
from gpudb.sql.dialect import span_of
from gpudb.sql.expr import Span
from gpudb.sql.part import Part, parse_part
from gpudb.sql.reader import Reader
from gpudb.sql.scope import DATABASE

SEARCH_PATH = "search_path"
TIME_ZONE = "timezone"
# What SHOW lists, and the words for it.
LISTS = {
    "ALL TABLES": "relations",
    "TABLE DETAILS": "details",
    "TABLES": "tables",
    "VIEWS": "views",
    "SCHEMAS": "schemas",
    "DATABASES": "databases",
    "FUNCTIONS": "functions",
}
# PostgreSQL's names for what is the same in every session.
FIXED = {
    "TIME ZONE": "timezone",
    "TRANSACTION ISOLATION LEVEL": "transaction_isolation",
}


def show(reader: Reader) -> Part:
    """SHOW a list, COLUMNS FROM name, CREATE TABLE or VIEW name, ALL, DEVICE, MEMORY, setting."""
    reader.expect("SHOW")
    for words, what in LISTS.items():
        if reader.skip(*words.split()):
            return Part(_list(reader, what))
    for words, name in FIXED.items():
        if reader.skip(*words.split()):
            return Part(bound.Show(name))
    if reader.skip("COLUMNS"):
        if not reader.skip("IN"):
            reader.expect("FROM")
        return Part(tree.DescribeTree(reader.relation("a table's name")))
    if reader.skip("CREATE"):
        is_view = reader.skip("VIEW")
        if not is_view:
            reader.expect("TABLE")
        what = "a view's name" if is_view else "a table's name"
        return Part(tree.ShowCreateTree(reader.relation(what), is_view))
    setting = reader.name("TABLES, ALL or a setting's name")
    return Part(bound.Show(setting.text.lower()), spans={"": setting.span})


def _list(reader: Reader, what: str) -> tree.ShowListTree:
    """Read [{FROM | IN} schema] [LIKE 'pattern'], or TABLE DETAILS' names."""
    schema = pattern = None
    names: list[tree.Name] = []
    if what == "details" and not reader.is_done:
        names.append(reader.relation("a table's name"))
        while reader.skip(","):
            names.append(reader.relation("a table's name"))
    elif what in ("tables", "views", "relations") and (reader.skip("FROM") or reader.skip("IN")):
        schema = reader.name("a schema's name")
    if what not in ("details", "databases") and reader.skip("LIKE"):
        pattern = reader.string("a pattern in quotes")
    return tree.ShowListTree(what, schema, pattern, tuple(names))


def describe(reader: Reader) -> Part:
    """DESCRIBE name, DESC name; of a query, its columns."""
    reader.take()
    if any(reader.is_at(word) for word in ("SELECT", "WITH", "VALUES", "(")):
        part = parse_part(reader.rest(), reader.text)
        if not isinstance(part.body, tree.QueryTree):
            raise reader.unexpected("a query")
        return Part(tree.DescribeQueryTree(part.body), part.parameters)
    reader.skip("TABLE")
    return Part(tree.DescribeTree(reader.relation("a table's name")))


def set_setting(reader: Reader) -> Part:
    """SET [SESSION] name = value or DEFAULT, or TO instead of =; SET SCHEMA name."""
    reader.expect("SET")
    if reader.peek(1) is not None and not (reader.is_at("SESSION", "=")):
        reader.skip("SESSION")
    if reader.skip("TIME", "ZONE"):
        return _time_zone(reader)
    if reader.is_at("SCHEMA") and not reader.is_at("SCHEMA", "="):
        return use(reader)
    written = reader.name("a setting's name")
    name, spans = written.text.lower(), {"": written.span}
    if not reader.skip("TO"):
        reader.expect("=")
    if name == TIME_ZONE:
        return _time_zone(reader)
    if reader.skip("DEFAULT"):
        return Part(bound.ResetSetting(name), spans=spans)
    if name == SEARCH_PATH:
        return _search_path(reader)
    return Part(bound.SetSetting(name, reader.value("a setting's value")), spans=spans)


def _time_zone(reader: Reader) -> Part:
    """SET TIME ZONE 'UTC', SET TimeZone = 'UTC', which is the only one: timestamps are in UTC."""
    token = reader.take()
    if token.text.upper() not in ("UTC", "GMT", "ETC/UTC", "DEFAULT", "LOCAL"):
        message = "timestamps are in UTC; AT TIME ZONE 'Europe/Berlin' shows another time zone"
        raise reader.place(NotSupportedError(message), token)
    return Part(bound.Nothing())


def _search_path(reader: Reader) -> Part:
    """Read the names of schemas: bare, in double quotes, or several in one text."""
    schemas = []
    while True:
        token = reader.peek()
        if token is not None and token.token_type is TokenType.STRING:
            schemas += [tree.Name(name, span_of(token)) for name in split_names(token.text)]
            reader.take()
        else:
            schemas.append(reader.name("a schema's name"))
        if not reader.skip(","):
            return Part(tree.SearchPathTree(tuple(schemas)))


def reset(reader: Reader) -> Part:
    """RESET name, RESET ALL."""
    reader.expect("RESET")
    written = reader.name("ALL or a setting's name")
    name = written.text.lower()
    if name == TIME_ZONE:
        return Part(bound.Nothing())
    return Part(bound.ResetSetting(None if name == "all" else name), spans={"": written.span})


def clear_memory(reader: Reader) -> Part:
    """ALTER SYSTEM CLEAR {CPU | GPU} MEMORY."""
    reader.expect("ALTER", "SYSTEM", "CLEAR")
    place = next((place for place in ("CPU", "GPU") if reader.skip(place)), None)
    if place is None:
        raise reader.unexpected("CPU or GPU")
    reader.expect("MEMORY")
    return Part(bound.ClearMemory(place.lower()))


def use(reader: Reader) -> Part:
    """USE schema, SET SCHEMA schema: the search path is this schema alone."""
    reader.take()
    token = reader.peek()
    if token is not None and token.token_type is TokenType.STRING:
        return Part(tree.SearchPathTree((tree.Name(token.text, span_of(reader.take())),)))
    name = reader.relation("a schema's name")
    if name.schema is not None and name.schema.lower() != DATABASE:
        message = f"the database is called {DATABASE}, not {name.schema}"
        raise reader.place(ProgrammingError(message), name)
    return Part(tree.SearchPathTree((tree.Name(name.text, name.span),)))


def deallocate(reader: Reader) -> Part:
    """DEALLOCATE [PREPARE] name, DEALLOCATE ALL."""
    reader.expect("DEALLOCATE")
    reader.skip("PREPARE")
    if reader.skip("ALL"):
        return Part(bound.Deallocate(None))
    name = reader.name("a prepared statement's name")
    return Part(bound.Deallocate(name.text.lower()), spans={"": name.span})


def execute(reader: Reader) -> Part:
    """EXECUTE name [(value, ...)]."""
    reader.expect("EXECUTE")
    name = reader.name("a prepared statement's name")
    values: list[str] = []
    if reader.is_at("("):
        inner = Reader(reader.parenthesised(), reader.text)
        while not inner.is_done:
            values.append(expression(inner, frozenset()).text)
            if not inner.skip(","):
                inner.expect_end()
            elif inner.is_done:
                raise inner.unexpected("a value")
    return Part(bound.Execute(name.text.lower(), tuple(values)), spans={"": name.span})


def prepare_head(reader: Reader) -> tuple[str, tuple[str, ...], Span]:
    """PREPARE name [(type, ...)] AS: the name, the types as they are written, the name's place."""
    reader.expect("PREPARE")
    name = reader.name("a name for the statement")
    types: list[str] = []
    if reader.is_at("("):
        inner = Reader(reader.parenthesised(), reader.text)
        while True:
            types.append(str(type_of(inner)))
            if not inner.skip(","):
                break
        inner.expect_end()
    reader.expect("AS")
    if reader.is_done:
        raise reader.unexpected("a statement")
    if reader.is_at("PREPARE") or reader.is_at("EXECUTE"):
        token = reader.take()
        raise reader.place(ProgrammingError(f"{token.text.upper()} cannot be prepared"), token)
    return name.text.lower(), tuple(types), name.span
