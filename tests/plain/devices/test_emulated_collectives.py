"""Threads together: special registers, barriers, shuffles, votes, matches, reductions, atomics."""

from __future__ import annotations

import numpy as np
import pytest

from gpudb.devices.emulated.machine import Machine
from gpudb.devices.emulated.machine_code import optimizing_seconds
from tests.plain.devices.ptx_text import OWN_WORD, kernel

ALL = "-1"


def run(body: str, *, block: int = 32, seed: int | None = 1) -> list[int]:
    """Run a kernel in which every thread stores %q5; return what they stored."""
    text = kernel(f"{OWN_WORD} {body} st.global.u64 [%q1], %q5;")
    out = np.zeros(block, np.int64)
    Machine().load(text).launch("main", 1, block, [out], seed=seed)
    return out.tolist()


@pytest.mark.parametrize(
    ("shuffle", "wanted"),
    [
        ("up.b32 %r1, %r0, 1, 0", [max(i - 1, 0) for i in range(32)]),
        ("down.b32 %r1, %r0, 3, 31", [i + 3 if i < 29 else i for i in range(32)]),
        ("bfly.b32 %r1, %r0, 5, 31", [i ^ 5 for i in range(32)]),
        ("idx.b32 %r1, %r0, 7, 31", [7] * 32),
        # Segments of eight lanes: c = ((32 - 8) << 8) | 31.
        ("idx.b32 %r1, %r0, 2, 6175", [i // 8 * 8 + 2 for i in range(32)]),
        ("down.b32 %r1, %r0, 1, 6175", [i + 1 if i % 8 < 7 else i for i in range(32)]),
    ],
)
def test_shuffles(shuffle: str, wanted: list[int]) -> None:
    assert run(f"shfl.sync.{shuffle}, {ALL}; cvt.u64.u32 %q5, %r1;") == wanted


def test_shuffle_says_whether_the_source_was_inside() -> None:
    body = f"shfl.sync.down.b32 %r1|%p1, %r0, 4, 31, {ALL}; selp.u64 %q5, 1, 0, %p1;"
    assert run(body) == [1] * 28 + [0] * 4


def test_shuffle_of_some_lanes() -> None:
    """Odd lanes have gone: the even ones shuffle among themselves."""
    body = (
        "mov.u64 %q5, 99; and.b32 %r1, %r0, 1; setp.ne.u32 %p1, %r1, 0; @%p1 bra END;"
        "shfl.sync.bfly.b32 %r2, %r0, 2, 31, 0x55555555; cvt.u64.u32 %q5, %r2; END:"
    )
    assert run(body) == [99 if i % 2 else i ^ 2 for i in range(32)]


def test_votes() -> None:
    test = "setp.lt.u32 %p1, %r0, {};"
    ballot = f"vote.sync.ballot.b32 %r1, %p1, {ALL}; cvt.u64.u32 %q5, %r1;"
    assert run(test.format(5) + ballot) == [31] * 32
    for name, limit, wanted in [
        *(("all", 32, 1), ("all", 31, 0), ("any", 1, 1), ("any", 0, 0)),
        *(("uni", 0, 1), ("uni", 7, 0)),
    ]:
        vote = f"vote.sync.{name}.pred %p2, %p1, {ALL}; selp.u64 %q5, 1, 0, %p2;"
        assert run(test.format(limit) + vote) == [wanted] * 32, (name, limit)


def test_votes_of_each_warp() -> None:
    body = f"setp.eq.u32 %p1, %r0, 40; vote.sync.any.pred %p2, %p1, {ALL}; selp.u64 %q5, 1, 0, %p2;"
    assert run(body, block=64) == [0] * 32 + [1] * 32


def test_active_mask() -> None:
    body = (
        "mov.u64 %q5, 0; setp.ge.u32 %p1, %r0, 4; @%p1 bra END;"
        "activemask.b32 %r1; cvt.u64.u32 %q5, %r1; END:"
    )
    assert run(body) == [15] * 4 + [0] * 28


def test_match() -> None:
    body = f"and.b32 %r1, %r0, 3; match.any.sync.b32 %r2, %r1, {ALL}; cvt.u64.u32 %q5, %r2;"
    assert run(body) == [0x11111111 << i % 4 for i in range(32)]
    body = f"mov.u32 %r1, 8; match.all.sync.b32 %r2|%p1, %r1, {ALL}; selp.u64 %q5, 1, 0, %p1;"
    assert run(body) == [1] * 32
    body = f"match.all.sync.b32 %r2|%p1, %r0, {ALL}; cvt.u64.u32 %q5, %r2;"
    assert run(body) == [0] * 32


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [
        *(("add.s32", 496 - 160), ("min.s32", -5), ("max.s32", 26)),
        *(("and.b32", 0), ("or.b32", 2**32 - 1), ("xor.b32", 0xFFFFFFF8 ^ 8)),
    ],
)
def test_reductions(operation: str, wanted: int) -> None:
    kind = "s32" if operation.endswith("s32") else "u32"
    body = f"add.s32 %r1, %r0, -5; redux.sync.{operation} %r2, %r1, {ALL}; cvt.s64.{kind} %q5, %r2;"
    values = [i - 5 for i in range(32)]
    if operation == "xor.b32":
        wanted = int(np.bitwise_xor.reduce(np.array(values, np.int32)).astype(np.uint32))
    if operation == "and.b32":
        wanted = int(np.bitwise_and.reduce(np.array(values, np.int32)).astype(np.uint32))
    assert run(body) == [wanted] * 32


def test_barriers_that_vote() -> None:
    test = "setp.lt.u32 %p1, %r0, 40;"
    body = f"{test} bar.red.popc.u32 %r1, 0, %p1; cvt.u64.u32 %q5, %r1;"
    assert run(body, block=96) == [40] * 96
    body = f"{test} bar.red.and.pred %p2, 0, %p1; selp.u64 %q5, 1, 0, %p2;"
    assert run(body, block=96) == [0] * 96
    body = f"{test} bar.red.or.pred %p2, 0, %p1; selp.u64 %q5, 1, 0, %p2;"
    assert run(body, block=96) == [1] * 96


def test_registers_survive_barriers() -> None:
    body = "cvt.u64.u32 %q5, %r0; bar.sync 0; bar.warp.sync -1; add.u64 %q5, %q5, 100; bar.sync 0;"
    assert run(body, block=64) == [100 + i for i in range(64)]


def test_who_a_thread_is() -> None:
    names = ["%tid.x", "%tid.y", "%tid.z", "%ctaid.x", "%ctaid.y", "%ntid.y", "%nctaid.x"]
    names += ["%laneid", "%warpid", "%lanemask_lt", "%lanemask_ge", "WARP_SZ"]
    stores = "".join(
        f"mov.u32 %r1, {name}; cvt.u64.u32 %q3, %r1; st.global.u64 [%q0+{8 * i}], %q3;"
        for i, name in enumerate(names)
    )
    # Only the thread (1, 2, 1) of block (2, 1) stores.
    guard = "mov.u32 %r1, {}; setp.ne.u32 %p1, %r1, {}; @%p1 bra END;"
    chosen = zip(
        ["%tid.x", "%tid.y", "%tid.z", "%ctaid.x", "%ctaid.y"], [1, 2, 1, 2, 1], strict=True
    )
    body = "".join(guard.format(*pair) for pair in chosen)
    out = np.zeros(len(names), np.int64)
    module = Machine().load(kernel(f"{body}{stores}END:"))
    module.launch("main", (3, 2), (4, 5, 2), [out])
    lane = (1 + 2 * 4 + 1 * 20) % 32
    wanted = [1, 2, 1, 2, 1, 5, 3, lane, 0, (1 << lane) - 1]
    assert out.tolist() == [*wanted, 2**32 - (1 << lane), 32]


ATOMICS = [
    ("add.u64", 5, 7, 12),
    ("min.s64", 5, -7, -7),
    ("max.s64", 5, -7, 5),
    ("min.u64", 5, -7, 5),
    ("max.u64", 5, -7, -7),
    ("and.b64", 12, 10, 8),
    ("or.b64", 12, 10, 14),
    ("xor.b64", 12, 10, 6),
    ("exch.b64", 12, 10, 10),
]


@pytest.mark.parametrize(("operation", "before", "value", "after"), ATOMICS)
def test_atomics(operation: str, before: int, value: int, after: int) -> None:
    body = f"atom.global.{operation} %q5, [%q0], {value}; st.global.u64 [%q0+8], %q5;"
    out = np.array([before, 0])
    Machine().load(kernel(body)).launch("main", 1, 1, [out])
    assert out.tolist() == [after, before]


@pytest.mark.parametrize(
    ("operation", "before", "after"), [("inc", 3, 4), ("inc", 7, 0), ("dec", 3, 2), ("dec", 0, 7)]
)
def test_wrapping_atomics(operation: str, before: int, after: int) -> None:
    out = np.array([before], np.uint32)
    text = kernel(f"red.global.{operation}.u32 [%q0], 7;")
    Machine().load(text).launch("main", 1, 1, [out])
    assert out[0] == after


def test_atomic_floats_and_swaps() -> None:
    body = (
        "red.global.add.f64 [%q0], 0d3FE0000000000000; mov.f32 %f1, 0f3F000000;"
        "atom.global.add.f32 %f2, [%q0+8], %f1; atom.global.cas.b64 %q5, [%q0+16], 3, 4;"
        "atom.global.cas.b64 %q6, [%q0+16], 3, 5; st.global.u64 [%q0+24], %q6;"
    )
    out = np.array([1.5, 0.0, 0.0, 0.0])
    out.view(np.int64)[2] = 3
    Machine().load(kernel(body)).launch("main", 1, 1, [out])
    assert out[0] == 2.0
    assert out.view(np.float32)[2] == 0.5
    assert out.view(np.int64)[2:].tolist() == [4, 4]


def test_atomics_in_shared_memory_from_every_thread() -> None:
    body = (
        "setp.ne.u32 %p1, %r0, 0; @%p1 bra READY; st.shared.u64 [table], 0; READY: bar.sync 0;"
        "cvt.u64.u32 %q3, %r0; atom.shared.add.u64 %q4, [table], %q3; bar.sync 0;"
        "ld.shared.u64 %q5, [table]; st.global.u64 [%q1], %q5;"
    )
    text = kernel(f"{OWN_WORD} {body}", outside=".shared .align 8 .b8 table[8];")
    out = np.zeros(128, np.int64)
    Machine(races=True).load(text).launch("main", 1, 128, [out], seed=3)
    assert (out == 127 * 64).all()


def test_code_is_optimised_between_two_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers and predicates of waiting threads are where the optimised code looks for them."""
    monkeypatch.setattr("gpudb.devices.emulated.machine_code.optimizing_seconds", lambda _: 0.0)
    body = (
        "cvt.u64.u32 %q5, %r0; setp.gt.u32 %p1, %r0, 5; mov.u32 %r3, 0;"
        f"NEXT: shfl.sync.bfly.b32 %r1, %r0, 1, 31, {ALL}; bar.sync 0; cvt.u64.u32 %q3, %r1;"
        "@%p1 add.u64 %q5, %q5, %q3; add.u32 %r3, %r3, 1; setp.lt.u32 %p2, %r3, 3; @%p2 bra NEXT;"
        "st.global.u64 [%q1], %q5;"
    )
    module = Machine().load(kernel(f"{OWN_WORD} {body}"))
    out = np.zeros(64, np.int64)
    assert not module.kernel("main").is_optimized
    module.launch("main", 1, 64, [out], seed=2)
    assert module.kernel("main").is_optimized
    # Another thread may still be in the code that was there before.
    assert len(module.kernel("main").kept) == 2
    assert out.tolist() == [i + 3 * (i ^ 1) if i > 5 else i for i in range(64)]


def test_code_that_takes_long_to_optimise_has_to_run_longer() -> None:
    shuffle = f"shfl.sync.bfly.b32 %r1, %r0, 1, 31, {ALL};"
    few, many = (Machine().load(kernel(shuffle * times)).kernel("main") for times in (1, 100))
    assert optimizing_seconds(few.code) < 0.3
    assert optimizing_seconds(many.code) > 0.4
    many.ran(0.35)
    assert not many.is_optimized
