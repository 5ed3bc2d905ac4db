"""Libraries that load when they are first asked for something: the first query need not wait."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import re


def load(name: str) -> ModuleType:
    """Import a module, and all that it needs, while no garbage is looked for.

    What modules hold stays. To look through it again and again while it grows takes a tenth of the
    time of an import; afterwards it counts as what has been looked through already.
    """
    if name in sys.modules or not gc.isenabled():
        return import_module(name)
    gc.disable()
    try:
        return import_module(name)
    finally:
        # Without a pass over the objects; what the process has frozen itself stays so.
        if gc.get_freeze_count() == 0:
            gc.freeze()
            gc.unfreeze()
        gc.enable()


class Late:
    """A module that is imported with the first of its names that is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        value = getattr(load(self._name), name)
        setattr(self, name, value)
        return value


class LatePattern:
    """A regular expression that is compiled with the first of its methods that is used."""

    def __init__(self, text: str, flags: int) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> Any:
        import re

        value = getattr(re.compile(*self._given), name)
        setattr(self, name, value)
        return value


def late_pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern of statements or functions that most queries lack: 0.2 to 0.9 ms each."""
    return cast("re.Pattern[str]", LatePattern(text, flags))


# 35 ms of the 500 that `gpudb -c "SELECT 1"` takes.
compute = Late("pyarrow.compute")
# Programs of numbers alone are compiled and run without it.
arrow = Late("pyarrow")
hashlib = Late("hashlib")
html = Late("html")
resources = Late("importlib.resources")
secrets = Late("secrets")
zoneinfo = Late("zoneinfo")
