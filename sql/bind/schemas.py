"""CREATE SCHEMA, DROP SCHEMA and SET search_path: the schemas that they name."""

from __future__ import annotations

from gpudb.name_lists import joined_names
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.names import unknown_schema
from gpudb.storage.names import INFORMATION_SCHEMA, MAIN_SCHEMA, SYNONYMS, TEMPORARY_SCHEMA

# Every database has them, and no statement makes or removes them.
OWN_SCHEMAS = {INFORMATION_SCHEMA, MAIN_SCHEMA, TEMPORARY_SCHEMA, *SYNONYMS}


def bind_create_schema(
    body: tree.CreateSchemaTree, environment: Environment
) -> bound.CreateSchema | bound.Nothing:
    """Bind CREATE SCHEMA."""
    name, folded = body.name.text, body.name.text.lower()
    is_there = folded in OWN_SCHEMAS or environment.catalog.find_schema(name) is not None
    if is_there and not body.if_not_exists:
        raise environment.wrong(f"schema {name} exists already", body.name.span)
    if folded.startswith("pg_") and not is_there:
        message = f"schema {name}: names that begin with pg_ are PostgreSQL's own"
        raise environment.wrong(message, body.name.span)
    return bound.Nothing() if is_there else bound.CreateSchema(name)


def bind_drop_schema(body: tree.DropSchemaTree, environment: Environment) -> bound.DropSchemas:
    """Bind DROP SCHEMA: what lies in it goes with CASCADE only."""
    names: list[str] = []
    for name in body.names:
        if name.text.lower() in OWN_SCHEMAS:
            raise environment.wrong(f"schema {name.text} is part of every database", name.span)
        found = environment.catalog.find_schema(name.text)
        if found is None:
            if not body.if_exists:
                raise environment.wrong(unknown_schema(name.text, environment), name.span)
            continue
        inside = environment.catalog.inside(found)
        if inside and not body.is_cascading:
            listed = ", ".join(inside[:3]) + (", ..." if len(inside) > 3 else "")
            message = f"schema {found} holds {listed}: DROP SCHEMA {found} CASCADE removes all"
            raise environment.wrong(message, name.span)
        if found not in names:
            names.append(found)
    return bound.DropSchemas(tuple(names))


def bind_search_path(body: tree.SearchPathTree, environment: Environment) -> bound.SetSetting:
    """Bind SET search_path and USE: each schema must be there."""
    found = []
    for name in body.schemas:
        schema = environment.catalog.find_schema(name.text)
        if schema is None:
            raise environment.wrong(unknown_schema(name.text, environment), name.span)
        found.append(schema)
    return bound.SetSetting("search_path", joined_names(found))
