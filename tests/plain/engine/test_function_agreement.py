"""Functions of random rows answer as in DuckDB, where PostgreSQL's meaning and its own are one.

Where the two differ, PostgreSQL's meaning is kept (docs/decisions.md) and no line is here: TO_HEX
in small letters, LEVENSHTEIN of characters and not bytes, weeks in DATEDIFF by the Mondays between.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pytest

import gpudb
from tests.plain.engine.agreement import find_difference

ROWS = 150
WORDS = (
    "",
    " ",
    "a",
    "A",
    "abc",
    "a,b,,c",
    "Größe",
    "日本語",
    "ÀÉÎ",
    "x%y_z",
    "aaa",
    "12",
    " pad ",
)
COLUMNS = "n INTEGER, b BIGINT, p DECIMAL(10,3), f DOUBLE, s TEXT, u TEXT, d DATE, t TIMESTAMP"

NUMBERS = """
    abs(b) | sign(p) | ceil(p) | floor(p) | round(p) | round(p, 1) | round(p, -1) | trunc(p)
    round(f, 2) | round(f, -2) | ceil(f) | floor(f) | trunc(f) | even(f) | cbrt(f) | sqrt(abs(f))
    exp(f / 1e6) | ln(abs(f) + 1) | log10(abs(f) + 1) | log2(abs(f) + 1) | pow(f, 2) | sin(f)
    cos(f) | tan(f) | cot(f + 0.5) | atan(f) | atan2(f, n) | degrees(f) | radians(f)
    sinh(f / 1e6) | cosh(f / 1e6) | tanh(f) | asinh(f) | acosh(abs(f) + 1) | atanh(f / 1e9)
    asin(f / 1e9) | acos(f / 1e9) | isnan(f) | isinf(f) | isfinite(f) | gcd(n, b)
    lcm(n % 1000, 12) | factorial(abs(n) % 20) | n & 12 | xor(n, 5) | ~n | b >> 3 | bit_count(n)
    mod(b, 7) | n % 7 | greatest(n, b) | least(n, f) | greatest(s, u) | coalesce(n, b)
    nullif(n, 5) | ifnull(s, u) | CASE WHEN n > 0 THEN s ELSE u END | n IS DISTINCT FROM b
    n BETWEEN -5 AND 5 | CAST(n AS TEXT) | CAST(p AS TEXT) | CAST(b AS DOUBLE)
    TRY_CAST(s AS INTEGER) | TRY_CAST(s AS DOUBLE) | CAST(f AS BIGINT) | CAST(p AS INTEGER)
    CAST(d AS TEXT) | CAST(n > 0 AS TEXT) | TRY_CAST(b AS INTEGER) | TRY_CAST(f AS SMALLINT)
"""
TEXTS = """
    lower(s) | reverse(s) | length(s) | left(s, n % 4) | right(s, n % 4) | substring(s, 2)
    substring(s, 2, 2) | substring(s, abs(n) % 4 + 1, 2) | trim(s) | ltrim(s) | rtrim(s)
    trim(s, 'a ') | ltrim(s, u) | rtrim(s, u) | replace(s, 'a', 'bb') | replace(s, u, '-')
    repeat(s, abs(n) % 3) | lpad(s, 5, '*') | rpad(s, abs(n) % 6, '*') | starts_with(s, u)
    ends_with(s, u) | contains(s, u) | strpos(s, u) | split_part(s, ',', 2)
    split_part(s, ',', -1) | concat(s, n, u) | s || u | concat_ws('-', s, u, n)
    concat_ws(u, s, s) | translate(s, 'ab', 'x') | ascii(s) | chr(abs(n) % 90 + 32) | md5(s)
    sha256(u) | s LIKE 'a%' | s LIKE '%' || u | s ILIKE 'A_C' | s NOT LIKE '%a'
    s LIKE 'x!%%' ESCAPE '!' | s SIMILAR TO '(a|b)+' | regexp_matches(s, '^a')
    regexp_full_match(s, 'a+') | regexp_replace(s, 'a', 'b')
    regexp_replace(s, '[a-z]', '#', 'g') | regexp_replace(s, '(a)', '<\\1>')
    regexp_extract(s, '[a-z]+') | regexp_extract(s, '(.),(.)', 2) | jaro_similarity(s, 'abc')
    jaro_winkler_similarity(s, 'abc')
"""
DATES = """
    extract(year FROM d) | extract(month FROM t) | extract(day FROM d) | extract(dow FROM d)
    extract(isodow FROM t) | extract(doy FROM d) | extract(week FROM d) | extract(isoyear FROM d)
    extract(quarter FROM d) | extract(hour FROM t) | extract(minute FROM t)
    extract(decade FROM d) | extract(century FROM d) | extract(millennium FROM d)
    date_trunc('month', t) | date_trunc('week', t) | date_trunc('decade', t)
    date_trunc('quarter', t) | date_trunc('hour', t) | last_day(d) | dayname(d) | monthname(d)
    date_diff('day', d, DATE '2000-01-01') | date_diff('month', t, TIMESTAMP '2000-01-01')
    date_diff('quarter', d, DATE '2000-01-01') | date_diff('hour', t, TIMESTAMP '2000-01-01')
    date_diff('year', d, DATE '2000-01-01') | date_sub('day', t, TIMESTAMP '2000-01-01 06:00:00')
    date_sub('hour', t, TIMESTAMP '2000-01-01') | d + INTERVAL '1 month'
    t + INTERVAL '3 days 4 hours' | t - INTERVAL '2 years' | d + n % 1000
    make_date(abs(n) % 2000 + 1, abs(n) % 12 + 1, abs(n) % 28 + 1) | epoch_ms(t) | epoch_us(t)
    strftime(t, '%Y-%m-%d %H:%M:%S') | strftime(d, '%j %U %W %a %b %p %I %y')
    strftime(t, '%-d.%-m.%Y') | strptime(strftime(t, '%Y/%m/%d'), '%Y/%m/%d')
    time_bucket(INTERVAL '7 days', t) | time_bucket(INTERVAL '15 minutes', t)
    time_bucket(INTERVAL '3 months', t) | d BETWEEN d AND d + 1
    t AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'
    t AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York'
"""


@dataclass
class Both:
    """The same rows in both databases."""

    ours: gpudb.Connection
    theirs: duckdb.DuckDBPyConnection


def random_row(r: random.Random) -> tuple[object, ...]:
    day = datetime.date(1900, 1, 1) + datetime.timedelta(days=r.randrange(70_000))
    moment = datetime.datetime.combine(day, datetime.time(r.randrange(24), r.randrange(60), 59))
    row = (
        r.choice((0, 1, -1, 5, 2_000_000_000, -2_000_000_000, r.randrange(-999, 999))),
        r.choice((0, 7, 1 << 40, -(1 << 40), r.randrange(-(10**9), 10**9))),
        f"{r.choice((0, 1, -1))}{r.randrange(9999)}.{r.randrange(1000):03}",
        r.choice((0.0, -0.5, 2.5, 1e6, -1e6, r.uniform(-100, 100))),
        r.choice(WORDS),
        r.choice(WORDS),
        day,
        moment,
    )
    return tuple(None if r.random() < 0.1 else value for value in row)


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    r = random.Random(20)
    rows = [random_row(r) for _ in range(ROWS)]
    with gpudb.connect() as ours, duckdb.connect() as theirs:
        marks = "?, ?, CAST(? AS DECIMAL(10,3)), ?, ?, ?, ?, ?"
        for cursor in (ours.cursor(), theirs):
            cursor.execute(f"CREATE TABLE r ({COLUMNS})")
            cursor.executemany(f"INSERT INTO r VALUES ({marks})", rows)
        yield Both(ours, theirs)


@pytest.mark.parametrize("listed", [NUMBERS, TEXTS, DATES], ids=["numbers", "texts", "dates"])
def test_agreement(both: Both, listed: str) -> None:
    separated = listed.replace("\n", " | ").split(" | ")
    expressions = [e.strip() for e in separated if e.strip()]
    for begin in range(0, len(expressions), 6):
        part = expressions[begin : begin + 6]
        query = f"SELECT {', '.join(part)} FROM r"
        ours, theirs = both.ours.execute(query).fetchall(), both.theirs.execute(query).fetchall()
        difference = find_difference(ours, theirs, is_ordered=True)
        assert difference is None, f"{query}\n{difference}"
