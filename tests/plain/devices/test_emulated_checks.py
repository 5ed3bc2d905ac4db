"""Every check of the PTX machine is seen to fire, and to be silent where all is well."""

from __future__ import annotations

import numpy as np
import pytest

from gpudb.devices.emulated.fault import KernelError, PtxError
from gpudb.devices.emulated.machine import Machine
from tests.plain.devices.ptx_text import OWN_WORD, kernel

SHARED = ".shared .align 8 .b8 table[64];"


def run(
    text: str,
    words: int = 32,
    *,
    grid: int = 1,
    block: int = 1,
    races: bool = False,
    fuel: int = 99,
) -> np.ndarray:
    """Run a kernel on an array of words."""
    out = np.zeros(words, np.int64)
    machine = Machine(races=races)
    machine.load(text).launch("main", grid, block, [out], fuel=fuel)
    return out


@pytest.mark.parametrize("address", ["[%q0+256]", "[%q0+-8]", "[%q0+1048576]"])
@pytest.mark.parametrize("access", ["st.global.u64 {}, 1", "ld.global.u64 %q3, {}"])
def test_bounds_of_buffers(address: str, access: str) -> None:
    text = kernel(f"{access.format(address)};")
    with pytest.raises(KernelError, match="access outside of every buffer"):
        run(text)


@pytest.mark.parametrize("address", [-8, -1, 0, 1])
def test_bounds_of_wild_pointers(address: int) -> None:
    """An end that wraps around to 0 lies below every buffer's end."""
    with pytest.raises(KernelError, match="access outside of every buffer"):
        run(kernel(f"mov.u64 %q5, {address}; ld.global.u8 %r1, [%q5];"))
    wide = address & ~7
    with pytest.raises(KernelError, match="access outside of every buffer"):
        run(kernel(f"mov.u64 %q5, {wide}; ld.global.u64 %q6, [%q5];"))


def test_a_pointer_may_move_from_buffer_to_buffer() -> None:
    """An instruction remembers the buffer that it met last, no more than that."""
    body = (
        "mov.u64 %q3, %q0; mov.u32 %r1, 0; LOOP: atom.global.add.u64 %q4, [%q3], 1;"
        "and.b32 %r2, %r1, 1; setp.eq.u32 %p1, %r2, 0; selp.b64 %q3, %q1, %q0, %p1;"
        "add.u32 %r1, %r1, 1; setp.lt.u32 %p2, %r1, 10; @%p2 bra LOOP;"
    )
    first, second = np.zeros(1, np.int64), np.zeros(3, np.int64)
    module = Machine().load(kernel(body, pointers=2))
    module.launch("main", 1, 1, [first, second[1:2]])
    assert (first[0], *second) == (5, 0, 5, 0)


def test_bounds_name_instruction_block_and_thread() -> None:
    text = kernel(f"{OWN_WORD} st.global.u64 [%q1], 1;")
    with pytest.raises(KernelError, match=r"st\.global\.u64 \[%q1\], 1, .*block 0, thread 4"):
        run(text, words=4, block=8)


def test_last_word_is_inside() -> None:
    assert run(kernel("st.global.u64 [%q0+248], 7;"))[31] == 7


def test_alignment() -> None:
    with pytest.raises(KernelError, match=r"misaligned address: ld.global.u32"):
        run(kernel("ld.global.u32 %r1, [%q0+2];"))
    with pytest.raises(KernelError, match=r"misaligned address: ld.global.v2"):
        run(kernel("ld.global.v2.u64 {%q3, %q4}, [%q0+8];"))


@pytest.mark.parametrize("access", ["st.shared.u64 [table+64], 1", "ld.shared.u8 %r1, [table+-1]"])
def test_bounds_of_shared_memory(access: str) -> None:
    with pytest.raises(KernelError, match="access outside of shared memory"):
        run(kernel(f"{access};", outside=SHARED))


def test_bounds_of_local_memory() -> None:
    body = ".local .align 8 .b8 own[16]; st.local.u64 [own+{}], 1;"
    run(kernel(body.format(8)))
    with pytest.raises(KernelError, match="access outside of local memory"):
        run(kernel(body.format(16)))


def test_shared_memory_is_written_before_it_is_read() -> None:
    write, read = "st.shared.u32 [table], 5;", "ld.shared.u64 %q3, [table];"
    rest = "st.shared.u32 [table+4], 0;"
    keep = "st.global.u64 [%q0], %q3;"
    assert run(kernel(f"{write} {rest} {read} {keep}", outside=SHARED))[0] == 5
    for missing in (f"{read} {keep}", f"{write} {read} {keep}"):
        with pytest.raises(KernelError, match=r"shared memory that nobody wrote: ld.shared.u64"):
            run(kernel(missing, outside=SHARED))
    with pytest.raises(KernelError, match="shared memory that nobody wrote: atom"):
        run(kernel("atom.shared.add.u32 %r1, [table], 1;", outside=SHARED))


def test_shared_memory_of_a_block_is_not_that_of_the_next() -> None:
    body = (
        "mov.u32 %r1, %ctaid.x; setp.ne.u32 %p1, %r1, 0;"
        "@%p1 bra READ; st.shared.u64 [table], 1; READ: ld.shared.u64 %q3, [table];"
    )
    run(kernel(body, outside=SHARED))
    with pytest.raises(KernelError, match=r"nobody wrote.*block 1"):
        run(kernel(body, outside=SHARED), grid=2)


def test_dynamic_shared_memory() -> None:
    outside = f".extern .shared .align 8 .b8 more[]; {SHARED}"
    body = "mov.u64 %q3, more; st.shared.u64 [%q3+8], 3; ld.shared.u64 %q4, [%q3+8];"
    text = kernel(f"{body} st.global.u64 [%q0], %q4;", outside=outside)
    module, out = Machine().load(text), np.zeros(1, np.int64)
    module.launch("main", 1, 1, [out], dynamic_shared=16)
    assert out[0] == 3
    with pytest.raises(KernelError, match="outside of shared memory"):
        module.launch("main", 1, 1, [out], dynamic_shared=8)


def test_registers_begin_as_garbage() -> None:
    assert run(kernel("st.global.u64 [%q0], %q9;"))[0] != 0


def test_endless_loop() -> None:
    with pytest.raises(KernelError, match=r"loop does not end: .*bra"):
        run(kernel("LOOP: bra LOOP;"))
    body = "mov.u32 %r1, 0; LOOP: add.u32 %r1, %r1, 1; setp.lt.u32 %p1, %r1, 90; @%p1 bra LOOP;"
    run(kernel(body))


def test_trap() -> None:
    with pytest.raises(KernelError, match="trap"):
        run(kernel("trap;"))


def test_divergent_barrier() -> None:
    body = (
        f"{OWN_WORD} setp.lt.u32 %p1, %r0, 16; @%p1 bra OTHER;"
        "bar.sync 0; bra END; OTHER: bar.sync 0; END: st.global.u64 [%q1], 1;"
    )
    with pytest.raises(KernelError, match="wait at different barriers"):
        run(kernel(body), block=32)
    assert run(kernel(body.replace("lt.u32", "lt.s32").replace("16", "0")), block=32).all()


def test_lanes_that_never_come() -> None:
    body = (
        f"{OWN_WORD} setp.lt.u32 %p1, %r0, 16; @%p1 bra OTHER;"
        "shfl.sync.idx.b32 %r1, %r0, 0, 31, -1; bra END; OTHER: bar.sync 0; END:"
    )
    with pytest.raises(KernelError, match="lanes that never come"):
        run(kernel(body), block=32)


def test_races_between_threads() -> None:
    plain = f"{OWN_WORD} st.global.u64 [%q0], 1;"
    run(kernel(plain), block=2)
    with pytest.raises(KernelError, match=r"race between threads at 8 bytes.*thread 0.*thread 1"):
        run(kernel(plain), block=2, races=True)
    mixed = f"{OWN_WORD} atom.global.add.u64 %q3, [%q0], 1; ld.global.u64 %q4, [%q0];"
    with pytest.raises(KernelError, match="race between threads"):
        run(kernel(mixed), block=2, races=True)


def test_races_in_shared_memory() -> None:
    """One thread reads what its neighbour wrote: a race without the barrier."""
    body = (
        "mov.u32 %r0, %tid.x; mul.wide.u32 %q2, %r0, 8; mov.u64 %q3, table; add.s64 %q3, %q3, %q2;"
        "st.shared.u64 [%q3], 4; BARRIER xor.b64 %q2, %q2, 8; mov.u64 %q3, table;"
        "add.s64 %q3, %q3, %q2; ld.shared.u64 %q4, [%q3];"
    )
    run(kernel(body.replace("BARRIER", "bar.sync 0;"), outside=SHARED), block=2, races=True)
    with pytest.raises(KernelError, match="race between threads"):
        machine = Machine(races=True, check=False)
        text = kernel(body.replace("BARRIER", ""), outside=SHARED)
        machine.load(text).launch("main", 1, 2, [np.zeros(1, np.int64)])


def test_races_between_blocks() -> None:
    with pytest.raises(KernelError, match="race between blocks at 8 bytes"):
        run(kernel("st.global.u64 [%q0], 1;"), grid=2, races=True)


def test_no_races() -> None:
    run(kernel(f"{OWN_WORD} st.global.u64 [%q1], 1;"), block=32, races=True)
    run(kernel("atom.global.add.u64 %q3, [%q0], 1;"), grid=2, block=32, races=True)
    run(kernel("ld.global.u64 %q3, [%q0];"), grid=2, block=32, races=True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("tex.1d.v4.f32.s32 {%f1, %f2, %f3, %f4}, [x, {%r1}];", "instruction not supported: tex"),
        ("add.s32 %r1, %r2, %nope;", "operand %nope not understood"),
        ("add.s32 %nope, %r2, %r1;", "there is no register %nope"),
        ("ex2.approx.f32 %f1, %f2;", "instruction not supported"),
        ("sqrt.approx.f32 %f1, %f2;", "instruction not supported"),
        ("add.f16x2 %r1, %r2, %r3;", "instruction not supported"),
        (".maxnreg 5;", "directive not supported"),
        (".local .align 8 .funny own[16];", "type not supported"),
    ],
)
def test_what_the_machine_does_not_know(body: str, message: str) -> None:
    with pytest.raises(PtxError, match=message):
        run(kernel(body))


def test_launches_are_checked() -> None:
    module = Machine().load(kernel(""))
    with pytest.raises(PtxError, match="takes 1 arguments, not 2"):
        module.launch("main", 1, 1, [1, 2])
    with pytest.raises(PtxError, match="takes no float"):
        module.launch("main", 1, 1, [1.5])
    with pytest.raises(PtxError, match="1 to 1024 threads, not 2048"):
        module.launch("main", 1, 2048, [1])
    with pytest.raises(PtxError, match="no kernel other, only main"):
        module.launch("other", 1, 1, [1])
    with pytest.raises(PtxError, match="no kernel"):
        Machine().load(".version 8.0")
