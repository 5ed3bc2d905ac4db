"""A pipeline's kernel with all that it takes to launch it."""

from __future__ import annotations

from collections.abc import Mapping

from gpudb.devices.device import Device
from gpudb.kernels.builds import BuildTable
from gpudb.kernels.generate import Kernel
from gpudb.kernels.resident_columns import fetch_columns
from gpudb.kernels.sinks.choose import find_choice
from gpudb.kernels.sinks.sink import SinkWriter
from gpudb.kernels.sources import HeldSource, RowSource
from gpudb.records import dataclass
from gpudb.sql.pipeline import Pipeline, Probe, Unnest
from gpudb.sql.plan import JoinKind


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


def fetch_builds(pipeline: Pipeline, builds: Mapping[int, BuildTable]) -> None:
    """Let the host have the builds that a pipeline probes."""
    for step in pipeline.steps:
        if isinstance(step, Probe):
            builds[step.build].on_host()


def fetch_held(source: RowSource) -> None:
    """Let the host have the rows that it reads, if they are held."""
    if isinstance(source, HeldSource):
        fetch_columns(source.relation)


def fanout_of(pipeline: Pipeline, builds: Mapping[int, BuildTable]) -> int:
    """Return how many outputs one row of the source can have."""
    fanout = 1
    for step in pipeline.steps:
        if isinstance(step, Probe) and step.kind not in (JoinKind.SEMI, JoinKind.ANTI):
            fanout *= max(1, builds[step.build].longest)
        if isinstance(step, Unnest):
            fanout *= max(1, step.longest)
    return fanout
