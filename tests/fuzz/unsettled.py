"""What no long run has been through yet: `make fuzz` draws it, the tests do not."""

from __future__ import annotations

from tests.fuzz.templates import templates

FORMS = frozenset({"UNNEST"})

SCALARS = (
    *templates(
        "int",
        "BIT_COUNT(CAST({small} AS BIGINT))",
        "GCD({small}, {small})",
        "LCM({small}, {small})",
        "CHAR_LENGTH({text})",
        "INSTR({text}, {text})",
        "STRPOS({text}, {letter})",
        "BIT_LENGTH({text})",
        "UNICODE(NULLIF({text}, ''))",
        "YEAR({date})",
        "QUARTER({date})",
        "DAYOFYEAR({date})",
        "DAYOFWEEK({time})",
        "WEEK({date})",
        "CENTURY({date})",
        "DECADE({date})",
        "MILLENNIUM({date})",
        "HOUR({time})",
        "EPOCH_MS({time})",
        "EPOCH_US({time})",
        "DATE_SUB('{timeunit}', DATE_TRUNC('year', {time}), DATE_TRUNC('year', {time}))",
        "DATE_DIFF('{timeunit}', {time}, {time})",
        "DATE_PART('{datepart}', {date})",
        "XOR({small}, {small})",
        "({small} & {small})",
        "({small} | {small})",
        "(~{small})",
        "({small} >> 2)",
        "IF({bool}, {int}, {int})",
        "ARRAY_LENGTH({array})",
        "({array})[{place}]",
        "(ARRAY[{int}, {int}, {small}])[{place}]",
        "ARRAY_POSITION({array}, {small})",
        "CARDINALITY({array})",
        "LEVENSHTEIN('ab' || CAST({small} AS TEXT), CAST({int} AS TEXT))",
        "DAMERAU_LEVENSHTEIN(CAST({int} AS TEXT), CAST({date} AS TEXT))",
    ),
    *templates(
        "wide",
        "(-({wide}))",
        "ABS({wide})",
        "CAST({int} AS DECIMAL(38,3))",
        "CAST({cents} AS DECIMAL(38,3))",
        "GREATEST({wide}, {wide})",
    ),
    *templates(
        "float",
        "EVEN({exact})",
        "CAST({wide} AS DOUBLE)",
        "ROUND({exact}, 1)",
    ),
    *templates(
        "clock",
        "MAKE_TIME(EXTRACT(hour FROM {time}), 2, 3.5)",
    ),
    *templates(
        "date",
        "CAST(STRPTIME(CAST({date} AS TEXT), '%Y-%m-%d') AS DATE)",
        "CAST(({date} + TO_DAYS({small})) AS DATE)",
    ),
    *templates(
        "time",
        "({time} + TO_DAYS({small}))",
        "({date} + TO_MONTHS({small}))",
        "MAKE_TIMESTAMP(2001, EXTRACT(month FROM {date}), 28, 1, 2, 3.5)",
        "({time} AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin')",
        "TRY_STRPTIME({text}, '%Y')",
        "DATE_ADD({date}, INTERVAL '13' month)",
    ),
    *templates(
        "text",
        "SHA256({text})",
        "BIN(CAST({small} * {small} AS BIGINT))",
        "DAYNAME({date})",
        "MONTHNAME({date})",
        "STRFTIME({time}, '%Y/%m/%d %H:%M:%S')",
        "URL_ENCODE({text})",
        "CAST({wide} AS TEXT)",
        "(ARRAY[{text}, {text}])[{place}]",
        "IF({bool}, {text}, {word})",
        "UPPER(SUBSTR({text}, {place}))",
    ),
    *templates(
        "bool",
        "ENDS_WITH({text}, {word})",
        "PREFIX({text}, {letter})",
        "REGEXP_MATCHES({text}, '{regexp}')",
        "REGEXP_FULL_MATCH({text}, '{regexp}')",
        "ISFINITE({float})",
        "ISINF({float})",
        "(({small} = ANY({array})) IS TRUE)",
        "(({int} = ANY(ARRAY[{small}, {int}])) IS TRUE)",
        "ARRAY_CONTAINS({array}, {small})",
        "({array} = {array})",
        "({array} IS DISTINCT FROM {array})",
        "({array} IS NULL)",
    ),
)

# Shown only.
APPROXIMATE_SCALARS = templates(
    "approximate",
    "LOG2(ABS({exact}) + 1)",
    "SINH({exact} / 8)",
    "TANH({exact})",
    "RADIANS({exact})",
    "ATAN({exact})",
    "JARO_WINKLER_SIMILARITY(CAST({date} AS TEXT), CAST({time} AS TEXT))",
    "{array}",
)

AGGREGATES = (
    *templates(
        "int",
        "CAST(SUM({small} * {small}) AS BIGINT)",
        "MAX(ARRAY_LENGTH({array}))",
        "COUNT(DISTINCT {array})",
        "MAX_BY({small:s}, {small} * 1000 + {id})",
    ),
    *templates(
        "wide",
        "MIN({wide})",
        "MAX({wide})",
        "CAST(SUM({wide}) AS DECIMAL(38,3))",
    ),
    *templates(
        "float",
        "AVG({wide})",
        "MEDIAN({small})",
        "MEDIAN(DISTINCT {exact})",
        "PRODUCT({small} / CAST(8 AS DOUBLE))",
    ),
    *templates(
        "text",
        "LISTAGG({text}, '/' ORDER BY {id} DESC)",
    ),
)

WINDOWS = (
    *templates(
        "int",
        "COUNT(DISTINCT {small}) OVER ({partition})",
        "CAST(SUM({small}) FILTER (WHERE {bool}) OVER ({partition}{total} {frame}) AS BIGINT)",
        "COUNT(*) FILTER (WHERE {bool}) OVER ({partition}{order})",
    ),
    *templates(
        "float",
        "MEDIAN({exact}) OVER ({partition})",
        "MAX({float}) OVER ({partition}{total} {frame})",
    ),
    *templates(
        "bool",
        "BOOL_OR({bool}) OVER ({partition}{total} {frame})",
    ),
    *templates(
        "wide",
        "MAX({wide}) OVER ({partition}{total} {frame})",
    ),
)
