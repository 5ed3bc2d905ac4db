"""Data that the benchmark made: where it lies, and whether what it was made from is still so."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "bench" / "data"


class Stamp:
    """A file beside a database that says from which files and sources it was made.

    A database made by an older state of the sources would measure what is no longer there.
    """

    def __init__(
        self, database: Path, files: Mapping[str, Path], sources: Sequence[str] = ()
    ) -> None:
        self.database = database
        self._file = database.with_name(f"{database.name}.json")
        self._content = json.dumps(
            {
                "files": {name: [str(p), p.stat().st_size] for name, p in files.items()},
                "sources": hash_sources(sources),
            }
        )

    def is_current(self) -> bool:
        """Tell whether the database is there and was made from just these."""
        return (
            self.database.exists()
            and self._file.is_file()
            and self._file.read_text() == self._content
        )

    def write(self) -> None:
        """Say that the database is complete."""
        self._file.write_text(self._content)

    def forget(self) -> None:
        """Remove the database and the stamp."""
        self._file.unlink(missing_ok=True)
        if self.database.is_dir():
            shutil.rmtree(self.database)
        self.database.unlink(missing_ok=True)
        self.database.parent.mkdir(parents=True, exist_ok=True)


def hash_sources(folders: Sequence[str]) -> str:
    """Return a hash over the Python files below `folders` of the repository."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def size_of(path: Path) -> int:
    """Return the bytes of a file or of all files in a folder; 0 where there is none."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(each.stat().st_size for each in files if each.is_file())
