# Derived tables, CTEs, empty tables, one row, and wrong names.
CREATE TABLE empty (k INTEGER, s TEXT, x DOUBLE)

CREATE TABLE one (k INTEGER, s TEXT, x DOUBLE)

INSERT INTO one VALUES (1, 'a', 0.5)

SELECT * FROM empty
----

SELECT count(*), sum(k), min(s), avg(x), count(DISTINCT k) FROM empty
----
0	NULL	NULL	NULL	0

SELECT k, count(*) FROM empty GROUP BY k
----

SELECT * FROM empty ORDER BY s LIMIT 3
----

SELECT count(*), sum(k), min(s), avg(x) FROM one
----
1	1	a	0.5

SELECT one.k, empty.s FROM one LEFT JOIN empty ON one.k = empty.k
----
1	NULL

SELECT t.n, t.n * 2 FROM (SELECT k + 1 AS n FROM one) AS t
----
2	4

WITH first AS (SELECT k, s FROM one), second AS (SELECT k + 1 AS k, s FROM first) SELECT first.k, second.k FROM first JOIN second ON first.s = second.s
----
1	2

SELECT max(n) FROM (SELECT s, count(*) AS n FROM one GROUP BY s) AS t
----
1

SELECT t.a, t.b FROM (VALUES (1, 'x'), (2, 'y')) AS t (a, b) ORDER BY a DESC
----
2	y
1	x

SELECT 1 + 1, 'a' || 'b'
----
2	ab

SELECT kk FROM one
----
error: column kk does not exist; did you mean k?
line 1, column 8: SELECT kk FROM one
                         ^^

SELECT one.z FROM one
----
error: column z does not exist in one; there are k, s, x
line 1, column 8: SELECT one.z FROM one
                         ^^^^^

SELECT k FROM onne
----
error: table onne does not exist; did you mean one?
line 1, column 15: SELECT k FROM onne
                                 ^^^^

SELECT lenght(s) FROM one
----
error: function lenght does not exist; did you mean length?
line 1, column 8: SELECT lenght(s) FROM one
                         ^^^^^^^^^

SELECT k FROM one AS a, empty AS b
----
error: column k is ambiguous: it may be a.k and b.k
line 1, column 8: SELECT k FROM one AS a, empty AS b
                         ^

SELEC 1
----
error: syntax error at SELEC; did you mean SELECT?
line 1, column 1: SELEC 1
                  ^^^^^

SELECT k FROM one WHERE
----
error: syntax error: the statement ends too early
line 1, column 24: SELECT k FROM one WHERE
                                          ^

CREATE TABLE one (k INTEGER)
----
error: table one exists already
line 1, column 14: CREATE TABLE one (k INTEGER)
                                ^^^

SELECT * FROM one; SELECT 1
----
1
