# Set operations and grouping sets; NULLs count as equal.
CREATE TABLE p (a INTEGER, b TEXT)

CREATE TABLE q (a BIGINT, b TEXT)

INSERT INTO p VALUES (1, 'x'), (1, 'x'), (2, 'y'), (NULL, NULL)

INSERT INTO q VALUES (1, 'x'), (3, 'z'), (NULL, NULL), (NULL, NULL)

SELECT a, b FROM p UNION SELECT a, b FROM q ORDER BY a
----
1	x
2	y
3	z
NULL	NULL

SELECT a, b FROM p UNION ALL SELECT a, b FROM q ORDER BY a, b LIMIT 4
----
1	x
1	x
1	x
2	y

SELECT a, b FROM p INTERSECT ALL SELECT a, b FROM q ORDER BY a
----
1	x
NULL	NULL

SELECT a, b FROM p EXCEPT SELECT a, b FROM q ORDER BY a
----
2	y

SELECT a, b FROM p EXCEPT ALL SELECT a, b FROM q ORDER BY a
----
1	x
2	y

SELECT a FROM p UNION ALL SELECT 0.5 ORDER BY a
----
0.5
1.0
1.0
2.0
NULL

SELECT a FROM p UNION SELECT b FROM q
----
error: column a of UNION does not take INTEGER and TEXT together
line 1, column 23: SELECT a FROM p UNION SELECT b FROM q
                                         ^^^^^^^^^^^^^^^

SELECT a FROM p UNION SELECT a, b FROM q
----
error: UNION: the first query has 1 columns, this one 2
line 1, column 23: SELECT a FROM p UNION SELECT a, b FROM q
                                         ^^^^^^^^^^^^^^^^^^

SELECT a, b, count(*), GROUPING(a, b) FROM p GROUP BY ROLLUP (a, b) ORDER BY 4, a, b
----
1	x	2	0
2	y	1	0
NULL	NULL	1	0
1	NULL	2	1
2	NULL	1	1
NULL	NULL	1	1
NULL	NULL	4	3

SELECT count(*) FROM p WHERE FALSE GROUP BY CUBE (a)
----
0

SELECT p.a, q.a FROM p FULL JOIN q ON p.a = q.a ORDER BY p.a, q.a
----
1	1
1	1
2	NULL
NULL	3
NULL	NULL
NULL	NULL
NULL	NULL

EXPLAIN SELECT a FROM p WHERE a > 1 UNION SELECT a FROM q
----
Aggregate by a
  Union all (a)
    Project CAST(a AS BIGINT) AS a
      Filter a > 1
        Scan p (a) zones 2 <= a
    Project a
      Scan q (a)
