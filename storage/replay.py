"""The last commit of a database's folder: what its manifest says, and then its log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from gpudb.errors import Error, OperationalError
from gpudb.records import dataclass
from gpudb.storage.log import LOG_NAME, LogEnd, LoggedAppend, read_log
from gpudb.storage.manifest import Manifest, read_manifest
from gpudb.storage.snapshot import Snapshot
from gpudb.storage.tail import append_to_tail

# How often a reader tries again because the writer has just written another manifest.
MOST_TRIES = 100


@dataclass(frozen=True, slots=True)
class Committed:
    """The last commit: a manifest, the appends since, and where the log's next record goes."""

    manifest: Manifest
    appends: Sequence[LoggedAppend]
    end: LogEnd


def read_committed(folder: Path) -> Committed | None:
    """Return the last commit, None where there is none yet; raises OperationalError for damage.

    The log means something only beside its manifest, and another process may write both.
    """
    for _ in range(MOST_TRIES):
        manifest = read_manifest(folder)
        if manifest is None:
            return None
        wrong: OperationalError | None = None
        appends, end = (), LogEnd(manifest.commit, 0, 0)  # type: Sequence[LoggedAppend], LogEnd
        try:
            appends, end = read_log(folder, manifest.commit)
        except OperationalError as error:
            wrong = error
        again = read_manifest(folder)
        if again is not None and again.commit == manifest.commit:
            if wrong is not None:
                raise wrong
            return Committed(manifest, appends, end)
    raise OperationalError(f"'{folder}' is written faster than it can be read: try again")


def replayed(
    folder: Path, snapshot: Snapshot, appends: Sequence[LoggedAppend], take_id: Callable[[], int]
) -> Snapshot:
    """Return the snapshot with the log's rows in its tables; raises OperationalError."""
    path = folder / LOG_NAME
    tables = {table.id: table for table in snapshot.tables()}
    for table_id in dict.fromkeys(each.table_id for each in appends):
        table = tables.get(table_id)
        if table is None:
            raise OperationalError(f"'{path}' is damaged: there is no table {table_id}")
        try:
            own = [each.batch(table.columns) for each in appends if each.table_id == table_id]
            appended = append_to_tail(table, own, is_logged=True)
        except (pa.ArrowException, OSError, Error) as error:
            raise OperationalError(
                f"cannot append the rows in '{path}' to table '{table.full_name}': {error}"
            ) from error
        assert appended is not None
        grown = table.changed(take_id(), chunks=appended.chunks, texts=appended.texts)
        snapshot = snapshot.with_relation(grown)
    return snapshot
