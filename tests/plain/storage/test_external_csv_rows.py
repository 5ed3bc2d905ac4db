"""Where rows of CSV end, against the csv module of Python."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from gpudb.storage.external.csv_rows import Dialect, read_blocks, row_begins

FIELDS = st.text(st.sampled_from('ab,"\n\r;\\ '), max_size=6)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(FIELDS, min_size=2, max_size=2), min_size=1, max_size=8),
    st.integers(1, 40),
)
def test_rows_end_where_pythons_csv_says(rows: list[list[str]], block_bytes: int) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    data = file.getvalue().encode()
    dialect = Dialect(",")
    assert len(row_begins(data, dialect)) == len(rows)
    blocks = list(read_blocks(io.BytesIO(data).read, dialect, "a.csv", block_bytes))
    assert b"".join(block.data for block in blocks) == data
    assert sum(len(row_begins(block.data, dialect)) for block in blocks) == len(rows)
    lines = 1
    for block in blocks:
        assert block.first_line == lines
        lines += block.data.count(b"\n")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.sampled_from('a,"\n;\\'), max_size=6), min_size=1, max_size=8))
def test_rows_end_the_same_with_stray_and_escaped_quotes(values: list[str]) -> None:
    escaped = ['"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values]
    data = "".join(f'5" pipe,{v}\n' for v in escaped).encode()
    assert len(row_begins(data, Dialect(",", '"', "\\"))) == len(values)
