# What random queries found wrong once.
CREATE TABLE p (k INTEGER, s TEXT)

INSERT INTO p VALUES (1, 'a'), (2, 'b'), (NULL, NULL), (2, 'ab')

CREATE TABLE q (n INTEGER, t TEXT)

INSERT INTO q VALUES (2, 'aa'), (3, 'b'), (NULL, 'x')

# Text that the host makes, of rows that a search without an equality has passed.
SELECT s, min(CAST(k AS TEXT)) FROM p WHERE EXISTS (SELECT 1 FROM q WHERE q.t < p.s) GROUP BY s ORDER BY s
----
ab	2
b	2

SELECT CAST(k AS TEXT) || s FROM p WHERE k NOT IN (SELECT n FROM q WHERE n < p.k) ORDER BY 1
----
1a
2ab
2b
NULL

# Two constant strings that nothing folds into one.
SELECT CAST(NULL IS NULL AS TEXT) IS DISTINCT FROM '', CAST(TRUE AS TEXT) IS NOT DISTINCT FROM 'true' FROM q LIMIT 1
----
true	true

# A moment of a zone, of which no bounds are known, to coarser units.
CREATE TABLE z (t TIMESTAMP(6))

INSERT INTO z VALUES (TIMESTAMP '2020-01-01 00:00:00.0005'), (TIMESTAMP '1969-12-31 23:59:59.9995'), (NULL)

SELECT epoch_ms(t AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'), epoch_ms(t AT TIME ZONE 'UTC') FROM z
----
1577840400001	1577836800001
3600000	-1
NULL	NULL

# The place of NULL in an array, and of what the array lacks.
CREATE TABLE lists (v INTEGER[], k INTEGER, s TEXT[], t TEXT)

INSERT INTO lists VALUES (ARRAY[1, NULL, 2], NULL, ARRAY['a', NULL], NULL), (ARRAY[1, 2], NULL, ARRAY['a', 'b'], 'x'), (NULL, NULL, NULL, NULL)

SELECT array_position(v, k), array_position(v, 2), array_position(s, t), array_position(s, 'b'), array_position(ARRAY[1, k], NULL) FROM lists
----
2	3	2	NULL	2
NULL	2	NULL	2	2
NULL	NULL	NULL	NULL	2

# A test of arrays' lengths over the block of a table of few rows.
SELECT t FROM lists WHERE cardinality(v) > coalesce(k, 1) AND cardinality(s) < 9 ORDER BY t
----
x
NULL

# A value and elements of another type are compared in a type that holds both.
CREATE TABLE compared AS SELECT 32::INTEGER AS i, ARRAY[32.5::DOUBLE, NULL] AS a, ARRAY[32.4] AS m,
  ARRAY[5000000000] AS b, DATE '2024-01-01' AS d, ARRAY[TIMESTAMP '2024-01-01 00:00:00'] AS t

SELECT i = ANY (a), i < ANY (a), i = ANY (m), i <> ALL (m), i = ANY (b), i < ALL (b), 32.5 = ANY (b) FROM compared
----
NULL	true	false	true	false	true	false

SELECT (i + 0.5) = ANY (a), d = ANY (t), ARRAY_CONTAINS(m, i), ARRAY_POSITION(b, i) FROM compared
----
true	true	false	NULL

DROP TABLE compared

# A distinct aggregate beside one that has to see whole groups, which nothing reads.
CREATE TABLE twice AS SELECT s, g FROM (VALUES ('a', 1), ('a', 1), ('b', 2), (NULL, 2)) AS v (s, g)

SELECT c FROM (SELECT count(DISTINCT s) AS c, string_agg(DISTINCT s, '+' ORDER BY s) AS t FROM twice) AS x
----
2

SELECT g, c, m FROM (SELECT g, count(DISTINCT s) AS c, mode(s) AS m, median(g) AS t FROM twice GROUP BY g) AS x ORDER BY g
----
1	1	a
2	1	b

SELECT g, c FROM (SELECT g, sum(DISTINCT g) AS c, array_agg(s) AS t FROM twice GROUP BY ROLLUP (g)) AS x ORDER BY g
----
1	1
2	2
NULL	3

DROP TABLE twice

# A subquery that is compared twice, beside one that reads the outer rows.
CREATE TABLE outer_rows AS SELECT * FROM (VALUES (1, 5), (2, 0), (NULL, 9)) AS v (k, n)

SELECT CASE WHEN (SELECT max(k) FROM outer_rows) BETWEEN x.k AND x.n THEN 'inside' END,
  (SELECT first(y.c + 1 ORDER BY y.c DESC) FROM unnest([4, 1]) AS y(c) WHERE y.c < x.n)
FROM outer_rows AS x ORDER BY x.k
----
inside	5
NULL	NULL
NULL	5

DROP TABLE outer_rows

# The least BIGINT beside NULL, in a chunk of its own.
CREATE TABLE least (a BIGINT, b BIGINT) WITH (chunk_rows = 2)

INSERT INTO least VALUES (9223372036854775807, 9223372036854775807), (3, NULL),
  (-9223372036854775808, -9223372036854775808), (NULL, -9223372036854775807)

SELECT a, b FROM least ORDER BY a, b
----
-9223372036854775808	-9223372036854775808
3	NULL
9223372036854775807	9223372036854775807
NULL	-9223372036854775807

SELECT min(a), count(a), min(b), count(b) FROM least WHERE b < 0 OR a > 0
----
-9223372036854775808	3	-9223372036854775808	3

DROP TABLE least

# An inequality over what the host makes of one side: the build is searched by it.
CREATE TABLE spoken (n INTEGER, s TEXT)

INSERT INTO spoken VALUES (1, '1'), (2, '5'), (3, NULL), (NULL, '4'), (7, '2')

SELECT a.n, b.n FROM spoken AS a LEFT JOIN spoken AS b ON CAST(b.n || '0' AS INTEGER) < a.n * 8 ORDER BY a.n, b.n
----
1	NULL
2	1
3	1
3	2
7	1
7	2
7	3
NULL	NULL

SELECT a.n, b.n FROM spoken AS a LEFT JOIN spoken AS b ON CAST(a.n || '0' AS INTEGER) > a.n * b.n ORDER BY a.n, b.n LIMIT 3
----
1	1
1	2
1	3

SELECT a.n, count(b.n) FROM spoken AS a LEFT JOIN spoken AS b ON CAST(a.n || '0' AS INTEGER) < a.n * 11 GROUP BY a.n ORDER BY a.n
----
1	4
2	4
3	4
7	4
NULL	0

# Shared outer rows three deep, each with an aggregate of distinct values.
SELECT n FROM spoken AS x WHERE (SELECT count(DISTINCT y.s) FROM spoken AS y WHERE y.n <> x.n) = 1
  + (SELECT count(DISTINCT 1) FROM spoken AS y WHERE y.n < x.n) + (SELECT count(DISTINCT y.n) FROM spoken AS y WHERE y.n > x.n)
  - (SELECT count(DISTINCT y.n) FROM spoken AS y WHERE y.n = x.n) * (SELECT count(DISTINCT y.s) FROM spoken AS y WHERE y.n > x.n) ORDER BY n
----
1
7

DROP TABLE spoken

# A recursive query below long arrays.
CREATE TABLE arrays (v INTEGER[], d DATE)

INSERT INTO arrays VALUES ([1, 2], DATE '2020-01-01'), (NULL, NULL)

WITH RECURSIVE steps (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM steps WHERE n < 3)
SELECT n, d, x FROM steps CROSS JOIN arrays CROSS JOIN UNNEST(v) AS u (x) ORDER BY n, x
----
1	2020-01-01	1
1	2020-01-01	2
2	2020-01-01	1
2	2020-01-01	2
3	2020-01-01	1
3	2020-01-01	2

DROP TABLE arrays

# Parentheses in texts are none.
CREATE TABLE signs (s TEXT DEFAULT '(', CHECK (s <> ')'))

INSERT INTO signs SELECT '(' RETURNING s
----
(

WITH c AS (SELECT '((' AS p) INSERT INTO signs SELECT p FROM c RETURNING s
----
((

DROP TABLE signs
