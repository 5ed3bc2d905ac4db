"""Trees -> bound statements: names become fields, everything gets a type.

Parsed --bind--> Statement (gpudb.sql.statement), with logical plans (gpudb.sql.plan) inside
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.records import replace
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.bind import expressions, function_nodes, moment_nodes, text_nodes
from gpudb.sql.bind.alter import bind_alter
from gpudb.sql.bind.changes import (
    bind_copy_from,
    bind_delete,
    bind_insert,
    bind_truncate,
    bind_update,
)
from gpudb.sql.bind.coerce import cast
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.ddl import (
    Surround,
    bind_comment,
    bind_create_table,
    bind_create_view,
    bind_drop,
    find_new,
)
from gpudb.sql.bind.descriptions import bind_description, bind_list, described_query
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.bind.places import Places
from gpudb.sql.bind.query import bind_query
from gpudb.sql.bind.renames import bind_alter_view
from gpudb.sql.bind.schemas import bind_create_schema, bind_drop_schema, bind_search_path
from gpudb.sql.bind.tables import Surroundings
from gpudb.sql.expr import Literal
from gpudb.sql.parameters import Parameters, bind_parameters
from gpudb.sql.parsed import Parsed
from gpudb.sql.plan import Item, Plan, Project, output_fields
from gpudb.sql.scope import Catalog
from gpudb.sql.user_function import UserFunction
from gpudb.sql.varied import Varied

NO_FUNCTIONS: Mapping[str, UserFunction] = {}


def bind(
    parsed: Parsed,
    catalog: Catalog,
    parameters: Parameters = None,
    *,
    now: datetime.datetime | None = None,
    functions: Mapping[str, UserFunction] = NO_FUNCTIONS,
    randomness: random.Random | None = None,
    varied: Varied | None = None,
) -> bound.Statement:
    """Bind a statement; `now` is what now() means in it (the present by default).

    `functions` are those that users made, by their names in lower case; random() draws from
    `randomness`, or from the system. `varied` watches literals of a query: the bound plan holds
    them as they are watched.

    Raises ProgrammingError or NotSupportedError with the place in the text, DataError for a literal
    that does not fit its type.
    """
    binder = StatementBinder(
        parsed.text,
        catalog,
        bind_parameters(parsed.parameters, parameters, parsed.text),
        now or datetime.datetime.now(datetime.UTC),
        functions,
        randomness or random.SystemRandom(),
        varied,
    )
    try:
        return binder.bind(parsed.body)
    except RecursionError:
        message = "an expression is nested too deeply"
        raise NotSupportedError(message).at(parsed.text, parsed.span.begin) from None
    except Error as error:
        raise error.at(parsed.text, error.begin, error.end) from None


# The statements that only name what is there, or shall be.
NAMED: dict[type, Callable[[Any, Environment], bound.Statement]] = {
    tree.CreateSchemaTree: bind_create_schema,
    tree.DropSchemaTree: bind_drop_schema,
    tree.DropTree: bind_drop,
    tree.AlterViewTree: bind_alter_view,
    tree.CommentTree: bind_comment,
    tree.DescribeTree: bind_description,
    tree.ShowCreateTree: bind_description,
    tree.ShowListTree: bind_list,
    tree.TruncateTree: bind_truncate,
    tree.SearchPathTree: bind_search_path,
    tree.CopyFromTree: bind_copy_from,
}
# Those with expressions that are kept as text, each with places of its own.
DEFINING: dict[type, Callable[[Any, Surround], bound.Statement]] = {
    tree.CreateTableTree: bind_create_table,
    tree.AlterTree: bind_alter,
}


class StatementBinder:
    """What all statements of one text have in common while they are bound."""

    def __init__(
        self,
        text: str,
        catalog: Catalog,
        parameters: tuple[Literal, ...],
        now: datetime.datetime,
        functions: Mapping[str, UserFunction],
        randomness: random.Random,
        varied: Varied | None = None,
    ) -> None:
        self.text = text
        self.catalog = catalog
        self.parameters = parameters
        self.now = now
        self.functions = functions
        self.randomness = randomness
        self.varied = varied

    def bind(self, body: tree.Tree) -> bound.Statement:
        """Bind one kind of statement; what has no names to resolve is returned as it is."""
        named = NAMED.get(type(body))
        if named is not None:
            return named(body, self.environment())
        match body:
            case tree.QueryTree():
                return self.query(body)
            case tree.DescribeQueryTree(query=query):
                return described_query(self.query(query))
            case tree.CreateTableTree() | tree.AlterTree():
                return DEFINING[type(body)](body, self.environment)
            case tree.CreateTableAsTree():
                return self.create_table_as(body)
            case tree.CreateViewTree():
                return bind_create_view(body, self.environment(body.query))
            case tree.InsertTree():
                return bind_insert(body, self.environment(body.query))
            case tree.ChangeTree(change=change):
                return self.change(change)
            case tree.CopyToTree() | tree.ExplainTree():
                return self.around(body)
        assert isinstance(body, bound.Statement)
        return body

    def around(self, body: tree.CopyToTree | tree.ExplainTree) -> bound.Statement:
        """Bind a statement that holds another."""
        if isinstance(body, tree.ExplainTree):
            return bound.Explain(body.form, self.bind(body.body))
        return bound.CopyTo(self.query(body.query), body.path, body.options)

    def environment(self, body: tree.QueryTree | None = None) -> Environment:
        """Return the surroundings of what sqlglot has parsed."""
        places = Places(() if body is None else body.tokens, self.text)
        return Environment(
            self.catalog,
            places,
            self.parameters,
            self.now,
            functions=self.functions,
            randomness=self.randomness,
            varied=self.varied,
        )

    def query(self, body: tree.QueryTree) -> bound.Query:
        """Bind a query."""
        environment = self.environment(body)
        relation = bind_query(body.tree, Surroundings(environment, {}, None, bind_query))
        return bound.Query(relation.plan, relation.names, is_volatile=bool(environment.volatile))

    def change(self, body: tree.QueryTree) -> bound.Statement:
        """Bind UPDATE or DELETE."""
        if isinstance(body.tree, exp.Delete):
            return bind_delete(body.tree, self.environment(body))
        assert isinstance(body.tree, exp.Update)
        return bind_update(body.tree, self.environment(body))

    def create_table_as(self, body: tree.CreateTableAsTree) -> bound.CreateTableAs | bound.Nothing:
        """Bind CREATE TABLE AS; a table's columns have distinct names."""
        environment = self.environment(body.query)
        found, table = find_new(body.name, body.making, environment, is_view=False), body.name.text
        relation = bind_query(body.query.tree, Surroundings(environment, {}, None, bind_query))
        seen: set[str] = set()
        for name in relation.names:
            if name.lower() in seen:
                message = f"table {table} would have two columns {name}; name one of them by AS"
                raise ProgrammingError(message)
            seen.add(name.lower())
        query = bound.Query(_without_zones(relation.plan, environment), relation.names)
        if found is None:
            return bound.Nothing()
        return bound.CreateTableAs(found, query, body.options, body.making.or_replace)


def _without_zones(plan: Plan, environment: Environment) -> Plan:
    """Return the plan with instants as TIMESTAMP, in UTC, which is what columns hold."""
    fields = output_fields(plan)
    if not any(f.type.is_zoned for f in fields):
        return plan
    items = []
    for each in fields:
        target = replace(each.type, is_zoned=False)
        made = environment.field(each.name, target, nullable=each.nullable)
        items.append(Item(made, cast(reference(each), target)))
    return Project(plan, tuple(items))


# The modules are imported for what they register with gpudb.sql.bind.dispatch.
__all__ = ["Catalog", "bind", "expressions", "function_nodes", "moment_nodes", "text_nodes"]
