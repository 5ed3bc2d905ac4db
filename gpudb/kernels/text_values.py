"""Values that follow from single texts, found chunk by chunk by all workers.

    bytes of a chunk   --LIKE, length, ...-->   truth values or numbers, kept in the cache

No codes are made for them: they are what tells all texts of a column apart, which takes ten times
as long as a look at each. Texts themselves are read for this and let go.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import field
from functools import partial, reduce

import numpy as np
import pyarrow as pa

from gpudb.devices.device import Morsel
from gpudb.errors import DataError
from gpudb.kernels.answers import placed
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.text_answers import answered
from gpudb.kernels.text_columns import TextColumns
from gpudb.records import dataclass
from gpudb.sql.expr import Call, ColumnReference, Expression, Literal, transform, walk
from gpudb.sql.functions import find_definition
from gpudb.sql.pipeline import Pipeline, ScanRows
from gpudb.sql.text_value import TextValue
from gpudb.sql.text_values import with_text_values
from gpudb.storage.encodings import plain, raw
from gpudb.storage.encodings.arrays import array_of, flags_of, null_mask, numbers_of, text_array
from gpudb.storage.encodings.encoded import Encoded, Layout, PhysicalColumn
from gpudb.storage.encodings.strings import Texts
from gpudb.storage.table import TableVersion
from gpudb.storage.types import TEXT, Kind, value_dtype

# Of more rows codes are made, or places of all rows: they serve further queries, too.
FEW_SHARE = 1 / 16


def of_texts(pipeline: Pipeline, texts: TextColumns) -> Pipeline:
    """Return the pipeline with values that follow from texts without a dictionary as fields."""
    source = pipeline.source
    if not isinstance(source, ScanRows) or not isinstance(source.table, TableVersion):
        return pipeline
    raw_texts = {
        f.id
        for f, column in zip(source.fields, source.columns, strict=True)
        if f.type.is_text and not f.type.is_array and texts.makes_codes(source.table, column)
    }
    return with_text_values(pipeline, raw_texts)


@dataclass(frozen=True)
class Wanted:
    """The columns of which texts are taken for the rows that pass `tests`, where these are few."""

    columns: tuple[str, ...] = ()
    tests: tuple[Expression, ...] = ()


NOTHING = Wanted()


@dataclass(frozen=True)
class FewRows:
    """The same, with the truth values that are tested, their codes, and what tells tests apart."""

    columns: tuple[str, ...]
    tests: tuple[tuple[TextValue, int], ...]
    of: Hashable


@dataclass
class TextValues:
    """The values of a scan, in one layout for all chunks of its table each.

    `few` are texts of the chunks' rows that pass all tests of truth values.
    """

    version: TableVersion
    values: Sequence[TextValue]
    layouts: dict[int, Layout] = field(init=False)
    few: dict[tuple[int, str], Texts] = field(init=False)
    _found: dict[tuple[int, int], Encoded] = field(init=False)
    _keys: dict[int, Expression] = field(init=False)

    def __post_init__(self) -> None:
        self.layouts = {v.field.id: _layout(v, self.version) for v in self.values}
        self.few, self._found = {}, {}
        self._keys = {v.field.id: _key(v) for v in self.values}

    def read(self, chunk: int, field: int) -> Encoded:
        """Return the values of a field in a chunk that was prepared."""
        return self._found[chunk, field]

    def prepare(
        self,
        chunks: Sequence[int],
        fixed: FixedKernels,
        cancel: threading.Event,
        wanted: Wanted = NOTHING,
    ) -> list[str]:
        """Find all values in some chunks, by all workers; return what was done for that."""
        few = self._few_rows(wanted)
        missing = [chunk for chunk in chunks if not self._is_held(chunk, few)]
        if not missing and chunks:
            # What is held was checked when it was made.
            return []
        for value in self.values:
            known = self.version.statistics(value.column)
            if known.nulls < known.rows:
                _check(value, fixed)
        if not missing:
            return []
        rows = [self.version.chunks[chunk].rows for chunk in missing]
        morsels = [Morsel(n, c, 0, r) for n, (c, r) in enumerate(zip(missing, rows, strict=True))]

        def run(morsel: Morsel) -> None:
            self._find(morsel.chunk, fixed, few)

        columns = list(dict.fromkeys([*(v.column for v in self.values), *few.columns]))
        with held_dictionaries(self.version, columns):
            fixed.device.run(morsels, lambda: run, cancel)
        return [f"the host looked at the texts of {', '.join(columns)} in {sum(rows):,} rows"]

    def find_share(self, test: Expression) -> float | None:
        """Return which share of the rows passes a test of a truth value; None of other tests."""
        known = self._find_test(test)
        if known is None:
            return None
        value, code = known
        columns = [e for (_, id), e in self._found.items() if id == value.field.id]
        passed = sum(np.count_nonzero(each.buffers[0] == code) for each in columns)
        return float(passed / max(1, sum(each.rows for each in columns)))

    def _find_test(self, test: Expression) -> tuple[TextValue, int] | None:
        """Return the truth value that is tested, and its code where the test holds."""
        if not isinstance(test, Call) or test.function != "equal":
            return None
        column, wanted = test.arguments
        if not isinstance(wanted, Literal) or not isinstance(wanted.value, bool):
            return None
        if not isinstance(column, ColumnReference):
            return None
        tested = [(v, int(wanted.value)) for v in self.values if v.field.id == column.id]
        return tested[0] if tested else None

    def _few_rows(self, wanted: Wanted) -> FewRows:
        """Return the tests that truth values make; without any, no texts are taken with them."""
        known = [self._find_test(test) for test in wanted.tests]
        tests = tuple(test for test in known if test is not None)
        of = frozenset((v.column, self._keys[v.field.id], code) for v, code in tests)
        return FewRows(wanted.columns if tests else (), tests, of)

    def _is_held(self, chunk: int, few: FewRows) -> bool:
        """Whether nothing of a chunk's texts has to be read."""
        for value in self.values:
            held = self._read(chunk, value, None)
            if held is None:
                return False
            self._found[chunk, value.field.id] = held
        return all(self._take(chunk, column, few, None) for column in few.columns)

    def _find(self, chunk: int, fixed: FixedKernels, few: FewRows) -> None:
        """Find the values of a chunk; the texts of a column are read once for all of them."""
        texts: dict[str, pa.Array] = {}

        def strings(column: str) -> pa.Array:
            if column not in texts:
                texts[column] = self.version.read_strings(chunk, column).cast(pa.large_string())
            return texts[column]

        for value in self.values:
            found = self._read(chunk, value, partial(self._made, value, strings, fixed))
            assert found is not None
            self._found[chunk, value.field.id] = found
        for column in few.columns:
            self._take(chunk, column, few, strings)

    def _take(
        self, chunk: int, column: str, few: FewRows, strings: Callable[[str], pa.Array] | None
    ) -> bool:
        """Keep the texts of the rows that pass all tests, if they are few; whether this is done."""
        held = self.version.chunks[chunk]
        known = held.read_texts(column, few.of, None)
        if known is None:
            flags = (self._found[chunk, v.field.id].buffers[0] == code for v, code in few.tests)
            passed = reduce(np.logical_and, flags)
            if np.count_nonzero(passed) > FEW_SHARE * held.rows:
                return True
            if strings is None:
                return False
            rows = np.flatnonzero(passed)
            taken = Texts(strings(column).take(array_of(rows)), rows)
            known = held.read_texts(column, few.of, lambda: taken)
            assert known is not None
        self.few[chunk, column] = known
        return True

    def _read(
        self, chunk: int, value: TextValue, make: Callable[[], Encoded] | None
    ) -> Encoded | None:
        layout = self.layouts[value.field.id]
        held = self.version.chunks[chunk]
        return held.read_derived(value.column, self._keys[value.field.id], layout, make)

    def _made(
        self, value: TextValue, strings: Callable[[str], pa.Array], fixed: FixedKernels
    ) -> Encoded:
        found = answered(value.expression, strings(value.column), fixed)
        return _encoded(found, self.layouts[value.field.id])


@contextmanager
def held_dictionaries(version: TableVersion, columns: Iterable[str]) -> Iterator[None]:
    """Hold what chunks that were stored before the columns turned raw are codes of."""
    with ExitStack() as stack:
        for column in columns:
            stack.enter_context(version.dictionary(column).held())
        yield


def _check(value: TextValue, fixed: FixedKernels) -> None:
    """Raise DataError at the call whose constants are wrong, whatever the texts are."""
    for node in walk(value.expression):
        if isinstance(node, Call):
            _try(node, fixed)


def _try(call: Call, fixed: FixedKernels) -> None:
    try:
        answered(call, text_array([""]), fixed)
    except DataError as error:
        raise placed(error, call) from None


def _key(value: TextValue) -> Expression:
    """Return what tells the value from others of its column, in any statement."""
    text = ColumnReference(id=0, name="", type=TEXT, nullable=True)

    def change(node: Expression) -> Expression:
        return text if isinstance(node, ColumnReference) else node

    return transform(value.expression, change)


def _layout(value: TextValue, version: TableVersion) -> Layout:
    """Return codes of one byte for truth values, numbers as they are."""
    calls = (node for node in walk(value.expression) if isinstance(node, Call))
    definitions = (find_definition(call.function) for call in calls)
    may_be_null = any(d is not None and d.may_be_null for d in definitions)
    has_nulls = may_be_null or version.statistics(value.column).nulls > 0
    if value.field.type.kind is Kind.BOOLEAN:
        return plain.layout("uint8", has_nulls=has_nulls)
    dtype = value_dtype(value.field.type)
    if has_nulls or value.field.type.is_float:
        return raw.layout(dtype, has_nulls=has_nulls)
    return plain.layout(dtype, has_nulls=False)


def _encoded(values: pa.Array, layout: Layout) -> Encoded:
    is_flag = pa.types.is_boolean(values.type)
    numbers = flags_of(values) if is_flag else numbers_of(values)
    has_nulls, dtype = layout.nulls != "none", layout.buffers[0][1]
    column = PhysicalColumn(numbers, null_mask(values))
    if layout.encoding == "raw":
        return raw.encode_as(column, dtype, has_nulls=has_nulls)
    info = np.iinfo(dtype)
    bounds = (0, 1) if is_flag else (int(info.min), int(info.max))
    encoded = plain.encode_as(column, bounds, dtype, has_nulls=has_nulls)
    assert encoded is not None
    return encoded
