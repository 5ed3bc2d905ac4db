# WITH RECURSIVE, and CTEs that are read more than once.
CREATE TABLE edges (src INTEGER, dst INTEGER)

CREATE TABLE staff (id INTEGER, boss INTEGER, name TEXT)

INSERT INTO edges VALUES (1, 2), (2, 3), (3, 1), (3, 4), (5, 6), (NULL, 1), (6, NULL)

INSERT INTO staff VALUES (1, NULL, 'ann'), (2, 1, 'bob'), (3, 1, 'cé'), (4, 2, 'dan'), (5, 4, 'eve')

WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r
----
1
2
3
4
5

# A thousand rounds.
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 1000)
SELECT count(*), sum(n) FROM r
----
1000	500500

# UNION comes to an end in a circle; NULLs count as equal.
WITH RECURSIVE r (a) AS (SELECT 1 UNION SELECT dst FROM r JOIN edges ON src = a) SELECT a FROM r ORDER BY a
----
1
2
3
4

WITH RECURSIVE r (a) AS (SELECT src FROM edges UNION SELECT dst FROM r JOIN edges ON src = a)
SELECT a FROM r ORDER BY a
----
1
2
3
4
5
6
NULL

WITH RECURSIVE r (a, depth) AS (SELECT 1, 0 UNION ALL SELECT dst, depth + 1 FROM r, edges WHERE src = a AND depth < 4)
SELECT a, depth FROM r ORDER BY depth, a
----
1	0
2	1
3	2
1	3
4	3
2	4

WITH RECURSIVE c (id, path, depth) AS (
  SELECT id, name, 0 FROM staff WHERE boss IS NULL
  UNION ALL
  SELECT staff.id, c.path || '/' || staff.name, depth + 1 FROM staff JOIN c ON staff.boss = c.id)
SELECT id, path, depth FROM c ORDER BY id
----
1	ann	0
2	ann/bob	1
3	ann/cé	1
4	ann/bob/dan	2
5	ann/bob/dan/eve	3

# No row at first: no round.
WITH RECURSIVE r (n) AS (SELECT 1 WHERE FALSE UNION ALL SELECT n + 1 FROM r) SELECT n FROM r
----

# LIMIT ends rounds that have no end.
WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n * 10 FROM r LIMIT 2 OFFSET 1
----
20
30

WITH RECURSIVE f (a, b) AS (SELECT 0::BIGINT, 1::BIGINT UNION ALL SELECT b, a + b FROM f) SELECT max(a) FROM f
----
error: BIGINT overflow: 4660046610375530309 + 7540113804746346429 is out of range; cast to a wider type
line 1, column 77: WITH RECURSIVE f (a, b) AS (SELECT 0::BIGINT, 1::BIGINT UNION ALL SELECT b, a + b FROM f) SELECT max(a) FROM f
                                                                                               ^^^^^

# A column's type holds what every round gives.
WITH RECURSIVE t (x) AS (SELECT 1 UNION ALL SELECT x + 0.5 FROM t WHERE x < 2.5) SELECT x FROM t
----
1.0
1.5
2.0
2.5

WITH RECURSIVE t (x, s) AS (SELECT 1, NULL UNION ALL SELECT x + 1, 'a' || x FROM t WHERE x < 3) SELECT x, s FROM t
----
1	NULL
2	a1
3	a2

WITH RECURSIVE t (x, s) AS (SELECT 1, NULL UNION ALL SELECT x + 1, x FROM t WHERE x < 3) SELECT x, s FROM t
----
1	NULL
2	1
3	2

WITH RECURSIVE t (x) AS (SELECT 1 UNION SELECT x / 2e0 FROM t WHERE x > 0.2) SELECT x FROM t
----
1.0
0.5
0.25
0.125

WITH RECURSIVE t (x) AS (SELECT 0e0 UNION SELECT -x FROM t) SELECT count(*) FROM t
----
1

WITH RECURSIVE t (d) AS (SELECT DATE '2024-02-28' UNION ALL SELECT d + 1 FROM t WHERE d < DATE '2024-03-01') SELECT d FROM t
----
2024-02-28
2024-02-29
2024-03-01

# Several of them, one reading the other; one that is not recursive.
WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 3), s AS (SELECT 10 AS ten),
  b (m) AS (SELECT n * ten FROM a, s UNION ALL SELECT m + 1 FROM b WHERE m % 10 < 1)
SELECT n, m FROM a, b WHERE m > 20 ORDER BY n, m
----
1	21
1	30
1	31
2	21
2	30
2	31
3	21
3	30
3	31

# Each reference sees all rows.
WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 4)
SELECT x.n, y.n FROM r x JOIN r y ON x.n = y.n + 1 ORDER BY x.n
----
2	1
3	2
4	3

SELECT id, (WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT sum(n) FROM r) FROM staff WHERE id < 3
----
1	6
2	6

# A recursive query inside a recursive one.
WITH RECURSIVE o (n) AS (SELECT 1 UNION ALL SELECT o.n + 1 FROM o, (
  WITH RECURSIVE i (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM i WHERE k < 2) SELECT max(k) AS k FROM i) x
  WHERE o.n < 2 * x.k)
SELECT n FROM o
----
1
2
3
4

WITH RECURSIVE r (id, boss) AS (
  SELECT id, boss FROM staff WHERE id = 5
  UNION ALL
  SELECT staff.id, staff.boss FROM r LEFT JOIN staff ON r.boss = staff.id WHERE r.id IS NOT NULL)
SELECT id, boss FROM r
----
5	4
4	2
2	1
1	NULL
NULL	NULL

WITH RECURSIVE r (n) AS (VALUES (1), (2) UNION ALL SELECT DISTINCT n + 2 FROM r WHERE n < 5 AND EXISTS (SELECT 1 FROM staff WHERE staff.id = r.n))
SELECT n FROM r ORDER BY n
----
1
2
3
4
5
6

INSERT INTO edges WITH RECURSIVE r (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM r WHERE n < 102) SELECT n, NULL FROM r

SELECT count(*) FROM edges
----
10

EXPLAIN WITH RECURSIVE r (a) AS (SELECT 1 UNION SELECT dst FROM r JOIN edges ON src = a) SELECT a FROM r WHERE a > 1
----
Project a
  Filter a > 1
    Iterate r distinct (a)
      Project 1
        Values () 1 row
      Project dst
        Join inner on a = src
          Last round (a)
          Scan edges (src, dst)

# What is refused, and where.
WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT r.n + 1 FROM r, r AS s WHERE r.n < 5) SELECT n FROM r
----
error: r twice in its recursive part is not supported yet
line 1, column 68: WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT r.n + 1 FROM r, r AS s WHERE r.n < 5) SELECT n FROM r
                                                                                      ^^^^^^

WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT max(n) + 1 FROM r WHERE n < 5) SELECT n FROM r
----
error: an aggregate of a recursive CTE's own rows is not supported yet
line 1, column 45: WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT max(n) + 1 FROM r WHERE n < 5) SELECT n FROM r
                                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT id FROM staff WHERE id IN (SELECT n FROM r)) SELECT n FROM r
----
error: recursive r inside a subquery is not supported yet
line 1, column 93: WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT id FROM staff WHERE id IN (SELECT n FROM r)) SELECT n FROM r
                                                                                                               ^

WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT id FROM staff LEFT JOIN r ON id = n) SELECT n FROM r
----
error: a LEFT JOIN of a recursive CTE's own rows is not supported yet
line 1, column 76: WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT id FROM staff LEFT JOIN r ON id = n) SELECT n FROM r
                                                                                              ^

WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL (SELECT id FROM staff EXCEPT SELECT n FROM r)) SELECT n FROM r
----
error: EXCEPT of a recursive CTE's own rows is not supported yet
line 1, column 74: WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL (SELECT id FROM staff EXCEPT SELECT n FROM r)) SELECT n FROM r
                                                                                            ^^^^^^^^^^^^^^^

WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n FROM r ORDER BY 1) SELECT n FROM r
----
error: ORDER BY in a recursive query is not supported yet
line 1, column 70: WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n FROM r ORDER BY 1) SELECT n FROM r
                                                                                        ^

WITH RECURSIVE r (n) AS (SELECT n FROM r UNION ALL SELECT 1) SELECT n FROM r
----
error: r before the last UNION of its recursive query is not supported yet
line 1, column 40: WITH RECURSIVE r (n) AS (SELECT n FROM r UNION ALL SELECT 1) SELECT n FROM r
                                                          ^

WITH RECURSIVE r (n) AS (SELECT n FROM r) SELECT n FROM r
----
error: recursive r is a query, UNION [ALL], and a query that reads r
line 1, column 40: WITH RECURSIVE r (n) AS (SELECT n FROM r) SELECT n FROM r
                                                          ^

WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n, 2 FROM r) SELECT n FROM r
----
error: r has 1 columns, its recursive part 2
line 1, column 45: WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n, 2 FROM r) SELECT n FROM r
                                                               ^^^^^^^^^^^^^^^^^^

WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT DATE '2020-01-01' FROM r) SELECT n FROM r
----
error: column n of r is INTEGER first, then DATE; cast one of them
line 1, column 45: WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT DATE '2020-01-01' FROM r) SELECT n FROM r
                                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n FROM b), b (n) AS (SELECT n FROM a) SELECT n FROM a
----
error: table b does not exist
line 1, column 59: WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n FROM b), b (n) AS (SELECT n FROM a) SELECT n FROM a
                                                                             ^

WITH RECURSIVE r (n) AS (SELECT 2147483646 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r
----
error: INTEGER overflow: 2147483647 + 1 is out of range; cast to a wider type
line 1, column 61: WITH RECURSIVE r (n) AS (SELECT 2147483646 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r
                                                                               ^^^^^

SELECT id, (WITH RECURSIVE r (n) AS (SELECT id UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT sum(n) FROM r) FROM staff
----
error: recursive r that reads an outer query's columns is not supported yet
line 1, column 38: SELECT id, (WITH RECURSIVE r (n) AS (SELECT id UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT sum(n) FROM r) FROM staff
                                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

# CTEs that are read twice are computed once, where that pays.
WITH x AS (SELECT boss, count(*) AS c FROM staff GROUP BY boss) SELECT a.boss, b.c FROM x a JOIN x b ON a.c > b.c ORDER BY 1, 2
----
1	1
1	1
1	1

EXPLAIN WITH x AS (SELECT boss, count(*) AS c, max(id) FROM staff GROUP BY boss) SELECT a.boss, b.c FROM x a JOIN x b ON a.boss = b.c
----
Project boss, c
  Join inner on c = CAST(boss AS BIGINT)
    Shared x (c)
      Project boss, count(*) AS c
        Aggregate count(*) by boss
          Scan staff (boss)
    Shared x (boss)

EXPLAIN WITH x AS (SELECT boss FROM staff WHERE id > 1) SELECT a.boss FROM x a JOIN x b ON a.boss = b.boss
----
Project boss
  Join inner on boss = boss
    Project boss
      Filter id > 1
        Scan staff (id, boss) zones 2 <= id
    Project boss
      Filter id > 1
        Scan staff (id, boss) zones 2 <= id

EXPLAIN WITH x AS MATERIALIZED (SELECT boss, name FROM staff) SELECT boss FROM x
----
Project boss
  Shared x (boss)
    Project boss
      Scan staff (boss)

EXPLAIN WITH x AS NOT MATERIALIZED (SELECT sum(id) AS c FROM staff) SELECT a.c FROM x a CROSS JOIN x b
----
Project c
  Join cross
    Project sum(id) AS c
      Aggregate sum(id)
        Scan staff (id)
    Project 
      Aggregate sum(id)
        Scan staff (id)

WITH x AS (SELECT id, name FROM staff ORDER BY id DESC LIMIT 2), y AS (SELECT name FROM x WHERE id = 5)
SELECT y.name, a.name, b.name FROM y, x a, x b ORDER BY 1, 2, 3
----
eve	dan	dan
eve	dan	eve
eve	eve	dan
eve	eve	eve

SELECT id, (WITH x AS (SELECT count(*) AS c FROM edges WHERE src = staff.id) SELECT a.c + b.c FROM x a, x b) FROM staff ORDER BY id
----
1	2
2	2
3	4
4	0
5	2

WITH x AS (SELECT nothing) SELECT 1
----
error: column nothing does not exist
line 1, column 19: WITH x AS (SELECT nothing) SELECT 1
                                     ^^^^^^^
