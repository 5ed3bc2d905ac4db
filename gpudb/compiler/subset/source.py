"""A Python function's text, and the objects that its free names stand for."""

from __future__ import annotations

import ast
import builtins
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any

from gpudb.compiler.language import parse_python
from gpudb.compiler.subset.emit import SubsetError
from gpudb.records import dataclass

Parameters = ast.FunctionDef | ast.Lambda


@dataclass(frozen=True)
class FunctionSource:
    """A function as it is written: `lines` are those of the whole file."""

    name: str
    path: str
    lines: list[str]
    node: Parameters
    names: Mapping[str, Any]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(argument.arg for argument in self.node.args.args)

    @property
    def body(self) -> list[ast.stmt]:
        """The statements; a lambda's is one `return`."""
        if isinstance(self.node, ast.FunctionDef):
            return self.node.body
        returned = ast.Return(self.node.body)
        return [ast.copy_location(returned, self.node.body)]

    def error(self, node: ast.AST, message: str) -> SubsetError:
        """Return the error that places `message` at the line of `node`."""
        line: int = getattr(node, "lineno", 1)
        return SubsetError(f"{self.place(node)}: {message}\n    {self.lines[line - 1].strip()}")

    def place(self, node: ast.AST) -> str:
        """Return the function and the line of a node, for messages."""
        return f"function {self.name}, line {getattr(node, 'lineno', 1)} of {self.path}"


def plain_function(function: Callable[..., Any]) -> types.FunctionType | None:
    """Return the Python function behind a function or one that Numba compiled, or None."""
    plain = getattr(function, "py_func", function)
    return plain if isinstance(plain, types.FunctionType) else None


def read_source(function: types.FunctionType, name: str) -> FunctionSource:
    """Return the text of a function; SubsetError where Python cannot find it."""
    try:
        lines, _ = inspect.findsource(function.__code__)
        module = parse_python("".join(lines))
    except (OSError, SyntaxError, TypeError) as error:
        raise SubsetError(
            f"function {name}: its text cannot be found ({error});"
            " define it in a file or a notebook"
        ) from None
    found = [node for node in ast.walk(module) if is_definition(node, function.__code__)]
    if len(found) != 1:
        raise SubsetError(
            f"function {name}: its text is not the only one on line"
            f" {function.__code__.co_firstlineno} of {function.__code__.co_filename};"
            " give it a def of its own"
        )
    node = found[0]
    assert isinstance(node, ast.FunctionDef | ast.Lambda)
    plain = [line.rstrip("\n") for line in lines]
    source = FunctionSource(name, function.__code__.co_filename, plain, node, free_names(function))
    check_parameters(source)
    return source


def is_definition(node: ast.AST, code: types.CodeType) -> bool:
    """Whether `node` is where a function's code was written."""
    if isinstance(node, ast.Lambda):
        is_named = code.co_name == "<lambda>"
        begin = node.lineno
    elif isinstance(node, ast.FunctionDef):
        is_named = code.co_name == node.name
        begin = min((d.lineno for d in node.decorator_list), default=node.lineno)
    else:
        return False
    names = tuple(argument.arg for argument in node.args.args)
    wanted = code.co_varnames[: code.co_argcount]
    return is_named and begin == code.co_firstlineno and names == wanted


def check_parameters(source: FunctionSource) -> None:
    """Raise SubsetError unless all parameters are plain ones."""
    arguments = source.node.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
        raise source.error(source.node, "takes plain parameters only, no * and no **")
    if arguments.defaults:
        raise source.error(source.node, "takes parameters without defaults only")


def free_names(function: types.FunctionType) -> Mapping[str, Any]:
    """Return what a function's names stand for besides its own: closure, module, builtins."""
    closure = dict[str, Any]()
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            closure[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return {**vars(builtins), **function.__globals__, **closure}
