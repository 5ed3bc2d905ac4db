"""What the prompt offers while one types: commands, tables, columns, functions, keywords, files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from gpudb.connection import Connection
from gpudb.settings import SETTINGS
from gpudb.shell.command import Command
from gpudb.shell.commands import COMMANDS, find_command
from gpudb.shell.formats import FORMATS
from gpudb.shell.names import KEYWORDS, function_names
from gpudb.shell.options import OPTIONS
from gpudb.shell.statement_help import STATEMENTS
from gpudb.storage.names import MAIN_SCHEMA
from gpudb.storage.snapshot import Relation
from gpudb.storage.table import TableVersion

WORD = re.compile(r"\w*$")
QUALIFIED = re.compile(r"(\w+)\.(\w*)$")
IN_STRING = re.compile(r"(?:[^']|'[^']*')*'(?P<path>[^']*)$")
# A table's name stands behind these.
TABLE_PLACE = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|COPY|DROP\s+TABLE(?:\s+IF\s+EXISTS)?|CREATE\s+TABLE)\s+\w*$",
    re.IGNORECASE,
)
SETTING_PLACE = re.compile(r"^\s*(?:SET|SHOW)\s+\w*$", re.IGNORECASE)
NAMED = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|COPY|,)\s+(\w+(?:\.\w+)?)(?:\s+(?:AS\s+)?(\w+))?",
    re.IGNORECASE,
)
LEAST_LETTERS = 1


class SqlCompleter(Completer):
    """Completes SQL and commands from the tables and views that a connection sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.mistake: Exception | None = None
        self._paths = PathCompleter(expanduser=True)

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Yield what may stand at the cursor."""
        try:
            yield from self._offered(document, complete_event)
        except Exception as error:  # noqa: BLE001 (the prompt would print a traceback over itself)
            self.mistake = error

    def _offered(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        before = document.text_before_cursor
        if before.startswith("\\"):
            yield from self._after_backslash(before, complete_event)
            return
        string = IN_STRING.match(before)
        if string is not None:
            yield from self._files(string["path"], complete_event)
            return
        is_asked = complete_event.completion_requested
        yield from self._in_statement(before, document.text, is_asked=is_asked)

    def _after_backslash(self, text: str, event: CompleteEvent) -> Iterator[Completion]:
        name, space, argument = text[1:].partition(" ")
        if not space:
            yield from (
                Completion(c.name, -len(name), display=f"\\{c.name}", display_meta=c.description)
                for c in COMMANDS
                if c.name.startswith(name)
            )
            return
        command = find_command(name)
        if command is None:
            return
        if "FILE" in command.argument and " " not in argument:
            yield from self._files(argument, event)
        else:
            typed = argument.rpartition(" ")[2]
            yield from matches(typed, self._arguments(command, argument), "")

    def _arguments(self, command: Command, argument: str) -> Sequence[str]:
        """Return the words that may follow a command."""
        first, space, _ = argument.partition(" ")
        if command.name == "set":
            values = {"format": FORMATS}.get(first, ()) if space else OPTIONS
            return [value.name for value in values]
        known = {
            "format": [form.name for form in FORMATS],
            "h": [statement.name for statement in STATEMENTS],
            "df": list(function_names()),
            "device": ["auto", "cpu", "cuda", "emulated", "python"],
            "dt": [table.name for table in self._connection.snapshot().tables()],
            "dv": [view.name for view in self._connection.snapshot().views()],
            "chart": [] if space else ["bar", "line", "scatter", "hist"],
            "timing": ["on", "off"],
            "x": ["on", "off"],
            "pager": ["on", "off"],
        }.get(command.name)
        return known if known is not None else self._table_names()

    def _in_statement(self, before: str, text: str, *, is_asked: bool) -> Iterator[Completion]:
        qualified = QUALIFIED.search(before)
        if qualified is not None:
            yield from matches(qualified[2], self._names_in(qualified[1].lower()), "table")
            table = self._named_tables(text).get(qualified[1].lower())
            yield from matches(qualified[2], column_names(table), "column")
            return
        word = WORD.search(before)
        typed = word[0] if word is not None else ""
        if TABLE_PLACE.search(before):
            yield from matches(typed, self._table_names(), "table")
            schemas = [s for s in self._connection.snapshot().schemas if s != MAIN_SCHEMA]
            yield from matches(typed, schemas, "schema")
        elif SETTING_PLACE.match(before):
            yield from matches(typed, [setting.name for setting in SETTINGS], "setting")
            yield from matches(typed, keywords(typed), "")
        elif len(typed) >= LEAST_LETTERS or is_asked:
            yield from self._words(typed, text)

    def _words(self, typed: str, text: str) -> Iterator[Completion]:
        tables = {t.name: t for t in self._named_tables(text).values()}
        columns = {name: None for table in tables.values() for name in column_names(table)}
        yield from matches(typed, list(columns), "column")
        yield from matches(typed, keywords(typed), "")
        if typed:
            yield from matches(typed, function_names(), "function")
        yield from matches(typed, self._table_names(), "table")

    def _named_tables(self, text: str) -> dict[str, Relation]:
        """Return the tables that `text` names, by their names and aliases in lower case."""
        found = {}
        for name, alias in NAMED.findall(text):
            table = self._connection.snapshot().find(self._connection.relation_name(name))
            if table is not None:
                found[name.lower().rpartition(".")[2]] = table
                if alias and alias.upper() not in KEYWORDS:
                    found[alias.lower()] = table
        return found

    def _table_names(self) -> list[str]:
        names = [relation.full_name for relation in self._connection.snapshot().relations()]
        return list(dict.fromkeys(n.name if n.is_temporary else str(n) for n in names))

    def _names_in(self, schema: str) -> list[str]:
        return [relation.name for relation in self._connection.snapshot().inside(schema)]

    def _files(self, path: str, event: CompleteEvent) -> Iterable[Completion]:
        return self._paths.get_completions(Document(path), event)


def column_names(table: Relation | None) -> list[str]:
    """Return the names of the columns of a table or a view."""
    if isinstance(table, TableVersion):
        return [column.name for column in table.columns]
    return [] if table is None else list(table.columns)


def keywords(typed: str) -> Sequence[str]:
    """Return the keywords, in lower case where one types in lower case."""
    return [word.lower() for word in KEYWORDS] if typed.islower() else KEYWORDS


def matches(typed: str, names: Sequence[str], meaning: str) -> Iterator[Completion]:
    """Yield the names that begin with what is typed, in any case."""
    for name in names:
        if name.lower().startswith(typed.lower()) and name != typed:
            yield Completion(name, -len(typed), display_meta=meaning)
