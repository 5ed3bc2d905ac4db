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
    from gpudb.sql.bind.aggregates import AGGREGATES
    from gpudb.sql.bind.forms import FORMS
    from gpudb.sql.bind.window_functions import WINDOW_FUNCTIONS
    from gpudb.sql.functions import OVERLOADS

    for name, overloads in OVERLOADS.items():
        yield name, (overloads[0].body.__doc__ or "").strip().partition("\n")[0]
    for name in AGGREGATES:
        yield name, "an aggregate of a group's rows"
    for name in WINDOW_FUNCTIONS:
        yield name, "a window function, with OVER"
    for name in FORMS:
        if name not in OVERLOADS:
            yield name, "a form of its own"


def function_names() -> tuple[str, ...]:
    """Return the names of all functions."""
    return tuple(name for name, _ in function_descriptions())
