"""The function of one thread, which can stop and go on: registers are saved where threads wait.

    step(context, thread, place) -> the place where it stopped, -1 at its end, -2 after a fault

Place 0 is the beginning. Registers begin with whatever the saved area holds, which is garbage.
"""

from __future__ import annotations

import re

from gpudb.devices.emulated.code import KernelCode
from gpudb.devices.emulated.context import SLOTS, slot_value
from gpudb.devices.emulated.runtime import RUNTIME

EXCHANGE_WORDS = 8
_POINTERS = ("parameters", "shared", "written")


def saved_bytes(code: KernelCode) -> int:
    """Return how many bytes the registers of a thread take."""
    return _register_bytes(code) * max(1, len(code.registers))


def local_bytes(code: KernelCode) -> int:
    """Return how many bytes of local memory a thread has, at least 16."""
    return max(16, -(-code.memory.local.size // 16) * 16)


def write_frame(code: KernelCode) -> str:
    """Return the module of a kernel: `phase` runs threads to where they wait."""
    lines = ["define internal i32 @step(ptr %context, i32 %thread, i32 %place) {", "entry:"]
    lines += [*_open_context(code), *_restore(code)]
    places = range(1, len(code.stops) + 1)
    cases = " ".join(f"i32 {number}, label %resume.{number}" for number in places)
    lines += [f"  switch i32 %place, label %start [{cases}]", "start:", *code.lines]
    if code.stops:
        lines += _save(code)
    body = "\n".join([*lines, "}"]) + RUNTIME
    return body + "\n".join(_declarations(body)) + "\n"


def _register_bytes(code: KernelCode) -> int:
    return 8 if all(width <= 64 for width in code.registers.values()) else 16


def _open_context(code: KernelCode) -> list[str]:
    """Return the lines that read the context and find this thread's own memory."""
    lines = []
    for index, name in enumerate(SLOTS):
        place = f"%place.{name}"
        lines.append(f"  {place} = getelementptr i64, ptr %context, i64 {index}")
        lines.append(f"  {slot_value(name)} = load i64, ptr {place}, !invariant.load !1")
    lines += [f"  %{name} = inttoptr i64 {slot_value(name)} to ptr" for name in _POINTERS]
    lines.append("  %wide = zext i32 %thread to i64")
    owned = (
        ("saved", saved_bytes(code)),
        ("local", local_bytes(code)),
        ("exchange", 8 * EXCHANGE_WORDS),
    )
    for name, size in owned:
        lines.append(f"  %{name}.offset = mul i64 %wide, {size}")
        lines.append(f"  %{name}.all = inttoptr i64 {slot_value(name)} to ptr")
        lines.append(f"  %{name} = getelementptr i8, ptr %{name}.all, i64 %{name}.offset")
    for index, first in enumerate(code.remembered):
        lines += [f"  %kept{index} = alloca i64", f"  store i64 {first}, ptr %kept{index}"]
    lines += ["  %fuel = alloca i64", f"  store i64 {slot_value('fuel')}, ptr %fuel"]
    return [*lines, "  %stopped = alloca i32"]


def _restore(code: KernelCode) -> list[str]:
    lines, each = [], _register_bytes(code)
    for index, (name, width) in enumerate(code.registers.items()):
        lines.append(f"  {name} = alloca i{width}")
        lines.append(f"  {name}.place = getelementptr i8, ptr %saved, i64 {index * each}")
        lines.append(f"  {name}.first = load i{max(8, width)}, ptr {name}.place")
        if width < 8:
            lines.append(f"  {name}.bit = trunc i8 {name}.first to i{width}")
        first = f"{name}.bit" if width < 8 else f"{name}.first"
        lines.append(f"  store i{width} {first}, ptr {name}")
    return lines


def _save(code: KernelCode) -> list[str]:
    """Return the lines that every stop goes on to: they keep the registers and return the stop."""
    lines = ["save:"]
    for name, width in code.registers.items():
        now = f"{name}.now"
        lines.append(f"  {now} = load i{width}, ptr {name}")
        if width < 8:
            lines.append(f"  {now}.byte = zext i{width} {now} to i8")
            now = f"{now}.byte"
        lines.append(f"  store i{max(8, width)} {now}, ptr {name}.place")
    return [*lines, "  %stop = load i32, ptr %stopped", "  ret i32 %stop"]


def _declarations(body: str) -> list[str]:
    """Return the declarations of the intrinsics that the body calls."""
    found = {}
    for result, name, values in re.findall(r"call (\S+) @(llvm\.[\w.]+)\((.*?)\)\n", body):
        kinds = ", ".join(value.split()[0] for value in values.split(","))
        found[name] = f"declare {result} @{name}({kinds})"
    return list(found.values())
