# Aggregates over frames that need all values of the frame at once, or each value once.
CREATE TABLE w (id INTEGER NOT NULL, g TEXT, x INTEGER, y DOUBLE, m DECIMAL(30,2), s TEXT, d DATE, b BOOLEAN)

INSERT INTO w VALUES (1, 'a', 5, 1.5, 1.25, 'p', DATE '2024-01-01', TRUE), (2, 'a', 7, CAST('NaN' AS DOUBLE), NULL, 'Ä', NULL, FALSE), (3, 'a', 5, -0.0, 99999999999999999999999999.99, NULL, DATE '2024-02-29', NULL), (4, 'a', NULL, 0.0, 1.25, '漢字', DATE '2024-01-01', TRUE), (5, 'b', 2147483647, CAST('Infinity' AS DOUBLE), -0.01, '', DATE '9999-12-31', TRUE), (6, 'b', -2147483648, NULL, NULL, 'p', DATE '0001-01-01', NULL), (7, NULL, NULL, NULL, NULL, NULL, NULL, NULL)

CREATE TABLE none (id INTEGER, x INTEGER, s TEXT)

SELECT id, median(x) OVER v, quantile_cont(x, 0.25) OVER v, quantile_disc(x, 0.9) OVER v, percentile_disc(0.5) WITHIN GROUP (ORDER BY s DESC) OVER v FROM w WINDOW v AS (ORDER BY id) ORDER BY id
----
1	5.0	5.0	5	p
2	6.0	5.5	7	Ä
3	5.0	5.0	7	Ä
4	5.0	5.0	7	Ä
5	6.0	5.0	2147483647	Ä
6	5.0	5.0	2147483647	p
7	5.0	5.0	2147483647	p

SELECT id, median(x) OVER v, median(DISTINCT x) OVER v, quantile_disc(m, 1) OVER v, quantile_disc(d, 0) OVER v, quantile_disc(y, 1) OVER v FROM w WINDOW v AS (PARTITION BY g ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) ORDER BY id
----
1	6.0	6.0	1.25	2024-01-01	nan
2	5.0	6.0	99999999999999999999999999.99	2024-01-01	nan
3	6.0	6.0	99999999999999999999999999.99	2024-01-01	nan
4	5.0	5.0	99999999999999999999999999.99	2024-01-01	0.0
5	-0.5	-0.5	-0.01	0001-01-01	inf
6	-0.5	-0.5	-0.01	0001-01-01	inf
7	NULL	NULL	NULL	NULL	NULL

# DATE has a median between two of them, a moment.
SELECT id, median(d) OVER (ORDER BY id ROWS 3 PRECEDING), approx_quantile(x, 0.5) OVER (ORDER BY id ROWS 1 PRECEDING) FROM w ORDER BY id
----
1	2024-01-01 00:00:00	5.0
2	2024-01-01 00:00:00	6.0
3	2024-01-30 12:00:00	6.0
4	2024-01-01 00:00:00	5.0
5	2024-02-29 00:00:00	2147483647.0
6	2024-01-30 12:00:00	-0.5
7	2024-01-01 00:00:00	-2147483648.0

# The first of several that are equally frequent.
SELECT id, mode(x) OVER v, mode(s) OVER v, mode() WITHIN GROUP (ORDER BY x DESC) OVER v, mode(b) OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) ORDER BY id
----
1	5	p	5	true
2	5	p	7	false
3	5	p	5	false
4	5	p	5	true
5	5	''	2147483647	true
6	-2147483648	''	2147483647	true
7	-2147483648	''	2147483647	true

SELECT id, count(DISTINCT x) OVER v, sum(DISTINCT x) OVER v, avg(DISTINCT x) OVER v, count(DISTINCT y) OVER v, approx_count_distinct(s) OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) ORDER BY id
----
1	2	12	6.0	2	2
2	2	12	6.0	3	2
3	2	12	6.0	3	3
4	3	2147483659	715827886.3333334	3	3
5	3	4	1.3333333333333333	2	3
6	2	-1	-0.5	2	3
7	2	-1	-0.5	1	2

SELECT id, sum(DISTINCT m) OVER v, stddev_pop(DISTINCT x) OVER v, corr(DISTINCT x, y) OVER v, count(DISTINCT (CASE WHEN b THEN s END)) OVER v, bit_xor(DISTINCT x) OVER v FROM w WINDOW v AS (PARTITION BY g ORDER BY id) ORDER BY id
----
1	1.25	0.0	NULL	1	5
2	1.25	1.0	nan	1	2
3	100000000000000000000000001.24	1.0	nan	1	2
4	100000000000000000000000001.24	1.0	nan	2	2
5	-0.01	0.0	NULL	1	2147483647
6	-0.01	2147483647.5	NULL	1	-1
7	NULL	NULL	NULL	0	NULL

SELECT id, count(DISTINCT x) FILTER (WHERE b) OVER v, median(x) FILTER (WHERE x > 5) OVER v, first(x ORDER BY y DESC) FILTER (WHERE b IS NOT FALSE) OVER v FROM w WINDOW v AS (ORDER BY id) ORDER BY id
----
1	1	NULL	5
2	1	7.0	5
3	1	7.0	5
4	1	7.0	5
5	2	1073741827.0	2147483647
6	2	1073741827.0	-2147483648
7	2	1073741827.0	-2147483648

# NULL is a first or last value; equal keys are taken in the frame's order.
SELECT id, first(x ORDER BY s) OVER v, last(x ORDER BY s) OVER v, first(s) OVER v, last(x) OVER v, last_sample(x) OVER v, first(x ORDER BY b, m DESC) OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING) ORDER BY id
----
1	5	5	p	2147483647	5	7
2	5	5	p	2147483647	5	7
3	2147483647	5	Ä	2147483647	2147483647	7
4	2147483647	5	NULL	-2147483648	-2147483648	NULL
5	2147483647	NULL	漢字	NULL	-2147483648	NULL
6	2147483647	NULL	''	NULL	-2147483648	2147483647
7	-2147483648	NULL	p	NULL	-2147483648	-2147483648

SELECT id, string_agg(s, '-') OVER v, string_agg(s, '-' ORDER BY s DESC) OVER v, string_agg(DISTINCT s, '') OVER v, array_agg(x) OVER v, listagg(x, ';') WITHIN GROUP (ORDER BY id DESC) OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) ORDER BY id
----
1	p	p	p	[5]	5
2	p-Ä	Ä-p	pÄ	[5, 7]	7;5
3	p-Ä	Ä-p	pÄ	[5, 7, 5]	5;7;5
4	Ä-漢字	漢字-Ä	Ä漢字	[7, 5, None]	5;7
5	漢字-	漢字-	漢字	[5, None, 2147483647]	2147483647;5
6	漢字--p	漢字-p-	p漢字	[None, 2147483647, -2147483648]	-2147483648;2147483647
7	-p	p-	p	[2147483647, -2147483648, None]	-2147483648;2147483647

# What is excluded leaves every aggregate.
SELECT id, median(x) OVER v, count(DISTINCT x) OVER v, mode(s) OVER v, first(id ORDER BY x) OVER v, string_agg(s, '-') OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) ORDER BY id
----
1	6.0	2	Ä	3	Ä
2	5.0	1	p	1	p-漢字
3	7.0	3	''	1	p-Ä-漢字-
4	6.0	4	''	6	Ä--p
5	-1073741821.5	2	p	6	漢字-p
6	2147483647.0	1	''	5	漢字-
7	-0.5	2	''	6	-p

SELECT id, median(x) OVER v, count(DISTINCT s) OVER v, sum(DISTINCT x) OVER v, string_agg(s, '-') OVER v FROM w WINDOW v AS (ORDER BY d GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP) ORDER BY id
----
1	-1073741821.5	1	-2147483643	p
2	2147483647.0	1	2147483647	''
3	1073741826.0	3	2147483652	p-漢字-
4	-1073741821.5	1	-2147483643	p
5	6.0	1	12	Ä
6	5.0	2	5	p-漢字
7	2147483647.0	1	2147483647	''

SELECT id, median(id) OVER v, count(DISTINCT s) OVER v, last(id) OVER v, string_agg(id, '-') OVER v FROM w WINDOW v AS (ORDER BY d GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES) ORDER BY id
----
1	3.0	1	3	6-1-3
2	3.5	2	2	5-2
3	3.5	3	5	1-4-3-5
4	4.0	2	3	6-4-3
5	4.0	2	7	3-5-2-7
6	4.0	2	4	6-1-4
7	6.0	1	7	5-7

# Frames without a row, and tables without one.
SELECT id, median(x) OVER v, count(DISTINCT x) OVER v, mode(x) OVER v, first(x) OVER v, string_agg(s, ',') OVER v, sum(DISTINCT x) OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 9 PRECEDING AND 8 PRECEDING) ORDER BY id LIMIT 2
----
1	NULL	0	NULL	NULL	NULL	NULL
2	NULL	0	NULL	NULL	NULL	NULL

SELECT median(x) OVER v, count(DISTINCT x) OVER v, mode(x) OVER v, first(x ORDER BY id) OVER v, string_agg(s, ',') OVER v, sum(DISTINCT x) OVER v, nth_value(x, 1) FROM LAST OVER v FROM none WINDOW v AS (ORDER BY id)
----

SELECT median(5) OVER v, count(DISTINCT 'a') OVER v, mode(NULL) OVER v, first('z' ORDER BY 1) OVER v, string_agg('z', ',') OVER v, sum(DISTINCT 3) OVER v, first(NULL) OVER v FROM w WINDOW v AS (ORDER BY id) ORDER BY id LIMIT 2
----
5.0	1	NULL	z	z	3	NULL
5.0	1	NULL	z	z,z	3	NULL

# NTH_VALUE counts from either end.
SELECT id, nth_value(x, 2) FROM FIRST OVER v, nth_value(x, 2) FROM LAST OVER v, nth_value(x, 1) FROM LAST IGNORE NULLS OVER v, nth_value(s, 2 IGNORE NULLS) FROM LAST OVER v, nth_value_in_frame(id, id) FROM LAST OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) ORDER BY id
----
1	7	5	7	p	2
2	7	7	5	p	2
3	7	5	5	Ä	2
4	5	NULL	2147483647	漢字	2
5	NULL	2147483647	-2147483648	''	NULL
6	2147483647	-2147483648	-2147483648	''	NULL
7	-2147483648	-2147483648	-2147483648	''	NULL

SELECT id, nth_value(id, 1) FROM LAST OVER v, nth_value(x, 1) FROM LAST IGNORE NULLS OVER v, last_value(x) IGNORE NULLS OVER v, first_value(s) IGNORE NULLS OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) ORDER BY id
----
1	2	7	7	Ä
2	3	5	5	p
3	4	7	7	Ä
4	5	2147483647	2147483647	''
5	6	-2147483648	-2147483648	漢字
6	7	2147483647	2147483647	''
7	6	-2147483648	-2147483648	p

# OmniSci's functions of the frame: rows before and behind among those that are not excluded.
SELECT id, lag_in_frame(id) OVER v, lead_in_frame(id, 2, -1) OVER v, lag_in_frame(id, 0) OVER v, lead_in_frame(x) IGNORE NULLS OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) ORDER BY id
----
1	NULL	3	NULL	7
2	1	4	NULL	5
3	2	5	NULL	2147483647
4	3	6	NULL	2147483647
5	4	7	NULL	-2147483648
6	5	-1	NULL	NULL
7	6	-1	NULL	NULL

SELECT id, lag_in_frame(id) OVER v, lead_in_frame(id) OVER v, first_value_in_frame(id) OVER v, last_value_in_frame(id) OVER v FROM w WINDOW v AS (ORDER BY d, s GROUPS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE GROUP) ORDER BY id
----
1	6	4	6	3
2	5	7	3	7
3	4	5	1	2
4	1	3	6	5
5	3	2	4	7
6	NULL	1	1	4
7	2	NULL	5	2

# Errors.
SELECT nth_value(x, 0) FROM LAST OVER (ORDER BY id) FROM w
----
error: nth_value takes a number from 1 on, not 0
line 1, column 21: SELECT nth_value(x, 0) FROM LAST OVER (ORDER BY id) FROM w
                                       ^

SELECT first_value(x) FROM LAST OVER (ORDER BY id) FROM w
----
error: first_value takes neither FROM FIRST nor FROM LAST
line 1, column 23: SELECT first_value(x) FROM LAST OVER (ORDER BY id) FROM w
                                         ^^^^^^^^^

SELECT nth_value(x, 1) FROM MIDDLE OVER (ORDER BY id) FROM w
----
error: syntax error at FROM
line 1, column 55: SELECT nth_value(x, 1) FROM MIDDLE OVER (ORDER BY id) FROM w
                                                                         ^^^^

SELECT median(s) OVER (ORDER BY id) FROM w
----
error: median does not take TEXT; quantile_disc(x, 0.5) takes any type
line 1, column 8: SELECT median(s) OVER (ORDER BY id) FROM w
                         ^^^^^^^^^

SELECT quantile_cont(x, 2) OVER (ORDER BY id) FROM w
----
error: quantile_cont takes a fraction between 0 and 1, not 2
line 1, column 8: SELECT quantile_cont(x, 2) OVER (ORDER BY id) FROM w
                         ^^^^^^^^^^^^^^^^^^^

SELECT sum(DISTINCT x * 9223372036854775807) OVER (ORDER BY id) FROM w
----
error: BIGINT overflow: 5 * 9223372036854775807 is out of range; cast to a wider type
line 1, column 21: SELECT sum(DISTINCT x * 9223372036854775807) OVER (ORDER BY id) FROM w
                                       ^^^^^^^^^^^^^^^^^^^^^^^

SELECT single_value(x) OVER (ORDER BY id ROWS 1 PRECEDING) FROM w
----
error: single_value: the rows have several values
line 1, column 8: SELECT single_value(x) OVER (ORDER BY id ROWS 1 PRECEDING) FROM w
                         ^^^^^^^^^^^^^^^
