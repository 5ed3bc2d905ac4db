# The same rows with and without the optimizer; a text that was planned before is planned anew.
CREATE TABLE p (k INTEGER NOT NULL, n INTEGER)

INSERT INTO p VALUES (1, 10), (2, NULL), (3, 30)

EXPLAIN SELECT k FROM p WHERE n > 5 AND 1 = 1 ORDER BY k LIMIT 1
----
Sort k first 1
  Project k
    Filter n > 5
      Scan p (k, n) zones 6 <= n

SELECT k FROM p WHERE n > 5 AND 1 = 1 ORDER BY k LIMIT 1
----
1

SET optimizer = off

SHOW optimizer
----
off

EXPLAIN SELECT k FROM p WHERE n > 5 AND 1 = 1 ORDER BY k LIMIT 1
----
Limit 1
  Sort k
    Project k
      Filter n > 5 AND 1 = 1
        Scan p (k, n)

SELECT k FROM p WHERE n > 5 AND 1 = 1 ORDER BY k LIMIT 1
----
1

SELECT a.k, count(DISTINCT b.n) FROM p AS a LEFT JOIN p AS b ON a.k < b.k AND b.n = 30 GROUP BY a.k ORDER BY 1
----
1	1
2	1
3	0

SET optimizer = maybe
----
error: setting optimizer takes on or off, not 'maybe'
line 1, column 5: SET optimizer = maybe
                      ^^^^^^^^^

SET optimizer = on

# Nothing is read for the columns alone.
EXPLAIN SELECT k, n + 1 AS m FROM p ORDER BY k LIMIT 0
----
Values (k, m) 0 rows
