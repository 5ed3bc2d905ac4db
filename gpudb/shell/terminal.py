"""What a terminal can do, and its size as it is now."""

from __future__ import annotations

import io
import os
import shutil
from typing import TextIO


def terminal_size(stream: TextIO) -> os.terminal_size:
    """Return the columns and lines of the terminal behind `stream`.

    The terminal itself is asked first: COLUMNS and LINES, where set, do not follow a resizing.
    """
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, io.UnsupportedOperation):
        return shutil.get_terminal_size()
    return size if size.columns and size.lines else shutil.get_terminal_size()


def has_cursor() -> bool:
    """Whether the terminal can move its cursor, so that a line can be drawn again."""
    return os.environ.get("TERM", "dumb") not in ("dumb", "")
