"""Arrays: literals, elements, functions and operators of them; comparisons with ANY and ALL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.sql.bind.calls import big_literal, bind_call
from gpudb.sql.bind.coerce import cast, is_untyped, unify
from gpudb.sql.bind.constants import item_text
from gpudb.sql.bind.context import Context, placed
from gpudb.sql.bind.dispatch import bind_expression, bind_node
from gpudb.sql.bind.forms import MANY, form, membership, null
from gpudb.sql.bind.operators import compare, connect
from gpudb.sql.dialect import way_out
from gpudb.sql.expr import Branch, Call, Case, ColumnReference, Expression, Literal, Span
from gpudb.storage import types
from gpudb.storage.lists import split_text
from gpudb.storage.types import SqlType

OPPOSITES = {
    "equal": "not_equal",
    "not_equal": "equal",
    "less": "greater_equal",
    "less_equal": "greater",
    "greater": "less_equal",
    "greater_equal": "less",
}


def made(name: str, of: SqlType, *arguments: Expression) -> Expression:
    """Return one of expr.HOST_ARRAYS; NULL of a NULL argument."""
    if any(isinstance(a, Literal) and a.value is None for a in arguments):
        return null(of)
    nullable = any(a.nullable for a in arguments)
    return Call(function=name, arguments=arguments, type=of, nullable=nullable)


def read(name: str, of: SqlType, *arguments: Expression, may_be_null: bool = False) -> Expression:
    """Return one of expr.ARRAY_READS; NULL of a NULL array."""
    arrays = [a for a in arguments if a.type.is_array]
    if any(isinstance(a, Literal) and a.value is None for a in arrays):
        return null(of)
    nullable = may_be_null or any(a.nullable for a in arguments)
    return Call(function=name, arguments=arguments, type=of, nullable=nullable)


def element_of(array: Expression, what: str) -> SqlType:
    """Return the type of an array's elements; raises ProgrammingError for another value."""
    if array.type.element is None:
        raise ProgrammingError(f"{what} takes an array, not {array.type}")
    return array.type.element


@bind_node.register
def _(node: exp.Array, context: Context) -> Expression:
    if not node.expressions:
        raise context.environment.wrong(
            "the type of an empty ARRAY[] is not known: ARRAY[]::INTEGER[]", node
        )
    return make_array([bind_expression(part, context) for part in node.expressions])


def make_array(parts: Sequence[Expression]) -> Expression:
    """Return the array of values, which get one type."""
    typed = unify(parts, "ARRAY")
    element = typed[0].type
    if element.is_array or element.is_interval or element.is_zoned:
        raise NotSupportedError(f"an array of {element} is not supported{way_out(element)}")
    of = types.array(element)
    if all(isinstance(part, Literal) for part in typed):
        items = [item_text(part.value, element) for part in typed if isinstance(part, Literal)]
        return Literal(type=of, nullable=False, value="{" + ",".join(items) + "}")
    return Call(function="make_array", arguments=typed, type=of, nullable=False)


@bind_node.register
def _(node: exp.Bracket, context: Context) -> Expression:
    array = bind_expression(node.this, context)
    element = element_of(array, "[ ]")
    if len(node.expressions) != 1:
        raise context.environment.wrong("an array has one index", node)
    if isinstance(node.expressions[0], exp.Slice):
        if node.expressions[0].args.get("step") is not None:
            raise context.environment.later("a step in a slice of an array is", node)
        bounds = (node.expressions[0].this, node.expressions[0].expression)
        low, high = (
            big_literal(whole) if part is None else _index(part, node, context)
            for part, whole in zip(bounds, (1, (1 << 63) - 1), strict=True)
        )
        return placed(made("slice_array", array.type, array, low, high), spanned(node, context))
    index = _index(node.expressions[0], node, context)
    found = read("element_at", element, array, index, may_be_null=True)
    return placed(found, spanned(node, context))


def spanned(node: exp.Expr, context: Context) -> Span | None:
    """Return the node's place in the text."""
    return context.environment.span(node)


def _index(node: exp.Expr, array: exp.Expr, context: Context) -> Expression:
    index = bind_expression(node, context)
    if not index.type.is_integer and not is_untyped(index):
        raise context.environment.wrong(f"an index is a whole number, not {index.type}", array)
    return cast(index, types.BIGINT)


@form(("cardinality", "array_size"), least=1, most=1)
def cardinality(arguments: Sequence[Expression]) -> Expression:
    """How many elements an array has.

    SELECT cardinality(ARRAY[1, NULL]) gives 2
    """
    element_of(arguments[0], "cardinality")
    return read("element_count", types.INTEGER, arguments[0])


@form("array_length", least=1, most=2)
def array_length(arguments: Sequence[Expression]) -> Expression:
    """How many elements an array has; NULL where it has none.

    SELECT array_length(ARRAY[4, 5, 6], 1) gives 3
    """
    element_of(arguments[0], "array_length")
    size = read("element_count", types.INTEGER, arguments[0])
    if len(arguments) == 1:
        return size
    if not isinstance(arguments[1], Literal):
        raise NotSupportedError("a dimension that is no constant is not supported")
    if arguments[1].value != 1:
        return null(types.INTEGER)
    # PostgreSQL: an empty array has no first dimension.
    zero = Literal(type=types.INTEGER, nullable=False, value=0)
    branches = (Branch(compare("greater", size, zero), size),)
    return Case(branches=branches, otherwise=null(types.INTEGER), type=types.INTEGER, nullable=True)


@form(("length", "char_length", "character_length", "len"), least=1, most=1)
def length(arguments: Sequence[Expression]) -> Expression:
    """How many characters a text has, or elements an array.

    SELECT len(ARRAY[1, 2]) gives 2
    """
    if arguments[0].type.is_array:
        return read("element_count", types.INTEGER, arguments[0])
    return bind_call("char_length", arguments)


@form(("array_contains", "list_contains", "array_has"), least=2, most=2)
def array_contains(arguments: Sequence[Expression]) -> Expression:
    """Whether an element of an array equals a value.

    SELECT array_contains(ARRAY[1, 2], 2) gives true
    """
    element = element_of(arguments[0], "array_contains")
    wanted, array = alike(arguments[1], arguments[0], element)
    return read("has_element", types.BOOLEAN, array, wanted)


@form("contains", least=2, most=2)
def contains(arguments: Sequence[Expression]) -> Expression:
    """Whether a text holds another, or an array a value.

    SELECT contains(ARRAY[1, 2], 3) gives false
    """
    if arguments[0].type.is_array:
        return array_contains(arguments)
    return bind_call("contains", arguments)


@form(("array_position", "list_position"), least=2, most=2)
def array_position(arguments: Sequence[Expression]) -> Expression:
    """The index of the first element that equals a value.

    SELECT array_position(ARRAY['a', 'b'], 'b') gives 2
    """
    element = element_of(arguments[0], "array_position")
    wanted, array = alike(arguments[1], arguments[0], element)
    return read("place_of_element", types.INTEGER, array, wanted, may_be_null=True)


@form(("array_concat", "array_cat", "list_concat"), least=2, most=2)
def array_concat(arguments: Sequence[Expression]) -> Expression:
    """The elements of two arrays, one after the other.

    SELECT cardinality(array_concat(ARRAY[1], ARRAY[2, 3])) gives 3
    """
    return concatenated(*arguments)


@form(("array_append", "list_append"), least=2, most=2)
def array_append(arguments: Sequence[Expression]) -> Expression:
    """An array with one element more.

    SELECT cardinality(array_append(ARRAY[1], 2)) gives 2
    """
    element = element_of(arguments[0], "array_append")
    return concatenated(arguments[0], make_array([cast(arguments[1], element)]))


@form(("array_prepend", "list_prepend"), least=2, most=2)
def array_prepend(arguments: Sequence[Expression]) -> Expression:
    """An array with one element more at its beginning.

    SELECT (array_prepend(0, ARRAY[1]))[1] gives 0
    """
    element = element_of(arguments[1], "array_prepend")
    return concatenated(make_array([cast(arguments[0], element)]), arguments[1])


@form(("list_value", "array_value"), least=1, most=MANY)
def list_value(arguments: Sequence[Expression]) -> Expression:
    """The array of some values, as ARRAY[...].

    SELECT cardinality(list_value(1, 2)) gives 2
    """
    return make_array(arguments)


@form(("list_has_any", "array_has_any", "array_overlaps"), least=2, most=2)
def has_any(arguments: Sequence[Expression]) -> Expression:
    """Whether two arrays have an element in common, as `&&`.

    SELECT list_has_any(ARRAY[1, 2], ARRAY[2, 3]) gives true
    """
    return compared("has_any", "&&", *arguments)


@form(("list_has_all", "array_has_all"), least=2, most=2)
def has_all(arguments: Sequence[Expression]) -> Expression:
    """Whether an array has all elements of another, as `@>`.

    SELECT list_has_all(ARRAY[1, 2], ARRAY[2]) gives true
    """
    return compared("has_all", "@>", *arguments)


def compared(name: str, symbol: str, first: Expression, second: Expression) -> Expression:
    """Return a search of an array for elements of another."""
    left, right = unify((first, second), f"operator {symbol}")
    element_of(left, f"operator {symbol}")
    return read(name, types.BOOLEAN, left, right)


@bind_node.register
def _(node: exp.ArrayOverlaps, context: Context) -> Expression:
    return _of_arrays("has_any", "&&", node.this, node.expression, context)


@bind_node.register
def _(node: exp.ArrayContainsAll, context: Context) -> Expression:
    return _of_arrays("has_all", "@>", node.this, node.expression, context)


@bind_node.register
def _(node: exp.ArrayContainedBy, context: Context) -> Expression:
    return _of_arrays("has_all", "<@", node.expression, node.this, context)


def _of_arrays(
    name: str, symbol: str, first: exp.Expr, second: exp.Expr, context: Context
) -> Expression:
    return compared(name, symbol, *(bind_expression(part, context) for part in (first, second)))


@form("array_to_string", least=2, most=3)
def array_to_string(arguments: Sequence[Expression]) -> Expression:
    """The elements' texts with a separator between; NULL is left out, or is a third argument.

    SELECT array_to_string(ARRAY[1, NULL, 3], '-', '*') gives 1-*-3
    """
    element_of(arguments[0], "array_to_string")
    array, *others = (arguments[0], *(cast(a, types.TEXT) for a in arguments[1:]))
    if len(others) > 1 and _is_null(others[1]):
        others = others[:1]
    return _text_call("join_elements", types.TEXT, array, others)


@form("string_to_array", least=2, most=3)
def string_to_array(arguments: Sequence[Expression]) -> Expression:
    """The parts of a text between separators; a part that is like a third argument is NULL.

    SELECT (string_to_array('a,b,c', ','))[2] gives b
    """
    value, *others = (cast(argument, types.TEXT) for argument in arguments)
    if not isinstance(others[0], Literal) or others[0].value is None:
        raise NotSupportedError("string_to_array takes a separator that is a constant")
    if len(others) > 1 and _is_null(others[1]):
        others = others[:1]
    return _text_call("split_elements", types.array(types.TEXT), value, others)


def _is_null(expression: Expression) -> bool:
    return isinstance(expression, Literal) and expression.value is None


def _text_call(name: str, of: SqlType, first: Expression, others: list[Expression]) -> Expression:
    """Return a call that is NULL where one of its first two arguments is."""
    arguments = (first, *others)
    if _is_null(first) or _is_null(others[0]):
        return null(of)
    nullable = first.nullable or others[0].nullable
    return Call(function=name, arguments=arguments, type=of, nullable=nullable)


def concatenated(left: Expression, right: Expression) -> Expression:
    """Bind ||: two arrays, or an array and an element; NULL beside an array is no element."""
    if left.type.is_array and not right.type.is_array and not is_untyped(right):
        right = make_array([cast(right, element_of(left, "||"))])
    if right.type.is_array and not left.type.is_array and not is_untyped(left):
        left = make_array([cast(left, element_of(right, "||"))])
    left, right = unify((left, right), "operator ||")
    joined = made("join_arrays", left.type, left, right)
    for one, other in ((left, right), (right, left)):
        if one.nullable:
            is_null = Call(function="is_null", arguments=(one,), type=types.BOOLEAN, nullable=False)
            branches = (Branch(is_null, other),)
            joined = Case(branches=branches, otherwise=joined, type=left.type, nullable=True)
    return joined


def bind_any(function: str, value: Expression, array: Expression) -> Expression:
    """Bind value = ANY (array), or another comparison."""
    if is_untyped(array) and not is_untyped(value):
        array = cast(array, types.array(value.type))
    element = element_of(array, "ANY")
    if isinstance(array, Literal):
        return _any_of(function, value, array, element)
    value, array = alike(value, array, element)
    return read(f"any_{function}", types.BOOLEAN, value, array, may_be_null=True)


def alike(value: Expression, array: Expression, element: SqlType) -> tuple[Expression, Expression]:
    """Return a value and an array of elements that it can be compared with, in its type."""
    if is_untyped(value):
        return cast(value, element), array
    # A reference, not a NULL: a constant would take the value's type.
    of = ColumnReference(id=-1, name="element", type=element, nullable=True)
    typed, _ = unify((value, of), "ANY")
    if typed.type.is_text and not element.is_text:
        raise ProgrammingError(f"{value.type} cannot be compared with elements of {element}")
    return typed, array


def _any_of(function: str, value: Expression, array: Literal, element: SqlType) -> Expression:
    """Compare with each element of a constant."""
    if not isinstance(array.value, str):
        return null(types.BOOLEAN)
    texts = (Literal(type=types.TEXT, nullable=t is None, value=t) for t in split_text(array.value))
    items = [cast(text, element) for text in texts]
    if not items:
        return Literal(type=types.BOOLEAN, nullable=False, value=False)
    if function == "equal":
        argument, *values = unify((value, *items), "ANY")
        return membership(argument, tuple(values))
    found = tuple(compare(function, value, item) for item in items)
    return found[0] if len(found) == 1 else connect("or", found)


def bind_all(function: str, value: Expression, array: Expression) -> Expression:
    """Bind value = ALL (array): no element compares the opposite way."""
    found = bind_any(OPPOSITES[function], value, array)
    return Call(function="not", arguments=(found,), type=types.BOOLEAN, nullable=found.nullable)


def quantifier(node: exp.Expr) -> tuple[bool, exp.Expr] | None:
    """Return whether ANY (or ALL) stands before an array, and the array; None for another node."""
    if isinstance(node, exp.Any | exp.All):
        return isinstance(node, exp.Any), node.this
    if isinstance(node, exp.Anonymous) and len(node.expressions) == 1:
        word = str(node.this).upper()
        if word in ("ANY", "SOME", "ALL"):
            return word != "ALL", node.expressions[0]
    return None
