"""What make cuda-check sees: ptxas's report, row loops of PTX, occupancy, and what fails it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench import cuda_check
from bench.in_flight import CARDS, UnderWay
from bench.ptxas import MachineCode, assemble, machine_code
from bench.row_loop import row_loop
from bench.scan import SQL
from gpudb import connect
from gpudb.compiler.ptx import compile_ptx
from gpudb.devices.choose import memory_of, paper
from gpudb.devices.occupancy import occupancy, resident_blocks

PTX = """.version 8.0
.target sm_75
.address_size 64
.visible .entry main(.param .u64 n, .param .u64 p) {
    .reg .pred %p<3>; .reg .b64 %rd<9>; .reg .b32 %r<5>;
    ld.param.b64 %rd1, [p];
    ld.global.b64 %rd2, [%rd1];
    div.s64 %rd3, %rd2, %rd1;
$L1:
    ld.global.nc.v2.b32 {%r1, %r2}, [%rd1];
    ld.global.b8 %r3, [%rd1+8];
    @%p1 bra $L3;
    rem.s64 %rd4, %rd2, %rd1;
    atom.global.add.u64 %rd5, [%rd1], %rd4;
$L3:
    setp.lt.s64 %p2, %rd1, %rd2;
    @%p2 bra $L1;
    st.global.b64 [%rd1], %rd4;
    ret;
}
"""
SAID = """ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'main' for 'sm_90'
ptxas info    : Function properties for main
    {stack} bytes stack frame, {stores} bytes spill stores, {loads} bytes spill loads
ptxas info    : Used {registers} registers, used 1 barriers, {stack} bytes cumulative stack size, \
2048 bytes smem, 400 bytes cmem[0]
ptxas info    : Compile time = 7.125 ms
"""


def said(**figures: int) -> str:
    known = {"stack": 0, "stores": 0, "loads": 0, "registers": 40}
    return SAID.format(**{**known, **figures})


def test_only_what_stands_on_a_cycle_is_of_the_row_loop() -> None:
    loop = row_loop(PTX)
    assert loop.loads == {64: 1, 8: 1}
    assert (loop.atomics, loop.stores, loop.calls) == (1, 0, 0)
    assert loop.divisions == {"rem.s64": 1}


def test_the_row_loop_is_not_the_one_over_pieces() -> None:
    outer = "$L0:\n    ld.global.nc.b64 %rd5, [%rd1];\n$L1:"
    ptx = PTX.replace("$L1:", outer).replace("@%p2 bra $L1;", "@%p2 bra $L1;\n    @%p1 bra $L0;")
    assert row_loop(ptx).loads == {64: 2, 8: 1}
    assert row_loop(ptx, in_pieces=True).loads == {64: 1, 8: 1}


def test_loads_together_end_where_one_is_used() -> None:
    # Two loads, of v2 and of a byte; what follows the branch uses neither.
    assert row_loop(PTX).together == 2
    used = PTX.replace(
        "ld.global.b8 %r3, [%rd1+8];", "add.s32 %r4, %r1, 1; ld.global.b8 %r3, [%rd1];"
    )
    assert row_loop(used).together == 1


def test_what_is_under_way_is_threads_times_rows_times_bytes() -> None:
    h100 = next(card for card in CARDS if card.name == "H100")
    found = UnderWay(h100, 80, 768, 4.0, 5.75)
    assert found.bytes == 768 * 4 * 5.75
    assert found.share == 1.0
    assert found.share_of_saturating == pytest.approx(17664 / 32768)
    assert UnderWay(h100, 80, 256, 1.0, 5.75).share == pytest.approx(0.164, abs=0.002)
    t4 = next(card for card in CARDS if card.name == "T4")
    assert UnderWay(t4, 80, 768, 4.0, 5.75).share is None


def test_the_report_of_ptxas_is_read() -> None:
    image = b"\x00$main$__internal_0_$__cuda_sm20_rem_s64\x00"
    assert machine_code(said(), image) == MachineCode(40, 0, 0, 2048, ("rem_s64",))
    code = machine_code(said(stack=16, stores=8, loads=12), b"")
    assert (code.stack_bytes, code.spill_bytes, code.subroutines) == (16, 20, ())


@pytest.mark.parametrize(
    ("ptx", "figures", "faults"),
    [
        (PTX.replace("rem.s64", "add.s64"), {}, []),
        (PTX, {}, ["calls in its row loop"]),
        (PTX.replace("rem.s64", "add.s64"), {"stores": 8}, ["spills registers"]),
        (PTX.replace("rem.s64", "add.s64"), {"stack": 8}, ["uses local memory"]),
        (PTX.replace("st.global", "st.local").replace("rem", "add"), {}, ["uses local memory"]),
    ],
)
def test_spills_local_memory_and_calls_are_faults(
    ptx: str, figures: dict[str, int], faults: list[str]
) -> None:
    code = machine_code(said(**figures), b"")
    kernel = cuda_check.CheckedKernel("q1.0", [row_loop(ptx)] * 4, [code] * 4)
    assert kernel.faults() == faults
    assert kernel.line().split()[:4] == ["q1.0", "40", "100/75/75/75", "2048"]


def test_ptxas_is_called_with_the_text(tmp_path: Path) -> None:
    """A stand-in that says what the real one would, and refuses what is no PTX."""
    tool = tmp_path / "ptxas"
    tool.write_text(f"#!/bin/sh\ngrep -q .entry $3 || exit 1\necho x > $5\necho '{said()}' >&2\n")
    tool.chmod(0o755)
    assert assemble(tool, PTX, "sm_90").registers == 40
    with pytest.raises(subprocess.CalledProcessError):
        assemble(tool, "nothing", "sm_90")


def test_a_scan_loads_three_columns_and_calls_nothing() -> None:
    with connect(device="emulated") as connection:
        connection.execute("CREATE TABLE readings (kind TINYINT, day SMALLINT, amount INTEGER)")
        connection.execute("INSERT INTO readings VALUES (1, 200, 70000), (2, 300, 1000000000)")
        before = set(memory_of(paper()).programs.programs())
        assert connection.execute(SQL).fetchall() == [(1_000_070_000,)]
        (program,) = set(memory_of(paper()).programs.programs()) - before
    for architecture in cuda_check.ARCHITECTURES:
        loop = row_loop(compile_ptx(program, architecture).text, in_pieces=True)
        assert loop.calls == loop.divisions.total() == loop.local_accesses == loop.atomics == 0
        assert 3 <= loop.loads.total() <= 4


@pytest.mark.parametrize(
    ("architecture", "registers", "shared", "threads", "blocks", "share"),
    [
        ("sm_90", 32, 0, 256, 8, 1.0),
        ("sm_90", 33, 0, 256, 6, 0.75),
        ("sm_75", 64, 0, 256, 4, 1.0),
        ("sm_80", 255, 0, 256, 1, 0.125),
        ("sm_80", 32, 48 << 10, 256, 3, 0.375),
        ("sm_90", 32, 0, 32, 32, 0.5),
        ("sm_75", 32, 65 << 10, 256, 0, 0.0),
    ],
)
def test_occupancy_is_what_the_calculator_says(
    architecture: str, registers: int, shared: int, threads: int, blocks: int, share: float
) -> None:
    assert resident_blocks(architecture, registers, shared, threads) == blocks
    assert occupancy(architecture, registers, shared, threads) == share
