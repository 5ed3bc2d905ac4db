"""Packed columns on their way to a kernel: a worker unpacks some rows, the kernel reads them.

The kernel finds the rows in arrays as long as the chunk, of which only the rows of a piece are
written: what it reads still lies in the core's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np

from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import Entry, Pointer, Program, ValueType
from gpudb.devices.device import Morsel
from gpudb.kernels import unpack_library
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.generate import Kernel
from gpudb.kernels.sources import RowSource
from gpudb.kernels.writer import Argument, FromLimits
from gpudb.kernels.zones import BLOCK_ROWS
from gpudb.sql.functions.registry import kernel_source
from gpudb.storage.encodings.packed import (
    GROUP_DTYPES,
    GROUP_ROWS,
    STEP_ROWS,
    BitCodes,
    Packed,
    SparseCodes,
    StepCodes,
)

# Some columns of a piece fit a core's cache; a call of the kernel costs little beside it.
PIECE_ROWS = 1 << 17
INT = ValueType.INT


@lru_cache
def unpack_program(bits: int) -> Program:
    """Return the kernel that unpacks codes of so many bits."""
    groups, codes = Pointer(GROUP_DTYPES[bits]), Pointer("int64")
    parameters = (("first", INT), ("end", INT), ("groups", groups), ("bits", INT), ("codes", codes))
    return Program(
        kernel_source(unpack_library.unpack_bits), "", (Entry("unpack_bits", parameters),)
    )


@lru_cache
def unpack_steps_program(lower: str, upper_bits: int, codes: str, *, is_number: bool) -> Program:
    """Return the kernel that makes codes of numbers of steps, from dtypes to a dtype."""
    lower_bits = 8 * np.dtype(lower).itemsize
    rows = (("first", INT), ("end", INT), ("lower", Pointer(lower)))
    upper = (("upper", Pointer("uint8")),) if upper_bits else ()
    made = () if is_number else (("least", INT), ("step", INT))
    entry = Entry("unpack_steps", (*rows, *upper, *made, ("codes", Pointer(codes))))
    text = unpack_library.steps_text(lower_bits, upper_bits, is_number=is_number)
    return Program(text, "", (entry,))


class Unpacked:
    """The columns of a chunk as one worker's kernel reads them.

    Every other worker begins with the last column: two that come to a chunk at once read it from
    the disk from both ends, where one would wait for each column that the other reads.
    """

    def __init__(
        self,
        source: RowSource,
        kernel: Kernel,
        make: Callable[[Program], CompiledProgram],
        worker_number: int,
    ) -> None:
        self._source = source
        places = kernel.places
        fields = {supply.field for _, supply in places.of_chunk}
        fields |= {supply.field for _, supply in places.made if isinstance(supply, FromLimits)}
        self._fields = sorted(fields, reverse=worker_number % 2 == 1)
        self._make = make
        self._unpacking: dict[Program, CompiledProgram] = {}
        self._chunk = -1
        self._columns: dict[int, Sequence[Argument]] = {}
        self._packed: list[tuple[Packed, np.ndarray]] = []
        self._rooms: dict[int, np.ndarray] = {}

    def of(self, chunk: int) -> Mapping[int, Sequence[Argument]]:
        """Return the buffers and scalars of a chunk's columns, by field."""
        if chunk != self._chunk:
            self._columns, self._packed = {}, []
            for field in self._fields:
                held = self._source.held(chunk, field)
                if isinstance(held, Packed):
                    codes = self._room(field, held)
                    self._packed.append((held, codes))
                    held = [codes[: held.rows], *held.scalars]
                self._columns[field] = held
            self._chunk = chunk
        return self._columns

    @property
    def has_packed(self) -> bool:
        """Whether columns of the chunk are unpacked piece by piece."""
        return bool(self._packed)

    @property
    def size_bytes(self) -> int:
        """How large the arrays of the chunk are."""
        arrays = (a for column in self._columns.values() for a in column)
        return sum(a.nbytes for a in arrays if isinstance(a, np.ndarray))

    def _room(self, field: int, held: Packed) -> np.ndarray:
        rows = -(-held.rows // STEP_ROWS) * STEP_ROWS
        room = self._rooms.get(field)
        if room is None or len(room) < rows:
            room = self._rooms[field] = BUFFERS.empty(rows, held.dtype)
        return room

    def pieces(self, morsel: Morsel) -> Iterator[tuple[int, int]]:
        """Yield the rows of a morsel in pieces, each as soon as it can be read."""
        size = PIECE_ROWS if self._packed else max(1, morsel.end - morsel.first)
        for first in range(morsel.first, morsel.end, size):
            end = min(first + size, morsel.end)
            for held, codes in self._packed:
                # A block begins before the rows, or ends behind them, where they are few.
                begin, stop = max(0, min(first, end - BLOCK_ROWS)), max(end, BLOCK_ROWS)
                self._unpack(held, codes, begin, stop)
                held.unpacked_rows += end - first
            yield first, end

    def _unpack(self, held: Packed, codes: np.ndarray, begin: int, stop: int) -> None:
        if isinstance(held, SparseCodes):
            held.fill(begin, stop, codes)
        elif isinstance(held, StepCodes):
            program = unpack_steps_program(
                held.lower.dtype.name,
                held.upper_bits,
                codes.dtype.name,
                is_number=held.is_number,
            )
            rows = begin // STEP_ROWS * STEP_ROWS, -(-stop // STEP_ROWS) * STEP_ROWS
            upper = (held.upper,) if held.upper_bits else ()
            made = () if held.is_number else (held.least, held.step)
            self._call(program, [*rows, held.lower, *upper, *made, codes])
        else:
            assert isinstance(held, BitCodes)
            groups = begin // GROUP_ROWS, -(-stop // GROUP_ROWS)
            words = codes[: len(codes) & -GROUP_ROWS].view(np.int64)
            self._call(unpack_program(held.bits), [*groups, held.groups, held.bits, words])

    def _call(self, program: Program, arguments: Sequence[Argument]) -> None:
        made = self._unpacking.get(program)
        if made is None:
            made = self._unpacking[program] = self._make(program)
        made.call(program.entries[0].name, arguments)
