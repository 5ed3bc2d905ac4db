# Arithmetic, and the errors of each type where a result leaves it.
CREATE TABLE n (id INTEGER, a TINYINT, b SMALLINT, c INTEGER, d BIGINT, f DOUBLE, r REAL)

INSERT INTO n VALUES (1, 127, 32767, 2147483647, 9223372036854775807, 1e308, 3e38), (2, -128, -32768, -2147483648, -9223372036854775808, -1.5, 0.1), (3, 7, -7, 7, -7, 2.5, -0.25), (4, 0, 0, 0, 0, 0, 0), (5, NULL, NULL, NULL, NULL, NULL, NULL)

SELECT a + 1, b + 1, c - 1, f * 2, r * 2 FROM n WHERE id > 2 ORDER BY id
----
8	-6	6	5.0	-0.5
1	1	-1	0.0	0.0
NULL	NULL	NULL	NULL	NULL

SELECT a + CAST(1 AS TINYINT) FROM n
----
error: TINYINT overflow: 127 + 1 is out of range; cast to a wider type
line 1, column 8: SELECT a + CAST(1 AS TINYINT) FROM n
                         ^^^^^^^^^^^^^^^^^^^^^^

SELECT a * a FROM n
----
error: TINYINT overflow: 127 * 127 is out of range; cast to a wider type
line 1, column 8: SELECT a * a FROM n
                         ^^^^^

SELECT -a FROM n
----
error: TINYINT overflow: -(-128) is out of range
line 1, column 8: SELECT -a FROM n
                         ^^

SELECT abs(b) FROM n
----
error: SMALLINT overflow: -(-32768) is out of range
line 1, column 8: SELECT abs(b) FROM n
                         ^^^^^^

SELECT b - CAST(2 AS SMALLINT) FROM n
----
error: SMALLINT overflow: -32768 - 2 is out of range; cast to a wider type
line 1, column 8: SELECT b - CAST(2 AS SMALLINT) FROM n
                         ^^^^^^^^^^^^^^^^^^^^^^^

SELECT c + 1 FROM n
----
error: INTEGER overflow: 2147483647 + 1 is out of range; cast to a wider type
line 1, column 8: SELECT c + 1 FROM n
                         ^^^^^

SELECT c * c FROM n
----
error: INTEGER overflow: 2147483647 * 2147483647 is out of range; cast to a wider type
line 1, column 8: SELECT c * c FROM n
                         ^^^^^

SELECT d + 1 FROM n
----
error: BIGINT overflow: 9223372036854775807 + 1 is out of range; cast to a wider type
line 1, column 8: SELECT d + 1 FROM n
                         ^^^^^

SELECT d - 2 FROM n
----
error: BIGINT overflow: -9223372036854775808 - 2 is out of range; cast to a wider type
line 1, column 8: SELECT d - 2 FROM n
                         ^^^^^

SELECT d * 2 FROM n
----
error: BIGINT overflow: 9223372036854775807 * 2 is out of range; cast to a wider type
line 1, column 8: SELECT d * 2 FROM n
                         ^^^^^

SELECT -d FROM n
----
error: BIGINT overflow: -(-9223372036854775808) is out of range
line 1, column 8: SELECT -d FROM n
                         ^^

SELECT d / -1 FROM n
----
error: BIGINT overflow: -9223372036854775808 / -1 is out of range; cast to a wider type
line 1, column 8: SELECT d / -1 FROM n
                         ^^^^^^

SELECT d % -1, d % 10, c / 2, c % 2 FROM n ORDER BY id
----
0	7	1073741823	1
0	-8	-1073741824	0
0	-7	3	1
0	0	0	0
NULL	NULL	NULL	NULL

SELECT r * r FROM n
----
inf
0.010000000707805157
0.0625
0.0
NULL

SELECT CAST(f AS REAL) FROM n
----
error: 1e+308 is out of the range of FLOAT
line 1, column 8: SELECT CAST(f AS REAL) FROM n
                         ^^^^^^^^^^^^^^^

SELECT r + r, r / 3, r = CAST(0.1 AS REAL), r = CAST(0.1 AS DOUBLE) FROM n WHERE id = 2
----
0.20000000298023224	0.033333333830038704	true	false

SELECT sum(d) FROM n WHERE id IN (1, 3)
----
9223372036854775800

SELECT sum(d) FROM n WHERE id <> 2 AND id <> 3 OR id = 3 AND d = -7
----
9223372036854775800

SELECT 1 / 0
----
error: division by zero
line 1, column 8: SELECT 1 / 0
                         ^^^^^

SELECT c / (id - 4) FROM n
----
error: division by zero
line 1, column 8: SELECT c / (id - 4) FROM n
                         ^^^^^^^^^^^^

SELECT c % (id - 4) FROM n
----
error: division by zero
line 1, column 8: SELECT c % (id - 4) FROM n
                         ^^^^^^^^^^^^

SELECT f / (id - 4) FROM n
----
error: division by zero
line 1, column 8: SELECT f / (id - 4) FROM n
                         ^^^^^^^^^^^^

SELECT id, c / 0 FROM n WHERE c IS NULL
----
5	NULL

# CASE and AND guard what stands behind them.
SELECT id, CASE WHEN c = 0 THEN -1 ELSE 100 / c END FROM n ORDER BY id
----
1	0
2	0
3	14
4	-1
5	NULL

SELECT id FROM n WHERE c <> 0 AND 100 / c > 10 ORDER BY id
----
3

SELECT id FROM n WHERE c = 0 OR 100 / c > 10 ORDER BY id
----
3
4

SELECT id, CASE WHEN c <> 0 AND 100 / c > 10 THEN 'big' ELSE 'small' END FROM n ORDER BY id
----
1	small
2	small
3	big
4	small
5	small

SELECT id, coalesce(nullif(c, 0) / nullif(c, 0), 7) FROM n ORDER BY id
----
1	1
2	1
3	1
4	7
5	7

SELECT sqrt(f) FROM n
----
error: sqrt of a negative number
line 1, column 8: SELECT sqrt(f) FROM n
                         ^^^^^^^

SELECT ln(f) FROM n WHERE id = 4
----
error: logarithm of zero or a negative number
line 1, column 8: SELECT ln(f) FROM n WHERE id = 4
                         ^^^^^

SELECT 7 / 2, -7 / 2, 7 % -2, -7 % 2, 7.0 / 2, 1.5 + 1, 1.5 * 1.5, 2 - 0.5
----
3	-3	1	-1	3.5	2.5	2.25	1.5

SELECT 2147483647 + 1
----
error: INTEGER overflow: 2147483647 + 1 is out of range; cast to a wider type
line 1, column 8: SELECT 2147483647 + 1
                         ^^^^^^^^^^^^^^

SELECT 9223372036854775807 + 1
----
error: BIGINT overflow: 9223372036854775807 + 1 is out of range; cast to a wider type
line 1, column 8: SELECT 9223372036854775807 + 1
                         ^^^^^^^^^^^^^^^^^^^^^^^
