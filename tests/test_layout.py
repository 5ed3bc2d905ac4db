"""The repository keeps its shape: packages, file sizes, module names, and how sql/ is imported."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = {"gpudb": ROOT / "gpudb", "gpudb.sql": ROOT / "sql", "gpudb.storage": ROOT / "storage"}
MAX_LINES = 400
MAX_FUNCTION_LINES = 40
MAX_NESTING = 3
BANNED_NAMES = {"utils", "helpers", "common", "misc", "base", "core", "managers", "manager"}
BLOCKS = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.Match)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: Path) -> list[Path]:
    """The Python files below `folders`, links not followed."""
    return sorted(
        path
        for folder in folders
        for path in folder.rglob("*.py")
        if not any(parent.is_symlink() for parent in path.parents)
    )


PROGRAM_FILES = python_files(*SOURCES.values())
ALL_FILES = python_files(*SOURCES.values(), ROOT / "tests", ROOT / "bench")


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_packages_are_the_folders() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = set()
    for package, folder in SOURCES.items():
        for path in python_files(folder):
            found.add(".".join((package, *path.parent.relative_to(folder).parts)))
    assert settings["packages"] == sorted(settings["packages"])
    assert set(settings["packages"]) == found
    assert settings["package-dir"] == {
        package: shown(folder) for package, folder in SOURCES.items()
    }


def test_every_package_says_what_it_holds() -> None:
    folders = {path.parent for path in PROGRAM_FILES}
    missing = [shown(folder) for folder in folders if not (folder / "__init__.py").is_file()]
    assert not missing


@pytest.mark.parametrize("name", ["sql", "storage"])
def test_links_lead_to_the_folders(name: str) -> None:
    link = ROOT / "gpudb" / name
    assert link.is_symlink()
    assert link.resolve() == ROOT / name


@pytest.mark.parametrize("name", ["sql", "storage"])
def test_top_level_import_is_refused(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", f"import {name}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert f"ImportError: import this package as gpudb.{name}, not as {name}" in run.stderr


def test_files_are_short() -> None:
    lengths = {shown(path): len(path.read_text().splitlines()) for path in ALL_FILES}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_module_names_say_something() -> None:
    banned = [shown(path) for path in ALL_FILES if {path.stem, path.parent.name} & BANNED_NAMES]
    assert not banned


def test_modules_open_with_a_docstring() -> None:
    bare = [shown(path) for path in ALL_FILES if ast.get_docstring(parse(path)) is None]
    assert not bare


def test_functions_are_short() -> None:
    found = [
        f"{place}: {size} lines"
        for place, function in functions()
        if (size := body_lines(function)) > MAX_FUNCTION_LINES
    ]
    assert not found


def test_nesting_is_shallow() -> None:
    found = [
        f"{place}: {depth} deep"
        for place, function in functions()
        if (depth := nesting(function.body)) > MAX_NESTING
    ]
    assert not found


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def functions() -> Iterator[tuple[str, Function]]:
    """Each function of the program, with its place."""
    for path in PROGRAM_FILES:
        for node in ast.walk(parse(path)):
            if isinstance(node, Function):
                yield f"{shown(path)}:{node.lineno} {node.name}", node


def body_lines(function: Function) -> int:
    """The lines from the first statement after the docstring to the last."""
    body = function.body
    if ast.get_docstring(function) is not None and len(body) > 1:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def nesting(body: list[ast.stmt]) -> int:
    """How deep the blocks of `body` lie in each other; elif counts once, nested functions anew."""
    return max((1 + nesting_inside(node) for node in body if isinstance(node, BLOCKS)), default=0)


def nesting_inside(node: ast.stmt) -> int:
    if isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        return max(nesting(node.body), nesting_inside(node.orelse[0]))
    bodies = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
    bodies += [handler.body for handler in getattr(node, "handlers", [])]
    bodies += [case.body for case in getattr(node, "cases", [])]
    return max(nesting(body) for body in bodies)
