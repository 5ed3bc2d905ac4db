"""Columns whose values are on a device, until somebody on the host asks for one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gpudb.devices.device import SharedMemory
from gpudb.kernels.held import HeldColumn, Relation


class ResidentColumns(Mapping[int, HeldColumn]):
    """Columns by field id: all of them come to the host with the first that is read as usual.

    Kernels of the device read those of `there`, which may have no content on the host.
    """

    def __init__(self, there: Mapping[int, HeldColumn], memory: SharedMemory | None) -> None:
        self.there = there
        self._memory = memory

    def __getitem__(self, id: int) -> HeldColumn:
        self.fetch()
        return self.there[id]

    def __iter__(self) -> Iterator[int]:
        return iter(self.there)

    def __len__(self) -> int:
        return len(self.there)

    @property
    def are_there(self) -> bool:
        """Whether the host has not asked for them yet."""
        return self._memory is not None

    def of(self, columns: Mapping[int, HeldColumn]) -> ResidentColumns:
        """Return some of these columns, by other ids, with others."""
        return ResidentColumns(columns, self._memory)

    def fetch(self) -> None:
        """Let the host have the content."""
        if self._memory is None:
            return
        arrays = (array for column in self.there.values() for array in column.arrays)
        self._memory.fetch([array for array in arrays if array is not None])
        self._memory = None


def columns_there(relation: Relation) -> Mapping[int, HeldColumn]:
    """Return the columns for kernels of the device, which may not be on the host."""
    columns = relation.columns
    return columns.there if isinstance(columns, ResidentColumns) else columns


def renamed(relation: Relation, ids: Mapping[int, int]) -> Relation:
    """Return some of the columns, whose ids are given by their new ones, wherever they are."""
    there, columns = columns_there(relation), relation.columns
    found = {id: there[before] for id, before in ids.items()}
    if isinstance(columns, ResidentColumns):
        return Relation(relation.rows, columns.of(found))
    return Relation(relation.rows, found)


def fetch_columns(relation: Relation) -> None:
    """Let the host have the columns that it reads by what `columns_there` gives."""
    if isinstance(relation.columns, ResidentColumns):
        relation.columns.fetch()
