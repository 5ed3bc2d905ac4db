"""Tables that are no tables of the database: registered data, and the caller's own variables.

SELECT * FROM frame   ->   a table?   else: registered as "frame"?   else: a local or global
                           variable `frame` of the code that runs the query?
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from weakref import WeakSet

import pyarrow as pa

from gpudb.errors import InterfaceError, ProgrammingError
from gpudb.settings import Settings
from gpudb.storage.external.arrow import ArrowSource, open_data

PACKAGE = __name__.partition(".")[0]
FRAME_LIBRARIES = ("pandas", "polars")


class NamedData:
    """What one connection can read by name besides its tables.

    `variables` are looked through before the caller's: those of a notebook, say.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._registered: dict[str, ArrowSource] = {}
        self.variables: Mapping[str, object] = {}
        self._read_streams: WeakSet[pa.RecordBatchReader] = WeakSet()

    def register(self, name: str, data: object) -> None:
        """Let `name` stand for `data` from now on."""
        if not name:
            raise InterfaceError("data is registered under a name, which is empty")
        self._registered[name.casefold()] = open_data(name, data)

    def unregister(self, name: str) -> None:
        """Forget `name`; ProgrammingError where nothing is registered under it."""
        if self._registered.pop(name.casefold(), None) is None:
            raise ProgrammingError(f"nothing is registered under the name '{name}'")

    def find(self, name: str) -> ArrowSource | None:
        """Return what is registered under `name`, else the caller's variable of that name, or None.

        The caller is the code nearest to this one on the stack that is not gpudb's.
        """
        registered = self._registered.get(name.casefold())
        if registered is not None:
            return registered
        if not self._settings.replacement_scans:
            return None
        for variables in (self.variables, *caller_variables()):
            value = variables.get(name)
            if value is not None and holds_rows(value):
                return self._open(name, value)
        return None

    def _open(self, name: str, value: object) -> ArrowSource:
        """Return a variable's rows; each query makes a source, but a stream is read only once."""
        if not isinstance(value, pa.RecordBatchReader):
            return open_data(name, value)

        def read() -> Iterator[pa.RecordBatch]:
            if value in self._read_streams:
                raise ProgrammingError(f"the stream '{name}' has been read already")
            self._read_streams.add(value)
            return iter(value)

        return ArrowSource(name, value.schema, read, None)


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
