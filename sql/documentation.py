"""What a docstring says to users: a sentence or two, and an example that the tests run.

The greatest common divisor; 0 of two zeros.

SELECT gcd(1071, 462) gives 21
"""

from __future__ import annotations

import inspect
import re

from gpudb.records import dataclass

EXAMPLE = re.compile(r"^SELECT (?P<expression>.+?) gives (?P<answer>.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Documentation:
    """A meaning in words, an expression, and the text of its value."""

    meaning: str
    expression: str
    answer: str


def find_documentation(body: object) -> Documentation | None:
    """Return what the docstring of `body` says; None if it has no example."""
    text = inspect.cleandoc(getattr(body, "__doc__", None) or "")
    match = EXAMPLE.search(text)
    if match is None:
        return None
    words = " ".join(text[: match.start()].split())
    return Documentation(words, match["expression"], match["answer"])
