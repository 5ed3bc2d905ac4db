"""Tables of a block of threads: counted together in shared memory, and merged once.

    open_block    each thread writes some groups without rows
    rows          the kernel as it is, its states being the block's own
    close_block   each thread merges some groups into the states of all: an atomic a word

A small table has several copies, for the lanes of a warp in turn: threads that change one word at
the same time wait for each other. The copies lie side by side:

    [group 0: copy 0] [copy 1] ... [group 1: copy 0] [copy 1] ...     an odd number of words each

Registers come from all lanes of a warp to the first one before they are added there at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gpudb.compiler.language import Scratch
from gpudb.kernels import library
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.group import change_of, number_text
from gpudb.kernels.sinks.operations import ADD_WIDE, KEY, OPERATIONS, Operation
from gpudb.kernels.sinks.states import States
from gpudb.kernels.writer import Phases

# What every GPU gives a block without being asked.
MOST_BLOCK_BYTES = 48 << 10
# A block that takes more leaves the smallest GPU with few threads at a time.
COPIES_BYTES = 16 << 10
LANES = 32
INSTEAD = {"states": "block_states", "float_states": "block_float_states"}

WARP_TEXT = """def {name}(buffer, index, value):
    lane = block_thread() & 31
    lanes = min(32, block_threads() - block_thread() + lane)
    distance = 16
    while distance >= lanes:
        distance = distance >> 1
    while distance > 0:
        other = shuffle_down(value, distance, lanes)
        if lane + distance < lanes:
            value = {both}
        distance = distance >> 1
    if lane == 0:
        {change}(buffer, index, value)"""


def warp_word(change: Callable[..., object], operation: Operation, scope: Scope) -> str:
    """Return the function that makes one change of the values of all lanes of a warp."""
    assert operation.register is not None
    name = f"warp_{change.__name__}"
    if operation.is_float and not name.endswith("_float"):
        name += "_float"
    both = operation.register.format(name="value", value="other")
    text = WARP_TEXT.format(name=name, both=both, change=change.__name__)
    scope.writer.use_text({name: text})
    return name


@dataclass(frozen=True)
class BlockTable:
    """The table of a block, of `places` groups."""

    states: States
    places: int
    copies: int = 1

    @property
    def pitch(self) -> int:
        """The words of a group: where there are copies an odd number, so that banks differ."""
        return self.states.pitch if self.copies == 1 else self.states.pitch | 1

    @property
    def words(self) -> int:
        """The words of the whole table."""
        return self.places * self.copies * self.pitch

    def write(self, scope: Scope) -> None:
        """Let the rows' states be a block's, and write what opens and closes them."""
        opening, closing = self.opening(), self._closing(scope)
        scope.writer.phases = Phases(self.scratch(), INSTEAD, tuple(opening), tuple(closing))

    def scratch(self) -> tuple[tuple[str, Scratch], ...]:
        """Return the shared memory: the same words as integers and as floats."""
        return (
            ("block_states", Scratch("int64", self.words)),
            ("block_float_states", Scratch("float64", self.words, "block_states")),
        )

    def opening(self) -> list[str]:
        """Write groups without rows."""
        count, pitch = self.places * self.copies, self.pitch
        lines = [
            f"    for group in range(block_thread(), {count}, block_threads()):",
            f"        place = group * {pitch}",
        ]
        for word, first in enumerate(self.states.first_words()):
            at = f"place + {word}" if word else "place"
            lines.append(f"        block_states[{at}] = {number_text(int(first))}")
        return lines

    def _closing(self, scope: Scope) -> list[str]:
        lines = [
            f"    for group in range(block_thread(), {self.places}, block_threads()):",
            f"        place = group * {self.copies * self.pitch}",
            *(f"        {line}" for line in self.reads(is_first=True)),
        ]
        if self.copies > 1:
            lines.append(f"        for copy in range(1, {self.copies}):")
            lines.append(f"            place = place + {self.pitch}")
            lines += [f"            {line}" for line in self.reads(is_first=False)]
        lines.append("        if rows != 0:")
        lines.append(f"            state = group * {self.states.pitch}")
        return lines + [f"            {line}" for line in write_merge(self.states, scope)]

    def reads(self, *, is_first: bool) -> list[str]:
        """Write the reading of a group's states, or what they add to those read before."""
        lines = []
        for word, number in state_words(self.states):
            operation, name = OPERATIONS[number], state_name(word)
            text = word_text(operation, number, word)
            if not is_first:
                assert operation.register is not None
                lines.append(f"other = {text}" if number != ADD_WIDE else f"other_wide = {text}")
                other = "other" if number != ADD_WIDE else "other_wide"
                if operation.is_float:
                    lines[-1], other = f"other_float = {text}", "other_float"
                text = operation.register.format(name=name, value=other)
            lines.append(f"{name} = {text}")
        return lines


def state_words(states: States) -> list[tuple[int, int]]:
    """Return where states begin, and the numbers of their operations."""
    return [(word, number) for word, number in enumerate(states.operations) if number != KEY]


def state_name(word: int) -> str:
    """Return the name of a state that was read."""
    return f"state_{word}" if word else "rows"


def word_text(operation: Operation, number: int, word: int) -> str:
    """Return the text of the block's state that begins at `place` + `word`."""
    at = f"place + {word}" if word else "place"
    if number == ADD_WIDE:
        return f"wide_of(block_states[place + {word + 1}], block_states[{at}])"
    return f"block_{operation.buffers[0]}[{at}]"


def write_merge(states: States, scope: Scope) -> list[str]:
    """Write the changes of the states of all blocks at `state` by those that were read."""
    lines = []
    for word, number in state_words(states):
        operation = OPERATIONS[number]
        change = library.add_wide_value if number == ADD_WIDE else change_of(operation)
        at = f"state + {word}" if word else "state"
        function = scope.writer.use_change(change)
        lines.append(f"{function}({operation.buffers[0]}, {at}, {state_name(word)})")
    return lines


def copies_of(words: int) -> int:
    """Return how many copies of a table of so many words a block has."""
    copies = 1
    while copies < LANES and 2 * copies * words * 8 <= COPIES_BYTES:
        copies *= 2
    return copies
