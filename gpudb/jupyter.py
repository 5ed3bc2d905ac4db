"""%sql and %%sql for IPython and Jupyter: `%load_ext gpudb`.

%sql --database lake.gpudb          the database to use from now on; without it, one in memory
%sql SELECT count(*) FROM frame     tables, files, and the notebook's frames
%%sql --into answer                 a cell of statements; the last one's cursor goes to `answer`
SELECT * FROM t WHERE n < :limit    :limit is the notebook's variable
"""

from __future__ import annotations

import re
import time
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.display import HTML, DisplayHandle, display

import gpudb
from gpudb.connection import placed
from gpudb.cursor import Cursor
from gpudb.shell.progress import PATIENCE_SECONDS, describe
from gpudb.shell.script import TOKEN, is_blank

OPTIONS = ("--connection", "--database", "--into")
USAGE = (
    "%sql [--database PATH | --connection VARIABLE] [--into VARIABLE] [statement];"
    " %%sql takes the same, and statements below"
)
OPTION = re.compile(r"\s*(--\w+)(?:[ =]+(\S+))?")
PARAMETER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
REFRESH_SECONDS = 0.1


@magics_class
class SqlMagics(Magics):
    """The two magics. `connection` is the one in use, made by the first statement."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self.variables: dict[str, Any] = shell.user_ns
        self.connection: gpudb.Connection | None = None

    @line_cell_magic
    def sql(self, line: str, cell: str | None = None) -> Cursor | None:
        """Run SQL; the answer is shown as a table, and is a cursor: fetch_df(), fetch_polars()."""
        options, statement = read_options(line)
        try:
            connection = self.choose(options)
            text = f"{statement}\n{cell}" if cell is not None else statement
            if is_blank(text):
                return None
            cursor = self.run(connection, text)
        except gpudb.Error as error:
            raise UsageError(str(error)) from None
        if "--into" not in options:
            return cursor
        self.variables[options["--into"]] = cursor
        return None

    def choose(self, options: dict[str, str]) -> gpudb.Connection:
        """Return the connection that the options name, or that was used before."""
        if "--database" in options:
            self.connection = gpudb.connect(options["--database"])
        elif "--connection" in options:
            found = self.variables.get(options["--connection"])
            if not isinstance(found, gpudb.Connection):
                raise UsageError(f"{options['--connection']} is no connection of gpudb")
            self.connection = found
        elif self.connection is None:
            self.connection = gpudb.connect()
        self.connection.read_variables(self.variables)
        return self.connection

    def run(self, connection: gpudb.Connection, text: str) -> Cursor:
        """Run statements, each with the notebook's variables for its :names, and show how far."""
        before, bar = connection.on_progress, NotebookBar()
        connection.on_progress = bar if connection.settings.progress else before
        cursor = connection.cursor()
        try:
            for statement, begin in connection.statements(text):
                with placed(text, statement, begin):
                    cursor.execute(statement, self.parameters(statement))
        finally:
            connection.on_progress = before
            bar.close()
        return cursor

    def parameters(self, statement: str) -> dict[str, Any] | None:
        """Return the notebook's variables that a statement names, or None where it names none."""
        names = [name for name in parameter_names(statement) if name in self.variables]
        return {name: self.variables[name] for name in names} or None


class NotebookBar:
    """Progress as HTML below the cell, once half a second has passed; removed at the end."""

    def __init__(self) -> None:
        self._began = self._drawn = time.monotonic()
        self._handle: DisplayHandle | None = None

    def __call__(
        self, row_count: int, total_rows: int | None, byte_count: int, total_bytes: int | None
    ) -> None:
        """Draw what is done."""
        now = time.monotonic()
        if now - self._began < PATIENCE_SECONDS or now - self._drawn < REFRESH_SECONDS:
            return
        self._drawn = now
        done, total = (byte_count, total_bytes) if total_bytes else (row_count, total_rows)
        share = done / total if total else None
        facts = describe(row_count, byte_count, now - self._began, share)
        bar = "" if share is None else f'<progress value="{share:.3f}" max="1"></progress> '
        shown: Any = HTML(f"{bar}{facts}")
        if self._handle is None:
            self._handle = display(shown, display_id=True)
        else:
            self._handle.update(shown)

    def close(self) -> None:
        """Remove the bar."""
        if self._handle is not None:
            self._handle.update(HTML(""))


def read_options(line: str) -> tuple[dict[str, str], str]:
    """Return the options that a line begins with, and the rest of it."""
    options: dict[str, str] = {}
    while match := OPTION.match(line):
        name, value = match[1], match[2]
        if name not in OPTIONS or value is None:
            raise UsageError(f"{name} is not understood: {USAGE}")
        options[name] = value
        line = line[match.end() :]
    return options, line.strip()


def parameter_names(text: str) -> list[str]:
    """Return the :names outside of strings and comments."""
    code = TOKEN.sub(
        lambda match: " " if match[0].startswith(("'", '"', "--", "/*")) else match[0], text
    )
    return list(dict.fromkeys(PARAMETER.findall(code)))


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Make %sql and %%sql."""
    shell.register_magics(SqlMagics)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Close the connection of the magics and forget them."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("sql", None)
