"""Arrow's memory while rows are loaded: the C library's, unless somebody chose."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from gpudb.storage import types
from gpudb.storage.arrow_memory import ArrowMemory
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.memory import transient_table
from tests.plain.storage.sample_tables import batch_of

X = ColumnDefinition("x", types.BIGINT)


def pool() -> str:
    return str(pa.default_memory_pool().backend_name)


@pytest.fixture
def mimalloc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = pa.default_memory_pool()
    monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL", raising=False)
    pa.set_memory_pool(pa.mimalloc_memory_pool())
    yield
    pa.set_memory_pool(before)


def batches(seen: list[str], *, fail: bool = False) -> Iterator[pa.RecordBatch]:
    for value in (1, 2):
        seen.append(pool())
        yield batch_of([value], types.BIGINT)
    if fail:
        raise ZeroDivisionError


@pytest.mark.usefixtures("mimalloc")
def test_loading_takes_memory_of_the_c_library() -> None:
    seen: list[str] = []
    assert transient_table("t", (X,), batches(seen)).row_count == 2
    assert (seen, pool()) == (["system"] * 2, "mimalloc")


@pytest.mark.usefixtures("mimalloc")
def test_a_load_that_fails_leaves_the_pool_as_it_was() -> None:
    seen: list[str] = []
    with pytest.raises(ZeroDivisionError):
        transient_table("t", (X,), batches(seen, fail=True))
    assert (seen, pool()) == (["system"] * 2, "mimalloc")


@pytest.mark.usefixtures("mimalloc")
def test_the_last_of_several_loads_gives_the_pool_back() -> None:
    memory = ArrowMemory()
    with memory:
        with memory:
            assert pool() == "system"
        assert pool() == "system"
    assert pool() == "mimalloc"


@pytest.mark.usefixtures("mimalloc")
def test_who_chose_a_pool_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with ArrowMemory():
        pa.set_memory_pool(pa.mimalloc_memory_pool())  # while a load runs
    assert pool() == "mimalloc"
    pa.set_memory_pool(pa.system_memory_pool())
    with ArrowMemory():
        assert pool() == "system"
    assert pool() == "system"
    monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", "mimalloc")
    pa.set_memory_pool(pa.mimalloc_memory_pool())
    with ArrowMemory():
        assert pool() == "mimalloc"
