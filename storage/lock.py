"""The two lock files of a database folder: for the one writing process, and for readers.

    lock      held exclusively by the writing process; its text is that process's id
    readers   shared by read-only processes; files are removed only while none holds it

Both are advisory `flock` locks, which the kernel drops when a process dies, however it dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import weakref
from collections.abc import Iterator
from pathlib import Path

from gpudb.errors import OperationalError

LOCK_NAME = "lock"
READERS_NAME = "readers"


class FolderLock:
    """A lock on a database folder, held until `release` or until nobody has this object."""

    def __init__(self, descriptor: int | None, readers: Path) -> None:
        self._readers = readers
        self._close = None if descriptor is None else weakref.finalize(self, os.close, descriptor)

    def release(self) -> None:
        """Give the lock back; releasing twice does nothing."""
        if self._close is not None:
            self._close()

    @contextlib.contextmanager
    def without_readers(self) -> Iterator[bool]:
        """Give True if no other process reads the folder, and let none begin; else False."""
        descriptor = os.open(self._readers, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            yield _try_lock(descriptor, fcntl.LOCK_EX)
        finally:
            os.close(descriptor)


def lock_for_writing(folder: Path) -> FolderLock:
    """Lock `folder` for this process; OperationalError names the process that holds it already."""
    descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    if not _try_lock(descriptor, fcntl.LOCK_EX):
        holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        who = "this process" if holder == str(os.getpid()) else f"process {holder}"
        raise OperationalError(
            f"the database '{folder}' is already open for writing in {who}; "
            "close it there, or open it here with read_only=True"
        )
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
    return FolderLock(descriptor, folder / READERS_NAME)


def lock_for_reading(folder: Path) -> FolderLock:
    """Note that this process reads `folder`, so that no file goes away under it.

    A folder that cannot be written to (a read-only medium) needs no such note.
    """
    readers = folder / READERS_NAME
    try:
        descriptor = os.open(readers, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        return FolderLock(None, readers)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return FolderLock(descriptor, readers)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
