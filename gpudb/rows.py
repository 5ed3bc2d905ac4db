"""Record batches as rows of Python values, and a result that is read bit by bit.

| type            | Python value                                           |
|-----------------|--------------------------------------------------------|
| BOOLEAN         | bool                                                   |
| TINYINT..BIGINT | int                                                    |
| FLOAT, DOUBLE   | float                                                  |
| DECIMAL         | decimal.Decimal with the type's scale                  |
| DATE, TIME      | datetime.date, datetime.time                           |
| TIMESTAMP       | datetime.datetime without a zone, meaning UTC; in UTC  |
|                 | for TIMESTAMP WITH TIME ZONE                           |
| TEXT            | str                                                    |
| NULL            | None                                                   |

datetime.datetime ends at microseconds: TIMESTAMP(9) is rounded down to them here, exact in Arrow.
Where Python has no value at all (a year after 9999), DataError says so.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc

if TYPE_CHECKING:
    import numpy as np

Row = tuple[Any, ...]

WINDOW_ROWS = 1 << 16
MANY_ROWS = 1024
# The first and last value that datetime.datetime and datetime.date can hold.
LEAST_MICROSECOND = -62_135_596_800_000_000
GREATEST_MICROSECOND = 253_402_300_799_999_999
LEAST_DAY = -719_162
GREATEST_DAY = 2_932_896


def python_rows(batch: pa.RecordBatch) -> list[Row]:
    """Return the rows of `batch` as tuples of Python values."""
    if batch.num_columns == 0:
        return [()] * batch.num_rows
    columns = (
        python_values(batch.column(place), batch.schema.field(place).name)
        for place in range(batch.num_columns)
    )
    return list(zip(*columns, strict=True))


def python_values(column: pa.Array, name: str) -> list[Any]:
    """Return the values of `column`, called `name` in errors.

    NumPy makes the objects where it makes the same ones: it is 2 to 20 times as fast as to_pylist.
    """
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = microseconds(column, name)
    elif pa.types.is_date32(kind):
        check_range(column.cast(pa.int32()), LEAST_DAY, GREATEST_DAY, name)
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        # Arrow would make pytz's or zoneinfo's object of the zone's name.
        return [v if v is None else v.replace(tzinfo=datetime.UTC) for v in column.to_pylist()]
    # The first to_numpy imports pandas where that is installed: only many rows are worth it.
    if len(column) >= MANY_ROWS and is_fast_in_numpy(column):
        return list(column.to_numpy(zero_copy_only=False).tolist())
    return list(column.to_pylist())


def is_fast_in_numpy(column: pa.Array) -> bool:
    """Whether NumPy makes the same objects as to_pylist, which PyArrow makes one by one."""
    kind = column.type
    return (
        pa.types.is_timestamp(kind)
        or pa.types.is_date32(kind)
        or pa.types.is_decimal128(kind)
        or pa.types.is_string(kind)
        or may_skip_nulls(column)
    )


def may_skip_nulls(column: pa.Array) -> bool:
    """Whether `column` holds numbers or truth values only, which NumPy has without NULL."""
    kind = column.type
    plain = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    return bool(plain) and column.null_count == 0


def numpy_columns(table: pa.Table) -> dict[str, np.ndarray[Any, Any]]:
    """Return the columns of `table` as NumPy arrays, masked where there is NULL.

    Columns of one name are told apart by _1, _2 ... after it.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for place, name in enumerate(table.schema.names):
        key, number = name, 0
        while key in arrays:
            number += 1
            key = f"{name}_{number}"
        arrays[key] = numpy_values(table.column(place))
    return arrays


def numpy_values(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """Return a column as a NumPy array of its own type; objects for text, decimals and times."""
    import numpy as np

    kind = column.type
    if column.null_count == 0:
        return np.asarray(column.to_numpy())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        # Filled, so that they do not become floats or objects to make room for NULL.
        values = pc.fill_null(column, pa.scalar(0).cast(kind)).to_numpy()
    else:
        values = column.to_numpy()
    return np.ma.MaskedArray(values, mask=column.is_null().to_numpy())


def microseconds(column: pa.Array, name: str) -> pa.Array:
    """Return timestamps of any unit in microseconds, rounded down, checked for Python's range."""
    if column.type.unit == "ns":
        # A plain cast would round towards 1970.
        column = pc.floor_temporal(column, unit="microsecond")
        result = column.cast(pa.timestamp("us"), safe=False)
    else:
        try:
            result = column.cast(pa.timestamp("us"))
        except pa.ArrowInvalid:
            raise out_of_range(name) from None
    check_range(result.cast(pa.int64()), LEAST_MICROSECOND, GREATEST_MICROSECOND, name)
    return result


def check_range(values: pa.Array, least: int, greatest: int, name: str) -> None:
    """Raise DataError unless every value lies between `least` and `greatest`."""
    found = pc.min_max(values)
    lowest, highest = found["min"].as_py(), found["max"].as_py()
    if lowest is not None and (lowest < least or highest > greatest):
        raise out_of_range(name)


def out_of_range(name: str) -> DataError:
    """Return the error of a date or timestamp that Python's datetime cannot hold."""
    return DataError(
        f"column {name} holds a value outside the years 1 to 9999, which Python's datetime cannot"
        " hold; fetch_arrow_table() returns it, and CAST(... AS TEXT) prints it"
    )


class RowStream:
    """What is still to be read of one result: as rows, as batches, or first one and then the other.

    Rows are made for a window of a batch at a time, so the first of many costs little.

        the current batch: [ read ][ window: read | unread ][ not looked at ]
                                   ^ _window_begin
                                          ^ _window_begin + _read
    """

    def __init__(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        self.schema = schema
        self._batches = iter(batches)
        self._batch: pa.RecordBatch | None = None
        self._window: list[Row] = []
        self._window_begin = 0
        self._read = 0

    def take(self, row_count: int) -> list[Row]:
        """Return the next `row_count` rows, fewer at the end."""
        taken = self._take_from_window(row_count)
        while len(taken) < row_count and self._advance():
            taken += self._take_from_window(row_count - len(taken))
        return taken

    def take_all(self) -> list[Row]:
        """Return the rows that are left."""
        taken = self._take_from_window(len(self._window))
        while self._advance():
            taken += self._window
            self._read = len(self._window)
        return taken

    def take_batches(self) -> Iterator[pa.RecordBatch]:
        """Return the batches that are left, the current one without its rows already read."""
        batch = self._batch
        rest = batch.slice(self._window_begin + self._read) if batch is not None else None
        self._batch, self._window, self._window_begin, self._read = None, [], 0, 0
        return itertools.chain([rest] if rest is not None and rest.num_rows else [], self._batches)

    def peek(self, row_count: int) -> pa.Table:
        """Return the next `row_count` rows, which are still to be read after this."""
        left, held, rows = self.take_batches(), [], 0
        for batch in left:
            held.append(batch)
            rows += batch.num_rows
            if rows >= row_count:
                break
        self._batches = itertools.chain(held, left)
        return pa.Table.from_batches(held, self.schema).slice(0, row_count)

    def _take_from_window(self, row_count: int) -> list[Row]:
        taken = self._window[self._read : self._read + row_count]
        self._read += len(taken)
        return taken

    def _advance(self) -> bool:
        """Move the window on; False at the end of the result."""
        begin = self._window_begin + len(self._window)
        while self._batch is None or begin >= self._batch.num_rows:
            self._batch, begin = next(self._batches, None), 0
            if self._batch is None:
                self._window, self._window_begin, self._read = [], 0, 0
                return False
        self._window = python_rows(self._batch.slice(begin, WINDOW_ROWS))
        self._window_begin, self._read = begin, 0
        return True
