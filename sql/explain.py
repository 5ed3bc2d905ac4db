"""A logical plan as an indented tree, and expressions as SQL that a reader would write."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from gpudb.sql.aggregates import arguments_of
from gpudb.sql.estimate import estimate
from gpudb.sql.expr import (
    WHOLE_PARTITION,
    AggregateCall,
    Bound,
    Call,
    Case,
    Cast,
    ColumnReference,
    Exclusion,
    Expression,
    Frame,
    InList,
    Literal,
    SortKey,
    UserCall,
    WindowCall,
)
from gpudb.sql.plan import (
    Aggregate,
    Expand,
    Field,
    Filter,
    Item,
    Iterate,
    Join,
    JoinKind,
    LastRound,
    Limit,
    LimitBy,
    Plan,
    Project,
    Repeat,
    Scan,
    Shared,
    Sort,
    Union,
    Values,
    Window,
    ZoneFilter,
    inputs,
    output_fields,
)
from gpudb.sql.user_function import UserFunction
from gpudb.storage.hidden import ROW_COLUMN
from gpudb.storage.types import Kind, SqlType

INDENT = "  "
INFIX = {
    "or": ("OR", 1),
    "and": ("AND", 2),
    "equal": ("=", 4),
    "not_equal": ("<>", 4),
    "less": ("<", 4),
    "less_equal": ("<=", 4),
    "greater": (">", 4),
    "greater_equal": (">=", 4),
    "is_distinct_from": ("IS DISTINCT FROM", 4),
    "is_not_distinct_from": ("IS NOT DISTINCT FROM", 4),
    "like": ("LIKE", 4),
    "ilike": ("ILIKE", 4),
    "add": ("+", 5),
    "subtract": ("-", 5),
    "concat_text": ("||", 5),
    "multiply": ("*", 6),
    "divide": ("/", 6),
    "modulo": ("%", 6),
}
NOT_BINDING, COMPARISON_BINDING, SIGN_BINDING, ATOM_BINDING = 3, 4, 7, 8
ASSOCIATIVE = ("and", "or", "add", "multiply", "concat_text")


def explain(plan: Plan, *, with_rows: bool = False) -> str:
    """Return `plan` as a tree, a node a line, inputs indented below; `with_rows` adds estimates."""
    lines: list[str] = []
    _write(plan, 0, lines, set(), with_rows=with_rows)
    return "\n".join(lines)


def _write(plan: Plan, depth: int, lines: list[str], seen: set[int], *, with_rows: bool) -> None:
    rows = f"  ~{estimate(plan).rows:.0f} rows" if with_rows else ""
    lines.append(f"{INDENT * depth}{node_text(plan)}{rows}")
    parts = inputs(plan)
    if isinstance(plan, Shared) and plan.number not in seen:
        # What is computed once is written once, below the first that reads it.
        seen.add(plan.number)
        parts = (plan.definition,)
    for part in parts:
        _write(part, depth + 1, lines, seen, with_rows=with_rows)


def node_text(plan: Plan) -> str:
    """Return the line of one node."""
    match plan:
        case Scan(table=table, columns=columns, zone_filters=zones):
            skipped = f" zones {' AND '.join(map(_zone_text, zones))}" if zones else ""
            shown = ", ".join("row" if c == ROW_COLUMN else c for c in columns)
            return f"Scan {table.name} ({shown}){skipped}"
        case Values(rows=rows):
            rows_text = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
            return f"Values ({_names(output_fields(plan))}) {rows_text}"
        case Filter(predicate=predicate):
            return f"Filter {expression_text(predicate)}"
        case Project(items=items):
            return f"Project {', '.join(map(_item_text, items))}"
        case Join():
            return _join_text(plan)
        case Aggregate():
            return _aggregate_text(plan)
        case Window():
            return _window_text(plan)
        case Union(fields=fields):
            return f"Union all ({_names(fields)})"
    return _rows_text(plan)


def _rows_text(plan: Plan) -> str:
    """Return the line of a node that only orders, cuts or repeats rows."""
    match plan:
        case Sort(keys=keys, limit=limit, with_ties=with_ties):
            first = "" if limit is None else f" first {limit}"
            first += " with ties" if with_ties else ""
            return f"Sort {', '.join(map(_sort_key_text, keys))}{first}"
        case Limit(count=count, offset=offset, percent=percent):
            skip = f" offset {offset}" if offset else ""
            if percent is not None:
                return f"Limit {percent:g} percent{skip}"
            return f"Limit {'all' if count is None else count}{skip}"
        case LimitBy(keys=keys, count=count, offset=offset):
            shown = {field.id: field.name for field in output_fields(plan)}
            skip = f" offset {offset}" if offset else ""
            by = ", ".join(shown[key] for key in keys)
            return f"Limit {'all' if count is None else count}{skip} by {by}"
        case Repeat(times=times):
            times_names = {field.id: field.name for field in output_fields(plan)}
            return f"Repeat {times_names[times]} times"
        case Expand(function=function, arguments=arguments, fields=fields, is_outer=is_outer):
            word = "Expand outer" if is_outer else "Expand"
            read = ", ".join(map(expression_text, arguments))
            return f"{word} {function}({read}) AS {_names(fields)}"
    return _cte_text(plan)


def _cte_text(plan: Plan) -> str:
    """Return the line of a node that WITH makes."""
    match plan:
        case Iterate(name=name, fields=fields, is_distinct=is_distinct, limit=limit):
            kind = " distinct" if is_distinct else ""
            first = "" if limit is None else f" first {limit}"
            return f"Iterate {name}{kind} ({_names(fields)}){first}"
        case LastRound(fields=fields):
            return f"Last round ({_names(fields)})"
        case Shared(name=name, fields=fields):
            return f"Shared {name} ({_names(fields)})"
    raise AssertionError(f"no such plan node: {plan!r}")


def _names(fields: tuple[Field, ...]) -> str:
    return ", ".join(field.name for field in fields)


def _join_text(plan: Join) -> str:
    if plan.kind is JoinKind.CROSS:
        return "Join cross"
    parts = [f"{_operand(k.left, 5)} = {_operand(k.right, 5)}" for k in plan.keys]
    if plan.condition is not None:
        parts.append(_operand(plan.condition, 2))
    return f"Join {plan.kind.value} on {' AND '.join(parts) or 'TRUE'}"


def _aggregate_text(plan: Aggregate) -> str:
    calls = ", ".join(_named(expression_text(a.call), a.field.name) for a in plan.aggregates)
    groups = ", ".join(map(_item_text, plan.groups))
    return " ".join(filter(None, ("Aggregate", calls, f"by {groups}" if groups else "")))


def _window_text(plan: Window) -> str:
    calls = ", ".join(
        _named(f"{expression_text(i.call)}{_frame_text(i.frame)}", i.field.name) for i in plan.items
    )
    partition = ", ".join(map(expression_text, plan.partition))
    order = ", ".join(map(_sort_key_text, plan.order))
    by = f"by {partition}" if partition else ""
    return " ".join(filter(None, ("Window", calls, by, f"order {order}" if order else "")))


def _frame_text(frame: Frame) -> str:
    if frame == WHOLE_PARTITION:
        return ""
    unit, without = frame.unit.value, frame.exclusion
    excluded = "" if without is Exclusion.NOTHING else f" without {without.value}"
    return f" {unit} {_frame_end(frame.begin)} to {_frame_end(frame.end)}{excluded}"


def _frame_end(bound: Bound) -> str:
    if bound.direction == 0:
        return "here"
    side = "before" if bound.direction < 0 else "behind"
    if bound.is_unbounded:
        return "start" if bound.direction < 0 else "end"
    if bound.limit is not None:
        return f"at {expression_text(bound.limit)} {side}"
    if bound.distance is not None:
        return f"{expression_text(bound.distance)} {side}"
    return f"{bound.offset} {side}"


def _item_text(item: Item) -> str:
    return _named(expression_text(item.expression), item.field.name)


def _named(text: str, name: str) -> str:
    return text if text == name else f"{text} AS {name}"


def _sort_key_text(key: SortKey) -> str:
    order = " DESC" if key.is_descending else ""
    # PostgreSQL's default: NULL counts as the greatest value.
    is_default = key.is_nulls_first == key.is_descending or not key.expression.nullable
    nulls = "" if is_default else f" NULLS {'FIRST' if key.is_nulls_first else 'LAST'}"
    return f"{expression_text(key.expression)}{order}{nulls}"


def _zone_text(zone: ZoneFilter) -> str:
    if zone.minimum == zone.maximum:
        return f"{zone.column} = {zone.minimum}"
    low = "" if zone.minimum is None else f"{zone.minimum} <= "
    high = "" if zone.maximum is None else f" <= {zone.maximum}"
    return f"{low}{zone.column}{high}"


def expression_text(expression: Expression) -> str:
    """Return `expression` as SQL."""
    return _bound_text(expression)[0]


def _operand(expression: Expression, binding: int) -> str:
    """Return the text, in parentheses where it binds less tightly than its surroundings."""
    text, own = _bound_text(expression)
    return text if own >= binding else f"({text})"


def _bound_text(expression: Expression) -> tuple[str, int]:
    """Return the text and how tightly its outermost operator binds."""
    match expression:
        case ColumnReference(name=name):
            return name, ATOM_BINDING
        case Literal(value=value, type=type):
            text = literal_text(value, type)
            return text, SIGN_BINDING if text.startswith("-") else ATOM_BINDING
        case Call(function=function, arguments=arguments):
            return _call_text(function, arguments)
        case UserCall(function=UserFunction(name=function), arguments=arguments):
            return f"{function}({', '.join(map(expression_text, arguments))})", ATOM_BINDING
        case Cast(argument=argument, type=type, is_try=is_try):
            word = "TRY_CAST" if is_try else "CAST"
            return f"{word}({expression_text(argument)} AS {type})", ATOM_BINDING
        case Case():
            return _case_text(expression), ATOM_BINDING
        case InList(argument=argument, values=values):
            listed = ", ".join(expression_text(v) for v in values)
            return f"{_operand(argument, 5)} IN ({listed})", COMPARISON_BINDING
        case AggregateCall():
            return _aggregate_call_text(expression), ATOM_BINDING
        case WindowCall(function=function, arguments=arguments, ignores_nulls=ignores):
            listed = ", ".join(map(expression_text, arguments))
            return f"{function}({listed}{' IGNORE NULLS' if ignores else ''})", ATOM_BINDING
    raise AssertionError(f"no such expression: {expression!r}")


def _aggregate_call_text(call: AggregateCall) -> str:
    if call.argument is None:
        return f"{call.function}(*)"
    distinct = "DISTINCT " if call.is_distinct else ""
    arguments = ", ".join(expression_text(argument) for argument in arguments_of(call))
    keys = ", ".join(map(_sort_key_text, call.order))
    order = f" ORDER BY {keys}" if keys else ""
    return f"{call.function}({distinct}{arguments}{order})"


def _call_text(function: str, arguments: tuple[Expression, ...]) -> tuple[str, int]:
    match function, arguments:
        case "not", (argument,):
            return f"NOT {_operand(argument, NOT_BINDING)}", NOT_BINDING
        case "is_null", (argument,):
            return f"{_operand(argument, 5)} IS NULL", COMPARISON_BINDING
        case "is_not_null", (argument,):
            return f"{_operand(argument, 5)} IS NOT NULL", COMPARISON_BINDING
        case "negate", (argument,):
            return f"-{_operand(argument, ATOM_BINDING)}", SIGN_BINDING
    if function in INFIX and len(arguments) >= 2:
        symbol, binding = INFIX[function]
        later = binding if function in ASSOCIATIVE else binding + 1
        first = binding + 1 if binding == COMPARISON_BINDING else binding
        texts = [_operand(arguments[0], first), *(_operand(a, later) for a in arguments[1:])]
        return f" {symbol} ".join(texts), binding
    return f"{function}({', '.join(map(expression_text, arguments))})", ATOM_BINDING


def _case_text(case: Case) -> str:
    branches = " ".join(
        f"WHEN {expression_text(b.condition)} THEN {expression_text(b.value)}"
        for b in case.branches
    )
    return f"CASE {branches} ELSE {expression_text(case.otherwise)} END"


def literal_text(value: int | float | bool | str | None, of: SqlType) -> str:
    """Return a physical value of the type `of` as a SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if of.kind is Kind.BOOLEAN:
        return "TRUE" if value else "FALSE"
    return repr(value) if isinstance(value, float) else _number_text(value, of)


def _number_text(value: int, of: SqlType) -> str:
    match of.kind:
        case Kind.DECIMAL:
            return f"{Decimal(value).scaleb(-of.scale):f}"
        case Kind.DATE:
            return f"DATE '{_date_text(value)}'"
        case Kind.TIME:
            return f"TIME '{_time_text(value, 6)}'"
        case Kind.TIMESTAMP:
            days, rest = divmod(value, 86_400 * 10**of.precision)
            return f"TIMESTAMP '{_date_text(days)} {_time_text(rest, of.precision)}'"
        case Kind.INTERVAL_MONTHS:
            return f"INTERVAL '{value}' MONTH"
        case Kind.INTERVAL_TIME:
            return f"INTERVAL '{Decimal(value).scaleb(-6).normalize():f}' SECOND"
        case Kind.INTERVAL:
            return f"INTERVAL {value}"
    return str(value)


def _date_text(days: int) -> str:
    try:
        return (date(1970, 1, 1) + timedelta(days=days)).isoformat()
    except OverflowError:  # beyond year 9999, which only a column's type allows
        return f"{days} days"


def _time_text(units: int, precision: int) -> str:
    seconds, fraction = divmod(units, 10**precision)
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
    return f"{text}.{fraction:0{precision}}" if fraction else text
