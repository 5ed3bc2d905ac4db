# SHOW of lists, DESCRIBE of queries, what programs ask for; ALTER COLUMN TYPE as CAST.
CREATE SCHEMA s

CREATE TABLE t (a INTEGER, "B b" TEXT) WITH (chunk_rows = 2)

INSERT INTO t VALUES (1, '1'), (NULL, NULL), (3, '-3')

CREATE TABLE s.tab AS SELECT 1.5 AS x

CREATE TEMP TABLE own (n INTEGER)

CREATE VIEW v AS SELECT a FROM t

SHOW DATABASES
----
gpudb	in memory

SHOW ALL TABLES
----
t	main	table	a, "B b"	no
v	main	view	a	no
tab	s	table	x	no
own	temp	table	n	yes

SHOW TABLES FROM s
----
s.tab	1	8

SHOW TABLES LIKE 'T%'
----
t	3	32
temp.own	0	0

SHOW TABLES IN main LIKE '_'
----
t	3	32

SHOW VIEWS FROM s
----

SHOW SCHEMAS LIKE 'm%'
----
main

SHOW FUNCTIONS LIKE 'lower%'
----
lower	built-in	All letters as small ones.

SHOW TABLE DETAILS
----
t	2	3	0	2	2	32
s.tab	1	1	0	1	1048576	8
temp.own	1	0	0	0	1048576	0

DELETE FROM t WHERE a = 1

SHOW TABLE DETAILS t, s.tab
----
t	2	2	1	2	2	32
s.tab	1	1	0	1	1048576	8

SHOW TABLES FROM nothing
----
error: schema nothing does not exist; there are information_schema, main, s
line 1, column 18: SHOW TABLES FROM nothing
                                    ^^^^^^^

SHOW TABLE DETAILS v
----
error: v is a view, and no table
line 1, column 20: SHOW TABLE DETAILS v
                                      ^

SHOW TABLES LIKE
----
error: syntax error: the statement ends too early; expected a pattern in quotes
line 1, column 17: SHOW TABLES LIKE
                                   ^

SHOW TIME ZONE
----
UTC

SHOW TRANSACTION ISOLATION LEVEL
----
snapshot

SHOW client_encoding
----
UTF8

SET TIME ZONE 'UTC'

SET TIME ZONE 'Europe/Berlin'
----
error: timestamps are in UTC; AT TIME ZONE 'Europe/Berlin' shows another time zone
line 1, column 15: SET TIME ZONE 'Europe/Berlin'
                                 ^^^^^^^^^^^^^^^

SET SESSION threads = 1

SHOW threads
----
1

RESET threads

DESCRIBE SELECT a, "B b" || '!' AS x, count(*) OVER () AS n, NULL AS nothing FROM t
----
a	INTEGER	YES	NULL	NULL	NULL
x	TEXT	YES	NULL	NULL	NULL
n	BIGINT	NO	NULL	NULL	NULL
nothing	TEXT	YES	NULL	NULL	NULL

DESCRIBE WITH q AS (SELECT 1::TINYINT AS i) SELECT * FROM q
----
i	TINYINT	NO	NULL	NULL	NULL

DESCRIBE SELECT nothing FROM t
----
error: column nothing does not exist; there are B b, a
line 1, column 17: DESCRIBE SELECT nothing FROM t
                                   ^^^^^^^

SELECT * FROM information_schema.key_column_usage
----

SELECT count(*) FROM information_schema.referential_constraints
----
0

SELECT count(*) FROM information_schema.routines
----
0

# ALTER COLUMN TYPE takes what CAST takes; a value that fails is told, and nothing changes.
ALTER TABLE t ALTER COLUMN "B b" TYPE INTEGER

SELECT a, "B b" + 1 FROM t ORDER BY a
----
3	-2
NULL	NULL

ALTER TABLE t ALTER a TYPE TINYINT

ALTER TABLE t ALTER a TYPE DECIMAL(6,2)

ALTER TABLE t ALTER a TYPE TEXT

SELECT * FROM t ORDER BY a
----
3.00	-3
NULL	NULL

INSERT INTO t VALUES ('drei', 3), ('1e400', 4)

ALTER TABLE t ALTER a TYPE DOUBLE
----
error: table 't', column 'a', row 4 holds 'drei': cannot cast 'drei' to DOUBLE; TRY_CAST gives NULL instead
line 1, column 21: ALTER TABLE t ALTER a TYPE DOUBLE
                                       ^

ALTER TABLE t ALTER a TYPE DOUBLE USING TRY_CAST(a AS DOUBLE)

SELECT * FROM t ORDER BY "B b"
----
3.0	-3
NULL	3
inf	4
NULL	NULL

ALTER TABLE t ALTER "B b" TYPE DATE
----
error: column B b is INTEGER, which no CAST makes DATE
line 1, column 21: ALTER TABLE t ALTER "B b" TYPE DATE
                                       ^^^^^

ALTER TABLE t ALTER "B b" TYPE BOOLEAN

SELECT "B b" FROM t ORDER BY ALL
----
true
true
true
NULL

ALTER TABLE t ALTER "B b" TYPE TEXT

ALTER TABLE t ALTER "B b" TYPE BOOLEAN

DESCRIBE t
----
a	DOUBLE	YES	NULL	NULL	NULL
B b	BOOLEAN	YES	NULL	NULL	NULL

CREATE TABLE empty (a TEXT)

ALTER TABLE empty ALTER a TYPE TIMESTAMP

ALTER TABLE empty ALTER a TYPE SMALLINT
----
error: column a is TIMESTAMP(6), which no CAST makes SMALLINT
line 1, column 25: ALTER TABLE empty ALTER a TYPE SMALLINT
                                           ^

# RENAME TABLE, TRUNCATE and DROP of several.
RENAME TABLE s.tab TO tab2

SELECT * FROM s.tab2
----
1.5

RENAME TABLE nothing TO t
----
error: table nothing does not exist
line 1, column 14: RENAME TABLE nothing TO t
                                ^^^^^^^

TRUNCATE TABLE t, s.tab2

SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM s.tab2)
----
0	0

TRUNCATE t, nothing
----
error: table nothing does not exist
line 1, column 13: TRUNCATE t, nothing
                               ^^^^^^^

DROP TABLE t, empty CASCADE

SELECT * FROM v
----
error: in view v: table t does not exist
line 1, column 15: SELECT * FROM v
                                 ^

DROP VIEW v CASCADE
