"""Statements of a user's function -> lines; and a function with all that it calls."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Callable, Sequence
from dataclasses import field

from gpudb.compiler.builtins import find_join
from gpudb.compiler.language import ValueType
from gpudb.compiler.subset.emit import BOOL, FLOAT, INT, Lines, Stop, SubsetError, Term
from gpudb.compiler.subset.operators import FLOAT_LIBRARY, as_type, truth
from gpudb.compiler.subset.source import FunctionSource, plain_function, read_source
from gpudb.compiler.subset.values import Values, as_word
from gpudb.compiler.subset.verify import verify
from gpudb.records import dataclass

MOST_PASSES = 12
# What one call may go round its loops: some seconds of one thread.
MOST_ROUNDS = 1 << 32
# Loops of constant length that are not counted.
SHORT_LOOP = 1 << 20
NULL_STATUS = -1


@dataclass(frozen=True)
class Translated:
    """A function in the kernel language, with those that it calls before it.

    One that `may_stop` returns a wide number: the value's bits below a status, which is 0, or -1
    for NULL, or the number of one of `stops`, from 1.
    """

    name: str
    result: ValueType
    functions: dict[str, str]
    may_stop: bool
    may_be_null: bool
    stops: tuple[Stop, ...]


@dataclass
class _Done:
    """One function for one choice of argument types."""

    name: str
    result: ValueType
    may_stop: bool


@dataclass
class _Translation:
    """All functions of one translation."""

    prefix: str
    functions: dict[str, str] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    stops: list[Stop] = field(default_factory=list)
    done: dict[tuple[types.FunctionType, tuple[ValueType, ...]], _Done] = field(
        default_factory=dict
    )
    open: list[types.FunctionType] = field(default_factory=list)
    may_be_null: bool = False

    def function(
        self,
        function: types.FunctionType,
        kinds: tuple[ValueType, ...],
        where: SubsetError,
        wanted: ValueType | None = None,
        title: str | None = None,
    ) -> _Done:
        if (function, kinds) in self.done:
            return self.done[function, kinds]
        if function in self.open:
            raise where
        source = read_source(function, title or function.__name__)
        if len(source.parameters) != len(kinds):
            counts = f"{len(source.parameters)} arguments, not {len(kinds)}"
            raise SubsetError(f"{source.place(source.node)}: takes {counts}")
        self.open.append(function)
        name = self.prefix if len(self.open) == 1 else f"{self.prefix}__{function.__name__}"
        while name in self.functions:
            name += "_"
        self.functions[name] = ""  # taken
        body = _Body(source, self)
        body.translate(kinds, wanted)
        assert body.result is not None
        del self.functions[name]
        self.functions[name] = body.text(name)
        whole = source.place(source.node)
        self.places[name] = [whole, *(place for _, place in body.out.lines)]
        self.open.pop()
        found = _Done(name, body.result, body.may_stop)
        self.done[function, kinds] = found
        return found

    def stop(self, place: str, message: str) -> int:
        """Return the number of a place where a function stops."""
        made = Stop(place, message)
        if made not in self.stops:
            self.stops.append(made)
        return self.stops.index(made) + 1

    def use_library(self, name: str) -> None:
        self.functions.setdefault(name, FLOAT_LIBRARY[name])


def translate(
    function: Callable[..., object],
    name: str,
    kinds: Sequence[ValueType],
    wanted: ValueType,
    *,
    title: str,
) -> Translated:
    """Return `function` for arguments of `kinds`, which gives a value of type `wanted`.

    `name` is what it is called in kernels, `title` in messages. Raises SubsetError, which names the
    line, for what is not in the subset.
    """
    plain = plain_function(function)
    if plain is None:
        kind = type(function).__name__
        raise SubsetError(f"function {title}: a {kind} has no text; give a Python function")
    translation = _Translation(name)
    found = translation.function(plain, tuple(kinds), SubsetError(""), wanted, title)
    verify(found.name, tuple(kinds), translation.functions, translation.places)
    stops = tuple(translation.stops)
    return Translated(
        found.name,
        found.result,
        translation.functions,
        found.may_stop,
        translation.may_be_null,
        stops,
    )


class _Body(Values):
    """The body of one function, read again until the types of its names stand."""

    def __init__(self, source: FunctionSource, around: _Translation) -> None:
        super().__init__(source, around)
        self.result: ValueType | None = None
        self.rounds = ""
        self.changed = True
        self.arguments: tuple[str, ...] = ()

    def translate(self, kinds: tuple[ValueType, ...], wanted: ValueType | None) -> None:
        """Write the lines; `wanted` is what the whole function has to return."""
        assigned = assigned_names(self.source.node)
        for _ in range(MOST_PASSES):
            self.changed, was_stopping = False, self.may_stop
            self._begin(kinds, assigned)
            for statement in self.source.body:
                self.statement(statement)
            if not ends(self.source.body):
                self._return_null()
            if self.result is None:
                raise self.error(self.source.node, "never returns a value")
            self._settle(self.source.node, wanted)
            if not self.changed and self.may_stop == was_stopping:
                return
        raise self.error(self.source.node, "the types of its names do not settle")

    def _begin(self, kinds: tuple[ValueType, ...], assigned: set[str]) -> None:
        self.out = Lines()
        names = dict.fromkeys((*self.source.parameters, *sorted(assigned)))
        self.texts = {name: self.out.fresh(plain_name(name)) for name in names}
        self.rounds = self.out.fresh("rounds")
        if any(isinstance(n, ast.While | ast.For) for n in ast.walk(self.source.node)):
            self.out.line(f"{self.rounds} = 0")
        arguments = []
        for name, kind in zip(self.source.parameters, kinds, strict=True):
            given = self.texts[name]
            if name in assigned:
                # It may come to hold another type, which a parameter cannot.
                given = self.out.fresh(f"given_{given}")
                self.out.line(f"{self.texts[name]} = {given}")
            arguments.append(given)
            self._widen(name, kind)
        self.arguments = tuple(arguments)

    def _settle(self, node: ast.AST, wanted: ValueType | None) -> None:
        assert self.result is not None
        if wanted is None or self.result is wanted:
            return
        if find_join(self.result, wanted) is not wanted:
            names = {BOOL: "a bool", INT: "an int", FLOAT: "a float"}
            hint = "; use int(...)" if self.result is FLOAT and wanted is INT else ""
            raise self.error(
                node, f"returns {names[self.result]}, not {names[wanted]} as declared{hint}"
            )
        self.result, self.changed = wanted, True

    def text(self, name: str) -> str:
        """Return the function's text."""
        return "\n".join(
            [f"def {name}({', '.join(self.arguments)}):", *(line for line, _ in self.out.lines), ""]
        )

    # Statements

    def statement(self, node: ast.stmt) -> None:
        """Write one statement."""
        self.out.place = self.source.place(node)
        match node:
            case ast.Assign(targets=[target], value=value):
                self._assign_to(node, target, value)
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                self._assign_to(node, target, value)
            case ast.AugAssign(target=ast.Name(id=name) as target, op=operator, value=value):
                read = ast.copy_location(ast.Name(name, ast.Load()), target)
                result = self.binary(node, operator, self.value(read), self.value(value))
                self._assign(node, name, result)
            case ast.If(test=test, body=body, orelse=otherwise):
                self._if(test, body, otherwise)
            case ast.While(test=test, body=body, orelse=[]):
                self._while(test, body)
            case ast.For():
                self._for(node)
            case ast.Return(value=value):
                self._return(node, value)
            case ast.Raise() | ast.Assert():
                self._raise(node)
            case ast.Break() | ast.Continue():
                self.out.line("break" if isinstance(node, ast.Break) else "continue")
            case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
                pass
            case _:
                kind = type(node).__name__
                raise self.error(node, f"a statement {kind} is not in the subset that kernels run")

    def _block(self, head: str, body: Sequence[ast.stmt]) -> None:
        with self.out.block(head):
            for statement in body:
                self.statement(statement)

    def _assign_to(self, node: ast.AST, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case ast.Name(id=name), _:
                self._assign(node, name, self.value(value))
            case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values) and all(
                isinstance(n, ast.Name) for n in names
            ):
                held = []
                for part in values:
                    given = self.value(part)
                    name = self.out.fresh("part")
                    self.out.line(f"{name} = {given.text}")
                    held.append(Term(name, given.type))
                for each, term in zip(names, held, strict=True):
                    assert isinstance(each, ast.Name)
                    self._assign(node, each.id, term)
            case _:
                raise self.error(node, "assign to plain names only")

    def _assign(self, node: ast.AST, name: str, value: Term) -> None:
        self._widen(name, value.type)
        self.out.line(f"{self.texts[name]} = {as_type(value, self.kinds[name]).text}")

    def _widen(self, name: str, kind: ValueType) -> None:
        known = self.kinds.get(name)
        joined = kind if known is None else find_join(known, kind)
        assert joined is not None
        if joined is not known:
            self.kinds[name] = joined
            self.changed = True

    def _if(self, test: ast.expr, body: Sequence[ast.stmt], otherwise: Sequence[ast.stmt]) -> None:
        self._block(f"if {self.condition(test).text}:", body)
        if otherwise:
            self._block("else:", otherwise)

    def _while(self, test: ast.expr, body: Sequence[ast.stmt]) -> None:
        with self.out.captured() as lines:
            condition = truth(self.value(test))
        with self.out.block("while True:" if lines else f"while {condition.text}:"):
            if lines:
                self.out.lines += lines
                self.out.line(f"if not {condition.text}:")
                self.out.line("    break")
            self._count_round(test)
            for statement in body:
                self.statement(statement)

    def _count_round(self, node: ast.AST) -> None:
        """Stop a function that goes round and round: nobody else can, in a kernel."""
        self.out.line(f"{self.rounds} += 1")
        message = f"the loops of one call went round {MOST_ROUNDS:,} times, as if without an end"
        self.stop(f"{self.rounds} > {MOST_ROUNDS}", node, message)

    def _for(self, node: ast.For) -> None:
        match node:
            case ast.For(target=ast.Name(id=name), iter=ast.Call() as call, orelse=[]) if (
                isinstance(call.func, ast.Name)
                and call.func.id not in self.texts
                and self.resolve(call.func) is range
                and 1 <= len(call.args) <= 3
                and not call.keywords
            ):
                bounds = [self._bound(argument) for argument in call.args]
            case _:
                raise self.error(node, "a for loop goes over range(...), without an else")
        if len(bounds) == 1:
            bounds.insert(0, Term("0", INT))
        step = bounds[2] if len(bounds) == 3 else Term("1", INT)
        if not step.text.isdigit() or step.text == "0":
            raise self.error(node, "the step of a range is a constant above 0; or use while")
        counter = self.out.fresh(f"{self.texts[name]}_counter")
        first, end = bounds[0].text, bounds[1].text
        is_short = first.isdigit() and end.isdigit() and int(end) <= SHORT_LOOP
        with self.out.block(f"for {counter} in range({first}, {end}, {step.text}):"):
            if not is_short:
                self._count_round(node)
            self._assign(node, name, Term(counter, INT))
            for statement in node.body:
                self.statement(statement)

    def _bound(self, node: ast.expr) -> Term:
        value = self.value(node)
        if value.type is FLOAT:
            raise self.error(node, "range takes integers, and this is a float")
        return self.hold(as_type(value, INT))

    def _return(self, node: ast.Return, value: ast.expr | None) -> None:
        if value is None or (isinstance(value, ast.Constant) and value.value is None):
            self._return_null()
            return
        given = self.value(value)
        joined = given.type if self.result is None else find_join(self.result, given.type)
        assert joined is not None
        if joined is not self.result:
            self.result, self.changed = joined, True
        given = as_type(given, joined)
        text = f"wide_of(0, {as_word(given)})" if self.may_stop else given.text
        self.out.line(f"return {text}")

    def _return_null(self) -> None:
        self.out.line(f"return wide_of({NULL_STATUS}, 0)")
        self.may_stop = self.around.may_be_null = True

    def _raise(self, node: ast.Raise | ast.Assert) -> None:
        if isinstance(node, ast.Assert):
            condition = self.condition(node.test)
            message = f"AssertionError: {described(node.msg)}" if node.msg else "AssertionError"
            self.stop(f"not {condition.text}", node, message)
            return
        if node.exc is None:
            raise self.error(node, "there is nothing to raise again")
        match node.exc:
            case ast.Call(func=ast.Name(id=kind), args=[argument]):
                text = f"{kind}: {described(argument)}"
            case _:
                text = ast.unparse(node.exc).removesuffix("()")
        number = self.around.stop(self.source.place(node), text)
        self.out.line(f"return wide_of({number}, 0)")
        self.may_stop = True


def described(message: ast.expr) -> str:
    """Return the text of an exception's message, or its source where it is made at run time."""
    if isinstance(message, ast.Constant) and isinstance(message.value, str):
        return message.value
    return ast.unparse(message)


def plain_name(name: str) -> str:
    """Return a name that a kernel may have; none of its own begins with an underscore."""
    plain = name.lstrip("_") or "value"
    plain = re.sub(r"\W", "_", plain, flags=re.ASCII)
    return f"value_{plain}" if plain[0].isdigit() or plain[0] == "_" else plain


def assigned_names(node: ast.AST) -> set[str]:
    """Return the names that a function assigns."""
    stored = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return {n.id for n in stored if isinstance(n.ctx, ast.Store)}


def ends(body: Sequence[ast.stmt]) -> bool:
    """Whether control never passes the end of `body`."""
    match body[-1:]:
        case [ast.Return() | ast.Raise()]:
            return True
        case [ast.If(body=then, orelse=otherwise)]:
            return ends(then) and ends(otherwise)
        case [ast.While(test=ast.Constant(value=True), body=inside)]:
            return not any(isinstance(n, ast.Break) for s in inside for n in ast.walk(s))
    return False
