# Parts of queries: rows of values, LIMIT and FETCH, samples, VALUES, aliases, SEMI and ANTI JOIN.
CREATE TABLE t (a INTEGER, b INTEGER, s TEXT)

INSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'y'), (3, NULL, 'z'), (NULL, 40, NULL), (2, 21, 'é')

# The first pair that is not equal decides; a NULL before that leaves it open.
SELECT a, b, (a, b) = (2, 20), (a, b) <> (2, 20), (a, b) < (2, 21), (a, b) <= (2, 20), (a, b) > (2, 20), (a, b) >= (3, 1)
FROM t ORDER BY a, b
----
1	10	false	true	true	true	false	false
2	20	true	false	true	true	false	false
2	21	false	true	false	false	true	false
3	NULL	false	true	false	false	true	NULL
NULL	40	false	true	NULL	NULL	NULL	NULL

SELECT (1, NULL) < (2, 0), (1, NULL) < (1, 0), (NULL, 1) = (NULL, 2), (1, 2, 3) > (1, 2, 2), ROW(1, 'a') = ROW(1, 'a')
----
true	NULL	false	true	true

SELECT (a, b) IS DISTINCT FROM (NULL, 40), (a, b) IS NOT DISTINCT FROM (3, NULL) FROM t ORDER BY a, b
----
true	false
true	false
true	false
true	true
false	false

SELECT a, b FROM t WHERE (a, b) IN ((1, 10), (2, 20), (9, 9)) ORDER BY a
----
1	10
2	20

SELECT a, b FROM t WHERE (a, s) NOT IN ((1, 'x'), (2, 'z')) ORDER BY a, b
----
2	20
2	21
3	NULL

SELECT a, b FROM t WHERE (a, b) IN (VALUES (1, 10), (2, 21)) ORDER BY a
----
1	10
2	21

SELECT a FROM t WHERE a IN (VALUES (1), (NULL))
----
1

SELECT a, b, (a, b) IN (SELECT a, b FROM t WHERE a > 1) FROM t ORDER BY a, b
----
1	10	false
2	20	true
2	21	true
3	NULL	NULL
NULL	40	NULL

SELECT (a, b) = (1, 2, 3) FROM t
----
error: a row of 2 values is compared with one of 3
line 1, column 9: SELECT (a, b) = (1, 2, 3) FROM t
                          ^^^^^^^^^^^^^^^^

SELECT (a, b) = 1 FROM t
----
error: a row of several values compared with other than a row is not supported yet
line 1, column 9: SELECT (a, b) = 1 FROM t
                          ^^^^^^^^^

SELECT (a, b) FROM t
----
error: a row of several values is not supported yet
line 1, column 9: SELECT (a, b) FROM t
                          ^^^^

# ANY, SOME and ALL with every operator.
SELECT a, a = ANY (SELECT b / 10 FROM t), a <> ANY (SELECT 2), a < SOME (SELECT 2), a <= ALL (SELECT 2), a > ALL (SELECT a FROM t), a >= ANY (SELECT a FROM t WHERE FALSE), a <> ALL (SELECT 1)
FROM t ORDER BY a
----
1	true	true	true	true	false	false	false
2	true	false	false	true	false	false	true
2	true	false	false	true	false	false	true
3	NULL	true	false	false	false	false	true
NULL	NULL	NULL	NULL	NULL	NULL	false	NULL

SELECT a, b, (a, b) < ANY (SELECT 2, 21), (a, b) >= ALL (SELECT a, b FROM t WHERE a = 2), (a, b) <> ANY (SELECT a, b FROM t), (a, b) <> ALL (SELECT 1, 10), (a, b) = ALL (SELECT a, b FROM t WHERE FALSE)
FROM t ORDER BY a, b
----
1	10	true	false	true	false	true
2	20	true	false	true	true	true
2	21	false	true	true	true	true
3	NULL	false	true	true	true	true
NULL	40	NULL	NULL	true	true	true

SELECT x.a, x.b FROM t x WHERE (a, b) >= ALL (SELECT a, b FROM t WHERE a = x.a) ORDER BY x.a
----
1	10
2	21
NULL	40

# LIMIT and FETCH.
SELECT a FROM t ORDER BY a LIMIT 1 + 4 / 2
----
1
2
2

# parameters (2, 1)
SELECT a FROM t ORDER BY a LIMIT ? OFFSET ?
----
2
2

SELECT a FROM t ORDER BY a LIMIT NULL OFFSET 3
----
3
NULL

SELECT a FROM t ORDER BY a FETCH NEXT ROW ONLY
----
1

SELECT a FROM t ORDER BY a OFFSET 1 ROW FETCH FIRST 2 ROWS ONLY
----
2
2

SELECT a, b FROM t ORDER BY a FETCH FIRST 2 ROWS WITH TIES
----
1	10
2	20
2	21

SELECT a FROM t ORDER BY a DESC FETCH FIRST 1 ROW WITH TIES
----
NULL

SELECT a FROM t ORDER BY a OFFSET 2 FETCH FIRST 1 ROW WITH TIES
----
2

SELECT a FROM t ORDER BY s FETCH FIRST 9 ROWS WITH TIES
----
1
2
3
2
NULL

SELECT a FROM t ORDER BY a FETCH FIRST 0 ROWS WITH TIES
----

SELECT a FROM t ORDER BY a LIMIT 50 PERCENT
----
1
2

SELECT a FROM t ORDER BY a FETCH FIRST 66.6 PERCENT ROWS ONLY
----
1
2
2

SELECT count(*) FROM (SELECT a FROM t LIMIT 0%) x
----
0

SELECT a FROM t FETCH FIRST 1 ROW WITH TIES
----
error: WITH TIES needs ORDER BY
line 1, column 29: SELECT a FROM t FETCH FIRST 1 ROW WITH TIES
                                               ^

SELECT a FROM t LIMIT 101 PERCENT
----
error: a percentage lies between 0 and 100, not 101
line 1, column 23: SELECT a FROM t LIMIT 101 PERCENT
                                         ^^^

SELECT a FROM t LIMIT a
----
error: column a does not exist
line 1, column 23: SELECT a FROM t LIMIT a
                                         ^

SELECT a FROM t LIMIT -1
----
error: LIMIT takes a number of rows, not -1
line 1, column 23: SELECT a FROM t LIMIT -1
                                         ^^

SELECT (SELECT x.a FROM t x WHERE x.a = t.a ORDER BY x.b FETCH FIRST 1 ROW WITH TIES) FROM t
----
error: WITH TIES or PERCENT in a subquery that reads outer columns is not supported yet
line 1, column 8: SELECT (SELECT x.a FROM t x WHERE x.a = t.a ORDER BY x.b FETCH FIRST 1 ROW WITH TIES) FROM t
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

EXPLAIN SELECT a FROM t ORDER BY a FETCH FIRST 1 ROW WITH TIES
----
Sort a first 1 with ties
  Project a
    Scan t (a)

# A sample of all or nothing is certain; a seed gives the same rows again.
SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100)
----
5

SELECT count(*) FROM t TABLESAMPLE SYSTEM (0)
----
0

SELECT count(*) FROM t AS x TABLESAMPLE (3 ROWS) WHERE x.a IS NULL OR x.a > 0
----
3

SELECT count(*) FROM t TABLESAMPLE (9 ROWS) REPEATABLE (1)
----
5

SELECT a.n = b.n FROM (SELECT sum(b) AS n FROM t TABLESAMPLE BERNOULLI (40) REPEATABLE (7)) a, (SELECT sum(b) AS n FROM t TABLESAMPLE BERNOULLI (40) REPEATABLE (7)) b
----
true

SELECT a FROM t TABLESAMPLE BERNOULLI (101)
----
error: a percentage lies between 0 and 100, not 101
line 1, column 40: SELECT a FROM t TABLESAMPLE BERNOULLI (101)
                                                          ^^^

SELECT a FROM t TABLESAMPLE CLUSTERED (1)
----
error: TABLESAMPLE CLUSTERED is not known; there are BERNOULLI and SYSTEM
line 1, column 40: SELECT a FROM t TABLESAMPLE CLUSTERED (1)
                                                          ^

WITH x AS (SELECT 1 AS a) SELECT a FROM x TABLESAMPLE (1)
----
error: TABLESAMPLE of other than a table or a file is not supported yet
line 1, column 56: WITH x AS (SELECT 1 AS a) SELECT a FROM x TABLESAMPLE (1)
                                                                          ^

# VALUES stands wherever a query does; names of columns where a table does.
VALUES (1, 'a'), (2, NULL)
----
1	a
2	NULL

VALUES (3), (1), (2) ORDER BY 1 LIMIT 2
----
1
2

SELECT v.x, y FROM (VALUES (1, 'a'), (2, 'b')) AS v (x, y) WHERE x > 1
----
2	b

SELECT column1 FROM (VALUES (1), (2)) v ORDER BY 1 DESC
----
2
1

SELECT q.x, c FROM t AS q (x, y) JOIN (VALUES (2, 0.5)) v (d, c) ON x = d AND y > 20
----
2	0.5

SELECT x FROM t q (x, y, z, more)
----
error: q has 3 columns, not 4
line 1, column 29: SELECT x FROM t q (x, y, z, more)
                                               ^^^^

VALUES (1), (1, 2)
----
error: this row has 2 values, the first has 1
line 1, column 14: VALUES (1), (1, 2)
                                ^^^^

TABLE t ORDER
----
error: syntax error at ORDER: expected the end of the statement
line 1, column 9: TABLE t ORDER
                          ^^^^^

SELECT count(*) FROM t JOIN (SELECT 1) x
----
error: JOIN needs ON or USING (or write CROSS JOIN)
line 1, column 29: SELECT count(*) FROM t JOIN (SELECT 1) x
                                               ^^^^^^^^^^^^

# Aliases, where no column has the name.
SELECT a + b AS c FROM t WHERE c > 20 ORDER BY c
----
22
23

SELECT a AS k, count(*) AS n FROM t GROUP BY k HAVING n > 1 ORDER BY k
----
2	2

SELECT a * 2 AS c, c + 1 AS d, d || '!' AS e FROM t WHERE d < 6 ORDER BY c
----
2	3	3!
4	5	5!
4	5	5!

# A column goes before an alias in WHERE, an alias before a column in ORDER BY.
SELECT -a AS b, s FROM t WHERE b > 15 ORDER BY b
----
-2	y
-2	é
NULL	NULL

# SEMI and ANTI JOIN.
SELECT a, b FROM t SEMI JOIN (VALUES (2), (2)) v (x) ON a = x ORDER BY b
----
2	20
2	21

SELECT a, b FROM t ANTI JOIN (VALUES (2), (NULL)) v (a) USING (a) ORDER BY a, b
----
1	10
3	NULL
NULL	40

SELECT v.x FROM t ANTI JOIN (VALUES (2)) v (x) ON a > x
----
error: table v is not in FROM; there are t
line 1, column 8: SELECT v.x FROM t ANTI JOIN (VALUES (2)) v (x) ON a > x
                         ^^^

SELECT a FROM t BETWEEN SYMMETRIC 3 AND 2
----
error: syntax error at BETWEEN
line 1, column 17: SELECT a FROM t BETWEEN SYMMETRIC 3 AND 2
                                   ^^^^^^^

SELECT a FROM t WHERE a BETWEEN SYMMETRIC 3 AND 2 ORDER BY a
----
2
2
3

SELECT 7 / 2, -7 / 2, 7 / -2, 8 / -2, 1 / 2
----
3	-3	-3	-4	0
