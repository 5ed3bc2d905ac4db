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
from itertools import groupby

from gpudb.compiler.language import Scratch
from gpudb.kernels import library
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.group import change_of, word_place
from gpudb.kernels.sinks.operations import ADD_WIDE, KEY, OPERATIONS, Operation, number_text
from gpudb.kernels.sinks.states import States
from gpudb.kernels.writer import Phases
from gpudb.records import dataclass

# What every GPU gives a block without being asked.
MOST_BLOCK_BYTES = 48 << 10
# A block that takes more leaves the smallest GPU with few threads at a time.
COPIES_BYTES = 16 << 10
LANES = 32
# So many equal first words are written by a loop.
LOOPED_WORDS = 16
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

    def write(self, scope: Scope, begin: int) -> None:
        """Let the rows' states be a block's, and write what opens and closes them.

        Which copy a thread changes is known before line `begin`, where the loop begins.
        """
        if self.copies > 1:
            scope.writer.lines[begin:begin] = [f"    copy = block_thread() & {self.copies - 1}"]
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
        word = 0
        for first, equal in groupby(self.states.first_words().tolist()):
            count, at, text = len(list(equal)), word_place("place", word), number_text(first)
            if count < LOOPED_WORDS:
                places = [word_place("place", word + each) for each in range(count)]
                lines += [f"        block_states[{place}] = {text}" for place in places]
            else:
                end = word_place("place", word + count)
                lines.append(f"        for word in range({at}, {end}):")
                lines.append(f"            block_states[word] = {text}")
            word += count
        return lines

    def _closing(self, scope: Scope) -> list[str]:
        lines = [
            f"    for group in range(block_thread(), {self.places}, block_threads()):",
            f"        place = group * {self.copies * self.pitch}",
            *(f"        {line}" for line in self.reads(is_first=True)),
        ]
        if self.copies > 1:
            lines.append("        main = place")
            lines.append(f"        for copy in range(1, {self.copies}):")
            lines.append(f"            place = place + {self.pitch}")
            lines += [f"            {line}" for line in self.reads(is_first=False)]
            merges = merge_lines(self.states, scope, "main", target="block_")
            lines += [f"            {line}" for line in merges]
            lines.append("        place = main")
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
    """Return where states of one value begin, and the numbers of their operations."""
    found = []
    for word, number in enumerate(states.operations):
        operation = OPERATIONS[number]
        if operation.ties:
            found += [(word + place, each) for place, each in enumerate(operation.ties)]
        elif number != KEY and operation.sharing is None:
            found.append((word, number))
    return found


def merge_lines(states: States, scope: Scope, state: str, target: str = "") -> list[str]:
    """Write the merges of the block's states of many values at `place` into those at `state`."""
    lines = []
    for word, number in enumerate(states.operations):
        operation = OPERATIONS[number]
        if operation.sharing is not None:
            merge = scope.writer.use(operation.sharing.merge, *operation.sharing.uses)
            source = [*(f"block_{name}" for name in operation.buffers), word_place("place", word)]
            held = [*(f"{target}{name}" for name in operation.buffers), word_place(state, word)]
            lines.append(f"{merge}({', '.join([*source, *held])})")
    return lines


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
    """Write the changes of the states of all blocks at `state` by the block's at `place`."""
    lines = []
    for word, number in state_words(states):
        operation = OPERATIONS[number]
        change = library.add_wide_value if number == ADD_WIDE else change_of(operation)
        at = f"state + {word}" if word else "state"
        function = scope.writer.use_change(change)
        lines.append(f"{function}({operation.buffers[0]}, {at}, {state_name(word)})")
    return lines + merge_lines(states, scope, "state")


def copies_of(words: int) -> int:
    """Return how many copies of a table of so many words a block has."""
    copies = 1
    while copies < LANES and 2 * copies * words * 8 <= COPIES_BYTES:
        copies *= 2
    return copies
