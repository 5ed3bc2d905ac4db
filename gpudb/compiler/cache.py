"""Keeps object code in a folder, so that the next process need not compile.

    folder/KEY.py   the program's text, for people
    folder/KEY.ll   its optimised IR, for people
    folder/KEY.o    magic, checksum, object code; written last, and what a load needs

KEY is a hash of the text, the library, the entries, the machine and the versions: a change of any
of them compiles anew. Files appear by renaming: two processes may write one key, and one may be
killed at any instant. A file that is torn or altered fails its checksum and is compiled again.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from gpudb.compiler import machine_code
from gpudb.compiler.language import Program
from gpudb.compiler.machine_code import NativeProgram, ObjectCode, Phases

MAGIC = b"gpudb kernel 1\n\0"
LIMIT_BYTES = 256 * 2**20
_DIGEST_BYTES = 16
_STALE_SECONDS = 3600.0


class Folder:
    """Object code on disk, of at most `limit_bytes` in all; the least recently used go first."""

    def __init__(self, path: Path, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path = path
        self.limit_bytes = limit_bytes
        self._written_bytes: int | None = None

    def compile_program(self, program: Program) -> NativeProgram:
        """Load the program from the folder, or compile it and keep it there."""
        machine_code.find_target()
        start = time.perf_counter()
        key = find_key(program)
        code = self.find(key)
        if code is not None:
            phases = Phases(read=time.perf_counter() - start)
            return machine_code.load_object(program, code, phases, from_cache=True)
        code, phases = machine_code.compile_object(program)
        # The cache spares time only: a full or read-only disk must not fail the query.
        with suppress(OSError):
            self.keep(key, program, code)
        return machine_code.load_object(program, code, phases, from_cache=False)

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
            file = self.path / f"{key}{suffix}"
            beside = file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}.tmp")
            beside.write_bytes(content)
            beside.replace(file)
            written += len(content)
        if self._written_bytes is None or self._written_bytes + written > self.limit_bytes:
            self._written_bytes = self.prune()
        else:
            self._written_bytes += written

    def prune(self) -> int:
        """Remove the least recently used programs over the limit; return the bytes left."""
        sizes: dict[str, int] = {}
        used: dict[str, float] = {}
        for entry in os.scandir(self.path):
            with suppress(FileNotFoundError):  # another process prunes too
                status = entry.stat()
                is_temporary = entry.name.endswith(".tmp")
                if is_temporary and status.st_mtime < time.time() - _STALE_SECONDS:
                    os.remove(entry.path)
                key = entry.name.partition(".")[0]
                sizes[key] = sizes.get(key, 0) + status.st_size
                used[key] = max(used.get(key, 0.0), status.st_mtime)
        total = sum(sizes.values())
        for key in sorted(used, key=used.__getitem__):
            if total <= self.limit_bytes:
                break
            total -= sizes[key]
            for suffix in (".o", ".ll", ".py"):
                (self.path / f"{key}{suffix}").unlink(missing_ok=True)
        return total


def find_key(program: Program) -> str:
    """Return the name of a program's files: a hash of all that shapes its object code."""
    parts = (
        *(
            str(machine_code.COMPILER_VERSION),
            *machine_code.find_versions(),
            repr(machine_code.find_target()),
        ),
        *(program.text, program.library, repr(program.entries)),
    )
    digest = blake2b(digest_size=20)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part.encode())
    return digest.hexdigest()


def _digest(key: str, payload: bytes) -> bytes:
    return blake2b(key.encode() + payload, digest_size=_DIGEST_BYTES).digest()
