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

ROLLBACK

COMMIT
----
error: COMMIT: no transaction is open; BEGIN begins one

ROLLBACK WORK
----
error: ROLLBACK: no transaction is open; BEGIN begins one

BEGIN

BEGIN
----
error: a transaction is open already: COMMIT or ROLLBACK ends it

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
error: SAVEPOINT is not supported yet
line 1, column 1: SAVEPOINT a
                  ^^^^^^^^^

ROLLBACK TO a
----
error: SAVEPOINT is not supported yet
line 1, column 10: ROLLBACK TO a
                            ^^
