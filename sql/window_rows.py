"""Lowering of windows: what their rows must hold, and the source that computes over them."""

from __future__ import annotations

from collections.abc import Mapping

from gpudb.sql.expr import ColumnReference, Expression, Literal, children
from gpudb.sql.pipeline import ResultRows, WindowKey, WindowRows
from gpudb.sql.plan import Field, Window
from gpudb.sql.plan_expressions import map_window_item


def window_reads(plan: Window) -> tuple[Expression, ...]:
    """Return what is evaluated for each row; constants among the calls' arguments are not."""
    calls = (e for item in plan.items for e in children(item.call) if not isinstance(e, Literal))
    frames = (e for item in plan.items for e in item.frame.expressions)
    return (*plan.partition, *(key.expression for key in plan.order), *calls, *frames)


def window_rows(plan: Window, result: ResultRows, held: Mapping[Expression, Field]) -> WindowRows:
    """Return the window over the rows of `result`; `held` are the fields of what it reads."""

    def over_fields(expression: Expression) -> Expression:
        field = held.get(expression)
        if field is None:
            return expression
        return ColumnReference(
            id=field.id, name=field.name, type=field.type, nullable=field.nullable
        )

    return WindowRows(
        result,
        tuple(held[e].id for e in plan.partition),
        tuple(WindowKey(held[k.expression].id, k.is_descending) for k in plan.order),
        tuple(map_window_item(item, over_fields) for item in plan.items),
    )
