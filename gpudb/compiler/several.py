"""One call that runs an entry over range after range, each with arguments of its own.

Python's lock is asked for once behind all of them: where two threads come back for it after every
range, each wakes up later than the other has left with it again.

    job    function, bytes of a block, next range, ranges, result      64-bit words
           for each range: place of its block, first, end
           blocks: first, end, the other arguments' words

The function is called with one block after the other. It stops where one does not return its end.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence

from gpudb.compiler.language import Entry, Program
from gpudb.records import dataclass

HEAD = struct.Struct("=5q")
RANGE = struct.Struct("=3q")
# What an entry's first two words are before a range is written there.
NO_RANGE = bytes(16)
ENTRY = "several"
TEXT = """\
define i64 @gpudb.several(ptr %job) nounwind {
begin:
  %function = load ptr, ptr %job
  %size.at = getelementptr i64, ptr %job, i64 1
  %size = load i64, ptr %size.at
  %next.at = getelementptr i64, ptr %job, i64 2
  %count.at = getelementptr i64, ptr %job, i64 3
  %count = load i64, ptr %count.at
  %result.at = getelementptr i64, ptr %job, i64 4
  %ranges = getelementptr i64, ptr %job, i64 5
  %words = mul i64 %count, 3
  %blocks = getelementptr i64, ptr %ranges, i64 %words
  br label %test
test:
  %next = load i64, ptr %next.at
  %is.left = icmp slt i64 %next, %count
  br i1 %is.left, label %run, label %done
run:
  %range.word = mul i64 %next, 3
  %range = getelementptr i64, ptr %ranges, i64 %range.word
  %place = load i64, ptr %range
  %first.at = getelementptr i64, ptr %range, i64 1
  %first = load i64, ptr %first.at
  %end.at = getelementptr i64, ptr %range, i64 2
  %end = load i64, ptr %end.at
  %offset = mul i64 %place, %size
  %block = getelementptr i8, ptr %blocks, i64 %offset
  store i64 %first, ptr %block
  %block.end = getelementptr i64, ptr %block, i64 1
  store i64 %end, ptr %block.end
  %result = call i64 %function(ptr %block)
  store i64 %result, ptr %result.at
  %is.whole = icmp eq i64 %result, %end
  br i1 %is.whole, label %go.on, label %done
go.on:
  %after = add i64 %next, 1
  store i64 %after, ptr %next.at
  br label %test
done:
  ret i64 0
}
"""


@dataclass(frozen=True, slots=True)
class WrittenProgram(Program):
    """A program whose text is LLVM IR already."""


SEVERAL = WrittenProgram(TEXT, "", (Entry(ENTRY, ()),))


def run_several(
    several: Callable[..., int],
    function: Callable[..., int],
    blocks: Sequence[bytes],
    ranges: Sequence[tuple[int, int, int]],
) -> tuple[int, int]:
    """Call a function over ranges, each the place of its block, first and end.

    Returns how many of them are whole, and what the last call returned.
    """
    address = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]
    size = len(NO_RANGE) + len(blocks[0])
    parts = [HEAD.pack(address, size, 0, len(ranges), 0)]
    parts += [RANGE.pack(*each) for each in ranges]
    for block in blocks:
        parts += (NO_RANGE, block)
    job = bytearray().join(parts)
    several(ctypes.byref(ctypes.c_char.from_buffer(job)))
    _, _, done, _, result = HEAD.unpack_from(job)
    return done, result
