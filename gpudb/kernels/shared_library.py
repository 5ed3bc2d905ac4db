"""Functions of the kernel language that call the words of devices whose threads share memory."""

# The names that nobody defines here are builtins of the kernel language, and words of the device.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray


def find_key(keys: Ints, mask: int, limit: int, key: int) -> int:
    """Return the place of `key`, which it takes if it has none; -1 after `limit` places.

    Open addressing over the keys themselves, which are not negative; -1 marks a free place. No
    thread waits for another: the claim of a place is all there is to say about it.
    """
    place = mix(key) & mask
    held = peek(keys, place)
    tries = 0
    while held != key and tries < limit:
        if held == -1:
            held = claim(keys, place, -1, key)
            if held == -1:
                held = key
        if held != key:
            place = (place + 1) & mask
            held = peek(keys, place)
            tries += 1
    if held != key:
        return -1
    return place
