"""Instructions that threads execute together: each leaves its values and waits for the others."""

from __future__ import annotations

from gpudb.devices.emulated.arithmetic import Translate
from gpudb.devices.emulated.code import KernelCode, Stop
from gpudb.devices.emulated.parse import Instruction, type_bits

_VOTES = ("popc", "and", "or")


def barrier(code: KernelCode, op: Instruction) -> None:
    """`bar.sync`, `bar.red` and `bar.warp.sync`."""
    if "warp" in op.parts:
        mask = code.resize(code.value(op.operands[0], "b32"), 32, 64)
        code.stop(Stop("warp", "sync"), (mask,))
        return
    is_vote = "red" in op.parts
    if "arrive" in op.parts or (len(op.operands) > 1 and not is_vote):
        raise code.unsupported()
    if not is_vote:
        code.stop(Stop("block", "sync"))
        return
    operation = next(part for part in op.parts if part in _VOTES)
    vote = code.resize(code.value(op.operands[-1], "pred"), 1, 64)
    code.stop(Stop("block", operation), (vote,))
    kind = "u32" if operation == "popc" else "pred"
    code.put(op.operands[0], kind, code.resize(code.answer(), 64, type_bits(kind)))


def _together(code: KernelCode, stop: Stop, mask: str, values: list[tuple[str, int]]) -> None:
    """Leave the mask of the lanes and this lane's values."""
    wide = tuple(code.resize(value, width, 64) for value, width in values)
    code.stop(stop, (code.resize(code.value(mask, "b32"), 32, 64), *wide))


def _answers(code: KernelCode, target: str, kind: str) -> None:
    """Write the answer, and its predicate where the target asks for one."""
    names = target.split("|")
    code.put(names[0], kind, code.resize(code.answer(), 64, type_bits(kind)))
    if len(names) > 1:
        code.put(names[1], "pred", code.resize(code.answer(1), 64, 1))


def shuffle(code: KernelCode, op: Instruction) -> None:
    """`shfl.sync`."""
    values = [(code.value(operand, "b32"), 32) for operand in op.operands[1:4]]
    _together(code, Stop("warp", "shfl", op.parts[2]), op.operands[4], values)
    _answers(code, op.operands[0], "b32")


def vote(code: KernelCode, op: Instruction) -> None:
    """`vote.sync`."""
    values = [(code.value(op.operands[1], "pred"), 1)]
    _together(code, Stop("warp", "vote", op.parts[2]), op.operands[2], values)
    _answers(code, op.operands[0], "b32" if op.parts[2] == "ballot" else "pred")


def active_mask(code: KernelCode, op: Instruction) -> None:
    """`activemask`: here, all lanes that wait at it."""
    _together(code, Stop("warp", "vote", "ballot"), "-1", [("true", 1)])
    _answers(code, op.operands[0], "b32")


def match(code: KernelCode, op: Instruction) -> None:
    """`match.sync`."""
    values = [(code.value(op.operands[1], op.type), type_bits(op.type))]
    _together(code, Stop("warp", "match", op.parts[1]), op.operands[2], values)
    _answers(code, op.operands[0], "b32")


def reduce(code: KernelCode, op: Instruction) -> None:
    """`redux.sync`."""
    value = code.value(op.operands[1], op.type)
    wide = code.resize(value, 32, 64, is_signed=op.type[0] == "s")
    _together(code, Stop("warp", "redux", op.parts[2]), op.operands[2], [(wide, 64)])
    _answers(code, op.operands[0], op.type)


def nothing(code: KernelCode, op: Instruction) -> None:
    """Fences and hints: threads run one at a time, so that all they write is seen at once."""


COLLECTIVES: dict[str, Translate] = {
    "bar": barrier,
    "barrier": barrier,
    "shfl": shuffle,
    "vote": vote,
    "activemask": active_mask,
    "match": match,
    "redux": reduce,
    **dict.fromkeys(("membar", "fence", "prefetch", "prefetchu", "discard", "nanosleep"), nothing),
    **dict.fromkeys(("applypriority", "pmevent", "griddepcontrol"), nothing),
}
