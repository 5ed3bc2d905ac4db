# Joins: inner, left, cross; one and several keys; NULL keys; further conditions.
CREATE TABLE a (id INTEGER, k INTEGER, s TEXT, x DOUBLE)

CREATE TABLE b (id INTEGER, k INTEGER, s TEXT, x DOUBLE)

CREATE TABLE none (id INTEGER, k INTEGER)

INSERT INTO a VALUES (1, 1, 'x', 0.5), (2, 2, 'y', CAST('NaN' AS DOUBLE)), (3, 2, 'z', -0.0), (4, NULL, NULL, NULL), (5, 9, 'x', 7)

INSERT INTO b VALUES (10, 1, 'y', 0.5), (20, 2, 'x', 0.0), (30, 2, 'x', CAST('NaN' AS DOUBLE)), (40, NULL, NULL, NULL), (50, 3, 'é', 1)

SELECT a.id, b.id FROM a JOIN b ON a.k = b.k ORDER BY 1, 2
----
1	10
2	20
2	30
3	20
3	30

SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k ORDER BY 1, 2
----
1	10
2	20
2	30
3	20
3	30
4	NULL
5	NULL

SELECT a.id, b.id FROM a JOIN b ON a.s = b.s ORDER BY 1, 2
----
1	20
1	30
2	10
5	20
5	30

SELECT a.id, b.id FROM a JOIN b ON a.x = b.x ORDER BY 1, 2
----
1	10
2	30
3	20

SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k AND a.s = b.s ORDER BY 1, 2
----
1	NULL
2	NULL
3	NULL
4	NULL
5	NULL

SELECT a.id, b.id FROM a JOIN b ON a.k + 1 = b.k AND b.id > 15 ORDER BY 1, 2
----
1	20
1	30
2	50
3	50

SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k AND b.id > 25 AND a.id < 3 ORDER BY 1, 2
----
1	NULL
2	30
3	NULL
4	NULL
5	NULL

SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k WHERE b.id IS NULL ORDER BY 1
----
4	NULL
5	NULL

SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k AND a.x < b.x ORDER BY 1, 2
----
1	NULL
2	NULL
3	30
4	NULL
5	NULL

SELECT a.id, b.id FROM a, b WHERE a.k < b.k ORDER BY 1, 2
----
1	20
1	30
1	50
2	50
3	50

SELECT count(*) FROM a CROSS JOIN b
----
25

SELECT k, a.id, b.id FROM a JOIN b USING (k) ORDER BY 2, 3
----
1	1	10
2	2	20
2	2	30
2	3	20
2	3	30

SELECT a.id, none.id FROM a LEFT JOIN none ON a.k = none.k ORDER BY 1
----
1	NULL
2	NULL
3	NULL
4	NULL
5	NULL

SELECT count(*) FROM a JOIN none ON a.k = none.k
----
0

SELECT a.s, count(*), sum(b.id) FROM a LEFT JOIN b ON a.s = b.s GROUP BY a.s ORDER BY 1
----
x	4	100
y	1	10
z	1	NULL
NULL	1	NULL

SELECT x.id, y.id, z.id FROM a x JOIN a y ON x.k = y.k LEFT JOIN b z ON z.s = y.s AND z.k = 2 ORDER BY 1, 2, 3
----
1	1	20
1	1	30
2	2	NULL
2	3	NULL
3	2	NULL
3	3	NULL
5	5	20
5	5	30

SELECT a.id, t.n FROM a LEFT JOIN (SELECT k, count(*) AS n FROM b GROUP BY k) AS t ON t.k = a.k ORDER BY 1
----
1	1
2	2
3	2
4	NULL
5	NULL

SELECT id FROM a JOIN b ON a.k = b.k
----
error: column id is ambiguous: it may be a.id and b.id
line 1, column 8: SELECT id FROM a JOIN b ON a.k = b.k
                         ^^

SELECT a.id FROM a RIGHT JOIN b ON a.k = b.k
----
1
2
3
2
3
NULL
NULL

SELECT a.id FROM a JOIN b ON a.s = b.k
----
error: operator = does not take TEXT and INTEGER together
line 1, column 30: SELECT a.id FROM a JOIN b ON a.s = b.k
                                                ^^^^^^^^^
