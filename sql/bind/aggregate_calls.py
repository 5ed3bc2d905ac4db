"""Calls of aggregates: DISTINCT, ORDER BY, WITHIN GROUP and FILTER around their arguments."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from gpudb.errors import Error
from gpudb.records import replace
from gpudb.sql.bind.aggregate_forms import Form, Written
from gpudb.sql.bind.aggregates import AGGREGATES
from gpudb.sql.bind.context import Context, placed
from gpudb.sql.bind.dispatch import bind_condition, bind_expression, bind_node
from gpudb.sql.bind.forms import case, integer, null, null_test
from gpudb.sql.bind.output import sort_key
from gpudb.sql.bind.row_values import row_nodes
from gpudb.sql.call_tokens import SEPARATOR
from gpudb.sql.dialect import plain_name
from gpudb.sql.expr import Expression, Literal, SortKey, field_ids
from gpudb.storage import types
from gpudb.storage.types import Kind

# Where no ORDER BY could change the answer, it is checked and then forgotten.
ORDERED = frozenset(
    (
        "string_agg",
        "listagg",
        "group_concat",
        "array_agg",
        "list",
        "first",
        "last",
        "last_sample",
        "mode",
    )
)


def function_name(node: exp.Anonymous) -> str:
    """Return the name of a called function in lower case."""
    return plain_name(str(node.this)).lower()


@bind_node.register
def _(node: exp.Filter, context: Context) -> Expression:
    """aggregate(x) FILTER (WHERE condition): NULL where the condition does not hold."""
    inner = node.this.this if isinstance(node.this, exp.WithinGroup) else node.this
    if not isinstance(inner, exp.Anonymous) or function_name(inner) not in AGGREGATES:
        raise context.environment.later("FILTER without an aggregate is", node)
    test = bind_condition(node.expression.this, context.inside("FILTER"))
    within = node.this if isinstance(node.this, exp.WithinGroup) else None
    return bind_aggregate(inner, context, test=test, within=within)


@bind_node.register
def _(node: exp.WithinGroup, context: Context) -> Expression:
    """aggregate(...) WITHIN GROUP (ORDER BY x)."""
    if not isinstance(node.this, exp.Anonymous) or function_name(node.this) not in AGGREGATES:
        raise context.environment.wrong("WITHIN GROUP follows an aggregate", node)
    return bind_aggregate(node.this, context, within=node)


def bind_aggregate(
    node: exp.Anonymous,
    context: Context,
    *,
    test: Expression | None = None,
    within: exp.WithinGroup | None = None,
) -> Expression:
    """Bind a call of one of AGGREGATES, with what FILTER and WITHIN GROUP say."""
    environment, name = context.environment, function_name(node)
    if not context.may_aggregate:
        raise environment.wrong(f"an aggregate cannot stand in {context.clause}", node)
    call = Parts(node, context)
    if within is not None:
        call.within(within)
    call.check(AGGREGATES[name])
    bound = call.bound(test)
    for argument in (*bound.arguments, *(key.expression for key in bound.order)):
        if _is_outer(argument, context):
            raise environment.later("an aggregate over an outer query's columns is", node)
    try:
        made = AGGREGATES[name].bind(bound)
    except Error as error:
        raise environment.place(error, node) from None
    return placed(made, environment.span(node))


def _is_outer(argument: Expression, context: Context) -> bool:
    """Whether an aggregate's argument reads columns, but none of its own query."""
    read = field_ids(argument)
    own = {f.id for source in context.scope.sources for f in source.fields}
    return bool(read) and not read & own


class Parts:
    """The parts of a call: its arguments, and what stands around them inside the parentheses."""

    def __init__(self, node: exp.Anonymous, context: Context) -> None:
        self.node = node
        self.context = context
        self.environment = context.environment
        self.name = function_name(node)
        self.arguments: list[exp.Expr] = list(node.expressions)
        self.order: Sequence[exp.Expr] = ()
        self.is_distinct = self.is_ignoring_nulls = self.is_within = self.is_star = False
        self._take_order()
        self._take_distinct()
        self._take_nulls()
        self._take_separator()

    def _take_order(self) -> None:
        last = self.arguments[-1] if self.arguments else None
        if isinstance(last, exp.Limit):
            raise self.environment.later("LIMIT inside an aggregate is", last)
        if isinstance(last, exp.Order):
            self.order = last.expressions
            self.arguments[-1] = last.this

    def _take_distinct(self) -> None:
        if len(self.arguments) == 1 and isinstance(self.arguments[0], exp.Distinct):
            self.arguments, self.is_distinct = self.arguments[0].expressions, True
        if len(self.arguments) == 1 and isinstance(self.arguments[0], exp.Star):
            if self.name != "count" or self.is_distinct:
                message = f"only count takes *, not {self.name}"
                raise self.environment.wrong(message, self.node)
            self.arguments, self.is_star = [], True

    def _take_nulls(self) -> None:
        """Take IGNORE NULLS and RESPECT NULLS off the argument."""
        if not self.arguments or not isinstance(
            self.arguments[-1], exp.IgnoreNulls | exp.RespectNulls
        ):
            return
        if self.name not in ("first", "last"):
            message = f"{self.name} takes neither IGNORE NULLS nor RESPECT NULLS"
            raise self.environment.wrong(message, self.node)
        self.is_ignoring_nulls = isinstance(self.arguments[-1], exp.IgnoreNulls)
        self.arguments[-1] = self.arguments[-1].this
        if isinstance(self.arguments[-1], exp.Order):
            self._take_order()

    def _take_separator(self) -> None:
        """Make an argument of SEPARATOR ';', which may stand behind the ORDER BY."""
        last = self.order[-1].this if self.order else self.arguments[-1] if self.arguments else None
        if not isinstance(last, exp.Anonymous) or plain_name(str(last.this)).upper() != SEPARATOR:
            return
        if self.name != "group_concat":
            raise self.environment.wrong(f"{self.name} takes no SEPARATOR", last)
        if self.order:
            self.order = self.order[:-1]
        else:
            self.arguments.pop()
        self.arguments.append(last.expressions[0])

    def within(self, clause: exp.WithinGroup) -> None:
        """Take the order of WITHIN GROUP."""
        form = AGGREGATES[self.name]
        if form.within is None:
            raise self.environment.wrong(f"{self.name} takes no WITHIN GROUP", clause)
        if self.order:
            message = f"{self.name} takes ORDER BY inside or in WITHIN GROUP, not both"
            raise self.environment.wrong(message, clause)
        self.order, self.is_within = clause.expression.expressions, True

    def check(self, form: Form) -> None:
        """Raise ProgrammingError for a wrong number of arguments."""
        count, least, most = len(self.arguments), form.least, form.most
        if self.is_within and form.within is not None:
            least, most = min(least, form.within), form.within
        if self.name in NEEDS_WITHIN and not self.is_within:
            message = f"{self.name} is written {self.name}(0.5) WITHIN GROUP (ORDER BY x)"
            raise self.environment.wrong(message, self.node)
        if self.is_star or least <= count <= most:
            return
        wanted = str(least) if least == most else f"{least} to {most}"
        words = {"0": "no argument", "1": "one argument", "2": "two arguments"}.get(
            wanted, f"{wanted} arguments"
        )
        raise self.environment.wrong(f"{self.name} takes {words}, not {count}", self.node)

    def bound(self, test: Expression | None) -> Written:
        """Bind the parts; rows that `test` drops have NULL for their first argument."""
        inner = self.context.inside(f"the argument of {self.name}")
        rows = row_nodes(self.arguments[0]) if len(self.arguments) == 1 else None
        if rows is not None and self.name == "count" and self.is_distinct:
            arguments = [part for node in rows for part in _countable(bind_expression(node, inner))]
        else:
            arguments = [bind_expression(argument, inner) for argument in self.arguments]
        keys = tuple(self._key(node, inner) for node in self.order)
        written = Written(
            self.name,
            tuple(arguments),
            keys if self.name in ORDERED or self.is_within else (),
            is_distinct=self.is_distinct,
            is_ignoring_nulls=self.is_ignoring_nulls,
            test=test,
            span=self.environment.span(self.node),
        )
        return written if test is None else _filtered(written, test)

    def _key(self, node: exp.Expr, inner: Context) -> SortKey:
        assert isinstance(node, exp.Ordered)
        return sort_key(node, bind_expression(node.this, inner))


def _countable(value: Expression) -> list[Expression]:
    """Return what is equal where values are, NULLs among them, and never NULL itself."""
    if not value.nullable:
        return [value]
    kind = value.type.kind
    none: str | int | bool = "{}" if value.type.is_array else "" if kind is Kind.TEXT else 0
    none = False if kind is Kind.BOOLEAN else none
    least = Literal(type=value.type, nullable=False, value=none)
    known = null_test("is_null", value)
    return [known, case([(null_test("is_not_null", value), value)], least)]


NEEDS_WITHIN = frozenset(("percentile_cont", "percentile_disc"))
FILTERED_BY_TEST = NEEDS_WITHIN | {"first", "last", "last_sample"}


def _filtered(written: Written, test: Expression) -> Written:
    """Return the call over rows for which `test` is TRUE; the first and the last keep NULLs."""
    is_sorted_alone = bool(written.order) and not written.arguments
    if written.name in FILTERED_BY_TEST or is_sorted_alone:
        return written
    values = written.arguments or (integer(1),)
    chosen = case([(test, values[0])], null(types.NULL))
    return replace(written, arguments=(chosen, *values[1:]))
