"""Statements about the session: SHOW, DESCRIBE, SET, RESET, USE, PREPARE, EXECUTE, ALTER SYSTEM."""

from __future__ import annotations

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.definitions import expression, type_of
from gpudb.sql.part import Part
from gpudb.sql.reader import Reader
from gpudb.sql.scope import MAIN_SCHEMA

LISTS = ("TABLES", "VIEWS", "SCHEMAS", "FUNCTIONS")


def show(reader: Reader) -> Part:
    """SHOW a list, COLUMNS FROM name, CREATE TABLE or VIEW name, ALL, DEVICE, MEMORY, setting."""
    reader.expect("SHOW")
    for word in LISTS:
        if reader.skip(word):
            return Part(bound.ShowList(word.lower()))
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
    return Part(bound.Show(reader.name("TABLES, ALL or a setting's name").text.lower()))


def describe(reader: Reader) -> Part:
    """DESCRIBE name, DESC name."""
    reader.take()
    reader.skip("TABLE")
    return Part(tree.DescribeTree(reader.relation("a table's name")))


def set_setting(reader: Reader) -> Part:
    """SET name = value or DEFAULT, SET name TO value or DEFAULT."""
    reader.expect("SET")
    name = reader.name("a setting's name").text.lower()
    if not reader.skip("TO"):
        reader.expect("=")
    if reader.skip("DEFAULT"):
        return Part(bound.ResetSetting(name))
    return Part(bound.SetSetting(name, reader.value("a setting's value")))


def reset(reader: Reader) -> Part:
    """RESET name, RESET ALL."""
    reader.expect("RESET")
    name = reader.name("ALL or a setting's name").text.lower()
    return Part(bound.ResetSetting(None if name == "all" else name))


def clear_memory(reader: Reader) -> Part:
    """ALTER SYSTEM CLEAR {CPU | GPU} MEMORY."""
    reader.expect("ALTER", "SYSTEM", "CLEAR")
    place = next((place for place in ("CPU", "GPU") if reader.skip(place)), None)
    if place is None:
        raise reader.unexpected("CPU or GPU")
    reader.expect("MEMORY")
    return Part(bound.ClearMemory(place.lower()))


def use(reader: Reader) -> Part:
    """USE main: the only schema that tables are made in."""
    reader.expect("USE")
    name = reader.name("a schema's name")
    if name.text.lower() != MAIN_SCHEMA:
        raise reader.place(NotSupportedError("a schema other than main is not supported yet"), name)
    return Part(bound.Nothing())


def deallocate(reader: Reader) -> Part:
    """DEALLOCATE [PREPARE] name, DEALLOCATE ALL."""
    reader.expect("DEALLOCATE")
    reader.skip("PREPARE")
    if reader.skip("ALL"):
        return Part(bound.Deallocate(None))
    return Part(bound.Deallocate(reader.name("a prepared statement's name").text.lower()))


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
    return Part(bound.Execute(name.text.lower(), tuple(values)))


def prepare_head(reader: Reader) -> tuple[str, tuple[str, ...]]:
    """PREPARE name [(type, ...)] AS: the name and the types, as they are written."""
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
    return name.text.lower(), tuple(types)
