"""Kernels that write packed columns as other kernels read them."""

from __future__ import annotations


def unpack_bits(first: int, end: int, groups: list[int], bits: int, codes: list[int]) -> None:
    """Write codes of 1, 2 or 4 bits to a byte each, eight of them at a time.

    A group's codes are moved apart in halves, quarters and eighths of a word.
    """
    halves = ((1 << 4 * bits) - 1) * 0x0000000100000001
    quarters = ((1 << 2 * bits) - 1) * 0x0001000100010001
    eighths = ((1 << bits) - 1) * 0x0101010101010101
    for group in range(first, end):
        lanes = groups[group]
        lanes = (lanes | (lanes << (32 - 4 * bits))) & halves
        lanes = (lanes | (lanes << (16 - 2 * bits))) & quarters
        lanes = (lanes | (lanes << (8 - bits))) & eighths
        codes[group] = lanes


BYTES = """
    for row in range(first, end):
        codes[row] = {code}
"""
# The upper parts of rows that are 32 apart share a byte.
HALVES = """
    for group in range(first >> 6, end >> 6):
        place = group << 5
        row = group << 6
        for lane in range(32):
            both = upper[place + lane]
            codes[row + lane] = {code}
            codes[row + lane + 32] = {code_behind}
"""


def steps_text(lower_bits: int, upper_bits: int, *, is_number: bool) -> str:
    """Return `unpack_steps`, which writes the codes of rows from numbers of steps.

    With `is_number` codes are the numbers themselves: what is left out costs as much as the rest.
    """

    def code(row: str, upper: str) -> str:
        number = f"lower[{row}]"
        if upper_bits:
            number = f"({number} | ({upper} << {lower_bits}))"
        return number if is_number else f"least + {number} * step"

    parameters = [
        *("first: int", "end: int", "lower: list[int]"),
        *(["upper: list[int]"] if upper_bits else []),
        *([] if is_number else ["least: int", "step: int"]),
        "codes: list[int]",
    ]
    if upper_bits == 4:
        first, behind = code("row + lane", "(both & 15)"), code("row + lane + 32", "(both >> 4)")
        loop = HALVES.format(code=first, code_behind=behind)
    else:
        loop = BYTES.format(code=code("row", "upper[row]"))
    return f"def unpack_steps({', '.join(parameters)}) -> None:{loop}"
