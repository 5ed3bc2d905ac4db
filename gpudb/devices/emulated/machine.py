"""The machine: loads PTX text and launches its kernels on arrays of numpy.

    module = Machine().load(text)
    module.launch("main", grid=8, block=256, arguments=[0, rows, prices, sums])

Arrays are passed as pointers to global memory. Every access is checked: bounds against the arrays
given, alignment, and whether shared memory was written before it is read; so are barriers that not
all threads reach, and loops without end. `races` also finds threads that conflict. Faults raise
KernelError.
"""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.devices.emulated.code import Checks
from gpudb.devices.emulated.context import COUNTED
from gpudb.devices.emulated.fault import PtxError
from gpudb.devices.emulated.launch import Argument, Dimensions, Launch, Shape
from gpudb.devices.emulated.layout import Bytes, ModuleMemory
from gpudb.devices.emulated.machine_code import CompiledKernel, compile_kernel, translate_kernel
from gpudb.devices.emulated.parse import ModuleText, parse

Size = int | tuple[int, ...]


class Machine:
    """Loads modules; the checks are a matter of the code that it makes for them."""

    def __init__(self, *, check: bool = True, races: bool = False, counts: bool = False) -> None:
        self.checks = Checks(memory=check, races=races, counts=counts)

    def load(self, text: str) -> Module:
        """Return the module of a PTX text; its kernels are compiled as they are first launched."""
        return Module(parse(text), self.checks)


class Module:
    """The kernels of one text, and its global variables, which live as long as it.

    `counts` are what all launches did, by COUNTED, of a machine that `counts`.
    """

    def __init__(self, text: ModuleText, checks: Checks) -> None:
        self.text = text
        self.checks = checks
        self.memory = ModuleMemory()
        for variable in text.variables:
            if variable.space != "shared":
                self.memory.add(variable)
        self._kernels: dict[str, CompiledKernel] = {}
        self.counts = dict.fromkeys(COUNTED, 0)

    @property
    def entries(self) -> tuple[str, ...]:
        """The names of the kernels."""
        return tuple(self.text.kernels)

    def kernel(self, entry: str) -> CompiledKernel:
        """Return a kernel, compiled."""
        if entry not in self.text.kernels:
            raise PtxError(f"the module has no kernel {entry}, only {', '.join(self.entries)}")
        if entry not in self._kernels:
            kernel = self.text.kernels[entry]
            code = translate_kernel(kernel, self.text, self.memory, self.checks)
            self._kernels[entry] = compile_kernel(kernel, code)
        return self._kernels[entry]

    def launch(
        self,
        entry: str,
        grid: Size,
        block: Size,
        arguments: Sequence[Argument],
        *,
        dynamic_shared: int = 0,
        reached: Sequence[Bytes] = (),
        seed: int | None = None,
        fuel: int = 1 << 30,
    ) -> None:
        """Run a kernel to its end.

        It may touch the arrays among its arguments, and those that are `reached` by addresses.
        With a `seed`, threads and blocks take turns in a random order. A thread that branches
        backwards `fuel` times between two stops is in a loop without end.
        """
        shape = Shape(_dimensions(grid), _dimensions(block), dynamic_shared, seed, fuel)
        launch = Launch(self.kernel(entry), shape, arguments, reached)
        launch.run()
        for what, count in zip(COUNTED, launch.counts.tolist(), strict=True):
            self.counts[what] += count


def _dimensions(size: Size) -> Dimensions:
    given = size if isinstance(size, tuple) else (size,)
    x, y, z = (*given, 1, 1)[:3]
    return x, y, z
