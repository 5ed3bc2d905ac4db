"""Long answers at a terminal go through a pager: $PAGER, or less."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import TextIO

from gpudb.errors import OperationalError
from gpudb.shell.terminal import terminal_size

# less quits where all fits, keeps colours, does not wrap, and leaves the text on the screen.
LESS_FLAGS = "FRSX"


def find_pager(setting: str) -> list[str] | None:
    """Return the pager's command: as `setting` says, else $PAGER, else less; None for no pager."""
    if setting == "off" or os.environ.get("TERM") == "dumb":
        return None
    asked = os.environ.get("PAGER", "") if setting == "on" else setting
    if asked:
        return shlex.split(asked)
    return ["less"] if shutil.which("less") else None


def show(pieces: Iterable[str], out: TextIO, pager: list[str] | None) -> None:
    """Write `pieces`, through `pager` where they are more lines than the terminal has."""
    rest = iter(pieces)
    if pager is None:
        out.writelines(rest)
        return
    height = terminal_size(out).lines
    first = list(islice(rest, height - 1))
    following = next(rest, None)
    if following is None and sum(piece.count("\n") for piece in first) < height:
        out.writelines(first)
        return
    held = [*first, *([] if following is None else [following])]
    out.flush()
    page(held, rest, pager)


def page(first: Iterable[str], rest: Iterable[str], command: list[str]) -> None:
    """Pipe text into a pager and wait for its end; whoever leaves early has seen enough."""
    environment = {"LESS": LESS_FLAGS, **os.environ}
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, text=True, encoding="utf-8", env=environment
        )
    except OSError as error:
        raise OperationalError(f"cannot run the pager {command[0]}: {error.strerror}") from error
    with process:
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.writelines(first)
            process.stdin.writelines(rest)
        with suppress(BrokenPipeError):
            process.stdin.close()
        while process.poll() is None:
            # Ctrl-C belongs to the pager, which may search or stop following with it.
            with suppress(KeyboardInterrupt):
                process.wait()
