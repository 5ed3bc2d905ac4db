# Frames of window functions: ROWS, RANGE and GROUPS, every bound, EXCLUDE.
CREATE TABLE f (id INTEGER NOT NULL, g TEXT, k INTEGER, x DOUBLE, m DECIMAL(6,2), d DATE, t TIMESTAMP(0), c TIME)

INSERT INTO f VALUES (1, 'a', 1, 0.5, 1.25, DATE '2024-01-30', TIMESTAMP '2024-01-30 10:00:00', TIME '00:10:00'), (2, 'a', 2, CAST('NaN' AS DOUBLE), 1.50, DATE '2024-01-31', TIMESTAMP '2024-01-30 10:20:00', TIME '00:20:00'), (3, 'a', 2, NULL, 2.00, DATE '2024-02-28', TIMESTAMP '2024-01-30 11:00:00', TIME '12:00:00'), (4, 'a', 5, CAST('-Infinity' AS DOUBLE), NULL, DATE '2024-02-29', NULL, TIME '23:55:00'), (5, 'b', NULL, CAST('Infinity' AS DOUBLE), 9.99, NULL, TIMESTAMP '2024-02-29 10:00:00', NULL), (6, 'b', NULL, 1.5, 9.99, DATE '2024-03-31', TIMESTAMP '2024-02-29 10:00:01', NULL), (7, 'b', -1, -0.0, -9.99, DATE '2023-12-31', TIMESTAMP '2023-12-31 23:59:59', TIME '00:00:00')

CREATE TABLE none (k INTEGER)

# ROWS: every pair of bounds.
SELECT id, sum(id) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING), sum(id) OVER (ORDER BY id ROWS 2 PRECEDING), sum(id) OVER (ORDER BY id ROWS CURRENT ROW), sum(id) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING), sum(id) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING), sum(id) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM f ORDER BY id
----
1	1	1	1	NULL	3	28
2	3	3	2	NULL	6	28
3	6	6	3	1	10	28
4	10	9	4	3	15	28
5	15	12	5	6	21	28
6	21	15	6	10	28	28
7	28	18	7	15	28	28

SELECT id, sum(id) OVER (ORDER BY id ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING), sum(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), sum(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING), sum(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING), sum(id) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING), sum(id) OVER (ORDER BY id ROWS BETWEEN 2 FOLLOWING AND UNBOUNDED FOLLOWING) FROM f ORDER BY id
----
1	NULL	3	28	3	5	25
2	NULL	6	28	5	7	22
3	1	9	27	7	9	18
4	3	12	25	9	11	13
5	5	15	22	11	13	7
6	7	18	18	13	7	NULL
7	9	13	13	7	NULL	NULL

# Frames without rows: COUNT is 0, everything else NULL.
SELECT id, count(*) OVER v, sum(id) OVER v, min(g) OVER v, avg(x) OVER v, first_value(id) OVER v FROM f WINDOW v AS (PARTITION BY g ORDER BY id ROWS BETWEEN 5 FOLLOWING AND 9 FOLLOWING) ORDER BY id
----
1	0	NULL	NULL	NULL	NULL
2	0	NULL	NULL	NULL	NULL
3	0	NULL	NULL	NULL	NULL
4	0	NULL	NULL	NULL	NULL
5	0	NULL	NULL	NULL	NULL
6	0	NULL	NULL	NULL	NULL
7	0	NULL	NULL	NULL	NULL

SELECT id, count(*) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 4 PRECEDING), sum(id) OVER (ORDER BY id ROWS BETWEEN 9223372036854775807 PRECEDING AND 9223372036854775807 FOLLOWING), sum(id) OVER (PARTITION BY g ROWS 0 PRECEDING) FROM f ORDER BY id
----
1	0	28	1
2	0	28	2
3	0	28	3
4	0	28	4
5	0	28	5
6	0	28	6
7	0	28	7

# Values of the frame's rows.
SELECT id, first_value(id) OVER v, last_value(id) OVER v, nth_value(id, 2) OVER v, first_value(m) IGNORE NULLS OVER v, last_value(k) IGNORE NULLS OVER v, nth_value(k, 2) IGNORE NULLS OVER v FROM f WINDOW v AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) ORDER BY id
----
1	1	2	2	1.25	2	2
2	1	3	2	1.25	2	2
3	2	4	3	1.50	5	2
4	3	5	4	2.00	5	5
5	4	6	5	9.99	5	NULL
6	5	7	6	9.99	-1	NULL
7	6	7	7	9.99	-1	NULL

# RANGE by values: integers, ties, NULLs apart.
SELECT id, k, count(*) OVER (ORDER BY k RANGE BETWEEN 1 PRECEDING AND CURRENT ROW), sum(id) OVER (ORDER BY k RANGE BETWEEN 2 PRECEDING AND 1 PRECEDING), sum(id) OVER (ORDER BY k RANGE BETWEEN 1 FOLLOWING AND 3 FOLLOWING), sum(id) OVER (ORDER BY k RANGE BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING), sum(id) OVER (ORDER BY k RANGE BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING) FROM f ORDER BY id
----
1	1	1	7	5	13	21
2	2	3	1	4	13	21
3	2	3	1	4	13	21
4	5	1	NULL	NULL	17	15
5	NULL	2	11	11	28	11
6	NULL	2	11	11	28	11
7	-1	1	NULL	6	7	28

SELECT id, k, sum(id) OVER (ORDER BY k DESC RANGE 1 PRECEDING), sum(id) OVER (ORDER BY k DESC NULLS LAST RANGE BETWEEN 3 PRECEDING AND 1 FOLLOWING), sum(id) OVER (ORDER BY k NULLS FIRST RANGE BETWEEN UNBOUNDED PRECEDING AND 0 FOLLOWING) FROM f ORDER BY id
----
1	1	6	6	19
2	2	5	10	24
3	2	5	10	24
4	5	4	4	28
5	NULL	11	11	11
6	NULL	11	11	11
7	-1	7	13	18

SELECT id, sum(id) OVER (ORDER BY k RANGE BETWEEN 0.5 PRECEDING AND 1.5 FOLLOWING), sum(id) OVER (ORDER BY m RANGE BETWEEN 0.25 PRECEDING AND 0.5 FOLLOWING), sum(id) OVER (ORDER BY m DESC RANGE BETWEEN 20 PRECEDING AND CURRENT ROW), count(*) OVER (ORDER BY CAST(k AS TINYINT) RANGE 1000 PRECEDING) FROM f ORDER BY id
----
1	6	3	17	2
2	5	6	16	4
3	5	3	14	4
4	4	4	4	5
5	11	11	11	2
6	11	11	11	2
7	7	7	24	1

# Infinity and NaN are farther than any distance; NaN is beside itself only.
SELECT id, x, count(*) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING), count(*) OVER (ORDER BY x RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), count(*) OVER (ORDER BY x DESC RANGE BETWEEN 'Infinity' PRECEDING AND CURRENT ROW) FROM f ORDER BY id
----
1	0.5	3	4	3
2	nan	1	2	1
3	NULL	1	1	1
4	-inf	1	7	5
5	inf	1	3	1
6	1.5	2	3	2
7	0.0	2	4	4

# The least and the greatest values do not overflow.
SELECT b, count(*) OVER (ORDER BY b RANGE BETWEEN 5 PRECEDING AND 5 FOLLOWING), count(*) OVER (ORDER BY b DESC RANGE BETWEEN 9223372036854775807 PRECEDING AND 1 FOLLOWING) FROM (VALUES (9223372036854775807), (9223372036854775803), (-9223372036854775807), (0)) AS v (b) ORDER BY b
----
-9223372036854775807	1	2
0	1	3
9223372036854775803	2	2
9223372036854775807	2	1

SELECT b, count(*) OVER (ORDER BY b * 10000000000 RANGE BETWEEN 50000000000 PRECEDING AND CURRENT ROW) FROM (VALUES (CAST(9223372036854775807 AS DECIMAL(19, 0))), (9223372036854775803), (-3), (1)) AS v (b) ORDER BY b
----
-3	1
1	2
9223372036854775803	1
9223372036854775807	2

# Dates and timestamps by INTERVAL; months end where a month ends.
SELECT id, d, count(*) OVER (ORDER BY d RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW), count(*) OVER (ORDER BY d RANGE BETWEEN INTERVAL '1' MONTH PRECEDING AND CURRENT ROW), count(*) OVER (ORDER BY d RANGE BETWEEN CURRENT ROW AND INTERVAL '1' MONTH FOLLOWING), sum(id) OVER (ORDER BY d DESC RANGE BETWEEN INTERVAL '1 month 1 day' PRECEDING AND INTERVAL '1' DAY FOLLOWING) FROM f ORDER BY id
----
1	2024-01-30	1	2	4	10
2	2024-01-31	2	3	3	10
3	2024-02-28	1	3	2	7
4	2024-02-29	2	4	1	7
5	NULL	1	1	1	5
6	2024-03-31	1	2	1	6
7	2023-12-31	1	1	3	10

SELECT id, t, count(*) OVER (ORDER BY t RANGE BETWEEN INTERVAL '30' MINUTE PRECEDING AND INTERVAL '1' HOUR FOLLOWING), sum(id) OVER (ORDER BY t RANGE BETWEEN INTERVAL '1' SECOND PRECEDING AND CURRENT ROW), sum(id) OVER (ORDER BY t RANGE BETWEEN INTERVAL '1' YEAR PRECEDING AND INTERVAL '0.5' SECOND PRECEDING) FROM f ORDER BY id
----
1	2024-01-30 10:00:00	3	1	7
2	2024-01-30 10:20:00	3	2	8
3	2024-01-30 11:00:00	1	3	10
4	NULL	1	4	4
5	2024-02-29 10:00:00	2	5	13
6	2024-02-29 10:00:01	2	11	18
7	2023-12-31 23:59:59	1	7	NULL

SELECT id, c, sum(id) OVER (ORDER BY c RANGE BETWEEN INTERVAL '15' MINUTE PRECEDING AND INTERVAL '15' MINUTE FOLLOWING) FROM f ORDER BY id
----
1	00:10:00	10
2	00:20:00	3
3	12:00:00	3
4	23:55:00	4
5	NULL	11
6	NULL	11
7	00:00:00	8

SELECT id, count(*) OVER (ORDER BY d - DATE '2024-01-01' RANGE BETWEEN 30 PRECEDING AND CURRENT ROW) FROM f ORDER BY id
----
1	2
2	2
3	3
4	4
5	1
6	1
7	1

# GROUPS count groups of equal rows.
SELECT id, k, sum(id) OVER (ORDER BY k GROUPS CURRENT ROW), sum(id) OVER (ORDER BY k GROUPS 1 PRECEDING), sum(id) OVER (ORDER BY k GROUPS BETWEEN 1 FOLLOWING AND 1 FOLLOWING), sum(id) OVER (ORDER BY k GROUPS BETWEEN 2 PRECEDING AND 1 PRECEDING), sum(id) OVER (PARTITION BY g ORDER BY k GROUPS BETWEEN UNBOUNDED PRECEDING AND 100 FOLLOWING), sum(id) OVER (ORDER BY k DESC GROUPS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING) FROM f ORDER BY id
----
1	1	1	8	5	7	10	13
2	2	5	6	4	8	10	17
3	2	5	6	4	8	10	17
4	5	4	9	11	6	10	28
5	NULL	11	15	NULL	9	18	28
6	NULL	11	15	NULL	9	18	28
7	-1	7	7	1	NULL	18	8

# EXCLUDE, in each unit; the frame may lack the current row.
SELECT id, k, sum(id) OVER (ORDER BY k ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE NO OTHERS), sum(id) OVER (ORDER BY k ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW), sum(id) OVER (ORDER BY k ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE GROUP), sum(id) OVER (ORDER BY k ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES) FROM f ORDER BY id
----
1	1	28	27	27	28
2	2	28	26	23	25
3	2	28	25	23	26
4	5	28	24	24	28
5	NULL	28	23	17	22
6	NULL	28	22	17	23
7	-1	28	21	21	28

SELECT id, k, sum(id) OVER (ORDER BY k, id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW), sum(id) OVER (ORDER BY k RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP), sum(id) OVER (ORDER BY k GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES), count(*) OVER (ORDER BY k GROUPS BETWEEN 1 FOLLOWING AND 2 FOLLOWING EXCLUDE TIES), sum(id) OVER (ORDER BY id ROWS BETWEEN 3 FOLLOWING AND 4 FOLLOWING EXCLUDE GROUP) FROM f ORDER BY id
----
1	1	9	5	13	3	9
2	2	11	1	7	3	11
3	2	7	1	8	3	13
4	5	10	NULL	20	2	7
5	NULL	13	NULL	9	0	NULL
6	NULL	9	NULL	10	0	NULL
7	-1	1	NULL	8	3	NULL

SELECT id, first_value(id) OVER v, last_value(id) OVER v, nth_value(id, 3) OVER v, min(m) OVER v, max(x) OVER v, string FROM (SELECT *, g AS string FROM f) AS q WINDOW v AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) ORDER BY id
----
1	2	3	NULL	1.50	nan	a
2	1	4	4	1.25	0.5	a
3	1	5	4	1.25	nan	a
4	2	6	5	1.50	nan	a
5	3	7	6	-9.99	1.5	b
6	4	7	7	-9.99	inf	b
7	5	6	NULL	9.99	inf	b

# Doubles: what leaves a frame leaves nothing behind, be it infinite, NaN or large.
SELECT id, x, sum(x) OVER v, avg(x) OVER v, min(x) OVER v, max(x) OVER v FROM f WINDOW v AS (ORDER BY id ROWS 1 PRECEDING) ORDER BY id
----
1	0.5	0.5	0.5	0.5	0.5
2	nan	nan	nan	0.5	nan
3	NULL	nan	nan	nan	nan
4	-inf	-inf	-inf	-inf	-inf
5	inf	nan	nan	-inf	inf
6	1.5	inf	inf	1.5	inf
7	0.0	1.5	0.75	0.0	1.5

SELECT a, sum(b) OVER (ORDER BY a ROWS 1 PRECEDING) FROM (VALUES (1, 1e300), (2, 1e-3), (3, 2e-3), (4, 3e-3)) AS v (a, b) ORDER BY a
----
1	1e+300
2	1e+300
3	0.003
4	0.005

# Texts in frames, and booleans.
SELECT id, min(g) OVER v, max(g) OVER v, count(g) OVER v, last_value(k > 1) OVER v FROM f WINDOW v AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) ORDER BY id
----
1	a	a	2	true
2	a	a	3	true
3	a	a	3	true
4	a	b	3	NULL
5	a	b	3	NULL
6	b	b	3	false
7	b	b	2	false

# No rows.
SELECT sum(k) OVER (ORDER BY k RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES), count(*) OVER (ORDER BY k GROUPS 1 PRECEDING), first_value(k) OVER (ROWS 1 PRECEDING) FROM none
----

# What is no frame.
SELECT sum(k) OVER (ORDER BY k ROWS -1 PRECEDING) FROM f
----
error: the offset of a frame cannot be negative
line 1, column 37: SELECT sum(k) OVER (ORDER BY k ROWS -1 PRECEDING) FROM f
                                                       ^^

SELECT sum(k) OVER (ORDER BY k ROWS 1.5 PRECEDING) FROM f
----
error: ROWS takes a whole number of rows
line 1, column 37: SELECT sum(k) OVER (ORDER BY k ROWS 1.5 PRECEDING) FROM f
                                                       ^^^

SELECT sum(k) OVER (ORDER BY k ROWS NULL PRECEDING) FROM f
----
error: ROWS takes a whole number of rows
line 1, column 8: SELECT sum(k) OVER (ORDER BY k ROWS NULL PRECEDING) FROM f
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT sum(k) OVER (ORDER BY k ROWS k PRECEDING) FROM f
----
error: a frame's offset cannot be NULL or negative
line 1, column 37: SELECT sum(k) OVER (ORDER BY k ROWS k PRECEDING) FROM f
                                                       ^

SELECT sum(k) OVER (ORDER BY k ROWS 2) FROM f
----
error: a frame's bound is followed by PRECEDING or FOLLOWING
line 1, column 37: SELECT sum(k) OVER (ORDER BY k ROWS 2) FROM f
                                                       ^

SELECT sum(k) OVER (ORDER BY k ROWS BETWEEN UNBOUNDED FOLLOWING AND UNBOUNDED FOLLOWING) FROM f
----
error: a frame cannot begin at UNBOUNDED FOLLOWING
line 1, column 8: SELECT sum(k) OVER (ORDER BY k ROWS BETWEEN UNBOUNDED FOLLOWING AND UNBOUNDED FOLLOWING) FROM f
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT sum(k) OVER (ORDER BY k ROWS BETWEEN CURRENT ROW AND UNBOUNDED PRECEDING) FROM f
----
error: a frame cannot end at UNBOUNDED PRECEDING
line 1, column 8: SELECT sum(k) OVER (ORDER BY k ROWS BETWEEN CURRENT ROW AND UNBOUNDED PRECEDING) FROM f
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT sum(k) OVER (ORDER BY k ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM f
----
error: a frame cannot end before it begins
line 1, column 61: SELECT sum(k) OVER (ORDER BY k ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM f
                                                                               ^

SELECT sum(k) OVER (ORDER BY k ROWS BETWEEN 1 FOLLOWING AND CURRENT ROW) FROM f
----
error: a frame cannot end before it begins
line 1, column 45: SELECT sum(k) OVER (ORDER BY k ROWS BETWEEN 1 FOLLOWING AND CURRENT ROW) FROM f
                                                               ^

SELECT sum(k) OVER (ORDER BY k ROWS 1 FOLLOWING) FROM f
----
error: a frame cannot end before it begins
line 1, column 37: SELECT sum(k) OVER (ORDER BY k ROWS 1 FOLLOWING) FROM f
                                                       ^

SELECT sum(k) OVER (RANGE 1 PRECEDING) FROM f
----
error: RANGE with an offset needs exactly one ORDER BY item
line 1, column 27: SELECT sum(k) OVER (RANGE 1 PRECEDING) FROM f
                                             ^

SELECT sum(k) OVER (ORDER BY k, id RANGE 1 PRECEDING) FROM f
----
error: RANGE with an offset needs exactly one ORDER BY item
line 1, column 42: SELECT sum(k) OVER (ORDER BY k, id RANGE 1 PRECEDING) FROM f
                                                            ^

SELECT sum(k) OVER (ORDER BY g RANGE 1 PRECEDING) FROM f
----
error: RANGE with an offset does not take TEXT
line 1, column 38: SELECT sum(k) OVER (ORDER BY g RANGE 1 PRECEDING) FROM f
                                                        ^

SELECT sum(k) OVER (ORDER BY g RANGE 'a' PRECEDING) FROM f
----
error: RANGE with an offset does not take TEXT
line 1, column 38: SELECT sum(k) OVER (ORDER BY g RANGE 'a' PRECEDING) FROM f
                                                        ^^^

SELECT sum(k) OVER (ORDER BY k RANGE -1 PRECEDING) FROM f
----
error: the offset of a frame cannot be negative
line 1, column 38: SELECT sum(k) OVER (ORDER BY k RANGE -1 PRECEDING) FROM f
                                                        ^^

SELECT sum(k) OVER (ORDER BY k RANGE NULL PRECEDING) FROM f
----
error: RANGE over INTEGER takes a number as its offset
line 1, column 8: SELECT sum(k) OVER (ORDER BY k RANGE NULL PRECEDING) FROM f
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT sum(k) OVER (ORDER BY x RANGE 'NaN' PRECEDING) FROM f
----
error: the offset of a frame cannot be negative
line 1, column 38: SELECT sum(k) OVER (ORDER BY x RANGE 'NaN' PRECEDING) FROM f
                                                        ^^^^^

SELECT sum(k) OVER (ORDER BY k RANGE INTERVAL '1' DAY PRECEDING) FROM f
----
error: RANGE over INTEGER takes a number as its offset
line 1, column 38: SELECT sum(k) OVER (ORDER BY k RANGE INTERVAL '1' DAY PRECEDING) FROM f
                                                        ^^^^^^^^^^^^^^^^

SELECT sum(k) OVER (ORDER BY k RANGE id PRECEDING) FROM f
----
-1
1
5
4
10
NULL
NULL

SELECT sum(k) OVER (ORDER BY d RANGE 1 PRECEDING) FROM f
----
error: RANGE over DATE takes an INTERVAL as its offset
line 1, column 38: SELECT sum(k) OVER (ORDER BY d RANGE 1 PRECEDING) FROM f
                                                        ^

SELECT sum(k) OVER (ORDER BY d RANGE INTERVAL '-1' DAY PRECEDING) FROM f
----
error: the offset of a frame cannot be negative
line 1, column 38: SELECT sum(k) OVER (ORDER BY d RANGE INTERVAL '-1' DAY PRECEDING) FROM f
                                                        ^^^^^^^^^^^^^^^^^

SELECT sum(k) OVER (ORDER BY c RANGE INTERVAL '1' MONTH PRECEDING) FROM f
----
error: RANGE over TIME takes an INTERVAL of time
line 1, column 38: SELECT sum(k) OVER (ORDER BY c RANGE INTERVAL '1' MONTH PRECEDING) FROM f
                                                        ^^^^^^^^^^^^^^^^^^

SELECT sum(k) OVER (PARTITION BY g GROUPS 1 PRECEDING) FROM f
----
error: a frame of GROUPS needs ORDER BY
line 1, column 8: SELECT sum(k) OVER (PARTITION BY g GROUPS 1 PRECEDING) FROM f
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT sum(k) OVER (ORDER BY k GROUPS 1.0 PRECEDING) FROM f
----
error: GROUPS takes a whole number of groups
line 1, column 39: SELECT sum(k) OVER (ORDER BY k GROUPS 1.0 PRECEDING) FROM f
                                                         ^^^
