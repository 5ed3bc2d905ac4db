"""What random queries call: templates of functions, aggregates and windows, with holes to fill.

A hole is {family} for an expression, {tag} for a column with that tag, or the name of a list of
constants in tests/fuzz/expressions.py. {family:name} is filled once and read again as {name}.
A result of the family "approximate" is only shown: its last digits depend on the order of sums
or on the mathematical library, so no predicate may read it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Template:
    """A call: the family of its result, and its text."""

    family: str
    text: str


def templates(family: str, *texts: str) -> tuple[Template, ...]:
    """Return a template of each text."""
    return tuple(Template(family, text) for text in texts)


SCALARS = (
    *templates(
        "int",
        "(CAST({int} AS BIGINT) + {int})",
        "(CAST({int} AS BIGINT) - {int})",
        "(CAST({int} AS BIGINT) * CAST({int} AS BIGINT))",
        "(CAST({int} AS BIGINT) / NULLIF(CAST({int} AS BIGINT), 0))",
        "(CAST({int} AS BIGINT) % NULLIF(CAST({int} AS BIGINT), 0))",
        "({small} + {small})",
        "({small} - {small})",
        "({small} * {small})",
        "({small} / NULLIF({small}, 0))",
        "({small} % NULLIF({small}, 0))",
        "ABS(CAST({int} AS BIGINT))",
        "(-CAST({int} AS BIGINT))",
        "SIGN({small})",
        "MOD({small}, NULLIF({small}, 0))",
        "GREATEST({int}, {int})",
        "LEAST({int}, {int}, {int})",
        "LENGTH({text})",
        "ASCII({text})",
        "POSITION({text} IN {text})",
        "EXTRACT({datepart} FROM {date})",
        "EXTRACT({timepart} FROM {time})",
        "CAST({decimal} AS BIGINT)",
        "TRY_CAST({float} AS INTEGER)",
        "TRY_CAST({word} AS INTEGER)",
        "TRY_CAST(CAST({int} AS TEXT) AS INTEGER)",
        "({date} - {date})",
        "CAST({bool} AS INTEGER)",
        "LEVENSHTEIN(CAST({int} AS TEXT), CAST({date} AS TEXT))",
        "DATE_DIFF('{diffunit}', {date}, {date})",
    ),
    *templates(
        "decimal",
        "CAST({decimal} + {decimal} AS DECIMAL(22,2))",
        "CAST({decimal} - {decimal} AS DECIMAL(22,2))",
        "({cents} * {cents})",
        "(-({decimal}))",
        "CAST({int} AS DECIMAL(21,2))",
        "CAST({decimal} AS DECIMAL(20,0))",
        "CAST({decimal} AS DECIMAL(20,1))",
        "ABS({decimal})",
        "ROUND({cents}, 1)",
    ),
    *templates(
        "float",
        "({float} + {float})",
        "({float} - {float})",
        "({float} * {float})",
        "({float} / NULLIF({float}, CAST(0 AS DOUBLE)))",
        "CAST({real} AS DOUBLE)",
        "CAST({int} AS DOUBLE)",
        "CAST({decimal} AS DOUBLE)",
        "ABS({float})",
        "FLOOR({float})",
        "CEIL({float})",
        "ROUND({exact} + CAST(0.125 AS DOUBLE))",
        "TRUNC({float})",
        "SQRT(ABS({exact}))",
        "GREATEST({float}, {float})",
        "LEAST({float}, {float})",
        "({small} / CAST(4 AS DOUBLE))",
    ),
    *templates(
        "real",
        "({real} + {real})",
        "({real} * CAST(0.3 AS REAL))",
        "TRY_CAST({float} / 3 AS REAL)",
        "(-{real})",
    ),
    *templates("clock", "CAST({time} AS TIME)"),
    *templates(
        "date",
        "({date} + CAST({days} AS INTEGER))",
        "({date} - CAST({days} AS INTEGER))",
        "CAST({time} AS DATE)",
        "CAST(DATE_TRUNC('{dateunit}', {date}) AS DATE)",
        "LAST_DAY({date})",
        "GREATEST({date}, {date})",
        "MAKE_DATE(2001, EXTRACT(month FROM {date}), 28)",
    ),
    *templates(
        "time",
        "({time} - INTERVAL '1' {timeunit})",
        "({time} + INTERVAL '25' {timeunit})",
        "CAST({date} AS TIMESTAMP)",
        "({date} + INTERVAL '13' month)",
        "DATE_TRUNC('{timeunit}', {time})",
        "LEAST({time}, {time})",
    ),
    *templates(
        "text",
        "UPPER({text})",
        "LOWER({text})",
        "SUBSTRING({text}, {place}, {count})",
        "({text} || {text})",
        "TRIM({text})",
        "LTRIM({text})",
        "RTRIM({text}, {letter})",
        "REPLACE({text}, {letter}, {word})",
        "CAST({int} AS TEXT)",
        "CAST({date} AS TEXT)",
        "CAST({bool} AS TEXT)",
        "CAST({cents} AS TEXT)",
        "LEFT({text}, {count})",
        "RIGHT({text}, {count})",
        "REVERSE({text})",
        "REPEAT({text}, {count})",
        "LPAD({text}, {count}, {letter})",
        "RPAD({text}, {count}, {letter})",
        "CONCAT({text}, {text}, {word})",
        "CONCAT_WS({letter}, {text}, {text})",
        "SPLIT_PART({text}, {letter}, {place})",
        "REGEXP_REPLACE({text}, '{regexp}', 'x')",
        "TRANSLATE({text}, 'ab', 'b')",
        "CHR(NULLIF(ASCII({text}), 0))",
        "GREATEST({text}, {text})",
        "MD5({text})",
    ),
    *templates(
        "bool",
        "STARTS_WITH({text}, {word})",
        "CONTAINS({text}, {word})",
        "ISNAN({float})",
        "({text} SIMILAR TO 'a(b|c)*')",
    ),
)

# Shown only.
APPROXIMATE_SCALARS = templates(
    "approximate",
    "LN(ABS({exact}) + 1)",
    "LOG10(ABS({exact}) + 1)",
    "EXP({exact})",
    "SIN({exact})",
    "COS({exact})",
    "ATAN2({exact}, {exact})",
    "POWER(ABS({exact}), CAST(0.5 AS DOUBLE))",
    "DEGREES({exact})",
    "CBRT({exact})",
    "({time} - {time})",
    "CAST(EXTRACT(epoch FROM {time}) AS DOUBLE)",
    "PI()",
)

AGGREGATES = (
    *templates(
        "int",
        "COUNT(*)",
        "COUNT({any})",
        "COUNT(DISTINCT {any})",
        "CAST(SUM({small}) AS BIGINT)",
        "CAST(SUM(DISTINCT {small}) AS BIGINT)",
        "MIN({int})",
        "MAX({int})",
        "CAST(COALESCE(COUNT_IF({bool}), 0) AS BIGINT)",
        "BIT_AND({small})",
        "BIT_OR({small})",
        "BIT_XOR({small})",
        "ARG_MIN({small:s}, {small} * 1000 + {id})",
        "QUANTILE_DISC({int}, {share})",
        "FIRST({int} ORDER BY {id})",
        "LAST({int} ORDER BY {id})",
    ),
    *templates("decimal", "MIN({cents})", "MAX({decimal})", "CAST(SUM({cents}) AS DECIMAL(18,2))"),
    *templates(
        "float",
        "SUM({exact})",
        "AVG({exact})",
        "AVG({small})",
        "SUM(DISTINCT {exact})",
        "AVG(DISTINCT {small})",
        "AVG({cents})",
        "MIN({float})",
        "MAX({float})",
        "MEDIAN({exact})",
        "QUANTILE_CONT({exact}, {share})",
    ),
    *templates("real", "MIN({real})", "MAX({real})"),
    *templates("clock", "MIN({clock})", "MAX({clock})"),
    *templates("date", "MIN({date})", "MAX({date})", "FIRST({date} ORDER BY {id} DESC)"),
    *templates("time", "MIN({time})", "MAX({time})"),
    *templates(
        "text",
        "MIN({text})",
        "MAX({text})",
        "ARG_MAX({text}, {id})",
        "STRING_AGG({text}, ',' ORDER BY {id})",
        "STRING_AGG(DISTINCT {text:t}, '+' ORDER BY {t})",
        "LAST({text} ORDER BY {id})",
    ),
    *templates("bool", "BOOL_AND({bool})", "BOOL_OR({bool})"),
)

APPROXIMATE_AGGREGATES = templates(
    "approximate",
    "STDDEV_SAMP({exact})",
    "STDDEV_POP({small})",
    "VAR_SAMP({small})",
    "VAR_POP({exact})",
    "STDDEV({exact})",
    "VARIANCE({small})",
    "COVAR_POP({exact}, {small})",
    "COVAR_SAMP({small}, {exact})",
    "NULLIF(CORR({small}, {exact}), CAST('NaN' AS DOUBLE))",
    "NULLIF(REGR_SLOPE({small}, {exact}), CAST('NaN' AS DOUBLE))",
    "REGR_INTERCEPT({small}, {exact})",
    "REGR_COUNT({small}, {exact})",
    "REGR_R2({small}, {exact})",
    "REGR_AVGX({small}, {exact})",
    "REGR_AVGY({small}, {exact})",
    "REGR_SXX({small}, {exact})",
    "REGR_SYY({small}, {exact})",
    "REGR_SXY({small}, {exact})",
)

# What SQLite means by the same text: integers within 64 bits, bytes of ASCII and others alike.
SQLITE_SCALARS = (
    *templates(
        "int",
        "({small} + {small})",
        "({small} - {small})",
        "({small} * {small})",
        "({small} / NULLIF({small}, 0))",
        "({small} % NULLIF({small}, 0))",
        "ABS({small})",
        "LENGTH({text})",
        "CAST({bool} AS INTEGER)",
    ),
    *templates(
        "text",
        "({text} || {text})",
        "TRIM({text})",
        "LTRIM({text})",
        "RTRIM({text}, {letter})",
        "REPLACE({text}, {letter}, {word})",
        "SUBSTRING({text}, {place}, {count})",
        "CAST({int} AS TEXT)",
    ),
)
SQLITE_AGGREGATES = (
    *templates(
        "int",
        "COUNT(*)",
        "COUNT({any})",
        "COUNT(DISTINCT {any})",
        "CAST(SUM({small}) AS BIGINT)",
        "CAST(SUM(DISTINCT {small}) AS BIGINT)",
        "MIN({int})",
        "MAX({int})",
    ),
    *templates("text", "MIN({text})", "MAX({text})"),
)

# {order} is an order by some keys, {total} one without ties.
WINDOWS = (
    *templates(
        "int",
        "ROW_NUMBER() OVER ({partition}{total})",
        "RANK() OVER ({partition}{order})",
        "DENSE_RANK() OVER ({partition}{order})",
        "NTILE({place}) OVER ({partition}{total})",
        "COUNT(*) OVER ({partition}{order})",
        "COUNT({any}) OVER ({partition}{total} {frame})",
        "CAST(SUM({small}) OVER ({partition}{total} {frame}) AS BIGINT)",
        "CAST(SUM({small}) OVER ({partition}) AS BIGINT)",
        "LAG({int}) OVER ({partition}{total})",
        "LEAD({int}, {count}) OVER ({partition}{total})",
        "LAG({int}, {count}, CAST(-7 AS INTEGER)) OVER ({partition}{total})",
        "FIRST_VALUE({int}) OVER ({partition}{total} {frame})",
        "LAST_VALUE({int}) OVER ({partition}{total} {frame})",
        "NTH_VALUE({int}, {place}) OVER ({partition}{total} {frame})",
        "MIN({int}) OVER ({partition}{total} {frame})",
        "MAX({int}) OVER ({partition}{order} {peers})",
        "CAST(SUM({small}) OVER ({partition}{order} {peers}) AS BIGINT)",
        "COUNT({any}) OVER ({partition}ORDER BY {small} {range})",
        "COUNT(*) OVER ({partition}ORDER BY {exact} DESC {range})",
    ),
    *templates(
        "float",
        "AVG({exact}) OVER ({partition}{total} {frame})",
        "SUM({exact}) OVER ({partition}{order})",
        "PERCENT_RANK() OVER ({partition}{order})",
        "CUME_DIST() OVER ({partition}{order})",
        "AVG({small}) OVER ({partition}ORDER BY {small} {range})",
    ),
    *templates(
        "date",
        "MAX({date}) OVER ({partition}{total} {frame})",
        "LAG({date}) OVER ({partition}{total})",
        "FIRST_VALUE({date} IGNORE NULLS) OVER ({partition}{total} {frame})",
        "MIN({date}) OVER ({partition}ORDER BY {date} {days_range})",
    ),
    *templates(
        "text",
        "MIN({text}) OVER ({partition}{order})",
        "LEAD({text}) OVER ({partition}{total})",
        "LAST_VALUE({text} IGNORE NULLS) OVER ({partition}{total} {frame})",
        "FIRST_VALUE({text}) OVER ({partition}{total} {frame})",
    ),
)

SQLITE_WINDOWS = tuple(
    t
    for t in WINDOWS
    if t.family in ("int", "text")
    and not any(word in t.text for word in ("{exact}", "IGNORE NULLS", "{range}"))
)
