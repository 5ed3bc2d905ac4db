"""One launch takes the rows of many chunks: of any lengths, encodings and NULLs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.gpu import GpuDevice
from gpudb.devices.memory import GpuMemory
from gpudb.kernels import piece_launch, pieces
from gpudb.storage.statistics import ZONE_ROWS
from tests.plain.devices.papers import is_like, paper_device, three_devices, use_device

SHAPES = ((1, 1), (1, 32), (7, 64), (132, 256))
QUERIES = (
    "SELECT count(*), sum(small), sum(wide), min(day), max(price), avg(ratio) FROM t "
    "WHERE small > 2 AND day IS NOT NULL",
    "SELECT kind, count(*), sum(price), min(wide), count(flag) FROM t GROUP BY kind ORDER BY kind",
    "SELECT small, name, count(*), sum(wide) FROM t GROUP BY small, name ORDER BY small, name",
    "SELECT count(*), sum(small) FROM t WHERE flag OR name = 'ä'",
    "SELECT count(*) FROM t WHERE small < wide % 7",
    "SELECT max(name), first(price ORDER BY day, wide, small) FROM t",
    "SELECT sum(small) FROM t WHERE wide = 5",
    "SELECT sum(cardinality(items)), sum(items[1]) FROM t WHERE kind <> 3",
)
LENGTHS = (70, 1, 33, 2, 500, 64, 31)


def part(rng: np.random.Generator, rows: int, number: int) -> pa.Table:
    """Return rows whose values, and so their codes, are others in each chunk."""

    def some(values: object, share: float) -> pa.Array:
        missing = rng.random(rows) < (share if number % 2 else 0.0)
        return pa.array(values, mask=missing)

    lists = [rng.integers(0, 9, n).tolist() for n in rng.integers(0, 4, rows)]
    return pa.table(
        {
            "small": pa.array(rng.integers(0, 2 + 4 * number, rows), pa.int32()),
            "wide": some(rng.integers(0, 1 << (3 + 8 * number), rows), 0.3),
            "day": some(rng.integers(9000, 9000 + 10 * (number + 1), rows).astype("M8[D]"), 0.5),
            "price": some((rng.integers(0, 10**6, rows) / 100), 1.0 if number == 3 else 0.1),
            "ratio": rng.random(rows),
            "kind": some(rng.integers(0, 4, rows), 0.2),
            "flag": some(rng.random(rows) < 0.5, 0.3),
            "name": some(rng.choice(["ä", "b", "", f"n{number}"], rows), 0.2),
            "items": lists,
        }
    )


def fill(connection: gpudb.Connection) -> None:
    """Make a table of a chunk for each length: short ones stay as they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gpudb.storage.load.SMALL_CHUNK_ROWS", 0)
        patch.setattr("gpudb.storage.load.MERGE_FACTOR", 0)
        append_parts(connection)
    assert [c.rows for c in connection.snapshot().table("t").chunks] == list(LENGTHS)


def append_parts(connection: gpudb.Connection) -> None:
    rng = np.random.default_rng(2)
    parts = [part(rng, rows, number) for number, rows in enumerate(LENGTHS)]
    connection.register("first_part", parts[0])
    connection.execute("CREATE TABLE t AS SELECT * FROM first_part")
    for number, more in enumerate(parts[1:]):
        connection.register(f"part_{number}", more)
        connection.execute(f"INSERT INTO t SELECT * FROM part_{number}")


@pytest.fixture(scope="module")
def answers() -> list[list[tuple[object, ...]]]:
    with gpudb.connect(device="cpu") as connection:
        fill(connection)
        return [connection.execute(query).fetchall() for query in QUERIES]


@pytest.fixture
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect(device="emulated") as connection:
        fill(connection)
        yield connection


def launches(device: GpuDevice, run: Callable[[], object]) -> int:
    """Return how many launches something takes."""
    gpu = device.memory.gpu
    assert isinstance(gpu, PaperGpu)
    gpu.log.clear()
    run()
    return gpu.log.count("launch")


def check(connection: gpudb.Connection, answers: list[list[tuple[object, ...]]]) -> None:
    for query, wanted in zip(QUERIES, answers, strict=True):
        found = connection.execute(query).fetchall()
        assert len(found) == len(wanted), query
        for row, expected in zip(found, wanted, strict=True):
            assert all(map(is_like, row, expected)), f"{query}: {row} {expected}"


def test_chunks_of_all_kinds_in_one_launch(
    connection: gpudb.Connection,
    answers: list[list[tuple[object, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for grid, block in SHAPES:
        device = paper_device(grid, block, seed=grid)
        use_device(connection, device, monkeypatch)
        check(connection, answers)  # copies the columns
        check(connection, answers)
        assert launches(device, lambda: connection.execute(QUERIES[0]).fetchall()) == 1
    use_device(connection, paper_device(3, 32, seed=3, races=True), monkeypatch)
    check(connection, answers)
    check(connection, answers)


def test_rows_abreast_are_as_many_and_the_same(
    connection: gpudb.Connection,
    answers: list[list[tuple[object, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Chunks end in the midst of the rows that a thread reads at once, and before its first."""
    monkeypatch.setattr(pieces, "LEAST_ROWS", 0)
    for grid, block in ((1, 1), (7, 64)):
        use_device(connection, paper_device(grid, block, seed=grid), monkeypatch)
        check(connection, answers)
    use_device(connection, paper_device(3, 32, seed=3, races=True), monkeypatch)
    check(connection, answers)
    code = code_of(connection, QUERIES[0])
    assert code.count("for row in abreast(4, first + shift, pieces[piece + 1], step):") == 1
    # The loop of a hash table's places stands in the way.
    assert "abreast" not in code_of(connection, "SELECT wide, name, count(*) FROM t GROUP BY 1, 2")


def test_columns_behind_a_filter_that_few_rows_pass_are_read_late(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "LEAST_ROWS", 0)
    use_device(connection, paper_device(7, 64), monkeypatch)
    code = code_of(connection, "SELECT sum(price) FROM t WHERE wide = 5")
    assert code.index("wide2 = ") < code.index("first = row") < code.index("price = ")
    code = code_of(connection, "SELECT sum(price) FROM t WHERE wide > 5")
    assert code.index("price = ") < code.index("first = row")


def code_of(connection: gpudb.Connection, query: str) -> str:
    return "\n".join(str(line) for (line,) in connection.execute(f"EXPLAIN CODE {query}"))


def test_several_gpus_take_a_launch_each(
    connection: gpudb.Connection,
    answers: list[list[tuple[object, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    device = three_devices()
    use_device(connection, device, monkeypatch)
    logs = [part.memory.gpu.log for part in device.parts]  # type: ignore[attr-defined]
    check(connection, answers)
    for log in logs:
        log.clear()
    connection.execute(QUERIES[0]).fetchall()
    assert [log.count("launch") for log in logs] == [1, 1, 1]


def test_zones_that_are_skipped_and_a_chunk_of_which_nothing_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = 4 * ZONE_ROWS + 100
    with gpudb.connect(device="emulated", chunk_rows=2 * ZONE_ROWS) as connection:
        device = paper_device(7, 64, seed=1)
        use_device(connection, device, monkeypatch)
        places = np.arange(rows)
        data = pa.table({"zone": places // ZONE_ROWS, "x": places})
        connection.register("data", data)
        connection.execute("CREATE TABLE z AS SELECT * FROM data")
        for zones in ((0, 3), (1,), (4,), (0, 2, 4), (9,)):
            sql = f"SELECT count(*), sum(x) FROM z WHERE zone IN ({', '.join(map(str, zones))})"
            inside = places[np.isin(places // ZONE_ROWS, zones)]
            wanted = (len(inside), int(inside.sum()) if len(inside) else None)
            for _ in range(2):
                assert connection.execute(sql).fetchall() == [wanted]
        between = "SELECT count(*), sum(x) FROM z WHERE zone >= 3"
        inside = places[places // ZONE_ROWS >= 3]
        assert connection.execute(between).fetchall() == [(len(inside), int(inside.sum()))]
        assert launches(device, lambda: connection.execute(between).fetchall()) == 1


def test_the_error_of_the_first_row_that_has_one_is_told(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.execute("INSERT INTO t (small) VALUES (2147483646), (1), (2147483647)")
    for shape in SHAPES[1:]:
        use_device(connection, paper_device(*shape, seed=5), monkeypatch)
        for _ in range(2):
            with pytest.raises(gpudb.DataError) as caught:
                connection.execute("SELECT sum(small + 2::INTEGER) FROM t").fetchall()
            assert "2147483646" in str(caught.value)
            assert connection.execute("SELECT count(*) FROM t").fetchall()[0][0] > sum(LENGTHS)


def test_an_empty_table_is_no_launch(monkeypatch: pytest.MonkeyPatch) -> None:
    with gpudb.connect(device="emulated") as connection:
        device = paper_device(1, 32)
        use_device(connection, device, monkeypatch)
        connection.execute("CREATE TABLE e (a INTEGER, b DOUBLE)")
        query = "SELECT count(*), sum(a), max(b) FROM e WHERE a > 1"
        assert connection.execute(query).fetchall() == [(0, None, None)]
        assert launches(device, lambda: connection.execute(query).fetchall()) == 0
        assert connection.execute("SELECT a, count(*) FROM e GROUP BY a").fetchall() == []


def test_a_launch_has_an_end(
    connection: gpudb.Connection,
    answers: list[list[tuple[object, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of chunks of 70, 1, 33, 2, 500, 64 and 31 rows no more than 110 go together."""
    monkeypatch.setattr(piece_launch, "MOST_LAUNCH_ROWS", 110)
    device = paper_device(7, 64, seed=1)
    use_device(connection, device, monkeypatch)
    check(connection, answers)
    check(connection, answers)
    assert launches(device, lambda: connection.execute(QUERIES[0]).fetchall()) == 3


def test_pieces_that_leave_no_room_go_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The columns of ten chunks fill the memory, but for less than their table takes."""
    gpu = PaperGpu()
    memory = GpuMemory(gpu, 1 << 30)
    with gpudb.connect(device="emulated", chunk_rows=100) as connection:
        use_device(connection, GpuDevice("emulated", memory, 2, 32), monkeypatch)
        values = np.random.default_rng(3).random(1000)
        connection.register("data", pa.table({"x": values}))
        connection.execute("CREATE TABLE r AS SELECT * FROM data")
        for _ in range(2):
            memory.limit_bytes = 1 << 30
            assert connection.execute("SELECT max(x) FROM r WHERE x >= 0").fetchall() == [
                (values.max(),)
            ]
            used = memory.use().bytes
            for spare in (0, 50, 100, 150, 200, 400):
                memory.limit_bytes = used + spare
                assert connection.execute("SELECT max(x) FROM r WHERE x >= 0").fetchall() == [
                    (values.max(),)
                ]
                assert memory.used_bytes <= memory.limit_bytes
