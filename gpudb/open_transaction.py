"""A transaction of several statements, between its BEGIN and its end."""

from __future__ import annotations

from dataclasses import field

from gpudb.errors import OperationalError, ProgrammingError
from gpudb.records import dataclass
from gpudb.sql.scope import known_names, nearest
from gpudb.storage.transaction import Savepoint, Transaction


@dataclass
class OpenTransaction:
    """An open transaction, and its savepoints in the order in which they were set.

    `has_failed` when a statement's error has undone it, so that only its end, or the return to a
    savepoint, may follow.
    """

    changes: Transaction
    has_failed: bool = False
    savepoints: list[tuple[str, Savepoint]] = field(default_factory=list)

    def set_savepoint(self, name: str) -> None:
        """Remember what the transaction has made so far."""
        self.savepoints.append((name, self.changes.savepoint()))

    def return_to(self, name: str) -> None:
        """Undo what was done since a savepoint, also what a failing statement did."""
        place = self._place(name)
        del self.savepoints[place + 1 :]
        self.changes.return_to(self.savepoints[place][1])
        self.has_failed = False

    def release(self, name: str) -> None:
        """Forget a savepoint, and those that were set after it."""
        del self.savepoints[self._place(name) :]

    def _place(self, name: str) -> int:
        """Return where the last savepoint of a name stands."""
        names = [known for known, _ in self.savepoints]
        if name not in names:
            hint = nearest(name, names) or known_names(names)
            raise ProgrammingError(f"savepoint {name} does not exist{hint}")
        return len(names) - 1 - names[::-1].index(name)

    def fail(self) -> None:
        """Undo what was done: only a savepoint leads back to before it."""
        self.has_failed = True
        if not self.savepoints:
            self.changes.rollback()

    def check_usable(self) -> None:
        """Raise OperationalError where a failing statement has undone the transaction."""
        if not self.has_failed:
            return
        if not self.savepoints:
            raise OperationalError(
                "an earlier statement of this transaction failed, and all of it was undone: "
                "ROLLBACK ends it"
            )
        raise OperationalError(
            "an earlier statement of this transaction failed: "
            f"ROLLBACK TO {self.savepoints[-1][0]} undoes what it did, ROLLBACK all"
        )
