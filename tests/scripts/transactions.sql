# BEGIN, COMMIT and ROLLBACK on one connection: own changes are seen, and undone together.
CREATE TABLE t (k INTEGER NOT NULL, s TEXT)

INSERT INTO t VALUES (1, 'one'), (2, 'two')

BEGIN

INSERT INTO t VALUES (3, 'three')

UPDATE t SET s = upper(s) WHERE k > 1

DELETE FROM t WHERE k = 1

SELECT * FROM t ORDER BY k
----
2	TWO
3	THREE

ROLLBACK

SELECT * FROM t ORDER BY k
----
1	one
2	two

START TRANSACTION ISOLATION LEVEL REPEATABLE READ

TRUNCATE t

INSERT INTO t VALUES (7, NULL)

COMMIT

SELECT * FROM t ORDER BY k
----
7	NULL

# DDL is part of it.
BEGIN TRANSACTION

CREATE TABLE u AS SELECT k + 1 AS k FROM t

DROP TABLE t

SELECT * FROM u
----
8

SELECT * FROM t
----
error: table t does not exist
line 1, column 15: SELECT * FROM t
                                 ^

ABORT

SELECT * FROM t
----
7	NULL

SELECT * FROM u
----
error: table u does not exist
line 1, column 15: SELECT * FROM u
                                 ^

# A question that fails, or a statement that is refused before it begins, ends nothing.
BEGIN

INSERT INTO t VALUES (8, 'eight')

SELECT 1 / (k - 8) FROM t
----
error: division by zero
line 1, column 8: SELECT 1 / (k - 8) FROM t
                         ^^^^^^^^^^^

UPDATE t SET nothing = 1
----
error: table t has no column nothing; there are k, s
line 1, column 14: UPDATE t SET nothing = 1
                                ^^^^^^^

INSERT INTO t VALUES ('x', 1)
----
error: column k of t: 'x' is not a valid INTEGER
line 1, column 23: INSERT INTO t VALUES ('x', 1)
                                         ^^^

SELECT count(*) FROM t
----
2

END

SELECT count(*) FROM t
----
2

# A statement that fails while it changes undoes all of the transaction.
BEGIN

INSERT INTO t VALUES (9, 'nine')

UPDATE t SET k = NULL WHERE k = 8
----
error: table 't', column 'k', row 2: NULL in a column that is NOT NULL
line 1, column 14: UPDATE t SET k = NULL WHERE k = 8
                                ^

SELECT * FROM t
----
error: an earlier statement of this transaction failed, and all of it was undone: ROLLBACK ends it

INSERT INTO t VALUES (10, 'ten')
----
error: an earlier statement of this transaction failed, and all of it was undone: ROLLBACK ends it

COMMIT
----
error: a statement of the transaction failed: it was rolled back

SELECT count(*) FROM t
----
2

BEGIN

INSERT INTO t (s) VALUES ('nothing')
----
error: table 't', column 'k', row 1: NULL in a column that is NOT NULL
line 1, column 13: INSERT INTO t (s) VALUES ('nothing')
                               ^

ROLLBACK

COMMIT
----
error: COMMIT: no transaction is open; BEGIN begins one
line 1, column 1: COMMIT
                  ^^^^^^

ROLLBACK WORK
----
error: ROLLBACK: no transaction is open; BEGIN begins one
line 1, column 1: ROLLBACK WORK
                  ^^^^^^^^^^^^^

BEGIN

BEGIN
----
error: a transaction is open already: COMMIT or ROLLBACK ends it
line 1, column 1: BEGIN
                  ^^^^^

ROLLBACK

BEGIN ISOLATION LEVEL SERIALIZABLE
----
error: an isolation level above SNAPSHOT (REPEATABLE READ) is not supported yet
line 1, column 23: BEGIN ISOLATION LEVEL SERIALIZABLE
                                         ^^^^^^^^^^^^

BEGIN READ ONLY
----
error: syntax error at READ: expected ISOLATION LEVEL or the end of the statement
line 1, column 7: BEGIN READ ONLY
                        ^^^^

SAVEPOINT a
----
error: SAVEPOINT: no transaction is open; BEGIN begins one
line 1, column 11: SAVEPOINT a
                             ^

ROLLBACK TO a
----
error: ROLLBACK TO: no transaction is open; BEGIN begins one
line 1, column 13: ROLLBACK TO a
                               ^

# SAVEPOINT: what was done since is undone, what was done before stays.
CREATE TABLE points (n INTEGER CHECK (n > 0), s TEXT)

BEGIN

INSERT INTO points VALUES (1, 'one')

SAVEPOINT a

INSERT INTO points VALUES (2, 'zwölf')

CREATE TABLE later (n INTEGER)

SAVEPOINT b

UPDATE points SET n = n * 10

SELECT n, s FROM points ORDER BY n
----
10	one
20	zwölf

ROLLBACK TO SAVEPOINT b

SELECT n, s FROM points ORDER BY n
----
1	one
2	zwölf

ROLLBACK TO A

SELECT n, s FROM points ORDER BY n
----
1	one

SELECT * FROM later
----
error: table later does not exist
line 1, column 15: SELECT * FROM later
                                 ^^^^^

ROLLBACK TO b
----
error: savepoint b does not exist; there are a
line 1, column 13: ROLLBACK TO b
                               ^

# A savepoint may be returned to again, and strings come back after it.
INSERT INTO points VALUES (3, 'zwölf'), (4, NULL)

ROLLBACK WORK TO SAVEPOINT a

INSERT INTO points VALUES (5, 'fünf')

RELEASE SAVEPOINT a

RELEASE a
----
error: savepoint a does not exist
line 1, column 9: RELEASE a
                          ^

# The last of two with one name counts.
SAVEPOINT c

DELETE FROM points WHERE n = 1

SAVEPOINT c

TRUNCATE points

ROLLBACK TO c

SELECT n, s FROM points ORDER BY n
----
5	fünf

RELEASE c

ROLLBACK TO c

SELECT n, s FROM points ORDER BY n
----
1	one
5	fünf

# A statement that fails leaves a way back.
INSERT INTO points VALUES (6, 'six'), (-6, 'minus six')
----
error: constraint 'points_n_check' of table 'points', CHECK (n > 0), refuses the row n = -6, s = 'minus six'
line 1, column 13: INSERT INTO points VALUES (6, 'six'), (-6, 'minus six')
                               ^^^^^^

SELECT * FROM points
----
error: an earlier statement of this transaction failed: ROLLBACK TO c undoes what it did, ROLLBACK all

SAVEPOINT d
----
error: an earlier statement of this transaction failed: ROLLBACK TO c undoes what it did, ROLLBACK all

ROLLBACK TO c

INSERT INTO points VALUES (7, 'seven')

COMMIT

SELECT n, s FROM points ORDER BY n
----
1	one
5	fünf
7	seven

BEGIN

SAVEPOINT a

INSERT INTO points VALUES (-1, '')
----
error: constraint 'points_n_check' of table 'points', CHECK (n > 0), refuses the row n = -1, s = ''
line 1, column 13: INSERT INTO points VALUES (-1, '')
                               ^^^^^^

COMMIT
----
error: a statement of the transaction failed: it was rolled back

SELECT count(*) FROM points
----
3

BEGIN

SAVEPOINT a

DROP TABLE points

ROLLBACK

SELECT count(*) FROM points
----
3

SAVEPOINT
----
error: syntax error: the statement ends too early; expected a savepoint's name
line 1, column 10: SAVEPOINT
                            ^

RELEASE SAVEPOINT 1
----
error: syntax error at 1: expected a savepoint's name
line 1, column 19: RELEASE SAVEPOINT 1
                                     ^

RELEASE x
----
error: RELEASE: no transaction is open; BEGIN begins one
line 1, column 9: RELEASE x
                          ^
