"""SQL functions as one list of definitions: each is one decorated pure function.

    @function("sqrt", (DOUBLE,), DOUBLE, fails=is_negative, message="sqrt of a negative number")
    def sqrt_double(x: float) -> float:
        return sqrt(x)

A definition's `name` is its body's, and is what expr.Call carries; `sql_names` are what users
write, and several definitions may share one (overloads by type). There are two kinds of bodies:

- Kernel functions are written in the kernel language (scalar ints and floats, the builtins of
  gpudb.sql.functions.words) and are copied into generated kernels by their source. They get
  physical values (gpudb.storage.types) and, behind the SQL arguments, the constants that the binder
  appends.
- Host functions take a pyarrow array of distinct strings and constants and return an array, or,
  `is_scalar`, values of Python, once for each distinct combination, or, `is_rowwise`, arrays of all
  arguments that vary. Values of other types than TEXT are physical, in arrays of numpy.

Both are strict: NULL in, NULL out; the body never sees a NULL. A docstring says in a sentence what
the function gives, and has a line `SELECT <expression> gives <answer>`, which docs/sql.md shows and
the tests run.
"""

from __future__ import annotations

import ast
import enum
import inspect
import textwrap
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from gpudb.errors import InternalError
from gpudb.records import dataclass, replace
from gpudb.storage.types import Kind, SqlType

Body = Callable[..., Any]
BodyType = TypeVar("BodyType", bound=Body)


class Family(enum.Enum):
    """Arguments that are taken as they come, by their types' kinds."""

    INTEGER = frozenset({Kind.TINYINT, Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT})
    DECIMAL = frozenset({Kind.DECIMAL})
    FLOATING = frozenset({Kind.FLOAT, Kind.DOUBLE})
    TIMESTAMP = frozenset({Kind.TIMESTAMP})
    MOMENT = frozenset({Kind.TIMESTAMP, Kind.TIME, Kind.INTERVAL_TIME})
    SPAN = frozenset({Kind.INTERVAL_MONTHS, Kind.INTERVAL_TIME})


Parameter = SqlType | Family
Result = SqlType | Callable[[tuple[SqlType, ...]], SqlType]


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """One overload of a SQL function.

    `constants`, if any, gives the integers that the binder appends to the arguments. The last
    parameter of a variadic function may come any number of times. `may_be_null` says whether the
    answer may be NULL where no argument is. `fails`, a predicate of the arguments in the kernel
    language, says when there is no answer but an error with `message`; a host function `may_fail`
    by raising DataError. `uses` are all procedures that the two call, directly or not, callees
    before callers. `is_wide` says that a kernel function's answer has 128 bits. `tables` gives,
    from the literals among the arguments (None for the others), arrays that a kernel function gets
    behind everything else.
    """

    name: str
    sql_names: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    result: Result
    body: Body
    is_host: bool = False
    is_scalar: bool = False
    is_rowwise: bool = False
    is_variadic: bool = False
    is_wide: bool = False
    may_fail: bool = False
    may_be_null: bool = False
    fails: Body | None = None
    message: str = ""
    uses: tuple[Body, ...] = ()
    constants: Callable[[tuple[SqlType, ...]], tuple[int, ...]] | None = None
    tables: Callable[..., tuple[np.ndarray, ...]] | None = None

    def evaluate(self, values: Sequence[Any]) -> Any:
        """Return the body's answer for constants; None where it fails."""
        if self.fails is not None and self.fails(*values):
            return None
        tables = () if self.tables is None else self.tables(*values)
        return self.body(*values, *tables)

    @property
    def section(self) -> str:
        """The part of the reference that describes the function: the module of its body."""
        return self.body.__module__.rpartition(".")[2]

    def result_type(self, types: tuple[SqlType, ...]) -> SqlType:
        """Return the type of the answer for arguments of `types`."""
        return self.result if isinstance(self.result, SqlType) else self.result(types)

    def parameter(self, index: int) -> Parameter | None:
        """Return the parameter that argument `index` stands for; None for an appended constant."""
        if self.is_variadic:
            index = min(index, len(self.parameters) - 1)
        return self.parameters[index] if index < len(self.parameters) else None

    def takes_float(self, index: int) -> bool:
        """Return whether the body wants argument `index` as a float."""
        parameter = self.parameter(index)
        if isinstance(parameter, SqlType):
            return parameter.is_float
        return parameter is Family.FLOATING


DEFINITIONS: dict[str, FunctionDefinition] = {}
OVERLOADS: dict[str, list[FunctionDefinition]] = {}
PROCEDURES: dict[str, tuple[Body, ...]] = {}


def function(
    names: str | tuple[str, ...],
    parameters: tuple[Parameter, ...],
    result: Result,
    **options: Any,
) -> Callable[[BodyType], BodyType]:
    """Register the decorated body under `names`; `options` are fields of FunctionDefinition."""
    sql_names = (names,) if isinstance(names, str) else names

    def register(body: BodyType) -> BodyType:
        definition = FunctionDefinition(body.__name__, sql_names, parameters, result, body)
        definition = replace(definition, **options)
        definition = replace(definition, uses=_closure((*definition.uses, definition.fails)))
        assert body.__name__ not in DEFINITIONS, f"{body.__name__} is defined twice"
        DEFINITIONS[body.__name__] = definition
        for name in sql_names:
            OVERLOADS.setdefault(name, []).append(definition)
        return body

    return register


def procedure(*uses: Body) -> Callable[[BodyType], BodyType]:
    """Register a function of the kernel language that others call; `uses` are those it calls."""

    def register(body: BodyType) -> BodyType:
        PROCEDURES[body.__name__] = uses
        return body

    return register


def get_function(name: str) -> FunctionDefinition:
    """Return the definition that expr.Call names; raises InternalError if there is none."""
    found = DEFINITIONS.get(name)
    if found is None:
        raise InternalError(f"there is no function {name}")
    return found


def find_definition(name: str) -> FunctionDefinition | None:
    """Return the definition that expr.Call names, or None for an operator."""
    return DEFINITIONS.get(name)


def is_host_function(name: str) -> bool:
    """Return whether a Call's function runs over pyarrow strings, not in a kernel."""
    found = DEFINITIONS.get(name)
    return found is not None and found.is_host


def _closure(bodies: Iterable[Body | None]) -> tuple[Body, ...]:
    """Return the procedures among `bodies` and all that they call, callees first."""
    found: dict[str, Body] = {}
    for body in bodies:
        if body is not None:
            found.update((b.__name__, b) for b in _closure(PROCEDURES.get(body.__name__, ())))
            found[body.__name__] = body
    return tuple(found.values())


@lru_cache(maxsize=512)
def kernel_source(body: Body) -> str:
    """Return a body's text for a kernel: no decorators, docstring or annotations.

    >>> from gpudb.sql.functions.words import quotient
    >>> print(kernel_source(quotient).splitlines()[0])
    def quotient(a, b):
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(body))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list, tree.returns = [], None
    for argument in tree.args.args:
        argument.annotation = None
    first = tree.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        tree.body = tree.body[1:]
    return ast.unparse(tree)
