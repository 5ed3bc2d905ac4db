"""Where the names of relations lead: to a schema before them, or through the search path."""

from __future__ import annotations

from sqlglot import exp

from gpudb.sql import tree
from gpudb.sql.bind.context import Environment
from gpudb.sql.dialect import plain_name
from gpudb.sql.expr import Span
from gpudb.sql.scope import DATABASE, StoredTable, Table, known_names, nearest
from gpudb.storage.names import INFORMATION_SCHEMA, TEMPORARY_SCHEMA, RelationName


def schema_of(node: exp.Table, environment: Environment) -> str | None:
    """Return the schema that stands before a table's name; ProgrammingError if it is not there."""
    catalog, schema = node.args.get("catalog"), node.args.get("db")
    if catalog is not None and catalog.name.lower() != DATABASE:
        raise environment.wrong(f"the database is called {DATABASE}, not {catalog.name}", catalog)
    if schema is None:
        return None
    name = plain_name(schema.name)
    hint = f"; a file is read by FROM '{name}.{node.name}'"
    return known_schema(name, environment.span(schema), environment, hint)


def known_schema(name: str, where: Span | None, environment: Environment, hint: str = "") -> str:
    """Return a schema's name as it was given; ProgrammingError if there is none."""
    if name.lower() == INFORMATION_SCHEMA:
        return INFORMATION_SCHEMA
    found = environment.catalog.find_schema(name)
    if found is None:
        raise environment.wrong(unknown_schema(name, environment) + hint, where)
    return found


def unknown_schema(name: str, environment: Environment) -> str:
    """Return the message for a schema that is not there."""
    known = (*environment.catalog.schemas, INFORMATION_SCHEMA)
    return f"schema {name} does not exist{nearest(name, known) or known_names(known)}"


def unknown_relation(kind: str, name: str, schema: str | None, environment: Environment) -> str:
    """Return the message for a table or a view that is not there."""
    written = name if schema is None else f"{schema}.{name}"
    names = environment.catalog.table_names()
    elsewhere = [known for known in names if known.lower().endswith(f".{name.lower()}")]
    hint = f"; did you mean {elsewhere[0]}?" if elsewhere else nearest(written, names)
    return f"{kind} {written} does not exist{hint}"


def named_schema(name: tree.Name, environment: Environment) -> str | None:
    """Return the schema that a statement writes before a name, if it does."""
    if name.schema is None:
        return None
    return known_schema(name.schema, name.span, environment)


def new_name(
    name: tree.Name, environment: Environment, *, is_temporary: bool = False
) -> RelationName:
    """Return the name of a relation to be made, in the first schema of the search path."""
    schema = named_schema(name, environment)
    if is_temporary:
        if schema not in (None, TEMPORARY_SCHEMA):
            message = f"a temporary table or view lies in no schema: leave {name.schema} away"
            raise environment.wrong(message, name.span)
        schema = TEMPORARY_SCHEMA
    if schema == INFORMATION_SCHEMA:
        raise environment.wrong(f"{INFORMATION_SCHEMA} cannot be changed", name.span)
    path = environment.catalog.path
    if schema is None and not path:
        message = "no schema of search_path exists; SET search_path, or write one before the name"
        raise environment.wrong(message, name.span)
    return RelationName(name.text, schema or path[0])


def known_table(name: tree.Name, environment: Environment) -> StoredTable:
    """Return the stored table that a statement changes; raises ProgrammingError."""
    schema = named_schema(name, environment)
    if schema == INFORMATION_SCHEMA:
        raise environment.wrong(f"{INFORMATION_SCHEMA} cannot be changed", name.span)
    if environment.catalog.find_view(name.text, schema) is not None:
        raise environment.wrong(f"{name.text} is a view, and no table", name.span)
    return stored(environment.catalog.find_table(name.text, schema), name, environment)


def stored(table: Table | None, name: tree.Name, environment: Environment) -> StoredTable:
    """Return a table if it is the database's own; raises ProgrammingError."""
    if table is None:
        schema = named_schema(name, environment)
        raise environment.wrong(
            unknown_relation("table", name.text, schema, environment), name.span
        )
    if not isinstance(table, StoredTable):
        raise environment.wrong(f"{name.text} is data, and no table of the database", name.span)
    return table


def placed_name(node: exp.Table, environment: Environment) -> tree.Name:
    """Return a table's name as statements of our own grammar have it."""
    schema = node.args.get("db")
    span = environment.span(node) or Span(0, 0)
    return tree.Name(plain_name(node.name), span, None if schema is None else schema.name)
