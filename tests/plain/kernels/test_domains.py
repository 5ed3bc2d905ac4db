"""Raw strings become codes of one domain, and are not held beside it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

import gpudb
from gpudb.kernels.domains import encode_chunks
from gpudb.storage.cache import CACHE


def test_chunks_share_a_domain() -> None:
    chunks = [
        pa.array(["ä", None, "b"]),
        pa.array([], pa.string()),
        pa.array(["c", "ä"], pa.large_string()).slice(1),
        pa.array([None], pa.string()),
    ]
    domain, codes = encode_chunks(chunks)
    assert domain.strings.to_pylist() == ["ä", "b"]
    assert [part.tolist() for part in codes] == [[0, -1, 1], [], [0], [-1]]
    assert {part.dtype.name for part in codes} == {"int32"}


def test_no_chunks_have_an_empty_domain() -> None:
    domain, codes = encode_chunks([])
    assert (len(domain), codes) == (0, [])


def test_raw_strings_are_held_once(tmp_path: Path) -> None:
    with gpudb.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (n INTEGER, x TEXT ENCODING NONE)")
        connection.execute("INSERT INTO t VALUES (1, 'a'), (2, 'bb'), (3, NULL), (4, 'a')")
    with gpudb.connect(tmp_path / "db") as connection:
        before = CACHE.use().entries
        answer = connection.execute("SELECT x, count(*) FROM t GROUP BY 1 ORDER BY 1").fetchall()
        assert answer == [("a", 2), ("bb", 1), (None, 1)]
        assert CACHE.use().entries == before
        assert connection.execute("SELECT sum(n) FROM t").fetchall() == [(10,)]
        assert CACHE.use().entries == before + 1
