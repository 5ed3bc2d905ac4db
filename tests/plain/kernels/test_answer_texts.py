"""Texts that kernels write for large answers are those that Arrow takes by the same codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.cpu import CpuDevice
from gpudb.devices.device import Device
from gpudb.devices.python import PythonDevice
from gpudb.kernels import answer_texts
from gpudb.kernels.answer_texts import LEAST_ROWS, written_texts
from gpudb.kernels.domains import MOST_WORDS, Domain
from gpudb.kernels.fixed import FixedKernels

RANDOM = np.random.default_rng(12)
ROWS = 500
STRINGS: dict[str, Sequence[str]] = {
    "one": ["x"],
    "short": ["", "a", "äöü", "sixteen bytes ok", "日本"],
    "empty": [""],
    "long": ["", "a", "seventeen bytes!!", "z" * 200, "語" * 50, "b" * 32],
    "rarely long": ["ab", "c" * 400],
    "many": [f"id{n}" for n in range(MOST_WORDS + 5)],
}


@pytest.fixture(scope="module", params=["cpu", "python"])
def fixed(request: pytest.FixtureRequest) -> Iterator[FixedKernels]:
    device: Device = CpuDevice(1) if request.param == "cpu" else PythonDevice()
    yield FixedKernels(device)
    device.close()


def forms(strings: Sequence[str]) -> list[pa.Array]:
    """The strings with offsets of 32 and 64 bits, and as a slice of more strings."""
    plain = pa.array(strings, pa.string())
    more = pa.array(["before", *strings, "behind", "these"], pa.string())
    return [plain, plain.cast(pa.large_string()), more.slice(1, len(strings))]


@pytest.mark.parametrize("name", STRINGS)
def test_texts_are_those_of_the_codes(fixed: FixedKernels, name: str) -> None:
    strings = STRINGS[name]
    last = len(strings) - 1
    for array in forms(strings):
        domain = Domain(array)
        for codes in (RANDOM.integers(0, len(strings), ROWS), np.full(ROWS, last), np.arange(0)):
            found = written_texts(fixed, codes, None, domain)
            assert found is not None
            found.validate(full=True)
            assert found.type == pa.string()
            assert found.equals(array.take(pa.array(codes)).cast(pa.string()))


@pytest.mark.parametrize("strings", [["ab", "c"], ["ab", "c" * 40], []])
def test_a_code_under_a_null_may_be_anything(fixed: FixedKernels, strings: list[str]) -> None:
    codes = RANDOM.integers(0, max(1, len(strings)), ROWS).astype(np.int32)
    nulls = np.ones(ROWS, np.bool_) if not strings else RANDOM.random(ROWS) < 0.4
    wanted = [None if null else strings[code] for code, null in zip(codes, nulls, strict=True)]
    codes[nulls] = RANDOM.choice(np.array([-7, -1, 10**9], np.int32), int(nulls.sum()))
    for mask in (nulls, nulls.view(np.uint8)):
        found = written_texts(fixed, codes, mask, Domain(pa.array(strings, pa.string())))
        assert found is not None
        found.validate(full=True)
        assert found.to_pylist() == wanted


@pytest.mark.parametrize("name", ["short", "long"])
def test_more_bytes_than_an_array_holds(
    fixed: FixedKernels, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_texts, "MOST_BYTES", 1000)
    strings = STRINGS[name]
    domain, last = Domain(pa.array(strings)), len(strings) - 1
    assert written_texts(fixed, np.full(ROWS, last), None, domain) is None
    few = written_texts(fixed, np.full(5, last), None, domain)
    assert few is not None
    assert few.to_pylist() == [strings[last]] * 5


def test_a_large_answer_is_read_when_its_device_is_closed() -> None:
    rows = 3 * LEAST_ROWS
    texts = [None if n % 7 == 0 else f"é{n % 100}" for n in range(rows)]
    raw = [f"a comment that is longer than a word, {n}" for n in range(rows)]
    frame = pa.table({"n": np.arange(rows), "code": texts, "note": raw})
    with gpudb.connect(threads=2, morsel_rows=LEAST_ROWS) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE t (n BIGINT, code TEXT, note TEXT ENCODING NONE)")
        connection.execute("INSERT INTO t SELECT * FROM frame")
        answer = connection.execute("SELECT n, upper(code) AS code, note FROM t WHERE n >= 5")
        connection.execute("SET threads = 1")
        connection.execute("SELECT count(*) FROM t")
        found = answer.fetch_arrow_table()
    found.validate(full=True)
    order = found.column("n").to_numpy()
    assert sorted(order) == list(range(5, rows))
    upper = [None if texts[n] is None else str(texts[n]).upper() for n in order]
    assert found.column("code").to_pylist() == upper
    assert found.column("note").to_pylist() == [raw[n] for n in order]
