"""The words that a GPU has as instructions: their types, and their code in LLVM IR.

    add(buffer, index, value)               atomic; also add_wide and add_wide_value, over two words
    and_bits, or_bits, xor_bits (buffer, index, value)
    multiply(buffer, index, value)
    lowest, highest, lowest_float, highest_float (buffer, index, value)
    reserve(buffer, index, count) -> what stood there before `count` was added
    claim(buffer, index, expected, value) -> what stood there; `value` does now if that is expected
    fail(errors, site, first, second) -> -1; of all that fail, one leaves its three numbers
    peek(buffer, index) -> an element that other threads may be changing

and those of `device_threads`. An atomic changes 4 or 8 bytes at once and orders nothing else.
"""

from __future__ import annotations

from collections.abc import Callable

from gpudb.compiler.device_threads import THREAD_WORDS
from gpudb.compiler.language import Pointer, Scratch, ValueType
from gpudb.compiler.llvm import ELEMENT_TYPES, TYPES, Spaces, result_type
from gpudb.compiler.tree import Function
from gpudb.compiler.words import Types, Typing, Word
from gpudb.records import dataclass

BOOL, INT, FLOAT, WIDE = ValueType.BOOL, ValueType.INT, ValueType.FLOAT, ValueType.WIDE
# Pointers to the host's buffers lie in the global address space, scratch in the shared one.
DEVICE = Spaces(
    buffer="ptr addrspace(1)",
    scratch="ptr addrspace(3)",
    attributes="alwaysinline nounwind convergent",
    entry_attributes="alwaysinline nounwind convergent",
    entry_pointers="",
)
# The words that change nothing behind their pointer.
READING_WORDS = ("peek",)
_ATOMIC_ELEMENTS = ("int32", "int64", "uint32", "float32", "float64")


def write_word(function: Function) -> str:
    """Return the definition of a word for the types that it is used with."""
    parameters = ", ".join(
        f"{DEVICE.type(kind)} %a{index}" for index, (_, kind) in enumerate(function.parameters)
    )
    head = f'define internal {result_type(function)} @"{function.name}"({parameters})'
    body = "\n".join(WORDS[function.title].write(function))
    return f"{head} {DEVICE.attributes} {{\nentry:\n{body}\n}}\n"


# Types


def _typing(values: tuple[ValueType, ...], result: ValueType | None) -> Typing:
    """Return the typing of an atomic on buffer[index] with `values`, FLOAT if the buffer's are."""

    def find(given: Types) -> ValueType | str | None:
        match given:
            case (Pointer() as buffer, ValueType.INT | ValueType.BOOL, *rest):
                pass
            case _:
                return "takes a buffer, an index and what follows"
        if buffer.element not in _ATOMIC_ELEMENTS:
            return f"changes 4 or 8 bytes at once, not {buffer.element}"
        wanted = [buffer.loaded if value is FLOAT else value for value in values]
        if len(rest) != len(wanted) or not all(map(_fits, rest, wanted)):
            return f"does not take these values for a buffer of {buffer.element}"
        if WIDE in values and buffer.element != "int64":
            return "takes a buffer of int64"
        return buffer.loaded if result is FLOAT else result

    return find


def _float_typing(given: Types) -> ValueType | str | None:
    match given:
        case (Pointer(loaded=ValueType.FLOAT), *_):
            return _typing((FLOAT,), None)(given)
    return "takes a buffer of floats"


def _fits(given: ValueType | Pointer, wanted: ValueType) -> bool:
    if wanted is INT:
        return given in (INT, BOOL)
    return given in (INT, BOOL, wanted)


# Code


@dataclass(frozen=True, slots=True)
class _Place:
    """The element that an atomic changes: its type, its pointer's, and the scope of the atomic."""

    element: str
    kind: str
    pointer: str
    scope: str


def _place(function: Function) -> _Place:
    buffer = function.parameters[0][1]
    assert isinstance(buffer, Pointer)
    scope = "block" if isinstance(buffer, Scratch) else "device"
    kind = ELEMENT_TYPES[buffer.element]
    return _Place(buffer.element, kind, DEVICE.type(buffer), f'syncscope("{scope}")')


def _begin(function: Function, name: str = "at") -> list[str]:
    """Return the lines that compute the address of buffer[index]."""
    place = _place(function)
    index = "%a1"
    lines = []
    if function.parameters[1][1] is BOOL:
        lines.append("  %index = zext i1 %a1 to i64")
        index = "%index"
    at = f"getelementptr inbounds {place.kind}, {place.pointer} %a0, i64 {index}"
    return [*lines, f"  %{name} = {at}"]


def _widened(function: Function, number: int, wanted: ValueType) -> list[str]:
    """Return the line that widens an argument to %wN."""
    given = function.parameters[number][1]
    assert isinstance(given, ValueType)
    source = f"{TYPES[given]} %a{number} to {TYPES[wanted]}"
    if given is wanted:
        return [f"  %w{number} = bitcast {source}"]
    if given is BOOL:
        return [f"  %w{number} = {'uitofp' if wanted is FLOAT else 'zext'} {source}"]
    return [f"  %w{number} = {'sitofp' if wanted is FLOAT else 'sext'} {source}"]


def _narrowed(place: _Place, source: str, name: str) -> list[str]:
    """Return the line that narrows an i64 or a double to the element."""
    if place.kind == "i32":
        return [f"  {name} = trunc i64 {source} to i32"]
    if place.kind == "float":
        return [f"  {name} = fptrunc double {source} to float"]
    return [f"  {name} = bitcast {place.kind} {source} to {place.kind}"]


def _loaded(place: _Place, source: str, name: str) -> list[str]:
    """Return the line that widens an element to an i64 or a double."""
    if place.kind == "i32":
        return [f"  {name} = {'zext' if place.element[0] == 'u' else 'sext'} i32 {source} to i64"]
    if place.kind == "float":
        return [f"  {name} = fpext float {source} to double"]
    return [f"  {name} = bitcast {place.kind} {source} to {place.kind}"]


def _value(function: Function, number: int) -> list[str]:
    """Return the lines that make argument `number` an element, %vN."""
    place = _place(function)
    wanted = FLOAT if place.element.startswith("float") else INT
    return [
        *_widened(function, number, wanted),
        *_narrowed(place, f"%w{number}", f"%v{number}"),
    ]


def _atomic(place: _Place, operation: str, value: str, at: str = "%at") -> str:
    text = f"atomicrmw {operation} {place.pointer} {at}, {place.kind} {value}"
    return f"{text} {place.scope} monotonic"


def _add(function: Function) -> list[str]:
    place = _place(function)
    operation = "fadd" if place.element.startswith("float") else "add"
    lines = [*_begin(function), *_value(function, 2)]
    lines.append(f"  %old = {_atomic(place, operation, '%v2')}")
    return [*lines, "  ret void"]


def _reserve(function: Function) -> list[str]:
    place = _place(function)
    lines = [*_begin(function), *_value(function, 2)]
    lines.append(f"  %old = {_atomic(place, 'add', '%v2')}")
    return [*lines, *_loaded(place, "%old", "%r"), "  ret i64 %r"]


def _add_wide(function: Function) -> list[str]:
    """Add the low word; a sum below the addend has carried into the high one."""
    place = _place(function)
    return [
        *_begin(function),
        *_widened(function, 2, WIDE),
        "  %low = trunc i128 %w2 to i64",
        "  %shifted = lshr i128 %w2, 64",
        "  %high = trunc i128 %shifted to i64",
        f"  %old = {_atomic(place, 'add', '%low')}",
        "  %sum = add i64 %old, %low",
        "  %carried = icmp ult i64 %sum, %low",
        "  %carry = zext i1 %carried to i64",
        "  %more = add i64 %high, %carry",
        "  %none = icmp eq i64 %more, 0",
        "  br i1 %none, label %done, label %upper",
        "upper:",
        f"  %next = getelementptr inbounds i64, {place.pointer} %at, i64 1",
        f"  %before = {_atomic(place, 'add', '%more', '%next')}",
        "  br label %done",
        "done:",
        "  ret void",
    ]


def _extreme(test: str, integers: str) -> Callable[[Function], list[str]]:
    """Return the writer of a least or greatest value; `test` compares %w2 with the old one."""

    def write(function: Function) -> list[str]:
        place = _place(function)
        lines = [*_begin(function), *_value(function, 2)]
        if not place.element.startswith("float"):
            operation = f"u{integers}" if place.element[0] == "u" else integers
            return [*lines, f"  %old = {_atomic(place, operation, '%v2')}", "  ret void"]
        return [*lines, *_compare_and_swap(place, test)]

    return write


def _compare_and_swap(place: _Place, test: str) -> list[str]:
    """Return a loop that stores %v2 for as long as it is better than what it finds."""
    bits = "i32" if place.kind == "float" else "i64"
    size = "4" if place.kind == "float" else "8"
    swap = f"cmpxchg {place.pointer} %at, {bits} %seen, {bits} %new"
    return [
        f"  %new = bitcast {place.kind} %v2 to {bits}",
        f"  %first = load atomic {bits}, {place.pointer} %at {place.scope} monotonic, align {size}",
        "  br label %look",
        "look:",
        f"  %seen = phi {bits} [%first, %entry], [%found, %store]",
        f"  %element = bitcast {bits} %seen to {place.kind}",
        *_loaded(place, "%element", "%old"),
        *test.splitlines(),
        "  br i1 %better, label %store, label %done",
        "store:",
        f"  %both = {swap} {place.scope} monotonic monotonic",
        f"  %found = extractvalue {{{bits}, i1}} %both, 0",
        f"  %stored = extractvalue {{{bits}, i1}} %both, 1",
        "  br i1 %stored, label %done, label %look",
        "done:",
        "  ret void",
    ]


def _multiply(function: Function) -> list[str]:
    """Multiply by what is there until nobody has come between."""
    place = _place(function)
    bits = "i32" if place.kind == "float" else "i64"
    size = "4" if place.kind == "float" else "8"
    swap = f"cmpxchg {place.pointer} %at, {bits} %seen, {bits} %new"
    return [
        *_begin(function),
        *_value(function, 2),
        f"  %first = load atomic {bits}, {place.pointer} %at {place.scope} monotonic, align {size}",
        "  br label %store",
        "store:",
        f"  %seen = phi {bits} [%first, %entry], [%found, %store]",
        f"  %old = bitcast {bits} %seen to {place.kind}",
        f"  %product = fmul {place.kind} %old, %v2",
        f"  %new = bitcast {place.kind} %product to {bits}",
        f"  %both = {swap} {place.scope} monotonic monotonic",
        f"  %found = extractvalue {{{bits}, i1}} %both, 0",
        f"  %stored = extractvalue {{{bits}, i1}} %both, 1",
        "  br i1 %stored, label %done, label %store",
        "done:",
        "  ret void",
    ]


_LESS = "  %better = fcmp olt double %w2, %old"
_GREATER = "  %better = fcmp olt double %old, %w2"
# NaN is the greatest float, as in the host's words of these names.
_LESS_OR_NAN = """  %less = fcmp olt double %w2, %old
  %absent = fcmp uno double %old, %old
  %some = fcmp ord double %w2, %w2
  %fills = and i1 %absent, %some
  %better = or i1 %less, %fills"""
_GREATER_OR_NAN = """  %greater = fcmp olt double %old, %w2
  %nan = fcmp uno double %w2, %w2
  %some = fcmp ord double %old, %old
  %fills = and i1 %nan, %some
  %better = or i1 %greater, %fills"""


def _claim(function: Function) -> list[str]:
    place = _place(function)
    swap = f"cmpxchg {place.pointer} %at, {place.kind} %v2, {place.kind} %v3"
    return [
        *_begin(function),
        *_value(function, 2),
        *_value(function, 3),
        f"  %both = {swap} {place.scope} monotonic monotonic",
        f"  %found = extractvalue {{{place.kind}, i1}} %both, 0",
        *_loaded(place, "%found", "%r"),
        "  ret i64 %r",
    ]


def _fail(function: Function) -> list[str]:
    """Who changes the first word from 0 writes the others."""
    place = _place(function)
    swap = f"cmpxchg {place.pointer} %a0, i64 0, i64 %a1 {place.scope} monotonic monotonic"
    lines = [*_value(function, 2), *_value(function, 3), f"  %both = {swap}"]
    lines.append("  %first = extractvalue {i64, i1} %both, 1")
    lines += ["  br i1 %first, label %write, label %done", "write:"]
    for number in (1, 2):
        lines.append(f"  %at{number} = getelementptr i64, {place.pointer} %a0, i64 {number}")
        lines.append(f"  store i64 %v{number + 1}, {place.pointer} %at{number}")
    return [*lines, "  br label %done", "done:", "  ret i64 -1"]


def _fail_typing(given: Types) -> ValueType | str | None:
    if len(given) == 4 and given[0] == Pointer("int64") and given[1] is INT:
        return _typing((INT, INT), INT)(given)
    return "takes a buffer of int64 and three ints"


def _bits(operation: str) -> Callable[[Function], list[str]]:
    def write(function: Function) -> list[str]:
        lines = [*_begin(function), *_value(function, 2)]
        return [*lines, f"  %old = {_atomic(_place(function), operation, '%v2')}", "  ret void"]

    return write


def _peek(function: Function) -> list[str]:
    place = _place(function)
    load = f"load atomic {place.kind}, {place.pointer} %at {place.scope} monotonic"
    lines = [*_begin(function), f"  %found = {load}, align {_size(place)}"]
    return [*lines, *_loaded(place, "%found", "%r"), f"  ret {result_type(function)} %r"]


def _size(place: _Place) -> int:
    return 8 if place.kind in ("i64", "double") else 4


WORDS: dict[str, Word] = {
    "add": Word(_typing((FLOAT,), None), _add),
    "and_bits": Word(_typing((INT,), None), _bits("and")),
    "or_bits": Word(_typing((INT,), None), _bits("or")),
    "xor_bits": Word(_typing((INT,), None), _bits("xor")),
    "add_wide": Word(_typing((WIDE,), None), _add_wide),
    "add_wide_value": Word(_typing((WIDE,), None), _add_wide),
    "lowest": Word(_typing((FLOAT,), None), _extreme(_LESS, "min")),
    "highest": Word(_typing((FLOAT,), None), _extreme(_GREATER, "max")),
    "lowest_float": Word(_typing((FLOAT,), None), _extreme(_LESS_OR_NAN, "min")),
    "highest_float": Word(_typing((FLOAT,), None), _extreme(_GREATER_OR_NAN, "max")),
    "multiply": Word(_float_typing, _multiply),
    "reserve": Word(_typing((INT,), INT), _reserve),
    "claim": Word(_typing((INT, INT), INT), _claim),
    "fail": Word(_fail_typing, _fail),
    "peek": Word(_typing((), FLOAT), _peek),
    **THREAD_WORDS,
}
