"""The typed tree of a kernel: what the checker gives and every back end writes out.

Operators, builtins and conversions are all `Operation`s, named in `builtins`; nothing in the tree
converts silently. Operands are evaluated from left to right, both sides of `and`, `or` and a
conditional expression included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, fields, is_dataclass

from gpudb.compiler.language import ELEMENTS, Pointer, ValueType
from gpudb.records import dataclass


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, already of the type that it is used at."""

    type: ValueType
    value: int | float | bool


@dataclass(frozen=True, slots=True)
class Local:
    """The value of a parameter or a local."""

    type: ValueType
    name: str


@dataclass(frozen=True, slots=True)
class Buffer:
    """A pointer parameter, passed on to a function or a builtin."""

    type: Pointer
    name: str


@dataclass(frozen=True, slots=True)
class Load:
    """`pointer[index]`, widened to int or float."""

    pointer: str
    element: str
    index: Expression

    @property
    def type(self) -> ValueType:
        """The type after widening."""
        return ELEMENTS[self.element]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the builtin table; the operands have exactly the types it asks for."""

    type: ValueType
    name: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function of the text or the library; `type` is None where it returns nothing."""

    type: ValueType | None
    function: Function
    arguments: tuple[Expression | Buffer, ...]


Expression = Constant | Local | Load | Operation | Call


@dataclass(frozen=True, slots=True)
class Assign:
    """`name = value`."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Take:
    """`name` stands for the buffer whose address is `table[index]`, from here on."""

    name: str
    element: str
    table: str
    index: Expression


@dataclass(frozen=True, slots=True)
class Store:
    """`pointer[index] = value`, narrowed to the element; the value is evaluated first."""

    pointer: str
    element: str
    index: Expression
    value: Expression


@dataclass(frozen=True, slots=True)
class Evaluate:
    """A call for what it does."""

    value: Expression


@dataclass(frozen=True, slots=True)
class If:
    """`if test: body else: otherwise`."""

    test: Expression
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class While:
    """`while test: body`."""

    test: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class For:
    """`for name in range(first, end, step)`; no iteration where step <= 0.

    Where `abreast` is more than 1 the names that the body finds first may be found for so many
    iterations at once (`abreast`).
    """

    name: str
    first: Expression
    end: Expression
    step: Expression
    body: tuple[Statement, ...]
    abreast: int = 1


@dataclass(frozen=True, slots=True)
class Break:
    """`break`."""


@dataclass(frozen=True, slots=True)
class Continue:
    """`continue`."""


@dataclass(frozen=True, slots=True)
class Return:
    """`return` or `return value`."""

    value: Expression | None


Statement = Assign | Take | Store | Evaluate | If | While | For | Break | Continue | Return


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function for one choice of parameter types.

    `name` is unique in its program, `title` is the name in the text. `locals` holds what the body
    assigns, parameters that it assigns included. A function with a result returns on every path.
    A word of a device has no body: the back end of that device writes it.
    """

    name: str
    title: str
    parameters: tuple[tuple[str, ValueType | Pointer], ...]
    locals: dict[str, ValueType]
    result: ValueType | None
    body: tuple[Statement, ...] = field(repr=False)
    is_entry: bool
    is_word: bool = False


def terminates(body: tuple[Statement, ...]) -> bool:
    """Return whether control never passes the end of `body`, seen from its last statement."""
    match body[-1:]:
        case (Return() | Break() | Continue(),):
            return True
        case (If(body=then, otherwise=otherwise),):
            return terminates(then) and terminates(otherwise)
    return False


def nodes_of(given: object) -> Iterator[object]:
    """Yield statements and expressions, those inside others included."""
    if isinstance(given, Function):
        return
    if isinstance(given, Sequence) and not isinstance(given, str):
        for each in given:
            yield from nodes_of(each)
    elif is_dataclass(given):
        yield given
        for part in fields(given):
            yield from nodes_of(getattr(given, part.name))


def statements_of(body: Sequence[Statement]) -> Iterator[Statement]:
    """Yield statements, those inside of others included."""
    for node in body:
        yield node
        match node:
            case If(body=then, otherwise=otherwise):
                yield from statements_of(then)
                yield from statements_of(otherwise)
            case For(body=inside) | While(body=inside):
                yield from statements_of(inside)


def values_of(node: Statement) -> tuple[Expression, ...]:
    """Return the expressions that stand in a statement itself."""
    match node:
        case Assign(value=value) | Evaluate(value=value):
            return (value,)
        case Return(value=value):
            return () if value is None else (value,)
        case Store(index=index, value=value):
            return index, value
        case If(test=test) | While(test=test):
            return (test,)
        case For(first=first, end=end, step=step):
            return first, end, step
        case Take(index=index):
            return (index,)
    return ()


def calls_of(value: Expression | Buffer) -> Iterator[Call]:
    """Yield the calls in an expression."""
    match value:
        case Operation(operands=operands):
            for each in operands:
                yield from calls_of(each)
        case Load(index=index):
            yield from calls_of(index)
        case Call(arguments=arguments):
            yield value
            for given in arguments:
                yield from calls_of(given)


def find_calls(functions: Sequence[Function]) -> dict[str, list[tuple[str, Call]]]:
    """Return the calls of each function by its name, with the names of those that call."""
    calls: dict[str, list[tuple[str, Call]]] = {}
    for function in functions:
        values = (v for each in statements_of(function.body) for v in values_of(each))
        for call in (call for value in values for call in calls_of(value)):
            calls.setdefault(call.function.name, []).append((function.name, call))
    return calls
