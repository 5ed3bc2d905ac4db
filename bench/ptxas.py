"""Machine code by NVIDIA's ptxas, and what it reports; the wheel of the extra `ptxas` brings it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

PACKAGE = "nvidia-cuda-nvcc"
MISSING = (
    "there is no ptxas: make cuda-check installs it, and so does pip install 'gpudb-engine[ptxas]'"
)
ENTRY = re.compile(
    r"(?P<stack>\d+) bytes stack frame, (?P<stores>\d+) bytes spill stores, "
    r"(?P<loads>\d+) bytes spill loads\s+.*?Used (?P<registers>\d+) registers"
    r"(?:, used \d+ barriers)?(?:, (?P<cumulative>\d+) bytes cumulative stack size)?"
    r"(?:, (?P<shared>\d+) bytes smem)?",
    re.DOTALL,
)
# ptxas makes a subroutine of an instruction that the machine lacks, and names it so.
SUBROUTINE = re.compile(rb"\$__internal_\d+_\$__cuda_sm\d+_(\w+)")


@dataclass(frozen=True, slots=True)
class MachineCode:
    """What ptxas says of a kernel; `subroutines` are the divisions and the like that it calls."""

    registers: int
    stack_bytes: int
    spill_bytes: int
    shared_bytes: int
    subroutines: tuple[str, ...] = ()


def find_ptxas() -> Path | None:
    """Return where ptxas lies: in the wheel, or on the path."""
    try:
        installed: Sequence[object] = files(PACKAGE) or ()
    except PackageNotFoundError:
        installed = ()
    for file in installed:
        if Path(str(file)).name == "ptxas":
            return Path(str(file.locate()))  # type: ignore[attr-defined]
    found = shutil.which("ptxas")
    return None if found is None else Path(found)


def assemble(ptxas: Path, text: str, architecture: str) -> MachineCode:
    """Return what ptxas makes of a text with one kernel; CalledProcessError where it refuses."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "kernel.ptx", Path(folder) / "kernel.cubin"
        source.write_text(text)
        command = [str(ptxas), f"-arch={architecture}", "-v", str(source), "-o", str(target)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
        return machine_code(said, target.read_bytes())


def machine_code(said: str, image: bytes) -> MachineCode:
    """Return what ptxas has said of its only kernel, and what stands in its image."""
    found = ENTRY.search(said)
    if found is None:
        raise ValueError(f"ptxas said nothing of a kernel: {said}")
    spills = int(found["stores"]) + int(found["loads"])
    stack = max(int(found["stack"]), int(found["cumulative"] or 0))
    names = sorted({name.decode() for name in SUBROUTINE.findall(image)})
    registers, shared = int(found["registers"]), int(found["shared"] or 0)
    return MachineCode(registers, stack, spills, shared, tuple(names))
