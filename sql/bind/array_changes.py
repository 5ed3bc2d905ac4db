"""Forms of arrays: elements in order, without some, one of them, sums; texts split in parts."""

from __future__ import annotations

from collections.abc import Callable

from gpudb.errors import NotSupportedError, ProgrammingError
from gpudb.sql.bind.array_forms import alike, element_of, made, read
from gpudb.sql.bind.calls import big_literal
from gpudb.sql.bind.coerce import cast, is_untyped
from gpudb.sql.bind.forms import Arguments, case, form, integer, null
from gpudb.sql.bind.operators import arithmetic, compare
from gpudb.sql.expr import Call, Expression, Literal
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType


def _index(argument: Expression, name: str) -> Expression:
    if not argument.type.is_integer and not is_untyped(argument):
        raise ProgrammingError(f"{name} takes a whole number, not {argument.type}")
    return cast(argument, types.BIGINT)


@form(("array_extract", "list_extract", "list_element"), least=2, most=2)
def array_extract(arguments: Arguments) -> Expression:
    """The element at an index, `a[n]` as a function; from the end for n below 0.

    SELECT array_extract(ARRAY[4, 5, 6], -1) gives 6
    """
    element = element_of(arguments[0], "array_extract")
    index = _from_end(arguments[0], _index(arguments[1], "array_extract"))
    return read("element_at", element, arguments[0], index, may_be_null=True)


@form(("array_slice", "list_slice"), least=3, most=3)
def array_slice(arguments: Arguments) -> Expression:
    """The elements between two indexes, `a[n:m]` as a function; from the end for those below 0.

    SELECT cardinality(array_slice(ARRAY[4, 5, 6], 2, -1)) gives 2
    """
    array = arguments[0]
    element_of(array, "array_slice")
    bounds = [_from_end(array, _index(bound, "array_slice")) for bound in arguments[1:]]
    return made("slice_array", array.type, array, *bounds)


def _from_end(array: Expression, index: Expression) -> Expression:
    if isinstance(index, Literal) and isinstance(index.value, int) and index.value >= 0:
        return index
    size = cast(read("element_count", types.INTEGER, array), types.BIGINT)
    behind = arithmetic("add", arithmetic("add", size, big_literal(1)), index)
    return case([(compare("less", index, big_literal(0)), behind)], index)


@form("array_lower", least=2, most=2)
def array_lower(arguments: Arguments) -> Expression:
    """The first index of an array: 1, or NULL where it has no element.

    SELECT array_lower(ARRAY[4, 5], 1) gives 1
    """
    return case([(_has_elements(arguments, "array_lower"), integer(1))], null(types.INTEGER))


@form("array_upper", least=2, most=2)
def array_upper(arguments: Arguments) -> Expression:
    """The last index of an array, or NULL where it has no element.

    SELECT array_upper(ARRAY[4, 5], 1) gives 2
    """
    size = read("element_count", types.INTEGER, arguments[0])
    return case([(_has_elements(arguments, "array_upper"), size)], null(types.INTEGER))


@form("array_ndims", least=1, most=1)
def array_ndims(arguments: Arguments) -> Expression:
    """The number of an array's dimensions: 1, or NULL where it has no element.

    SELECT array_ndims(ARRAY[4, 5]) gives 1
    """
    return case([(_has_elements(arguments, "array_ndims"), integer(1))], null(types.INTEGER))


def _has_elements(arguments: Arguments, name: str) -> Expression:
    element_of(arguments[0], name)
    if len(arguments) > 1:
        dimension = arguments[1]
        if not isinstance(dimension, Literal) or dimension.value != 1:
            raise NotSupportedError("an array has one dimension: it is 1")
    return compare("greater", read("element_count", types.INTEGER, arguments[0]), integer(0))


def _changed(name: str, function: str) -> Callable[[Arguments], Expression]:
    def bind(arguments: Arguments) -> Expression:
        element_of(arguments[0], name)
        return made(function, arguments[0].type, arguments[0])

    return bind


for _names, _made, _meaning, _example in (
    (
        ("array_sort", "list_sort"),
        "sort_elements",
        "The elements from the least to the greatest, NULL last.",
        "array_to_string(array_sort(ARRAY[3, 1, 2]), ' ') gives 1 2 3",
    ),
    (
        ("array_reverse", "list_reverse"),
        "reverse_elements",
        "The elements from the last to the first.",
        "array_to_string(array_reverse(ARRAY[3, 1, 2]), ' ') gives 2 1 3",
    ),
    (
        ("array_distinct", "list_distinct"),
        "distinct_elements",
        "Each value once, where it came first, and no NULL.",
        "array_to_string(array_distinct(ARRAY[3, 1, 3]), ' ') gives 3 1",
    ),
):
    _bind = _changed(_names[0], _made)
    _bind.__doc__ = f"""{_meaning}

    SELECT {_example}
    """
    form(_names, least=1, most=1)(_bind)


@form("array_remove", least=2, most=2)
def array_remove(arguments: Arguments) -> Expression:
    """An array without the elements that equal a value; NULL is like NULL here.

    SELECT array_to_string(array_remove(ARRAY[3, 1, 3], 3), ' ') gives 1
    """
    array = arguments[0]
    element = element_of(array, "array_remove")
    wanted, array = alike(arguments[1], array, element)
    if wanted.type != element:
        message = f"array_remove takes a value of {element}, not {arguments[1].type}"
        raise ProgrammingError(f"{message}; write CAST(... AS {element})")
    if isinstance(array, Literal) and array.value is None:
        return null(array.type)
    return Call(
        function="remove_element",
        arguments=(array, wanted),
        type=array.type,
        nullable=array.nullable,
    )


def _numbers(array: Expression, name: str) -> SqlType:
    """Return the type of an array's elements, which are numbers of 64 bits at most."""
    element = element_of(array, name)
    if not element.is_numeric:
        raise ProgrammingError(f"{name} takes an array of numbers, not {array.type}")
    if element.precision > types.MAX_NARROW_PRECISION and element.kind is Kind.DECIMAL:
        message = f"{name} of {array.type} is not supported: CAST its elements to DOUBLE[]"
        raise NotSupportedError(message)
    return element


def _folded(name: str, of: SqlType, *arrays: Expression) -> Expression:
    found = made(name, of, *arrays)
    if isinstance(found, Literal):
        return found
    assert isinstance(found, Call)
    return Call(function=name, arguments=found.arguments, type=of, nullable=True)


@form("list_sum", least=1, most=1)
def list_sum(arguments: Arguments) -> Expression:
    """The sum of an array's elements that are not NULL; NULL where there are none.

    SELECT list_sum(ARRAY[1, NULL, 3]) gives 4
    """
    element = _numbers(arguments[0], "list_sum")
    of = types.BIGINT if element.is_integer else types.DOUBLE
    if element.kind is Kind.DECIMAL:
        of = types.decimal(types.MAX_NARROW_PRECISION, element.scale)
    return _folded("sum_elements", of, arguments[0])


@form("list_avg", least=1, most=1)
def list_avg(arguments: Arguments) -> Expression:
    """The mean of an array's elements that are not NULL, a DOUBLE.

    SELECT list_avg(ARRAY[1, NULL, 4]) gives 2.5
    """
    _numbers(arguments[0], "list_avg")
    return _folded("mean_elements", types.DOUBLE, arguments[0])


@form("list_min", least=1, most=1)
def list_min(arguments: Arguments) -> Expression:
    """The least element of an array that is not NULL.

    SELECT list_min(ARRAY[3, 1, NULL]) gives 1
    """
    return _folded("least_element", element_of(arguments[0], "list_min"), arguments[0])


@form("list_max", least=1, most=1)
def list_max(arguments: Arguments) -> Expression:
    """The greatest element of an array that is not NULL.

    SELECT list_max(ARRAY['b', 'c', 'a']) gives c
    """
    return _folded("greatest_element", element_of(arguments[0], "list_max"), arguments[0])


@form(("dot_product", "list_dot_product", "list_inner_product"), least=2, most=2)
def dot_product(arguments: Arguments) -> Expression:
    """The sum of the products of two arrays' elements; NULL where an element is.

    SELECT dot_product(ARRAY[1, 2], ARRAY[3, 4.5]) gives 12
    """
    arrays = []
    for array in arguments:
        _numbers(array, "dot_product")
        arrays.append(cast(array, types.array(types.DOUBLE)))
    return _folded("multiply_elements", types.DOUBLE, *arrays)


def _split(name: str, function: str, arguments: Arguments) -> Expression:
    value, mark = (cast(argument, types.TEXT) for argument in arguments)
    if not isinstance(mark, Literal):
        raise NotSupportedError(f"{name} takes a second argument that is a constant")
    return made(function, types.array(types.TEXT), value, mark)


@form("strtok_to_array", least=1, most=2)
def strtok_to_array(arguments: Arguments) -> Expression:
    """The parts of a text between any of some characters (a space), without empty ones.

    SELECT (strtok_to_array('a, b,,c', ', '))[3] gives c
    """
    space = Literal(type=types.TEXT, nullable=False, value=" ")
    return _split("strtok_to_array", "split_tokens", (*arguments, space)[:2])


@form(("regexp_split_to_array", "string_split_regex"), least=2, most=2)
def regexp_split_to_array(arguments: Arguments) -> Expression:
    """The parts of a text between the matches of a regular expression.

    SELECT (regexp_split_to_array('a1b22c', '[0-9]+'))[3] gives c
    """
    return _split("regexp_split_to_array", "split_expression", arguments)
