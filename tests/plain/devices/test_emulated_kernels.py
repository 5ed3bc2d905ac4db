"""The kernels of real queries, as PTX on the machine, do what machine code does."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.compiler.ptx import compile_ptx
from gpudb.devices.emulated.translate import INSTRUCTIONS
from tests.plain.devices.compared import ComparedDevice, Seen
from tests.plain.devices.papers import load_tables

ROWS = 3000
CONTROL = {"bra", "ret"}
# What the kernels must bring along, by a word of their text, so that the comparison has a meaning.
EXPECTED = ("add(", "lowest", "highest", "lowest_float(", "add_wide", "find_rank(", "find(")
QUERIES = (
    """SELECT sum(price * discount) FROM items
       WHERE ship >= DATE '1994-01-01' AND ship < DATE '1995-01-01' AND quantity < 24""",
    """SELECT flag, status, sum(quantity), sum(price), sum(price * (1 - discount)), avg(quantity),
       count(*) FROM items WHERE ship <= DATE '1998-09-02' GROUP BY flag, status""",
    "SELECT min(price), max(price), min(weight), max(weight), count(weight) FROM items",
    "SELECT flag, min(weight), max(weight), avg(weight) FROM items GROUP BY flag",
    "SELECT order_key, sum(quantity), min(ship) FROM items GROUP BY order_key",
    "SELECT sum(price) FROM items JOIN orders ON order_key = o_key WHERE priority = 'HIGH'",
    """SELECT priority, sum(price), count(*) FROM items JOIN orders ON order_key = o_key
       GROUP BY priority""",
    "SELECT count(*) FROM items WHERE order_key IN (SELECT o_key FROM orders WHERE total > 500)",
    "SELECT count(*) FROM items JOIN parts ON part = p_key WHERE size < 30",
    "SELECT count(*), sum(size) FROM items LEFT JOIN parts ON part = p_key",
    "SELECT sum(exp(weight / 100)), sum(sqrt(weight)), max(ln(weight + 1)) FROM items",
    "SELECT sum(big), avg(big) FROM items",
    "SELECT flag, sum(big) FROM items GROUP BY flag",
    "SELECT avg(weight) FROM items WHERE weight > 20 AND (quantity < 5 OR flag = 'A')",
    "SELECT extract(year FROM ship), sum(price) FROM items GROUP BY 1",
    "SELECT part % 7, count(*), max(price) FROM items WHERE part IS NOT NULL GROUP BY 1",
    "SELECT order_key, price FROM items WHERE price > 900 ORDER BY price DESC LIMIT 5",
    "SELECT CASE WHEN quantity < 10 THEN 'few' ELSE 'many' END, count(*) FROM items GROUP BY 1",
)


def tables() -> dict[str, pa.Table]:
    rng = np.random.default_rng(11)
    orders = 400
    # Far apart, so that they hash.
    parts = rng.choice(2**50, 200, replace=False)
    weight = pa.array(rng.normal(50, 20, ROWS) ** 2, mask=rng.random(ROWS) < 0.1)
    days = rng.integers(8000, 10500, ROWS).astype("datetime64[D]")
    cents = [Decimal(int(cent)).scaleb(-2) for cent in rng.integers(100, 99_999, ROWS)]
    items = {
        "order_key": rng.integers(0, orders, ROWS),
        "part": pa.array(rng.choice(parts, ROWS), mask=rng.random(ROWS) < 0.05),
        "quantity": rng.integers(1, 50, ROWS),
        "price": pa.array(cents, pa.decimal128(12, 2)),
        "discount": rng.integers(0, 10, ROWS) / 100,
        "flag": rng.choice(["A", "N", "R"], ROWS),
        "status": rng.choice(["O", "F"], ROWS),
        "ship": days,
        "weight": weight,
        "big": rng.integers(-(2**53), 2**53, ROWS),
    }
    keys = rng.permutation(orders)
    priorities = rng.choice(["HIGH", "LOW", "NONE"], orders)
    return {
        "items": pa.table(items),
        "orders": pa.table(
            {"o_key": keys, "priority": priorities, "total": rng.integers(0, 1000, orders)}
        ),
        "parts": pa.table({"p_key": parts, "size": rng.integers(1, 60, len(parts))}),
    }


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    """Every query, run by a device that compares."""
    found = Seen()
    with pytest.MonkeyPatch.context() as patch, gpudb.connect() as connection:
        patch.setattr("gpudb.session.open_device", lambda _: ComparedDevice(found))
        load_tables(connection, tables())
        for query in QUERIES:
            connection.execute(query).fetchall()
        with pytest.raises(gpudb.DataError, match=r"overflow|range"):
            connection.execute("SELECT sum(big * big) FROM items").fetchall()
    yield found


def test_kernels_of_queries_do_the_same(seen: Seen) -> None:
    """The comparison stands in the device; here, that it saw what it should."""
    texts = "\n".join(program.library for program in seen.kernels)
    rows = re.findall(r"^def rows\(.*?(?=^def |\Z)", texts, re.M | re.S)
    assert len(rows) >= 12
    missing = [word for word in EXPECTED if not any(word in text for text in rows)]
    assert not missing
    shared = [shapes for shapes in seen.kernels.values() if len(shapes) > 1]
    assert len(shared) >= 8


def test_every_instruction_of_the_kernels_is_tested(seen: Seen) -> None:
    """`test_emulated_instructions` goes through INSTRUCTIONS one by one."""
    assert seen.opcodes - set(INSTRUCTIONS) <= CONTROL
    assert {"ld", "st", "atom", "setp", "bra"} <= seen.opcodes


def find_ptxas() -> str | None:
    """Return the assembler, of a toolkit or of the wheel nvidia-cuda-nvcc."""
    found = shutil.which("ptxas")
    if found is not None:
        return found
    wheel = importlib.util.find_spec("nvidia")
    for folder in (wheel and wheel.submodule_search_locations) or []:
        for path in Path(folder).glob("*/bin/ptxas"):
            return str(path)
    return None


@pytest.mark.skipif(find_ptxas() is None, reason="no ptxas: pip install 'nvidia-cuda-nvcc==13.0.*'")
@pytest.mark.parametrize("architecture", ["sm_75", "sm_80", "sm_90", "sm_100"])
def test_ptxas_takes_the_kernels(seen: Seen, architecture: str, tmp_path: Path) -> None:
    ptxas = find_ptxas()
    assert ptxas is not None
    for number, program in enumerate(seen.kernels):
        file = tmp_path / f"{number}.ptx"
        file.write_text(compile_ptx(program, architecture).text)
        command = [ptxas, f"-arch={architecture}", "-v", str(file), "-o", str(tmp_path / "cubin")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "0 bytes spill stores, 0 bytes spill loads" in done.stderr
        print(architecture, *re.findall(r"Used (\d+) registers", done.stderr))
