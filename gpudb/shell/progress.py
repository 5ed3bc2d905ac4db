"""The bar while a query runs or data is loaded: share done, rows, bytes, rate and time left."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from gpudb.shell.render import show_seconds

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

PATIENCE_SECONDS = 0.5


class ProgressBar:
    """A progress callback: a bar on stderr, once the block has taken half a second, to its end."""

    def __init__(
        self, console: Console | None = None, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._console = console
        self._patience_seconds = patience_seconds
        self._began = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __call__(
        self, row_count: int, total_rows: int | None, byte_count: int, total_bytes: int | None
    ) -> None:
        """Draw what is done; the totals are None where unknown. Bytes measure better than rows."""
        seconds = time.monotonic() - self._began
        if seconds < self._patience_seconds:
            return
        if self._bar is None or self._task is None:
            self._bar, self._task = self._open()
        done, total = (byte_count, total_bytes) if total_bytes else (row_count, total_rows)
        share = done / total if total else None
        facts = describe(row_count, byte_count, seconds, share)
        shown = facts if share is None else f"{share:4.0%} {facts}"
        self._bar.update(self._task, completed=done, total=total, facts=shown)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None

    def _open(self) -> tuple[Progress, TaskID]:
        # Only what takes long at a terminal needs rich: a query starts without it.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        bar = Progress(
            BarColumn(bar_width=30),
            TextColumn("{task.fields[facts]}"),
            console=self._console or Console(stderr=True),
            transient=True,
        )
        task = bar.add_task("work", total=None, facts="")
        bar.start()
        return bar, task


def describe(row_count: int, byte_count: int, seconds: float, share: float | None) -> str:
    """Return rows, bytes, rate and, where `share` tells how much is done, the time left.

    >>> describe(2_000_000, 300_000_000, 2.0, 0.25)
    '2,000,000 rows  300.0 MB  1.0 M rows/s  150.0 MB/s  6.00 s left'
    """
    facts = [f"{row_count:,} rows"]
    if byte_count:
        facts.append(f"{byte_count / 1e6:.1f} MB")
    if seconds > 0:
        facts.append(f"{row_count / seconds / 1e6:.1f} M rows/s")
        if byte_count:
            facts.append(f"{byte_count / seconds / 1e6:.1f} MB/s")
        if share:
            facts.append(f"{show_seconds(seconds / share - seconds)} left")
    return "  ".join(facts)
