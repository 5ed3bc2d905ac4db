"""The prompt at a terminal: lines are gathered until a semicolon ends them, with a history."""

from __future__ import annotations

import os
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from gpudb.shell.script import is_blank, is_finished
from gpudb.shell.session import Session

PROMPT = "gpudb> "
CONTINUATION = "  ...> "


def converse(session: Session, prompt: PromptSession[str] | None = None) -> None:
    """Read and run statements until \\q or the end of the input. Ctrl-C drops what is typed."""
    prompt = prompt or make_prompt()
    while not session.has_quit:
        try:
            text = prompt.prompt(PROMPT)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        try:
            session.run(text)
        except KeyboardInterrupt:
            session.write("stopped")


def make_prompt() -> PromptSession[str]:
    """Return a prompt where Enter runs finished statements and otherwise begins a new line."""
    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        text = event.current_buffer.text
        if is_finished(text) or is_blank(text) or text.lstrip().startswith("\\"):
            event.current_buffer.validate_and_handle()
        else:
            event.current_buffer.insert_text("\n")

    return PromptSession(
        history=open_history(),
        key_bindings=keys,
        multiline=True,
        prompt_continuation=CONTINUATION,
    )


def open_history() -> History:
    """Return the history kept in the user's state folder, or in memory where that fails."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    path = state / "gpudb" / "history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))
