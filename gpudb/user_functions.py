"""Functions that users make of Python functions: their types, and the way each is computed.

mode        runs                                       for
compiled    inside the kernel, as the kernel language  numbers in and out; a subset of Python
python      on the host, once for each distinct        everything else: texts, dates, libraries
            combination of arguments
arrow       on the host, over batches of Arrow arrays  vectorised functions of any types
"""

from __future__ import annotations

import datetime
import decimal
import inspect
import re
import types as python_types
import typing
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, get_args, get_type_hints

import pyarrow as pa

from gpudb.compiler.language import ValueType
from gpudb.compiler.subset import SubsetError, Translated, translate
from gpudb.errors import Error, InterfaceError, ProgrammingError
from gpudb.python_calls import call_batches, call_distinct
from gpudb.sql.parse import parse_script
from gpudb.sql.tree import CreateTableTree
from gpudb.sql.user_function import KernelText, Mode, UserFunction
from gpudb.storage import types
from gpudb.storage.arrow import sql_type
from gpudb.storage.types import Kind, SqlType

Function = Callable[..., Any]
PYTHON_TYPES: dict[object, SqlType] = {
    bool: types.BOOLEAN,
    int: types.BIGINT,
    float: types.DOUBLE,
    str: types.TEXT,
    datetime.date: types.DATE,
    datetime.time: types.TIME,
    datetime.datetime: types.timestamp(6),
    datetime.timedelta: types.INTERVAL_TIME,
}
COMPILED_KINDS = frozenset(
    {
        *(Kind.BOOLEAN, Kind.TINYINT, Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT),
        *(Kind.FLOAT, Kind.DOUBLE),
    }
)
NAME = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)


def make_function(
    name: str,
    function: Function,
    argument_types: Sequence[object] | None,
    return_type: object | None,
    *,
    mode: str | None,
    null_handling: str,
) -> UserFunction:
    """Return a function of SQL made of a Python function.

    Connection.create_function tells what the arguments may be. Raises InterfaceError for those
    that are none, NotSupportedError with its line for what a kernel cannot run.
    """
    if not NAME.match(name):
        raise InterfaceError(f"a function's name is a word such as discount, not {name!r}")
    if not callable(function):
        kind = type(function).__name__
        raise InterfaceError(f"function {name} is made of a Python function, not of a {kind}")
    if null_handling not in ("default", "special"):
        raise InterfaceError(f"null_handling is 'default' or 'special', not {null_handling!r}")
    parameters, result = read_types(name, function, argument_types, return_type)
    chosen = choose_mode(mode, (*parameters, result))
    is_strict = null_handling == "default"
    if chosen is Mode.COMPILED:
        if not is_strict:
            raise InterfaceError(
                f"function {name}: null_handling='special' needs mode='python' or 'arrow':"
                " numbers in kernels are never None"
            )
        kernel = kernel_text(name, function, parameters, result, is_chosen=mode is None)
        evaluate = None
    else:
        if chosen is Mode.ARROW and not parameters:
            raise InterfaceError(f"function {name}: mode='arrow' needs an argument, for its length")
        kernel = None
        call = call_batches if chosen is Mode.ARROW else call_distinct
        evaluate = partial(call, name, function, result, is_strict)
    description = (inspect.getdoc(function) or "").partition("\n")[0]
    return UserFunction(name, parameters, result, chosen, is_strict, description, kernel, evaluate)


def choose_mode(mode: str | None, of: Sequence[SqlType]) -> Mode:
    """Return the mode that is asked for, or the fastest one that may run these types."""
    is_plain = all(t.kind in COMPILED_KINDS for t in of)
    if mode is None:
        return Mode.COMPILED if is_plain else Mode.PYTHON
    try:
        chosen = Mode(mode)
    except ValueError:
        known = ", ".join(repr(m.value) for m in Mode)
        raise InterfaceError(f"mode is one of {known}, not {mode!r}") from None
    if chosen is Mode.COMPILED and not is_plain:
        raise InterfaceError(
            "mode='compiled' takes and gives numbers and BOOLEAN only; other types need"
            " mode='python' or 'arrow'"
        )
    return chosen


def kernel_text(
    name: str,
    function: Function,
    parameters: Sequence[SqlType],
    result: SqlType,
    *,
    is_chosen: bool,
) -> KernelText:
    """Return a function's text for kernels; `is_chosen` if nobody asked for just this mode."""
    kinds = [value_type(p) for p in parameters]
    try:
        text_name = f"_user_{name.lower()}"
        made = translate(function, text_name, kinds, value_type(result), title=name)
    except SubsetError as error:
        error.message += (
            "\n    A kernel cannot run it; mode='python' calls it once for each distinct"
            " combination of arguments, mode='arrow' with Arrow arrays."
            if is_chosen
            else ""
        )
        error.args = (error.message,)
        raise
    return KernelText(
        made.name,
        made.functions,
        made.may_stop,
        made.may_be_null,
        is_total(made),
        tuple(f"{stop.place}: {stop.message}" for stop in made.stops),
    )


def is_total(made: Translated) -> bool:
    """Whether a function ends soon for any arguments: it has no loop."""
    lines = "\n".join(made.functions.values()).splitlines()
    return not any(line.lstrip().startswith(("while ", "for ")) for line in lines)


def value_type(of: SqlType) -> ValueType:
    """Return the type of the kernel language in which values of a SQL type are computed."""
    if of.is_float:
        return ValueType.FLOAT
    return ValueType.BOOL if of.kind is Kind.BOOLEAN else ValueType.INT


def read_types(
    name: str,
    function: Function,
    argument_types: Sequence[object] | None,
    return_type: object | None,
) -> tuple[tuple[SqlType, ...], SqlType]:
    """Return the types as SQL's, from the function's annotations where they are not given."""
    hints: dict[str, object] = {}
    names = parameter_names(function)
    if argument_types is None or return_type is None:
        hints = read_annotations(function)
    if return_type is None:
        return_type = hints.get("return")
        if return_type is None:
            raise InterfaceError(f"function {name}: give its return_type, or annotate it")
    if argument_types is None:
        missing = [n for n in names or () if n not in hints]
        if names is None or missing:
            what = f"parameter {missing[0]}" if missing else "its parameters"
            raise InterfaceError(f"function {name}: give its argument_types, or annotate {what}")
        argument_types = [hints[n] for n in names]
    if isinstance(argument_types, str) or not isinstance(argument_types, Sequence):
        raise InterfaceError(f"function {name}: argument_types is a list of types")
    if names is not None and len(names) != len(argument_types):
        raise InterfaceError(
            f"function {name} has {len(names)} parameters and {len(argument_types)} argument_types"
        )
    parameters = tuple(
        read_type(given, f"argument {place} of function {name}")
        for place, given in enumerate(argument_types, 1)
    )
    return parameters, read_type(return_type, f"the return type of function {name}")


def parameter_names(function: Function) -> list[str] | None:
    """Return the names of the positional parameters, or None where Python cannot tell."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind in (p.VAR_POSITIONAL, p.KEYWORD_ONLY) for p in parameters):
        return None
    return [p.name for p in parameters]


def read_annotations(function: Function) -> dict[str, object]:
    """Return a function's annotations, evaluated."""
    plain = getattr(function, "py_func", function)
    try:
        return get_type_hints(plain)
    except (NameError, TypeError):
        return {}


def read_type(given: object, what: str) -> SqlType:
    """Return a type given by its SQL name, as Python's or Arrow's, or as SQL's own."""
    if isinstance(given, SqlType):
        return checked_type(given, what)
    if isinstance(given, str):
        return checked_type(named_type(given, what), what)
    if isinstance(given, pa.DataType):
        return checked_type(sql_type(given, what), what)
    if isinstance(given, python_types.UnionType) or typing.get_origin(given) is typing.Union:
        # int | None: NULL is of every type.
        parts = [part for part in get_args(given) if part is not python_types.NoneType]
        if len(parts) == 1:
            return read_type(parts[0], what)
    if given is decimal.Decimal:
        raise InterfaceError(f"{what}: Decimal has no digits of its own; write 'DECIMAL(18, 2)'")
    found = PYTHON_TYPES.get(given)
    if found is None:
        known = ", ".join(t.__name__ for t in PYTHON_TYPES if isinstance(t, type))
        raise InterfaceError(
            f"{what} is no type: {given!r}; give a SQL name such as 'DOUBLE', one of Python's"
            f" {known}, or an Arrow type"
        )
    return found


def named_type(name: str, what: str) -> SqlType:
    """Return the type that SQL calls `name`."""
    try:
        (parsed,) = parse_script(f"CREATE TABLE t (v {name})")
        assert isinstance(parsed.body, CreateTableTree)
        (column,) = parsed.body.columns
    except (Error, ValueError, AssertionError) as error:
        message = getattr(error, "message", str(error))
        raise ProgrammingError(f"{what}: {name!r} is no type of SQL: {message}") from None
    found: SqlType = column.definition.type
    return found


def checked_type(of: SqlType, what: str) -> SqlType:
    """Return a type that values can be given in."""
    if of.kind in (Kind.NULL, Kind.INTERVAL_MONTHS, Kind.ARRAY):
        raise InterfaceError(f"{what} cannot be {of}")
    return of
