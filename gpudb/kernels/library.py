"""Functions of the kernel language that the generated text calls: the words of the host devices."""

# The names that nobody defines here are builtins of the kernel language.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray
    Floats = np.ndarray


def add(buffer: Ints, index: int, value: int) -> None:
    """Add to an element."""
    buffer[index] += value


def add_wide(buffer: Ints, index: int, value: int) -> None:
    """Add to the 128 bits whose low word stands at `index` and whose high word follows."""
    total = wide_add(wide_of(buffer[index + 1], buffer[index]), wide(value))
    buffer[index] = wide_low(total)
    buffer[index + 1] = wide_high(total)


def add_wide_value(buffer: Ints, index: int, value: int) -> None:
    """Add 128 bits to those whose low word stands at `index` and whose high word follows."""
    total = wide_add(wide_of(buffer[index + 1], buffer[index]), value)
    buffer[index] = wide_low(total)
    buffer[index + 1] = wide_high(total)


def float_word(value: float) -> int:
    """Return the bits of a float; -0.0 and 0.0 have the same, and all NaN."""
    if isnan(value):
        return 9221120237041090560
    if value == 0.0:
        return 0
    return float_bits(value)


def float_order(value: float) -> int:
    """Return an integer that compares as the float does, NaN as the greatest."""
    word = float_word(value)
    if word < 0:
        return word ^ 9223372036854775807
    return word


def lowest(buffer: Ints, index: int, value: int) -> None:
    """Keep the lesser of an element and `value`."""
    buffer[index] = min(buffer[index], value)


def highest(buffer: Ints, index: int, value: int) -> None:
    """Keep the greater of an element and `value`."""
    buffer[index] = max(buffer[index], value)


def lowest_float(buffer: Floats, index: int, value: float) -> None:
    """Keep the lesser; NaN is the greatest value, and what an empty minimum starts from."""
    if value < buffer[index] or isnan(buffer[index]):
        buffer[index] = value


def highest_float(buffer: Floats, index: int, value: float) -> None:
    """Keep the greater; NaN is the greatest value."""
    if value > buffer[index] or isnan(value):
        buffer[index] = value


def find(slots: Ints, mask: int, keys: Ints, key: int) -> int:
    """Return the first row of a build whose key is `key`, or -1; `slots` is open addressing."""
    slot = mix(key) & mask
    row = slots[slot]
    while row >= 0:
        if keys[row] == key:
            return row
        slot = (slot + 1) & mask
        row = slots[slot]
    return -1


def contains(values: Ints, count: int, value: int) -> bool:
    """Return whether `value` is among `count` sorted values."""
    low = 0
    high = count
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    found = False
    if low < count:
        found = values[low] == value
    return found


def find_rank(bits: Ints, ranks: Ints, slot: int) -> int:
    """Return how many bits are set below bit `slot`, or -1 where that one is not set itself."""
    word = bits[slot >> 6]
    if (word >> (slot & 63)) & 1 == 0:
        return -1
    return ranks[slot >> 6] + population_count(word & ((1 << (slot & 63)) - 1))


def mark_keys(first: int, end: int, keys: Ints, least: int, bits: Ints) -> int:
    """Set the bit of every key."""
    for row in range(first, end):
        slot = keys[row] - least
        bits[slot >> 6] = bits[slot >> 6] | (1 << (slot & 63))
    return end


def rank_words(first: int, end: int, bits: Ints, ranks: Ints) -> int:
    """Write how many bits are set before each word; return how many there are."""
    total = 0
    for word in range(first, end):
        ranks[word] = total
        total += population_count(bits[word])
    return total


def count_keys(
    first: int, end: int, keys: Ints, least: int, bits: Ints, ranks: Ints, starts: Ints
) -> int:
    """Count the rows of each key at the place behind the key's rank."""
    for row in range(first, end):
        starts[find_rank(bits, ranks, keys[row] - least) + 1] += 1
    return end


def order_keys(
    first: int,
    end: int,
    keys: Ints,
    least: int,
    bits: Ints,
    ranks: Ints,
    places: Ints,
    order: Ints,
) -> int:
    """Write the rows in the order of their keys; `places` has each key's next place."""
    for row in range(first, end):
        rank = find_rank(bits, ranks, keys[row] - least)
        order[places[rank]] = row
        places[rank] += 1
    return end


def index_hash(
    first: int, end: int, keys: Ints, mask: int, slots: Ints, following: Ints, found: Ints
) -> int:
    """Chain the rows of each key in open addressing; count the rows that share a key."""
    shared = 0
    row = end
    while row > first:
        row -= 1
        slot = mix(keys[row]) & mask
        head = slots[slot]
        searching = head >= 0
        while searching:
            if keys[head] == keys[row]:
                searching = False
            else:
                slot = (slot + 1) & mask
                head = slots[slot]
                searching = head >= 0
        if head >= 0:
            shared += 1
        following[row] = head
        slots[slot] = row
    found[0] += shared
    return end


def merge_groups(
    first: int,
    end: int,
    source: Ints,
    source_floats: Floats,
    target: Ints,
    target_floats: Floats,
    mask: int,
    pitch: int,
    keys: int,
    operations: Ints,
    used: Ints,
) -> int:
    """Merge groups `first` to `end` of one hash table into another that has room for them all.

    A group is `pitch` words: its rows (0: free), its keys, its states, merged by `operations`
    (see sinks.states).
    """
    for group in range(first, end):
        place = group * pitch
        if source[place] == 0:
            continue
        slot = hash_words(source, place + 1, keys) & mask
        held = slot * pitch
        while target[held] != 0 and differs(source, place + 1, target, held + 1, keys):
            slot = (slot + 1) & mask
            held = slot * pitch
        if target[held] == 0:
            used[0] += 1
            for word in range(pitch):
                target[held + word] = source[place + word]
        else:
            for word in range(pitch):
                merge_word(
                    source,
                    source_floats,
                    place,
                    target,
                    target_floats,
                    held,
                    word,
                    operations[word],
                )
    return end


def count_groups(
    first: int, end: int, table: Ints, pitch: int, keys: int, shift: int, counts: Ints
) -> int:
    """Count the groups of each partition, which the upper bits of a group's hash name."""
    for group in range(first, end):
        place = group * pitch
        if table[place] != 0:
            counts[logical_shift_right(hash_words(table, place + 1, keys), shift)] += 1
    return end


def spill_groups(
    first: int,
    end: int,
    table: Ints,
    pitch: int,
    keys: int,
    shift: int,
    places: Ints,
    block: Ints,
) -> int:
    """Copy the groups to `block` in the order of their partitions, and empty the table."""
    for group in range(first, end):
        place = group * pitch
        if table[place] != 0:
            partition = logical_shift_right(hash_words(table, place + 1, keys), shift)
            target = places[partition] * pitch
            places[partition] += 1
            for word in range(pitch):
                block[target + word] = table[place + word]
                table[place + word] = 0
    return end


def eight_bytes(buffer: Ints, place: int) -> int:
    """Return eight bytes as one number; LLVM makes one load of it."""
    low = buffer[place] | buffer[place + 1] << 8 | buffer[place + 2] << 16 | buffer[place + 3] << 24
    high = buffer[place + 4] | buffer[place + 5] << 8 | buffer[place + 6] << 16
    return low | (high | buffer[place + 7] << 24) << 32


def hash_words(words: Ints, begin: int, count: int) -> int:
    """Return the hash of `count` key words."""
    code = 0
    for word in range(count):
        code = mix(code ^ words[begin + word])
    return code


def differs(left: Ints, begin: int, right: Ints, begin2: int, count: int) -> bool:
    """Return whether `count` words differ."""
    found = False
    for word in range(count):
        if left[begin + word] != right[begin2 + word]:
            found = True
    return found


def merge_word(
    source: Ints,
    source_floats: Floats,
    place: int,
    target: Ints,
    target_floats: Floats,
    held: int,
    word: int,
    operation: int,
) -> None:
    """Merge one word of a state: 0 adds ints, 1 floats, 2 128 bits.

    3-6 keep the least or greatest.
    """
    if operation == 0:
        target[held + word] += source[place + word]
    elif operation == 1:
        target_floats[held + word] += source_floats[place + word]
    elif operation == 2:
        total = wide_add(
            wide_of(target[held + word + 1], target[held + word]),
            wide_of(source[place + word + 1], source[place + word]),
        )
        target[held + word] = wide_low(total)
        target[held + word + 1] = wide_high(total)
    elif operation == 3:
        lowest(target, held + word, source[place + word])
    elif operation == 4:
        highest(target, held + word, source[place + word])
    elif operation == 5:
        lowest_float(target_floats, held + word, source_floats[place + word])
    elif operation == 6:
        highest_float(target_floats, held + word, source_floats[place + word])
