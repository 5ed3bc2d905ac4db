"""Puts the loads of several rows before all that is made of them, in optimised IR.

    address, load, decode, address, load, decode, keep    ->    addresses, loads, keep, decodes

`keep` is an empty instruction that takes what the rows begin with (`llvm_abreast`): up to here it
has kept LLVM from finding each value where it is used. From now on it takes the loaded bits, so
that values are decoded late, and narrow ones take narrow registers until then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

KEEP = 'call void asm sideeffect ""'
_RESULT = re.compile(r'\s*(%(?:"[^"]+"|[\w.$-]+)) = ')
_NAME = re.compile(r'%(?:"[^"]+"|[\w.$-]+)')
_LOAD = re.compile(r"= load (i8|i16|i32|i64|float|double), ")
_REGISTERS = {"i16": "h", "i32": "r", "i64": "l", "float": "f", "double": "d"}


def loads_first(text: str) -> str:
    """Return the IR with its loads moved."""
    if KEEP not in text:
        return text
    written: list[str] = []
    for line in text.split("\n"):
        if KEEP not in line:
            written.append(line)
            continue
        begin = _begin(written)
        region, written = written[begin:], written[:begin]
        first, rest = _split(region)
        written += [*first, *_keep(first, len(written)), *rest]
    return "\n".join(written)


def _begin(lines: Sequence[str]) -> int:
    """Return where the instructions begin that stand in one block and do nothing but find values.

    What the block takes from others stays in front.
    """
    place = len(lines)
    while place and _RESULT.match(lines[place - 1]) and not _acts(lines[place - 1]):
        place -= 1
    return place


def _acts(line: str) -> bool:
    return any(f"= {word} " in line for word in ("phi", "call", "atomicrmw", "cmpxchg"))


def _split(region: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the loads with what their addresses are made of, and the others."""
    wanted: set[str] = set()
    first, rest = [], []
    for line in reversed(region):
        result, _, value = line.partition(" = ")
        if _LOAD.search(line) or result.strip() in wanted:
            wanted.update(_NAME.findall(value))
            first.append(line)
        else:
            rest.append(line)
    return first[::-1], rest[::-1]


def _keep(lines: Sequence[str], number: int) -> Iterator[str]:
    """Yield the instruction that takes what was loaded; of a byte there are no registers."""
    constraints, operands = [], []
    for place, line in enumerate(lines):
        found, result = _LOAD.search(line), _RESULT.match(line)
        if found is None or result is None:
            continue
        kind, name = found[1], result[1]
        if kind == "i8":
            kind, name, byte = "i16", f"%kept.{number}.{place}", name
            yield f"  {name} = zext i8 {byte} to i16"
        constraints.append(_REGISTERS[kind])
        operands.append(f"{kind} {name}")
    if operands:
        yield f'  {KEEP}, "{",".join(constraints)}"({", ".join(operands)})'
