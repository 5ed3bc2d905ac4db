"""Giving up a load: the event that Ctrl-C and Cursor.cancel() set, and what looks at it."""

from __future__ import annotations

import threading

from gpudb.errors import QueryCancelled

POLL_SECONDS = 0.02


def check_cancel(cancel: threading.Event | None) -> None:
    """Raise QueryCancelled if `cancel` is set."""
    if cancel is not None and cancel.is_set():
        raise QueryCancelled("the statement was cancelled; nothing of it is stored")
