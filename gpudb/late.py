"""Libraries that load when they are first asked for something: the first query need not wait."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Late:
    """A module that is imported with the first of its names that is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self._name), name)
        setattr(self, name, value)
        return value


# 35 ms of the 500 that `gpudb -c "SELECT 1"` takes.
compute = Late("pyarrow.compute")
# Programs of numbers alone are compiled and run without it.
arrow = Late("pyarrow")
hashlib = Late("hashlib")
html = Late("html")
resources = Late("importlib.resources")
