"""The special registers: which thread this is, of how many."""

from __future__ import annotations

from collections.abc import Callable

from gpudb.devices.emulated.context import SLOTS, slot_value

New = Callable[[str], str]
# What a machine without clocks and with one multiprocessor says.
_ZEROS = {"%clock": 32, "%clock_hi": 32, "%smid": 32, "%nsmid": 32}
_ZEROS |= {"%clock64": 64, "%globaltimer": 64}
_SIZES = {"%dynamic_smem_size": "dynamic_bytes", "%total_smem_size": "shared_bytes"}


def special_register(new: New, name: str) -> tuple[str, int] | None:
    """Return the value of a special register and its width, or None for another name."""
    if name == "WARP_SZ":
        return "32", 32
    if name in _ZEROS:
        return "0", _ZEROS[name]
    if name in _SIZES:
        return _slot(new, _SIZES[name]), 32
    if name[1:] in SLOTS and "." in name:
        return _slot(new, name[1:]), 32
    if name.startswith("%tid."):
        return _thread(new, name[-1]), 32
    if name == "%laneid":
        return new("and i32 %thread, 31"), 32
    if name == "%warpid":
        return new("lshr i32 %thread, 5"), 32
    if name.startswith("%lanemask_"):
        return _lane_mask(new, name[-2:]), 32
    return None


def _slot(new: New, name: str) -> str:
    return new(f"trunc i64 {slot_value(name)} to i32")


def _thread(new: New, axis: str) -> str:
    """Threads are counted along x first, then y, then z."""
    width = _slot(new, "ntid.x")
    if axis == "x":
        return new(f"urem i32 %thread, {width}")
    height = _slot(new, "ntid.y")
    if axis == "y":
        return new(f"urem i32 {new(f'udiv i32 %thread, {width}')}, {height}")
    return new(f"udiv i32 %thread, {new(f'mul i32 {width}, {height}')}")


def _lane_mask(new: New, which: str) -> str:
    equal = new(f"shl i32 1, {new('and i32 %thread, 31')}")
    if which == "eq":
        return equal
    less = new(f"sub i32 {equal}, 1")
    if which == "lt":
        return less
    if which == "ge":
        return new(f"xor i32 {less}, -1")
    less_equal = new(f"or i32 {equal}, {less}")
    return less_equal if which == "le" else new(f"xor i32 {less_equal}, -1")
