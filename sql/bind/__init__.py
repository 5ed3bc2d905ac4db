"""Trees -> bound statements: names become fields, everything gets a type.

Parsed --bind--> Statement (gpudb.sql.statement), with logical plans (gpudb.sql.plan) inside
"""

from __future__ import annotations

import datetime

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.sql import statement as bound
from gpudb.sql import tree
from gpudb.sql.bind import expressions, function_nodes
from gpudb.sql.bind.coerce import cast, may_cast
from gpudb.sql.bind.context import Environment, Relation
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.bind.places import Places
from gpudb.sql.bind.query import bind_query
from gpudb.sql.bind.tables import Surroundings
from gpudb.sql.expr import Expression, Literal
from gpudb.sql.parameters import Parameters, bind_parameters
from gpudb.sql.plan import Item, Project, Values, output_fields
from gpudb.sql.scope import Catalog, Column, Table, known_names, nearest


def bind(
    parsed: tree.Parsed,
    catalog: Catalog,
    parameters: Parameters = None,
    *,
    now: datetime.datetime | None = None,
) -> bound.Statement:
    """Bind a statement; `now` is what now() means in it (the present by default).

    Raises ProgrammingError or NotSupportedError with the place in the text, DataError for a literal
    that does not fit its type.
    """
    binder = StatementBinder(
        parsed.text,
        catalog,
        bind_parameters(parsed.parameters, parameters, parsed.text),
        now or datetime.datetime.now(datetime.UTC),
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
    ) -> None:
        self.text = text
        self.catalog = catalog
        self.parameters = parameters
        self.now = now

    def bind(self, body: tree.Tree) -> bound.Statement:
        """Bind one kind of statement; what has no names to resolve is returned as it is."""
        match body:
            case tree.QueryTree():
                return self.query(body)
            case tree.CreateTableAsTree():
                return self.create_table_as(body)
            case tree.InsertTree():
                return self.insert(body)
            case tree.CopyToTree(path=path, options=options):
                return bound.CopyTo(self.query(body.query), path, options)
            case tree.ExplainTree(form=form):
                return bound.Explain(form, self.bind(body.body))
        return body

    def _relation(self, body: tree.QueryTree) -> tuple[Relation, Environment]:
        places = Places(body.tokens, self.text)
        environment = Environment(self.catalog, places, self.parameters, self.now)
        return bind_query(body.tree, Surroundings(environment, {}, None, bind_query)), environment

    def query(self, body: tree.QueryTree) -> bound.Query:
        """Bind a query."""
        relation, _ = self._relation(body)
        return bound.Query(relation.plan, relation.names)

    def create_table_as(self, body: tree.CreateTableAsTree) -> bound.CreateTableAs:
        """Bind CREATE TABLE AS; a table's columns have distinct names."""
        query = self.query(body.query)
        seen: set[str] = set()
        for name in query.names:
            if name.lower() in seen:
                message = f"table {body.name} would have two columns {name}; name one of them by AS"
                raise ProgrammingError(message)
            seen.add(name.lower())
        return bound.CreateTableAs(body.name, query, body.options, body.if_not_exists)

    def insert(self, body: tree.InsertTree) -> bound.Insert:
        """Bind INSERT: the plan gives all of the table's columns, NULL for those left out."""
        table = self._table(body.table)
        targets = self._targets(body, table)
        relation, environment = self._relation(body.query)
        fields = output_fields(relation.plan)
        if len(fields) != len(targets):
            message = f"{table.name} takes {len(targets)} values here, but the query gives"
            raise self._wrong(f"{message} {len(fields)}", body.table)
        plan = relation.plan
        if isinstance(plan, Values):
            plan = self._assigned_rows(plan, targets, body.table, environment)
        elif isinstance(plan, Project):
            plan = self._assigned_items(plan, targets, body.table, environment)
        sources = dict(zip((c.name for c in targets), output_fields(plan), strict=True))
        items = []
        for column in table.columns:
            source = sources.get(column.name)
            value: Expression = (
                Literal(type=column.type, nullable=True, value=None)
                if source is None
                else self._assigned(column, reference(source), body.table)
            )
            made = environment.field(column.name, column.type, nullable=value.nullable)
            items.append(Item(made, value))
        names = tuple(column.name for column in table.columns)
        return bound.Insert(table.name, names, bound.Query(Project(plan, tuple(items)), names))

    def _assigned_rows(
        self, plan: Values, targets: list[Column], where: tree.Name, environment: Environment
    ) -> Values:
        """Convert VALUES' literals to the columns' types, each error at its own value."""
        rows = []
        for row in plan.rows:
            cells = zip(targets, row, strict=True)
            rows.append(tuple(self._assigned(column, cell, where) for column, cell in cells))
        fields = tuple(
            environment.field(f.name, c.type, nullable=f.nullable)
            for f, c in zip(plan.fields, targets, strict=True)
        )
        literals = tuple(tuple(c for c in row if isinstance(c, Literal)) for row in rows)
        return Values(fields, literals)

    def _assigned_items(
        self, plan: Project, targets: list[Column], where: tree.Name, environment: Environment
    ) -> Project:
        """Convert what a SELECT list gives; its literals adapt to the columns."""
        items = []
        for column, item in zip(targets, plan.items, strict=True):
            value = self._assigned(column, item.expression, where)
            made = environment.field(column.name, column.type, nullable=value.nullable)
            items.append(Item(made, value))
        return Project(plan.input, tuple(items))

    def _table(self, name: tree.Name) -> Table:
        table = self.catalog.find_table(name.text)
        if table is None:
            hint = nearest(name.text, self.catalog.table_names())
            raise self._wrong(f"table {name.text} does not exist{hint}", name)
        return table

    def _targets(self, body: tree.InsertTree, table: Table) -> list[Column]:
        if not body.columns:
            return list(table.columns)
        known = {column.name.lower(): column for column in table.columns}
        found: list[Column] = []
        for name in body.columns:
            column = known.get(name.text.lower())
            if column is None:
                names = [c.name for c in table.columns]
                hint = nearest(name.text, names) or known_names(names)
                raise self._wrong(f"table {table.name} has no column {name.text}{hint}", name)
            if column in found:
                raise self._wrong(f"column {name.text} is given twice", name)
            found.append(column)
        return found

    def _assigned(self, column: Column, value: Expression, where: tree.Name) -> Expression:
        """Cast a value to a column's type, as assignment may: texts only where literal."""
        is_text = value.type.is_text and not isinstance(value, Literal)
        if not may_cast(value.type, column.type) or (is_text and not column.type.is_text):
            message = f"column {column.name} of {where.text} is {column.type}, not {value.type}"
            raise self._wrong(f"{message}; write CAST(... AS {column.type})", where)
        try:
            return cast(value, column.type)
        except Error as error:
            error.message = f"column {column.name} of {where.text}: {error.message}"
            span = value.span or where.span
            raise error.at(self.text, span.begin, span.end) from None

    def _wrong(self, message: str, name: tree.Name) -> Error:
        return ProgrammingError(message).at(self.text, name.span.begin, name.span.end)


# The two modules are imported for what they register with gpudb.sql.bind.dispatch.
__all__ = ["Catalog", "bind", "expressions", "function_nodes"]
