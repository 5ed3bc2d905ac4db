"""User-defined functions of DECIMALs beyond 64 bits."""

from __future__ import annotations

import decimal

import pyarrow.compute as pc
import pytest

import gpudb


def column(connection: gpudb.Connection, sql: str) -> list[object]:
    return [row[0] for row in connection.execute(sql).fetchall()]


@pytest.mark.parametrize("device", ["cpu", "python"])
def test_decimals_of_38_digits_go_in_and_out(device: str) -> None:
    cpu = gpudb.connect(device=device)
    digits = "DECIMAL(38, 4)"
    large = decimal.Decimal("9999999999999999999999999999999999.9999")
    cpu.create_function("turned", lambda v: v.copy_negate(), [digits], digits)
    least = large.copy_negate()
    assert column(cpu, f"SELECT turned(CAST('{large}' AS {digits}))") == [least]
    cpu.execute(
        f"CREATE TABLE wide AS SELECT n, CAST(n AS {digits}) AS v"
        " FROM (VALUES (1), (2), (NULL), (0)) v(n)"
    )
    cpu.execute(f"INSERT INTO wide VALUES (5, CAST('{large}' AS {digits})), (6, NULL)")
    query = "SELECT turned(v) FROM wide WHERE turned(v) < -1.5 OR v IS NULL ORDER BY v"
    assert column(cpu, query) == [-2, least, None, None]
    most = "SELECT min(turned(v)) FROM wide WHERE turned(v) < 0"
    assert column(cpu, most) == [least]
    # A text's answers are looked up in the kernel.
    cpu.create_function("parsed", lambda s: decimal.Decimal(s.strip()), [str], "DECIMAL(38, 0)")
    cpu.execute("CREATE TABLE texts AS SELECT * FROM (VALUES ('7'), (NULL), ('-9e37')) v(s)")
    assert column(cpu, "SELECT parsed(s) FROM texts") == [7, None, decimal.Decimal("-9e37")]
    assert column(cpu, "SELECT s FROM texts WHERE parsed(s) < -1") == ["-9e37"]
    assert column(cpu, "SELECT parsed(s) FROM texts WHERE s = '7'") == [7]
    cpu.create_function("same", lambda v: pc.negate(pc.negate(v)), [digits], digits, mode="arrow")
    assert column(cpu, "SELECT same(v) FROM wide WHERE n < 3 ORDER BY n") == [0, 1, 2]
    with pytest.raises(gpudb.DataError, match=r"gave Decimal\('1E\+38'\)"):
        cpu.create_function("beyond", lambda: decimal.Decimal("1e38"), [], "DECIMAL(38, 0)")
        cpu.execute("SELECT beyond()")
