"""Group by open addressing: keys are hashed, and compared word by word.

Each worker has a table of its own, which doubles when it is half full: the kernel stops at the row
that might not fit, the host grows the table, and the kernel goes on. The tables are merged at the
end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.compiler.language import ValueType
from gpudb.errors import NotSupportedError
from gpudb.kernels import library
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.group import (
    FLOATS,
    INTS,
    Key,
    aggregate_columns,
    key_column,
    write_updates,
)
from gpudb.kernels.sinks.sink import Worker
from gpudb.kernels.sinks.states import States
from gpudb.kernels.values import BOOL, FLOAT, WIDE
from gpudb.sql.plan import AggregateItem

SMALLEST_CAPACITY = 1024


class HashWriter:
    """Groups found by hashing. With NULLs among the keys, one more word tells which are NULL."""

    def __init__(
        self,
        keys: Sequence[Key],
        aggregates: Sequence[AggregateItem],
        *,
        rows: int | None,
        fanout: int,
        fixed: FixedKernels,
    ) -> None:
        self.keys = keys
        self.has_nulls = any(key.value.is_null is not None for key in keys)
        self.words = len(keys) + (1 if self.has_nulls else 0)
        self.states = States(aggregates, self.words, rows)
        self.fanout = fanout
        self.fixed = fixed

    def open(self, scope: Scope) -> None:
        """Declare the table."""
        for name, type in (("states", INTS), ("float_states", FLOATS), ("used", INTS)):
            scope.writer.worker_parameter(name, type)
        for name in ("group_mask", "group_room"):
            scope.writer.worker_parameter(name, ValueType.INT)

    def begin_row(self, scope: Scope) -> None:
        """Stop where a row's groups might not fit."""
        with scope.writer.block("if used[0] >= group_room:"):
            scope.writer.line("return row")

    def row(self, scope: Scope) -> None:
        """Find or make the group and change its state."""
        writer = scope.writer
        words = self._key_words(scope)
        updates = self.states.updates(scope)
        code = "0"
        for word in words:
            code = f"mix({code} ^ {word})"
        group = writer.assign("group", f"{code} & group_mask")
        pitch = self.states.pitch
        state = writer.assign("state", f"{group} * {pitch}")
        same = " and ".join(f"states[{state} + {i}] == {w}" for i, w in enumerate(words, 1))
        with writer.block(f"while states[{state}] != 0 and not ({same}):"):
            writer.line(f"{group} = ({group} + 1) & group_mask")
            writer.line(f"{state} = {group} * {pitch}")
        with writer.block(f"if states[{state}] == 0:"):
            writer.line("used[0] += 1")
            for index, word in enumerate(words, 1):
                writer.line(f"states[{state} + {index}] = {word}")
            for index, first in enumerate(self.states.first_words()):
                if first != 0:
                    least = first == -(1 << 63)
                    held = f"-{(1 << 63) - 1} - 1" if least else str(int(first))
                    writer.line(f"states[{state} + {index}] = {held}")
        write_updates(self.states, updates, state, scope)

    def _key_words(self, scope: Scope) -> list[str]:
        writer = scope.writer
        words, flags = [], []
        for index, key in enumerate(self.keys):
            if key.value.kind is WIDE:
                raise NotSupportedError("GROUP BY a DECIMAL beyond 64 bits")
            text, null = key.value.text, key.value.is_null
            if key.value.kind is FLOAT:
                text = f"{writer.use(library.float_word)}({text})"
            elif key.value.kind is BOOL:
                text = f"int({text})"
            if null is not None:
                text = f"(0 if {null} else {text})"
                flags.append(f"({1 << index} if {null} else 0)")
            words.append(writer.assign("key", text))
        if self.has_nulls:
            words.append(writer.assign("key_nulls", " | ".join(flags) or "0"))
        return words

    def close(self, scope: Scope) -> None:
        """Nothing: the states lie in memory."""

    def new_worker(self) -> Worker:
        """Return an empty table."""
        capacity = SMALLEST_CAPACITY
        while capacity < 4 * self.fanout:
            capacity *= 2
        return self._table(capacity, 0)

    def _table(self, capacity: int, used: int) -> Worker:
        table = np.zeros(capacity * self.states.pitch, np.int64)
        return {
            "states": table,
            "float_states": table.view(np.float64),
            "used": np.array([used], np.int64),
            "group_mask": capacity - 1,
            "group_room": capacity // 2 - self.fanout + 1,
        }

    def pause(self, worker: Worker, order: int) -> None:
        """Move the groups to a table four times as large."""
        larger = self._table(4 * (int(worker["group_mask"]) + 1), 0)
        self._merge(worker, larger)
        worker.update(larger)

    def _merge(self, source: Worker, target: Worker) -> None:
        operations = np.array(self.states.operations, np.int64)
        self.fixed.merge_groups(source, target, self.states.pitch, self.words, operations)

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: the table holds every morsel so far."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Merge the tables and keep the groups."""
        largest, *others = sorted(workers, key=lambda w: -int(np.asarray(w["used"])[0]))
        need = sum(int(np.asarray(w["used"])[0]) for w in workers)
        capacity = int(largest["group_mask"]) + 1
        if others and 2 * need > capacity:
            while 2 * need > capacity:
                capacity *= 2
            larger = self._table(capacity, 0)
            self._merge(largest, larger)
            largest = larger
        for other in others:
            self._merge(other, largest)
        table = np.asarray(largest["states"]).reshape(-1, self.states.pitch)
        table = table[table[:, 0] != 0]
        columns = {}
        for index, key in enumerate(self.keys):
            nulls = None
            if key.value.is_null is not None:
                nulls = (table[:, 1 + len(self.keys)] >> index & 1).astype(np.bool_)
                nulls = nulls if nulls.any() else None
            columns[key.field.id] = key_column(key, table[:, 1 + index].copy(), nulls)
        columns.update(aggregate_columns(self.states, table))
        return Relation(len(table), columns)
