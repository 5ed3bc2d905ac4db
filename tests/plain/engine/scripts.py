"""Golden scripts: statements with the answers that they must have, one file a topic.

    # A comment; `# parameters (1, 'a')` gives the statement's parameters.
    SELECT a, b FROM t ORDER BY a      the statement, on one line or several
    ----
    1<tab>x                            a row a line; or `error: ` and the message with its place
                                       an empty line ends the block

A block without `----` is a statement without an answer. NULL is written NULL, an empty string ''.
`GPUDB_UPDATE_SCRIPTS=1` in the environment rewrites the files with what the first device answers.
"""

from __future__ import annotations

import ast
import datetime
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import gpudb

SCRIPTS = Path(__file__).parents[2] / "scripts"
RULE = "----"
PARAMETERS = "# parameters "


@dataclass(frozen=True)
class Block:
    """A statement and the lines of its answer; None where it has none."""

    comments: tuple[str, ...]
    statement: str
    expected: tuple[str, ...] | None

    @property
    def parameters(self) -> tuple[object, ...] | dict[str, object] | None:
        """The values that a comment gives for the statement's parameters."""
        for comment in self.comments:
            if comment.startswith(PARAMETERS):
                values = ast.literal_eval(comment.removeprefix(PARAMETERS))
                assert isinstance(values, tuple | dict)
                return values
        return None

    def written(self) -> str:
        """Return the block as it stands in a script."""
        lines = [*self.comments, *([self.statement] if self.statement else [])]
        if self.expected is not None:
            lines += [RULE, *self.expected]
        return "\n".join(lines) + "\n"


def read_script(path: Path) -> list[Block]:
    """Return the blocks of a script."""
    paragraphs = path.read_text(encoding="utf-8").strip("\n").split("\n\n")
    return [_block(p.strip("\n").split("\n")) for p in paragraphs]


def describe_scripts() -> str:
    """Return how many golden scripts, statements, answers and errors there are."""
    blocks = [b for path in sorted(SCRIPTS.glob("*.sql")) for b in read_script(path)]
    answered = [b for b in blocks if b.expected is not None]
    errors = sum("".join(b.expected or ()).startswith("error: ") for b in answered)
    return (
        f"golden scripts: {len(list(SCRIPTS.glob('*.sql')))} with {len(blocks)} statements, "
        f"{len(answered)} of them with an answer, {errors} of those an error"
    )


def _block(lines: list[str]) -> Block:
    comments = tuple(itertools.takewhile(lambda line: line.startswith("# "), lines))
    lines = lines[len(comments) :]
    if RULE not in lines:
        return Block(comments, "\n".join(lines), None)
    rule = lines.index(RULE)
    return Block(comments, "\n".join(lines[:rule]), tuple(lines[rule + 1 :]))


def answers(blocks: list[Block], connection: gpudb.Connection) -> Iterator[Block]:
    """Run the blocks in order and yield each with the answer that it got."""
    for block in blocks:
        got = answer(block, connection) if block.statement else None
        yield Block(block.comments, block.statement, got)


def answer(block: Block, connection: gpudb.Connection) -> tuple[str, ...] | None:
    """Return the lines of a statement's answer."""
    try:
        cursor = connection.execute(block.statement, block.parameters)
        if cursor.description is None:
            return None
        rows = ["\t".join(map(shown, row)) for row in cursor.fetchall()]
        return tuple(line for row in rows for line in row.split("\n"))
    except gpudb.Error as error:
        lines = str(error).split("\n")
        return (f"error: {lines[0]}", *lines[1:])


def shown(value: object) -> str:
    """Return a value as scripts show it."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case "":
            return "''"
        case datetime.datetime():
            return value.isoformat(" ")
        case Decimal():
            return f"{value:f}"
    return str(value)
