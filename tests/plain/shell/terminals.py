"""A pseudo-terminal with the command `gpudb` in it, and the screen that a person would see."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pyte

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 30.0
ASKS_FOR_CURSOR = b"\x1b[6n"
KEYS = {
    "enter": "\r",
    "tab": "\t",
    "up": "\x1b[A",
    "ctrl-c": "\x03",
    "ctrl-d": "\x04",
    "ctrl-r": "\x12",
    "escape": "\x1b",
}


class Terminal:
    """Types into the command and reads its screen."""

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        *,
        columns: int = 80,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        settings = {
            **os.environ,
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "PAGER": "cat",
            "XDG_STATE_HOME": str(folder / "state"),
            "PYTHONPATH": str(ROOT),
            **(environment or {}),
        }
        self._process = pexpect.spawn(
            sys.executable, ["-m", "gpudb", *arguments], env=settings, dimensions=(40, columns)
        )
        self._screen = pyte.HistoryScreen(columns, 40, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        self.written = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(pexpect.ExceptionPexpect):  # a busy machine takes longer than it waits
            self._process.close(force=True)

    def type(self, text: str, *keys: str) -> None:
        """Type `text`, and press keys after it."""
        self._process.send(text + "".join(KEYS[key] for key in keys))

    def lines(self) -> list[str]:
        """Return the lines of the screen that hold anything, without spaces at their ends."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    def wait_for(self, text: str) -> list[str]:
        """Wait until a line of the screen holds `text`; return the screen."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not any(text in line for line in self.lines()):
            assert time.monotonic() < end, f"no {text!r} in\n" + "\n".join(self.lines())
            self._read()
        return self.lines()

    def wait_for_prompt(self) -> list[str]:
        """Wait until the last line is an empty prompt; return the screen."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.lines() or self.lines()[-1] != "gpudb>":
            assert time.monotonic() < end, "no prompt in\n" + "\n".join(self.lines())
            self._read()
        return self.lines()

    def resize(self, columns: int) -> None:
        """Make the terminal as wide as `columns`."""
        self._process.setwinsize(40, columns)
        self._screen.resize(40, columns)

    def wait_for_end(self) -> int:
        """Wait until the command has ended; return its status."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self._read():
            assert time.monotonic() < end, "\n".join(self.lines())
        self._process.wait()
        status = self._process.exitstatus
        assert isinstance(status, int)
        return status

    def _read(self) -> bool:
        """Read what there is; False at the end."""
        try:
            data = self._process.read_nonblocking(65_536, timeout=0.05)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.written += data
        self._stream.feed(data)
        if ASKS_FOR_CURSOR in data:
            cursor = self._screen.cursor
            self._process.send(f"\x1b[{cursor.y + 1};{cursor.x + 1}R")
        return True
