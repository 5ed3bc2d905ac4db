"""What pip installs: sql/ and storage/ once each, inside gpudb, from a wheel made of the sdist."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel made of it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT))
    return folder


def run(*command: str, folder: Path | None = None) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def program_files() -> set[str]:
    """The program's files as a wheel names them."""
    places = {"gpudb": "gpudb", "sql": "gpudb/sql", "storage": "gpudb/storage"}
    return {
        f"{place}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, place in places.items()
        for path in (ROOT / folder).rglob("*.py")
        if not any(parent.is_symlink() for parent in path.parents)
    }


def test_the_wheel_holds_every_file_once(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    assert wheel.name.startswith("gpudb_engine-0")
    names = Counter(zipfile.ZipFile(wheel).namelist())
    assert set(names.values()) == {1}
    code = {name for name in names if ".dist-info/" not in name}
    assert code == program_files() | {"gpudb/py.typed"}


def test_the_sdist_holds_every_file_once(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = Counter(name.partition("/")[2] for name in archive.getnames())
    for path in ("sql/__init__.py", "storage/__init__.py", "gpudb/__init__.py", "LICENSE"):
        assert names[path] == 1
    assert not [name for name in names if name.startswith(("gpudb/sql/", "gpudb/storage/"))]


def test_an_installed_wheel_imports(built: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv" / "bin" / "python")
    (wheel,) = built.glob("*.whl")
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    shown = run(
        python, "-c", "import gpudb.sql, gpudb.storage; print(gpudb.sql.__file__)", folder=tmp_path
    )
    assert Path(shown.strip()).is_relative_to(tmp_path / "venv")
    absent = "import importlib.util as u; print(u.find_spec('sql'), u.find_spec('storage'))"
    assert run(python, "-c", absent, folder=tmp_path) == "None None\n"
    run(python, "-m", "gpudb", "--version", folder=tmp_path)
