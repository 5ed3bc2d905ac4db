"""Loads object code with its sections side by side, so that code reaches its constants.

Code names constants by 32-bit distances. LLVM's own loader asks the system for the memory of each
section apart; in a crowded address space, such as of a process that holds some GB of columns, they
may come to lie more than 2 GiB apart, upon which it ends the process. Here all of an object lies in
one piece of memory: the sections that are loaded, then a jump for each function outside of it.

Sections, symbols and relocations are those of the System V ABI (gABI 4.1, chapter 4; AMD64 psABI,
section 4.4).
"""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
from collections.abc import Callable, Iterator

from gpudb.records import dataclass

MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian
AMD64 = 62
PROGRAM_BITS, SYMBOLS, RELOCATIONS = 1, 2, 4  # sh_type
IS_LOADED = 2  # in sh_flags
UNDEFINED = 0  # st_shndx of a function that lies elsewhere
PC32, PLT32 = 2, 4  # both are a distance of 32 bits
JUMP = b"\xff\x25\x00\x00\x00\x00"  # jmp *0(%rip): to the address behind it
JUMP_BYTES = 16
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
RELOCATION = struct.Struct("<QQq")

FindFunction = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of an object, as its header tells."""

    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """What has a name: its section, and where it lies there."""

    name: str
    section: int
    value: int


@dataclass(frozen=True, slots=True)
class Move:
    """A distance to be written to a place of a section: to a symbol, and `addend` beyond."""

    section: int
    offset: int
    kind: int
    symbol: int
    addend: int


class ObjectFile:
    """What an object consists of."""

    def __init__(self, code: bytes) -> None:
        self.code = code
        self.sections = list(_sections(code))
        tables = [s for s in self.sections if s.kind == SYMBOLS]
        self.symbols = [symbol for table in tables for symbol in self._symbols(table)]
        self.moves = [m for s in self.sections if s.kind == RELOCATIONS for m in self._moves(s)]
        self.loaded = [n for n, s in enumerate(self.sections) if s.flags & IS_LOADED]

    @property
    def is_simple(self) -> bool:
        """Whether all that is loaded stands in the file, and reaches the rest by distances."""
        kinds = {self.sections[number].kind for number in self.loaded}
        return kinds == {PROGRAM_BITS} and {move.kind for move in self.moves} <= {PC32, PLT32}

    @property
    def outside(self) -> list[str]:
        """The functions that lie elsewhere; the first symbol stands for none."""
        return [s.name for s in self.symbols[1:] if s.section == UNDEFINED]

    def bytes_of(self, section: Section) -> bytes:
        """Return what a section holds."""
        return self.code[section.offset : section.offset + section.size]

    def _symbols(self, table: Section) -> Iterator[Symbol]:
        names = self.bytes_of(self.sections[table.link])
        for name, _, _, section, value, _ in SYMBOL.iter_unpack(self.bytes_of(table)):
            yield Symbol(names[name : names.index(b"\0", name)].decode(), section, value)

    def _moves(self, table: Section) -> Iterator[Move]:
        if self.sections[table.info].flags & IS_LOADED:
            for offset, info, addend in RELOCATION.iter_unpack(self.bytes_of(table)):
                yield Move(table.info, offset, info & 0xFFFFFFFF, info >> 32, addend)


def _sections(code: bytes) -> Iterator[Section]:
    (begin,) = struct.unpack_from("<Q", code, 0x28)
    size, count = struct.unpack_from("<HH", code, 0x3A)
    for number in range(count):
        _, kind, flags, _, offset, length, link, info, alignment, _ = SECTION.unpack_from(
            code, begin + number * size
        )
        yield Section(kind, flags, offset, length, link, info, alignment)


class LoadedCode:
    """Machine code in memory, which is given back with this object."""

    def __init__(self, image: bytes, functions: dict[str, int]) -> None:
        self._memory = mmap.mmap(-1, len(image), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._memory.write(image)
        self._base = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self._functions = functions
        library = ctypes.CDLL(None, use_errno=True)
        may_run = mmap.PROT_READ | mmap.PROT_EXEC
        if library.mprotect(ctypes.c_void_p(self._base), ctypes.c_size_t(len(image)), may_run):
            error = ctypes.get_errno()
            raise OSError(error, f"memory may not hold machine code: {os.strerror(error)}")

    def get_function_address(self, name: str) -> int:
        """Return where a function of the object begins; raises KeyError."""
        return self._base + self._functions[name]


def load(code: bytes, find_function: FindFunction) -> LoadedCode | None:
    """Return object code ready to be called; None where it is of a kind that LLVM has to load.

    `find_function` returns the address of a function outside of the object, or None.
    """
    if not code.startswith(MAGIC) or struct.unpack_from("<H", code, 18)[0] != AMD64:
        return None
    parts = ObjectFile(code)
    outside = {name: find_function(name) for name in parts.outside}
    if not parts.is_simple or None in outside.values():
        return None
    starts, end = _places(parts)
    jumps = {name: end + i * JUMP_BYTES for i, name in enumerate(outside)}
    image = bytearray(end + len(jumps) * JUMP_BYTES)
    for number, start in starts.items():
        image[start : start + parts.sections[number].size] = parts.bytes_of(parts.sections[number])
    for name, place in jumps.items():
        image[place : place + JUMP_BYTES] = JUMP + struct.pack("<Qxx", outside[name])
    for move in parts.moves:
        symbol, place = parts.symbols[move.symbol], starts[move.section] + move.offset
        is_outside = symbol.section == UNDEFINED
        target = jumps[symbol.name] if is_outside else starts[symbol.section] + symbol.value
        struct.pack_into("<i", image, place, target + move.addend - place)
    named = (s for s in parts.symbols if s.name and s.section in starts)
    return LoadedCode(bytes(image), {s.name: starts[s.section] + s.value for s in named})


def _places(parts: ObjectFile) -> tuple[dict[int, int], int]:
    """Return where each section that is loaded begins, and where jumps may begin behind them."""
    starts: dict[int, int] = {}
    end = 0
    for number in parts.loaded:
        section = parts.sections[number]
        starts[number] = _aligned(end, max(section.alignment, 1))
        end = starts[number] + section.size
    return starts, _aligned(end, JUMP_BYTES)


def _aligned(place: int, alignment: int) -> int:
    return -(-place // alignment) * alignment
