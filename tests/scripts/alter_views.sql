# ALTER VIEW, and comments on the columns of a view.
CREATE SCHEMA s

CREATE TABLE t (a INTEGER, b TEXT)

INSERT INTO t VALUES (1, 'x')

CREATE VIEW v AS SELECT a, b AS "B b" FROM t

COMMENT ON VIEW v IS 'A view'

COMMENT ON COLUMN v.A IS 'It''s a number'

COMMENT ON COLUMN main.v."B b" IS 'A text'

ALTER VIEW v RENAME COLUMN "b B" TO text

DESCRIBE v
----
a	INTEGER	YES	NULL	NULL	It's a number
text	TEXT	YES	NULL	NULL	A text

ALTER VIEW v RENAME TO "V w"

ALTER VIEW "V w" SET SCHEMA s

SELECT a, text FROM s."V w"
----
1	x

SHOW CREATE VIEW s."V w"
----
CREATE VIEW s."V w" (a, text) AS SELECT a, b AS "B b" FROM t;
COMMENT ON VIEW s."V w" IS 'A view';
COMMENT ON COLUMN s."V w".a IS 'It''s a number';
COMMENT ON COLUMN s."V w".text IS 'A text';

SELECT table_schema, table_name, column_name, column_comment FROM information_schema.columns WHERE table_schema = 's' ORDER BY ordinal_position
----
s	V w	a	It's a number
s	V w	text	A text

COMMENT ON COLUMN s."V w".a IS NULL

ALTER VIEW s."V w" RENAME a TO A

ALTER VIEW s."V w" RENAME TO "v W"

SHOW CREATE VIEW s."v W"
----
CREATE VIEW s."v W" (A, text) AS SELECT a, b AS "B b" FROM t;
COMMENT ON VIEW s."v W" IS 'A view';
COMMENT ON COLUMN s."v W".text IS 'A text';

SELECT * FROM v
----
error: table v does not exist
line 1, column 15: SELECT * FROM v
                                 ^

# A view over a view goes by the names that it was made with.
CREATE VIEW outer_view AS SELECT text FROM s."v W"

ALTER VIEW s."v W" RENAME text TO word

SELECT * FROM outer_view
----
error: in view outer_view: column text does not exist; there are A, word
line 1, column 15: SELECT * FROM outer_view
                                 ^^^^^^^^^^

ALTER VIEW s."v W" RENAME word TO text

SELECT * FROM outer_view
----
x

# Undone with its transaction.
BEGIN

ALTER VIEW outer_view RENAME TO other_view

SELECT * FROM other_view
----
x

ROLLBACK

SELECT * FROM outer_view
----
x

CREATE TEMPORARY VIEW short AS SELECT 1 AS one

ALTER VIEW short RENAME TO shorter

SELECT * FROM shorter
----
1

# Mistakes.
ALTER VIEW shorter SET SCHEMA s
----
error: temp.shorter cannot be moved to s
line 1, column 31: ALTER VIEW shorter SET SCHEMA s
                                                 ^

ALTER VIEW outer_view SET SCHEMA information_schema
----
error: outer_view cannot be moved to information_schema
line 1, column 34: ALTER VIEW outer_view SET SCHEMA information_schema
                                                    ^^^^^^^^^^^^^^^^^^

ALTER VIEW outer_view SET SCHEMA nowhere
----
error: schema nowhere does not exist; there are information_schema, main, s
line 1, column 34: ALTER VIEW outer_view SET SCHEMA nowhere
                                                    ^^^^^^^

ALTER VIEW outer_view RENAME TO t
----
error: table t exists already
line 1, column 33: ALTER VIEW outer_view RENAME TO t
                                                   ^

ALTER TABLE t RENAME TO outer_view
----
error: view outer_view exists already
line 1, column 25: ALTER TABLE t RENAME TO outer_view
                                           ^^^^^^^^^^

ALTER VIEW t RENAME TO u
----
error: t is a table, and no view
line 1, column 12: ALTER VIEW t RENAME TO u
                              ^

ALTER TABLE outer_view RENAME TO u
----
error: outer_view is a view, and no table
line 1, column 13: ALTER TABLE outer_view RENAME TO u
                               ^^^^^^^^^^

ALTER VIEW outer_vew RENAME TO u
----
error: view outer_vew does not exist; did you mean outer_view?
line 1, column 12: ALTER VIEW outer_vew RENAME TO u
                              ^^^^^^^^^

ALTER VIEW IF EXISTS outer_vew RENAME TO u

ALTER VIEW s."v W" RENAME text TO a
----
error: view v W has a column a already
line 1, column 35: ALTER VIEW s."v W" RENAME text TO a
                                                     ^

ALTER VIEW s."v W" RENAME txt TO a
----
error: view v W has no column txt; did you mean text?
line 1, column 27: ALTER VIEW s."v W" RENAME txt TO a
                                             ^^^

ALTER VIEW outer_view ADD COLUMN a INTEGER
----
error: syntax error at ADD: expected RENAME or SET SCHEMA
line 1, column 23: ALTER VIEW outer_view ADD COLUMN a INTEGER
                                         ^^^

ALTER VIEW outer_view RENAME TO u, RENAME TO w
----
error: RENAME and SET SCHEMA stand alone in ALTER: write a statement for each
line 1, column 23: ALTER VIEW outer_view RENAME TO u, RENAME TO w
                                         ^^^^^^

COMMENT ON COLUMN outer_view.words IS 'no such'
----
error: view outer_view has no column words; there are text
line 1, column 30: COMMENT ON COLUMN outer_view.words IS 'no such'
                                                ^^^^^

COMMENT ON COLUMN outer_view IS 'no such'
----
error: syntax error at IS: expected .
line 1, column 30: COMMENT ON COLUMN outer_view IS 'no such'
                                                ^^
