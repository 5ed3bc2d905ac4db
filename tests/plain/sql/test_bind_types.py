"""Bound expressions: types, casts, what literals become, nullability."""

from __future__ import annotations

import pytest

from tests.plain.sql.binding import item, value

CASES = {
    # Literals.
    "5": "5:INTEGER : INTEGER!",
    "-2147483648": "-2147483648:INTEGER : INTEGER!",
    "2147483648": "2147483648:BIGINT : BIGINT!",
    "12345678901234567890": "12345678901234567890:DECIMAL(20,0) : DECIMAL(20,0)!",
    "1.50": "150:DECIMAL(3,2) : DECIMAL(3,2)!",
    "1e3": "1000.0:DOUBLE : DOUBLE!",
    "'x'": "'x':TEXT : TEXT!",
    "NULL": "None:TEXT : TEXT",
    "DATE '1970-01-03'": "2:DATE : DATE!",
    "TIMESTAMP '1970-01-01 00:00:01.5'": "1500000:TIMESTAMP(6) : TIMESTAMP(6)!",
    "TIMESTAMP(0) '1970-01-01 02:00:00+02'": "0:TIMESTAMP(0) : TIMESTAMP(0)!",
    "INTERVAL '3' month": "3:INTERVAL YEAR TO MONTH : INTERVAL YEAR TO MONTH!",
    "INTERVAL '1 day 02:00'": "93600000000:INTERVAL DAY TO SECOND : INTERVAL DAY TO SECOND!",
    # Integer arithmetic: the wider of both.
    "s + 1": "add(cast(s as INTEGER), 1:INTEGER) : INTEGER",
    "a * n": "multiply(cast(a as BIGINT), n) : BIGINT",
    "a / 2": "divide(a, 2:INTEGER) : INTEGER",
    "a % s": "modulo(a, cast(s as INTEGER)) : INTEGER",
    "-a": "negate(a) : INTEGER",
    # DECIMAL arithmetic.
    "1 - d": "subtract(100:DECIMAL(3,2), d) : DECIMAL(16,2)",
    "d + 1.5": "add(d, 150:DECIMAL(3,2)) : DECIMAL(16,2)",
    "d * d": "multiply(d, d) : DECIMAL(30,4)",
    "d * d * d": "multiply(multiply(d, d), d) : DECIMAL(38,6)",
    "d * 2": "multiply(d, 2:DECIMAL(1,0)) : DECIMAL(16,2)",
    "d + a": "add(d, cast(a as DECIMAL(12,2))) : DECIMAL(16,2)",
    "d / 2": "divide(cast(d as DOUBLE), 2.0:DOUBLE) : DOUBLE",
    "d % 1.5": "modulo(d, 150:DECIMAL(15,2)) : DECIMAL(15,2)",
    "d * f": "multiply(cast(d as DOUBLE), f) : DOUBLE",
    "0.06 - 0.01": "5:DECIMAL(3,2) : DECIMAL(3,2)!",
    # Floats.
    "f * 2": "multiply(f, 2.0:DOUBLE) : DOUBLE",
    "g * g": "multiply(g, g) : FLOAT",
    "g * 2": "multiply(cast(g as DOUBLE), 2.0:DOUBLE) : DOUBLE",
    # A literal that fits does not widen a column.
    "s < 5": "less(s, 5:SMALLINT) : BOOLEAN",
    "5 < s": "less(5:SMALLINT, s) : BOOLEAN",
    "s < 70000": "less(cast(s as INTEGER), 70000:INTEGER) : BOOLEAN",
    "a = 2.0": "equal(a, 2:INTEGER) : BOOLEAN",
    "a < 2.5": "less(cast(a as DECIMAL(11,1)), 25:DECIMAL(11,1)) : BOOLEAN",
    "d < 24": "less(d, 2400:DECIMAL(15,2)) : BOOLEAN",
    "d < 0.055": "less(cast(d as DECIMAL(16,3)), 55:DECIMAL(16,3)) : BOOLEAN",
    "f < 24": "less(f, 24.0:DOUBLE) : BOOLEAN",
    "g < 1.5": "less(g, 1.5:FLOAT) : BOOLEAN",
    "g < 0.1": "less(cast(g as DOUBLE), 0.1:DOUBLE) : BOOLEAN",
    "a < 1e3": "less(a, 1000:INTEGER) : BOOLEAN",
    "day < '1970-01-02'": "less(day, 1:DATE) : BOOLEAN",
    "ts < '1970-01-02'": "less(ts, 86400000:TIMESTAMP(3)) : BOOLEAN",
    "ts < DATE '1970-01-02'": "less(ts, 86400000:TIMESTAMP(3)) : BOOLEAN",
    "day < TIMESTAMP '1970-01-02 00:00:00'": "less(day, 1:DATE) : BOOLEAN",
    "day < TIMESTAMP '1970-01-02 10:00:00'": (
        "less(cast(day as TIMESTAMP(6)), 122400000000:TIMESTAMP(6)) : BOOLEAN"
    ),
    "day = ts": "equal(cast(day as TIMESTAMP(3)), ts) : BOOLEAN",
    "a = '5'": "equal(a, 5:INTEGER) : BOOLEAN",
    "b = 'true'": "equal(b, True:BOOLEAN) : BOOLEAN",
    "d BETWEEN 0.06 - 0.01 AND 0.06 + 0.01": (
        "and(greater_equal(d, 5:DECIMAL(15,2)), less_equal(d, 7:DECIMAL(15,2))) : BOOLEAN"
    ),
    # Logic and NULL.
    "a IS NULL": "is_null(a) : BOOLEAN!",
    "a IS NOT NULL": "is_not_null(a) : BOOLEAN!",
    "a IS DISTINCT FROM s": "is_distinct_from(a, cast(s as INTEGER)) : BOOLEAN!",
    "b IS TRUE": "is_not_distinct_from(b, True:BOOLEAN) : BOOLEAN!",
    "NOT b OR b AND b": "or(not(b), and(b, b)) : BOOLEAN",
    "NULL = NULL": "equal(None:TEXT, None:TEXT) : BOOLEAN",
    "a + NULL": "add(a, None:INTEGER) : INTEGER",
    # IN.
    "a IN (2, 1, 2)": "a in [1:INTEGER, 2:INTEGER] : BOOLEAN",
    "a IN (1, NULL)": "or(a in [1:INTEGER], None:BOOLEAN) : BOOLEAN",
    "a NOT IN (1, s)": "not(or(a in [1:INTEGER], equal(a, cast(s as INTEGER)))) : BOOLEAN",
    "x IN ('b', 'a')": "x in ['a':TEXT, 'b':TEXT] : BOOLEAN",
    "s IN (1, 70000)": "cast(s as INTEGER) in [1:INTEGER, 70000:INTEGER] : BOOLEAN",
    "day IN ('1970-01-02')": "day in [1:DATE] : BOOLEAN",
    # CASE, COALESCE and the like.
    "CASE WHEN b THEN 1 ELSE 2.5 END": (
        "case(b -> 10:DECIMAL(2,1); 25:DECIMAL(2,1)) : DECIMAL(2,1)!"
    ),
    "CASE a WHEN 1 THEN 'x' END": "case(equal(a, 1:INTEGER) -> 'x':TEXT; None:TEXT) : TEXT",
    "CASE WHEN b THEN d ELSE 0 END": "case(b -> d; 0:DECIMAL(15,2)) : DECIMAL(15,2)",
    "COALESCE(a, 0)": "case(is_not_null(a) -> a; 0:INTEGER) : INTEGER!",
    "NULLIF(a, 0)": "case(equal(a, 0:INTEGER) -> None:INTEGER; a) : INTEGER",
    "GREATEST(a, 3)": (
        "case(and(is_not_null(a), greater_equal(a, 3:INTEGER)) -> a; 3:INTEGER) : INTEGER"
    ),
    "ABS(a)": "case(less(a, 0:INTEGER) -> negate(a); a) : INTEGER",
    "IF(b, a, s)": "case(b -> a; cast(s as INTEGER)) : INTEGER",
    # Rounding.
    "ROUND(d, 1)": "cast(d as DECIMAL(15,1)) : DECIMAL(15,1)",
    "ROUND(d)": "cast(d as DECIMAL(14,0)) : DECIMAL(14,0)",
    "ROUND(d, 5)": "d : DECIMAL(15,2)",
    "ROUND(f)": "round_double(f) : DOUBLE",
    "CEIL(d)": "ceil_decimal(d, 100:BIGINT) : DECIMAL(14,0)",
    "FLOOR(a)": "floor_double(cast(a as DOUBLE)) : DOUBLE",
    # Dates.
    "day + 1": "add_days(day, 1:INTEGER) : DATE",
    "1 + day": "add_days(day, 1:INTEGER) : DATE",
    "day - a": "add_days(day, negate(a)) : DATE",
    "day - day": "subtract_dates(day, day) : INTEGER",
    "ts - ts": (
        "subtract_timestamps(cast(ts as TIMESTAMP(6)), cast(ts as TIMESTAMP(6)))"
        " : INTERVAL DAY TO SECOND"
    ),
    "ts + INTERVAL '1' month": (
        "add_months_to_timestamp(ts, 1:INTERVAL YEAR TO MONTH, 86400000:BIGINT) : TIMESTAMP(3)"
    ),
    "day - INTERVAL '2' hour": (
        "add_microseconds(cast(day as TIMESTAMP(6)), -7200000000:INTERVAL DAY TO SECOND)"
        " : TIMESTAMP(6)"
    ),
    "tm + INTERVAL '1' hour": "shift_time(tm, 3600000000:INTERVAL DAY TO SECOND) : TIME",
    "EXTRACT(year FROM day)": "extract_year(day) : INTEGER",
    "EXTRACT(month FROM ts)": "extract_month(cast(ts as DATE)) : INTEGER",
    "EXTRACT(hour FROM ts)": "extract_part(ts, 86400000:BIGINT, 3600000:BIGINT) : INTEGER",
    "EXTRACT(second FROM ts)": "extract_part(ts, 60000:BIGINT, 1:BIGINT) : DECIMAL(5,3)",
    "EXTRACT(epoch FROM day)": "extract_epoch(cast(day as TIMESTAMP(0))) : BIGINT",
    "date_part('dow', day)": "extract_dow(day) : INTEGER",
    "date_trunc('month', day)": "truncate_month(day) : DATE",
    "date_trunc('month', ts)": (
        "cast(truncate_month(cast(ts as DATE)) as TIMESTAMP(3)) : TIMESTAMP(3)"
    ),
    "date_trunc('hour', ts)": "truncate_units(ts, 3600000:BIGINT) : TIMESTAMP(3)",
    "current_date": "19782:DATE : DATE!",
    "now()": "1709209800000000:TIMESTAMP(6) WITH TIME ZONE : TIMESTAMP(6) WITH TIME ZONE!",
    # Text.
    "x || 'a' || a": "concat_text(x, 'a':TEXT, cast(a as TEXT)) : TEXT",
    "x LIKE 'a%'": "like(x, 'a%':TEXT) : BOOLEAN",
    "x NOT ILIKE 'a!%' ESCAPE '!'": "not(ilike_escape(x, 'a!%':TEXT, '!':TEXT)) : BOOLEAN",
    "SUBSTRING(x FROM 2 FOR 3)": "substring(x, 2:INTEGER, 3:INTEGER) : TEXT",
    "substr(x, 2)": "substring_from(x, 2:INTEGER) : TEXT",
    "TRIM(LEADING 'x' FROM x)": "ltrim_characters(x, 'x':TEXT) : TEXT",
    "POSITION('a' IN x)": "position(x, 'a':TEXT) : INTEGER",
    "left(x, 2)": "left(x, 2:INTEGER) : TEXT",
    # Casts.
    "CAST(a AS BIGINT)": "cast(a as BIGINT) : BIGINT",
    "a::decimal(10, 2)": "cast(a as DECIMAL(10,2)) : DECIMAL(10,2)",
    "TRY_CAST(x AS INT)": "try_cast(x as INTEGER) : INTEGER",
    "TRY_CAST('y' AS INT)": "None:INTEGER : INTEGER",
    "CAST(1.005 AS DECIMAL(10, 2))": "101:DECIMAL(10,2) : DECIMAL(10,2)!",
    "CAST(2.5e0 AS INT)": "2:INTEGER : INTEGER!",
    "CAST(2.5 AS INT)": "3:INTEGER : INTEGER!",
    "CAST(d AS DECIMAL(15, 2))": "d : DECIMAL(15,2)",
}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_expression(text: str, expected: str) -> None:
    assert item(text) == expected


LITERALS = {
    "date '1995-01-31' + interval '1' month": "1995-02-28 00:00:00",
    "date '1998-12-01' - interval '90' day (3)": "1998-09-02 00:00:00",
    "timestamp '2024-01-31 12:00:00' + interval '1 month 2 days 3:00'": "2024-03-02 15:00:00",
    "date '2024-02-28' + 1": "2024-02-29",
    "time '23:00:00' + interval '2' hour": "01:00:00",
    "timestamp '1969-12-31 23:59:59.25'": "1969-12-31 23:59:59.25",
    "date_trunc('quarter', timestamp '2024-05-06 07:08:09')": "2024-04-01 00:00:00",
    "-1.50": "-1.50",
    "1.5 * 2": "3.0",
    "true": "true",
    "cast('12' as smallint) + 1": "13",
    "upper('grün')": "GRÜN",
}


@pytest.mark.parametrize(("text", "expected"), LITERALS.items())
def test_literals_are_folded(text: str, expected: str) -> None:
    assert value(f"CAST({text} AS TEXT)") == expected
