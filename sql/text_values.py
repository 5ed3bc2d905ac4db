"""What follows from one text of a scan and constants: values that need no codes of the texts.

    url LIKE '%google%' AND length(url) > 10     ->     url_1 = TRUE AND url_2 > 10

Codes are places among the distinct texts of a column, for which all of them must be told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from functools import partial

from gpudb.records import replace
from gpudb.sql.expr import (
    COMPARISONS,
    NULL_TESTS,
    Call,
    ColumnReference,
    Expression,
    InList,
    Literal,
    field_ids,
    transform,
)
from gpudb.sql.functions import find_definition
from gpudb.sql.pipeline import Pipeline, ScanRows, sink_expressions, step_expressions
from gpudb.sql.pipeline_expressions import over_expressions
from gpudb.sql.plan import Field, Scan
from gpudb.sql.text_value import TextValue
from gpudb.storage.types import BOOLEAN, Kind

# Ids of fields beyond those of any statement, and of those that kernels have for themselves.
FIRST_ID = 1 << 43


def with_text_values(pipeline: Pipeline, texts: Set[int]) -> Pipeline:
    """Return the pipeline with what follows from one of the scan's `texts` as fields of the scan.

    Texts that nothing else reads are no longer among its fields.
    """
    source = pipeline.source
    if not texts or not isinstance(source, ScanRows):
        return pipeline
    known = {f.id: (f, column) for f, column in zip(source.fields, source.columns, strict=True)}
    found: dict[Expression, TextValue] = {}

    def value(expression: Expression) -> ColumnReference:
        if expression not in found:
            (text,) = field_ids(expression)
            field, column = known[text]
            name = f"{field.name}_{len(found) + 1}"
            made = Field(FIRST_ID + len(found), name, expression.type, expression.nullable)
            found[expression] = TextValue(made, field, column, expression)
        made = found[expression].field
        return ColumnReference(id=made.id, name=made.name, type=made.type, nullable=made.nullable)

    change = partial(_changed, texts=texts, value=value)
    changed = over_expressions(pipeline, lambda expression: transform(expression, change))
    if not found:
        return pipeline
    return replace(changed, source=_without_unread(source, changed, tuple(found.values()), texts))


def _without_unread(
    source: ScanRows, pipeline: Pipeline, values: tuple[TextValue, ...], texts: Set[int]
) -> ScanRows:
    expressions = [e for step in pipeline.steps for e in step_expressions(step)]
    expressions += sink_expressions(pipeline.sink)
    read = {id for expression in expressions for id in field_ids(expression)}
    kept = [place for place, f in enumerate(source.fields) if f.id in read or f.id not in texts]
    return replace(
        source,
        fields=tuple(source.fields[place] for place in kept),
        columns=tuple(source.columns[place] for place in kept),
        values=values,
    )


def _changed(
    node: Expression, texts: Set[int], value: Callable[[Expression], ColumnReference]
) -> Expression:
    """Return a field in place of what follows from one text; truth values are compared with one.

    Comparisons of columns with constants are tests on codes, of many rows at once.
    """
    if isinstance(node, Call) and node.function == "not":
        (argument,) = node.arguments
        if _is_test(argument):
            assert isinstance(argument, Call)
            return _test(argument.arguments[0], of=False)
    if not _follows(node, texts):
        return node
    found = value(node)
    return _test(found, of=True) if node.type.kind is Kind.BOOLEAN else found


def _test(value: Expression, *, of: bool) -> Call:
    literal = Literal(type=BOOLEAN, nullable=False, value=of)
    return Call(function="equal", arguments=(value, literal), type=BOOLEAN, nullable=value.nullable)


def _is_test(node: Expression) -> bool:
    if not isinstance(node, Call) or node.function != "equal":
        return False
    first, second = node.arguments
    is_value = isinstance(first, ColumnReference) and first.id >= FIRST_ID
    return is_value and isinstance(second, Literal) and second.value is True


def _follows(node: Expression, texts: Set[int]) -> bool:
    """Whether a truth value or a number follows from one text and constants, and cannot fail."""
    is_held = node.type.is_integer or node.type.kind in (Kind.BOOLEAN, Kind.DOUBLE)
    if not is_held:
        return False
    match node:
        case InList(argument=argument):
            return _is_text(argument, texts)
        case Call(function=function, arguments=arguments) if function in COMPARISONS:
            text, constant = arguments
            if isinstance(text, Literal):
                text, constant = constant, text
            return _is_constant(constant) and _is_text(text, texts)
        case Call(function=function, arguments=(argument,)) if function in NULL_TESTS:
            return _is_text(argument, texts)
    return _is_call(node, texts)


def _is_text(node: Expression, texts: Set[int]) -> bool:
    """Whether this is one of the texts, or a text that follows from one."""
    if isinstance(node, ColumnReference):
        return node.id in texts
    return node.type.is_text and not node.type.is_array and _is_call(node, texts)


def _is_call(node: Expression, texts: Set[int]) -> bool:
    """Whether this is a call of a function that takes whole columns of texts.

    Others are called for one text after the other: better once for each distinct one.
    """
    if not isinstance(node, Call):
        return False
    definition = find_definition(node.function)
    if definition is None or not definition.is_host or definition.is_scalar:
        return False
    first, *others = node.arguments
    return _is_text(first, texts) and all(map(_is_constant, others))


def _is_constant(node: Expression) -> bool:
    return isinstance(node, Literal) and node.value is not None


def guessed_scan(source: ScanRows) -> tuple[Scan, Callable[[Expression], Expression]]:
    """Return the scan as statistics know it, and what its values stand for in an expression."""
    whole = dict(zip(source.fields, source.columns, strict=True))
    whole |= {value.text: value.column for value in source.values}
    of = {value.field.id: value.expression for value in source.values}
    scan = Scan(source.table, tuple(whole), tuple(whole.values()))
    return scan, lambda expression: transform(expression, partial(_original, of=of))


def _original(node: Expression, of: Mapping[int, Expression]) -> Expression:
    if isinstance(node, ColumnReference):
        return of.get(node.id, node)
    if isinstance(node, Call) and node.function == "equal":
        first, second = node.arguments
        if isinstance(second, Literal) and isinstance(second.value, bool):
            return first if second.value else replace(node, function="not", arguments=(first,))
    return node
