"""Typed functions -> LLVM IR, as text.

Every entry NAME is exported as `int64 gpudb.NAME(int64* words)`: it loads its parameters from
64-bit words and calls the function proper, whose pointers are `noalias`, so that LLVM can make
SIMD of its loops. A view is the pointer that it is a view of, whatever is passed for it: LLVM
then sees that they overlap. Callees are always inlined. No instruction written here has undefined
behaviour but a load or a store outside of its buffer.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence

from gpudb.compiler.host_words import write_host_word
from gpudb.compiler.language import Column, Pointer, Scratch, ValueType, View
from gpudb.compiler.llvm_abreast import write_abreast
from gpudb.compiler.llvm_operations import DEFINITIONS, OPERATIONS
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
    Operation,
    Return,
    Statement,
    Store,
    Take,
    While,
    terminates,
)
from gpudb.records import dataclass, replace

TYPES = {
    ValueType.BOOL: "i1",
    ValueType.INT: "i64",
    ValueType.FLOAT: "double",
    ValueType.WIDE: "i128",
}
ELEMENT_TYPES = {
    "int8": "i8",
    "int16": "i16",
    "int32": "i32",
    "int64": "i64",
    "uint8": "i8",
    "uint16": "i16",
    "uint32": "i32",
    "float32": "float",
    "float64": "double",
}
# Loads of what nobody changes may move across whatever changes other memory.
INVARIANT = ", !invariant.load !1"
_SYMBOL = re.compile(r"@[\w.]+")


def write_module(
    functions: Sequence[Function], loops: Sequence[Function] = (), *, is_joined: bool = False
) -> str:
    """Return the IR of checked functions (callees first), without triple and data layout.

    `loops` are to be called from another module. Where an entry `is_joined` with what takes its
    parameters from words, there is less to compile, but LLVM does not know what is `noalias`.
    """
    spaces = HOST_JOINED if is_joined else HOST
    parts = [write_host_word(f) if f.is_word else write_function(f, spaces) for f in functions]
    parts += [write_function(function, HOST_LOOP) for function in loops]
    parts += [_write_export(function) for function in functions if function.is_entry]
    text = "\n".join(parts)
    return text + "\n" + "\n".join(find_definitions(text))


def declare(function: Function) -> str:
    """Return the declaration of a loop's function that stands in another module."""
    kinds = ", ".join(HOST.type(kind) for _, kind in function.parameters)
    return f'declare hidden {result_type(function)} @"{function.name}"({kinds}) nounwind'


@dataclass(frozen=True, slots=True)
class Spaces:
    """How a target writes pointers to the host's buffers and to a block's scratch."""

    buffer: str
    scratch: str
    attributes: str
    entry_attributes: str
    entry_pointers: str
    pointers: str = ""
    linkage: str = "internal"

    def type(self, kind: ValueType | Pointer) -> str:
        """Return the type of a parameter."""
        if isinstance(kind, ValueType):
            return TYPES[kind]
        return self.scratch if isinstance(kind, Scratch) else self.buffer


HOST = Spaces(
    buffer="ptr",
    scratch="ptr",
    attributes="alwaysinline nounwind",
    entry_attributes="noinline nounwind",
    entry_pointers=" noalias",
)
HOST_JOINED = replace(HOST, entry_attributes=HOST.attributes, entry_pointers="")
# What is optimised apart from its callers.
HOST_LOOP = replace(HOST, attributes="noinline nounwind", pointers=" noalias", linkage="hidden")


def write_function(function: Function, spaces: Spaces) -> str:
    """Return the definition of a function that is not a word."""
    return FunctionWriter(function, spaces).write()


def find_definitions(text: str, definitions: Mapping[str, str] = DEFINITIONS) -> list[str]:
    """Return the declarations and definitions that `text` and they themselves call."""
    found: dict[str, str] = {}
    pending = [text]
    while pending:
        for symbol in sorted(set(_SYMBOL.findall(pending.pop()))):
            if symbol in definitions and symbol not in found:
                found[symbol] = definitions[symbol]
                pending.append(definitions[symbol])
    return list(found.values())


def result_type(function: Function) -> str:
    """Return the type of a function's result."""
    return "void" if function.result is None else TYPES[function.result]


def _write_export(function: Function) -> str:
    """Return the exported function that takes `function`'s parameters as words."""
    lines, arguments = [], []
    for index, (_, kind) in enumerate(function.parameters):
        at = f"%a{index}"
        loaded = "i64" if kind is ValueType.BOOL else HOST.type(kind)
        lines.append(f"{at} = getelementptr i64, ptr %words, i64 {index}")
        lines.append(f"%w{index} = load {loaded}, ptr {at}")
        if kind is ValueType.BOOL:
            lines.append(f"%b{index} = icmp ne i64 %w{index}, 0")
        name = "b" if kind is ValueType.BOOL else "w"
        arguments.append(f"{HOST.type(kind)} %{name}{index}")
    call = f'tail call {result_type(function)} @"{function.name}"({", ".join(arguments)})'
    if function.result is None:
        lines += [call, "ret i64 0"]
    elif function.result is ValueType.BOOL:
        lines += [f"%r = {call}", "%x = zext i1 %r to i64", "ret i64 %x"]
    else:
        lines += [f"%r = {call}", "ret i64 %r"]
    body = "\n  ".join(lines)
    return f"define i64 @gpudb.{function.name}(ptr %words) nounwind {{\n  {body}\n}}\n"


class FunctionWriter:
    """Writes one function; locals live in stack slots, which LLVM turns into registers."""

    def __init__(self, function: Function, spaces: Spaces) -> None:
        self.function = function
        self.spaces = spaces
        self.types = {name: spaces.type(kind) for name, kind in function.parameters}
        self.columns = {name for name, kind in function.parameters if isinstance(kind, Column)}
        self.lines: list[str] = []
        self.slots: list[str] = []
        self.count = 0
        self.loops: list[tuple[str, str]] = []
        # Names whose slots are another iteration's.
        self.renamed: dict[str, str] = {}

    def write(self) -> str:
        """Return the definition."""
        function = self.function
        for name, kind in function.locals.items():
            self.slots.append(f'  %"v.{name}" = alloca {TYPES[kind]}')
        views = {name: kind.of for name, kind in function.parameters if isinstance(kind, View)}
        for name, passed in self.types.items():
            if name in function.locals:
                self.lines.append(f'  store {passed} %"p.{name}", ptr %"v.{name}"')
            elif name in views:
                of = f'{passed} %"p.{views[name]}"'
                self.lines.append(f'  %"p.{name}" = getelementptr i8, {of}, i64 0')
        self.block(function.body)
        if not terminates(function.body):
            self.lines.append("  ret void")
        spaces = self.spaces
        noalias = spaces.entry_pointers if function.is_entry else spaces.pointers
        parameters = ", ".join(
            f"{self.types[name]}{noalias if isinstance(kind, Pointer) else ''} "
            f'%"{"unread" if name in views else "p"}.{name}"'
            for name, kind in function.parameters
        )
        attributes = spaces.entry_attributes if function.is_entry else spaces.attributes
        result = result_type(function)
        head = f'define {spaces.linkage} {result} @"{function.name}"({parameters}) {attributes}'
        return "\n".join([f"{head} {{", "entry:", *self.slots, *self.lines, "}\n"])

    def new(self, instruction: str) -> str:
        """Write an instruction that has a result; return the result's name."""
        self.count += 1
        self.lines.append(f"  %t{self.count} = {instruction}")
        return f"%t{self.count}"

    def slot(self, name: str) -> str:
        """Return the stack slot of a local."""
        return f'%"v.{self.renamed.get(name, name)}"'

    def local_type(self, name: str) -> str:
        """Return the type of a local."""
        return TYPES[self.function.locals[name]]

    def labels(self, *names: str) -> list[str]:
        """Return new block names."""
        self.count += 1
        return [f"{name}{self.count}" for name in names]

    # Expressions

    def value(self, node: Expression) -> str:
        """Write the instructions of an expression; return its value's name."""
        match node:
            case Constant():
                return _constant(node)
            case Local(type=kind, name=name):
                if name in self.function.locals:
                    return self.new(f"load {TYPES[kind]}, ptr {self.slot(name)}")
                return f'%"p.{name}"'
            case Operation(name=name, operands=operands):
                return self.new(OPERATIONS[name].format(*map(self.value, operands)))
            case Load(pointer=pointer, element=element, index=index):
                return self.load(pointer, element, self.value(index))
            case Call():
                return self.new(self.call(node))

    def call(self, node: Call) -> str:
        """Write a call's arguments; return the instruction."""
        arguments = ", ".join(
            f'{self.types[argument.name]} %"p.{argument.name}"'
            if isinstance(argument, Buffer)
            else f"{TYPES[argument.type or ValueType.INT]} {self.value(argument)}"
            for argument in node.arguments
        )
        return f'call {result_type(node.function)} @"{node.function.name}"({arguments})'

    def load(self, pointer: str, element: str, index: str) -> str:
        """Write a load, widened; return its value's name."""
        kind = ELEMENT_TYPES[element]
        base = self.types[pointer]
        at = self.new(f'getelementptr inbounds {kind}, {base} %"p.{pointer}", i64 {index}')
        never_changes = INVARIANT if pointer in self.columns else ""
        loaded = self.new(f"load {kind}, {base} {at}{never_changes}")
        if element in ("int64", "float64"):
            return loaded
        if element == "float32":
            return self.new(f"fpext float {loaded} to double")
        return self.new(f"{'zext' if element[0] == 'u' else 'sext'} {kind} {loaded} to i64")

    # Statements

    def block(self, body: Sequence[Statement]) -> None:
        """Write statements."""
        for statement in body:
            self.statement(statement)

    def statement(self, node: Statement) -> None:
        """Write a statement."""
        match node:
            case Assign(name=name, value=value):
                kind = TYPES[self.function.locals[name]]
                self.lines.append(f"  store {kind} {self.value(value)}, ptr {self.slot(name)}")
            case Take():
                self.take(node)
            case Store():
                self.store(node)
            case Evaluate(value=Call() as call):
                if call.type is None:
                    self.lines.append(f"  {self.call(call)}")
                else:
                    self.value(call)
            case If():
                self.branch(node)
            case While():
                self.while_loop(node)
            case For(abreast=count):
                self.for_loop(node) if count == 1 else write_abreast(self, node)
            case Break():
                self.lines.append(f"  br label %{self.loops[-1][1]}")
            case Continue():
                self.lines.append(f"  br label %{self.loops[-1][0]}")
            case Return(value=value):
                kind = result_type(self.function)
                given = "void" if value is None else f"{kind} {self.value(value)}"
                self.lines.append(f"  ret {given}")

    def take(self, node: Take) -> None:
        """Name a pointer; it is defined once, before all that reads it."""
        base, kind = self.types[node.table], self.spaces.buffer
        index = self.value(node.index)
        at = self.new(f'getelementptr inbounds i64, {base} %"p.{node.table}", i64 {index}')
        self.lines.append(f'  %"p.{node.name}" = load {kind}, {base} {at}{INVARIANT}')
        self.types[node.name] = kind
        self.columns.add(node.name)

    def store(self, node: Store) -> None:
        """Write a store, narrowed."""
        kind = ELEMENT_TYPES[node.element]
        value = self.value(node.value)
        if node.element == "float32":
            value = self.new(f"fptrunc double {value} to float")
        elif kind not in ("i64", "double"):
            value = self.new(f"trunc i64 {value} to {kind}")
        index = self.value(node.index)
        base = self.types[node.pointer]
        at = self.new(f'getelementptr inbounds {kind}, {base} %"p.{node.pointer}", i64 {index}')
        self.lines.append(f"  store {kind} {value}, {base} {at}")

    def inside(self, label: str, body: Sequence[Statement], after: str) -> None:
        """Write a block named `label` that goes on to `after`."""
        self.lines.append(f"{label}:")
        self.block(body)
        if not terminates(tuple(body)):
            self.lines.append(f"  br label %{after}")

    def branch(self, node: If) -> None:
        """Write both ways, and where they meet."""
        then, otherwise, end = self.labels("then", "else", "endif")
        test = self.value(node.test)
        goal = otherwise if node.otherwise else end
        self.lines.append(f"  br i1 {test}, label %{then}, label %{goal}")
        self.inside(then, node.body, end)
        if node.otherwise:
            self.inside(otherwise, node.otherwise, end)
        if not terminates((node,)):
            self.lines.append(f"{end}:")

    def while_loop(self, node: While) -> None:
        """Write a loop that asks before each iteration."""
        head, body, end = self.labels("while", "body", "end")
        self.lines += [f"  br label %{head}", f"{head}:"]
        self.lines.append(f"  br i1 {self.value(node.test)}, label %{body}, label %{end}")
        self.loops.append((head, end))
        self.inside(body, node.body, head)
        self.loops.pop()
        self.lines.append(f"{end}:")

    def for_loop(self, node: For) -> None:
        """Write a counted loop; its counter is hidden, so that the body may assign the name."""
        head, body, latch, end = self.labels("for", "body", "next", "end")
        counter = f"%counter{self.count}"
        first = self.value(node.first)
        stop, step = self.value(node.end), self.value(node.step)
        is_unit = node.step == Constant(ValueType.INT, 1)
        self.slots.append(f"  {counter} = alloca i64")
        if not is_unit:
            # Steps that are not forward run no row; an end at the begin says so below.
            forward = self.new(f"icmp sgt i64 {step}, 0")
            stop = self.new(f"select i1 {forward}, i64 {stop}, i64 {first}")
        self.lines += [f"  store i64 {first}, ptr {counter}", f"  br label %{head}", f"{head}:"]
        now = self.new(f"load i64, ptr {counter}")
        test = self.new(f"icmp slt i64 {now}, {stop}")
        self.lines += [f"  br i1 {test}, label %{body}, label %{end}", f"{body}:"]
        self.lines.append(f"  store i64 {now}, ptr {self.slot(node.name)}")
        self.loops.append((latch, end))
        self.block(node.body)
        self.loops.pop()
        if not terminates(node.body):
            self.lines.append(f"  br label %{latch}")
        self.lines.append(f"{latch}:")
        goal = head
        if not is_unit:
            # Looks at what is left, since the next step may pass the largest int.
            left = self.new(f"sub i64 {stop}, {now}")
            more = self.new(f"icmp ugt i64 {left}, {step}")
            goal = f"more{counter[8:]}"
            self.lines += [f"  br i1 {more}, label %{goal}, label %{end}", f"{goal}:"]
        # Below the bound, so it cannot overflow.
        following = self.new(f"add nsw i64 {now}, {step}")
        self.lines += [f"  store i64 {following}, ptr {counter}", f"  br label %{head}"]
        self.lines.append(f"{end}:")


def _constant(node: Constant) -> str:
    match node.type:
        case ValueType.BOOL:
            return "true" if node.value else "false"
        case ValueType.FLOAT:
            return f"0x{struct.unpack('>Q', struct.pack('>d', node.value))[0]:016X}"
    return str(int(node.value))
