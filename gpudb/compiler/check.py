"""The type checker: a program's text -> typed functions (`tree.Function`).

Callees are typed once per choice of argument types; recursion is refused. The type of a local is
the join of all that is assigned to it: a body is read again until the joins stand, twice at most
in practice. A name must be assigned on every path before it is read.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import field

from gpudb.compiler import expressions
from gpudb.compiler.abreast import bounds_of
from gpudb.compiler.builtins import BUILTINS, find_join
from gpudb.compiler.columns import find_take
from gpudb.compiler.language import (
    LanguageError,
    Pointer,
    Program,
    Source,
    ValueType,
    View,
    parse,
)
from gpudb.compiler.tree import (
    Assign,
    Break,
    Buffer,
    Call,
    Constant,
    Continue,
    Evaluate,
    Expression,
    For,
    Function,
    If,
    Load,
    Local,
    Return,
    Statement,
    Store,
    While,
    terminates,
)
from gpudb.compiler.words import NO_WORDS, Words
from gpudb.records import dataclass

_ZEROS: dict[ValueType, int | float | bool] = {
    ValueType.BOOL: False,
    ValueType.INT: 0,
    ValueType.FLOAT: 0.0,
    ValueType.WIDE: 0,
}


def check(program: Program, words: Words = NO_WORDS) -> tuple[Function, ...]:
    """Return the typed functions of a program, each after those that it calls.

    `words` are what a device does by itself. Raises LanguageError, which names the line, for what
    is not in the language.
    """
    text, library = parse(program.text, "text"), parse(program.library, "library")
    checker = _ProgramChecker(text, library, words)
    for source in (checker.text, checker.library):
        for name in BUILTINS.keys() & source.functions.keys():
            raise source.error(source.functions[name], f"{name} is a builtin")
    for entry in program.entries:
        found = checker.text.functions.get(entry.name)
        if found is None:
            raise LanguageError(f"the text has no function {entry.name}")
        names = tuple(argument.arg for argument in found.args.args)
        wanted = tuple(name for name, _ in entry.parameters)
        if names != wanted:
            raise checker.text.error(found, f"{entry.name} should have the parameters {wanted}")
        types = tuple(kind for _, kind in entry.parameters)
        if ValueType.WIDE in types:
            raise checker.text.error(found, "an entry takes no wide parameter")
        buffers = {name for name, kind in entry.parameters if type(kind) is Pointer}
        for name, kind in entry.parameters:
            if isinstance(kind, View) and kind.of not in buffers:
                raise checker.text.error(found, f"{name} is a view of {kind.of}, no buffer here")
        function = checker.function(entry.name, types, checker.text, found, is_entry=True)
        if function.result not in (None, ValueType.INT, ValueType.BOOL):
            raise checker.text.error(found, "an entry returns an int or nothing")
    return tuple(checker.functions.values())


ArgumentType = ValueType | Pointer


@dataclass(slots=True)
class _ProgramChecker:
    """Finds functions by name and types each once per choice of argument types."""

    text: Source
    library: Source
    words: Words
    functions: dict[tuple[str, tuple[ArgumentType, ...]], Function] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    def find(self, name: str) -> tuple[Source, ast.FunctionDef] | None:
        for source in (self.text, self.library, self.words.library):
            if name in source.functions:
                return source, source.functions[name]
        return None

    def function(
        self,
        name: str,
        types: tuple[ArgumentType, ...],
        source: Source,
        node: ast.AST,
        *,
        is_entry: bool = False,
    ) -> Function:
        """Return function `name` typed for arguments of `types`; `node` of `source` asks for it."""
        if (name, types) in self.functions:
            return self.functions[name, types]
        if name in self.words.results:
            return self.word(name, types, source, node)
        found = self.find(name)
        if found is None:
            raise source.error(node, f"there is no function {name}")
        if name in self.open:
            raise source.error(node, f"{name} calls itself")
        count = len(found[1].args.args)
        if count != len(types):
            raise source.error(node, f"{name} takes {count} arguments, not {len(types)}")
        self.open.append(name)
        unique = name if is_entry else f"{name}__{len(self.functions)}"
        typed = FunctionChecker(self, *found, types).check(unique, is_entry=is_entry)
        self.open.pop()
        self.functions[name, types] = typed
        return typed

    def word(
        self, name: str, types: tuple[ArgumentType, ...], source: Source, node: ast.AST
    ) -> Function:
        """Return a word of the device, a function without a body."""
        result = self.words.results[name](types)
        if isinstance(result, str):
            raise source.error(node, f"{name} {result}")
        parameters = tuple((f"argument{index}", kind) for index, kind in enumerate(types))
        unique = f"{name}__{len(self.functions)}"
        typed = Function(unique, name, parameters, {}, result, (), is_entry=False, is_word=True)
        self.functions[name, types] = typed
        return typed


class FunctionChecker:
    """Types one function for one choice of argument types."""

    def __init__(
        self,
        program: _ProgramChecker,
        source: Source,
        definition: ast.FunctionDef,
        types: tuple[ArgumentType, ...],
    ) -> None:
        self.program, self.source, self.definition = program, source, definition
        arguments = definition.args
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
            raise self.error(definition, "a function takes plain positional parameters only")
        names = [argument.arg for argument in arguments.args]
        self.parameters = tuple(zip(names, types, strict=True))
        self.values = {n: t for n, t in self.parameters if isinstance(t, ValueType)}
        self.pointers = {
            # To what is called, a view is a buffer as any other.
            n: Pointer(t.element) if isinstance(t, View) else t
            for n, t in self.parameters
            if isinstance(t, Pointer)
        }
        self.takes: dict[str, ast.Assign] = {}
        self.locals: dict[str, ValueType] = {}
        self.result: ValueType | None = None
        self.returns_nothing = False
        self.changed = True
        self.assigned: set[str] = set()
        self.loops = 0
        self.hidden = 0

    def check(self, name: str, *, is_entry: bool) -> Function:
        """Return the typed function, under the unique `name`."""
        body: tuple[Statement, ...] = ()
        while self.changed:
            self.changed, self.hidden = False, 0
            self.assigned = {name for name, _ in self.parameters}
            body = self.block(self.definition.body)
        if self.result is not None and not terminates(body):
            body = (*body, Return(Constant(self.result, _ZEROS[self.result])))
        title = self.definition.name
        return Function(name, title, self.parameters, self.locals, self.result, body, is_entry)

    def error(self, node: ast.AST, message: str) -> LanguageError:
        """Return the error that places `message` at `node`."""
        return self.source.error(node, message)

    # Names

    def type_of(self, name: str) -> ValueType | None:
        """Return the type of a value's name, or None."""
        return self.locals.get(name) or self.values.get(name)

    def read(self, node: ast.Name) -> Expression | Buffer:
        """Return the parameter, local or constant that a name stands for."""
        name = node.id
        kind = self.pointers.get(name) or self.type_of(name)
        if kind is not None:
            if name not in self.assigned:
                raise self.error(node, f"{name} may be read before it is assigned")
            return Buffer(kind, name) if isinstance(kind, Pointer) else Local(kind, name)
        if name in self.source.constants:
            return expressions.constant(self, node, self.source.constants[name])
        raise self.error(node, f"there is no {name}")

    def join(self, node: ast.AST, name: str, kind: ValueType) -> ValueType:
        """Return the type of local `name` once it also holds a `type`."""
        if name in self.pointers:
            raise self.error(node, f"{name} is a pointer and cannot be assigned")
        known = self.type_of(name)
        joined = kind if known is None else find_join(known, kind)
        if joined is None:
            raise self.error(
                node, f"{name} cannot be both {known and known.value} and {kind.value}"
            )
        if name in self.values and joined is not self.values[name]:
            message = f"parameter {name} is {self.values[name].value} and cannot hold {kind.value}"
            raise self.error(node, message)
        if self.locals.get(name) is not joined:
            # Statements read before this one hold the old type: read the body once more.
            self.changed = self.changed or name in self.locals
            self.locals[name] = joined
        return joined

    # Statements

    def block(self, statements: Sequence[ast.stmt]) -> tuple[Statement, ...]:
        """Type a block; statements after one that ends it are typed and dropped."""
        typed: list[Statement] = []
        ended: tuple[Statement, ...] | None = None
        for statement in statements:
            visit = _STATEMENTS.get(type(statement))
            if visit is None:
                raise self.error(statement, "this statement is not in the kernel language")
            typed += visit(self, statement)
            if ended is None and terminates(tuple(typed[-1:])):
                ended = tuple(typed)
        return tuple(typed) if ended is None else ended

    def assign(self, node: ast.AST, name: str, value: Expression) -> Assign:
        """Return the assignment of `value`, converted to the type of the local."""
        kind = self.join(node, name, expressions.type_of(self, node, value))
        self.assigned.add(name)
        return Assign(name, expressions.convert(value, kind))

    def hide(self, node: ast.AST, value: Expression) -> tuple[list[Statement], Expression]:
        """Return statements and an expression that may be written twice and is evaluated once."""
        if isinstance(value, Constant | Local):
            return [], value
        self.hidden += 1
        name = f"index__{self.hidden}"
        assign = self.assign(node, name, value)
        return [assign], Local(assign.value.type or ValueType.INT, name)

    def _visit_assign(self, node: ast.Assign) -> list[Statement]:
        if len(node.targets) != 1:
            raise self.error(node, "assign to one name at a time")
        if (take := find_take(self, node)) is not None:
            return [take]
        value = expressions.value(self, node.value)
        match node.targets[0]:
            case ast.Name(id=name):
                return [self.assign(node, name, value)]
            case ast.Subscript() as target:
                pointer, index = expressions.place(self, target)
                return [self.store(node, pointer, index, value)]
        raise self.error(node, "assign to a name or to pointer[index]")

    def store(self, node: ast.AST, pointer: Buffer, index: Expression, value: Expression) -> Store:
        """Return the store of `value`, of the type that the pointer loads."""
        converted = expressions.expect(self, node, value, pointer.type.loaded)
        return Store(pointer.name, pointer.type.element, index, converted)

    def _visit_augmented(self, node: ast.AugAssign) -> list[Statement]:
        match node.target:
            case ast.Name(id=name) as target:
                read = ast.copy_location(ast.Name(name, ast.Load()), target)
                old = expressions.value(self, read)
                value = expressions.binary(
                    self, node, node.op, old, expressions.value(self, node.value)
                )
                return [self.assign(node, name, value)]
            case ast.Subscript() as target:
                pointer, index = expressions.place(self, target)
                before, index = self.hide(node, index)
                old = Load(pointer.name, pointer.type.element, index)
                value = expressions.binary(
                    self, node, node.op, old, expressions.value(self, node.value)
                )
                return [*before, self.store(node, pointer, index, value)]
        raise self.error(node, "assign to a name or to pointer[index]")

    def _visit_expression(self, node: ast.Expr) -> list[Statement]:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return []
        value = expressions.expression(self, node.value)
        if not isinstance(value, Call):
            raise self.error(node, "this value is not used")
        return [Evaluate(value)]

    def _visit_if(self, node: ast.If) -> list[Statement]:
        test = expressions.truth(self, node.test)
        before = set(self.assigned)
        body = self.block(node.body)
        after_body = None if terminates(body) else self.assigned
        self.assigned = before
        otherwise = self.block(node.orelse)
        if after_body is not None:
            self.assigned = after_body if terminates(otherwise) else self.assigned & after_body
        return [If(test, body, otherwise)]

    def loop(self, node: ast.For | ast.While) -> tuple[Statement, ...]:
        """Type a loop's body; what it assigns counts as unassigned after the loop."""
        if node.orelse:
            raise self.error(node, "a loop has no else")
        before = set(self.assigned)
        self.loops += 1
        body = self.block(node.body)
        self.loops -= 1
        self.assigned = before
        return body

    def _visit_while(self, node: ast.While) -> list[Statement]:
        return [While(expressions.truth(self, node.test), self.loop(node))]

    def _visit_for(self, node: ast.For) -> list[Statement]:
        match node:
            case ast.For(
                target=ast.Name(id=name),
                iter=ast.Call(func=ast.Name(id="range" | "abreast"), args=[_, *_], keywords=[]),
            ):
                count, arguments = bounds_of(self, node)
            case _:
                raise self.error(node, "a for loop is `for name in range(first, end, step)`")
        bounds = [
            expressions.expect(self, node, expressions.value(self, argument), ValueType.INT)
            for argument in arguments
        ]
        if len(bounds) == 1:
            bounds.insert(0, Constant(ValueType.INT, 0))
        step = bounds[2] if len(bounds) == 3 else Constant(ValueType.INT, 1)
        if self.join(node, name, ValueType.INT) is not ValueType.INT:
            raise self.error(node, f"the loop's {name} is an int and cannot hold anything else")
        outside = set(self.assigned)
        self.assigned.add(name)
        body = self.loop(node)
        self.assigned = outside
        return [For(name, bounds[0], bounds[1], step, body, count)]

    def _visit_jump(self, node: ast.Break | ast.Continue) -> list[Statement]:
        if not self.loops:
            raise self.error(node, "outside of a loop")
        return [Break() if isinstance(node, ast.Break) else Continue()]

    def _visit_pass(self, _: ast.Pass) -> list[Statement]:
        return []

    def _visit_return(self, node: ast.Return) -> list[Statement]:
        if node.value is None:
            self.returns_nothing = True
            return [
                Return(None if self.result is None else Constant(self.result, _ZEROS[self.result]))
            ]
        value = expressions.value(self, node.value)
        kind = expressions.type_of(self, node, value)
        joined = kind if self.result is None else find_join(self.result, kind)
        if joined is None:
            raise self.error(node, "the function returns both float and wide")
        if joined is not self.result:
            self.changed = self.changed or self.result is not None or self.returns_nothing
            self.result = joined
        return [Return(expressions.convert(value, joined))]


_STATEMENTS: dict[type[ast.stmt], Callable[..., list[Statement]]] = {
    ast.Assign: FunctionChecker._visit_assign,
    ast.AugAssign: FunctionChecker._visit_augmented,
    ast.Expr: FunctionChecker._visit_expression,
    ast.If: FunctionChecker._visit_if,
    ast.While: FunctionChecker._visit_while,
    ast.For: FunctionChecker._visit_for,
    ast.Break: FunctionChecker._visit_jump,
    ast.Continue: FunctionChecker._visit_jump,
    ast.Pass: FunctionChecker._visit_pass,
    ast.Return: FunctionChecker._visit_return,
}
