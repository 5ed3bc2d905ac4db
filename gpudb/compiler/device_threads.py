"""The words by which a thread knows its place among others, and works together with them.

    thread_index() thread_count()           among all threads of the launch
    block_thread() block_threads()          among those of the block
    barrier()                               waits for every thread of the block
    shuffle_down(value, distance, lanes) -> the value of the lane `distance` places further on

A warp is 32 threads that go in step, its lanes; the last one of a block may have fewer. All `lanes`
of a warp shuffle together; beyond the last one there is no value, but whatever. Who has left the
kernel is waited for by nobody.
"""

from __future__ import annotations

from collections.abc import Callable

from gpudb.compiler.language import ValueType
from gpudb.compiler.llvm import TYPES
from gpudb.compiler.tree import Function
from gpudb.compiler.words import Types, Typing, Word

PIECES = {ValueType.INT: 2, ValueType.FLOAT: 2, ValueType.WIDE: 4}
SHUFFLE = "@llvm.nvvm.shfl.sync.down.i32"


def nullary(result: ValueType | None) -> Typing:
    """Return the typing of a word without arguments."""

    def find(given: Types) -> ValueType | str | None:
        return result if not given else "takes no arguments"

    return find


def _register(name: str, at: str) -> list[str]:
    """Return the lines that read a special register as an i64."""
    read = f"call i32 @llvm.nvvm.read.ptx.sreg.{name}.x()"
    return [f"  %{at}.32 = {read}", f"  %{at} = zext i32 %{at}.32 to i64"]


def _one_register(name: str) -> Callable[[Function], list[str]]:
    def write(_: Function) -> list[str]:
        return [*_register(name, "r"), "  ret i64 %r"]

    return write


def _thread_index(_: Function) -> list[str]:
    lines = [*_register("ctaid", "block"), *_register("ntid", "threads"), *_register("tid", "t")]
    return [*lines, "  %b = mul i64 %block, %threads", "  %r = add i64 %b, %t", "  ret i64 %r"]


def _thread_count(_: Function) -> list[str]:
    lines = [*_register("nctaid", "blocks"), *_register("ntid", "threads")]
    return [*lines, "  %r = mul i64 %blocks, %threads", "  ret i64 %r"]


def _barrier(_: Function) -> list[str]:
    return ["  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)", "  ret void"]


def _shuffle_typing(given: Types) -> ValueType | str | None:
    match given:
        case (ValueType() as value, ValueType.INT, ValueType.INT) if value in PIECES:
            return value
    return "takes a number, a distance and how many lanes there are"


def _shuffle_down(function: Function) -> list[str]:
    """Shuffle 32 bits at a time."""
    value = function.parameters[0][1]
    assert isinstance(value, ValueType)
    pieces, kind = PIECES[value], TYPES[value]
    bits = f"i{32 * pieces}"
    lines = [
        "  %distance = trunc i64 %a1 to i32",
        "  %lanes = trunc i64 %a2 to i32",
        "  %absent = sub i32 32, %lanes",
        "  %mask = lshr i32 -1, %absent",
        f"  %bits = bitcast {kind} %a0 to {bits}",
        f"  %all0 = bitcast {bits} 0 to {bits}",
    ]
    for piece in range(pieces):
        lines += [
            f"  %shifted{piece} = lshr {bits} %bits, {32 * piece}",
            f"  %piece{piece} = trunc {bits} %shifted{piece} to i32",
            f"  %got{piece} = call i32 {SHUFFLE}(i32 %mask, i32 %piece{piece}, "
            "i32 %distance, i32 31)",
            f"  %wide{piece} = zext i32 %got{piece} to {bits}",
            f"  %placed{piece} = shl {bits} %wide{piece}, {32 * piece}",
            f"  %all{piece + 1} = or {bits} %all{piece}, %placed{piece}",
        ]
    return [*lines, f"  %r = bitcast {bits} %all{pieces} to {kind}", f"  ret {kind} %r"]


THREAD_WORDS: dict[str, Word] = {
    "thread_index": Word(nullary(ValueType.INT), _thread_index),
    "thread_count": Word(nullary(ValueType.INT), _thread_count),
    "block_thread": Word(nullary(ValueType.INT), _one_register("tid")),
    "block_threads": Word(nullary(ValueType.INT), _one_register("ntid")),
    "barrier": Word(nullary(None), _barrier),
    "shuffle_down": Word(_shuffle_typing, _shuffle_down),
}

_REGISTERS = ("tid", "ctaid", "ntid", "nctaid")
INTRINSICS = {
    "@llvm.nvvm.barrier.cta.sync.aligned.all": (
        "declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)"
    ),
    SHUFFLE: f"declare i32 {SHUFFLE}(i32, i32, i32, i32) convergent",
    **{
        f"@llvm.nvvm.read.ptx.sreg.{name}.x": f"declare i32 @llvm.nvvm.read.ptx.sreg.{name}.x()"
        for name in _REGISTERS
    },
}
