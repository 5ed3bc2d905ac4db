"""The pictures of docs/how.md, drawn from the plan and the code of its query.

`GPUDB_UPDATE_PICTURES=1` in the environment writes them anew.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence

import gpudb

LINE_PIXELS, LETTER_PIXELS, MARGIN_PIXELS = 20, 8.0, 16
CODE_COLUMNS = 96
FRAME = "#8884"


def plan_lines(con: gpudb.Connection, query: str) -> list[str]:
    """Return the lines of the plan."""
    return [str(row[0]) for row in con.execute(f"EXPLAIN {query}").fetchall()]


def code_lines(con: gpudb.Connection, query: str) -> list[str]:
    """Return the lines of the kernels; long ones, the heads, are shortened."""
    found = (str(row[0]) for row in con.execute(f"EXPLAIN CODE {query}").fetchall())
    return [textwrap.shorten(line, CODE_COLUMNS) if line[:4] == "def " else line for line in found]


def plan_picture(lines: Sequence[str]) -> str:
    """Draw each node as a box, under the node that reads it."""
    parts = []
    for place, line in enumerate(lines):
        depth = (len(line) - len(line.lstrip())) // 2
        x, y = MARGIN_PIXELS + 28 * depth, MARGIN_PIXELS + place * 2 * LINE_PIXELS
        width = len(line.strip()) * LETTER_PIXELS + 20
        if depth:
            parts.append(f'<path d="M{x - 14} {y - 10} v24 h14" fill="none" stroke="#777"/>')
        box = f'x="{x}" y="{y}" width="{width:.0f}" height="28"'
        parts.append(f'<rect {box} rx="5" fill="{FRAME}"/>')
        parts.append(f'<text x="{x + 10}" y="{y + 19}">{html.escape(line.strip())}</text>')
    return picture(lines, parts, rows=2 * len(lines), wider=28)


def code_picture(lines: Sequence[str]) -> str:
    """Draw the kernels' text, each pipeline's head in a box."""
    parts = []
    for place, line in enumerate(lines):
        y = MARGIN_PIXELS + place * LINE_PIXELS
        if line.startswith("# pipeline"):
            width = len(line) * LETTER_PIXELS + 20
            parts.append(
                f'<rect x="6" y="{y - 1}" width="{width:.0f}" height="20" rx="5" fill="{FRAME}"/>'
            )
        shown = html.escape(line).replace(" ", "\u00a0")
        parts.append(f'<text x="{MARGIN_PIXELS}" y="{y + 14}">{shown}</text>')
    return picture(lines, parts, rows=len(lines), wider=0)


def picture(lines: Sequence[str], parts: Sequence[str], *, rows: int, wider: int) -> str:
    """Return an SVG that holds `parts`."""
    width = max(map(len, lines)) * LETTER_PIXELS + 2 * MARGIN_PIXELS + wider * len(lines)
    height = rows * LINE_PIXELS + 2 * MARGIN_PIXELS
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}"'
        f' font-family="monospace" font-size="13" fill="#777">\n{body}\n</svg>\n'
    )
