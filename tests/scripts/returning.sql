# RETURNING: what INSERT, UPDATE and DELETE did, row by row; other forms of INSERT and SET.
CREATE TABLE t (k INTEGER DEFAULT 7, s TEXT, x DOUBLE, CHECK (k < 1000))

CREATE TABLE u (k INTEGER, w TEXT)

INSERT INTO u VALUES (1, 'eins'), (2, 'zwei'), (2, 'deux'), (NULL, 'null')

INSERT INTO t VALUES (1, 'one', 1.5), (NULL, NULL, NULL) RETURNING *
----
1	one	1.5
NULL	NULL	NULL

INSERT INTO t (s) VALUES ('é') RETURNING k, upper(s) AS big, x IS NULL, k + 1 AS "next"
----
7	É	true	8

INSERT INTO t SELECT k, w, k / 2.0 FROM u WHERE k = 2 ORDER BY w RETURNING s, t.x, main.t.k
----
deux	1.0	2
zwei	1.0	2

INSERT INTO t AS new (k) VALUES (9) RETURNING new.k, (SELECT count(*) FROM u WHERE u.k < new.k)
----
9	3

INSERT INTO t SELECT * FROM t WHERE false RETURNING *
----

INSERT INTO t VALUES (1000, 'too much', 0) RETURNING k
----
error: constraint 't_check' of table 't', CHECK (k < 1000), refuses the row k = 1000, s = 'too much', x = 0.0
line 1, column 13: INSERT INTO t VALUES (1000, 'too much', 0) RETURNING k
                               ^

INSERT INTO t (k) VALUES (1) RETURNING nothing
----
error: column nothing does not exist; there are k, s, x
line 1, column 40: INSERT INTO t (k) VALUES (1) RETURNING nothing
                                                          ^^^^^^^

INSERT INTO t (k) VALUES (1) RETURNING count(*)
----
error: an aggregate cannot stand in RETURNING
line 1, column 40: INSERT INTO t (k) VALUES (1) RETURNING count(*)
                                                          ^^^^^^^^

INSERT INTO t (k) VALUES (1) RETURNING *, k + count(*)
----
error: an aggregate cannot stand in RETURNING
line 1, column 43: INSERT INTO t (k) VALUES (1) RETURNING *, k + count(*)
                                                             ^^^^^^^^^^^^

INSERT INTO t (k) VALUES (1) RETURNING row_number() OVER ()
----
error: a window function cannot stand in RETURNING
line 1, column 40: INSERT INTO t (k) VALUES (1) RETURNING row_number() OVER ()
                                                          ^^^^^^^^^^^^

INSERT INTO t (k) VALUES (1) RETURNING
----
error: syntax error: the statement ends too early; expected * or an expression
line 1, column 39: INSERT INTO t (k) VALUES (1) RETURNING
                                                         ^

INSERT INTO t (k) VALUES (1) RETURNING k FROM t
----
error: RETURNING takes expressions
line 1, column 40: INSERT INTO t (k) VALUES (1) RETURNING k FROM t
                                                          ^

INSERT INTO t (k) VALUES (1) RETURNING 1 / (k - 1)
----
error: division by zero
line 1, column 40: INSERT INTO t (k) VALUES (1) RETURNING 1 / (k - 1)
                                                          ^^^^^^^^^^^

SELECT count(*) FROM t
----
6

UPDATE t SET k = k * 10, s = s || '!' WHERE k = 1 RETURNING k, s, x
----
10	one!	1.5

UPDATE t SET x = u.k + 0.25 FROM u WHERE u.k = t.k AND u.w = 'zwei' RETURNING t.k, s, x, u.w
----
2	deux	2.25	zwei
2	zwei	2.25	zwei

UPDATE t AS c SET s = NULL WHERE k IS NULL RETURNING c.*, (SELECT max(w) FROM u) AS w
----
NULL	NULL	NULL	zwei

UPDATE t SET k = 5 WHERE k > 1e6 RETURNING k
----

UPDATE t SET k = 2000 WHERE k = 10 RETURNING k
----
error: constraint 't_check' of table 't', CHECK (k < 1000), refuses the row k = 2000, s = 'one!', x = 1.5
line 1, column 14: UPDATE t SET k = 2000 WHERE k = 10 RETURNING k
                                ^

UPDATE t SET k = 1 RETURNING sum(k)
----
error: an aggregate cannot stand in RETURNING
line 1, column 30: UPDATE t SET k = 1 RETURNING sum(k)
                                                ^^^^^^

DELETE FROM t WHERE k = 9 RETURNING k, s, 'gone' AS note
----
9	NULL	gone

DELETE FROM t USING u WHERE u.k = t.k AND t.s = 'deux' RETURNING t.s, t.x
----
deux	2.25

DELETE FROM t WHERE false RETURNING *
----

DELETE FROM t WHERE k IS NULL RETURNING *
----
NULL	NULL	NULL

SELECT * FROM t ORDER BY ALL
----
2	zwei	2.25
7	é	NULL
10	one!	1.5

# In a transaction, and with parameters.
BEGIN

# parameters (10,)
DELETE FROM t WHERE k = ? RETURNING s
----
one!

# parameters (2, 100)
UPDATE t SET k = $2 WHERE k = $1 RETURNING k, k - $1
----
100	98

ROLLBACK

SELECT count(*) FROM t
----
3

# parameters (1,)
INSERT INTO t (k) VALUES (1) RETURNING k + ?
----
error: RETURNING of an INSERT has no parameters
line 1, column 44: INSERT INTO t (k) VALUES (1) RETURNING k + ?
                                                              ^

# Several columns at once.
UPDATE t SET (s, x) = (SELECT w, k FROM u WHERE u.k = 1) WHERE k = 7 RETURNING *
----
7	eins	1.0

UPDATE t SET (s, x) = (SELECT u.w, u.k + 0.5 FROM u WHERE u.k * 10 = t.k) WHERE k IN (7, 10)

SELECT * FROM t ORDER BY k, s
----
2	zwei	2.25
7	NULL	NULL
10	eins	1.5

UPDATE t SET (s, x) = (SELECT w, k FROM u)
----
error: more than one row returned by a subquery used as an expression
line 1, column 23: UPDATE t SET (s, x) = (SELECT w, k FROM u)
                                         ^^^^^^^^^^^^^^^^^^^^

UPDATE t SET (s, x) = (SELECT w FROM u)
----
error: 2 columns take as many values, not 1
line 1, column 15: UPDATE t SET (s, x) = (SELECT w FROM u)
                                 ^^^^^^^^^^^^^^^^^^^^^^^^^

UPDATE t SET (s, x) = (SELECT k, w FROM u WHERE k = 1)
----
error: column x of t is DOUBLE, not TEXT; write CAST(... AS DOUBLE)
line 1, column 8: UPDATE t SET (s, x) = (SELECT k, w FROM u WHERE k = 1)
                         ^

UPDATE t SET (s, x) = ROW('row', NULL), k = DEFAULT WHERE k = 10 RETURNING *
----
7	row	NULL

UPDATE t SET (s, x) = ('only')
----
error: 2 columns take as many values, not 1
line 1, column 15: UPDATE t SET (s, x) = ('only')
                                 ^^^^^^^^^^^^^^^^

# Forms of INSERT.
TRUNCATE t

INSERT INTO t DEFAULT VALUES

INSERT INTO t BY NAME SELECT 'by name' AS s, 3 AS k

WITH q AS (SELECT 4 AS k, 'with' AS s) INSERT INTO t (k, s) SELECT * FROM q RETURNING *
----
4	with	NULL

INSERT INTO t (k, s) WITH q AS (SELECT 5) SELECT *, 'inner' FROM q

INSERT INTO t (k, s) (SELECT 6, 'in parentheses')

INSERT INTO t (k, s) TABLE u

SELECT k, s, x FROM t ORDER BY ALL DESC NULLS LAST
----
7	NULL	NULL
6	in parentheses	NULL
5	inner	NULL
4	with	NULL
3	by name	NULL
2	zwei	NULL
2	deux	NULL
1	eins	NULL
NULL	null	NULL

INSERT INTO t BY NAME SELECT 1 AS nothing
----
error: table t has no column nothing; there are k, s, x
line 1, column 13: INSERT INTO t BY NAME SELECT 1 AS nothing
                               ^

INSERT INTO t BY NAME SELECT 1 AS k, 2 AS k
----
error: column k is given twice
line 1, column 13: INSERT INTO t BY NAME SELECT 1 AS k, 2 AS k
                               ^

INSERT INTO t (k) DEFAULT VALUES
----
error: syntax error at DEFAULT: expected VALUES or SELECT
line 1, column 19: INSERT INTO t (k) DEFAULT VALUES
                                     ^^^^^^^

INSERT INTO t (k, s) VALUES (1)
----
error: t takes 2 values here, but the query gives 1
line 1, column 13: INSERT INTO t (k, s) VALUES (1)
                               ^

INSERT INTO t UPDATE u SET k = 1
----
error: syntax error at UPDATE: expected VALUES or SELECT
line 1, column 15: INSERT INTO t UPDATE u SET k = 1
                                 ^^^^^^

WITH q AS (SELECT 1) INSERT INTO nothing SELECT * FROM q
----
error: table nothing does not exist
line 1, column 34: WITH q AS (SELECT 1) INSERT INTO nothing SELECT * FROM q
                                                    ^^^^^^^

EXPLAIN INSERT INTO t (k) SELECT k FROM u WHERE k > 1
----
Project k, NULL AS s, NULL AS x
  Filter k > 1
    Scan u (k) zones 2 <= k
