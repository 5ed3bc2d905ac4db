# CREATE and ALTER TABLE, defaults, CHECK constraints, COMMENT, DROP.
CREATE TABLE t (id INTEGER NOT NULL, name TEXT DEFAULT 'none' NOT NULL, price DECIMAL(8,2) DEFAULT 1.5 CHECK (price >= 0), day DATE DEFAULT DATE '2020-01-02', CONSTRAINT small CHECK (id < 100 AND (price IS NULL OR price < 1000))) WITH (chunk_rows = 2)

INSERT INTO t (id) VALUES (1)

INSERT INTO t VALUES (2, DEFAULT, 2.5, DEFAULT), (3, 'three', DEFAULT, NULL), (4, 'four', NULL, DATE '2024-02-29')

SELECT * FROM t
----
1	none	1.50	2020-01-02
2	none	2.50	2020-01-02
3	three	1.50	NULL
4	four	NULL	2024-02-29

# NULL passes a constraint; FALSE does not, and changes nothing.
INSERT INTO t (id, price) VALUES (5, 1), (6, -1)
----
error: constraint 't_price_check' of table 't', CHECK (price >= 0), refuses the row id = 6, name = 'none', price = -1.00, day = 2020-01-02
line 1, column 20: INSERT INTO t (id, price) VALUES (5, 1), (6, -1)
                                      ^^^^^

INSERT INTO t (id) VALUES (100)
----
error: constraint 'small' of table 't', CHECK (id < 100 AND (price IS NULL OR price < 1000)), refuses the row id = 100, name = 'none', price = 1.50, day = 2020-01-02
line 1, column 16: INSERT INTO t (id) VALUES (100)
                                  ^^

UPDATE t SET price = price - 2 WHERE id < 3
----
error: constraint 't_price_check' of table 't', CHECK (price >= 0), refuses the row id = 1, name = 'none', price = -0.50, day = 2020-01-02
line 1, column 14: UPDATE t SET price = price - 2 WHERE id < 3
                                ^^^^^

UPDATE t SET price = 1000
----
error: constraint 'small' of table 't', CHECK (id < 100 AND (price IS NULL OR price < 1000)), refuses the row id = 1, name = 'none', price = 1000.00, day = 2020-01-02
line 1, column 14: UPDATE t SET price = 1000
                                ^^^^^

UPDATE t SET name = DEFAULT, price = DEFAULT WHERE id = 2

SELECT * FROM t
----
1	none	1.50	2020-01-02
2	none	1.50	2020-01-02
3	three	1.50	NULL
4	four	NULL	2024-02-29

SELECT count(*) FROM t WHERE day < now() - INTERVAL '1' day
----
3

# Columns are added with their default, dropped, renamed.
ALTER TABLE t ADD COLUMN stock BIGINT DEFAULT 7 NOT NULL CHECK (stock > 0)

ALTER TABLE t ADD note TEXT

ALTER TABLE t ADD COLUMN IF NOT EXISTS note INTEGER

DELETE FROM t WHERE id = 3

INSERT INTO t (id, stock, note) VALUES (7, 70, 'é漢')

SELECT id, name, stock, note FROM t
----
1	none	7	NULL
2	none	7	NULL
4	four	7	NULL
7	none	70	é漢

ALTER TABLE t RENAME COLUMN stock TO "in stock"

UPDATE t SET "in stock" = 0 WHERE id = 7
----
error: constraint 't_stock_check' of table 't', CHECK ("in stock" > 0), refuses the row id = 7, name = 'none', price = 1.50, day = 2020-01-02, in stock = 0, note = 'é漢'
line 1, column 14: UPDATE t SET "in stock" = 0 WHERE id = 7
                                ^^^^^^^^^^

ALTER TABLE t DROP COLUMN day

ALTER TABLE t DROP COLUMN IF EXISTS day

SELECT * FROM t
----
1	none	1.50	7	NULL
2	none	1.50	7	NULL
4	four	NULL	7	NULL
7	none	1.50	70	é漢

SHOW CREATE TABLE t
----
CREATE TABLE t (
  id INTEGER NOT NULL,
  name TEXT NOT NULL DEFAULT 'none',
  price DECIMAL(8,2) DEFAULT 1.5,
  "in stock" BIGINT NOT NULL DEFAULT 7,
  note TEXT,
  CONSTRAINT t_price_check CHECK (price >= 0),
  CONSTRAINT small CHECK (id < 100 AND (price IS NULL OR price < 1000)),
  CONSTRAINT t_stock_check CHECK ("in stock" > 0)
) WITH (chunk_rows = 2);

# Dropping a column drops the constraints that name it.
ALTER TABLE t DROP COLUMN price

INSERT INTO t (id) VALUES (1000)

ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 0)

ALTER TABLE t ADD CHECK (id < 1000)
----
error: constraint 't_check' of table 't', CHECK (id < 1000), refuses the row id = 1000, name = 'none', in stock = 7, note = NULL
line 1, column 13: ALTER TABLE t ADD CHECK (id < 1000)
                               ^

ALTER TABLE t DROP CONSTRAINT positive

INSERT INTO t (id) VALUES (-1)
