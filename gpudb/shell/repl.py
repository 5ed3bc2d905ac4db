"""The prompt at a terminal: lines are gathered until a semicolon ends them.

It is drawn before the engine is loaded, which takes longer than all the rest of a start.
With history over sessions (Ctrl-R searches it), completion, colours, and matching brackets.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import Completer, DynamicCompleter
from prompt_toolkit.enums import DEFAULT_BUFFER, EditingMode
from prompt_toolkit.filters import has_focus
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.processors import HighlightMatchingBracketProcessor
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import ColorDepth
from pygments.lexers.sql import PostgresLexer

from gpudb.shell.script import as_text, is_blank, is_finished

if TYPE_CHECKING:
    from gpudb.shell.opening import Opening
    from gpudb.shell.session import Session

PROMPT = "gpudb> "
# While a transaction is open.
CHANGING_PROMPT = "gpudb*> "
CONTINUATION = "...> "


def converse(opening: Opening, prompt: PromptSession[str] | None = None) -> None:
    """Read and run statements until \\q or the end of the input.

    Ctrl-C drops what is typed, and stops what runs. The session begins to open once the prompt is
    drawn.
    """
    prompt = prompt or make_prompt(opening)
    history = list(prompt.history.load_history_strings())[::-1]
    open_once_drawn(prompt, opening)
    while True:
        try:
            text = ask(prompt, opening.opened)
            if text.strip():
                history.append(text.strip())
            session = opening.wait()
            session.history = history
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        try:
            session.run(text)
        except KeyboardInterrupt:
            session.write("stopped")
        if session.has_quit:
            return


def ask(prompt: PromptSession[str], session: Session | None) -> str:
    """Return what is typed."""
    is_vi = session is not None and session.options.keys == "vi"
    prompt.editing_mode = EditingMode.VI if is_vi else EditingMode.EMACS
    is_changing = session is not None and session.connection.in_transaction
    return as_text(prompt.prompt(CHANGING_PROMPT if is_changing else PROMPT))


def open_once_drawn(prompt: PromptSession[str], opening: Opening) -> None:
    """Begin to open the session once the prompt is drawn; leave the prompt where that fails."""
    app = prompt.app

    def begin(_: Application[str]) -> None:
        app.after_render -= begin
        loop = asyncio.get_running_loop()

        def look() -> None:
            if not app.is_running or app.is_done:
                return
            if opening.error is not None:
                app.erase_when_done = True
                app.exit(exception=opening.error)
            elif prompt.default_buffer.text:
                # What was typed meanwhile had no catalog to be completed from.
                prompt.default_buffer.start_completion()

        def on_done() -> None:
            # The loop has ended where a text is typed already: waiting for the session raises then.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(look)

        opening.when_done(on_done)
        opening.begin()

    app.after_render += begin


def make_prompt(opening: Opening) -> PromptSession[str]:
    """Return a prompt where Enter runs finished statements and otherwise begins a new line."""
    return PromptSession(
        history=open_history(),
        auto_suggest=AutoSuggestFromHistory(),
        completer=DynamicCompleter(late_completer(opening)),
        complete_in_thread=True,
        complete_while_typing=True,
        color_depth=ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None,
        input_processors=[HighlightMatchingBracketProcessor(chars="()[]")],
        key_bindings=make_keys(),
        lexer=PygmentsLexer(PostgresLexer),
        multiline=True,
        prompt_continuation=lambda width, _line, _wraps: CONTINUATION.rjust(width),
        search_ignore_case=True,
    )


def late_completer(opening: Opening) -> Callable[[], Completer | None]:
    """Return what gives the completer of the session's catalog, once that is open."""
    made: list[Completer] = []

    def completer() -> Completer | None:
        session = opening.opened
        if session is not None and not made:
            from gpudb.shell.complete import SqlCompleter

            made.append(SqlCompleter(session.connection))
        return made[0] if made else None

    return completer


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


class Lines(FileHistory):
    """A file of what was typed; what can no longer be written to it is kept in memory."""

    def store_string(self, string: str) -> None:
        """Append to the file."""
        with suppress(OSError):
            super().store_string(string)


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
    return Lines(str(path))
