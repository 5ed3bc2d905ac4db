"""Trees -> bound statements: names become fields, everything gets a type.

Parsed --bind--> Statement (gpudb.sql.statement), with logical plans (gpudb.sql.plan) inside
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.bind import expressions, function_nodes, moment_nodes, text_nodes
from gpudb.sql.bind.changes import bind_delete, bind_insert, bind_truncate, bind_update
from gpudb.sql.bind.coerce import cast
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.ddl import (
    bind_alter,
    bind_comment,
    bind_create_table,
    bind_create_view,
    bind_drop,
)
from gpudb.sql.bind.descriptions import bind_description
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.bind.places import Places
from gpudb.sql.bind.query import bind_query
from gpudb.sql.bind.tables import Surroundings
from gpudb.sql.expr import Literal
from gpudb.sql.parameters import Parameters, bind_parameters
from gpudb.sql.plan import Item, Plan, Project, output_fields
from gpudb.sql.scope import Catalog
from gpudb.sql.user_function import UserFunction

NO_FUNCTIONS: Mapping[str, UserFunction] = {}


def bind(
    parsed: tree.Parsed,
    catalog: Catalog,
    parameters: Parameters = None,
    *,
    now: datetime.datetime | None = None,
    functions: Mapping[str, UserFunction] = NO_FUNCTIONS,
    randomness: random.Random | None = None,
) -> bound.Statement:
    """Bind a statement; `now` is what now() means in it (the present by default).

    `functions` are those that users made, by their names in lower case; random() draws from
    `randomness`, or from the system.

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
    )
    try:
        return binder.bind(parsed.body)
    except RecursionError:
        message = "an expression is nested too deeply"
        raise NotSupportedError(message).at(parsed.text, parsed.span.begin) from None
    except Error as error:
        raise error.at(parsed.text, error.begin, error.end) from None


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
    ) -> None:
        self.text = text
        self.catalog = catalog
        self.parameters = parameters
        self.now = now
        self.functions = functions
        self.randomness = randomness

    def bind(self, body: tree.Tree) -> bound.Statement:
        """Bind one kind of statement; what has no names to resolve is returned as it is."""
        if isinstance(body, tree.Defining):
            return self.define(body)
        match body:
            case tree.QueryTree():
                return self.query(body)
            case tree.CreateTableAsTree():
                return self.create_table_as(body)
            case tree.InsertTree():
                return bind_insert(body, self.environment(body.query))
            case tree.ChangeTree(change=change):
                return self.change(change)
            case tree.DescribeTree() | tree.ShowCreateTree():
                return bind_description(body, self.environment())
            case tree.TruncateTree():
                return bind_truncate(body, self.environment())
            case tree.CopyToTree(path=path, options=options):
                return bound.CopyTo(self.query(body.query), path, options)
            case tree.ExplainTree(form=form):
                return bound.Explain(form, self.bind(body.body))
        return body

    def define(self, body: tree.Defining) -> bound.Statement:
        """Bind a statement that makes, changes or removes a table or a view."""
        match body:
            case tree.CreateTableTree():
                return bind_create_table(body, self.environment)
            case tree.CreateViewTree():
                return bind_create_view(body, self.environment(body.query))
            case tree.AlterTree():
                return bind_alter(body, self.environment(), self.environment)
            case tree.DropTree():
                return bind_drop(body, self.environment())
        return bind_comment(body, self.environment())

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
        )

    def query(self, body: tree.QueryTree) -> bound.Query:
        """Bind a query."""
        surroundings = Surroundings(self.environment(body), {}, None, bind_query)
        relation = bind_query(body.tree, surroundings)
        return bound.Query(relation.plan, relation.names)

    def change(self, body: tree.QueryTree) -> bound.Statement:
        """Bind UPDATE or DELETE."""
        if isinstance(body.tree, exp.Delete):
            return bind_delete(body.tree, self.environment(body))
        assert isinstance(body.tree, exp.Update)
        return bind_update(body.tree, self.environment(body))

    def create_table_as(self, body: tree.CreateTableAsTree) -> bound.CreateTableAs:
        """Bind CREATE TABLE AS; a table's columns have distinct names."""
        environment = self.environment(body.query)
        relation = bind_query(body.query.tree, Surroundings(environment, {}, None, bind_query))
        seen: set[str] = set()
        for name in relation.names:
            if name.lower() in seen:
                message = f"table {body.name} would have two columns {name}; name one of them by AS"
                raise ProgrammingError(message)
            seen.add(name.lower())
        query = bound.Query(_without_zones(relation.plan, environment), relation.names)
        return bound.CreateTableAs(
            body.name, query, body.options, body.if_not_exists, body.or_replace
        )


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
