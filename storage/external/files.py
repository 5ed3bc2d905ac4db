"""Which files a path, a folder or a pattern stands for."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence

from gpudb.errors import OperationalError

# What the last part of a name says of how a text file is compressed.
COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
_PATTERN_CHARACTERS = frozenset("*?[")


def find_files(path: str, folder_extensions: Sequence[str]) -> tuple[str, ...]:
    """Return the files that `path` stands for, sorted by name.

    A folder stands for the files below it with one of `folder_extensions`; hidden files and
    those that begin with an underscore (markers of writers such as Spark) are left out. Raises
    OperationalError where nothing is found.
    """
    path = os.path.expanduser(path)
    if os.path.isfile(path):
        return (path,)
    if os.path.isdir(path):
        return _files_of_folder(path, folder_extensions)
    if _PATTERN_CHARACTERS & set(path):
        found = sorted(f for f in glob.glob(path, recursive=True) if os.path.isfile(f))
        if found:
            return tuple(found)
        raise OperationalError(f"no file matches '{path}' (from the folder '{os.getcwd()}')")
    raise OperationalError(_missing_file(path))


def _files_of_folder(folder: str, extensions: Sequence[str]) -> tuple[str, ...]:
    pattern = os.path.join(glob.escape(folder), "**", "*")
    found = sorted(
        f
        for f in glob.glob(pattern, recursive=True)
        if f.lower().endswith(tuple(extensions))
        and not os.path.basename(f).startswith("_")
        and os.path.isfile(f)
    )
    if not found:
        raise OperationalError(f"the folder '{folder}' holds no file {' or '.join(extensions)}")
    return tuple(found)


def _missing_file(path: str) -> str:
    if os.path.isabs(path):
        return f"there is no file '{path}'; check the path"
    return f"there is no file '{path}' in the folder '{os.getcwd()}'; check the path"


def read_ends(path: str, head_bytes: int, tail_bytes: int) -> tuple[bytes, bytes, int]:
    """Return the first and the last bytes of a file, and its size."""
    try:
        with open(path, "rb") as file:
            head = file.read(head_bytes)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - tail_bytes))
            return head, file.read(), size
    except OSError as error:
        raise OperationalError(f"cannot read '{path}': {error.strerror}") from error
