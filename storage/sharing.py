"""One Database for each folder that this process writes to, however often it is opened.

A notebook that runs its first cell again opens its database again while the old connection is
still there: both get the same Database, which gives its folder back when the last one closes it.
"""

from __future__ import annotations

import os
import threading
import weakref
from pathlib import Path

from gpudb.storage.catalog import Database
from gpudb.storage.lock import LOCK_NAME

# A process, and the device and inode of a lock file: a fork inherits no right to write, and while
# a database is open its lock file is too, so that no other file can have its inode.
FolderKey = tuple[int, int, int]

_OPENING = threading.Lock()
_OPEN: weakref.WeakValueDictionary[FolderKey, Database] = weakref.WeakValueDictionary()


def open_shared(path: str | None, *, read_only: bool = False) -> Database:
    """Return Database.open(path), or what this process has open for writing there already.

    Each user closes what it got. Databases in memory and those only read are never shared.
    """
    if path is None or read_only:
        return Database.open(path, read_only=read_only)
    with _OPENING:
        key = find_key(path)
        known = None if key is None else _OPEN.get(key)
        if known is not None and known.add_user():
            return known
        database = Database.open(path)
        key = find_key(path)
        assert key is not None
        _OPEN[key] = database
        return database


def find_key(path: str) -> FolderKey | None:
    """Return what tells the folder at `path` from all others; None where no database is there."""
    try:
        status = os.stat(Path(path) / LOCK_NAME)
    except OSError:
        return None
    return os.getpid(), status.st_dev, status.st_ino
