"""The SELECT list's names and items, what ORDER BY says about them, LIMIT and OFFSET."""

from __future__ import annotations

from dataclasses import field

from sqlglot import exp

from gpudb.records import dataclass
from gpudb.sql.bind.context import Context, Environment
from gpudb.sql.bind.dispatch import bind_expression, reference
from gpudb.sql.bind.operators import interval_order
from gpudb.sql.dialect import is_word, plain_name
from gpudb.sql.expr import ColumnReference, Expression, Literal, SortKey, transform
from gpudb.sql.plan import Item, Plan, output_fields
from gpudb.sql.scope import Scope
from gpudb.storage.types import Kind


@dataclass(slots=True)
class Output:
    """The SELECT list in the making: items with their names, then hidden ones for ORDER BY.

    `aliases` holds the list's expressions by the names that AS gives them.
    """

    items: list[Item] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    hidden: list[Item] = field(default_factory=list)
    aliases: dict[str, Expression] = field(default_factory=dict)

    def find(self, name: str) -> list[Item]:
        """Return the items that show under `name`."""
        shown = zip(self.items, self.names, strict=True)
        return [item for item, title in shown if title.lower() == name.lower()]


def ordinal(node: exp.Literal, output: Output, clause: str, environment: Environment) -> Item:
    """Return the item that a number in ORDER BY or GROUP BY means."""
    place = int(node.this) if str(node.this).isdigit() else 0
    if not 1 <= place <= len(output.items):
        message = f"{clause} {node.this}: the SELECT list has columns 1 to {len(output.items)}"
        raise environment.wrong(message, node)
    return output.items[place - 1]


def simple_order_item(node: exp.Expr, output: Output, environment: Environment) -> Item | None:
    """Return the item that an ordinal or a bare name in ORDER BY means, or None."""
    if isinstance(node, exp.Literal) and not node.is_string:
        return ordinal(node, output, "ORDER BY", environment)
    if not isinstance(node, exp.Column) or node.table:
        return None
    found = output.find(plain_name(node.name))
    if len({item.expression for item in found}) > 1:
        raise environment.wrong(f"ORDER BY {node.name} is ambiguous", node)
    return found[0] if found else None


def sort_key(node: exp.Ordered, expression: Expression) -> SortKey:
    """Return the key of an ORDER BY item."""
    is_descending = bool(node.args.get("desc"))
    if expression.type.kind is Kind.INTERVAL:
        expression = interval_order(expression)
    return SortKey(expression, is_descending, bool(node.args.get("nulls_first")))


def keys_of_all(order: exp.Expr, output: Output) -> tuple[SortKey, ...] | None:
    """Return the keys of ORDER BY ALL, all columns from left to right; None for another order."""
    first, *others = order.expressions
    if others or not is_word(first.this, "ALL") or output.find("all"):
        return None
    return tuple(sort_key(first, reference(item.field)) for item in output.items)


def percentage(bound: Expression, node: exp.Expr, environment: Environment) -> float:
    """Return a constant from 0 to 100; raises ProgrammingError for anything else."""
    value = bound.value if isinstance(bound, Literal) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise environment.wrong("a percentage is a constant number", node)
    share = value / 10**bound.type.scale if bound.type.kind is Kind.DECIMAL else float(value)
    if not 0 <= share <= 100:
        raise environment.wrong(f"a percentage lies between 0 and 100, not {share:g}", node)
    return share


def row_count(node: exp.Expr, clause: str, environment: Environment) -> int | None:
    """Return the constant number of rows that a clause wants; None for ALL and NULL."""
    if isinstance(node, exp.Var) and node.name.upper() == "ALL":
        return None
    bound = bind_expression(node, Context(environment, Scope(), clause))
    if not isinstance(bound, Literal):
        raise environment.wrong(f"{clause} takes a constant", node)
    if bound.value is None:
        return None
    if not bound.type.is_integer or not isinstance(bound.value, int) or bound.value < 0:
        raise environment.wrong(f"{clause} takes a number of rows, not {bound.value}", node)
    return bound.value


def refreshed(expression: Expression, plan: Plan) -> Expression:
    """Return an expression that reads its fields as they came out of grouping, NULLs known."""
    fields = {each.id: each for each in output_fields(plan)}
    return transform(
        expression,
        lambda e: reference(fields[e.id]) if isinstance(e, ColumnReference) else e,
    )
