"""The words of SQL that are offered and explained: keywords, functions."""

from __future__ import annotations

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


def function_names() -> tuple[str, ...]:
    """Return the names of all built-in functions."""
    from gpudb.sql.function_list import built_in

    return tuple(name for name, _ in built_in())
