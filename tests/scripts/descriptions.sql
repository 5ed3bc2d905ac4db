# SHOW, DESCRIBE and information_schema.
SHOW TABLES
----

SHOW VIEWS
----

CREATE TABLE t (id INTEGER NOT NULL, name TEXT DEFAULT 'it''s' ENCODING DICT(8), price DECIMAL(8,2) CHECK (price > 0), at TIMESTAMP(3), x FLOAT, CONSTRAINT small CHECK (id < 100)) WITH (chunk_rows = 7)

INSERT INTO t (id) VALUES (1), (2)

CREATE VIEW v (a, "B b") AS SELECT id, price * 2 FROM t

CREATE VIEW broken AS SELECT name FROM t

COMMENT ON TABLE t IS 'It''s a table'

COMMENT ON COLUMN t.id IS 'The number'

COMMENT ON VIEW v IS 'A view'

SHOW VIEWS
----
broken	SELECT name FROM t
v	SELECT id, price * 2 FROM t

SHOW SCHEMAS
----
information_schema
main

DESCRIBE t
----
id	INTEGER	NO	NULL	NULL	The number
name	TEXT	YES	'it''s'	DICT(8)	NULL
price	DECIMAL(8,2)	YES	NULL	NULL	NULL
at	TIMESTAMP(3)	YES	NULL	NULL	NULL
x	FLOAT	YES	NULL	NULL	NULL

SHOW COLUMNS FROM v
----
a	INTEGER	NO	NULL	NULL	NULL
B b	DECIMAL(9,2)	YES	NULL	NULL	NULL

DESC main.v
----
a	INTEGER	NO	NULL	NULL	NULL
B b	DECIMAL(9,2)	YES	NULL	NULL	NULL

SHOW CREATE TABLE t
----
CREATE TABLE t (
  id INTEGER NOT NULL,
  name TEXT DEFAULT 'it''s' ENCODING DICT(8),
  price DECIMAL(8,2),
  at TIMESTAMP(3),
  x FLOAT,
  CONSTRAINT t_price_check CHECK (price > 0),
  CONSTRAINT small CHECK (id < 100)
) WITH (chunk_rows = 7);
COMMENT ON TABLE t IS 'It''s a table';
COMMENT ON COLUMN t.id IS 'The number';

SHOW CREATE VIEW v
----
CREATE VIEW v (a, "B b") AS SELECT id, price * 2 FROM t;
COMMENT ON VIEW v IS 'A view';

SELECT * FROM information_schema.tables
----
gpudb	main	broken	VIEW	NO	NO	NULL	NULL
gpudb	main	t	BASE TABLE	YES	NO	NULL	It's a table
gpudb	main	v	VIEW	NO	NO	NULL	A view

SELECT table_name, column_name, ordinal_position, column_default, is_nullable, data_type, numeric_precision, numeric_scale, datetime_precision, column_comment FROM information_schema.columns
----
broken	name	1	NULL	YES	TEXT	NULL	NULL	NULL	NULL
t	id	1	NULL	NO	INTEGER	32	0	NULL	The number
t	name	2	'it''s'	YES	TEXT	NULL	NULL	NULL	NULL
t	price	3	NULL	YES	DECIMAL	8	2	NULL	NULL
t	at	4	NULL	YES	TIMESTAMP	NULL	NULL	3	NULL
t	x	5	NULL	YES	FLOAT	24	NULL	NULL	NULL
v	a	1	NULL	NO	INTEGER	32	0	NULL	NULL
v	B b	2	NULL	YES	DECIMAL	9	2	NULL	NULL

SELECT v.table_name, v.view_definition FROM information_schema.views AS v ORDER BY 1
----
broken	SELECT name FROM t
v	SELECT id, price * 2 FROM t

SELECT * FROM information_schema.schemata
----
gpudb	information_schema	gpudb	NULL	NULL	NULL	NULL
gpudb	main	gpudb	NULL	NULL	NULL	NULL

SELECT c.table_name, c.constraint_name, k.check_clause FROM information_schema.table_constraints AS c JOIN information_schema.check_constraints AS k ON k.constraint_name = c.constraint_name ORDER BY 2
----
t	small	id < 100
t	t_price_check	price > 0

# A view that does not hold any more has no columns.
ALTER TABLE t DROP COLUMN name

SELECT table_name, count(*) FROM information_schema.columns GROUP BY table_name ORDER BY 1
----
t	4
v	2

DESCRIBE broken
----
error: in view broken: column name does not exist; there are at, id, price, x
line 1, column 10: DESCRIBE broken
                            ^^^^^^

SELECT main.t.id FROM main.t
----
1
2

SELECT t.id FROM main.t ORDER BY id
----
1
2

UPDATE main.t SET id = 3 WHERE id = 2

INSERT INTO main.t (id) VALUES (4)

CREATE TABLE main.u AS SELECT id FROM main.t

SELECT * FROM u ORDER BY id
----
1
3
4

USE main

SELECT * FROM other.t
----
error: schema other does not exist; there are information_schema, main; a file is read by FROM 'other.t'
line 1, column 15: SELECT * FROM other.t
                                 ^^^^^

SELECT * FROM information_schema.nothing
----
error: information_schema has no table nothing
line 1, column 34: SELECT * FROM information_schema.nothing
                                                    ^^^^^^^

DELETE FROM information_schema.tables
----
error: information_schema cannot be changed
line 1, column 13: DELETE FROM information_schema.tables
                               ^^^^^^^^^^^^^^^^^^^^^^^^^

DELETE FROM other.t
----
error: schema other does not exist; there are information_schema, main; a file is read by FROM 'other.t'
line 1, column 13: DELETE FROM other.t
                               ^^^^^

CREATE TABLE other.t (a INTEGER)
----
error: schema other does not exist; there are information_schema, main
line 1, column 14: CREATE TABLE other.t (a INTEGER)
                                ^^^^^^^

DESCRIBE nothing
----
error: table nothing does not exist
line 1, column 10: DESCRIBE nothing
                            ^^^^^^^

SHOW CREATE VIEW t
----
error: view t does not exist
line 1, column 18: SHOW CREATE VIEW t
                                    ^

SHOW CREATE TABLE v
----
error: v is a view, and no table
line 1, column 19: SHOW CREATE TABLE v
                                     ^

SHOW CREATE something
----
error: syntax error at something: expected TABLE
line 1, column 13: SHOW CREATE something
                               ^^^^^^^^^

SHOW COLUMNS t
----
error: syntax error at t: expected FROM
line 1, column 14: SHOW COLUMNS t
                                ^
