# Types of columns changed, defaults and NOT NULL set and dropped, tables renamed and replaced.
CREATE TABLE t (id INTEGER NOT NULL, name TEXT DEFAULT 'none' NOT NULL, note TEXT, price INTEGER) WITH (chunk_rows = 2)

INSERT INTO t (id) VALUES (-1), (1), (2), (3), (4), (1000)

DELETE FROM t WHERE id = 3

# Types change, with an expression or without; deleted rows stay deleted.
ALTER TABLE t ALTER COLUMN id TYPE BIGINT

ALTER TABLE t ALTER COLUMN name SET DATA TYPE INTEGER USING length(name)

ALTER TABLE t ALTER note TYPE DOUBLE USING id / 2

SELECT id, name, note FROM t ORDER BY id
----
-1	4	0.0
1	4	0.0
2	4	1.0
4	4	2.0
1000	4	500.0

ALTER TABLE t ALTER COLUMN name TYPE TEXT USING CAST(name AS TEXT) || '!'

INSERT INTO t (id, name) VALUES (8, 'eight')

SELECT id, name FROM t ORDER BY id
----
-1	4!
1	4!
2	4!
4	4!
8	eight
1000	4!

ALTER TABLE t ALTER COLUMN id TYPE TINYINT
----
error: table 't', column 'id', row 6 holds 1000: 1000 is out of the range of TINYINT
line 1, column 28: ALTER TABLE t ALTER COLUMN id TYPE TINYINT
                                              ^^

ALTER TABLE t ALTER COLUMN name TYPE DATE USING CASE id WHEN 8 THEN CAST(name AS DATE) END
----
error: table 't', column 'name', row 7 holds 'eight': cannot cast 'eight' to DATE; TRY_CAST gives NULL instead
line 1, column 69: ALTER TABLE t ALTER COLUMN name TYPE DATE USING CASE id WHEN 8 THEN CAST(name AS DATE) END
                                                                                       ^^^^^^^^^^^^^^^^^^

ALTER TABLE t ALTER COLUMN name DROP NOT NULL

ALTER TABLE t ALTER COLUMN name SET DEFAULT upper('new')

INSERT INTO t (id) VALUES (9)

ALTER TABLE t ALTER COLUMN name DROP DEFAULT

INSERT INTO t (id) VALUES (10)

ALTER TABLE t ALTER COLUMN name SET NOT NULL
----
error: table 't', column 'name': 1 rows hold NULL, so it cannot be NOT NULL
line 1, column 28: ALTER TABLE t ALTER COLUMN name SET NOT NULL
                                              ^^^^

DELETE FROM t WHERE id = 10

ALTER TABLE t ALTER COLUMN name SET NOT NULL

UPDATE t SET name = 'all'

INSERT INTO t (id) VALUES (11)
----
error: table 't', column 'name', row 1: NULL in a column that is NOT NULL
line 1, column 13: INSERT INTO t (id) VALUES (11)
                               ^

SELECT id, name FROM t ORDER BY id
----
-1	all
1	all
2	all
4	all
8	all
9	all
1000	all

ALTER TABLE t RENAME TO "New t"

SELECT count(*) FROM "new T"
----
7

SELECT * FROM t
----
error: table t does not exist
line 1, column 15: SELECT * FROM t
                                 ^

COMMENT ON TABLE "New t" IS 'A table''s comment'

COMMENT ON COLUMN "New t".id IS 'A number'

COMMENT ON COLUMN "New t".id IS NULL

CREATE OR REPLACE TABLE "New t" (a INTEGER)

CREATE OR REPLACE TABLE "New t" AS SELECT a + 1 AS b FROM "New t"

SELECT * FROM "New t"
----

DROP TABLE "New t"

DROP TABLE IF EXISTS "New t", nowhere
