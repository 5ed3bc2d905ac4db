"""What a kernel's PTX does for each row: loads by their width, stores, atomics, calls.

The row loop is whatever lies on a cycle of the branches, so it holds loops inside of it too. Where
it stands in a loop over pieces it is what still lies on a cycle when that loop's head is cut out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from gpudb.devices.emulated.parse import Instruction, Item, Kernel, Label, parse, type_bits

ATOMICS = ("atom", "red")
# What the machine does by calling a subroutine.
DIVISIONS = ("div.s64", "div.u64", "rem.s64", "rem.u64", "div.rn.f64", "div.rn.f32", "sqrt.rn.f64")
SPACES = ("global", "shared", "local")


@dataclass(frozen=True)
class RowLoop:
    """Counts of instructions that run once a row or more; loads of global memory by their bits.

    `together` are loads that begin, one behind the other, before what any of them found is used.
    """

    loads: Counter[int] = field(default_factory=Counter)
    stores: int = 0
    atomics: int = 0
    calls: int = 0
    divisions: Counter[str] = field(default_factory=Counter)
    local_accesses: int = 0
    together: int = 0


@dataclass
class Block:
    """Instructions without a branch in between, and where they go on."""

    instructions: list[Instruction] = field(default_factory=list)
    successors: list[int] = field(default_factory=list)


def row_loop(text: str, *, in_pieces: bool = False) -> RowLoop:
    """Return what the only kernel of a PTX text does in its loops; calls count anywhere."""
    (kernel,) = parse(text).kernels.values()
    blocks = cut_blocks(kernel)
    looping = set(find_cycles(without_heads(blocks) if in_pieces else blocks))
    inside = [i for at in looping for i in blocks[at].instructions]
    everything = [i for block in blocks for i in block.instructions]
    divisions = Counter(".".join(i.parts) for i in inside if ".".join(i.parts) in DIVISIONS)
    return RowLoop(
        Counter(load_bits(i) for i in inside if i.parts[0] == "ld" and "global" in i.parts),
        sum(i.parts[0] == "st" and "global" in i.parts for i in inside),
        sum(i.parts[0] in ATOMICS for i in inside),
        sum(i.parts[0] == "call" for i in everything),
        divisions,
        sum("local" in i.parts for i in everything),
        max((loads_together(blocks[at]) for at in looping), default=0),
    )


def loads_together(block: Block) -> int:
    """Return how many loads of global memory a block begins before it uses what one has found."""
    waited_for: set[str] = set()
    count = most = 0
    for instruction in block.instructions:
        if waited_for.intersection(re.findall(r"%\w+", " ".join(instruction.operands))):
            count, waited_for = 0, set()
        if instruction.parts[0] == "ld" and "global" in instruction.parts:
            waited_for.update(re.findall(r"%\w+", instruction.operands[0]))
            count += 1
            most = max(most, count)
    return most


def load_bits(load: Instruction) -> int:
    """Return how many bits a load takes at once."""
    lanes = next((int(part[1:]) for part in load.parts if part in ("v2", "v4", "v8")), 1)
    return lanes * type_bits(load.type)


def cut_blocks(kernel: Kernel) -> list[Block]:
    """Return the kernel's blocks in the order of the text."""
    blocks, places = [Block()], {}
    for item in kernel.items:
        if isinstance(item, Label):
            if blocks[-1].instructions:
                blocks.append(Block())
            places[item.name] = len(blocks) - 1
        elif isinstance(item, Instruction):
            blocks[-1].instructions.append(item)
            if item.parts[0] in ("bra", "ret", "exit", "brx"):
                blocks.append(Block())
    tables = branch_tables(kernel.items)
    for at, block in enumerate(blocks):
        block.successors += following(block, at, len(blocks), places, tables)
    return blocks


def without_heads(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with no way into the first ones of the outermost loops."""
    looping = set(find_cycles(blocks))
    outside = (block for at, block in enumerate(blocks) if at not in looping)
    heads = looping & {at for block in outside for at in block.successors}
    return [
        Block(block.instructions, [at for at in block.successors if at not in heads])
        for block in blocks
    ]


def branch_tables(items: Sequence[Item]) -> dict[str, list[str]]:
    """Return the labels of each table that a branch by an index reads."""
    tables: dict[str, list[str]] = {}
    for before, item in pairwise(items):
        text = getattr(item, "text", "")
        if isinstance(before, Label) and text.startswith(".branchtargets"):
            names = text.removeprefix(".branchtargets").split(",")
            tables[before.name] = [name.strip() for name in names]
    return tables


def following(
    block: Block, at: int, count: int, places: dict[str, int], tables: dict[str, list[str]]
) -> Iterator[int]:
    """Yield the blocks that a block goes on to."""
    last = block.instructions[-1] if block.instructions else None
    name = "" if last is None else last.parts[0]
    if last is not None and name == "bra":
        yield places[last.operands[-1]]
    if last is not None and name == "brx":
        yield from (places[label] for label in tables[last.operands[-1]])
    ends = name in ("ret", "exit", "bra", "brx") and last is not None and last.guard is None
    if not ends and at + 1 < count:
        yield at + 1


def find_cycles(blocks: Sequence[Block]) -> Iterator[int]:
    """Yield the blocks that can be reached from themselves."""
    for at in range(len(blocks)):
        seen, waiting = set[int](), list(blocks[at].successors)
        while waiting:
            place = waiting.pop()
            if place not in seen:
                seen.add(place)
                waiting += blocks[place].successors
        if at in seen:
            yield at
