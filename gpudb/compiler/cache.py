"""Keeps object code in a folder, so that the next process need not compile.

    folder/KEY.py   the program's text, for people
    folder/KEY.ll   its optimised IR, for people
    folder/KEY.o    magic, checksum, object code; written last, and what a load needs
    folder/MACHINE.machine    what LLVM calls the machine, so that a load need not ask it

KEY is a hash of the text, the library, the entries, the machine and the versions: a change of any
of them compiles anew. Files appear by renaming: two processes may write one key, and one may be
killed at any instant. A file that is torn or altered fails its checksum and is compiled again.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from gpudb.compiler import machine_code
from gpudb.compiler.language import Program
from gpudb.compiler.machine import find_machine
from gpudb.compiler.machine_code import NativeProgram, ObjectCode, Phases

MAGIC = b"gpudb kernel 1\n\0"
LIMIT_BYTES = 256 * 2**20
_DIGEST_BYTES = 16
_STALE_SECONDS = 3600.0
ORIGIN_SUFFIX = ".machine"
MADE_SOON = "made soon"
# The versions of llvmlite and LLVM, and the target.
ORIGIN_PARTS = 3


class Folder:
    """Object code on disk, of at most `limit_bytes` in all; the least recently used go first."""

    def __init__(self, path: Path, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path = path
        self.limit_bytes = limit_bytes
        self._written_bytes: int | None = None
        self._origin: tuple[str, ...] | None = None

    def compile_program(self, program: Program) -> NativeProgram:
        """Load the program from the folder, or compile it and keep it there."""
        start = time.perf_counter()
        origin = self.origin()
        keys = [find_key(program, origin)]
        keys += [find_key(program, (*origin, MADE_SOON))] if program.soon else []
        for key in keys:
            code = self.find(key)
            if code is not None:
                phases = Phases(read=time.perf_counter() - start)
                break
        is_found = code is not None
        if code is None:
            code, phases = machine_code.compile_object(program, soon=program.soon)
            self._try_keep(key, program, code)
        loaded = machine_code.load_object(program, code, phases, from_cache=is_found)
        if key == keys[0]:
            return loaded
        return machine_code.improved_by(loaded, lambda: self._made_well(program, *keys))

    def _made_well(self, program: Program, key: str, key_soon: str) -> ObjectCode:
        """Return a program's best code, which is kept instead of what was made soon."""
        code, _ = machine_code.compile_object(program)
        # Nobody waits any more for a folder that has gone meanwhile.
        if self.path.is_dir():
            self._try_keep(key, program, code)
            with suppress(OSError):
                self.remove(key_soon)
        return code

    def _try_keep(self, key: str, program: Program, code: ObjectCode) -> None:
        # The cache spares time only: a full or read-only disk must not fail the query.
        with suppress(OSError):
            self.keep(key, program, code)

    def origin(self) -> tuple[str, ...]:
        """Return what `machine_code.find_origin` does, without loading LLVM where it was known."""
        if self._origin is None:
            self._origin = self._find_origin() or self._ask_origin()
        return self._origin

    def _origin_file(self) -> Path | None:
        machine = find_machine()
        version = machine_code.COMPILER_VERSION
        return None if machine is None else self.path / f"{machine}-{version}{ORIGIN_SUFFIX}"

    def _find_origin(self) -> tuple[str, ...] | None:
        file = self._origin_file()
        if file is None:
            return None
        try:
            found = json.loads(file.read_bytes())
        except (OSError, ValueError):
            return None
        is_whole = isinstance(found, list) and len(found) == ORIGIN_PARTS
        return tuple(found) if is_whole and all(isinstance(p, str) for p in found) else None

    def _ask_origin(self) -> tuple[str, ...]:
        found, file = machine_code.find_origin(), self._origin_file()
        if file is not None:
            with suppress(OSError):
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write(file, json.dumps(found).encode())
        return found

    def find(self, key: str) -> ObjectCode | None:
        """Return the whole and unaltered code under `key`, or None."""
        file = self.path / f"{key}.o"
        try:
            content = file.read_bytes()
            payload = content[len(MAGIC) + _DIGEST_BYTES :]
            if content[: -len(payload) or None] != MAGIC + _digest(key, payload):
                return None
            os.utime(file)
            return ObjectCode(file.with_suffix(".ll").read_text(), payload)
        except (OSError, UnicodeDecodeError):
            return None

    def keep(self, key: str, program: Program, code: ObjectCode) -> None:
        """Write the program's files, then remove the oldest ones over the limit."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        source = f"{program.text}\n\n{program.library}"
        written = 0
        for suffix, content in (
            (".py", source.encode()),
            (".ll", code.ir.encode()),
            (".o", MAGIC + _digest(key, code.code) + code.code),
        ):
            _write(self.path / f"{key}{suffix}", content)
            written += len(content)
        if self._written_bytes is None or self._written_bytes + written > self.limit_bytes:
            self._written_bytes = self.prune()
        else:
            self._written_bytes += written

    def prune(self) -> int:
        """Remove the least recently used programs over the limit; return the bytes left."""
        sizes: dict[str, int] = {}
        used: dict[str, float] = {}
        kept = 0
        for entry in os.scandir(self.path):
            with suppress(FileNotFoundError):  # another process prunes too
                status = entry.stat()
                if entry.name.endswith(ORIGIN_SUFFIX):
                    kept += status.st_size
                    continue
                is_temporary = entry.name.endswith(".tmp")
                if is_temporary and status.st_mtime < time.time() - _STALE_SECONDS:
                    os.remove(entry.path)
                key = entry.name.partition(".")[0]
                sizes[key] = sizes.get(key, 0) + status.st_size
                used[key] = max(used.get(key, 0.0), status.st_mtime)
        total = kept + sum(sizes.values())
        for key in sorted(used, key=used.__getitem__):
            if total <= self.limit_bytes:
                break
            total -= sizes[key]
            self.remove(key)
        return total

    def remove(self, key: str) -> None:
        """Remove a program's files."""
        for suffix in (".o", ".ll", ".py"):
            (self.path / f"{key}{suffix}").unlink(missing_ok=True)


def _write(file: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    beside = file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    beside.write_bytes(content)
    beside.replace(file)


def find_key(program: Program, origin: Sequence[str]) -> str:
    """Return the name of a program's files: a hash of all that shapes its object code."""
    parts = (
        *(str(machine_code.COMPILER_VERSION), *origin),
        *(program.text, program.library, repr(program.entries)),
    )
    digest = blake2b(digest_size=20)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part.encode())
    return digest.hexdigest()


def _digest(key: str, payload: bytes) -> bytes:
    return blake2b(key.encode() + payload, digest_size=_DIGEST_BYTES).digest()
