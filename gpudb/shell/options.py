"""What \\set knows: how answers are shown and how the prompt behaves, as one list."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from gpudb.errors import ProgrammingError
from gpudb.records import dataclass
from gpudb.settings import SWITCH_WORDS
from gpudb.shell.formats import FORMATS

KEYS = ("emacs", "vi")
DEFAULT_ROWS = 100


@dataclass
class Options:
    """The values of one session; `rows` 0 shows all rows."""

    format: str = "aligned"
    expanded: bool = False
    fit: bool = True
    keep_going: bool = False
    keys: str = "emacs"
    null: str = "NULL"
    pager: str = "on"
    rows: int = 0
    timing: bool = False
    types: bool = False

    def set(self, name: str, text: str) -> None:
        """Give an option the value that `text` stands for; ProgrammingError for what it cannot."""
        option = option_named(name)
        value = option.read(text)
        if value is None:
            raise ProgrammingError(f"{option.name} takes {option.expected}, not '{text}'")
        setattr(self, option.name, value)

    def show(self, name: str) -> str:
        """Return the value of an option as \\set prints it."""
        value = getattr(self, option_named(name).name)
        return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `read` gives None for text that is no value; `expected` says what is one."""

    name: str
    expected: str
    description: str
    read: Callable[[str], object]


def read_switch(text: str) -> bool | None:
    """Return whether `text` means on."""
    return SWITCH_WORDS.get(text.lower())


def read_count(text: str) -> int | None:
    """Return `text` as a number from 0, written in digits."""
    return int(text) if text.isascii() and text.isdigit() else None


def one_of(*words: str) -> Callable[[str], str | None]:
    """Return a reader of one of `words`, in any case."""
    return lambda text: text.lower() if text.lower() in words else None


FORMAT_NAMES = tuple(form.name for form in FORMATS)
OPTIONS: tuple[Option, ...] = (
    Option("expanded", "on or off", "show each row as a block of lines", read_switch),
    Option("fit", "on or off", "make tables as narrow as the terminal", read_switch),
    Option(
        "format",
        f"one of {', '.join(FORMAT_NAMES)}",
        "how answers are written",
        one_of(*FORMAT_NAMES),
    ),
    Option("keep_going", "on or off", "go on with a script after an error", read_switch),
    Option("keys", "emacs or vi", "the keys of the prompt", one_of(*KEYS)),
    Option("null", "a word", "what stands for NULL", str),
    Option("pager", "on, off or a command", "what shows long answers; on takes $PAGER", str),
    Option("rows", "a number, 0 for all", "how many rows of an answer are shown", read_count),
    Option("timing", "on or off", "show time, bytes and rate under answers", read_switch),
    Option("types", "on or off", "show types in the head of tables", read_switch),
)


def option_named(name: str) -> Option:
    """Return the option called `name`; ProgrammingError with the nearest name."""
    by_name = {option.name: option for option in OPTIONS}
    found = by_name.get(name.lower())
    if found is None:
        near = difflib.get_close_matches(name.lower(), by_name, n=1)
        hint = f"did you mean {near[0]}?" if near else "\\set lists them"
        raise ProgrammingError(f"there is no option {name}; {hint}")
    return found
