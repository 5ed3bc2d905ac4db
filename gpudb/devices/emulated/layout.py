"""Where variables lie: offsets in shared and local memory, addresses of module memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field

import numpy as np

from gpudb.devices.emulated.fault import PtxError
from gpudb.devices.emulated.parse import Variable, type_bits
from gpudb.records import dataclass

Bytes = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|\d+)U?$")
_FLOAT_BITS = re.compile(r"0[fFdD]([0-9a-fA-F]+)$")


def is_number(text: str) -> bool:
    """Return whether an operand is a literal."""
    return bool(_NUMBER.match(text) or _FLOAT_BITS.match(text))


def parse_number(text: str, kind: str) -> int:
    """Return the bits of a literal of type `kind`, as a number that may be negative."""
    text = text.rstrip("U")
    if bits := _FLOAT_BITS.match(text):
        return int(bits[1], 16)
    if kind in ("f32", "f64") and not _NUMBER.match(text):
        dtype, code = ("f4", "u4") if kind == "f32" else ("f8", "u8")
        return int(np.array(float(text), dtype).view(code))
    return int(text, 8) if re.match(r"-?0\d", text) else int(text, 0)


@dataclass(slots=True)
class Area:
    """Variables one after the other, each at its alignment."""

    size: int = 0
    offsets: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, size: int, align: int) -> None:
        """Place one more variable at the end."""
        begin = -(-self.size // align) * align
        self.offsets[name] = begin
        self.size = begin + size


@dataclass(slots=True)
class ModuleMemory:
    """The global and constant variables of a module, in memory of the host."""

    addresses: dict[str, int] = field(default_factory=dict)
    ranges: list[tuple[int, int]] = field(default_factory=list)
    kept: list[Bytes] = field(default_factory=list)

    def add(self, variable: Variable) -> None:
        """Make room for a variable and write its initial value."""
        data = np.zeros(variable.size + variable.align, np.uint8)
        address = -(-data.ctypes.data // variable.align) * variable.align
        if variable.initial:
            values = _initial_bytes(variable)
            begin = address - data.ctypes.data
            data[begin : begin + len(values)] = values
        self.kept.append(data)
        self.addresses[variable.name] = address
        self.ranges.append((address, address + variable.size))


def _initial_bytes(variable: Variable) -> Bytes:
    assert variable.initial is not None
    width = max(8, type_bits(variable.type))
    texts = re.findall(r"[^\s,{}]+", variable.initial)
    if not all(map(is_number, texts)):
        raise PtxError(f"initial value not understood: {variable.name} = {variable.initial}")
    values = [parse_number(text, variable.type) & ((1 << width) - 1) for text in texts]
    return np.array(values, f"u{width // 8}").view(np.uint8)


@dataclass(slots=True)
class Memory:
    """All places that a kernel's operands may name."""

    module: ModuleMemory
    parameters: Area = field(default_factory=Area)
    shared: Area = field(default_factory=Area)
    local: Area = field(default_factory=Area)
    dynamic: list[str] = field(default_factory=list)

    def declare(self, variables: Sequence[Variable]) -> None:
        """Place variables of shared and local memory; an array without a size is the launch's."""
        for variable in variables:
            if variable.space == "local":
                self.local.add(variable.name, variable.size, variable.align)
            elif variable.space != "shared":
                raise PtxError(f"a kernel declares no {variable.space} memory: {variable.name}")
            elif variable.count == 0:
                self.dynamic.append(variable.name)
            else:
                self.shared.add(variable.name, variable.size, variable.align)
