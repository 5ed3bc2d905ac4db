"""Tables that are no tables of the database: registered data, and the caller's own variables.

SELECT * FROM frame   ->   registered as "frame"?   else, where the database has no such table:
                           a local or global variable `frame` of the code that runs the query?
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType

import pyarrow as pa

from gpudb.errors import InterfaceError, ProgrammingError
from gpudb.settings import Settings
from gpudb.storage.external.arrow import ArrowSource, open_data

PACKAGE = __name__.partition(".")[0]
FRAME_LIBRARIES = ("pandas", "polars")


class NamedData:
    """What one connection can read by name besides its tables."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._registered: dict[str, ArrowSource] = {}

    def register(self, name: str, data: object) -> None:
        """Let `name` stand for `data` from now on."""
        if not name:
            raise InterfaceError("data is registered under a name, which is empty")
        self._registered[name.casefold()] = open_data(name, data)

    def unregister(self, name: str) -> None:
        """Forget `name`; ProgrammingError where nothing is registered under it."""
        if self._registered.pop(name.casefold(), None) is None:
            raise ProgrammingError(f"nothing is registered under the name '{name}'")

    def find_registered(self, name: str) -> ArrowSource | None:
        """Return what is registered under `name`, in any case, or None."""
        return self._registered.get(name.casefold())

    def find_variable(self, name: str) -> ArrowSource | None:
        """Return the caller's variable `name` if it holds rows, or None.

        The caller is the code nearest to this one on the stack that is not gpudb's.
        """
        if not self._settings.replacement_scans:
            return None
        for variables in caller_variables():
            value = variables.get(name)
            if value is not None and holds_rows(value):
                return open_data(name, value)
        return None

    def names(self) -> list[str]:
        """Return the names under which something is registered."""
        return [source.name for source in self._registered.values()]


def caller_variables() -> Iterator[dict[str, object]]:
    """Yield the local and the global variables of the code that called gpudb."""
    frame: FrameType | None = sys._getframe()
    has_entered = False
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        is_ours = module.partition(".")[0] == PACKAGE
        # Other libraries stand between, called by gpudb itself: only what called the cursor counts.
        has_entered |= module in (f"{PACKAGE}.cursor", f"{PACKAGE}.connection")
        if has_entered and not is_ours:
            yield frame.f_locals
            yield frame.f_globals
            return
        frame = frame.f_back


def holds_rows(value: object) -> bool:
    """Whether a variable is Arrow data or a frame, so that a query may mean it."""
    if isinstance(value, type):
        return False
    if isinstance(value, pa.Table | pa.RecordBatch | pa.RecordBatchReader):
        return True
    library = type(value).__module__.partition(".")[0]
    if library in FRAME_LIBRARIES:
        return type(value).__name__ == "DataFrame"
    return hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__")
