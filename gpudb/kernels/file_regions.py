"""Memory in temporary files: past the budget of memory, the system may write it to disk.

The pages of a file that is mapped are the system's: it writes them to the disk and takes them where
it needs memory, and reads them again when they are touched. The files have no name: they vanish
with the process, however that ends.
"""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
import weakref
from contextlib import suppress

import numpy as np

from gpudb.errors import OperationalError
from gpudb.storage.extents import Region

# Address space of a file; disk space is taken as arrays ask for it. Each holds two descriptors, so
# that there are few: later files are larger.
FILE_BYTES = 1 << 28
LATER_SHARE = 8


class FileRegion(Region):
    """A region in an unlinked file of a folder."""

    is_file = True

    def __init__(self, size: int, folder: str, wanted_bytes: int) -> None:
        """Make the file; `wanted_bytes` are those of the array that asks for it."""
        self.size = size
        self.folder = folder
        try:
            self._file = tempfile.TemporaryFile(prefix="gpudb-", dir=folder)  # noqa: SIM115
            weakref.finalize(self, self._file.close)
            self._file.truncate(size)
            self._map = mmap.mmap(self._file.fileno(), size)
        except OSError as error:
            raise self._refused(wanted_bytes, error) from error
        self.bytes: np.ndarray = np.frombuffer(self._map, np.uint8)
        # Holes of a file are zeros, and so is what a file becomes longer by.
        self.is_zero = True

    def reserve(self, begin: int, size: int) -> None:
        """Take disk space, which must not lack when a page is written: the process would die.

        Raises OperationalError where there is too little.
        """
        if not hasattr(os, "posix_fallocate"):
            return
        try:
            os.posix_fallocate(self._file.fileno(), begin, size)
        except OSError as error:
            # Part of it may be taken.
            self.forget(begin, size)
            raise self._refused(size, error) from error

    def forget(self, begin: int, size: int) -> None:
        """Give disk space back; what was not written yet never will be."""
        try:
            self._map.madvise(mmap.MADV_REMOVE, begin, size)
        except (AttributeError, OSError):
            # A file system without holes, or another system: the space goes with the file.
            self.is_zero = False

    def _refused(self, size: int, error: OSError) -> OperationalError:
        free = ""
        with suppress(OSError):
            free = f"; {shutil.disk_usage(self.folder).free:,} bytes are free there"
        return OperationalError(
            f"a query needs {size:,} bytes past memory_limit on disk in {self.folder}, which fails "
            f"({error.strerror}){free}: SET temp_directory to a folder with room, or SET "
            "memory_limit where there is more memory"
        )


def region_bytes(size: int, total_bytes: int) -> int:
    """Return how large the next file is to be, for an array of `size`, beside `total_bytes`."""
    wanted = max(size, FILE_BYTES, total_bytes // LATER_SHARE)
    return -(-wanted // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
