"""Answer by statistics: COUNT, MIN and MAX over all of a stored table read none of its rows.

    SELECT count(*), max(day) FROM t   ->   SELECT 7000, DATE '2026-11-26'

Statistics bound the values of a stored table that has no deleted rows exactly: both bounds are
values of it. A file's statistics promise less, and floats have zeros and NaNs of several kinds.
"""

from __future__ import annotations

from gpudb.sql.aggregates import may_be_wide
from gpudb.sql.expr import AggregateCall, ColumnReference, Expression, Literal
from gpudb.sql.optimize.rewrite import transform_plan
from gpudb.sql.optimize.stored_rows import StoredRows
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
    if not isinstance(scan, Scan) or not isinstance(scan.table, StoredRows):
        return plan
    row = []
    for item in plan.aggregates:
        found = _find_value(item.call, scan, scan.table)
        if found is UNKNOWN:
            return plan
        assert found is None or isinstance(found, int)
        row.append(Literal(type=item.call.type, nullable=found is None, value=found))
    return Values(tuple(item.field for item in plan.aggregates), (tuple(row),))


def _is_never_null(argument: Expression | None) -> bool:
    return argument is None or (isinstance(argument, Literal) and argument.value is not None)


def _find_value(call: AggregateCall, scan: Scan, table: StoredRows) -> object:
    """Return the aggregate's physical value, None for NULL, or UNKNOWN."""
    if table.deleted_rows or call.others or call.order:
        return UNKNOWN
    if call.is_distinct and call.function == "count":
        return UNKNOWN
    if call.function == "count" and _is_never_null(call.argument):
        return table.row_count
    if call.function not in ("count", "min", "max"):
        return UNKNOWN
    columns = {field.id: name for field, name in zip(scan.fields, scan.columns, strict=True)}
    argument = call.argument
    if not (isinstance(argument, ColumnReference) and argument.id in columns):
        return UNKNOWN
    of = argument.type
    is_bounded = of.is_integer or of.kind in (Kind.DECIMAL, Kind.DATE, Kind.TIMESTAMP)
    # Statistics of arrays are of their elements, too.
    is_count = call.function == "count" and not of.is_array
    if not is_count and (not is_bounded or may_be_wide(of) or of != call.type):
        return UNKNOWN
    statistics = table.statistics(columns[argument.id])
    if statistics.rows != table.row_count:
        return UNKNOWN
    if is_count:
        return statistics.rows - statistics.nulls
    if statistics.nulls == statistics.rows:
        return None
    value = statistics.minimum if call.function == "min" else statistics.maximum
    return value if isinstance(value, int) else UNKNOWN
