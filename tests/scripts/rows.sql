# Rows of several values: comparisons with rows and with subqueries, DISTINCT, NULL tests.
CREATE TABLE a (x INTEGER, y TEXT)

INSERT INTO a VALUES (1, 'p'), (2, 'q'), (2, NULL), (NULL, 'p'), (3, 'ü')

CREATE TABLE b (k BIGINT, w TEXT)

INSERT INTO b VALUES (1, 'p'), (2, 'z'), (NULL, 'p'), (2, NULL)

CREATE TABLE empty (k INTEGER, w TEXT)

SELECT x, y, (x, y) = (SELECT 2, 'q'), (x, y) <> (SELECT 2, 'q'), (x, y) < (SELECT 2, 'q'), (x, y) >= (SELECT 2, 'q') FROM a ORDER BY 1, 2
----
1	p	false	true	true	false
2	q	true	false	false	true
2	NULL	NULL	NULL	NULL	NULL
3	ü	false	true	false	true
NULL	p	false	true	NULL	NULL

SELECT x FROM a WHERE (x, y) = (SELECT k, w FROM b WHERE k = 1)
----
1

SELECT x FROM a WHERE (SELECT k, w FROM b WHERE k = 1) = (x, y)
----
1

SELECT (1, 2) = (SELECT k, k FROM empty), (1, 2) IS DISTINCT FROM (SELECT k, k FROM empty)
----
NULL	true

SELECT x, (x, y) = (SELECT max(k), max(w) FROM b WHERE b.k = a.x) FROM a ORDER BY 1, y
----
1	true
2	false
2	NULL
3	NULL
NULL	NULL

SELECT (x, true) = (SELECT 2, x > 1) FROM a ORDER BY x, y
----
false
true
true
false
NULL

SELECT x FROM a WHERE (x, y) = (SELECT k, w FROM b)
----
error: more than one row returned by a subquery used as an expression
line 1, column 32: SELECT x FROM a WHERE (x, y) = (SELECT k, w FROM b)
                                                  ^^^^^^^^^^^^^^^^^^^^

SELECT x FROM a WHERE (x, y) = (SELECT k FROM b WHERE k = 1)
----
error: a row of 2 values is compared with one of 1
line 1, column 24: SELECT x FROM a WHERE (x, y) = (SELECT k FROM b WHERE k = 1)
                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT x FROM a WHERE (x, y) = (SELECT w, k FROM b WHERE k = 1)
----
error: operator = does not take INTEGER and TEXT together
line 1, column 24: SELECT x FROM a WHERE (x, y) = (SELECT w, k FROM b WHERE k = 1)
                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT x FROM a WHERE (x, y) = 1
----
error: a row of several values compared with other than a row is not supported yet
line 1, column 24: SELECT x FROM a WHERE (x, y) = 1
                                          ^^^^^^^^^

SELECT x FROM a WHERE (x, y) IN ((1, 'p'), (2, NULL), (SELECT 3, 'ü')) ORDER BY 1
----
1
3

SELECT x FROM a WHERE (x, y) IN (SELECT k, w FROM b)
----
1

SELECT x, (x, y) NOT IN (SELECT k, w FROM b) FROM a ORDER BY 1, y
----
1	false
2	NULL
2	NULL
3	true
NULL	NULL

SELECT (x, y) IN (SELECT k, w FROM empty), (x, y) NOT IN (SELECT k, w FROM empty) FROM a WHERE x = 3
----
false	true

SELECT (1, NULL) < (2, 1), (1, NULL) < (1, 1), (1, 2, 3) > (1, 2, NULL), (NULL, 1) = (NULL, 2), ROW(1, 2) <= ROW(1, 2)
----
true	NULL	NULL	false	true

SELECT (1, NULL) IS NULL, (NULL, NULL) IS NULL, (1, NULL) IS NOT NULL, (1, 2) IS NOT NULL, ROW(NULL, NULL) IS NOT NULL
----
false	true	false	true	false

# COUNT(DISTINCT (x, y)) counts rows with NULLs, as PostgreSQL; of several arguments, not, as MySQL.
SELECT count(DISTINCT (x, y)), count(DISTINCT x, y), count(DISTINCT (y, y)) FROM a
----
5	3	4

SELECT count(DISTINCT (k, w)) FROM empty
----
0

SELECT x, count(DISTINCT (y, x)) FILTER (WHERE y IS NOT NULL) FROM a GROUP BY x ORDER BY ALL
----
1	1
2	1
3	1
NULL	1

# ORDER BY ALL.
SELECT y, x FROM a ORDER BY ALL
----
p	1
p	NULL
q	2
ü	3
NULL	2

SELECT y, x FROM a ORDER BY ALL DESC NULLS LAST LIMIT 2
----
ü	3
q	2

SELECT DISTINCT y FROM a ORDER BY ALL
----
p
q
ü
NULL

SELECT y, count(*) AS n FROM a GROUP BY ALL ORDER BY ALL
----
p	2
q	1
ü	1
NULL	1

SELECT x FROM a UNION SELECT k FROM b ORDER BY ALL DESC
----
NULL
3
2
1

SELECT x AS "all" FROM a ORDER BY "all" LIMIT 1
----
1

SELECT x FROM a ORDER BY ALL, x
----
error: column ALL does not exist; there are x, y
line 1, column 26: SELECT x FROM a ORDER BY ALL, x
                                            ^^^

# LIMIT and OFFSET that a query gives.
SELECT * FROM a ORDER BY x, y LIMIT (SELECT 2)
----
1	p
2	q

SELECT * FROM a ORDER BY x DESC, y LIMIT (SELECT count(*) - 1 FROM b) OFFSET (SELECT min(k) FROM b)
----
3	ü
2	q
2	NULL

SELECT x FROM a ORDER BY y DESC NULLS LAST, x LIMIT (SELECT NULL::INTEGER) OFFSET (SELECT 3)
----
NULL
2

SELECT x FROM a ORDER BY x OFFSET (SELECT 3) ROWS FETCH NEXT (SELECT 1) ROW ONLY
----
3

SELECT x FROM a UNION ALL SELECT k FROM b ORDER BY 1 LIMIT (SELECT 2) OFFSET (SELECT 1)
----
1
2

SELECT y, sum(x) FROM a GROUP BY y ORDER BY y LIMIT (SELECT 2)
----
p	1
q	2

SELECT count(*) FROM (SELECT 1 FROM a LIMIT (SELECT count(*) FROM empty)) AS q
----
0

SELECT x FROM a LIMIT (SELECT k FROM empty) OFFSET (SELECT k FROM empty) + 5
----
1
2
2
NULL
3

SELECT x FROM a LIMIT (SELECT x FROM a)
----
error: more than one row returned by a subquery used as an expression
line 1, column 23: SELECT x FROM a LIMIT (SELECT x FROM a)
                                         ^^^^^^^^^^^^^^^^^

SELECT x FROM a LIMIT (SELECT -1)
----
error: LIMIT and OFFSET take no negative number
line 1, column 23: SELECT x FROM a LIMIT (SELECT -1)
                                         ^^^^^^^^^^^

SELECT x FROM a LIMIT (SELECT 'two')
----
error: LIMIT takes a number of rows, not TEXT
line 1, column 23: SELECT x FROM a LIMIT (SELECT 'two')
                                         ^^^^^^^^^^^^^^

SELECT x FROM a ORDER BY x FETCH FIRST (SELECT 1) ROWS WITH TIES
----
error: a subquery in FETCH is not supported yet
line 1, column 40: SELECT x FROM a ORDER BY x FETCH FIRST (SELECT 1) ROWS WITH TIES
                                                          ^^^^^^^^^^

# LATERAL VALUES.
SELECT a.x, v.n FROM a CROSS JOIN LATERAL (VALUES (a.x), (a.x + 1)) AS v(n) WHERE x < 3 ORDER BY ALL
----
1	1
1	2
2	2
2	2
2	3
2	3
