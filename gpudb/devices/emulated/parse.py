"""PTX text -> its kernels: parameters, declarations and instructions, not yet understood.

Knows what LLVM and nvcc write: one statement ends with a semicolon, labels with a colon, and
braces open scopes of registers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gpudb.devices.emulated.fault import PtxError
from gpudb.records import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """A kernel's parameter: its PTX type, its size and alignment in bytes."""

    name: str
    type: str
    size: int
    align: int


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable or array; `count` is 0 for memory that the launch sizes."""

    space: str
    name: str
    type: str
    align: int
    element_bytes: int
    count: int
    initial: str | None

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self.element_bytes * self.count


@dataclass(frozen=True, slots=True)
class Label:
    """A place to branch to."""

    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """A brace: registers declared inside end with it."""

    opens: bool


@dataclass(frozen=True, slots=True)
class Directive:
    """A statement that begins with a dot."""

    text: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction: `parts` are its opcode's, `guard` is a predicate, perhaps with a `!`."""

    text: str
    guard: str | None
    parts: tuple[str, ...]
    operands: tuple[str, ...]

    @property
    def type(self) -> str:
        """The last part of the opcode."""
        return self.parts[-1]


Item = Label | Scope | Directive | Instruction


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel's text."""

    name: str
    parameters: tuple[Parameter, ...]
    items: tuple[Item, ...]
    body: str


@dataclass(frozen=True, slots=True)
class ModuleText:
    """The kernels of a module by name, and the variables outside of them."""

    kernels: dict[str, Kernel]
    variables: tuple[Variable, ...]


_ENTRY = re.compile(r"\.entry\s+([$\w]+)\s*(?:\((.*?)\))?\s*([^{]*)\{", re.S)
_PARAMETER = re.compile(
    r"\.param\s+(?:\.align\s+(\d+)\s+)?\.(\w+)\s+"
    r"(?:\.ptr\s*(?:\.\w+\s+)?(?:\.align\s+\d+\s+)?)?([$\w]+)(?:\[(\d+)\])?$"
)
_LINKING = r"(?:\.(?:visible|extern|weak|common)\s+)*"
_VARIABLE = re.compile(
    _LINKING + r"\.(global|const|shared|local)\s+(?:\.align\s+(\d+)\s+)?"
    r"(?:\.attribute\(.*?\)\s*)?(?:\.(v[24])\s+)?\.(\w+)\s+([$%\w]+)\s*"
    r"(\[[^=]*\])?\s*(?:=\s*(.*))?$",
    re.S,
)
_LABEL = re.compile(r"([$%\w]+)\s*:(?!:)")
_GUARDED = re.compile(r"@(!?)\s*([$%\w]+)\s+(.*)$")


def type_bits(name: str) -> int:
    """Return the width of a PTX type."""
    if name == "pred":
        return 1
    digits = re.search(r"\d+", name)
    if digits is None:
        raise PtxError(f"type not supported: {name}")
    return int(digits[0]) * (2 if name.endswith("x2") else 1)


def split_operands(text: str) -> list[str]:
    """Split at the commas outside of brackets and braces."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += (character in "[{(") - (character in "]})")
        if character == "," and not depth:
            parts.append(text[start:place].strip())
            start = place + 1
    rest = text[start:].strip()
    return [*parts, rest] if rest else parts


def parse(text: str) -> ModuleText:
    """Return the kernels and variables of a module."""
    text = re.sub(r"/\*.*?\*/", "", re.sub(r"//[^\n]*", "", text), flags=re.S)
    text = re.sub(r"^\s*\.(?:loc|file)\b[^\n]*$", "", text, flags=re.M)
    kernels: dict[str, Kernel] = {}
    outside, at = [], 0
    for found in _ENTRY.finditer(text):
        end = _matching_brace(text, found.end())
        body = text[found.end() : end - 1]
        parameters = tuple(map(_parameter, split_operands(found[2] or "")))
        kernels[found[1]] = Kernel(found[1], parameters, tuple(_items(body)), body)
        outside.append(text[at : found.start()])
        at = end
    if not kernels:
        raise PtxError("the text has no kernel")
    outside.append(text[at:])
    return ModuleText(kernels, tuple(_variables("\n".join(outside))))


def parse_variable(text: str) -> Variable:
    """Return the variable of a declaration."""
    found = _VARIABLE.match(text)
    if found is None:
        raise PtxError(f"declaration not understood: {text}")
    space, align, vector, kind, name, dimensions, initial = found.groups()
    element = max(1, type_bits(kind) // 8) * (int(vector[1]) if vector else 1)
    count = 1
    for size in re.findall(r"\[\s*(\d*)\s*\]", dimensions or ""):
        count *= int(size or 0)
    return Variable(space, name, kind, int(align or element), element, count, initial)


def _parameter(text: str) -> Parameter:
    found = _PARAMETER.match(text)
    if found is None:
        raise PtxError(f"parameter not understood: {text}")
    size = type_bits(found[2]) // 8
    return Parameter(found[3], found[2], size * int(found[4] or 1), int(found[1] or size))


def _matching_brace(text: str, start: int) -> int:
    depth, end = 1, start
    while depth:
        depth += (text[end] == "{") - (text[end] == "}")
        end += 1
    return end


def _variables(text: str) -> Iterator[Variable]:
    text = re.sub(r"\.(?:version|target|address_size)[^\n]*", "", text)
    for statement in text.split(";"):
        found = re.search(_LINKING + r"\.(?:global|const|shared)\b", statement)
        if found is not None:
            yield parse_variable(statement[found.start() :].strip())


def _items(body: str) -> Iterator[Item]:
    at = 0
    while at < len(body):
        if body[at].isspace():
            at += 1
        elif body[at] in "{}":
            yield Scope(opens=body[at] == "{")
            at += 1
        elif found := _LABEL.match(body, at):
            yield Label(found[1])
            at = found.end()
        else:
            end = body.find(";", at)
            if end < 0:
                raise PtxError(f"a statement has no end: {body[at : at + 60]}")
            yield _statement(" ".join(body[at:end].split()))
            at = end + 1


def _statement(text: str) -> Directive | Instruction:
    if text.startswith("."):
        return Directive(text)
    found = _GUARDED.match(text)
    guard, rest = (found[1] + found[2], found[3]) if found else (None, text)
    opcode, _, operands = rest.partition(" ")
    return Instruction(text, guard, tuple(opcode.split(".")), tuple(split_operands(operands)))
