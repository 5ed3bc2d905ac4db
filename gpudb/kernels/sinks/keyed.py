"""Group with keys: by direct addressing where the keys' codes allow it, else by hashing.

The choice falls when the keys' values are written, since only then their bounds and domains are
known.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Self

import numpy as np

from gpudb.devices.device import Morsel
from gpudb.kernels.builds import BuildTable, IndexedRelation
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.best_groups import BestGroups
from gpudb.kernels.sinks.bitmap import BitmapWriter, may_be_bits
from gpudb.kernels.sinks.counted_groups import CountedGroups
from gpudb.kernels.sinks.direct import DirectWriter
from gpudb.kernels.sinks.first_groups import FirstGroupsWriter
from gpudb.kernels.sinks.group import Key, places, write_keys
from gpudb.kernels.sinks.hashed import HashWriter
from gpudb.kernels.sinks.shared_hash import SharedHashWriter
from gpudb.kernels.sinks.sink import Growing, SinkWriter, Worker, takes_several, twin
from gpudb.kernels.sinks.tiers import Choice, Crowd
from gpudb.sql.aggregates import SKETCHED
from gpudb.sql.plan import AggregateItem, Item

# A table of so many places is used however few rows there are; a larger one needs rows to match:
# one for two places if all workers' tables together take few bytes, else four for each.
SMALL_PLACES = 1 << 16
MOST_PLACES = 1 << 24
FEW_BYTES = 1 << 29
# Sketches are large: a table of so many takes some 64 MB.
MOST_SKETCHES = 1 << 15
# A larger table leaves a core's cache. It is zeroed, merged and listed whole: where so many places
# or more come to each row that is expected, its groups are hashed instead.
SPARSE_WORDS, SPARSE_PLACES = 1 << 18, 16


# Any so many groups, the best, or how many there are; else all.
Wanted = int | BestGroups | CountedGroups | None
Chosen = BitmapWriter | DirectWriter | HashWriter | SharedHashWriter
# How many rows statistics let expect, asked where it matters: it costs more than all else here.
Expected = Callable[[], float | None]


class KeyedWriter:
    """Writes the keys, then hands over to the writer that they allow.

    `kept` are the groups, once they stay on the device; not where the rows of this run are but a
    part of all, and it `is_partial`. Where only so many groups are `wanted`, any will do, unless
    they are the best; where they are only counted, the counts are the only row.
    """

    is_partial = False
    kept: Relation | None = None
    expected: Expected | None = None
    # The places that rows were compared with, if they were, and whether these are few.
    _compared: tuple[int, bool] | None = None

    def __init__(
        self,
        keys: Sequence[Item],
        aggregates: Sequence[AggregateItem],
        *,
        rows: int,
        fanout: int,
        fixed: FixedKernels,
        cancel: threading.Event,
        crowd: Crowd | None = None,
        wanted: Wanted = None,
    ) -> None:
        self.items = keys
        self.aggregates = aggregates
        self.rows = rows
        self.fanout = fanout
        self.fixed = fixed
        self.cancel = cancel
        self.crowd = crowd
        self.best = wanted if isinstance(wanted, BestGroups) else None
        self.counted = wanted if isinstance(wanted, CountedGroups) else None
        self.wanted = wanted if isinstance(wanted, int) and fanout == 1 else None
        self._room_line: tuple[int, int] | None = None
        self._inner: Chosen | None = None

    @property
    def form(self) -> tuple[object, ...]:
        """What the text depends on besides keys and aggregates."""
        return self.rows, self.fanout, self.wanted, self.best, self.fixed

    def again(self, fresh: KeyedWriter) -> Self:
        """Return the sink for the run of its text that `fresh` is of."""
        assert not isinstance(self.inner, SharedHashWriter)
        made = twin(self)
        made.cancel, made._inner = fresh.cancel, self.inner.again(fresh.cancel)
        return made

    def chooses_like(self, kept: KeyedWriter) -> bool:
        """Whether this sink would choose what a kept one did, by the rows that are expected."""
        if kept._compared is None:
            return True
        places, are_few = kept._compared
        return self._are_few(places) == are_few

    @property
    def inner(self) -> Chosen:
        """The chosen writer."""
        assert self._inner is not None, "the row's text chooses the writer"
        return self._inner

    @property
    def choice(self) -> Choice | None:
        """Where threads that share memory keep the groups."""
        return self.inner.choice

    @property
    def group_bytes(self) -> int:
        """How large the table is that threads share."""
        assert not isinstance(self.inner, HashWriter), "which is of a thread's own"
        return self.inner.table_bytes

    @property
    def known_groups(self) -> int:
        """How many groups there are at least about, if the table had to grow; else 0."""
        inner = self.inner
        if not isinstance(inner, SharedHashWriter) or not inner.has_grown:
            return 0
        return inner.capacity // 2

    def open(self, scope: Scope) -> None:
        """Note where the loop begins: the chosen writer opens when the row is written."""
        self._begin = len(scope.writer.lines)

    def begin_row(self, scope: Scope) -> None:
        """Note where the question for room belongs, if there will be one."""
        self._room_line = (len(scope.writer.lines), scope.writer.depth)

    def row(self, scope: Scope) -> None:
        """Write the keys, choose, and write the rest."""
        keys = write_keys(self.items, scope)
        self._inner = self._choose(keys)
        # What tells it holds a table's rows.
        self.expected = None
        self._inner.open(scope)
        if self._room_line is None:
            self._inner.begin_row(scope)
        else:
            self._ask_above(self._room_line, scope)
        self._inner.row(scope)

    def _choose(self, keys: Sequence[Key]) -> Chosen:
        if not self.aggregates and may_be_bits(places(keys), self.rows):
            return BitmapWriter(keys, self.fixed, None if self.crowd is None else self.crowd.part)
        most = min(MOST_PLACES, max(SMALL_PLACES, self._most_places()))
        if any(item.call.function in SKETCHED for item in self.aggregates):
            most = MOST_SKETCHES
        if places(keys) <= most and not self._is_sparse(places(keys)):
            direct = DirectWriter(
                keys,
                self.aggregates,
                self.rows,
                begin=self._begin,
                fanout=self.fanout,
                crowd=self.crowd,
                fixed=self.fixed,
                cancel=self.cancel,
            )
            direct.best = self.best if self.crowd is None else None
            return direct
        if self.crowd is not None:
            return SharedHashWriter(keys, self.aggregates, rows=self.rows, crowd=self.crowd)
        hashed = HashWriter if self.wanted is None else FirstGroupsWriter
        made = hashed(
            keys,
            self.aggregates,
            rows=self.rows,
            fanout=self.fanout,
            fixed=self.fixed,
            cancel=self.cancel,
        )
        made.best, made.counted = self.best, self.counted
        if isinstance(made, FirstGroupsWriter):
            made.wanted = self.wanted or 0
        return made

    def _is_sparse(self, places: int) -> bool:
        """Whether a thread's own table would be large, and hardly used."""
        words = places * (1 + 2 * len(self.aggregates))
        if self.crowd is not None or words < SPARSE_WORDS:
            return False
        are_few = self._are_few(places)
        self._compared = places, are_few
        return are_few

    def _are_few(self, places: int) -> bool:
        rows = None if self.expected is None else self.expected()
        return rows is not None and rows * SPARSE_PLACES <= places

    def _most_places(self) -> int:
        place_bytes = 8 * (1 + 2 * len(self.aggregates)) * self.fixed.device.workers
        return max(self.rows // 4, min(2 * self.rows, FEW_BYTES // place_bytes))

    def _ask_above(self, place: tuple[int, int], scope: Scope) -> None:
        writer = scope.writer
        line, depth = place
        kept, writer.lines = writer.lines[line:], writer.lines[:line]
        inside, writer.depth = writer.depth, depth
        self.inner.begin_row(scope)
        writer.lines.extend(kept)
        writer.depth = inside

    def close(self, scope: Scope) -> None:
        """Write what stands after the loop."""
        self.inner.close(scope)

    def new_worker(self) -> Worker:
        """Return the arguments that one worker owns."""
        return self.inner.new_worker()

    def first_words(self, name: str) -> np.ndarray | None:
        """Return what an array of a worker repeats; None for one that the host writes."""
        return None if isinstance(self.inner, HashWriter) else self.inner.first_words(name)

    def enlarge(self) -> int:
        """Let the next worker have a larger table, if it is one that grows by this."""
        assert isinstance(self._inner, Growing)
        return self._inner.enlarge()

    @property
    def joins_morsels(self) -> bool:
        """Whether morsels that follow one another are as good as one."""
        return takes_several(self.inner)

    def pause(self, worker: Worker, order: int) -> None:
        """Make room."""
        self.inner.pause(worker, order)

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Note that a morsel is done."""
        self.inner.end_morsel(worker, order)

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Merge the workers' partial results, unless the groups are on the device."""
        if self.kept is not None:
            return self.kept
        inner, counted = self.inner, self.counted
        if counted is None or isinstance(inner, HashWriter):
            return inner.finish(workers)
        if isinstance(inner, BitmapWriter):
            return inner.counted(workers, counted)
        return counted.of_columns(inner.finish(workers))


def runs_of(sink: SinkWriter, morsels: Sequence[Morsel]) -> Iterable[Sequence[Morsel]]:
    """Return the morsels in the runs that a sink takes one after the other: most often one."""
    inner = sink.inner if isinstance(sink, KeyedWriter) else None
    return inner.runs(morsels) if isinstance(inner, FirstGroupsWriter) else (morsels,)


class KeySetWriter(KeyedWriter):
    """The distinct keys of a build of which only this is asked: whether a key is there.

    `table` is the build, once its bitmap is the index.
    """

    table: BuildTable | None = None

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Merge the workers' keys; a key that is NULL is equal to none."""
        if self.table is None and not self.is_partial and isinstance(self.inner, BitmapWriter):
            self.table = self.inner.key_set(workers)
        if self.table is not None:
            return IndexedRelation(self.table.relation.rows, {}, self.table)
        keys = super().finish(workers)
        nulls = [column.nulls for column in keys.columns.values() if column.nulls is not None]
        return keys.take(np.flatnonzero(~np.logical_or.reduce(nulls))) if nulls else keys
