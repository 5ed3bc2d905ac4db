"""Arrow batches as CSV text that reads back as the same values.

NULL is an unquoted word; text is quoted where it holds a delimiter, a quote or a line end, where it
is empty, and where it could be taken for NULL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.records import dataclass
from gpudb.storage.arrow import sql_type
from gpudb.storage.lists import list_texts

_ROWS_AT_ONCE = 65_536
# What readers of CSV take for NULL by default; see gpudb.storage.external.options.
_NULL_WORDS = ("", "\\N")


@dataclass(frozen=True, slots=True)
class CsvText:
    """The form of a CSV file; `quote` None refuses values that need quotes."""

    names: tuple[str, ...]
    delimiter: str = ","
    quote: str | None = '"'
    null: str = ""

    def header(self) -> bytes:
        """Return the line of names."""
        names = self._quoted(pa.array(self.names, pa.large_string()), "the header")
        return (self.delimiter.join(names.to_pylist()) + "\n").encode()

    def lines(self, batch: pa.RecordBatch) -> Iterator[pa.Buffer]:
        """Yield the bytes of the lines of a batch."""
        for begin in range(0, batch.num_rows, _ROWS_AT_ONCE):
            yield self._text(batch.slice(begin, _ROWS_AT_ONCE))

    def _text(self, batch: pa.RecordBatch) -> pa.Buffer:
        # An empty line would be no row at all.
        null = "\\N" if batch.num_columns == 1 and not self.null else self.null
        columns = [
            self._column(array, f"column '{name}'").fill_null(null)
            for array, name in zip(batch.columns, self.names, strict=True)
        ]
        rows = pc.binary_join_element_wise(*columns, _scalar(self.delimiter))
        lines = pc.binary_join_element_wise(rows, _scalar(""), _scalar("\n"))
        _, offsets, data = lines.buffers()
        ends = pa.Array.from_buffers(pa.int64(), batch.num_rows + 1, [None, offsets])
        begin, end = ends[0].as_py(), ends[batch.num_rows].as_py()
        return data.slice(begin, end - begin)

    def _column(self, array: pa.Array, owner: str) -> pa.Array:
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if pa.types.is_list(array.type):
            return self._quoted(list_texts(array, sql_type(array.type.value_type)), owner)
        text = array.cast(pa.large_string())
        is_text = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
        return self._quoted(text, owner) if is_text or self._is_in_numbers() else text

    def _is_in_numbers(self) -> bool:
        """Whether the delimiter or the word for NULL may stand in a number, a date or a boolean."""
        return self.delimiter in " +-.:" or self.delimiter.isalnum() or bool(self.null)

    def _quoted(self, text: pa.Array, owner: str) -> pa.Array:
        special = re.escape(self.delimiter) + "\n\r" + re.escape(self.quote or "")
        needs = pc.match_substring_regex(text, f"[{special}]")
        needs = pc.or_(needs, pc.is_in(text, pa.array((*_NULL_WORDS, self.null), text.type)))
        needs = pc.and_(needs, pc.is_valid(text))
        if self.quote is None:
            if pc.any(needs).as_py():
                value = text.filter(needs)[0].as_py()
                raise DataError(
                    f"{owner}: the value {value!r} cannot be written without quotes; "
                    "leave quoted = false away or choose another delimiter"
                )
            return text
        if not pc.any(needs).as_py():
            return text
        doubled = pc.replace_substring(text, self.quote, self.quote * 2)
        quote = _scalar(self.quote)
        enclosed = pc.binary_join_element_wise(quote, doubled, quote, _scalar(""))
        return pc.if_else(needs, enclosed, text)


def _scalar(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())
