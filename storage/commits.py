"""The last commit that readers see, and those behind it that wait for the disk.

    A   writes rows | adds its commit | forces the log              | visible
    B                 writes rows     | adds its commit | waits     | forces B and C | visible
    C                                   writes rows     | adds ...  | waits          | visible

A commit gives the right to write back before its record is forced: the next one comes after it, and
one of those that wait in the meantime writes one record for all of them (group commit: DeWitt and
others, Implementation Techniques for Main Memory Database Systems, 1984). Readers see what has
reached the disk. Where it does not, the commits that come after fail, too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from gpudb.errors import OperationalError
from gpudb.records import dataclass
from gpudb.storage.files import disk_error
from gpudb.storage.log import LoggedAppend, LogWriter
from gpudb.storage.snapshot import Snapshot


@dataclass(eq=False, slots=True)
class LogCommit:
    """A commit for the log: what it appends, and all tables after it.

    Once `is_settled`, it has reached the disk unless it `has_failed`, of `error` if that is known.
    """

    appends: Sequence[LoggedAppend]
    snapshot: Snapshot
    is_settled: bool = False
    has_failed: bool = False
    error: OSError | None = None


class Commits:
    """The commits of one database. The right to write guards `written`, but for commits that fail.

    `published` is the last commit that readers see, `written` that which the next one comes after.
    """

    def __init__(self) -> None:
        self.published = self.written = Snapshot()
        self.log: LogWriter | None = None
        self._changed = threading.Condition()
        self._waiting: list[LogCommit] = []
        self._is_forcing = False

    def publish(self, snapshot: Snapshot) -> None:
        """Show readers a commit that lasts; none waits."""
        self.published = self.written = snapshot

    def add(self, commit: LogCommit, before: Snapshot) -> None:
        """Let a commit wait that was made of `before`; OperationalError where that has failed."""
        with self._changed:
            self._check(before)
            self._waiting.append(commit)
            self.written = commit.snapshot

    def force(self, commit: LogCommit) -> None:
        """Return once a commit has reached the disk; raises OperationalError where it has not."""
        try:
            self._force_until(lambda: commit.is_settled)
        except BaseException:
            # Ctrl-C while another forces leaves it waiting: it would appear with the next one.
            self._force_until(lambda: commit.is_settled)
            raise
        if commit.error is not None:
            raise disk_error(commit.error, "committing") from commit.error
        if commit.has_failed:
            raise OperationalError("the commit was interrupted: it did not reach the disk")

    def force_all(self, before: Snapshot) -> None:
        """Return once no commit waits; OperationalError where `before` has failed.

        It is for the owner of the right to write.
        """
        self._force_until(lambda: not (self._waiting or self._is_forcing))
        self._check(before)

    def _check(self, before: Snapshot) -> None:
        if before is not self.written:
            raise OperationalError("a commit before this one did not reach the disk: try again")

    def _force_until(self, is_done: Callable[[], bool]) -> None:
        while not self._force_waiting(is_done):
            pass

    def _force_waiting(self, is_done: Callable[[], bool]) -> bool:
        """Write one record for the commits that wait, in their order, and force it to the disk.

        Returns True instead once another thread has done that. Ctrl-C at any moment leaves
        none of them without an end.
        """
        log, own, end, error = self.log, list[LogCommit](), None, None
        assert log is not None or is_done()
        try:
            with self._changed:
                self._changed.wait_for(lambda: is_done() or not self._is_forcing)
                if log is None or is_done():
                    return True
                end = log.end
                own, self._waiting = self._waiting, []
                self._is_forcing = True
            log.append(self.published.commit, [each for commit in own for each in commit.appends])
        except OSError as found:
            error = found
        finally:
            if log is not None and own:
                # Ctrl-C may come when the record is just on the disk: then the commits stand.
                stands = log.end is not end and log.end is not None and log.end.number > 0
                with self._changed:
                    self._settle(own, error, stands=stands)
        return False

    def _settle(self, commits: Sequence[LogCommit], error: OSError | None, *, stands: bool) -> None:
        self._is_forcing = False
        if stands:
            self.published = commits[-1].snapshot
        else:
            # Those that came in the meantime were made of what has failed.
            commits, self._waiting = [*commits, *self._waiting], []
            self.written = self.published
        for commit in commits:
            commit.is_settled, commit.has_failed, commit.error = True, not stands, error
        self._changed.notify_all()
