# Temporary tables and views: of one connection, before permanent ones of the same name.
CREATE TABLE t (a INTEGER, s TEXT)

INSERT INTO t VALUES (1, 'lasting')

CREATE TEMPORARY TABLE t (a INTEGER NOT NULL DEFAULT 5, s TEXT, CHECK (a < 100))

SELECT * FROM t
----

INSERT INTO t VALUES (2, 'passing'), (DEFAULT, NULL)

INSERT INTO t VALUES (100, 'x')
----
error: constraint 't_check' of table 'temp.t', CHECK (a < 100), refuses the row a = 100, s = 'x'
line 1, column 13: INSERT INTO t VALUES (100, 'x')
                               ^

INSERT INTO t VALUES (NULL, 'x')
----
error: table 'temp.t', column 'a': NULL in a column that is NOT NULL
line 1, column 13: INSERT INTO t VALUES (NULL, 'x')
                               ^

SELECT * FROM t ORDER BY a
----
2	passing
5	NULL

SELECT * FROM main.t
----
1	lasting

SELECT * FROM temp.t WHERE a = 2
----
2	passing

SELECT count(*) FROM pg_temp.t
----
2

UPDATE t SET s = 'é' WHERE s IS NULL

DELETE FROM t WHERE a = 2

SELECT t.a, s, m.s FROM t JOIN main.t AS m ON m.a < t.a
----
error: column s is ambiguous: it may be t.s and m.s
line 1, column 13: SELECT t.a, s, m.s FROM t JOIN main.t AS m ON m.a < t.a
                               ^

SHOW TABLES
----
t	1	8
temp.t	1	16

SHOW SCHEMAS
----
information_schema
main
temp

SELECT table_schema, table_name, table_type, commit_action FROM information_schema.tables
----
main	t	BASE TABLE	NULL
temp	t	LOCAL TEMPORARY	PRESERVE

SHOW CREATE TABLE t
----
CREATE TEMPORARY TABLE t (
  a INTEGER NOT NULL DEFAULT 5,
  s TEXT,
  CONSTRAINT t_check CHECK (a < 100)
) WITH (chunk_rows = 1048576);

CREATE TEMP TABLE t (b INTEGER)
----
error: table temp.t exists already
line 1, column 19: CREATE TEMP TABLE t (b INTEGER)
                                     ^

CREATE TEMP TABLE IF NOT EXISTS t (b INTEGER)

CREATE OR REPLACE TEMP TABLE t AS SELECT 1.5 AS x WHERE false

SELECT * FROM t
----

ALTER TABLE t ADD COLUMN y TEXT DEFAULT 'new'

INSERT INTO t (x) VALUES (2.5)

SELECT * FROM t
----
2.5	new

CREATE TEMP TABLE main.u (a INTEGER)
----
error: a temporary table or view lies in no schema: leave main away
line 1, column 19: CREATE TEMP TABLE main.u (a INTEGER)
                                     ^^^^^^

CREATE TABLE temp.u (a INTEGER)

DROP TABLE u

ALTER TABLE t SET SCHEMA main
----
error: temp.t cannot be moved to main
line 1, column 26: ALTER TABLE t SET SCHEMA main
                                            ^^^^

# A view that lasts cannot read what does not.
CREATE VIEW v AS SELECT * FROM t
----
error: a view that lasts reads nothing temporary: write CREATE TEMPORARY VIEW
line 1, column 13: CREATE VIEW v AS SELECT * FROM t
                               ^

CREATE VIEW v AS SELECT * FROM main.t

CREATE TEMPORARY VIEW v AS SELECT x + 1 AS z FROM t

SELECT * FROM v
----
3.5

SELECT * FROM main.v
----
1	lasting

SHOW CREATE VIEW v
----
CREATE TEMPORARY VIEW v (z) AS SELECT x + 1 AS z FROM t;

CREATE VIEW w AS SELECT count(*) AS n FROM (SELECT 1 FROM main.v) AS q

CREATE VIEW bad AS SELECT * FROM v
----
error: a view that lasts reads nothing temporary: write CREATE TEMPORARY VIEW
line 1, column 13: CREATE VIEW bad AS SELECT * FROM v
                               ^^^

CREATE TEMP VIEW c AS SELECT 1 AS one

CREATE VIEW bad AS SELECT one FROM c
----
error: a view that lasts reads nothing temporary: write CREATE TEMPORARY VIEW
line 1, column 13: CREATE VIEW bad AS SELECT one FROM c
                               ^^^

CREATE VIEW bad AS SELECT one FROM temp.c
----
error: a view that lasts reads nothing temporary: write CREATE TEMPORARY VIEW
line 1, column 13: CREATE VIEW bad AS SELECT one FROM temp.c
                               ^^^

CREATE TEMP VIEW good AS SELECT one FROM c

SELECT * FROM good
----
1

DROP VIEW v

SELECT * FROM v
----
1	lasting

# In transactions.
BEGIN

CREATE TEMP TABLE p AS SELECT 1 AS k

INSERT INTO t VALUES (9, 'undone')

DROP TABLE IF EXISTS p

CREATE TEMP TABLE q AS SELECT 2 AS k

ROLLBACK

SELECT * FROM t
----
2.5	new

SELECT * FROM q
----
error: table q does not exist
line 1, column 15: SELECT * FROM q
                                 ^

BEGIN

CREATE TEMP TABLE q AS SELECT 3 AS k

INSERT INTO main.t VALUES (3, NULL)

COMMIT

SELECT q.k, m.s FROM q JOIN main.t AS m ON m.a = q.k
----
3	NULL

DROP TABLE t

SELECT * FROM t ORDER BY a
----
1	lasting
3	NULL

TRUNCATE q

COPY q TO '/nonexistent folder/q.csv'
----
error: cannot write '/nonexistent folder/q.csv': there is no folder '/nonexistent folder'; make it
line 1, column 11: COPY q TO '/nonexistent folder/q.csv'
                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^

DROP TABLE q, t

SELECT * FROM t
----
error: table t does not exist
line 1, column 15: SELECT * FROM t
                                 ^

CREATE TEMPORARY SCHEMA s
----
error: syntax error at SCHEMA: expected TABLE or VIEW
line 1, column 18: CREATE TEMPORARY SCHEMA s
                                    ^^^^^^
