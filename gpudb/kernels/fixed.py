"""Kernels that are the same for every query: indexes of builds, digits of sorts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import Entry, Pointer, Program, ValueType
from gpudb.devices.device import Device, Morsel
from gpudb.kernels import groups, library
from gpudb.kernels.buffers import BUFFERS
from gpudb.sql.functions.registry import kernel_source

INTS, SMALL, INT = Pointer("int64"), Pointer("int32"), ValueType.INT

INDEX = ("first", INT), ("end", INT)
KEYS = *INDEX, ("keys", INTS), ("least", INT), ("bits", INTS)
MARK = Entry("mark_keys", KEYS)
RUNS = Entry("measure_runs", (*INDEX, ("words", INTS), ("found", INTS)))
LIST_BITS = Entry("list_bits", (*INDEX, ("bits", INTS), ("places", INTS)))
RANK = Entry("rank_words", (*INDEX, ("bits", INTS), ("ranks", SMALL)))
HASHED = Entry(
    "index_hash",
    (
        *INDEX,
        ("keys", INTS),
        ("mask", INT),
        ("slots", SMALL),
        ("following", SMALL),
        ("found", INTS),
    ),
)
BYTES = Pointer("uint8")
NOTE = Entry(
    "note_rows",
    (
        *INDEX,
        ("words", INTS),
        ("pitch", INT),
        ("known", INTS),
        ("slots", SMALL),
        ("mask", INT),
        ("count", INTS),
        ("fresh", BYTES),
    ),
)
DIGITS = *INDEX, ("words", INTS)
COUNT_DIGITS = Entry("count_digits", (*DIGITS, ("shift", INT), ("counts", INTS)))
DEAL_DIGITS = Entry(
    "deal_digits",
    (
        *DIGITS,
        ("rows", SMALL),
        ("shift", INT),
        ("places", INTS),
        ("new_words", INTS),
        ("new_rows", SMALL),
    ),
)
SETTLE = Entry("settle_words", (*DIGITS, ("rows", SMALL)))
Pair = tuple[np.ndarray, np.ndarray]  # int64 words, and int32 ranks or row numbers of them


class FixedKernels:
    """The fixed kernels of one device, compiled at first use."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._compiled: dict[tuple[Entry, tuple[str, ...]], CompiledProgram] = {}

    def kernel(
        self,
        entry: Entry,
        body: Callable[..., object],
        uses: tuple[Callable[..., object], ...] = (),
        texts: tuple[str, ...] = (),
    ) -> CompiledProgram:
        """Return the kernel of `body`, which calls `uses` and what stands in `texts`."""
        key = entry, texts
        if key not in self._compiled:
            library = "\n\n".join(dict.fromkeys(map(kernel_source, uses)))
            program = Program("\n\n".join((*texts, kernel_source(body))), library, (entry,))
            self._compiled[key] = self.device.compile(program)
        return self._compiled[key]

    def mark(self, keys: np.ndarray, least: int, bits: np.ndarray, ranks: np.ndarray) -> int:
        """Set every key's bit, write the words' ranks, and return the number of distinct keys."""
        self.set_bits(keys, least, bits)
        return self.rank(bits, ranks)

    def set_bits(self, keys: np.ndarray, least: int, bits: np.ndarray) -> None:
        """Set every key's bit."""
        marking = self.kernel(MARK, library.mark_keys)
        marking.call("mark_keys", [0, len(keys), keys, least, bits])

    def rank(self, bits: np.ndarray, ranks: np.ndarray) -> int:
        """Write how many bits are set before each word, and return how many there are in all."""
        ranking = self.kernel(RANK, library.rank_words)
        return ranking.call("rank_words", [0, len(bits), bits, ranks])

    def find_longest_run(self, words: np.ndarray) -> int | None:
        """Return how many of ascending words are equal at most; None where they do not ascend."""
        longest = np.zeros(1, np.int64)
        kernel = self.kernel(RUNS, library.measure_runs)
        runs = kernel.call("measure_runs", [0, len(words), words, longest])
        return None if runs < 0 else int(longest[0])

    def measure(self, words: np.ndarray) -> tuple[int | None, int, int]:
        """Return the longest run, as above, and the least and the greatest word, 0 of none."""
        longest = self.find_longest_run(words)
        if not len(words):
            return longest, 0, 0
        if longest is not None:
            return longest, int(words[0]), int(words[-1])
        return None, int(words.min()), int(words.max())

    def list_bits(self, bits: np.ndarray) -> np.ndarray:
        """Return the places of all bits that are set, in order: int64."""
        # Of signed numbers numpy counts the bits of the absolute value.
        places = BUFFERS.empty(int(np.bitwise_count(bits.view(np.uint64)).sum()))
        self.kernel(LIST_BITS, library.list_bits).call("list_bits", [0, len(bits), bits, places])
        return places

    def index_hash(self, keys: np.ndarray, slots: np.ndarray, following: np.ndarray) -> int:
        """Chain the rows of each key in open addressing; return how many rows
        are not the last of their key."""
        found = np.zeros(1, np.int64)
        kernel = self.kernel(HASHED, library.index_hash)
        mask = len(slots) - 1
        kernel.call("index_hash", [0, len(keys), keys, mask, slots, following, found])
        return int(found[0])

    def filter_of(self, slots: np.ndarray) -> np.ndarray | None:
        """Return None: a look-up of one thread needs no bits before it."""
        return None

    def count_digits(
        self, piece: Morsel, words: np.ndarray, shift: int, counts: np.ndarray
    ) -> None:
        """Count how many words of the piece have each digit, the 8 bits from `shift` on."""
        kernel = self.kernel(COUNT_DIGITS, library.count_digits)
        kernel.call("count_digits", [piece.first, piece.end, words, shift, counts])

    def deal_digits(
        self, piece: Morsel, source: Pair, shift: int, places: np.ndarray, target: Pair
    ) -> None:
        """Move the piece's words and row numbers to the places of their digits, in their order."""
        kernel = self.kernel(DEAL_DIGITS, library.deal_digits)
        kernel.call("deal_digits", [piece.first, piece.end, *source, shift, places, *target])

    def settle_words(self, piece: Morsel, words: np.ndarray, rows: np.ndarray) -> bool:
        """Put the piece's words in order, and their rows; return False if that takes too long."""
        if piece.first == piece.end:
            return True
        kernel = self.kernel(SETTLE, library.settle_words)
        return kernel.call(SETTLE.name, [piece.first, piece.end, words, rows]) >= 0

    def note_rows(
        self,
        words: np.ndarray,
        known: np.ndarray,
        slots: np.ndarray,
        count: np.ndarray,
        fresh: np.ndarray,
    ) -> None:
        """Add rows of words, int64[rows, pitch], to the known ones; mark those not known before.

        `slots` must have room for them all.
        """
        kernel = self.kernel(NOTE, groups.note_rows, (groups.hash_words, groups.differs))
        rows, pitch = words.shape
        flat = words.reshape(-1), pitch, known.reshape(-1)
        kernel.call("note_rows", [0, rows, *flat, slots, len(slots) - 1, count, fresh])
