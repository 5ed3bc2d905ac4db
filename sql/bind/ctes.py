"""WITH: common table expressions, recursive ones too.

WITH x AS (query)           each reference is a Shared: whether its rows are computed once or
                            for each reference is the optimizer's to say
WITH RECURSIVE x AS (a UNION [ALL] b)
                            an Iterate; in b, x is what the last round added
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING

from sqlglot import exp

from gpudb.records import dataclass, replace
from gpudb.sql.bind.coerce import cast, common_type
from gpudb.sql.bind.context import Environment, Relation
from gpudb.sql.bind.set_operations import outputs
from gpudb.sql.dialect import plain_name
from gpudb.sql.expr import Literal
from gpudb.sql.plan import (
    Field,
    Item,
    Iterate,
    LastRound,
    Plan,
    Project,
    Shared,
    output_fields,
)
from gpudb.sql.plan_expressions import free_ids
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType

if TYPE_CHECKING:
    from gpudb.sql.bind.tables import Surroundings

# Types of columns may widen while the recursive part is bound, and NULLs come in.
MOST_BINDINGS = 5


@dataclass(slots=True)
class Cte:
    """A CTE that a query may name; `again` binds it anew, where it reads an outer query's row."""

    number: int
    name: str
    relation: Relation
    again: Callable[[], Relation]
    is_kept: bool | None

    def read(self, environment: Environment) -> Relation:
        """Return what a reference to the CTE stands for."""
        if free_ids(self.relation.plan):
            return self.again()
        own = output_fields(self.relation.plan)
        fields = tuple(environment.field(f.name, f.type, nullable=f.nullable) for f in own)
        columns = tuple(field.id for field in own)
        plan = Shared(
            self.number, self.name, fields, columns, self.relation.plan, is_kept=self.is_kept
        )
        return Relation(plan, self.relation.names)


@dataclass(slots=True)
class RecursiveName:
    """The name of a recursive CTE inside its own recursive part; `depth` is that part's."""

    number: int
    name: str
    names: tuple[str, ...]
    fields: tuple[Field, ...]
    depth: int
    uses: int = field(default=0)

    def read(self, node: exp.Expr, depth: int, environment: Environment) -> Relation:
        """Return the rows of the last round; raises NotSupportedError where they may not stand."""
        self.uses += 1
        if self.uses > 1:
            raise environment.later(f"{self.name} twice in its recursive part is", node)
        if depth > self.depth:
            raise environment.later(f"recursive {self.name} inside a subquery is", node)
        fields = tuple(environment.field(f.name, f.type, nullable=f.nullable) for f in self.fields)
        return Relation(LastRound(self.number, fields), self.names)


def with_ctes(node: exp.Expr, surroundings: Surroundings) -> Surroundings:
    """Return what a query may name besides, where it begins with WITH."""
    clause = node.args.get("with_")
    if clause is None:
        return surroundings
    environment = surroundings.environment
    around = replace(surroundings, ctes={}, outer=surroundings)
    for cte in clause.expressions:
        name = plain_name(cte.alias)
        if name.lower() in around.ctes:
            raise environment.wrong(f"WITH defines {name} twice", cte.args["alias"])
        made = _bind_cte(cte, name, around, is_recursive=bool(clause.args.get("recursive")))
        around = replace(around, ctes={**around.ctes, name.lower(): made})
    return around


def _bind_cte(cte: exp.CTE, name: str, around: Surroundings, *, is_recursive: bool) -> Cte:
    environment = around.environment

    def bind() -> Relation:
        if is_recursive and mentions(cte.this, name):
            return bind_recursive(cte, name, around)
        return renamed(around.bind_query(cte.this, around), cte.args.get("alias"), environment)

    relation = bind()
    number = next(environment.ids)
    return Cte(number, name, relation, bind, cte.args.get("materialized"))


def renamed(relation: Relation, alias: exp.Expr | None, environment: Environment) -> Relation:
    """Return a relation with the names that AS name (columns) gives."""
    columns = [] if alias is None else alias.args.get("columns") or []
    if len(columns) > len(relation.names):
        name = plain_name(alias.name) if alias is not None else ""
        message = f"{name} has {len(relation.names)} columns, not {len(columns)}"
        raise environment.wrong(message, columns[-1])
    names = (*(c.name for c in columns), *relation.names[len(columns) :])
    return Relation(relation.plan, names)


def mentions(node: exp.Expr, name: str) -> exp.Table | None:
    """Return a table called `name` in `node`, if there is one."""
    tables = node.find_all(exp.Table)
    return next((t for t in tables if plain_name(t.name).lower() == name.lower()), None)


def bind_recursive(cte: exp.CTE, name: str, around: Surroundings) -> Relation:
    """Bind `seed UNION [ALL] step`; a column has a type that holds what every round gives."""
    environment, union = around.environment, cte.this
    parts = _parts(union, name, around)
    seed = renamed(around.bind_query(union.this, parts), cte.args.get("alias"), environment)
    own = output_fields(seed.plan)
    columns = [(f.type, f.nullable) for f in own]
    depth = len(around.scopes)
    for _ in range(MOST_BINDINGS):
        number = next(environment.ids)
        fields = tuple(
            environment.field(n, type_, nullable=nullable)
            for n, (type_, nullable) in zip(seed.names, columns, strict=True)
        )
        last = RecursiveName(number, name, seed.names, fields, depth)
        inside = replace(parts, ctes={**parts.ctes, name.lower(): last})
        step = around.bind_query(union.expression, inside).plan
        if not last.uses:
            message = f"the part behind UNION of {name} does not read {name} itself"
            raise environment.wrong(message, union.expression)
        wanted = _columns(columns, seed, step, last, union, environment)
        if wanted == columns:
            break
        columns = wanted
    plan = Iterate(
        _converted(seed.plan, columns, union.this, environment),
        _converted(step, columns, union.expression, environment),
        tuple(environment.field(f.name, f.type, nullable=f.nullable) for f in fields),
        number,
        name,
        is_distinct=bool(union.args.get("distinct")),
        span=environment.span(cte.args["alias"]),
    )
    if free_ids(plan):
        raise environment.later(f"recursive {name} that reads an outer query's columns is", union)
    return Relation(plan, seed.names)


def _parts(union: exp.Expr, name: str, around: Surroundings) -> Surroundings:
    """Return what both parts may name; raises an error where `union` is of another form."""
    environment = around.environment
    if not isinstance(union, exp.Union):
        where = mentions(union, name)
        message = f"recursive {name} is a query, UNION [ALL], and a query that reads {name}"
        raise environment.wrong(message, where)
    for key, words in (("order", "ORDER BY"), ("limit", "LIMIT"), ("offset", "OFFSET")):
        if union.args.get(key) is not None:
            raise environment.later(f"{words} in a recursive query is", union.args[key])
    where = mentions(union.this, name)
    if where is not None:
        raise environment.later(f"{name} before the last UNION of its recursive query is", where)
    return with_ctes(union, around)


Columns = list[tuple[SqlType, bool]]


def _columns(
    columns: Columns,
    seed: Relation,
    step: Plan,
    last: RecursiveName,
    union: exp.Union,
    environment: Environment,
) -> Columns:
    """Return the columns' types and whether they may be NULL, a round taken into account."""
    given = output_fields(step)
    if len(given) != len(columns):
        message = f"{last.name} has {len(columns)} columns, its recursive part {len(given)}"
        raise environment.wrong(message, union.expression)
    found: Columns = []
    places = zip(columns, given, outputs(seed.plan), seed.names, strict=True)
    for (type_, nullable), new, first, name in places:
        is_null = isinstance(first, Literal) and first.value is None and type_.is_text
        joined = new.type if is_null else common_type(type_, new.type)
        if joined is None:
            message = f"column {name} of {last.name} is {type_} first, then {new.type}"
            raise environment.wrong(f"{message}; cast one of them", union.expression)
        if joined != type_ and joined.kind is Kind.DECIMAL:
            joined = types.decimal(types.MAX_DECIMAL_PRECISION, joined.scale)
        found.append((joined, nullable or new.nullable))
    return found


def _converted(plan: Plan, columns: Columns, node: exp.Expr, environment: Environment) -> Plan:
    if [type_ for type_, _ in columns] == [f.type for f in output_fields(plan)]:
        return plan
    items = []
    for value, made, (type_, _) in zip(outputs(plan), output_fields(plan), columns, strict=True):
        converted = cast(value, type_)
        field_ = environment.field(made.name, type_, nullable=converted.nullable)
        items.append(Item(field_, converted))
    return Project(plan, tuple(items))
