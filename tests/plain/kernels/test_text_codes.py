"""Codes of texts without a dictionary: by all workers, through partitions, as Arrow makes them."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.cpu import CpuDevice
from gpudb.devices.device import Device
from gpudb.devices.python import PythonDevice
from gpudb.errors import QueryCancelled
from gpudb.kernels import domains, text_codes
from gpudb.kernels.domains import Domain, PackedDomain
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.radix import Workers
from gpudb.kernels.text_codes import partition_bits
from gpudb.kernels.text_numbers import TextKernels

LONG = "x" * 70_000
# Around eight and sixteen bytes, the words that are hashed, compared and copied.
EDGES = [
    "",
    "a",
    "ä",
    "日本",
    *("abcdefghijklmnopqrstuvwxyz"[:n] for n in (7, 8, 9, 15, 16, 17, 24)),
]
CASES: dict[str, list[Sequence[str | None]]] = {
    "edges": [[*EDGES, None, *EDGES[::-1]], [None, *EDGES]],
    "equal": [["http://ä/"] * 200, ["http://ä/"] * 70],
    "different": [[f"{n}" for n in range(300)], [f"{n}" for n in range(300, 450)]],
    "nearly": [["z" * 40 + ending for ending in "ab"] * 9, ["a" + "z" * 40, "b" + "z" * 40]],
    "long": [[LONG, LONG + "y", None], ["y" + LONG, LONG, ""]],
    "null": [[None, None], [], [None]],
    "empty": [["", None, ""], [""]],
}


@pytest.fixture(scope="module", params=["cpu", "python"])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    device: Device = CpuDevice(2) if request.param == "cpu" else PythonDevice()
    yield Workers(FixedKernels(device), threading.Event())
    device.close()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is for many rows is done for few."""
    monkeypatch.setattr(text_codes, "LEAST_ROWS", 0)
    monkeypatch.setattr(text_codes, "PARTITION_ROWS", 64)


def arrays(chunks: Sequence[Sequence[str | None]]) -> list[pa.Array]:
    """Chunks with offsets of 32 and 64 bits, each a slice of more strings."""
    kinds = pa.string(), pa.large_string()
    return [
        pa.array([None, *chunk, "behind"], kinds[n % 2]).slice(1, len(chunk))
        for n, chunk in enumerate(chunks)
    ]


def coded(chunks: list[pa.Array], workers: Workers) -> Domain:
    """The domain of chunks, checked: the codes stand for their texts, and for each one does."""
    rows = [len(chunk) for chunk in chunks]
    domain, codes = text_codes.text_codes(chunks.__getitem__, rows, workers)
    assert len(set(domain.strings.to_pylist())) == len(domain) == len(domain.strings)
    for chunk, own in zip(chunks, codes, strict=True):
        assert own.dtype == np.int32
        assert domain.take(np.maximum(own, 0), own < 0).to_pylist() == chunk.to_pylist()
    assert set(np.concatenate(codes).tolist()) - {-1} == set(range(len(domain)))
    return domain


@pytest.mark.parametrize("name", CASES)
def test_codes_stand_for_the_texts(workers: Workers, name: str) -> None:
    domain = coded(arrays(CASES[name]), workers)
    assert len(domain) == len({text for chunk in CASES[name] for text in chunk} - {None})


def test_tables_grow_and_partitions_are_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domains, "FEWEST_PACKED", 1000)
    monkeypatch.setattr(text_codes, "FEWEST_PACKED", 1000)
    device, order = CpuDevice(2), random.Random(5)
    pool = [f"http://ä{n % 7}/{n:x}" + "p" * (n % 50) for n in range(9_000)]
    chunks = [[order.choice(pool) for _ in range(8_000)] for _ in range(4)]
    workers = Workers(FixedKernels(device), threading.Event())
    assert partition_bits(4 * 8_000) == 8
    domain = coded(arrays(chunks), workers)
    assert isinstance(domain, PackedDomain)
    # Few of many rows: not packed, whatever single partitions are.
    few = coded(arrays([chunk[:400] for chunk in chunks]), workers)
    assert (type(few) is Domain) == (len(few) < 1000)
    device.close()


def test_texts_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes only say what is worth a look: all alike, and alike in the upper half."""
    device = CpuDevice(2)
    workers = Workers(FixedKernels(device), threading.Event())
    for distance in (0, 1, 1 << 32):
        monkeypatch.setattr(
            TextKernels, "hashes", lambda _, texts, by=distance: np.diff(texts.begins) * by
        )
        coded(arrays([["b", "a", "ab", None, "b", "", "a" * 20, "ba", "ab"], ["ba"]]), workers)
    device.close()


def test_it_ends_when_the_query_is_cancelled() -> None:
    device, cancel = CpuDevice(2), threading.Event()
    chunks = arrays(CASES["different"])

    def read(chunk: int) -> pa.Array:
        cancel.set()
        return chunks[chunk]

    with pytest.raises(QueryCancelled):
        rows = [len(chunk) for chunk in chunks]
        text_codes.text_codes(read, rows, Workers(FixedKernels(device), cancel))
    device.close()


@pytest.mark.parametrize("limit", ["1GB", "1MiB"])
def test_groups_of_raw_texts_are_those_of_duckdb(tmp_path: Path, limit: str) -> None:
    """Through deleted rows, appended ones, and arrays that memory_limit has no room for."""
    order = random.Random(3)
    texts = [f"http://ü/{order.randrange(4_000)}" + "q" * order.randrange(90) for _ in range(9_000)]
    rows = pa.table({"n": list(range(9_003)), "x": pa.array([*texts, None, "", LONG])})
    steps = [
        "INSERT INTO t SELECT n, x FROM rows",
        "DELETE FROM t WHERE n % 7 = 3",
        "INSERT INTO t SELECT n + 10000, x || 'é' FROM rows WHERE n % 5 = 0",
    ]
    asked = "SELECT x, count(*), min(n), sum(n) FROM t GROUP BY x ORDER BY x NULLS LAST"
    joined = "SELECT count(*), sum(a.n) FROM t a JOIN t b ON a.x = b.x"
    theirs = duckdb.connect()
    theirs.register("rows", rows)
    theirs.execute("CREATE TABLE t (n INTEGER, x TEXT)")
    with gpudb.connect(tmp_path / "db", chunk_rows=2_000, threads=2) as ours:
        ours.execute("CREATE TABLE t (n INTEGER, x TEXT ENCODING NONE)")
        ours.execute(f"SET memory_limit = '{limit}'")
        for step in steps:
            theirs.execute(step)
            ours.execute(step)
            for query in (asked, joined):
                assert ours.execute(query).fetchall() == theirs.execute(query).fetchall()
