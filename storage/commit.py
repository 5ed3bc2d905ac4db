"""What a commit does to a database's folder: new strings, then the manifest, then its name."""

from __future__ import annotations

from collections.abc import Iterable, Set

from gpudb.errors import OperationalError
from gpudb.storage.files import StoredFile
from gpudb.storage.folder import DatabaseFolder, files_of, stored_table
from gpudb.storage.manifest import Manifest, read_manifest, sync_folder, write_manifest
from gpudb.storage.snapshot import Snapshot
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
    return saved


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
