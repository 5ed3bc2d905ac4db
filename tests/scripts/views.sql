# Views: names of columns, views over views, what becomes of them when tables change.
CREATE TABLE t (k INTEGER, s TEXT)

INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, NULL)

CREATE VIEW v AS SELECT k, k * 10 AS ten, s FROM t WHERE k > 1

SELECT * FROM v
----
2	20	two
3	30	NULL

SELECT v.ten, count(*) FROM v JOIN t ON v.k = t.k GROUP BY v.ten ORDER BY 1
----
20	1
30	1

CREATE VIEW w (a, b) AS SELECT ten, s FROM v UNION ALL SELECT 0, 'zero'

SELECT x.a, b FROM w AS x ORDER BY a DESC
----
30	NULL
20	two
0	zero

SELECT (SELECT max(a) FROM w WHERE a < t.k * 20) FROM t ORDER BY k
----
0
30
30

# The rows are those of the moment.
INSERT INTO t VALUES (4, 'four')

SELECT count(*) FROM w
----
4

# A CTE of the statement hides a view, and a view does not see it.
WITH t AS (SELECT 99 AS k, 'cte' AS s) SELECT count(*) FROM v
----
3

WITH v AS (SELECT 99 AS k) SELECT * FROM v
----
99

CREATE TABLE copied AS SELECT * FROM w WHERE a > 20

SELECT * FROM copied ORDER BY a
----
30	NULL
40	four

CREATE VIEW IF NOT EXISTS v AS SELECT 1

CREATE OR REPLACE VIEW v AS SELECT k, k * 100 AS ten, s FROM t

SELECT max(a) FROM w
----
400

# A view shows the columns that it had when it was made.
CREATE VIEW whole AS SELECT * FROM t

ALTER TABLE t ADD COLUMN extra INTEGER

SELECT * FROM whole WHERE k = 1
----
1	one

CREATE VIEW failing AS SELECT 1 / (k - 1) AS q FROM t

SELECT sum(q) FROM failing
----
error: division by zero
line 1, column 20: SELECT sum(q) FROM failing
                                      ^^^^^^^

ALTER TABLE t RENAME COLUMN s TO text

SELECT * FROM whole
----
error: in view whole: the query gives no column s any more; CREATE OR REPLACE the view
line 1, column 15: SELECT * FROM whole
                                 ^^^^^

SELECT k FROM v
----
error: in view v: column s does not exist; there are extra, k, text
line 1, column 15: SELECT k FROM v
                                 ^

ALTER TABLE t RENAME TO u

SELECT a FROM w
----
error: in view w: in view v: table t does not exist
line 1, column 15: SELECT a FROM w
                                 ^

SHOW CREATE VIEW w
----
CREATE VIEW w (a, b) AS SELECT ten, s FROM v UNION ALL SELECT 0, 'zero';

COMMENT ON VIEW w IS 'Zero besides'

DROP VIEW v

SELECT * FROM w
----
error: in view w: table v does not exist
line 1, column 15: SELECT * FROM w
                                 ^

DROP VIEW IF EXISTS v, w

DROP VIEW v
----
error: view v does not exist
line 1, column 11: DROP VIEW v
                             ^

# Views are not changed through.
CREATE VIEW v AS SELECT k FROM u

INSERT INTO v VALUES (1)
----
error: v is a view, and no table
line 1, column 13: INSERT INTO v VALUES (1)
                               ^

UPDATE v SET k = 1
----
error: v is a view: its rows cannot be changed
line 1, column 8: UPDATE v SET k = 1
                         ^

DELETE FROM v
----
error: v is a view: its rows cannot be changed
line 1, column 13: DELETE FROM v
                               ^

TRUNCATE v
----
error: v is a view, and no table
line 1, column 10: TRUNCATE v
                            ^

ALTER TABLE v RENAME TO x
----
error: v is a view, and no table
line 1, column 13: ALTER TABLE v RENAME TO x
                               ^

DROP TABLE v
----
error: v is a view: DROP VIEW removes it
line 1, column 12: DROP TABLE v
                              ^

CREATE TABLE v (k INTEGER)
----
error: view v exists already
line 1, column 14: CREATE TABLE v (k INTEGER)
                                ^

CREATE OR REPLACE TABLE v (k INTEGER)
----
error: view v exists already
line 1, column 25: CREATE OR REPLACE TABLE v (k INTEGER)
                                           ^

CREATE VIEW u AS SELECT 1
----
error: table u exists already
line 1, column 13: CREATE VIEW u AS SELECT 1
                               ^

CREATE VIEW x AS SELECT nothing FROM u
----
error: column nothing does not exist; there are extra, k, text
line 1, column 25: CREATE VIEW x AS SELECT nothing FROM u
                                           ^^^^^^^

CREATE VIEW x AS SELECT k, k FROM u
----
error: view x would have two columns k; name one of them by AS
line 1, column 13: CREATE VIEW x AS SELECT k, k FROM u
                               ^

CREATE VIEW x (a, b) AS SELECT k FROM u
----
error: x has 1 columns, not 2
line 1, column 19: CREATE VIEW x (a, b) AS SELECT k FROM u
                                     ^

CREATE VIEW x AS DELETE FROM u
----
error: a view is a query
line 1, column 18: CREATE VIEW x AS DELETE FROM u
                                    ^^^^^^

CREATE VIEW x AS
----
error: syntax error: the statement ends too early; expected a query
line 1, column 17: CREATE VIEW x AS
                                   ^

CREATE OR REPLACE VIEW v AS SELECT * FROM v
----
error: in view v: view v refers to itself
line 1, column 43: CREATE OR REPLACE VIEW v AS SELECT * FROM v
                                                             ^

# parameters (1,)
CREATE VIEW x AS SELECT k FROM u WHERE k = ?
----
error: a view has no parameters: write the value itself
line 1, column 44: CREATE VIEW x AS SELECT k FROM u WHERE k = ?
                                                              ^

CREATE MATERIALIZED VIEW x AS SELECT 1
----
error: CREATE MATERIALIZED is not supported yet; CREATE TABLE name AS keeps a query's rows
line 1, column 8: CREATE MATERIALIZED VIEW x AS SELECT 1
                         ^^^^^^^^^^^^
