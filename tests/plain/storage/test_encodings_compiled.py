"""storage/encodings: `at` and `is_null_at` as machine code give what `decode` gives."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from gpudb.compiler import native
from gpudb.compiler.language import Entry, Pointer, Program, ValueType
from gpudb.storage.encodings import ENCODINGS, Encoded, Encoding, PhysicalColumn
from gpudb.storage.encodings.encoded import Array
from gpudb.storage.measure import measure

ROWS = 3000
RANDOM = np.random.default_rng(2)
SOME = RANDOM.random(ROWS) < 0.3

COLUMNS: dict[str, Array] = {
    "constant": np.full(ROWS, -(2**40)),
    "serial": -5 + 3 * np.arange(ROWS),
    "row numbers": -5 + np.arange(ROWS),
    "runs": np.arange(ROWS) // 50,
    "wide": RANDOM.integers(-(2**63), 2**63 - 1, ROWS),
    "packed": RANDOM.integers(-(2**45), 2**45, ROWS),
    "decimals": RANDOM.integers(-999, 999, ROWS) / 100,
    "few": np.array([0.1, -0.0, 1 / 3])[RANDOM.integers(0, 3, ROWS)],
}


def run(encoding: Encoding, encoded: Encoded, dtype: str) -> tuple[Array, Array]:
    """Return the values and the NULLs (0 and 1) that compiled loops over the column find."""
    layout = encoded.layout
    parameters: list[tuple[str, ValueType | Pointer]] = [
        (name, Pointer(element)) for name, element in layout.buffers
    ]
    for name, kind in layout.scalars:
        parameters.append((name, ValueType.FLOAT if kind == "float" else ValueType.INT))
    names = ", ".join(name for name, _ in parameters)
    has_nulls = layout.nulls != "none"
    null = f"int({encoding.is_null_at.__name__}({names}, row))" if has_nulls else "0"
    text = (
        f"def rows(first, end, found, found_nulls, {names}):\n"
        f"    for row in range(first, end):\n"
        f"        found[row] = {encoding.at.__name__}({names}, row)\n"
        f"        found_nulls[row] = {null}\n"
    )
    library = "\n\n".join(inspect.getsource(f) for f in (encoding.at, encoding.is_null_at))
    outputs: tuple[tuple[str, ValueType | Pointer], ...] = (
        ("first", ValueType.INT),
        ("end", ValueType.INT),
        ("found", Pointer(dtype)),
        ("found_nulls", Pointer("uint8")),
    )
    program = Program(text, library, (Entry("rows", (*outputs, *parameters)),))
    found, found_nulls = np.zeros(encoded.rows, dtype), np.zeros(encoded.rows, np.uint8)
    arguments = [0, encoded.rows, found, found_nulls, *encoded.buffers, *encoded.scalars]
    native.compile_program(program).call("rows", arguments)
    return found, found_nulls


@pytest.mark.parametrize("nulls", [None, SOME], ids=["whole", "nulls"])
@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda encoding: encoding.name)
def test_compiled_reads(encoding: Encoding, nulls: Array | None) -> None:
    count = 0
    for values in COLUMNS.values():
        column = PhysicalColumn(values, nulls)
        statistics = measure(values, nulls)
        if encoding.estimate(column, statistics) is None:
            continue
        encoded = encoding.encode(column, statistics)
        if encoded is None:
            continue
        found, found_nulls = run(encoding, encoded, values.dtype.name)
        expected_nulls = np.zeros(ROWS, np.bool_) if nulls is None else nulls
        assert np.array_equal(found_nulls, expected_nulls)
        assert found[~expected_nulls].tobytes() == values[~expected_nulls].tobytes()
        count += 1
    may_hold_nulls = encoding.name not in ("constant", "delta", "sequence")
    assert count > 0 or (nulls is not None and not may_hold_nulls)
