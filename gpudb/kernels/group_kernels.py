"""The kernels of groups that are hashed, each compiled for what a group consists of.

Their bodies stand in `kernels.dealing`; the words of a group are written out here, since a loop
over them, of a length that only arguments tell, costs more than all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from gpudb.compiler.compiled import Bound, CompiledProgram
from gpudb.compiler.language import Entry, ValueType, View
from gpudb.devices.device import Morsel
from gpudb.kernels import dealing, library
from gpudb.kernels.fixed import INDEX, INTS, SMALL, FixedKernels
from gpudb.kernels.groups import MERGE_USES
from gpudb.kernels.sinks.operations import ADD_WIDE, KEY, OPERATIONS
from gpudb.kernels.writer import Argument, mixed
from gpudb.records import dataclass
from gpudb.sql.functions.registry import kernel_source

PARTITIONS = 256
CHUNK_GROUPS = 64
# Groups of more words are copied by loops.
MOST_WRITTEN_WORDS = 24

INT = ValueType.INT
Bodies = tuple[Callable[..., object], ...]
Notes = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
DEALT = ("places", INTS), ("ends", INTS), ("owners", INTS), ("used", INTS)
DEAL = Entry("deal_groups", (*INDEX, ("table", INTS), ("block", INTS), *DEALT))
GROUPS = ("groups", INTS), ("group_floats", View("float64", "groups"))
MERGE_DEALT = Entry(
    "merge_dealt",
    (
        *INDEX,
        *(("block", INTS), ("block_floats", View("float64", "block"))),
        *(("starts", INTS), ("begins", INTS), ("ends", INTS)),
        *GROUPS,
        *(("slots", SMALL), ("slot_starts", INTS), ("used", INTS)),
    ),
)
BOTH_TABLES = (
    *(("table", INTS), ("table_floats", View("float64", "table"))),
    *(("target", INTS), ("target_floats", View("float64", "target"))),
)
MERGE_TABLE = Entry(
    "merge_table",
    (
        *INDEX,
        *BOTH_TABLES,
        *(("mask", INT), ("used", INTS)),
    ),
)
MERGE_PLACES = Entry("merge_places", (*INDEX, *BOTH_TABLES))
SPLIT = Entry("split_groups", (*INDEX, GROUPS[0], ("columns", INTS), ("rows", INT)))

LISTED = GROUPS[0], ("columns", INTS), ("rows", INT), ("places", INTS), ("begin", INT)
LIST_PLACES = Entry("list_places", (*INDEX, *LISTED))


@dataclass(frozen=True, slots=True)
class Shape:
    """What a group consists of: its rows, `keys` words, and states that merge by `operations`."""

    keys: int
    operations: tuple[int, ...]

    @property
    def pitch(self) -> int:
        """The number of words."""
        return len(self.operations)


@dataclass(frozen=True)
class Dealt:
    """A block's chunks by partition, as merge_dealt reads them, and the `groups` of each."""

    words: np.ndarray
    starts: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    groups: np.ndarray


class GroupKernels:
    """The kernels of one shape."""

    def __init__(self, fixed: FixedKernels, shape: Shape) -> None:
        self.fixed = fixed
        self.shape = shape

    def deal(self, table: np.ndarray, block: np.ndarray, notes: Notes) -> None:
        """Copy a table's groups to a block that has room for them."""
        kernel = self._kernel(DEAL, (dealing.deal_groups,), (dealing.deal_place,))
        kernel.call(DEAL.name, [0, len(table) // self.shape.pitch, table, block, *notes])

    def merging(
        self,
        dealt: Dealt,
        groups: np.ndarray,
        slots: np.ndarray,
        slot_starts: np.ndarray,
        used: np.ndarray,
    ) -> Bound:
        """Return what merges a range of a block's partitions into `groups`; `slots` are theirs."""
        kernel = self._kernel(
            MERGE_DEALT, (dealing.merge_chunk, dealing.merge_dealt), self._merging()
        )
        return kernel.bind(
            MERGE_DEALT.name,
            [
                *(dealt.words, dealt.words.view(np.float64)),
                *(dealt.starts, dealt.begins, dealt.ends),
                *(groups, groups.view(np.float64), slots, slot_starts, used),
            ],
        )

    def merge_table(self, table: np.ndarray, target: dict[str, Argument]) -> None:
        """Merge a table's groups into another table that has room for them."""
        kernel = self._kernel(MERGE_TABLE, (dealing.merge_table,), self._merging())
        states, floats = target["states"], target["float_states"]
        kernel.call(
            MERGE_TABLE.name,
            [
                *(0, len(table) // self.shape.pitch, table, table.view(np.float64)),
                *(states, floats, target["group_mask"], target["used"]),
            ],
        )

    def split(self, groups: np.ndarray, columns: np.ndarray) -> None:
        """Copy groups, but those that are free, to int64[pitch, rows]."""
        kernel = self._kernel(SPLIT, (dealing.split_groups,))
        pitch, rows = columns.shape
        kernel.call(SPLIT.name, [0, len(groups) // pitch, groups, columns.reshape(-1), rows])

    def merge_places(self, places: Morsel, table: np.ndarray, target: np.ndarray) -> int:
        """Merge a table's groups into those at the same places; return how many have rows then."""
        kernel = self._kernel(MERGE_PLACES, (dealing.merge_places,), self._merging())
        tables = table, table.view(np.float64), target, target.view(np.float64)
        return kernel.call(MERGE_PLACES.name, [places.first, places.end, *tables])

    def list_places(
        self,
        places: Morsel,
        table: np.ndarray,
        columns: np.ndarray,
        groups: np.ndarray,
        begin: int,
    ) -> None:
        """Copy groups that have rows to int64[pitch, rows], and their places to `groups`."""
        kernel = self._kernel(LIST_PLACES, (dealing.list_places,))
        _, rows = columns.shape
        into = columns.reshape(-1), rows, groups, begin
        kernel.call(LIST_PLACES.name, [places.first, places.end, table, *into])

    def _merging(self) -> Bodies:
        """Return what merging two groups calls."""
        operations = [operation for operation in self.shape.operations if operation != KEY]
        plain = (*map(_change, filter(_is_plain, operations)),)
        return plain if all(map(_is_plain, operations)) else (*plain, *MERGE_USES)

    def _kernel(self, entry: Entry, bodies: Bodies, uses: Bodies = ()) -> CompiledProgram:
        """Return the kernel of the last of `bodies`, which know the shape and call `uses`."""
        *others, body = bodies
        known = "\n".join(map(kernel_source, bodies))
        texts = [text for name, text in shape_texts(self.shape).items() if name in known]
        return self.fixed.kernel(entry, body, uses, (*texts, *map(kernel_source, others)))


@lru_cache(maxsize=256)
def shape_texts(shape: Shape) -> dict[str, str]:
    """Return the functions of the kernel language that depend on a shape, and the constant."""
    keys, pitch = range(1, 1 + shape.keys), range(shape.pitch)
    hashing: list[str] = []

    def hold(code: str) -> str:
        hashing.append(f"code = {code}")
        return "code"

    code = mixed((f"words[place + {word}]" for word in keys), hold)
    differences = "False"
    if shape.keys:
        differences = " or ".join(f"left[place + {w}] != right[held + {w}]" for w in keys)
    copies = [f"target[held + {word}] = source[place + {word}]" for word in pitch]
    splits = [f"columns[row + {word} * rows] = source[place + {word}]" for word in pitch]
    if shape.pitch > MOST_WRITTEN_WORDS:
        each = f"for word in range({shape.pitch}):\n        "
        copies = [f"{each}target[held + word] = source[place + word]"]
        splits = [f"{each}columns[row + word * rows] = source[place + word]"]
    merges = [_merge(word, operation) for word, operation in enumerate(shape.operations)]
    floats = "source, source_floats, place, target, target_floats, held"
    return {
        "PITCH": f"PITCH = {shape.pitch}",
        "hash_group": _function("hash_group(words, place)", [*hashing, f"return {code}"]),
        "differs_group": f"def differs_group(left, place, right, held):\n    return {differences}",
        "copy_group": _function("copy_group(source, place, target, held)", copies),
        "split_group": _function("split_group(source, place, columns, rows, row)", splits),
        "merge_group": _function(f"merge_group({floats})", [m for m in merges if m]),
    }


def _function(head: str, lines: Sequence[str]) -> str:
    return "\n    ".join((f"def {head}:", *lines))


def _is_plain(operation: int) -> bool:
    """Whether states of an operation are one value, which merges as a row's value changes it."""
    return OPERATIONS[operation].register is not None


def _change(operation: int) -> Callable[..., object]:
    change = library.add_wide_value if operation == ADD_WIDE else OPERATIONS[operation].change
    assert change is not None
    return change


def _merge(word: int, operation: int) -> str:
    """Return the line that merges the state at a word."""
    if operation == KEY:
        return ""
    if not _is_plain(operation):
        both = "source, source_floats, place, target, target_floats, held"
        return f"merge_word({both}, {word}, {operation})"
    ending = "_floats" if OPERATIONS[operation].is_float else ""
    value = f"source{ending}[place + {word}]"
    if operation == ADD_WIDE:
        value = f"wide_of(source[place + {word + 1}], source[place + {word}])"
    return f"{_change(operation).__name__}(target{ending}, held + {word}, {value})"
