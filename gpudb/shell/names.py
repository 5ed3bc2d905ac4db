"""The words of SQL that are offered and explained: keywords, functions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

_WORDS = (
    "ALL AND ANALYZE AS ASC BETWEEN BIGINT BOOLEAN BY CASE CAST CODE COPY COUNT "
    "CREATE CROSS CURRENT_DATE CURRENT_TIMESTAMP DATE DECIMAL DESC DEVICE DISTINCT "
    "DOUBLE DROP ELSE ENCODING END EXCEPT EXISTS EXPLAIN EXTRACT FALSE FIRST FLOAT "
    "FROM FULL GROUP HAVING IF ILIKE IN INNER INSERT INTEGER INTERSECT INTERVAL INTO "
    "IS JOIN LAST LEFT LIKE LIMIT MEMORY NOT NULL NULLS OFFSET ON OR ORDER OUTER "
    "RIGHT SELECT SET SHOW SMALLINT SUBSTRING TABLE TABLES TEXT THEN TIME TIMESTAMP "
    "TINYINT TO TRIM TRUE TRY_CAST UNION USING VALUES WHEN WHERE WITH"
)
KEYWORDS = tuple(_WORDS.split())


@lru_cache(maxsize=1)
def function_descriptions() -> tuple[tuple[str, str], ...]:
    """Return each function's name with an example or its meaning, in the order of names."""
    return tuple(sorted(_descriptions()))


def _descriptions() -> Iterator[tuple[str, str]]:
    from gpudb.sql.reference import sections

    for section in sections():
        for entry in section.entries:
            for name in entry.names:
                yield name, entry.meaning or entry.heading


def function_names() -> tuple[str, ...]:
    """Return the names of all functions."""
    return tuple(name for name, _ in function_descriptions())
