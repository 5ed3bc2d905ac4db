# Offsets of frames that are not constants: expressions, parameters, subqueries, columns.
CREATE TABLE t (id INTEGER, g TEXT, v INTEGER, n INTEGER, m SMALLINT, x DOUBLE, d DATE, s TEXT) WITH (chunk_rows = 3)

INSERT INTO t VALUES (1, 'a', 10, 0, 2, 1.5, '2024-01-31', 'é'), (2, 'a', 20, 1, 0, 0.5, '2024-02-01', NULL), (3, 'a', NULL, 2, 1, 2.5, '2024-02-29', 'b'), (4, 'a', 40, 3, 9, 0, '2024-03-31', 'c'), (5, 'b', 50, 0, 0, 9.5, '2024-01-01', 'd'), (6, 'b', 60, 9, 1, 1, '2024-01-02', 'e'), (7, 'b', -70, 1, 1, 3, '2024-12-31', '')

SELECT id, sum(v) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN n PRECEDING AND m FOLLOWING), count(*) OVER (PARTITION BY g ORDER BY id ROWS n PRECEDING), max(v) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN m FOLLOWING AND n + m FOLLOWING) FROM t ORDER BY id
----
1	30	1	NULL
2	30	2	20
3	70	3	40
4	70	4	NULL
5	50	1	50
6	40	2	-70
7	-10	2	NULL

SELECT id, first_value(id) OVER w, last_value(id) OVER w, nth_value(id, 2) OVER w, string_agg(s, '-') OVER w, median(v) OVER w, count(DISTINCT v) OVER w, array_agg(id) OVER w FROM t WINDOW w AS (PARTITION BY g ORDER BY id ROWS BETWEEN n PRECEDING AND m FOLLOWING) ORDER BY id
----
1	1	3	2	é-b	15.0	2	[1, 2, 3]
2	1	2	2	é	15.0	2	[1, 2]
3	1	4	2	é-b-c	20.0	3	[1, 2, 3, 4]
4	1	4	2	é-b-c	20.0	3	[1, 2, 3, 4]
5	5	5	NULL	d	50.0	1	[5]
6	5	7	6	d-e-	50.0	3	[5, 6, 7]
7	6	7	7	e-	-5.0	2	[6, 7]

SELECT id, avg(x) OVER (ORDER BY id ROWS BETWEEN n PRECEDING AND m FOLLOWING EXCLUDE CURRENT ROW), min(s) OVER (ORDER BY id GROUPS BETWEEN m PRECEDING AND n FOLLOWING EXCLUDE TIES) FROM t ORDER BY id
----
1	1.5	é
2	1.5	b
3	0.6666666666666666	b
4	3.0	''
5	NULL	d
6	2.8333333333333335	''
7	1.0	''

# RANGE over numbers, whole, with a fraction and decimal, in both orders.
SELECT id, count(*) OVER (ORDER BY v RANGE BETWEEN n * 10 PRECEDING AND m * 10 FOLLOWING), count(*) OVER (ORDER BY x DESC RANGE BETWEEN n PRECEDING AND x FOLLOWING), sum(id) OVER (ORDER BY CAST(x AS DECIMAL(4,2)) RANGE BETWEEN n / 2.0 PRECEDING AND m FOLLOWING) FROM t ORDER BY id
----
1	2	4	11
2	2	4	6
3	1	6	11
4	5	6	23
5	1	7	5
6	5	7	13
7	1	6	10

SELECT id, count(*) OVER (ORDER BY CAST(id AS DECIMAL(38,0)) * 10000000000000000000 RANGE BETWEEN n * 10000000000000000000 PRECEDING AND CURRENT ROW) FROM t ORDER BY id
----
1	1
2	2
3	3
4	4
5	1
6	6
7	2

# The least and the greatest numbers are as far as one can go.
SELECT v, count(*) OVER (ORDER BY v RANGE BETWEEN far PRECEDING AND far FOLLOWING) FROM (VALUES (-9223372036854775808, 9223372036854775807), (9223372036854775807, 0), (0, 9223372036854775807)) AS r(v, far) ORDER BY v
----
-9223372036854775808	1
0	2
9223372036854775807	1

# RANGE over dates by an interval of each row.
SELECT id, count(*) OVER (ORDER BY d RANGE BETWEEN n * INTERVAL '1' month PRECEDING AND CURRENT ROW), sum(id) OVER (ORDER BY d DESC RANGE BETWEEN CURRENT ROW AND to_days(m * 30) FOLLOWING) FROM t ORDER BY id
----
1	1	12
2	4	2
3	5	6
4	6	21
5	1	5
6	2	11
7	1	7

# The same in each row.
# parameters (1, 2)
SELECT id, sum(id) OVER (ORDER BY id ROWS BETWEEN ? PRECEDING AND ? FOLLOWING) FROM t ORDER BY id
----
1	6
2	10
3	14
4	18
5	22
6	18
7	13

SELECT id, sum(id) OVER (ORDER BY id ROWS BETWEEN (SELECT min(n) + 1 FROM t) PRECEDING AND 1 + 1 FOLLOWING), sum(id) OVER (ORDER BY id ROWS greatest(1, 2) PRECEDING) FROM t ORDER BY id
----
1	6	1
2	10	3
3	14	6
4	18	9
5	22	12
6	18	15
7	13	18

SELECT g, sum(sum(v)) OVER (ORDER BY g ROWS min(n) PRECEDING), count(*) OVER (ORDER BY g DESC ROWS BETWEEN CURRENT ROW AND max(n) - 2 FOLLOWING) FROM t GROUP BY g ORDER BY g
----
a	70	1
b	40	2

# No rows, and one.
SELECT sum(v) OVER (ORDER BY id ROWS n PRECEDING) FROM t WHERE false
----

SELECT sum(v) OVER (ORDER BY id ROWS BETWEEN n PRECEDING AND m FOLLOWING) FROM t WHERE id = 4
----
40

EXPLAIN SELECT sum(v) OVER (ORDER BY id ROWS BETWEEN n PRECEDING AND 1 FOLLOWING) FROM t
----
Project sum AS sum(v) OVER (ORDER BY id ROWS BETWEEN n PRECEDING AND 1 FOLLOWING)
  Window sum(v) rows CASE WHEN n >= 0 THEN CAST(n AS BIGINT) ELSE frame_offset(-1) END before to 1 behind AS sum order id
    Scan t (id, v, n)

# Mistakes.
SELECT sum(v) OVER (ORDER BY id ROWS n - 1 PRECEDING) FROM t
----
error: a frame's offset cannot be NULL or negative
line 1, column 38: SELECT sum(v) OVER (ORDER BY id ROWS n - 1 PRECEDING) FROM t
                                                        ^^^^^

SELECT sum(v) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND nullif(m, 9) FOLLOWING) FROM t
----
error: a frame's offset cannot be NULL or negative
line 1, column 62: SELECT sum(v) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND nullif(m, 9) FOLLOWING) FROM t
                                                                                ^^^^^^^^^^^^

SELECT sum(v) OVER (ORDER BY id RANGE BETWEEN x - 1 PRECEDING AND CURRENT ROW) FROM t
----
error: a frame's offset cannot be NULL or negative
line 1, column 47: SELECT sum(v) OVER (ORDER BY id RANGE BETWEEN x - 1 PRECEDING AND CURRENT ROW) FROM t
                                                                 ^^^^^

SELECT sum(v) OVER (ORDER BY x RANGE BETWEEN CAST('NaN' AS DOUBLE) * x PRECEDING AND CURRENT ROW) FROM t
----
error: a frame's offset cannot be NULL or negative
line 1, column 46: SELECT sum(v) OVER (ORDER BY x RANGE BETWEEN CAST('NaN' AS DOUBLE) * x PRECEDING AND CURRENT ROW) FROM t
                                                                ^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT sum(v) OVER (ORDER BY d RANGE BETWEEN to_days(n - 1) PRECEDING AND CURRENT ROW) FROM t
----
error: a frame's offset cannot be NULL or negative
line 1, column 46: SELECT sum(v) OVER (ORDER BY d RANGE BETWEEN to_days(n - 1) PRECEDING AND CURRENT ROW) FROM t
                                                                ^^^^^^^^^^^^^^

SELECT sum(v) OVER (ORDER BY id ROWS BETWEEN x PRECEDING AND CURRENT ROW) FROM t
----
error: ROWS takes a whole number of rows
line 1, column 46: SELECT sum(v) OVER (ORDER BY id ROWS BETWEEN x PRECEDING AND CURRENT ROW) FROM t
                                                                ^

SELECT sum(v) OVER (ORDER BY id ROWS BETWEEN NULL PRECEDING AND CURRENT ROW) FROM t
----
error: ROWS takes a whole number of rows
line 1, column 8: SELECT sum(v) OVER (ORDER BY id ROWS BETWEEN NULL PRECEDING AND CURRENT ROW) FROM t
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT sum(v) OVER (ORDER BY d RANGE BETWEEN n PRECEDING AND CURRENT ROW) FROM t
----
error: RANGE over DATE takes an INTERVAL as its offset
line 1, column 46: SELECT sum(v) OVER (ORDER BY d RANGE BETWEEN n PRECEDING AND CURRENT ROW) FROM t
                                                                ^

SELECT sum(v) OVER (ORDER BY id RANGE BETWEEN to_days(n) PRECEDING AND CURRENT ROW) FROM t
----
error: RANGE over INTEGER takes a number as its offset
line 1, column 47: SELECT sum(v) OVER (ORDER BY id RANGE BETWEEN to_days(n) PRECEDING AND CURRENT ROW) FROM t
                                                                 ^^^^^^^^^^

SELECT sum(v) OVER (ORDER BY CAST('10:00' AS TIME) RANGE BETWEEN to_hours(n) PRECEDING AND CURRENT ROW) FROM t
----
error: RANGE over TIME by another INTERVAL DAY TO SECOND in each row is not supported yet
line 1, column 66: SELECT sum(v) OVER (ORDER BY CAST('10:00' AS TIME) RANGE BETWEEN to_hours(n) PRECEDING AND CURRENT ROW) FROM t
                                                                                    ^^^^^^^^^^^

SELECT sum(v) OVER (ORDER BY id ROWS missing PRECEDING) FROM t
----
error: column missing does not exist; there are d, g, id, m, n, s, v, x
line 1, column 38: SELECT sum(v) OVER (ORDER BY id ROWS missing PRECEDING) FROM t
                                                        ^^^^^^^

SELECT sum(v) OVER (ORDER BY id ROWS 1 - 2 PRECEDING) FROM t
----
error: the offset of a frame cannot be negative
line 1, column 38: SELECT sum(v) OVER (ORDER BY id ROWS 1 - 2 PRECEDING) FROM t
                                                        ^^^^^
