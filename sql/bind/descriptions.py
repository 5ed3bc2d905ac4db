"""DESCRIBE and SHOW CREATE: the table or view that they name, and its columns."""

from __future__ import annotations

from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.names import known_schema, known_table, named_schema
from gpudb.sql.bind.query import bind_query
from gpudb.sql.bind.stored import bind_view
from gpudb.sql.bind.tables import Surroundings
from gpudb.sql.plan import output_fields


def bind_list(body: tree.ShowListTree, environment: Environment) -> bound.ShowList:
    """Bind SHOW of a list."""
    schema = None
    if body.schema is not None:
        schema = known_schema(body.schema.text, body.schema.span, environment)
    names = tuple(known_table(name, environment).full_name for name in body.names)
    return bound.ShowList(body.what, schema, body.pattern, names)


def described_query(query: bound.Query) -> bound.Describe:
    """Return the description of a query's columns."""
    pairs = zip(query.names, output_fields(query.plan), strict=True)
    return bound.Describe(None, tuple((name, f.type, f.nullable) for name, f in pairs))


def bind_description(
    body: tree.DescribeTree | tree.ShowCreateTree, environment: Environment
) -> bound.Describe | bound.ShowCreate:
    """Bind DESCRIBE and SHOW CREATE."""
    view = environment.catalog.find_view(body.name.text, named_schema(body.name, environment))
    if isinstance(body, tree.ShowCreateTree):
        if not body.is_view:
            return bound.ShowCreate(known_table(body.name, environment).full_name, is_view=False)
        if view is None:
            raise environment.wrong(f"view {body.name.text} does not exist", body.name.span)
        return bound.ShowCreate(view.full_name, is_view=True)
    if view is None:
        table = known_table(body.name, environment)
        described = tuple((c.name, c.type, not c.not_null) for c in table.columns)
        return bound.Describe(table.full_name, described)
    alone = Surroundings(environment, {}, None, bind_query).bind_alone
    relation = bind_view(view, body.name.span, environment, alone)
    fields = output_fields(relation.plan)
    columns = zip(relation.names, fields, strict=True)
    return bound.Describe(view.full_name, tuple((name, f.type, f.nullable) for name, f in columns))
