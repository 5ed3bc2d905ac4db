"""An answer in a GPU's memory, for those who take arrays there without a copy.

    column                 __cuda_array_interface__ (CuPy, Numba, cuDF), __dlpack__ (PyTorch, JAX)
    table                  __arrow_c_device_array__ (Arrow's device interface)

Answers are put in order and merged on the host, so each buffer is copied to the GPU once. On the
GPU on paper, memory is the host's, and says so.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from gpudb.errors import InterfaceError
from gpudb.records import dataclass

if TYPE_CHECKING:
    from gpudb.devices.gpu import Allocation
    from gpudb.devices.memory import GpuMemory

Buffer = np.ndarray[tuple[int, ...], np.dtype[np.generic]]


@dataclass(frozen=True)
class DeviceArray:
    """Values of one type side by side, without NULLs, as the array protocols know them."""

    memory: GpuMemory
    allocation: Allocation
    dtype: np.dtype[Any]
    length: int

    def __len__(self) -> int:
        return self.length

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """Version 3 of the interface; the values are there, so there is no stream to wait for."""
        return {
            "shape": (self.length,),
            "typestr": self.dtype.str,
            "data": (self.allocation.address if self.length else 0, False),
            "strides": None,
            "version": 3,
            "stream": None,
        }

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's kind and number of the device."""
        return self.memory.gpu.dlpack_device

    def __dlpack__(self, **options: Any) -> object:
        """Return DLPack's capsule; moments are 64-bit integers there."""
        dtype = np.dtype(f"i{self.dtype.itemsize}") if self.dtype.kind == "M" else self.dtype
        view = self.memory.gpu.view(self.allocation, dtype, self.length)
        return view.__dlpack__(**options)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class DeviceColumn:
    """A column of an answer: its Arrow type, its buffers on the GPU, and how many NULLs it has.

    `values` are the values with anything where NULL is, and `valid`, a byte each, says where it is
    not; both are None where no array protocol knows the type (TEXT, DECIMAL): Arrow's does.
    """

    name: str
    type: pa.DataType
    length: int
    nulls: int
    buffers: tuple[Allocation | None, ...]
    values: DeviceArray | None
    valid: DeviceArray | None

    def __len__(self) -> int:
        return self.length

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """The values', with the bytes of `valid` as a mask where there are NULLs."""
        interface = self._array().__cuda_array_interface__
        return interface if not self.nulls else {**interface, "mask": self.valid}

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's kind and number of the device."""
        return self._array().__dlpack_device__()

    def __dlpack__(self, **options: Any) -> object:
        """Return DLPack's capsule; BufferError for a column with NULLs, which DLPack lacks."""
        if self.nulls:
            raise BufferError(
                f"DLPack has no NULLs, and column '{self.name}' has {self.nulls:,}: take its "
                "values and its valid apart"
            )
        return self._array().__dlpack__(**options)

    def _array(self) -> DeviceArray:
        if self.values is None:
            raise AttributeError(
                f"column '{self.name}' is {self.type}, which only Arrow's interface knows"
            )
        return self.values


@dataclass(frozen=True)
class DeviceTable:
    """Columns of one length; what takes a buffer keeps its memory."""

    memory: GpuMemory
    columns: tuple[DeviceColumn, ...]
    num_rows: int

    @property
    def column_names(self) -> list[str]:
        """The columns' names, from left to right."""
        return [column.name for column in self.columns]

    def __len__(self) -> int:
        return self.num_rows

    def __iter__(self) -> Iterator[DeviceColumn]:
        return iter(self.columns)

    def __getitem__(self, name: str | int) -> DeviceColumn:
        if isinstance(name, int):
            return self.columns[name]
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def __arrow_c_device_array__(
        self, requested_schema: object = None, **options: object
    ) -> tuple[object, object]:
        """Return the capsules of Arrow's C device interface: a schema, and an array of structs."""
        if options:
            raise NotImplementedError(f"not known: {', '.join(options)}")
        arrays = [self._arrow_array(column) for column in self.columns]
        batch = pa.RecordBatch.from_arrays(arrays, names=self.column_names)
        schema, array = batch.__arrow_c_device_array__(requested_schema)
        _set_device(array, *self.memory.gpu.dlpack_device)
        return schema, array

    def _arrow_array(self, column: DeviceColumn) -> pa.Array:
        """Return an array over the GPU's addresses, which nobody here looks into."""
        buffers = [
            None if b is None else pa.foreign_buffer(b.address, b.size_bytes, base=b)
            for b in column.buffers
        ]
        return pa.Array.from_buffers(column.type, column.length, buffers, column.nulls)


def device_table(table: pa.Table, memory: GpuMemory) -> DeviceTable:
    """Copy a table to a GPU's memory; raises DeviceMemoryError where it does not fit."""
    names = table.column_names
    columns = [
        _device_column(name, column, memory)
        for name, column in zip(names, table.columns, strict=True)
    ]
    memory.finish_copies()
    return DeviceTable(memory, tuple(columns), table.num_rows)


def _device_column(name: str, column: pa.ChunkedArray, memory: GpuMemory) -> DeviceColumn:
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    if pa.types.is_nested(array.type) or pa.types.is_dictionary(array.type):
        raise InterfaceError(f"column '{name}' is {array.type}, which has no form on a GPU yet")
    # Begins at the first row and bit: buffers are given away whole.
    array = pa.concat_arrays([array, array.slice(0, 0)])
    buffers = _host_buffers(array)
    placed = tuple(None if b is None else memory.place(b) for b in buffers)
    values = valid = None
    dtype = _dtype(array.type)
    if dtype is not None:
        found = placed[1]
        if dtype.kind == "b":
            found = memory.place(_bits(array.buffers()[1], array.offset, len(array)))
        assert found is not None
        values = DeviceArray(memory, found, dtype, len(array))
        if array.null_count:
            flags = _bits(array.buffers()[0], array.offset, len(array))
            valid = DeviceArray(memory, memory.place(flags), np.dtype(np.bool_), len(array))
    return DeviceColumn(name, array.type, len(array), array.null_count, placed, values, valid)


def _host_buffers(array: pa.Array) -> Sequence[Buffer | None]:
    """Return the buffers of an array without an offset; none of NULLs where there is none."""
    assert array.offset == 0
    buffers = array.buffers()
    if not array.null_count:
        buffers[0] = None
    # Arrow leaves out what is empty, and offsets are never empty.
    empty = np.zeros(1 if len(buffers) == 3 else 0, np.int64)
    return [
        (None if place == 0 else empty) if buffer is None else np.frombuffer(buffer, np.uint8)
        for place, buffer in enumerate(buffers)
    ]


def _bits(buffer: pa.Buffer | None, offset: int, length: int) -> Buffer:
    """Return a byte for each bit."""
    if buffer is None:
        return np.ones(length, np.bool_)
    bits = np.unpackbits(np.frombuffer(buffer, np.uint8), bitorder="little")
    return bits[offset : offset + length].astype(np.bool_)


def _dtype(type: pa.DataType) -> np.dtype[Any] | None:
    """Return numpy's type of one value, or None where array protocols have none."""
    if pa.types.is_boolean(type):
        return np.dtype(np.bool_)
    if pa.types.is_date32(type):
        return np.dtype(np.int32)  # days since 1970; numpy's days take eight bytes
    if pa.types.is_timestamp(type):
        return np.dtype(f"M8[{type.unit}]")
    if pa.types.is_time64(type) or pa.types.is_duration(type):
        return np.dtype(np.int64)
    if pa.types.is_time32(type):
        return np.dtype(np.int32)
    if pa.types.is_integer(type) or pa.types.is_floating(type):
        number: np.dtype[Any] = np.dtype(type.to_pandas_dtype())
        return number
    return None


class ArrowDeviceArray(ctypes.Structure):
    """The head of Arrow's struct of this name: an ArrowArray of ten words, then the device."""

    _fields_ = (
        ("array", ctypes.c_int64 * 10),
        ("device_id", ctypes.c_int64),
        ("device_type", ctypes.c_int32),
    )


def _set_device(capsule: object, kind: int, number: int) -> None:
    """Say in a capsule of pyarrow's, which knows only the host's memory, where the buffers lie."""
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.restype = ctypes.c_void_p
    pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]
    address = pointer_of(capsule, b"arrow_device_array")
    found = ArrowDeviceArray.from_address(address)
    found.device_type = kind
    found.device_id = number if kind != CPU else -1


# DLPack's and Arrow's number for the host.
CPU = 1
