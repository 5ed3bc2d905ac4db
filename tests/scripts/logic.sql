# Three-valued logic, CASE, IN and BETWEEN.
CREATE TABLE l (id INTEGER, a BOOLEAN, b BOOLEAN, x INTEGER, y INTEGER)

INSERT INTO l VALUES (1, TRUE, TRUE, 1, 1), (2, TRUE, FALSE, 1, 2), (3, TRUE, NULL, 1, NULL), (4, FALSE, TRUE, 2, 1), (5, FALSE, FALSE, 3, 3), (6, FALSE, NULL, NULL, 1), (7, NULL, TRUE, NULL, NULL), (8, NULL, FALSE, 4, 1), (9, NULL, NULL, 0, 0)

SELECT id, a AND b, a OR b, NOT a, a = b, a IS NULL, a IS DISTINCT FROM b, a IS NOT TRUE FROM l ORDER BY id
----
1	true	true	false	true	false	false	false
2	false	true	false	false	false	true	false
3	NULL	true	false	NULL	false	true	false
4	false	true	true	false	false	true	true
5	false	false	true	true	false	false	true
6	false	NULL	true	NULL	false	true	true
7	NULL	true	NULL	NULL	true	true	true
8	false	NULL	NULL	NULL	true	true	true
9	NULL	NULL	NULL	NULL	true	false	true

SELECT id FROM l WHERE a AND b
----
1

SELECT id FROM l WHERE NOT (a AND b) ORDER BY id
----
2
4
5
6
8

SELECT id FROM l WHERE (a OR b) IS NULL ORDER BY id
----
6
8
9

SELECT id, x = y, x <> y, x < y, x IS DISTINCT FROM y, x IS NOT DISTINCT FROM y FROM l ORDER BY id
----
1	true	false	false	false	true
2	false	true	true	true	false
3	NULL	NULL	NULL	true	false
4	false	true	false	true	false
5	true	false	false	false	true
6	NULL	NULL	NULL	true	false
7	NULL	NULL	NULL	false	true
8	false	true	false	true	false
9	true	false	false	false	true

SELECT id, x IN (1, 2), x NOT IN (1, 2), x IN (1, NULL), x NOT IN (1, NULL), a IN (TRUE, FALSE) FROM l ORDER BY id
----
1	true	false	true	false	true
2	true	false	true	false	true
3	true	false	true	false	true
4	true	false	NULL	NULL	true
5	false	true	NULL	NULL	true
6	NULL	NULL	NULL	NULL	true
7	NULL	NULL	NULL	NULL	NULL
8	false	true	NULL	NULL	NULL
9	false	true	NULL	NULL	NULL

SELECT id FROM l WHERE x NOT IN (1, NULL)
----

SELECT id, x BETWEEN 1 AND 3, x NOT BETWEEN y AND 3 FROM l ORDER BY id
----
1	true	false
2	true	true
3	true	NULL
4	true	false
5	true	false
6	NULL	NULL
7	NULL	NULL
8	false	true
9	false	false

SELECT id, CASE x WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END, CASE WHEN a THEN x WHEN b THEN y END FROM l ORDER BY id
----
1	one	1
2	one	1
3	one	1
4	two	1
5	many	NULL
6	many	NULL
7	many	NULL
8	many	NULL
9	many	NULL

SELECT id, coalesce(x, y, -1), nullif(x, y), greatest(x, y), least(x, y) FROM l ORDER BY id
----
1	1	NULL	1	1
2	1	1	2	1
3	1	1	1	1
4	2	2	2	1
5	3	NULL	3	3
6	1	NULL	1	1
7	-1	NULL	NULL	NULL
8	4	4	4	1
9	0	NULL	0	0

SELECT count(*), count(a), count(x), sum(CASE WHEN a THEN 1 ELSE 0 END) FROM l
----
9	6	7	3

SELECT a, b, count(*) FROM l GROUP BY a, b ORDER BY a NULLS FIRST, b NULLS FIRST
----
NULL	NULL	1
NULL	false	1
NULL	true	1
false	NULL	1
false	false	1
false	true	1
true	NULL	1
true	false	1
true	true	1

SELECT id FROM l WHERE x
----
error: WHERE takes a BOOLEAN, not INTEGER
line 1, column 24: SELECT id FROM l WHERE x
                                          ^

SELECT a + 1 FROM l
----
error: operator + does not take BOOLEAN and INTEGER
line 1, column 8: SELECT a + 1 FROM l
                         ^^^^^
