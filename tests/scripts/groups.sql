# Groups: none, by direct addressing, hashed; NULL, float and text keys; many groups.
CREATE TABLE g (id INTEGER, k INTEGER, big BIGINT, x DOUBLE, s TEXT, b BOOLEAN, v DECIMAL(8,2))

INSERT INTO g VALUES (1, 1, 9000000000000000000, 0.5, 'a', TRUE, 1.50), (2, 1, -9000000000000000000, -0.0, 'b', FALSE, 2.25), (3, NULL, 9000000000000000000, 0.0, NULL, NULL, NULL), (4, 2, NULL, CAST('NaN' AS DOUBLE), 'a', TRUE, -1), (5, NULL, NULL, CAST('NaN' AS DOUBLE), 'a', NULL, 7), (6, 2, 5, NULL, '', FALSE, 0)

SELECT count(*), count(k), sum(k), avg(v), min(x), max(x), min(s), max(s), sum(v) FROM g
----
6	4	6	1.95	0.0	nan	''	b	9.75

SELECT count(*), sum(k), min(s) FROM g WHERE id > 100
----
0	NULL	NULL

SELECT k, count(*), sum(v), avg(v), min(id) FROM g GROUP BY k ORDER BY k
----
1	2	3.75	1.875	1
2	2	-1.00	-0.5	4
NULL	2	7.00	7.0	3

SELECT big, count(*), sum(x) FROM g WHERE x = x AND x < 100 GROUP BY big ORDER BY big
----
-9000000000000000000	1	0.0
9000000000000000000	2	0.5

SELECT x, count(*) FROM g GROUP BY x ORDER BY x
----
0.0	2
0.5	1
nan	2
NULL	1

SELECT s, b, count(*), max(v) FROM g GROUP BY s, b ORDER BY s, b
----
''	false	1	0.00
a	true	2	1.50
a	NULL	1	7.00
b	false	1	2.25
NULL	NULL	1	NULL

SELECT b, s, k, count(*) FROM g GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
----
false	''	2	1
false	b	1	1
true	a	1	1
true	a	2	1
NULL	a	NULL	1
NULL	NULL	NULL	1

SELECT k + 1, k * 2 FROM g GROUP BY k + 1, k * 2 ORDER BY 1
----
2	2
3	4
NULL	NULL

SELECT k, count(DISTINCT s), count(DISTINCT big), sum(DISTINCT k) FROM g GROUP BY k ORDER BY k
----
1	2	2	1
2	2	1	2
NULL	1	1	NULL

SELECT count(DISTINCT x), count(DISTINCT b), count(DISTINCT s) FROM g
----
3	2	3

SELECT k FROM g GROUP BY k HAVING sum(v) > 0 ORDER BY k
----
1
NULL

SELECT sum(v) * 2 + count(*), max(k) - min(k) FROM g
----
25.50	1

SELECT DISTINCT k, b FROM g ORDER BY k, b
----
1	false
1	true
2	false
2	true
NULL	NULL

# Each join doubles the keys' number: a table of groups that must grow.
CREATE TABLE ten AS SELECT k FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS v (k)

SELECT count(*), sum(n), min(key), max(key) FROM (SELECT CAST(a.k * 1000 + b.k * 100 + c.k * 10 + d.k AS BIGINT) * 1000000007 AS key, count(*) AS n FROM ten a, ten b, ten c, ten d GROUP BY 1) AS t
----
10000	10000	0	9999000069993

SELECT key % 3, count(*) FROM (SELECT a.k + b.k * c.k AS key FROM ten a, ten b, ten c) AS t GROUP BY key % 3 ORDER BY 1
----
0	364
1	318
2	318

SELECT k, v FROM g GROUP BY k
----
error: column v is neither in GROUP BY nor inside an aggregate; add it to GROUP BY or take min(v)
line 1, column 11: SELECT k, v FROM g GROUP BY k
                             ^

SELECT sum(s) FROM g
----
error: sum does not take TEXT
line 1, column 8: SELECT sum(s) FROM g
                         ^^^^^^

SELECT k FROM g WHERE sum(k) > 1
----
error: an aggregate cannot stand in WHERE
line 1, column 23: SELECT k FROM g WHERE sum(k) > 1
                                         ^^^^^^

# Rounded floats are whole numbers, whose places statistics bound; not where NaN or infinity are.
CREATE TABLE halves AS SELECT * FROM (VALUES (1.5e0, 1), (2.5e0, 2), (-0.4e0, 3), (0.4e0, 4), (NULL, 5), (-2.5e0, 6), (1e0, 7)) AS v (x, n)

SELECT round(x), count(*), sum(n) FROM halves GROUP BY 1 ORDER BY 1
----
-2.0	1	6
0.0	2	7
1.0	1	7
2.0	2	3
NULL	1	5

SELECT floor(x), ceil(x), trunc(x), count(*) FROM halves WHERE n < 7 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
----
-3.0	-2.0	-2.0	1
-1.0	0.0	0.0	1
0.0	1.0	0.0	1
1.0	2.0	1.0	1
2.0	3.0	2.0	1
NULL	NULL	NULL	1

SELECT DISTINCT round(x) FROM halves ORDER BY 1
----
-2.0
0.0
1.0
2.0
NULL

INSERT INTO halves VALUES (CAST('nan' AS DOUBLE), 8)

SELECT round(x), count(*) FROM halves WHERE n > 6 GROUP BY 1 ORDER BY 1
----
1.0	1
nan	1

INSERT INTO halves VALUES (CAST('-infinity' AS DOUBLE), 9)

SELECT round(x), count(*) FROM halves WHERE n > 6 GROUP BY 1 ORDER BY 1
----
-inf	1
1.0	1
nan	1

CREATE TABLE thirds AS SELECT CAST(i AS REAL) / 3 AS x, i FROM generate_series(-4, 4) AS g (i)

SELECT floor(x), count(*), min(i) FROM thirds GROUP BY 1 ORDER BY 1
----
-2.0	1	-4
-1.0	3	-3
0.0	3	0
1.0	2	3
