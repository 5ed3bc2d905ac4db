"""Arrays: literals, elements, functions and operators of them; comparisons with ANY and ALL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.sql.bind.calls import bind_call, host_literal
from gpudb.sql.bind.coerce import cast, is_untyped, unify
from gpudb.sql.bind.constants import as_text, item_text
from gpudb.sql.bind.context import Context, placed
from gpudb.sql.bind.dispatch import bind_expression, bind_node
from gpudb.sql.bind.forms import form, null
from gpudb.sql.bind.operators import arithmetic, compare, connect
from gpudb.sql.expr import Branch, Call, Case, Expression, Literal
from gpudb.sql.functions import get_function
from gpudb.storage import types
from gpudb.storage.lists import split_text
from gpudb.storage.types import Kind, SqlType

OPPOSITES = {
    "equal": "not_equal",
    "not_equal": "equal",
    "less": "greater_equal",
    "less_equal": "greater",
    "greater": "less_equal",
    "greater_equal": "less",
}


def text(value: str) -> Literal:
    """Return a constant text."""
    return Literal(type=types.TEXT, nullable=False, value=value)


def host(name: str, of: SqlType, *arguments: Expression, may_be_null: bool = False) -> Expression:
    """Return a call of one of gpudb.sql.functions.arrays; a literal where all arguments are."""
    if any(isinstance(a, Literal) and a.value is None for a in arguments):
        return null(of)
    nullable = may_be_null or any(a.nullable for a in arguments)
    bound = Call(function=name, arguments=arguments, type=of, nullable=nullable)
    return host_literal(get_function(name), bound)


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
            "the type of an empty ARRAY[] is not known; cast '{}'", node
        )
    return make_array([bind_expression(part, context) for part in node.expressions])


def make_array(parts: Sequence[Expression]) -> Expression:
    """Return the array of values, which get one type."""
    typed = unify(parts, "ARRAY")
    element = typed[0].type
    if element.is_array or element.is_interval or element.is_zoned:
        raise NotSupportedError(f"an array of {element} is not supported yet")
    of = types.array(element)
    if all(isinstance(part, Literal) for part in typed):
        items = [item_text(part.value, element) for part in typed if isinstance(part, Literal)]
        return Literal(type=of, nullable=False, value="{" + ",".join(items) + "}")
    pieces: list[Expression] = [text("{")]
    for place, part in enumerate(typed):
        pieces += [text(",")] if place else []
        pieces.append(array_item(part))
    return Call(function="concat_text", arguments=(*pieces, text("}")), type=of, nullable=False)


def in_braces(items: Expression, element: SqlType) -> Expression:
    """Return the array whose items a text lists."""
    parts = (text("{"), items, text("}"))
    of = types.array(element)
    return Call(function="concat_text", arguments=parts, type=of, nullable=items.nullable)


def array_item(part: Expression) -> Expression:
    """Return a value as it stands in an array's text."""
    element = part.type
    if isinstance(part, Literal):
        return text(item_text(part.value, element))
    shown = element_text(part, element)
    if element.is_text or element.kind is Kind.TIMESTAMP:
        shown = host("array_item", types.TEXT, shown)
    if not part.nullable:
        return shown
    is_null = Call(function="is_null", arguments=(part,), type=types.BOOLEAN, nullable=False)
    branches = (Branch(is_null, text("NULL")),)
    return Case(branches=branches, otherwise=shown, type=types.TEXT, nullable=False)


def element_text(part: Expression, element: SqlType) -> Expression:
    """Return the text of a value of the elements' type, without quotes; -0.0 is 0."""
    if element.is_float and not isinstance(part, Literal):
        part = arithmetic("add", part, Literal(type=element, nullable=False, value=0.0))
    if isinstance(part, Literal):
        return null(types.TEXT) if part.value is None else text(as_text(part.value, element))
    return cast(part, types.TEXT)


@bind_node.register
def _(node: exp.Bracket, context: Context) -> Expression:
    array = bind_expression(node.this, context)
    element = element_of(array, "[ ]")
    if len(node.expressions) != 1:
        raise context.environment.wrong("an array has one index", node)
    if isinstance(node.expressions[0], exp.Slice):
        raise context.environment.later("a slice of an array is", node)
    index = bind_expression(node.expressions[0], context)
    if not index.type.is_integer and not is_untyped(index):
        raise context.environment.wrong(f"an index is a whole number, not {index.type}", node)
    found = read("element_at", element, array, cast(index, types.BIGINT), may_be_null=True)
    return placed(found, context.environment.span(node))


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


def concatenated(left: Expression, right: Expression) -> Expression:
    """Bind ||: two arrays, or an array and an element; NULL beside an array is no element."""
    if left.type.is_array and not right.type.is_array and not is_untyped(right):
        right = make_array([cast(right, element_of(left, "||"))])
    if right.type.is_array and not left.type.is_array and not is_untyped(left):
        left = make_array([cast(left, element_of(right, "||"))])
    left, right = unify((left, right), "operator ||")
    joined = host("array_concat", left.type, left, right)
    for one, other in ((left, right), (right, left)):
        if one.nullable:
            is_null = Call(function="is_null", arguments=(one,), type=types.BOOLEAN, nullable=False)
            branches = (Branch(is_null, other),)
            joined = Case(branches=branches, otherwise=joined, type=left.type, nullable=True)
    return joined


def bind_any(function: str, value: Expression, array: Expression) -> Expression:
    """Bind value = ANY (array), or another comparison."""
    element = element_of(array, "ANY")
    if isinstance(array, Literal):
        return _any_of(function, value, array, element)
    value, array = alike(value, array, element)
    return read(f"any_{function}", types.BOOLEAN, value, array, may_be_null=True)


def alike(value: Expression, array: Expression, element: SqlType) -> tuple[Expression, Expression]:
    """Return a value and an array of elements that it can be compared with, in its type."""
    if is_untyped(value):
        return cast(value, element), array
    typed, _ = unify((value, null(element)), "ANY")
    if typed.type.is_text and not element.is_text:
        raise ProgrammingError(f"{value.type} cannot be compared with elements of {element}")
    return typed, array


def _any_of(function: str, value: Expression, array: Literal, element: SqlType) -> Expression:
    """Compare with each element of a constant."""
    if not isinstance(array.value, str):
        return null(types.BOOLEAN)
    found = []
    for item in split_text(array.value):
        literal = Literal(type=types.TEXT, nullable=item is None, value=item)
        found.append(compare(function, value, cast(literal, element)))
    if not found:
        return Literal(type=types.BOOLEAN, nullable=False, value=False)
    return found[0] if len(found) == 1 else connect("or", tuple(found))


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
