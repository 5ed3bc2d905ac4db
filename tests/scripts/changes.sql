# DELETE, UPDATE and TRUNCATE: conditions, subqueries, partners in USING and FROM, NULLs, errors.
CREATE TABLE t (id INTEGER NOT NULL, name TEXT, price DECIMAL(8,2), x DOUBLE, day DATE, big BIGINT, ok BOOLEAN) WITH (chunk_rows = 3)

INSERT INTO t VALUES (1, 'a', 1.50, 0.5, DATE '2020-01-31', 9223372036854775807, TRUE), (2, 'b', NULL, 'NaN', NULL, -9223372036854775808, FALSE), (3, NULL, 3.50, 'Infinity', DATE '2021-01-01', 0, NULL), (4, 'é漢', 4.50, -0.0, DATE '1969-12-31', NULL, TRUE), (5, '', 5.50, NULL, DATE '2022-02-02', 5, FALSE), (6, 'a', 0, 1e300, NULL, 6, TRUE), (7, 'b', -7.25, -1, DATE '2023-03-03', 7, NULL)

CREATE TABLE other (id INTEGER, name TEXT, n INTEGER)

INSERT INTO other VALUES (1, 'one', 10), (3, 'three', 30), (3, 'three', 30), (6, 'six', 60), (NULL, 'none', 0)

# No row.
DELETE FROM t WHERE id > 100

DELETE FROM t WHERE NULL

SELECT count(*) FROM t
----
7

# One row, in the middle of a chunk.
DELETE FROM t WHERE id = 2

SELECT id, name, price FROM t
----
1	a	1.50
3	NULL	3.50
4	é漢	4.50
5	''	5.50
6	a	0.00
7	b	-7.25

# The row that is gone would divide by zero.
SELECT 1 / (id - 2) FROM t ORDER BY id
----
-1
1
0
0
0
0

SELECT count(*), count(name), sum(price), min(x), max(day), max(big), min(id) FROM t
----
6	5	7.75	-1.0	2023-03-03	9223372036854775807	1

SELECT name, count(*) FROM t GROUP BY name ORDER BY name
----
''	1
a	2
b	1
é漢	1
NULL	1

SELECT t.id, u.id FROM t JOIN t AS u ON t.id = u.id + 1 ORDER BY 1
----
4	3
5	4
6	5
7	6

SELECT count(*) FROM t WHERE big < 0
----
0

# What NULL decides is not deleted.
DELETE FROM t WHERE name <> 'a'

SELECT id, name FROM t
----
1	a
3	NULL
6	a

INSERT INTO t (id, name) VALUES (2, 'new'), (8, 'eight')

SELECT id, name, price FROM t
----
1	a	1.50
3	NULL	3.50
6	a	0.00
2	new	NULL
8	eight	NULL

DELETE FROM t WHERE id IN (SELECT id FROM other WHERE n = 60)

DELETE FROM t AS a WHERE EXISTS (SELECT * FROM other AS o WHERE o.id = a.id AND o.n = 10)

SELECT id FROM t
----
3
2
8

DELETE FROM t USING other WHERE other.id = t.id

SELECT id, name FROM t
----
2	new
8	eight

WITH two AS (SELECT 2 AS id) DELETE FROM t WHERE id IN (SELECT id FROM two)

SELECT id FROM t
----
8

INSERT INTO t VALUES (1, 'a', 1.50, 0.5, DATE '2020-01-31', 9223372036854775807, TRUE), (2, 'b', NULL, 'NaN', NULL, -9223372036854775808, FALSE), (3, NULL, 3.50, 'Infinity', DATE '2021-01-01', 0, NULL), (4, 'é漢', 4.50, -0.0, DATE '1969-12-31', NULL, TRUE)

UPDATE t SET name = upper(name), price = price * 2, x = NULL WHERE id < 4

SELECT * FROM t ORDER BY id
----
1	A	3.00	NULL	2020-01-31	9223372036854775807	true
2	B	NULL	NULL	NULL	-9223372036854775808	false
3	NULL	7.00	NULL	2021-01-01	0	NULL
4	é漢	4.50	0.0	1969-12-31	NULL	true
8	eight	NULL	NULL	NULL	NULL	NULL

# The values on the right are those from before the statement.
UPDATE t SET id = big, big = id WHERE big BETWEEN 0 AND 10

UPDATE t SET (x, ok) = (id + 0.5, id > 1), day = day + INTERVAL '1' day

SELECT id, x, ok, day, big FROM t ORDER BY id
----
0	0.5	false	2021-01-02	3
1	1.5	false	2020-02-01	9223372036854775807
2	2.5	true	NULL	-9223372036854775808
4	4.5	true	1970-01-01	NULL
8	8.5	true	NULL	NULL

UPDATE t SET name = 'from ' || o.name, x = o.n FROM other AS o WHERE o.id = t.id

SELECT id, name, x FROM t ORDER BY id
----
0	NULL	0.5
1	from one	10.0
2	B	2.5
4	é漢	4.5
8	eight	8.5

UPDATE t SET x = (SELECT sum(n) FROM other WHERE other.id <= t.id), name = (SELECT max(name) FROM other WHERE other.id = t.id)

SELECT id, name, x FROM t ORDER BY id
----
0	NULL	NULL
1	one	10.0
2	NULL	10.0
4	NULL	70.0
8	NULL	130.0

UPDATE t SET price = DEFAULT, name = ''

SELECT id, name, price FROM t ORDER BY id
----
0	''	NULL
1	''	NULL
2	''	NULL
4	''	NULL
8	''	NULL

WITH big AS (SELECT 7 AS v) UPDATE t SET x = v FROM big

SELECT DISTINCT x FROM t
----
7.0

# A row that has several partners with different values is refused; with equal ones it is not.
UPDATE t SET x = v.x FROM (VALUES (4, 1), (4, 2)) AS v (k, x) WHERE t.id = v.k
----
error: UPDATE gives column x of table t several values for one row, 1.0 and 2.0 among them, since FROM has several partners for it; let the condition leave one
line 1, column 14: UPDATE t SET x = v.x FROM (VALUES (4, 1), (4, 2)) AS v (k, x) WHERE t.id = v.k
                                ^

UPDATE t SET x = v.x FROM (VALUES (4, 1), (4, 1), (NULL, 3)) AS v (k, x) WHERE t.id = v.k

SELECT id, x FROM t WHERE x = 1
----
4	1.0

# A statement that fails changes nothing.
UPDATE t SET id = NULL WHERE id = 4
----
error: table 't', column 'id', row 5: NULL in a column that is NOT NULL
line 1, column 14: UPDATE t SET id = NULL WHERE id = 4
                                ^^

UPDATE t SET id = 10 / (id - 4)
----
error: division by zero
line 1, column 19: UPDATE t SET id = 10 / (id - 4)
                                     ^^^^^^^^^^^^^

UPDATE t SET big = big + 1
----
error: BIGINT overflow: 9223372036854775807 + 1 is out of range; cast to a wider type
line 1, column 20: UPDATE t SET big = big + 1
                                      ^^^^^^^

UPDATE t SET price = 1000000 WHERE id = 4
----
error: column price of t: 1000000 is out of range for DECIMAL(8,2)
line 1, column 22: UPDATE t SET price = 1000000 WHERE id = 4
                                        ^^^^^^^

SELECT id, big, price FROM t ORDER BY id
----
0	3	NULL
1	9223372036854775807	NULL
2	-9223372036854775808	NULL
4	NULL	NULL
8	NULL	NULL

DELETE FROM nowhere
----
error: table nowhere does not exist; did you mean other?
line 1, column 13: DELETE FROM nowhere
                               ^^^^^^^

DELETE FROM t WHERE nme = 'a'
----
error: column nme does not exist; did you mean name?
line 1, column 21: DELETE FROM t WHERE nme = 'a'
                                       ^^^

DELETE FROM t WHERE sum(id) > 1
----
error: an aggregate cannot stand in WHERE
line 1, column 21: DELETE FROM t WHERE sum(id) > 1
                                       ^^^^^^^

DELETE FROM t WHERE id
----
error: WHERE takes a BOOLEAN, not INTEGER
line 1, column 21: DELETE FROM t WHERE id
                                       ^^

DELETE FROM t USING t WHERE t.id = 1
----
error: table t stands twice in FROM; give one of them an alias
line 1, column 21: DELETE FROM t USING t WHERE t.id = 1
                                       ^

DELETE t WHERE id = 1
----
error: syntax error at t: expected FROM
line 1, column 8: DELETE t WHERE id = 1
                         ^

DELETE FROM 'file.parquet'
----
error: only the rows of a table can be changed
line 1, column 13: DELETE FROM 'file.parquet'
                               ^^^^^^^^^^^^^^

UPDATE t SET nme = 1
----
error: table t has no column nme; did you mean name?
line 1, column 14: UPDATE t SET nme = 1
                                ^^^

UPDATE t SET id = 1, id = 2
----
error: column id is given twice
line 1, column 22: UPDATE t SET id = 1, id = 2
                                        ^^

UPDATE t SET t.id = 1
----
error: SET takes the bare name of a column
line 1, column 14: UPDATE t SET t.id = 1
                                ^^^^

UPDATE t SET id = 'one'
----
error: column id of t: 'one' is not a valid INTEGER
line 1, column 19: UPDATE t SET id = 'one'
                                     ^^^^^

UPDATE t SET id = name
----
error: column id of t is INTEGER, not TEXT; write CAST(... AS INTEGER)
line 1, column 19: UPDATE t SET id = name
                                     ^^^^

UPDATE t SET (id, x) = (1, 2, 3)
----
error: 2 columns take as many values, not 3
line 1, column 15: UPDATE t SET (id, x) = (1, 2, 3)
                                 ^^^^^^^^^^^^^^^^^

UPDATE t SET id = count(*)
----
error: an aggregate cannot stand in SET
line 1, column 19: UPDATE t SET id = count(*)
                                     ^^^^^^^^

UPDATE t SET
----
error: UPDATE needs SET column = value
line 1, column 8: UPDATE t SET
                         ^

UPDATE nowhere SET a = 1
----
error: table nowhere does not exist; did you mean other?
line 1, column 8: UPDATE nowhere SET a = 1
                         ^^^^^^^

TRUNCATE nowhere
----
error: table nowhere does not exist; did you mean other?
line 1, column 10: TRUNCATE nowhere
                            ^^^^^^^

TRUNCATE TABLE t

SELECT count(*), max(name) FROM t
----
0	NULL

INSERT INTO t (id, name) VALUES (1, 'again')

SELECT id, name FROM t
----
1	again

DELETE FROM t

SELECT * FROM t
----

UPDATE t SET id = 3

# What follows a row without a comma is no alias with columns.
INSERT INTO t VALUES (2, 'two') (3, 'three')
----
error: a comma is missing before this row
line 1, column 34: INSERT INTO t VALUES (2, 'two') (3, 'three')
                                                    ^

INSERT INTO t VALUES (2) (3)
----
error: a comma is missing before this row
line 1, column 27: INSERT INTO t VALUES (2) (3)
                                             ^

INSERT INTO t VALUES (2, 'two') again
----
error: VALUES can have a name in FROM only
line 1, column 33: INSERT INTO t VALUES (2, 'two') again
                                                   ^^^^^

VALUES (1, 2) (3, 4)
----
error: a comma is missing before this row
line 1, column 16: VALUES (1, 2) (3, 4)
                                  ^

SELECT count(*) FROM t
----
0
