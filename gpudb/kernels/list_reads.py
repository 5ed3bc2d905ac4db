"""Arrays inside kernels: where the present row's elements lie, and what is read out of them.

    begin = offsets[row]; end = offsets[row + 1]        a column's array, read as it lies
    begin = offsets[code]; end = offsets[code + 1]      any other: a list of its domain

A column's array gets a code only where one is asked for: to group, to join, to be kept.
"""

from __future__ import annotations

from collections.abc import Callable

from gpudb.compiler.language import Pointer
from gpudb.kernels import logic, text
from gpudb.kernels.domains import Domain
from gpudb.kernels.lists import Lists, lists_of
from gpudb.kernels.reads import value_of
from gpudb.kernels.scope import Scope
from gpudb.kernels.values import BOOL, INT, Value, boolean, either, negation
from gpudb.kernels.writer import FromChunk, Writer
from gpudb.records import dataclass
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import QUANTIFIED, Call, Cast, ColumnReference, Expression, Literal
from gpudb.sql.plan import Field
from gpudb.storage.encodings import raw
from gpudb.storage.encodings.encoded import Layout
from gpudb.storage.types import BOOLEAN, SqlType

Write = Callable[[Expression, Scope], Value]
# The id by which an element is read while it is compared.
ELEMENT_ID = 1 << 41
OFFSETS, NULL_BITS, VALUES = 1, 2, 3  # parts of a column's arguments, behind its codes


@dataclass(frozen=True)
class ArrayPlace:
    """The array of the present row: elements `begin` to `end`, none where `null`."""

    begin: str
    end: str
    null: str | None
    elements: Elements


@dataclass(frozen=True)
class Elements:
    """How elements are read: the names of their buffers, and a test of NULL with {place} in it."""

    of: SqlType
    values: str
    high: str | None
    missing: str | None
    domain: Domain | None

    def read(self, place: str, writer: Writer) -> Value:
        """Write the reading of the element at `place`."""
        null = None
        if self.missing is not None:
            null = writer.assign("element_null", self.missing.format(place=place))
        text = writer.assign("element", self.text(place))
        return value_of(self.of, text, null, self.domain, self.high is not None)

    def read_where(self, test: str, place: str, writer: Writer) -> Value:
        """Write the reading of the element at `place` where `test` holds, else NULL."""
        found, missing = writer.name("element"), writer.name("element_null")
        empty = "0.0" if self.of.is_float else "0" if self.high is None else "wide(0)"
        writer.line(f"{found} = {empty}")
        writer.line(f"{missing} = True")
        with writer.block(f"if {test}:"):
            writer.line(f"{found} = {self.text(place)}")
            writer.line(f"{missing} = {(self.missing or 'False').format(place=place)}")
        return value_of(self.of, found, missing, self.domain, self.high is not None)

    def text(self, place: str) -> str:
        """Return the text of the physical number at `place`."""
        value = f"{self.values}[{place}]"
        return value if self.high is None else f"wide_of({self.high}[{place}], {value})"


@dataclass
class ListReader:
    """Reads a column of arrays: by the places of its elements in `layout`, or by codes.

    `element_domain` holds the strings of text elements. It remembers what was read, since the other
    has not to be made.
    """

    field: Field
    domain: Callable[[], Domain]
    layout: Layout | None = None
    element_domain: Domain | None = None
    reads_codes: bool = False
    reads_elements: bool = False
    bounds: Bounds | None = None

    def read(self, writer: Writer) -> Value:
        """Write the reading of this row's code."""
        self.reads_codes = True
        codes = self._buffer(writer, "codes", "int32", 0)
        code = writer.assign(self.field.name, f"{codes}[row]")
        null = f"({code} < 0)" if self.field.nullable else None
        return value_of(self.field.type, code, null, self.domain())

    def place(self, writer: Writer) -> ArrayPlace:
        """Write where this row's elements lie."""
        self.reads_elements = True
        layout, name = self.layout, self.field.name
        assert layout is not None
        offsets = self._buffer(writer, "offsets", "int64", OFFSETS)
        null = None
        if layout.nulls != "none":
            bits = self._buffer(writer, "null_bits", "uint8", NULL_BITS)
            test = f"{writer.use(raw.raw_is_null_at)}({offsets}, {bits}, row)"
            null = writer.assign(f"{name}_null", test)
        begin = writer.assign(f"{name}_begin", f"{offsets}[row]")
        end = writer.assign(f"{name}_end", f"{offsets}[row + 1]")
        return ArrayPlace(begin, end, null, self._elements(layout, writer))

    def _elements(self, layout: Layout, writer: Writer) -> Elements:
        inner, of = layout.elements, self.field.type.element
        assert inner is not None
        assert of is not None
        names = [
            self._buffer(writer, f"elements_{suffix}", dtype, VALUES + part)
            for part, (suffix, dtype) in enumerate(inner.buffers)
        ]
        values, *high, bits = names
        missing = None
        if inner.nulls != "none":
            missing = f"{writer.use(raw.raw_is_null_at)}({values}, {bits}, {{place}})"

        return Elements(of, values, high[0] if high else None, missing, self.element_domain)

    def _buffer(self, writer: Writer, suffix: str, dtype: str, part: int) -> str:
        # What was read of arrays is remembered here, not in the text.
        writer.may_be_kept = False
        supply = FromChunk(self.field.id, part)
        return writer.parameter(f"{self.field.name}_{suffix}", Pointer(dtype), supply)


def array_place(expression: Expression, scope: Scope, write: Write) -> ArrayPlace:
    """Write where the elements of an array lie."""
    if isinstance(expression, ColumnReference):
        reader = scope.reader(expression.id)
        if isinstance(reader, ListReader) and reader.layout is not None:
            return scope.once((expression.id, "place"), lambda: reader.place(scope.writer))
    value = write(expression, scope)
    assert value.domain is not None
    return _held_place(value, lists_of(value.domain, expression.type), scope.writer)


def _held_place(value: Value, lists: Lists, writer: Writer) -> ArrayPlace:
    """Write where the list of a code lies; a code under a NULL is not read."""
    elements = _held_elements(lists, writer)
    if not len(lists):
        return ArrayPlace("0", "0", "True", elements)
    offsets = writer.constant("offsets", lists.offsets)
    if value.null is None:
        code = writer.assign("code", value.text)
        begin = writer.assign("begin", f"{offsets}[{code}]")
        end = writer.assign("end", f"{offsets}[{code} + 1]")
        return ArrayPlace(begin, end, None, elements)
    begin, end = writer.name("begin"), writer.name("end")
    writer.line(f"{begin} = 0")
    writer.line(f"{end} = 0")
    with writer.block(f"if {negation(value.null)}:"):
        writer.line(f"{begin} = {offsets}[{value.text}]")
        writer.line(f"{end} = {offsets}[{value.text} + 1]")
    return ArrayPlace(begin, end, value.null, elements)


def _held_elements(lists: Lists, writer: Writer) -> Elements:
    low, high = lists.words
    name = writer.constant("elements", low)
    high_name = None if high is None else writer.constant("elements_high", high)
    missing = None
    if lists.nulls is not None:
        missing = f"({writer.constant('element_nulls', lists.nulls)}[{{place}}] != 0)"

    return Elements(lists.element, name, high_name, missing, lists.domain)


def array_read(call: Call, scope: Scope, write: Write) -> Value:
    """Write one of expr.ARRAY_READS."""
    if call.function in QUANTIFIED:
        value, array = call.arguments
        search = _search(QUANTIFIED[call.function], value, array, scope, write)
        open_ = f"({search.is_open} and not {search.is_found})"
        return boolean(search.is_found, either(search.array.null, open_))
    array = call.arguments[0]
    if call.function == "element_count":
        place = array_place(array, scope, write)
        return Value(INT, f"({place.end} - {place.begin})", place.null)
    if call.function == "element_at":
        return _element_at(call, scope, write)
    if call.function in ("has_any", "has_all"):
        return _has_elements(call, scope, write)
    if call.function == "has_element":
        search = _search("equal", call.arguments[1], array, scope, write)
        return boolean(search.is_found, either(search.array.null, search.value_null))
    # The place of NULL can be asked for, as in PostgreSQL.
    search = _search("is_not_distinct_from", call.arguments[1], array, scope, write)
    null = search.array.null
    found = f"({search.place} - {search.array.begin})"
    return Value(INT, found, either(null, f"(not {search.is_found})"))


def _has_elements(call: Call, scope: Scope, write: Write) -> Value:
    """Write whether an array has one, or all, of the elements of another; NULL is like none."""
    writer, is_all = scope.writer, call.function == "has_all"
    first, second = (array_place(a, scope, write) for a in call.arguments)
    result, at = writer.name("has"), writer.name("place")
    writer.line(f"{result} = {is_all}")
    writer.line(f"{at} = {second.begin}")
    going = result if is_all else f"not {result}"
    with scope.branch(), writer.block(f"while {at} < {second.end} and {going}:"):
        given = second.elements.read(at, writer)
        given = _searched("equal", given, first, scope)
        search = _loop("equal", given, second.elements.of, first, scope, write)
        writer.line(f"{result} = {search.is_found}")
        writer.line(f"{at} = {at} + 1")
    return boolean(result, either(first.null, second.null))


def _element_at(call: Call, scope: Scope, write: Write) -> Value:
    """Write array[index], which is NULL outside."""
    writer = scope.writer
    array = array_place(call.arguments[0], scope, write)
    index = write(call.arguments[1], scope)
    at = writer.assign("index", index.text)
    test = f"{at} >= 1 and {at} <= {array.end} - {array.begin}"
    if index.is_null is not None:
        test = f"{test} and {negation(index.is_null)}"
    return array.elements.read_where(test, f"{array.begin} + {at} - 1", writer)


# What codes of another domain can answer.
DOMAIN_COMPARISONS = ("equal", "not_equal", "is_not_distinct_from")


@dataclass(frozen=True)
class Search:
    """What a search through an array leaves: `place` is one behind the element that was found."""

    array: ArrayPlace
    value_null: str | None
    is_found: str
    is_open: str
    place: str


def _search(
    function: str, value: Expression, array: Expression, scope: Scope, write: Write
) -> Search:
    """Write the search for an element with which the value compares so."""
    given = write(value, scope)
    place = array_place(array, scope, write)
    given = _once(_searched(function, given, place, scope), scope.writer)
    return _loop(function, given, value.type, place, scope, write)


def _searched(function: str, given: Value, place: ArrayPlace, scope: Scope) -> Value:
    """Return the value that is searched; a text as a code of the elements' domain."""
    if given.domain is None or function not in DOMAIN_COMPARISONS:
        return given
    return text.translated(given, place.elements.domain or text.EMPTY, scope)


def _loop(
    function: str, given: Value, of: SqlType, place: ArrayPlace, scope: Scope, write: Write
) -> Search:
    writer = scope.writer
    found, open_, at = writer.name("is_found"), writer.name("is_open"), writer.name("place")
    writer.line(f"{found} = False")
    writer.line(f"{open_} = False")
    writer.line(f"{at} = {place.begin}")
    operand = Literal(type=of, nullable=True, value=None)
    call = Call(function=function, arguments=(operand, operand), type=BOOLEAN, nullable=True)
    with scope.branch(), writer.block(f"while {at} < {place.end} and not {found}:"):
        element = _compared(place.elements.read(at, writer), place.elements.of, of, scope, write)
        if function == "is_not_distinct_from":
            test = logic.distinct(call, (given, element), scope)
        else:
            test = logic.compare(call, given, element, scope)
        writer.line(f"{found} = {test.is_true}")
        if test.is_null is not None:
            writer.line(f"{open_} = {open_} or {test.is_null}")
        writer.line(f"{at} = {at} + 1")
    return Search(place, given.null, found, open_, at)


def _once(value: Value, writer: Writer) -> Value:
    """Compute a value before the loop that reads it."""
    if value.domain is not None and text.is_literal(value):
        return value
    null = None if value.is_null is None else writer.assign("operand_null", value.is_null)
    if value.kind is BOOL:
        return Value(INT, writer.assign("operand", f"int({value.text})"), null)
    return Value(value.kind, writer.assign("operand", value.text), null, domain=value.domain)


def _compared(element: Value, of: SqlType, wanted: SqlType, scope: Scope, write: Write) -> Value:
    """Write an element as a value of the type that it is compared in."""
    if of == wanted:
        return element
    reference = ColumnReference(id=ELEMENT_ID, name="element", type=of, nullable=True)
    scope.add({ELEMENT_ID: _Read(element)})
    return write(Cast(argument=reference, type=wanted, nullable=True), scope)


@dataclass(frozen=True)
class _Read:
    """An element that is read already."""

    value: Value
    bounds: Bounds | None = None

    def read(self, writer: Writer) -> Value:
        """Return it."""
        return self.value
