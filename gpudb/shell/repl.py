"""The prompt at a terminal: lines are gathered until a semicolon ends them.

With history over sessions (Ctrl-R searches it), completion, colours, and matching brackets.
"""

from __future__ import annotations

import os
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.enums import DEFAULT_BUFFER, EditingMode
from prompt_toolkit.filters import has_focus
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.processors import HighlightMatchingBracketProcessor
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import ColorDepth
from pygments.lexers.sql import PostgresLexer

from gpudb.shell.complete import SqlCompleter
from gpudb.shell.script import is_blank, is_finished
from gpudb.shell.session import Session

PROMPT = "gpudb> "
CONTINUATION = "  ...> "


def converse(session: Session, prompt: PromptSession[str] | None = None) -> None:
    """Read and run statements until \\q or the end of the input.

    Ctrl-C drops what is typed, and stops what runs.
    """
    prompt = prompt or make_prompt(session)
    session.history[:] = list(prompt.history.load_history_strings())[::-1]
    while not session.has_quit:
        is_vi = session.options.keys == "vi"
        prompt.editing_mode = EditingMode.VI if is_vi else EditingMode.EMACS
        try:
            text = prompt.prompt(PROMPT)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text.strip():
            session.history.append(text.strip())
        try:
            session.run(text)
        except KeyboardInterrupt:
            session.write("stopped")


def make_prompt(session: Session) -> PromptSession[str]:
    """Return a prompt where Enter runs finished statements and otherwise begins a new line."""
    return PromptSession(
        history=open_history(),
        auto_suggest=AutoSuggestFromHistory(),
        completer=SqlCompleter(session.connection.database),
        complete_in_thread=True,
        complete_while_typing=True,
        color_depth=ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None,
        input_processors=[HighlightMatchingBracketProcessor(chars="()[]")],
        key_bindings=make_keys(),
        lexer=PygmentsLexer(PostgresLexer),
        multiline=True,
        prompt_continuation=CONTINUATION,
        search_ignore_case=True,
    )


def make_keys() -> KeyBindings:
    """Return what Enter does: run what is finished, else begin a new line."""
    keys = KeyBindings()

    # Not in the line of a search, where Enter takes what was found.
    @keys.add("enter", filter=has_focus(DEFAULT_BUFFER))
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        state = buffer.complete_state
        if state is not None and state.current_completion is not None:
            # Enter takes what the menu offers; the next one runs it.
            buffer.complete_state = None
        elif is_ready(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys


def is_ready(text: str) -> bool:
    """Whether `text` can be run: a finished statement, a command, or nothing."""
    return is_finished(text) or is_blank(text) or text.lstrip().startswith("\\")


def open_history() -> History:
    """Return the history kept in the user's state folder, or in memory where that fails."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    path = state / "gpudb" / "history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("ab"):
            pass
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))
