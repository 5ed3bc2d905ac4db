"""A session that opens behind the prompt: the engine loads while one reads and types."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpudb.shell.session import Session


class Opening:
    """What `open_session` returns or raises, in a thread that `begin` starts, once."""

    def __init__(self, open_session: Callable[[], Session]) -> None:
        self._open_session = open_session
        self._future: Future[Session] = Future()
        self._has_begun = False

    def begin(self) -> None:
        """Begin to open the session."""
        if not self._has_begun:
            self._has_begun = True
            threading.Thread(target=self._open, name="gpudb opens").start()

    def when_done(self, call: Callable[[], object]) -> None:
        """Call in the thread once the session is open, or cannot be."""
        self._future.add_done_callback(lambda _: call())

    @property
    def opened(self) -> Session | None:
        """The session, or None until it is open."""
        is_open = self._future.done() and self._future.exception() is None
        return self._future.result() if is_open else None

    @property
    def error(self) -> BaseException | None:
        """What went wrong, or None as long as nothing has."""
        return self._future.exception() if self._future.done() else None

    def wait(self) -> Session:
        """Return the session once it is open; raise what went wrong."""
        self.begin()
        return self._future.result()

    def close(self) -> None:
        """Close the session, if there is one."""
        if self._has_begun and self._future.exception() is None:
            self._future.result().close()

    def _open(self) -> None:
        try:
            self._future.set_result(self._open_session())
        except BaseException as error:  # noqa: BLE001 (raised again by wait)
            self._future.set_exception(error)
