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


def wide_of_float(x: float) -> int:
    """Return a whole number of less than 127 bits as 128 bits; both words are exact floats."""
    if abs(x) < 9223372036854775808.0:
        return wide(int(x))
    high = floor(x / 18446744073709551616.0)
    low = x - high * 18446744073709551616.0
    if low >= 9223372036854775808.0:
        low = low - 18446744073709551616.0
    return wide_of(int(high), int(low))


def scaled_wide(x: float, rounded: float, factor: int) -> int:
    """Return x * factor as 128 bits; `rounded` is that product as a float, rounded.

    A float from 2**53 on is whole, and its product has more digits than a float.
    """
    if abs(x) < 9007199254740992.0:
        return wide_of_float(rounded)
    return wide_multiply(wide_of_float(x), factor)


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


def multiply(buffer: Floats, index: int, value: float) -> None:
    """Multiply an element."""
    buffer[index] *= value


def and_bits(buffer: Ints, index: int, value: int) -> None:
    """Keep the bits that an element and `value` share."""
    buffer[index] = buffer[index] & value


def or_bits(buffer: Ints, index: int, value: int) -> None:
    """Add the bits of `value`."""
    buffer[index] = buffer[index] | value


def xor_bits(buffer: Ints, index: int, value: int) -> None:
    """Flip the bits of `value`."""
    buffer[index] = buffer[index] ^ value


def lowest_wide(buffer: Ints, index: int, value: int) -> None:
    """Keep the lesser of 128 bits, whose low word stands at `index`, and `value`."""
    if wide_less(value, wide_of(buffer[index + 1], buffer[index])):
        buffer[index] = wide_low(value)
        buffer[index + 1] = wide_high(value)


def highest_wide(buffer: Ints, index: int, value: int) -> None:
    """Keep the greater of 128 bits, whose low word stands at `index`, and `value`."""
    if wide_less(wide_of(buffer[index + 1], buffer[index]), value):
        buffer[index] = wide_low(value)
        buffer[index + 1] = wide_high(value)


def take_lowest(buffer: Ints, index: int, by: int, value: int) -> None:
    """Keep the pair with the lesser first word, of equal ones that with the lesser second."""
    if by < buffer[index] or (by == buffer[index] and value < buffer[index + 1]):
        buffer[index] = by
        buffer[index + 1] = value


def take_highest(buffer: Ints, index: int, by: int, value: int) -> None:
    """Keep the pair with the greater first word, of equal ones that with the lesser second."""
    if by > buffer[index] or (by == buffer[index] and value < buffer[index + 1]):
        buffer[index] = by
        buffer[index + 1] = value


def take_first(buffer: Ints, index: int, rank: int, by: int, missing: int, value: int) -> None:
    """Keep the four words that come first in order, the first word the highest."""
    is_before = rank < buffer[index]
    if rank == buffer[index]:
        is_before = by < buffer[index + 1]
        if by == buffer[index + 1]:
            held = buffer[index + 2]
            is_before = missing < held or (missing == held and value < buffer[index + 3])
    if is_before:
        buffer[index] = rank
        buffer[index + 1] = by
        buffer[index + 2] = missing
        buffer[index + 3] = value


def keep_greatest(buffer: Ints, index: int, value: int) -> None:
    """Keep the four greatest values, the greatest first."""
    if value > buffer[index + 3]:
        left = value
        for word in range(4):
            held = buffer[index + word]
            buffer[index + word] = max(held, left)
            left = min(held, left)


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


def first_reaching(words: Ints, count: int, word: int) -> int:
    """Return the first place of ascending words where one is not below `word`."""
    low = 0
    high = count
    while low < high:
        middle = (low + high) >> 1
        if words[middle] < word:
            low = middle + 1
        else:
            high = middle
    return low


def first_exceeding(words: Ints, count: int, word: int) -> int:
    """Return the first place of ascending words where one is above `word`."""
    low = 0
    high = count
    while low < high:
        middle = (low + high) >> 1
        if words[middle] <= word:
            low = middle + 1
        else:
            high = middle
    return low


def find_rank(bits: Ints, ranks: Ints, slot: int) -> int:
    """Return how many bits are set below bit `slot`, or -1 where that one is not set itself."""
    word = bits[slot >> 6]
    if (word >> (slot & 63)) & 1 == 0:
        return -1
    return ranks[slot >> 6] + population_count(word & ((1 << (slot & 63)) - 1))


def count_digits(first: int, end: int, words: Ints, shift: int, counts: Ints) -> int:
    """Count the rows of each digit: 8 bits of a word from bit `shift` on."""
    for row in range(first, end):
        digit = (words[row] >> shift) & 255
        counts[digit] = counts[digit] + 1
    return end


def deal_digits(
    first: int,
    end: int,
    words: Ints,
    rows: Ints,
    shift: int,
    places: Ints,
    new_words: Ints,
    new_rows: Ints,
) -> int:
    """Move words and row numbers to the places of their digits."""
    for row in range(first, end):
        word = words[row]
        digit = (word >> shift) & 255
        place = places[digit]
        places[digit] = place + 1
        new_words[place] = word
        new_rows[place] = rows[row]
    return end


def settle_words(first: int, end: int, words: Ints, rows: Ints) -> int:
    """Move words that are out of order, and their row numbers, to their places by insertion.

    Returns -1, with some in order, where they are moved far.
    """
    moved = 0
    for row in range(first + 1, end):
        word = words[row]
        number = rows[row]
        place = row
        while place > first:
            before = words[place - 1]
            if before <= word:
                break
            words[place] = before
            rows[place] = rows[place - 1]
            place = place - 1
        words[place] = word
        rows[place] = number
        moved = moved + (row - place)
        if moved > 65536 + 64 * (row - first):
            return -1
    return end


def measure_runs(first: int, end: int, words: Ints, found: Ints) -> int:
    """Find the longest run of equal words; return how many runs, -1 where words do not ascend."""
    runs = 0
    longest = 0
    begin = first
    for row in range(first + 1, end):
        if words[row] != words[row - 1]:
            if words[row] < words[row - 1]:
                return -1
            runs += 1
            longest = max(longest, row - begin)
            begin = row
    found[0] = max(longest, end - begin)
    return runs + 1


def list_bits(first: int, end: int, bits: Ints, places: Ints) -> int:
    """Write the places of all bits that are set in words `first` to `end`; return their number."""
    count = 0
    for index in range(first, end):
        word = bits[index]
        while word != 0:
            places[count] = (index << 6) + population_count((word & -word) - 1)
            count += 1
            word = word & (word - 1)
    return count


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


def eight_bytes(buffer: Ints, place: int) -> int:
    """Return eight bytes as one number; LLVM makes one load of it."""
    low = buffer[place] | buffer[place + 1] << 8 | buffer[place + 2] << 16 | buffer[place + 3] << 24
    high = buffer[place + 4] | buffer[place + 5] << 8 | buffer[place + 6] << 16
    return low | (high | buffer[place + 7] << 24) << 32


def find_filtered(bits: Ints, bits_mask: int, slots: Ints, mask: int, keys: Ints, key: int) -> int:
    """Return the first row of a build whose key is `key`, or -1; most that miss have no bit."""
    code = mix(key)
    bit = logical_shift_right(code, 32) & bits_mask
    if (bits[bit >> 6] >> (bit & 63)) & 1 == 0:
        return -1
    slot = code & mask
    row = slots[slot]
    while row >= 0:
        if keys[row] == key:
            return row
        slot = (slot + 1) & mask
        row = slots[slot]
    return -1
