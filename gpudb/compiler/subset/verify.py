"""The compiler's checker over a translated function, with its errors at the user's lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gpudb.compiler.check import check
from gpudb.compiler.language import Entry, LanguageError, Program, ValueType
from gpudb.compiler.subset.emit import SubsetError


def verify(
    name: str,
    kinds: tuple[ValueType, ...],
    functions: Mapping[str, str],
    places: Mapping[str, Sequence[str]],
) -> None:
    """Check `functions`, of which `name` is the one called; `places` tells where lines come from.

    Raises SubsetError with the user's line.
    """
    names = [f"argument_{index}" for index in range(len(kinds))]
    driver = f"def main({', '.join(names)}):\n    answer = {name}({', '.join(names)})\n"
    entry = Entry("main", tuple(zip(names, kinds, strict=True)))
    text = "".join([driver, *(function + "\n" for function in functions.values())])
    try:
        check(Program(text, "", (entry,)))
    except LanguageError as error:
        known = ["", "", *all_places(functions, places)]
        line, message = read_error(error)
        raise SubsetError(f"{known[line - 1]}: {message}") from None


def all_places(functions: Mapping[str, str], places: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the place of each line of all functions, in order."""
    return [
        place
        for name, text in functions.items()
        for place in [*places.get(name, [""] * text.count("\n")), ""]
    ]


def read_error(error: LanguageError) -> tuple[int, str]:
    """Return the line and the message of an error of the checker."""
    match = re.match(r"text, line (\d+): (.*)", error.message)
    assert match is not None, error.message
    return int(match[1]), match[2]
