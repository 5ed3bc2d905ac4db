"""A pipeline's kernel with all that it takes to launch it."""

from __future__ import annotations

from dataclasses import dataclass

from gpudb.devices.device import Device
from gpudb.kernels.generate import Kernel
from gpudb.kernels.sinks.choose import find_choice
from gpudb.kernels.sinks.sink import SinkWriter


@dataclass(frozen=True)
class Written:
    """A pipeline's kernel, and where it shall run."""

    device: Device
    sink: SinkWriter
    kernel: Kernel
    fanout: int
    refused: str = ""

    @property
    def groups(self) -> str:
        """Where threads that share memory keep the states of groups, or why they do not."""
        if self.refused:
            return f"the memory of the {self.device.name}: {self.refused}"
        choice, ties = find_choice(self.sink), len(self.kernel.ties)
        again = f", {1 + ties} passes over the rows" if ties else ""
        return "" if choice is None else f"{choice.text}{again}"
