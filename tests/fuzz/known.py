"""Where gpudb refuses on purpose what DuckDB answers; docs/decisions.md lists each reason."""

from __future__ import annotations

import re

# Ours refuses, DuckDB answers.
REFUSALS = (
    (r"BIGINT overflow: SUM", "a sum of integers beyond BIGINT"),
    (r"the sum may have more than 38 digits", "a sum of DECIMALs near 38 digits"),
    (r"beyond 64 bits; cast it to DOUBLE", "functions of a DECIMAL beyond 64 bits"),
    (r"text made of columns of both tables", "text of both sides in an outer join's condition"),
)


def find_reason(error: str) -> str | None:
    """Return why gpudb refuses on purpose what DuckDB answers, or None."""
    for pattern, reason in REFUSALS:
        if re.search(pattern, error):
            return reason
    return None
