"""What a pipeline did and cost: what EXPLAIN ANALYZE shows."""

from __future__ import annotations

from dataclasses import field

from gpudb.devices.device import Traffic
from gpudb.records import dataclass
from gpudb.sql.pipeline import Pipeline, ScanRows, read_results


@dataclass
class PipelineProfile:
    """What a pipeline did and cost. `touched_bytes` counts the buffers given to its kernel once.

    `device` is where its kernel ran, `retried` why it did so after another device had been tried,
    and `runs` how often: again where a table was too small; `groups` is where threads that share
    memory kept the states of groups, and why; `parts` which side of a join was too large for the
    device's memory, and in how many pieces it was met. `whereabouts` is where a GPU's pipeline left
    its rows, and what of it was the host's work. `notes` are what the host sorted or indexed
    since the device had no room; `traffic` is what travelled to its memory and back meanwhile, and
    `disk_bytes` arrays that lay on disk, for other connections, too.
    """

    index: int
    source: str
    sink: str
    device: str = ""
    groups: str = ""
    parts: str = ""
    whereabouts: str = ""
    traffic: Traffic = Traffic()
    retried: str = ""
    notes: list[str] = field(default_factory=list)
    runs: int = 0
    disk_bytes: int = 0
    rows_in: int = 0
    rows_out: int = 0
    zones_skipped: int = 0
    touched_bytes: int = 0
    generate_seconds: float = 0.0
    compile_seconds: float = 0.0
    run_seconds: float = 0.0
    finish_seconds: float = 0.0
    code: str = ""
    is_scan: bool = False


def source_name(pipeline: Pipeline) -> str:
    """Return what EXPLAIN ANALYZE calls the pipeline's source."""
    source = pipeline.source
    if isinstance(source, ScanRows):
        return source.table.name
    return " and ".join(f"pipeline {index}" for index in read_results(source)) or "constants"
