"""What the documents name exists: links, paths, modules and the names in them, make targets."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TOP_FOLDERS = ("gpudb", "sql", "storage", "tests", "bench", "docs", ".ci")

FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(rf"^(?:{'|'.join(map(re.escape, TOP_FOLDERS))})(?:/[\w.*-]+)*/?$")
DOTTED = re.compile(r"^gpudb(?:\.\w+)+$")
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)\b")

document = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS]
)


def spans(path: Path) -> list[str]:
    """The inline code of a document, fences left out."""
    return CODE.findall(FENCE.sub("", path.read_text()))


def resolve(name: str) -> bool:
    """Whether the dotted `name` is a module, or a name inside one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@document
def test_paths_exist(path: Path) -> None:
    named = [span for span in spans(path) if PATH.match(span)]
    missing = [name for name in named if not list(ROOT.glob(name.rstrip("/")))]
    assert not missing


@document
def test_links_lead_somewhere(path: Path) -> None:
    targets = [target for target in LINK.findall(path.read_text()) if "://" not in target]
    missing = [target for target in targets if not (path.parent / target).exists()]
    assert not missing


@document
def test_names_exist(path: Path) -> None:
    missing = [span for span in spans(path) if DOTTED.match(span) and not resolve(span)]
    assert not missing


@document
def test_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = [*spans(path), *(match["code"] for match in FENCE.finditer(path.read_text()))]
    named = {target for text in code for target in MAKE.findall(text)}
    assert named <= targets


@document
def test_python_blocks_are_python(path: Path) -> None:
    for match in FENCE.finditer(path.read_text()):
        if match["language"] == "python":
            ast.parse(match["code"], str(path))


def modules_with_examples() -> list[str]:
    """The names of the program's modules whose docstrings hold examples."""
    folders = {
        "gpudb": ROOT / "gpudb",
        "gpudb.sql": ROOT / "sql",
        "gpudb.storage": ROOT / "storage",
    }
    found = []
    for package, folder in folders.items():
        for path in folder.rglob("*.py"):
            if path.name != "__main__.py" and ">>> " in path.read_text():
                parts = path.relative_to(folder).with_suffix("").parts
                found.append(".".join((package, *(part for part in parts if part != "__init__"))))
    return sorted(found)


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_in_docstrings(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted > 0
    assert outcome.failed == 0
