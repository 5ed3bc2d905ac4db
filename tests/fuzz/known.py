"""Where gpudb and DuckDB differ on purpose; docs/decisions.md explains each."""

from __future__ import annotations

import re

# Ours refuses, DuckDB answers.
REFUSALS = (
    (r"BIGINT overflow: SUM", "a sum of BIGINT beyond 64 bits raises; DuckDB's is a HUGEINT"),
    (r"without an equality", "outer joins need an equality"),
    (r"beyond 64 bits", "DECIMAL beyond 18 digits in a build or sort"),
    (r"text made of columns of both tables", "text of both sides in the condition of a join"),
)


def find_reason(error: str) -> str | None:
    """Return why gpudb refuses on purpose what DuckDB answers, or None."""
    for pattern, reason in REFUSALS:
        if re.search(pattern, error):
            return reason
    return None
