"""The IR of a loop over several rows at once.

rows      row, row + step, ... as long as they are below the end; else the one before again
found     the names that the body finds first, for each of them
kept      an empty instruction that takes them all, lest LLVM find them where they are used
rest      of the body, for each row that there is
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpudb.compiler.abreast import found_first
from gpudb.compiler.language import ValueType
from gpudb.compiler.tree import Assign, For, terminates

if TYPE_CHECKING:
    from gpudb.compiler.llvm import FunctionWriter

# How an instruction takes a value: its register's type, and that type in IR.
_KINDS = {ValueType.INT: ("l", "i64"), ValueType.FLOAT: ("d", "double")}


def write_abreast(writer: FunctionWriter, node: For) -> None:
    """Write the loop of `node.abreast` rows at a time."""
    head, end = writer.labels("abreast", "end")
    first, stop, step = (writer.value(each) for each in (node.first, node.end, node.step))
    forward = writer.new(f"icmp sgt i64 {step}, 0")
    stop = writer.new(f"select i1 {forward}, i64 {stop}, i64 {first}")
    counter = f"%counter.{head}"
    writer.slots.append(f"  {counter} = alloca i64")
    writer.lines.append(f"  store i64 {first}, ptr {counter}")
    some = writer.new(f"icmp slt i64 {first}, {stop}")
    writer.lines += [f"  br i1 {some}, label %{head}, label %{end}", f"{head}:"]
    rows, exist, left = _write_rows(writer, node.abreast, (counter, stop, step))
    found = found_first(writer.function, node)
    names = _write_found(writer, node, found, rows)
    for place, renamed in enumerate(names):
        (latch,) = writer.labels("next")
        writer.renamed = renamed
        writer.loops.append((latch, end))
        rest = node.body[len(found) :]
        writer.block(rest)
        writer.loops.pop()
        if not terminates(rest):
            writer.lines.append(f"  br label %{latch}")
        writer.lines.append(f"{latch}:")
        if place + 1 < len(names):
            (body,) = writer.labels("body")
            goal = f"label %{body}, label %{end}"
            writer.lines += [f"  br i1 {exist[place + 1]}, {goal}", f"{body}:"]
    writer.renamed = {}
    more, (again,) = writer.new(f"icmp ugt i64 {left}, {step}"), writer.labels("more")
    writer.lines += [f"  br i1 {more}, label %{again}, label %{end}", f"{again}:"]
    following = writer.new(f"add nsw i64 {rows[-1]}, {step}")
    writer.lines += [f"  store i64 {following}, ptr {counter}", f"  br label %{head}", f"{end}:"]


def _write_rows(
    writer: FunctionWriter, count: int, bounds: tuple[str, str, str]
) -> tuple[list[str], list[str], str]:
    """Return the rows, whether each exists, and how far the end is from the last one."""
    counter, stop, step = bounds
    now = writer.new(f"load i64, ptr {counter}")
    rows, exist, left = [now], ["true"], writer.new(f"sub i64 {stop}, {now}")
    for _ in range(1, count):
        # Looks at what is left, since the next step may pass the largest int.
        fits = writer.new(f"icmp ugt i64 {left}, {step}")
        exists = writer.new(f"and i1 {fits}, {exist[-1]}")
        moved = writer.new(f"select i1 {exists}, i64 {step}, i64 0")
        rows.append(writer.new(f"add i64 {rows[-1]}, {moved}"))
        exist.append(exists)
        left = writer.new(f"sub i64 {left}, {moved}")
    return rows, exist, left


def _write_found(
    writer: FunctionWriter, node: For, found: tuple[Assign, ...], rows: list[str]
) -> list[dict[str, str]]:
    """Write what is found first for each row; return where, by the names."""
    renamings, kept = [], []
    for place, row in enumerate(rows):
        names = {name: f"{name}.{place}" for name in (node.name, *(a.name for a in found))}
        writer.renamed = names
        renamings.append(names)
        for name in names:
            kind = writer.local_type(name)
            writer.slots.append(f"  {writer.slot(name)} = alloca {kind}")
        writer.lines.append(f"  store i64 {row}, ptr {writer.slot(node.name)}")
        writer.block(found)
        kept += [_kept(writer, each) for each in found]
    operands = [each for each in kept if each is not None]
    constraints = ",".join(kind for kind, _ in operands)
    given = ", ".join(value for _, value in operands)
    if operands:
        writer.lines.append(f'  call void asm sideeffect "", "{constraints}"({given})')
    return renamings


def _kept(writer: FunctionWriter, assign: Assign) -> tuple[str, str] | None:
    """Return how the empty instruction takes a name; wide numbers it cannot."""
    kind = writer.function.locals[assign.name]
    if kind is ValueType.WIDE:
        return None
    value = writer.new(f"load {writer.local_type(assign.name)}, ptr {writer.slot(assign.name)}")
    if kind is ValueType.BOOL:
        return "r", f"i32 {writer.new(f'zext i1 {value} to i32')}"
    register, type = _KINDS[kind]
    return register, f"{type} {value}"
