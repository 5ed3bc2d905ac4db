"""What a query cost: seconds of each stage, and of each pipeline what it read and how fast."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field

from gpudb.devices.device import Traffic
from gpudb.kernels.pipeline_profile import PipelineProfile
from gpudb.records import dataclass


@dataclass
class Profile:
    """Seconds by stage, in order, and the pipelines' own profiles."""

    stages: dict[str, float] = field(default_factory=dict)
    pipelines: Sequence[PipelineProfile] = ()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside the `with` to a stage."""
        started = time.perf_counter()
        yield
        self.stages[name] = self.stages.get(name, 0.0) + time.perf_counter() - started

    @property
    def compile_seconds(self) -> float:
        """What compiling took in all pipelines."""
        return sum(p.compile_seconds for p in self.pipelines)

    @property
    def rows_scanned(self) -> int:
        """How many rows of tables the pipelines read."""
        return sum(p.rows_in for p in self.pipelines if p.is_scan)

    @property
    def touched_bytes(self) -> int:
        """How many bytes of columns the kernels were given."""
        return sum(p.touched_bytes for p in self.pipelines)


def analyze_text(profile: Profile) -> str:
    """Return EXPLAIN ANALYZE's text."""
    lines = []
    for p in profile.pipelines:
        rate = p.touched_bytes / p.run_seconds / 1e9 if p.run_seconds else 0.0
        lines += [
            f"pipeline {p.index}: {p.source} -> {p.sink}{_place(p)}",
            *([f"  groups      {p.groups}"] if p.groups else []),
            f"  rows        {p.rows_in:,} in, {p.rows_out:,} out; "
            f"{p.zones_skipped:,} zones skipped",
            f"  bytes       {p.touched_bytes:,} touched, {rate:.2f} GB/s",
            f"  seconds     generate {p.generate_seconds:.4f}, compile {p.compile_seconds:.4f}, "
            f"run {p.run_seconds:.4f}, finish {p.finish_seconds:.4f}",
            *(
                [
                    f"  copied      {p.traffic.in_bytes:,} bytes to the device, "
                    f"{p.traffic.out_bytes:,} back"
                ]
                if p.traffic != Traffic()
                else []
            ),
            *([f"  on disk     {p.disk_bytes:,} bytes of arrays"] if p.disk_bytes > 0 else []),
            *([f"  result      {p.whereabouts}"] if p.whereabouts else []),
            *([f"  parts       {p.parts}"] if p.parts else []),
            *(f"  noted       {note}" for note in p.notes),
            *([f"  retried     {p.retried}"] if p.retried else []),
        ]
    stages = ", ".join(f"{name} {seconds:.4f}" for name, seconds in profile.stages.items())
    return "\n".join([*lines, f"stages: {stages}"])


def _place(pipeline: PipelineProfile) -> str:
    """Return where a pipeline's kernel ran, and whether it did so again with a larger table."""
    if not pipeline.device:
        return ""
    again = f", run {pipeline.runs} times" if pipeline.runs > 1 else ""
    return f", on {pipeline.device}{again}"


def code_text(profile: Profile) -> str:
    """Return EXPLAIN CODE's text: each pipeline's kernel."""
    parts = [
        f"# pipeline {p.index}: {p.source} -> {p.sink}\n{p.code or '# no kernel: rows as they are'}"
        for p in profile.pipelines
    ]
    return "\n".join(parts).rstrip("\n")
