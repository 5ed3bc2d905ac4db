"""What a commit does to a database's folder: new strings, then the manifest, then its name.

A commit of small appends alone is a record of the log instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from gpudb.errors import OperationalError
from gpudb.storage.files import StoredFile
from gpudb.storage.folder import DatabaseFolder, files_of, stored_table
from gpudb.storage.log import LogWriter
from gpudb.storage.manifest import (
    FORMAT_VERSION,
    Manifest,
    read_manifest,
    sync_folder,
    write_manifest,
)
from gpudb.storage.snapshot import Relation, Snapshot
from gpudb.storage.table import TableVersion
from gpudb.storage.writer import Writer


def save(
    folder: DatabaseFolder, before: Snapshot, after: Snapshot, changed: Set[int], writer: Writer
) -> Snapshot:
    """Make `after` the last commit of the folder; `changed` are the ids of tables that changed.

    Returns it as it is stored; raises OSError.
    """
    tables = [table for table in after.tables() if table.id in changed]
    for table in tables:
        after = after.with_relation(folder.save_dictionaries(table))
    folder.sync(tables)
    saved = Snapshot(after.relations(), before.commit + 1, after.schemas)
    stored = tuple(stored_table(table) for table in saved.tables())
    next_id, views = writer.take_id(), saved.views()
    write_manifest(folder.path, Manifest(saved.commit, next_id, stored, views, saved.schemas))
    folder.version = FORMAT_VERSION
    return saved


def find_log(
    folder: DatabaseFolder,
    before: Snapshot,
    after: Snapshot,
    rewritten: Set[int],
    written: Sequence[StoredFile],
) -> LogWriter | None:
    """Return the log if it can hold the changes from `before` to `after`: appends to tails only.

    `rewritten` are the ids of tables that had more done to them, `written` files of new chunks.
    """
    log = folder.log if folder.has_log else None
    if log is None or written or not log.has_room(before.commit):
        return None
    is_held = before.schemas == after.schemas and before.names() == after.names()
    is_held = is_held and all(
        _is_grown(before.find(relation.full_name), relation, rewritten)
        for relation in after.relations()
    )
    return log if is_held else None


def _is_grown(old: Relation | None, new: Relation, rewritten: Set[int]) -> bool:
    """Whether a relation is as it was, but for rows appended."""
    if old is new:
        return True
    if not isinstance(old, TableVersion) or not isinstance(new, TableVersion):
        return False
    is_alike = (old.id, old.columns, old.checks, old.comment, old.chunk_rows) == (
        *(new.id, new.columns, new.checks, new.comment, new.chunk_rows),
    )
    return is_alike and new.id not in rewritten


def stands(folder: DatabaseFolder, commit: int) -> bool:
    """Whether the folder's last commit is this one."""
    manifest = read_manifest(folder.path)
    return manifest is not None and manifest.commit == commit


def doom(before: Snapshot, after: Snapshot, written: Iterable[StoredFile]) -> None:
    """Mark the files that only older snapshots use."""
    kept = files_of(after)
    for file in {*files_of(before), *written} - kept:
        file.doom()


def force_names(folder: DatabaseFolder) -> None:
    """Force the manifest's name to the disk; the commit stands already, so nothing is undone."""
    try:
        sync_folder(folder.path)
    except OSError as error:
        raise OperationalError(
            f"the commit may not survive a loss of power: {error.strerror}"
        ) from error
