# ALTER TABLE of several actions: each finds what those before leave; expressions read the old rows.
CREATE TABLE t (id INTEGER NOT NULL, name TEXT, price INTEGER CHECK (price >= 0)) WITH (chunk_rows = 2)

INSERT INTO t VALUES (1, '10', 5), (2, '20', NULL), (3, 'thirty', 7), (4, NULL, 8), (5, '50', 1000)

DELETE FROM t WHERE id = 3

ALTER TABLE t ADD COLUMN kind TEXT DEFAULT 'new', ALTER COLUMN name TYPE INTEGER USING CAST(name AS INTEGER) + price, DROP COLUMN price, ADD rest DOUBLE

SELECT * FROM t ORDER BY id
----
1	15	new	NULL
2	NULL	new	NULL
4	NULL	new	NULL
5	1050	new	NULL

DESCRIBE t
----
id	INTEGER	NO	NULL	NULL	NULL
name	INTEGER	YES	NULL	NULL	NULL
kind	TEXT	YES	'new'	NULL	NULL
rest	DOUBLE	YES	NULL	NULL	NULL

# A new column may take the name of one that goes, and the last one may go if another comes.
ALTER TABLE t DROP COLUMN kind, DROP rest, ADD COLUMN kind INTEGER DEFAULT 3 NOT NULL CHECK (kind < 9), ALTER kind DROP DEFAULT, ALTER id SET DEFAULT 7, ALTER id DROP NOT NULL

INSERT INTO t (kind) VALUES (8)

SELECT * FROM t ORDER BY id
----
1	15	3
2	NULL	3
4	NULL	3
5	1050	3
7	NULL	8

SHOW CREATE TABLE t
----
CREATE TABLE t (
  id INTEGER DEFAULT 7,
  name INTEGER,
  kind INTEGER NOT NULL,
  CONSTRAINT t_kind_check CHECK (kind < 9)
) WITH (chunk_rows = 2);

# OmniSci's forms.
ALTER TABLE t ADD (a INTEGER, b TEXT DEFAULT 'b', CHECK (a > 0))

ALTER TABLE t DROP COLUMN a, b

ALTER TABLE t DROP id, name, ADD COLUMN IF NOT EXISTS kind TEXT, DROP COLUMN IF EXISTS missing

SELECT * FROM t
----
3
3
3
3
8

ALTER TABLE t DROP kind, ADD kind TEXT

SELECT * FROM t
----
NULL
NULL
NULL
NULL
NULL

ALTER TABLE t ADD x INTEGER, DROP x

ALTER TABLE t ADD x INTEGER DEFAULT 1, ALTER x SET DEFAULT 2, ADD CHECK (x < 5)

INSERT INTO t VALUES ('last', DEFAULT)

SELECT * FROM t ORDER BY x, kind
----
NULL	1
NULL	1
NULL	1
NULL	1
NULL	1
last	2

# An empty table.
CREATE TABLE empty (a INTEGER)

ALTER TABLE empty ALTER a TYPE TEXT, ALTER a SET NOT NULL, ADD b INTEGER NOT NULL

DESCRIBE empty
----
a	TEXT	NO	NULL	NULL	NULL
b	INTEGER	NO	NULL	NULL	NULL

# Nothing is done where one of the actions fails.
ALTER TABLE t ADD y INTEGER, DROP kind, ALTER x TYPE TEXT USING chr(x - 1)
----
error: table 't', column 'x', row 1 holds 1: there is no character 0
line 1, column 65: ALTER TABLE t ADD y INTEGER, DROP kind, ALTER x TYPE TEXT USING chr(x - 1)
                                                                                   ^^^^^^^^^^

ALTER TABLE t ADD y INTEGER, ADD CONSTRAINT wrong CHECK (x < 2)
----
error: constraint 'wrong' of table 't', CHECK (x < 2), refuses the row kind = 'last', x = 2, y = NULL
line 1, column 45: ALTER TABLE t ADD y INTEGER, ADD CONSTRAINT wrong CHECK (x < 2)
                                                               ^^^^^

ALTER TABLE t ADD y INTEGER, ALTER kind SET NOT NULL
----
error: table 't', column 'kind': 5 rows hold NULL, so it cannot be NOT NULL
line 1, column 36: ALTER TABLE t ADD y INTEGER, ALTER kind SET NOT NULL
                                                      ^^^^

ALTER TABLE t ADD y INTEGER NOT NULL, DROP kind
----
error: table 't', column 'y', row 1: NULL in a column that is NOT NULL
line 1, column 19: ALTER TABLE t ADD y INTEGER NOT NULL, DROP kind
                                     ^

SELECT * FROM t ORDER BY x, kind
----
NULL	1
NULL	1
NULL	1
NULL	1
NULL	1
last	2

# Mistakes.
ALTER TABLE t ALTER x TYPE BIGINT, ALTER x TYPE TEXT
----
error: column x has changed its type in this statement: write all of it at once
line 1, column 42: ALTER TABLE t ALTER x TYPE BIGINT, ALTER x TYPE TEXT
                                                            ^

ALTER TABLE t ADD y INTEGER, ALTER y TYPE TEXT
----
error: column y is new in this statement: write all of it at once
line 1, column 36: ALTER TABLE t ADD y INTEGER, ALTER y TYPE TEXT
                                                      ^

ALTER TABLE t DROP x, ALTER x SET DEFAULT 1
----
error: table t has no column x; there are kind
line 1, column 29: ALTER TABLE t DROP x, ALTER x SET DEFAULT 1
                                               ^

ALTER TABLE t DROP x, DROP kind
----
error: kind is the only column of t
line 1, column 28: ALTER TABLE t DROP x, DROP kind
                                              ^^^^

ALTER TABLE t DROP x, y
----
error: table t has no column y; there are kind
line 1, column 23: ALTER TABLE t DROP x, y
                                         ^

ALTER TABLE t ADD y INTEGER, ADD y TEXT
----
error: table t has a column y already
line 1, column 34: ALTER TABLE t ADD y INTEGER, ADD y TEXT
                                                    ^

ALTER TABLE t DROP x, RENAME kind TO sort
----
error: RENAME and SET SCHEMA stand alone in ALTER: write a statement for each
line 1, column 23: ALTER TABLE t DROP x, RENAME kind TO sort
                                         ^^^^^^

ALTER TABLE t RENAME kind TO sort, DROP x
----
error: RENAME and SET SCHEMA stand alone in ALTER: write a statement for each
line 1, column 15: ALTER TABLE t RENAME kind TO sort, DROP x
                                 ^^^^^^

ALTER TABLE t SET SCHEMA main, RENAME TO u
----
error: RENAME and SET SCHEMA stand alone in ALTER: write a statement for each
line 1, column 15: ALTER TABLE t SET SCHEMA main, RENAME TO u
                                 ^^^

ALTER TABLE t DROP x,
----
error: syntax error: the statement ends too early; expected a column's name
line 1, column 22: ALTER TABLE t DROP x,
                                        ^

ALTER TABLE t DROP x DROP kind
----
error: syntax error at DROP: expected the end of the statement
line 1, column 22: ALTER TABLE t DROP x DROP kind
                                        ^^^^

ALTER TABLE t
----
error: syntax error: the statement ends too early; expected RENAME, ADD, DROP, ALTER or SET SCHEMA
line 1, column 14: ALTER TABLE t
                                ^

ALTER t DROP x
----
error: syntax error at t: expected TABLE, VIEW or SYSTEM
line 1, column 7: ALTER t DROP x
                        ^

ALTER TABLE IF EXISTS missing DROP a, DROP b

# A value that does not fit is told with its row and what that held.
CREATE TABLE wide (a BIGINT, b TEXT, c DOUBLE) WITH (chunk_rows = 3)

INSERT INTO wide SELECT n, CASE WHEN n = 7 THEN 'é?' ELSE CAST(n AS TEXT) END, CASE WHEN n < 9 THEN n / 2 ELSE CAST('NaN' AS DOUBLE) END FROM range(12) AS r(n)

DELETE FROM wide WHERE a < 2

ALTER TABLE wide ALTER a TYPE INTEGER, ALTER b TYPE INTEGER
----
error: table 'wide', column 'b', row 8 holds 'é?': cannot cast 'é?' to INTEGER; TRY_CAST gives NULL instead
line 1, column 46: ALTER TABLE wide ALTER a TYPE INTEGER, ALTER b TYPE INTEGER
                                                                ^

ALTER TABLE wide ALTER b TYPE INTEGER USING CAST(b AS INTEGER)
----
error: table 'wide', column 'b', row 8 holds 'é?': cannot cast 'é?' to INTEGER; TRY_CAST gives NULL instead
line 1, column 45: ALTER TABLE wide ALTER b TYPE INTEGER USING CAST(b AS INTEGER)
                                                               ^^^^^^^^^^^^^^^^^^

ALTER TABLE wide ALTER c TYPE INTEGER
----
error: table 'wide', column 'c', row 10 holds nan: nan is out of the range of INTEGER
line 1, column 24: ALTER TABLE wide ALTER c TYPE INTEGER
                                          ^

ALTER TABLE wide ALTER c TYPE BIGINT USING 10 / (4 - a)
----
error: table 'wide', column 'c', row 5 holds 2.0: division by zero
line 1, column 44: ALTER TABLE wide ALTER c TYPE BIGINT USING 10 / (4 - a)
                                                              ^^^^^^^^^^^^

ALTER TABLE wide ALTER c TYPE DATE
----
error: column c is DOUBLE, which no CAST makes DATE
line 1, column 24: ALTER TABLE wide ALTER c TYPE DATE
                                          ^

UPDATE wide SET b = NULL WHERE a = 7

ALTER TABLE wide ALTER b TYPE SMALLINT, ALTER b SET NOT NULL
----
error: table 'wide', column 'b', row 8: NULL in a column that is NOT NULL
line 1, column 47: ALTER TABLE wide ALTER b TYPE SMALLINT, ALTER b SET NOT NULL
                                                                 ^

ALTER TABLE wide ALTER b TYPE SMALLINT USING coalesce(CAST(b AS SMALLINT), -1), ALTER b SET NOT NULL, ALTER c TYPE DECIMAL(3,1) USING CASE WHEN a < 9 THEN c END

SELECT * FROM wide ORDER BY a
----
2	2	1.0
3	3	1.0
4	4	2.0
5	5	2.0
6	6	3.0
7	-1	3.0
8	8	4.0
9	9	NULL
10	10	NULL
11	11	NULL
