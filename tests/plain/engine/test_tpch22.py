"""TPC-H's 22 queries at scale 0.01: the answers are DuckDB's."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plain.engine.twins import Twins, open_twins

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
TEXT = Path(__file__).with_name("tpch22.sql").read_text(encoding="utf-8")
QUERIES = {
    int(number): text.strip().removesuffix(";")
    for number, text in re.findall(r"^-- (\d+)\n(.*?;)$", TEXT, re.MULTILINE | re.DOTALL)
}


@pytest.fixture(scope="module")
def tpch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    folder = tmp_path_factory.mktemp("tpch")
    command = [str(Path(sys.executable).with_name("tpchgen-cli")), "parquet", "-s", "0.01"]
    subprocess.run([*command, "--output-dir", str(folder)], check=True, capture_output=True)
    statements = [f"CREATE TABLE {t} AS SELECT * FROM '{folder}/{t}.parquet'" for t in TABLES]
    with open_twins(statements, device="cpu") as both:
        yield both


def test_there_are_22() -> None:
    assert list(QUERIES) == list(range(1, 23))


@pytest.mark.parametrize("number", QUERIES)
def test_query(tpch: Twins, number: int) -> None:
    tpch.check(QUERIES[number])
