"""Answer by statistics: COUNT, MIN and MAX over all of a stored table read none of its rows.

    SELECT count(*), max(day) FROM t   ->   SELECT 7000, DATE '2026-11-26'

Statistics bound the values of a stored table that has no deleted rows exactly: both bounds are
values of it. A file's statistics promise less, and floats have zeros and NaNs of several kinds.
"""

from __future__ import annotations

from collections.abc import Mapping

from gpudb.sql.aggregates import may_be_wide
from gpudb.sql.expr import AggregateCall, ColumnReference, Expression, Literal
from gpudb.sql.grounds import StoredRows, ask, find_stored
from gpudb.sql.optimize.rewrite import transform_plan
from gpudb.sql.plan import Aggregate, Plan, Scan, Values
from gpudb.storage.types import Kind

UNKNOWN = object()


def answer_by_statistics(plan: Plan) -> Plan:
    """Replace aggregates that statistics answer by their values."""
    return transform_plan(plan, _answer, of=Aggregate)


def _answer(plan: Plan) -> Plan:
    if not isinstance(plan, Aggregate) or plan.groups or not plan.aggregates:
        return plan
    scan = plan.input
    if not isinstance(scan, Scan) or find_stored(scan.table) is None:
        return plan
    columns = {field.id: name for field, name in zip(scan.fields, scan.columns, strict=True)}
    # A table is asked nothing that a plan would not rest on.
    if not all(_may_answer(item.call, columns) for item in plan.aggregates):
        return plan
    row = []
    for item in plan.aggregates:
        found = ask(scan.table, _find_value, item.call, tuple(columns.items()))
        if found is UNKNOWN:
            return plan
        assert found is None or isinstance(found, int)
        row.append(Literal(type=item.call.type, nullable=found is None, value=found))
    return Values(tuple(item.field for item in plan.aggregates), (tuple(row),))


def _is_never_null(argument: Expression | None) -> bool:
    return argument is None or (isinstance(argument, Literal) and argument.value is not None)


def _counts_rows(call: AggregateCall) -> bool:
    return call.function == "count" and not call.is_distinct and _is_never_null(call.argument)


def _may_answer(call: AggregateCall, columns: Mapping[int, str]) -> bool:
    """Whether statistics may have the value of such an aggregate."""
    if call.others or call.order:
        return False
    if _counts_rows(call):
        return True
    argument = call.argument
    if not (isinstance(argument, ColumnReference) and argument.id in columns):
        return False
    of = argument.type
    if call.function == "count":
        # Statistics of arrays are of their elements, too.
        return not call.is_distinct and not of.is_array
    is_bounded = of.is_integer or of.kind in (Kind.DECIMAL, Kind.DATE, Kind.TIMESTAMP)
    is_extreme = call.function in ("min", "max")
    return is_extreme and is_bounded and not may_be_wide(of) and of == call.type


def _find_value(
    table: StoredRows, call: AggregateCall, columns: tuple[tuple[int, str], ...]
) -> object:
    """Return the aggregate's physical value, None for NULL, or UNKNOWN."""
    if table.deleted_rows:
        return UNKNOWN
    if _counts_rows(call):
        return table.row_count
    assert isinstance(call.argument, ColumnReference)
    statistics = table.statistics(dict(columns)[call.argument.id])
    if statistics.rows != table.row_count:
        return UNKNOWN
    if call.function == "count":
        return statistics.rows - statistics.nulls
    if statistics.nulls == statistics.rows:
        return None
    value = statistics.minimum if call.function == "min" else statistics.maximum
    return value if isinstance(value, int) else UNKNOWN
