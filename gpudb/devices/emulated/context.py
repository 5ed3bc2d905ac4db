"""What a running kernel knows: one array of 64-bit slots, read by the code of every thread."""

from __future__ import annotations

_AXES = tuple(f"{name}.{axis}" for name in ("ntid", "ctaid", "nctaid") for axis in ("x", "y", "z"))
# Addresses, counts and sizes. `written` has a byte for each byte of shared memory: 255 once it is
# initialised. `log` holds three words for each access, for the check for races.
SLOTS = (
    *("saved", "parameters", "shared", "local", "exchange", "ranges", "range_count", "error"),
    *_AXES,
    *("shared_bytes", "dynamic_bytes", "dynamic_begin", "fuel"),
    *("log", "log_capacity", "log_count", "written", "counts"),
)
# What is counted where that is asked for, in words at `counts`; stops count for each thread.
COUNTED = (
    *("global atomics", "shared atomics", "bytes read", "bytes written", "barriers", "shuffles"),
)
# The four words at `error`.
FAULTS = {
    1: "access outside of every buffer",
    2: "access outside of shared memory",
    3: "access outside of local memory",
    4: "misaligned address",
    5: "trap",
    6: "loop does not end",
    7: "read of shared memory that nobody wrote",
}
FAULT_CODES = {what: code for code, what in FAULTS.items()}


def slot(name: str) -> int:
    """Return the index of a slot."""
    return SLOTS.index(name)


def slot_value(name: str) -> str:
    """Return the name of a slot's value in the code of a thread."""
    return f"%slot.{name}"
