"""The tail of a table: small appends behind what older snapshots see, in memory."""

from __future__ import annotations

import datetime
import random
import threading
from decimal import Decimal

import pyarrow as pa
import pytest

import gpudb
from gpudb.errors import IntegrityError
from gpudb.records import replace
from gpudb.storage import types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.table import TableVersion
from gpudb.storage.tail import LONG_DICTIONARY, TAIL_ROWS, append_to_tail
from tests.plain.storage.sample_tables import read_table

COLUMNS = (
    ColumnDefinition("x", types.BIGINT, not_null=True),
    ColumnDefinition("small", types.TINYINT),
    ColumnDefinition("flag", types.BOOLEAN),
    ColumnDefinition("amount", types.DOUBLE),
    ColumnDefinition("single", types.FLOAT),
    ColumnDefinition("price", types.decimal(9, 2)),
    ColumnDefinition("day", types.DATE),
    ColumnDefinition("moment", types.timestamp(3)),
    ColumnDefinition("note", types.TEXT),
)
SCHEMA = pa.schema(
    [
        ("x", pa.int64()),
        ("small", pa.int8()),
        ("flag", pa.bool_()),
        ("amount", pa.float64()),
        ("single", pa.float32()),
        ("price", pa.decimal128(9, 2)),
        ("day", pa.date32()),
        ("moment", pa.timestamp("ms")),
        ("note", pa.string()),
    ]
)
DAY = datetime.date(2024, 2, 29)


def rows_from(first: int, count: int) -> pa.RecordBatch:
    """Return rows; from the fifth on there are NULLs, and from the tenth no decimal amounts."""
    columns: dict[str, list[object]] = {name: [] for name in SCHEMA.names}
    for n in range(first, first + count):
        values = (
            n,
            n % 256 - 128,
            n % 3 == 0,
            n / 8 if n < 10 else n / 3,
            n / 2,
            Decimal(n) / 100,
            DAY + datetime.timedelta(n),
            datetime.datetime(2024, 1, 1) + datetime.timedelta(milliseconds=n),
            f"nöte {n}" if n % 2 else "",
        )
        for place, (name, value) in enumerate(zip(SCHEMA.names, values, strict=True)):
            is_null = n >= 5 and place > 0 and (n + place) % 4 == 0
            columns[name].append(None if is_null else value)
    return pa.record_batch([pa.array(columns[f.name], f.type) for f in SCHEMA], schema=SCHEMA)


def made(chunk_rows: int = 1 << 20) -> Database:
    database = Database.open(None)
    with database.begin() as transaction:
        transaction.create_table("t", COLUMNS, chunk_rows=chunk_rows)
    return database


def append(database: Database, first: int, count: int) -> TableVersion:
    with database.begin() as transaction:
        assert transaction.append("t", [rows_from(first, count)]) == count
    return database.table("t")


def check(table: TableVersion, rows: int) -> None:
    assert read_table(table).cast(SCHEMA).equals(pa.Table.from_batches([rows_from(0, rows)]))


def test_every_snapshot_keeps_seeing_its_rows() -> None:
    database, seen, rows = made(), [], 0
    for count in (1, 2, 3, 4, 1, 300, 7, 1):
        rows += count
        seen.append((append(database, rows - count, count), rows))
    for table, count in seen:
        check(table, count)
        assert [chunk.is_tail for chunk in table.chunks] == [True]
        statistics = table.statistics("x")
        assert (statistics.rows, statistics.minimum, statistics.maximum) == (count, 0, count - 1)
        assert len(table.dictionary("note").strings) == table.statistics("note").distinct


def test_rows_that_were_rolled_back_leave_nothing() -> None:
    database = made()
    append(database, 0, 4)
    beside = database.begin_beside()
    beside.append("t", [rows_from(100, 5)])
    beside.rollback()
    check(append(database, 4, 8), 12)
    assert database.table("t").dictionary("note").strings.to_pylist() == ["", *odd(12)]


def odd(end: int) -> list[str]:
    return [s for s in dict.fromkeys(rows_from(0, end).column("note").to_pylist()) if s]


def test_two_transactions_append_behind_the_same_rows() -> None:
    database = made()
    append(database, 0, 4)
    first, second = database.begin_beside(), database.begin_beside()
    first.append("t", [rows_from(4, 3)])
    second.append("t", [rows_from(7, 5)])
    for transaction, rows in ((first, 7), (second, 9)):
        assert transaction.table("t").row_count == rows
    first.commit()
    check(database.table("t"), 7)
    second.commit()
    check(database.table("t"), 12)


def test_rows_have_their_numbers_in_changes() -> None:
    database = made()
    append(database, 0, 6)
    with database.begin() as transaction:
        transaction.delete("t", pa.array([0, 3]).to_numpy())
    append(database, 6, 2)
    append(database, 8, 2)
    # The rows that are left are 1 2 4 5 and 6 to 9.
    with database.begin() as transaction:
        transaction.delete("t", pa.array([2, 5]).to_numpy())
        transaction.update("t", pa.array([0, 7]).to_numpy(), {"x": pa.array([-1, -9])})
    assert live(database.table("t")) == [-1, 2, 5, 6, 8, -9]
    append(database, 10, 1)
    assert live(database.table("t")) == [-1, 2, 5, 6, 8, -9, 10]


def live(table: TableVersion) -> list[int]:
    found: list[int] = []
    for chunk in table.chunks:
        values, mask = chunk.read_values("x").values, chunk.live_rows()
        found += (values if mask is None else values[mask]).tolist()
    return found


def test_a_null_is_refused_as_ever() -> None:
    database = made()
    append(database, 0, 2)
    wrong = rows_from(2, 2).set_column(0, "x", pa.array([1, None], pa.int64()))
    refused = pytest.raises(IntegrityError, match="column 'x', row 2: NULL in a column")
    with refused, database.begin() as transaction:
        transaction.append("t", [rows_from(2, 0), wrong])
    check(append(database, 2, 3), 5)


def test_long_tails_are_encoded_and_chunks_stay_few() -> None:
    database = Database.open(None)
    with database.begin() as transaction:
        transaction.create_table("n", (ColumnDefinition("x", types.BIGINT),))
    sizes, rows = random.Random(5), 0
    while rows < 5 * TAIL_ROWS:
        count = sizes.randint(1, 900)
        with database.begin() as transaction:
            batch = pa.record_batch([pa.array(range(rows, rows + count))], names=["x"])
            transaction.append("n", [batch])
        rows += count
        table = database.table("n")
        assert table.row_count == rows
        assert sum(chunk.is_tail for chunk in table.chunks) <= 1
    assert len(table.chunks) <= 4
    assert read_table(table).column("x").to_pylist() == list(range(rows))


def test_chunk_rows_are_kept_to() -> None:
    database = made(chunk_rows=10)
    for first in range(0, 40, 4):
        check(append(database, first, 4), first + 4)
    assert [chunk.rows for chunk in database.table("t").chunks] == [10] * 4


@pytest.mark.parametrize(
    "definition",
    [
        ColumnDefinition("x", types.array(types.INTEGER)),
        ColumnDefinition("x", types.decimal(38, 2)),
    ],
)
def test_what_needs_more_than_values_is_encoded_at_once(definition: ColumnDefinition) -> None:
    table = TableVersion(id=1, name="t", version=1, columns=(definition,))
    assert append_to_tail(table, [pa.record_batch([pa.nulls(1)], names=["x"])]) is None


def test_long_dictionaries_are_left_to_the_loader() -> None:
    database = Database.open(None)
    with database.begin() as transaction:
        transaction.create_table("s", (ColumnDefinition("x", types.TEXT),))
        strings = pa.array([str(n) for n in range(LONG_DICTIONARY)])
        for begin in range(0, LONG_DICTIONARY, 60_000):
            part = strings.slice(begin, 60_000)
            # Each string twice: else the column would turn raw.
            transaction.append("s", [pa.record_batch([part], names=["x"])] * 2)
        transaction.append("s", [pa.record_batch([["new"]], names=["x"])])
    table = database.table("s")
    assert not table.chunks[-1].is_tail
    assert table.read_strings(len(table.chunks) - 1, "x").to_pylist()[-1] == "new"


def test_readers_see_whole_commits_while_rows_are_appended() -> None:
    database, wrong = made(), []
    is_done = threading.Event()

    def read() -> None:
        while not is_done.is_set():
            table = database.table("t")
            found = read_table(table).column("x").to_pylist()
            if found != list(range(len(found))) or len(found) % 3:
                wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for first in range(0, 600, 3):
        append(database, first, 3)
    is_done.set()
    for reader in readers:
        reader.join()
    assert not wrong
    check(database.table("t"), 600)


@pytest.mark.parametrize("count", [1, 7, 150])
@pytest.mark.parametrize("asked", [1, 3])
def test_statistics_of_appended_rows_are_those_of_all_rows(count: int, asked: int) -> None:
    """Some tails are never asked, so that rows of several appends are measured together."""
    database, first = made(), 0
    for number in range(24):
        table, first = append(database, first, count), first + count
        if number % asked:
            continue
        whole = append(made(), 0, first)
        for name in SCHEMA.names:
            part, fresh = table.chunks[-1].part(name), whole.chunks[-1].part(name)
            found, wanted = part.statistics, fresh.statistics
            assert replace(found, distinct=0) == replace(wanted, distinct=0), name
            assert found.distinct == pytest.approx(wanted.distinct, rel=1 / 16, abs=1), name
            assert part.layout == fresh.layout and part.encoding == fresh.encoding, name
            for bound in ("minimum", "maximum", "nulls"):
                one, other = getattr(part.zones, bound), getattr(fresh.zones, bound)
                assert (one is None) == (other is None) and (
                    one is None or list(one) == list(other)
                )


def test_no_number_and_infinity_bound_nothing_that_comes_after() -> None:
    database = Database.open(None)
    schema = pa.schema([("x", pa.float64())])
    with database.begin() as transaction:
        transaction.create_table("t", [ColumnDefinition("x", types.DOUBLE)])
    wanted: list[tuple[float | None, float | None]] = [
        (None, None),
        (1.0, 1.0),
        (float("-inf"), 1.0),
        (float("-inf"), float("inf")),
        (None, None),
        (None, None),
    ]
    given = ([None] * 40, [1.0], [float("-inf")], [float("inf")], [float("nan")], [3.0])
    for values, bounds in zip(given, wanted, strict=True):
        with database.begin() as transaction:
            transaction.append("t", [pa.record_batch([pa.array(values, pa.float64())], schema)])
        found = database.table("t").statistics("x")
        assert (found.minimum, found.maximum) == bounds


def test_statistics_of_a_table_are_those_of_its_chunks_at_every_version() -> None:
    """What is known of the chunks before a tail comes from the version before."""
    database = made()
    for first in range(0, 5 * 12_000, 12_000):
        append(database, first, 12_000)
    first = 5 * 12_000
    while first < 5 * 12_000 + 30 * 250:
        table, first = append(database, first, 250), first + 250
        assert table.row_count == first
        columns, chunks, texts = table.columns, table.chunks, table.texts
        fresh = TableVersion(id=1, name="t", version=1, columns=columns, chunks=chunks, texts=texts)
        for name in SCHEMA.names:
            assert table.statistics(name) == fresh.statistics(name), name


@pytest.mark.parametrize("asked", [1, 3])
def test_kernels_read_what_was_appended(asked: int) -> None:
    """Values outgrow the dtype that earlier ones were read in, and NULLs come late."""
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE t (x BIGINT, note TEXT)")
        rows: list[tuple[int | None, str]] = []
        for n in range(60):
            values: list[int | None] = [(-1) ** k * (n + k) ** (n // 6) for k in range(4)]
            values[2] = None if n > 40 else values[2]
            new = [(value, f"note {(n * k) % 300}") for k, value in enumerate(values)]
            rows += new
            texts = ", ".join(str(row).replace("None", "NULL") for row in new)
            connection.execute(f"INSERT INTO t VALUES {texts}")
            if n % asked:
                continue
            known = [x for x, _ in rows if x is not None]
            found = connection.execute(
                "SELECT count(*), count(x), sum(x), min(x), max(x), count(DISTINCT note) FROM t"
            ).fetchall()
            notes = len({note for _, note in rows})
            assert found == [(len(rows), len(known), sum(known), min(known), max(known), notes)]
            few = connection.execute("SELECT count(*) FROM t WHERE x > 7 AND note = 'note 3'")
            wanted = sum(x is not None and x > 7 and note == "note 3" for x, note in rows)
            assert few.fetchall() == [(wanted,)]
