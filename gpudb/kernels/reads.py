"""How a kernel reads a field: from an encoded column, from held arrays, or from a build's rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from gpudb.compiler.language import Pointer, ValueType
from gpudb.errors import DataError
from gpudb.kernels.domains import Domain, PlacedDomain
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.origins import OfColumn
from gpudb.kernels.values import FLOAT, INT, WIDE, Value, boolean
from gpudb.kernels.writer import FromChunk, LanguageType, Site, Writer, pointer_to
from gpudb.records import dataclass
from gpudb.sql.bounds import Bounds
from gpudb.sql.plan import Field
from gpudb.storage.encodings import bitpack, find_encoding
from gpudb.storage.encodings.encoded import Layout
from gpudb.storage.types import Kind, SqlType

NARROW_BITS = 32


@dataclass(frozen=True, slots=True)
class Decoding:
    """The functions that read a layout, and their parameters before the row: suffixes and types."""

    at: Callable[..., object]
    is_null_at: Callable[..., object]
    parameters: tuple[tuple[str, LanguageType], ...]


@lru_cache(maxsize=256)
def decoding(layout: Layout, *, is_narrow: bool) -> Decoding:
    """Return how a layout is read; `is_narrow` where it is bits, by half as wide words."""
    encoding = find_encoding(layout.encoding)
    assert encoding is not None, layout.encoding
    at, is_null_at, dtypes = encoding.at, encoding.is_null_at, dict(layout.buffers)
    if is_narrow:
        # A thread has more registers for halves of words, and few instructions a row.
        at, is_null_at = bitpack.narrow_bitpack_at, bitpack.narrow_bitpack_is_null_at
        dtypes = dict.fromkeys(dtypes, "uint32")
    buffers = ((suffix, Pointer(dtype)) for suffix, dtype in dtypes.items())
    scalars = (
        (suffix, ValueType.FLOAT if kind == "float" else ValueType.INT)
        for suffix, kind in layout.scalars
    )
    return Decoding(at, is_null_at, (*buffers, *scalars))


@dataclass(frozen=True, slots=True)
class EncodedReader:
    """Reads a field of a scan through its encoding's `at`."""

    field: Field
    layout: Layout
    bounds: Bounds | None
    domain: Domain | None = None

    def read(self, writer: Writer) -> Value:
        """Write the decoding of this row's value."""
        of = decoding(self.layout, is_narrow=writer.is_shared and self._is_narrow)
        name, id = self.field.name, self.field.id
        names = [
            writer.chunk_parameter(f"{name}_{suffix}", type, id, part)
            for part, (suffix, type) in enumerate(of.parameters)
        ]
        arguments = ", ".join((*names, "row"))
        null, begin = None, len(writer.lines)
        if self.layout.nulls != "none":
            null = writer.assign(f"{name}_null", f"{writer.use(of.is_null_at)}({arguments})")
        value = writer.assign(name, f"{writer.use(of.at)}({arguments})")
        writer.note_reads(begin)
        return value_of(self.field.type, value, null, self.domain, self._is_wide)

    @property
    def kind(self) -> ValueType:
        """The kind of the value, which is read in lines that neither branch nor fail."""
        return value_of(self.field.type, "", None, None, self._is_wide).kind

    @property
    def _is_wide(self) -> bool:
        return self.layout.encoding == "wide"

    @property
    def _is_narrow(self) -> bool:
        """Whether the codes are known to be packed in at most 32 bits each."""
        if self.layout.encoding != "bitpack" or self.bounds is None:
            return False
        has_nulls = self.layout.nulls != "none"
        low, high = self.bounds.minimum, self.bounds.maximum
        return bitpack.code_bits(low, high, has_nulls=has_nulls) <= NARROW_BITS


@dataclass(frozen=True, slots=True)
class CodesReader:
    """Reads a TEXT field whose codes are made for the query: int32, -1 for NULL.

    They are made only where it is read, or asked for its bounds. One who `knows_places` reads none
    where they are the places of the rows.
    """

    field: Field
    find_domain: Callable[[], Domain]
    knows_places: bool = False

    @property
    def bounds(self) -> Bounds:
        """The least and the greatest code."""
        return Bounds(0, max(0, len(self.find_domain()) - 1))

    def read(self, writer: Writer) -> Value:
        """Write the reading of this row's code."""
        name, supply = self.field.name, FromChunk(self.field.id, 0)
        domain = writer.domains[self.field.id] = self.find_domain()
        if self.knows_places and isinstance(domain, PlacedDomain) and domain.are_places:
            place = writer.parameter(f"{name}_begin", ValueType.INT, supply)
            return value_of(self.field.type, f"({place} + row)", None, domain)
        codes = writer.parameter(f"{self.field.name}_codes", Pointer("int32"), supply)
        begin = len(writer.lines)
        code = writer.assign(self.field.name, f"{codes}[row]")
        writer.note_reads(begin)
        null = f"({code} < 0)" if self.field.nullable else None
        return value_of(self.field.type, code, null, domain)


@dataclass(frozen=True, slots=True)
class HeldReader:
    """Reads a field from held arrays at `place`.

    Which is negative for a LEFT join's missing row. Arrays `is_in_pieces` come with each chunk.
    """

    field: Field
    column: HeldColumn
    place: str = "row"
    may_miss: bool = False
    is_in_pieces: bool = False

    @property
    def bounds(self) -> Bounds | None:
        """Bounds of the held values."""
        return self.column.shared_bounds

    def read(self, writer: Writer) -> Value:
        """Write the reading of this row's value."""
        column = self.column
        values = self._array(writer, "values", 0, column.values)
        text = f"{values}[{self.place}]"
        if column.high is not None:
            text = f"wide_of({self._array(writer, 'high', 1, column.high)}[{self.place}], {text})"
        nulls = None
        if column.nulls is not None:
            nulls = self._array(writer, "nulls", 2, column.nulls)
        if not self.may_miss:
            null = None if nulls is None else f"({nulls}[{self.place}] != 0)"
            return self._whole(writer, text, null)
        return self._guarded(writer, text, nulls)

    def _array(self, writer: Writer, name: str, part: int, array: np.ndarray) -> str:
        """Pass one of the column's arrays."""
        wanted = f"{self.field.name}_{name}"
        if not self.is_in_pieces:
            return writer.constant(wanted, array, OfColumn(self.field.id, part))
        return writer.parameter(wanted, pointer_to(array.dtype), FromChunk(self.field.id, part))

    def _whole(self, writer: Writer, text: str, null: str | None) -> Value:
        null = None if null is None else writer.assign(f"{self.field.name}_null", null)
        self._check(writer)
        value = writer.assign(self.field.name, text)
        return value_of(self.field.type, value, null, self.column.domain, self._is_wide)

    def _guarded(self, writer: Writer, text: str, nulls: str | None) -> Value:
        name, missing = writer.name(self.field.name), writer.name(f"{self.field.name}_null")
        empty = "0.0" if self.field.type.is_float else "wide(0)" if self._is_wide else "0"
        writer.line(f"{name} = {empty}")
        writer.line(f"{missing} = {self.place} < 0")
        with writer.block(f"if not {missing}:"):
            self._check(writer)
            writer.line(f"{name} = {text}")
            if nulls is not None:
                writer.line(f"{missing} = {nulls}[{self.place}] != 0")
        return value_of(self.field.type, name, missing, self.column.domain, self._is_wide)

    def _check(self, writer: Writer) -> None:
        """Stop the kernel where the value could not be computed."""
        failures = self.column.failures
        if failures is None:
            return
        messages = failures.messages
        writer.may_be_kept = False
        codes = self._array(writer, "failures", 3, failures.codes)
        code = writer.assign("failure", f"{codes}[{self.place}]")
        site = Site(lambda found, _: DataError(messages[found - 1]), failures.span)
        writer.fail(f"{code} != 0", site, code)

    @property
    def _is_wide(self) -> bool:
        return self.column.high is not None


def value_of(
    type: SqlType, text: str, null: str | None, domain: Domain | None, is_wide: bool = False
) -> Value:
    """Return a value of a type that a physical number's text stands for."""
    if type.kind is Kind.BOOLEAN:
        return boolean(f"({text} != 0)", null)
    if type.is_float:
        return Value(FLOAT, text, null)
    return Value(WIDE if is_wide else INT, text, null, domain=domain)
