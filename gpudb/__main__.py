"""`python -m gpudb` is the command `gpudb`."""

from __future__ import annotations

import sys

from gpudb.shell.main import run

if __name__ == "__main__":
    sys.exit(run())
