# Schemas: tables and views of the same name in each.
CREATE SCHEMA sales

CREATE SCHEMA IF NOT EXISTS Sales

CREATE SCHEMA "My ""own"""

CREATE TABLE t (a INTEGER)

CREATE TABLE sales.t (a INTEGER, b TEXT DEFAULT 'x', CHECK (a > 0))

CREATE TABLE "My ""own"""."T é" AS SELECT 7 AS a UNION ALL SELECT NULL

INSERT INTO t VALUES (1), (NULL)

INSERT INTO sales.t (a) VALUES (2), (3)

INSERT INTO gpudb.sales.t VALUES (4, NULL)

UPDATE sales.t SET b = 'y' WHERE a = 2

DELETE FROM sales.t AS s WHERE s.a = 3

SELECT * FROM t ORDER BY a
----
1
NULL

SELECT * FROM sales.t ORDER BY a
----
2	y
4	NULL

SELECT a FROM "My ""own"""."t É" ORDER BY a
----
7
NULL

SELECT sales.t.a, t.b, gpudb.sales.t.a + 1 FROM sales.t ORDER BY sales.t.a DESC LIMIT 1
----
4	NULL	5

SELECT sales.t.* FROM sales.t ORDER BY 1 LIMIT 1
----
2	y

SELECT u.a, sales.t.b FROM main.t AS u RIGHT JOIN sales.t ON u.a = sales.t.a - 1 ORDER BY sales.t.a
----
1	y
NULL	NULL

SELECT public.t.a FROM public.t WHERE a IS NULL
----
NULL

SELECT s.a FROM sales.t AS s WHERE EXISTS (SELECT 1 FROM main.t WHERE main.t.a < s.a) ORDER BY 1
----
2
4

INSERT INTO sales.t VALUES (0, 'bad')
----
error: constraint 't_check' of table 'sales.t', CHECK (a > 0), refuses the row a = 0, b = 'bad'
line 1, column 13: INSERT INTO sales.t VALUES (0, 'bad')
                               ^^^^^^^

TRUNCATE sales.t

COPY sales.t TO '/nonexistent folder/x.csv'
----
error: cannot write '/nonexistent folder/x.csv': there is no folder '/nonexistent folder'; make it
line 1, column 17: COPY sales.t TO '/nonexistent folder/x.csv'
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^

TABLE sales.t
----

SELECT main.t.a FROM sales.t
----
error: table main.t is not in FROM; there are t
line 1, column 8: SELECT main.t.a FROM sales.t
                         ^^^^^^^^

SELECT sales.t.a FROM sales.t AS s
----
error: table sales.t is not in FROM; there are s
line 1, column 8: SELECT sales.t.a FROM sales.t AS s
                         ^^^^^^^^^

SELECT * FROM t, sales.t
----
error: table t stands twice in FROM; give one of them an alias
line 1, column 18: SELECT * FROM t, sales.t
                                    ^^^^^^^

SELECT * FROM other.sales.t
----
error: the database is called gpudb, not other
line 1, column 15: SELECT * FROM other.sales.t
                                 ^^^^^

SELECT * FROM sale.t
----
error: schema sale does not exist; did you mean sales?; a file is read by FROM 'sale.t'
line 1, column 15: SELECT * FROM sale.t
                                 ^^^^

SELECT * FROM sales.u
----
error: table sales.u does not exist; did you mean sales.t?
line 1, column 21: SELECT * FROM sales.u
                                       ^

CREATE TABLE sale.t (a INTEGER)
----
error: schema sale does not exist; did you mean sales?
line 1, column 14: CREATE TABLE sale.t (a INTEGER)
                                ^^^^^^

CREATE TABLE information_schema.t (a INTEGER)
----
error: information_schema cannot be changed
line 1, column 14: CREATE TABLE information_schema.t (a INTEGER)
                                ^^^^^^^^^^^^^^^^^^^^

CREATE SCHEMA sales
----
error: schema sales exists already
line 1, column 15: CREATE SCHEMA sales
                                 ^^^^^

CREATE SCHEMA public
----
error: schema public exists already
line 1, column 15: CREATE SCHEMA public
                                 ^^^^^^

CREATE SCHEMA pg_mine
----
error: schema pg_mine: names that begin with pg_ are PostgreSQL's own
line 1, column 15: CREATE SCHEMA pg_mine
                                 ^^^^^^^

DROP SCHEMA main
----
error: schema main is part of every database
line 1, column 13: DROP SCHEMA main
                               ^^^^

DROP SCHEMA nothing
----
error: schema nothing does not exist; there are My "own", information_schema, main, sales
line 1, column 13: DROP SCHEMA nothing
                               ^^^^^^^

DROP SCHEMA IF EXISTS nothing

DROP SCHEMA sales
----
error: schema sales holds t: DROP SCHEMA sales CASCADE removes all
line 1, column 13: DROP SCHEMA sales
                               ^^^^^

DROP SCHEMA sales RESTRICT
----
error: schema sales holds t: DROP SCHEMA sales CASCADE removes all
line 1, column 13: DROP SCHEMA sales RESTRICT
                               ^^^^^

DROP TABLE IF EXISTS nothing.t

DROP TABLE nothing.t
----
error: schema nothing does not exist; there are My "own", information_schema, main, sales
line 1, column 12: DROP TABLE nothing.t
                              ^^^^^^^^^

# What describes them.
COMMENT ON TABLE sales.t IS 'Sold'

COMMENT ON COLUMN sales.t.a IS 'How many'

CREATE VIEW sales.v AS SELECT a AS n FROM sales.t

COMMENT ON VIEW sales.v IS 'A view'

SHOW SCHEMAS
----
information_schema
main
My "own"
sales

SHOW TABLES
----
t	2	9
My "own".T é	2	9
sales.t	0	0

SHOW VIEWS
----
sales.v	SELECT a AS n FROM sales.t

DESCRIBE sales.t
----
a	INTEGER	YES	NULL	NULL	How many
b	TEXT	YES	'x'	NULL	NULL

DESCRIBE sales.v
----
n	INTEGER	YES	NULL	NULL	NULL

SHOW COLUMNS FROM "My ""own"""."T é"
----
a	INTEGER	YES	NULL	NULL	NULL

SHOW CREATE TABLE sales.t
----
CREATE TABLE sales.t (
  a INTEGER,
  b TEXT DEFAULT 'x',
  CONSTRAINT t_check CHECK (a > 0)
) WITH (chunk_rows = 1048576);
COMMENT ON TABLE sales.t IS 'Sold';
COMMENT ON COLUMN sales.t.a IS 'How many';

SHOW CREATE VIEW sales.v
----
CREATE VIEW sales.v (n) AS SELECT a AS n FROM sales.t;
COMMENT ON VIEW sales.v IS 'A view';

SELECT table_schema, table_name, table_type, table_comment FROM information_schema.tables
----
main	t	BASE TABLE	NULL
My "own"	T é	BASE TABLE	NULL
sales	t	BASE TABLE	Sold
sales	v	VIEW	A view

SELECT table_schema, table_name, column_name, column_comment FROM information_schema.columns WHERE table_schema = 'sales' ORDER BY 2, 3
----
sales	t	a	How many
sales	t	b	NULL
sales	v	n	NULL

SELECT schema_name FROM information_schema.schemata
----
information_schema
main
My "own"
sales

SELECT constraint_schema, constraint_name, table_schema, table_name FROM information_schema.table_constraints
----
sales	t_check	sales	t

SELECT table_schema, view_definition FROM information_schema.views
----
sales	SELECT a AS n FROM sales.t

# search_path: where bare names are looked up, and made.
SHOW search_path
----
main

SET search_path = sales, main

SHOW search_path
----
sales, main

SELECT current_schema, current_schema()
----
sales	sales

CREATE TABLE u AS SELECT 'in sales' AS w

SELECT * FROM sales.u
----
in sales

SELECT count(*) FROM t
----
0

# A view looks its names up where it was made.
CREATE VIEW main.w AS SELECT count(*) AS n FROM t

SET search_path TO 'main'

SELECT * FROM w
----
0

SELECT count(*) FROM t
----
2

SELECT * FROM u
----
error: table u does not exist; did you mean sales.u?
line 1, column 15: SELECT * FROM u
                                 ^

USE sales

SELECT * FROM u
----
in sales

SELECT * FROM main.w
----
0

SET SCHEMA 'My "own"'

SET search_path = 'sales, "My ""own"""'

SHOW search_path
----
sales, "My ""own"""

RESET search_path

USE nothing
----
error: schema nothing does not exist; there are My "own", information_schema, main, sales
line 1, column 5: USE nothing
                      ^^^^^^^

SET search_path = main, sale
----
error: schema sale does not exist; did you mean sales?
line 1, column 25: SET search_path = main, sale
                                           ^^^^

SET search_path =
----
error: syntax error: the statement ends too early; expected a schema's name
line 1, column 18: SET search_path =
                                    ^

# ALTER.
ALTER TABLE sales.u RENAME TO u2

SELECT * FROM sales.u2
----
in sales

ALTER TABLE sales.u2 SET SCHEMA main

SELECT * FROM u2
----
in sales

SELECT * FROM sales.u2
----
error: table sales.u2 does not exist; did you mean sales.v?
line 1, column 21: SELECT * FROM sales.u2
                                       ^^

ALTER TABLE sales.t SET SCHEMA main
----
error: table t exists already
line 1, column 32: ALTER TABLE sales.t SET SCHEMA main
                                                  ^^^^

ALTER TABLE u2 SET SCHEMA nothing
----
error: schema nothing does not exist; there are My "own", information_schema, main, sales
line 1, column 27: ALTER TABLE u2 SET SCHEMA nothing
                                             ^^^^^^^

ALTER TABLE u2 SET SCHEMA information_schema
----
error: u2 cannot be moved to information_schema
line 1, column 27: ALTER TABLE u2 SET SCHEMA information_schema
                                             ^^^^^^^^^^^^^^^^^^

ALTER TABLE sales.t ADD COLUMN c INTEGER DEFAULT 5

ALTER TABLE sales.t RENAME COLUMN a TO "A a"

INSERT INTO sales.t ("A a") VALUES (9)

SELECT * FROM sales.t
----
9	x	5

# In transactions.
BEGIN

CREATE SCHEMA short

CREATE TABLE short.t AS SELECT 1 AS one

DROP SCHEMA sales CASCADE

SELECT * FROM short.t
----
1

SELECT * FROM sales.t
----
error: schema sales does not exist; there are My "own", information_schema, main, short; a file is read by FROM 'sales.t'
line 1, column 15: SELECT * FROM sales.t
                                 ^^^^^

ROLLBACK

SELECT * FROM sales.t
----
9	x	5

SELECT * FROM short.t
----
error: schema short does not exist; there are My "own", information_schema, main, sales; a file is read by FROM 'short.t'
line 1, column 15: SELECT * FROM short.t
                                 ^^^^^

DROP SCHEMA "My ""own""" CASCADE

DROP SCHEMA IF EXISTS sales, nothing CASCADE

SHOW SCHEMAS
----
information_schema
main

SELECT * FROM main.w
----
2

SELECT * FROM u2
----
in sales
