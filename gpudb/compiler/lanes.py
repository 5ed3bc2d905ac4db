"""Loops that SIMD may speed up, parted from the rest, since LLVM takes long to look for them.

    for place in range(0, 2048):                 rows.1(start, keep, codes)
        row = start + place              ->      a function of its own, which gets all passes
        keep[place] = codes[row] > 7
    the rest                                     the rest, for which a few passes do

A kernel is mostly rest: loops over rows that jump, look into a hash table, or store where a number
that was loaded says. A loop that hands locals on, such as a sum, is not parted; where one of these
may become SIMD, the whole program gets all passes (`passes`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gpudb.compiler.growth import is_for_lanes
from gpudb.compiler.language import Pointer, Scratch, ValueType, View
from gpudb.compiler.tree import (
    Assign,
    Buffer,
    Call,
    Evaluate,
    Expression,
    For,
    Function,
    If,
    Load,
    Local,
    Statement,
    Store,
    While,
    find_calls,
    nodes_of,
)
from gpudb.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class Parted:
    """A program's functions, and those that were made of its loops."""

    rest: tuple[Function, ...]
    loops: tuple[Function, ...]


def part(functions: Sequence[Function]) -> Parted:
    """Make functions of the loops for SIMD that hand nothing on but what they store."""
    origins = _find_origins(functions)
    rest: list[Function] = []
    loops: list[Function] = []
    for function in functions:
        if function.name not in origins:
            rest.append(function)
            continue
        parter = _Parter(function, origins[function.name])
        body = parter.block(function.body, {name for name, _ in function.parameters})
        rest.append(replace(function, body=body) if parter.loops else function)
        loops += parter.loops
    return Parted(tuple(rest), tuple(loops))


def called_by(wanted: Sequence[Function], functions: Sequence[Function]) -> list[Function]:
    """Return those of a program's functions, callees first, that the wanted ones call."""
    names: set[str] = set()
    pending = list(wanted)
    while pending:
        found = [c.function for c in nodes_of(pending.pop().body) if isinstance(c, Call)]
        pending += [each for each in found if each.name not in names]
        names.update(each.name for each in found)
    return [each for each in functions if each.name in names]


def _find_origins(functions: Sequence[Function]) -> dict[str, dict[str, str]]:
    """Return which buffer of the entry each pointer is, in functions that are called once."""
    calls = find_calls(functions)
    origins: dict[str, dict[str, str]] = {}
    for function in reversed(functions):
        pointers = [(n, k) for n, k in function.parameters if isinstance(k, Pointer)]
        callers = calls.get(function.name, [])
        if function.is_entry:
            origins[function.name] = {name: _memory(name, kind) for name, kind in pointers}
        elif len(callers) == 1 and callers[0][0] in origins:
            caller, call = callers[0]
            named = zip(function.parameters, call.arguments, strict=True)
            origins[function.name] = {
                name: origins[caller][given.name]
                for (name, _), given in named
                if isinstance(given, Buffer) and given.name in origins[caller]
            }
    return origins


def _memory(name: str, kind: Pointer) -> str:
    """Return the parameter whose memory another one is."""
    match kind:
        case View(of=of) | Scratch(view_of=str() as of):
            return of
    return name


class _Parter:
    """Takes the loops for SIMD out of a function."""

    def __init__(self, function: Function, origins: Mapping[str, str]) -> None:
        self.function, self.origins = function, origins
        self.kinds: dict[str, ValueType | Pointer] = {
            **dict(function.parameters),
            **function.locals,
        }
        self.loops: list[Function] = []

    def block(self, body: Sequence[Statement], assigned: set[str]) -> tuple[Statement, ...]:
        """Return a block without its loops for SIMD; `assigned` are names that hold a value."""
        return tuple(self.statement(each, assigned) for each in body)

    def statement(self, node: Statement, assigned: set[str]) -> Statement:
        """Return a statement without its loops for SIMD; notes what it assigns."""
        match node:
            case Assign(name=name):
                assigned.add(name)
            case If(body=body, otherwise=otherwise):
                ways = set(assigned), set(assigned)
                then, other = self.block(body, ways[0]), self.block(otherwise, ways[1])
                assigned |= ways[0] | ways[1]
                return replace(node, body=then, otherwise=other)
            case While(body=body):
                return replace(node, body=self.block(body, set(assigned)))
            case For(body=body):
                call = self.parted(node, assigned)
                if call is not None:
                    return call
                return replace(node, body=self.block(body, {*assigned, node.name}))
        return node

    def parted(self, loop: For, assigned: set[str]) -> Statement | None:
        """Return the call of the function that a loop became, or None where it stays."""
        if not all(isinstance(each, Assign | Store) for each in loop.body):
            return None
        names = (each.name for each in loop.body if isinstance(each, Assign))
        own = dict.fromkeys((loop.name, *names))
        # What it assigns and had a value before may be read behind it; the checker lets nothing
        # else be.
        if loop.abreast > 1 or not assigned.isdisjoint(own) or not is_for_lanes(loop):
            return None
        nodes = list(nodes_of(loop))
        values = dict.fromkeys(n.name for n in nodes if isinstance(n, Local) and n.name not in own)
        pointers = dict.fromkeys(
            n.name if isinstance(n, Buffer) else n.pointer
            for n in nodes
            if isinstance(n, Buffer | Load | Store)
        )
        origins = {self.origins.get(name) for name in pointers}
        # Two pointers to one buffer must stay where LLVM sees that they are.
        if None in origins or len(origins) < len(pointers):
            return None
        return self._call(loop, [*own], [*values, *pointers])

    def _call(self, loop: For, own: Sequence[str], names: Sequence[str]) -> Statement:
        """Make the function of a loop; return its call."""
        parameters: list[tuple[str, ValueType | Pointer]] = []
        arguments: list[Expression | Buffer] = []
        for name in names:
            kind = self.kinds[name]
            kind = Pointer(kind.element) if isinstance(kind, View) else kind
            parameters.append((name, kind))
            arguments.append(
                Local(kind, name) if isinstance(kind, ValueType) else Buffer(kind, name)
            )
        title = f"{self.function.name}.{len(self.loops) + 1}"
        own_kinds = {name: self.function.locals[name] for name in own}
        made = Function(title, title, tuple(parameters), own_kinds, None, (loop,), is_entry=False)
        self.loops.append(made)
        return Evaluate(Call(None, made, tuple(arguments)))
