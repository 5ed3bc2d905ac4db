"""What docs/sql.md says beside the docstrings: operators, the grammar, aggregates, windows.

Each is a heading, a meaning, an expression and the text of its value. Aggregates and window
functions are listed by their registries; one that has no line here comes without an example.
"""

from __future__ import annotations

Line = tuple[str, str, str, str]

OPERATORS: tuple[Line, ...] = (
    (
        "a + b, a - b, a * b",
        "Exact for whole numbers and DECIMAL; an error where the type has no room.",
        "0.1 + 0.2",
        "0.3",
    ),
    (
        "a / b",
        "The quotient: whole for whole numbers, towards zero; a DOUBLE for DECIMAL.",
        "7 / 2",
        "3",
    ),
    ("a % b", "The remainder, with the sign of a.", "-7 % 3", "-1"),
    ("a ^ b", "a to the b.", "2 ^ 10", "1024"),
    ("|/ a", "The square root.", "|/ 16", "4"),
    (
        "a = b, a <> b, a < b, a <= b, a > b, a >= b",
        "NULL where one side is. NaN equals itself and is the greatest.",
        "'a' < 'b'",
        "true",
    ),
    (
        "a IS [NOT] DISTINCT FROM b",
        "Whether a and b differ; NULL equals NULL.",
        "NULL IS NOT DISTINCT FROM NULL",
        "true",
    ),
    ("a IS [NOT] NULL, ISNULL, NOTNULL", "Whether a is NULL.", "NULL IS NULL", "true"),
    (
        "a IS [NOT] TRUE, FALSE, UNKNOWN",
        "Whether a is just that; never NULL.",
        "(NULL = 1) IS UNKNOWN",
        "true",
    ),
    ("a AND b, a OR b, NOT a", "Three-valued logic.", "NULL OR TRUE", "true"),
    (
        "a [NOT] BETWEEN [SYMMETRIC] b AND c",
        "Whether a lies between them, ends included; SYMMETRIC in either order.",
        "5 BETWEEN SYMMETRIC 7 AND 3",
        "true",
    ),
    (
        "a [NOT] IN (b, c, ...)",
        "Whether a equals one of them; also of a subquery.",
        "2 IN (1, 2)",
        "true",
    ),
    ("a || b", "The texts joined; NULL where one is.", "'a' || 1", "a1"),
    (
        "date + n, date - n, date - date",
        "Days later or earlier, and between.",
        "DATE '2024-03-01' - DATE '2024-02-01'",
        "29",
    ),
    (
        "moment + interval, interval * n",
        "Moments moved, intervals scaled.",
        "DATE '2024-01-31' + INTERVAL '1' month",
        "2024-02-29 00:00:00",
    ),
    (
        "(a, b) OVERLAPS (c, d)",
        "Whether two periods share a moment; b and d may be intervals.",
        "(TIME '8:00', TIME '10:00') OVERLAPS (TIME '9:00', TIME '12:00')",
        "true",
    ),
)

GRAMMAR: tuple[Line, ...] = (
    (
        "CASE WHEN a THEN b ... ELSE c END",
        "The value of the first condition that is TRUE.",
        "CASE WHEN 1 > 2 THEN 'more' ELSE 'less' END",
        "less",
    ),
    (
        "CASE a WHEN b THEN c ... END",
        "The value of the first that equals a.",
        "CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' END",
        "two",
    ),
    (
        "CAST(a AS type), a::type",
        "The value in another type; an error where it does not fit.",
        "CAST('12.5' AS DECIMAL(5,1))",
        "12.5",
    ),
    (
        "TRY_CAST(a AS type)",
        "CAST, but NULL where it would fail.",
        "TRY_CAST('twelve' AS INTEGER)",
        "NULL",
    ),
    (
        "EXTRACT(field FROM a)",
        "A field of a date, a time or an interval: year, month, hour, dow, epoch, ...",
        "EXTRACT(month FROM DATE '2024-02-29')",
        "2",
    ),
    (
        "a AT TIME ZONE zone",
        "From what clocks there show to an instant, and from an instant to that.",
        "TIMESTAMP '2024-01-01' AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Tokyo'",
        "2024-01-01 09:00:00",
    ),
    (
        "INTERVAL 'n' unit, INTERVAL 'text'",
        "An interval; `INTERVAL n unit` of any number n.",
        "CAST(INTERVAL '1 year 2 days 03:00' AS TEXT)",
        "1 year 2 days 03:00:00",
    ),
    (
        "SUBSTRING(a FROM n FOR m), SUBSTRING(a FROM 'expression')",
        "A part of a text, by place or by a regular expression.",
        "SUBSTRING('gpudb' FROM 2 FOR 3)",
        "pud",
    ),
    (
        "SUBSTRING(a SIMILAR pattern ESCAPE character)",
        "What the part of a pattern of SIMILAR TO matches that stands between two marks.",
        "SUBSTRING('foobar' SIMILAR '%#\"o_b#\"%' ESCAPE '#')",
        "oob",
    ),
    (
        "random(), rand()",
        "A DOUBLE from 0 on, below 1, another one in each row.",
        "random() BETWEEN 0 AND 1",
        "true",
    ),
    (
        "current_setting(name [, TRUE])",
        "A setting's value, as SHOW has it; with TRUE, NULL for one that is not there.",
        "current_setting('search_path')",
        "main",
    ),
    (
        "setseed(x)",
        "Lets the session's random numbers begin anew, from a constant from -1 to 1.",
        "setseed(0.5)",
        "NULL",
    ),
    (
        "sample_ratio(x)",
        "Whether a row belongs to so large a part of all, by chance.",
        "count(*) FROM range(9) WHERE sample_ratio(1)",
        "9",
    ),
    (
        "age(x)",
        "What has passed from a moment to the begin of today.",
        "age(CURRENT_DATE) = INTERVAL '0' day",
        "true",
    ),
    (
        "datetime('NOW')",
        "When the statement began; of another text a cast to TIMESTAMP.",
        "datetime('2024-02-29 08:15:23')",
        "2024-02-29 08:15:23",
    ),
    (
        "TRIM(LEADING | TRAILING | BOTH a FROM b)",
        "A text without characters at its ends.",
        "TRIM(LEADING '0' FROM '007')",
        "7",
    ),
    ("POSITION(a IN b)", "Where a text stands in another.", "POSITION('db' IN 'gpudb')", "4"),
    (
        "OVERLAY(a PLACING b FROM n FOR m)",
        "A text with a part replaced.",
        "OVERLAY('gpudb' PLACING 'X' FROM 1 FOR 3)",
        "Xdb",
    ),
    (
        "CURRENT_DATE, CURRENT_TIME, CURRENT_TIMESTAMP, LOCALTIMESTAMP, now()",
        "When the statement began, in UTC.",
        "CURRENT_DATE = CAST(now() AS DATE)",
        "true",
    ),
    ("E'text'", "A text in which \\n, \\t and the like are characters.", "length(E'a\\tb')", "3"),
    (
        "GROUPING(a, b)",
        "With GROUPING SETS: a bit for each, set where it is not grouped by.",
        "GROUPING(x) FROM (VALUES (1)) t(x) GROUP BY x",
        "0",
    ),
)

_X = "FROM (VALUES (1), (2), (2), (NULL)) t(x)"
_XY = "FROM (VALUES (1, 2), (2, 4), (3, 7)) t(x, y)"
_B = "FROM (VALUES (TRUE), (FALSE)) t(b)"
_BOTH = "over rows where neither is NULL"

AGGREGATE_LINES: dict[str, tuple[str, str, str]] = {
    "count": ("The rows where x is not NULL; of * all rows.", f"count(x) {_X}", "3"),
    "sum": ("The sum: a BIGINT of whole numbers, exact of DECIMAL.", f"sum(x) {_X}", "5"),
    "avg": ("The mean, a DOUBLE.", f"avg(x) {_XY}", "2"),
    "mean": ("The same as AVG.", f"mean(x) {_XY}", "2"),
    "min": ("The least value.", f"min(x) {_X}", "1"),
    "max": ("The greatest value.", f"max(x) {_X}", "2"),
    "count_if": ("The rows where the condition is TRUE.", f"count_if(x > 1) {_X}", "2"),
    "countif": ("The same as COUNT_IF.", f"countif(x > 1) {_X}", "2"),
    "sum_if": ("The sum over rows where the condition is TRUE.", f"sum_if(x, x > 1) {_X}", "4"),
    "bool_and": ("Whether all are TRUE.", f"bool_and(b) {_B}", "false"),
    "every": ("The same as BOOL_AND.", f"every(b) {_B}", "false"),
    "bool_or": ("Whether any is TRUE.", f"bool_or(b) {_B}", "true"),
    "bit_and": ("The bits that all have.", f"bit_and(x) {_XY}", "0"),
    "bit_or": ("The bits that any has.", f"bit_or(x) {_XY}", "3"),
    "bit_xor": ("The bits that an odd number has.", f"bit_xor(x) {_XY}", "0"),
    "product": ("The product, a DOUBLE.", f"product(x) {_XY}", "6"),
    "any_value": ("One of the values, always the same.", f"any_value(x) {_X}", "1"),
    "sample": ("The same as ANY_VALUE.", f"sample(x) {_X}", "1"),
    "single_value": (
        "The one value there is; an error where there are others.",
        "single_value(x) FROM (VALUES (7), (7)) t(x)",
        "7",
    ),
    "var_samp": ("The variance of a sample.", f"var_samp(x) {_XY}", "1"),
    "variance": ("The same as VAR_SAMP.", f"variance(x) {_XY}", "1"),
    "stddev_samp": ("The standard deviation of a sample.", f"stddev_samp(x) {_XY}", "1"),
    "stddev": ("The same as STDDEV_SAMP.", f"stddev(x) {_XY}", "1"),
    "var_pop": ("The variance.", f"var_pop(x) {_XY}", "0.6666666666666666"),
    "stddev_pop": ("The standard deviation.", f"round(stddev_pop(x), 4) {_XY}", "0.8165"),
    "covar_pop": (f"The covariance, {_BOTH}.", f"round(covar_pop(y, x), 4) {_XY}", "1.6667"),
    "covar_samp": (f"The covariance of a sample, {_BOTH}.", f"covar_samp(y, x) {_XY}", "2.5"),
    "skewness": (
        "How far the values lean to one side, of a sample.",
        "skewness(x) FROM (VALUES (1), (2), (3)) t(x)",
        "0",
    ),
    "corr": (f"The correlation, {_BOTH}.", f"round(corr(y, x), 4) {_XY}", "0.9934"),
    "regr_count": ("The rows where neither is NULL.", f"regr_count(y, x) {_XY}", "3"),
    "regr_slope": (
        "The slope of the line of least squares, y by x.",
        f"regr_slope(y, x) {_XY}",
        "2.5",
    ),
    "regr_intercept": (
        "Where that line meets x = 0.",
        f"round(regr_intercept(y, x), 4) {_XY}",
        "-0.6667",
    ),
    "regr_r2": ("The square of the correlation.", f"round(regr_r2(y, x), 4) {_XY}", "0.9868"),
    "regr_avgx": ("The mean of x.", f"regr_avgx(y, x) {_XY}", "2"),
    "regr_avgy": ("The mean of y.", f"round(regr_avgy(y, x), 4) {_XY}", "4.3333"),
    "regr_sxx": ("The sum of squares of x about its mean.", f"regr_sxx(y, x) {_XY}", "2"),
    "regr_syy": (
        "The sum of squares of y about its mean.",
        f"round(regr_syy(y, x), 4) {_XY}",
        "12.6667",
    ),
    "regr_sxy": ("The sum of products about the means.", f"regr_sxy(y, x) {_XY}", "5"),
    "kurtosis": (
        "How heavy the tails are beside the normal distribution's, of a sample.",
        "round(kurtosis(x), 4) FROM (VALUES (1), (2), (4), (9)) t(x)",
        "1.5",
    ),
    "kurtosis_pop": (
        "How heavy the tails are beside the normal distribution's.",
        "kurtosis_pop(x) FROM (VALUES (1), (2), (4), (9)) t(x)",
        "-1",
    ),
    "approx_count_distinct": (
        "About how many values differ: by HyperLogLog, 2.3% off as a rule.",
        f"approx_count_distinct(x) {_X}",
        "2",
    ),
    "median": (
        "The value in the middle, between two their mean; of numbers and moments.",
        f"median(x) {_XY}",
        "2",
    ),
    "correlation": ("The same as CORR.", f"round(correlation(y, x), 4) {_XY}", "0.9934"),
    **{
        f"{name}_float": (
            f"{name.upper()} as a FLOAT, OmniSci's.",
            f"{name}_float({arguments}) IS NULL {_XY}",
            "false",
        )
        for name, arguments in (
            *((name, "x") for name in ("stddev", "stddev_pop", "stddev_samp")),
            *((name, "x") for name in ("variance", "var_pop", "var_samp")),
            *((name, "x, y") for name in ("covar_pop", "covar_samp", "corr", "correlation")),
        )
    },
    "approx_median": ("About MEDIAN: APPROX_QUANTILE at 0.5.", f"approx_median(x) {_XY}", "2"),
    "quantile_cont": (
        "The value at a part of the way from the least to the greatest, interpolated.",
        f"quantile_cont(x, 0.25) {_XY}",
        "1.5",
    ),
    "approx_quantile": (
        "About QUANTILE_CONT, by a t-digest: exact of fewer than 256 values.",
        f"approx_quantile(x, 0.25) {_XY}",
        "1.5",
    ),
    "approx_percentile": (
        "The same as APPROX_QUANTILE.",
        f"approx_percentile(x, 0.25) {_XY}",
        "1.5",
    ),
    "percentile_cont": (
        "QUANTILE_CONT as the standard writes it.",
        f"percentile_cont(0.25) WITHIN GROUP (ORDER BY x) {_XY}",
        "1.5",
    ),
    "quantile_disc": (
        "The first value that so large a part of all does not exceed; of any type.",
        f"quantile_disc(x, 0.5) {_XY}",
        "2",
    ),
    "quantile": ("The same as QUANTILE_DISC.", f"quantile(x, 0.5) {_XY}", "2"),
    "percentile_disc": (
        "QUANTILE_DISC as the standard writes it.",
        f"percentile_disc(0.5) WITHIN GROUP (ORDER BY x DESC) {_XY}",
        "2",
    ),
    "mode": ("The most frequent value, of several the first in order.", f"mode(x) {_X}", "2"),
    "list": (
        "The same as ARRAY_AGG.",
        f"cardinality(list(x ORDER BY y)) {_XY}",
        "3",
    ),
    "array_agg": (
        "All values as an array, NULL among them; NULL of no rows.",
        f"cardinality(array_agg(x ORDER BY y)) {_XY}",
        "3",
    ),
    "first": (
        "The value of the first row, NULL or not; IGNORE NULLS leaves those out.",
        f"first(x ORDER BY y DESC) {_XY}",
        "3",
    ),
    "last": ("The value of the last row, NULL or not.", f"last(x ORDER BY y) {_XY}", "3"),
    "last_sample": ("The last value that is not NULL.", f"last_sample(x) {_X}", "2"),
    "arg_min": ("The first argument where the second is least.", f"arg_min(x, -y) {_XY}", "3"),
    "argmin": ("The same as ARG_MIN.", f"argmin(x, -y) {_XY}", "3"),
    "min_by": ("The same as ARG_MIN.", f"min_by(x, -y) {_XY}", "3"),
    "arg_max": ("The first argument where the second is greatest.", f"arg_max(x, y) {_XY}", "3"),
    "argmax": ("The same as ARG_MAX.", f"argmax(x, y) {_XY}", "3"),
    "max_by": ("The same as ARG_MAX.", f"max_by(x, y) {_XY}", "3"),
    "string_agg": (
        "The values that are not NULL, joined by a separator, which is a comma if left out.",
        f"string_agg(x, '-' ORDER BY y DESC) {_XY}",
        "3-2-1",
    ),
    "listagg": (
        "The same as STRING_AGG.",
        f"listagg(x, '-') WITHIN GROUP (ORDER BY y) {_XY}",
        "1-2-3",
    ),
    "group_concat": (
        "The same as STRING_AGG.",
        f"group_concat(DISTINCT x ORDER BY x SEPARATOR '; ') {_X}",
        "1; 2",
    ),
}
