# Arrays of scalars: columns, literals, elements, comparisons, unnest.
CREATE TABLE t (id INTEGER, a INTEGER[], s TEXT[], d DOUBLE[3], n INTEGER)

INSERT INTO t VALUES (1, ARRAY[1, 2, 3], ARRAY['x', 'y z', NULL], ARRAY[1.5, NULL], 2), (2, '{}', '{}', '{}', 1), (3, NULL, NULL, NULL, NULL), (4, ARRAY[NULL, 5], ARRAY['é"q\'], ARRAY[-0e0], 3), (5, '{1, 2, 3}', '{"NULL", "", null, "{a,b}"}', '{NaN, Infinity, 1e300}', 1)

SELECT id, a, s, d FROM t ORDER BY id
----
1	[1, 2, 3]	['x', 'y z', None]	[1.5, None]
2	[]	[]	[]
3	NULL	NULL	NULL
4	[None, 5]	['é"q\\']	[0.0]
5	[1, 2, 3]	['NULL', '', None, '{a,b}']	[nan, inf, 1e+300]

SELECT ARRAY[1, 2.5], ARRAY['a', NULL], ARRAY[TRUE, FALSE], ARRAY[DATE '2024-02-29', NULL], ARRAY[TIMESTAMP '2024-01-01 10:00:00.5'], CAST('{}' AS BIGINT[])
----
[Decimal('1.0'), Decimal('2.5')]	['a', None]	[True, False]	[datetime.date(2024, 2, 29), None]	[datetime.datetime(2024, 1, 1, 10, 0, 0, 500000)]	[]

# Indexes begin at 1; outside there is NULL.
SELECT id, a[1], a[n], a[0], a[-1], a[9], s[2], d[1] FROM t ORDER BY id
----
1	1	2	NULL	NULL	NULL	y z	1.5
2	NULL	NULL	NULL	NULL	NULL	NULL	NULL
3	NULL	NULL	NULL	NULL	NULL	NULL	NULL
4	NULL	NULL	NULL	NULL	NULL	NULL	0.0
5	1	1	NULL	NULL	NULL	''	nan

SELECT (ARRAY[DATE '2024-01-01'])[1] + 1, (ARRAY[1.5, 2.25])[2] * 2, (ARRAY[TRUE])[1], (ARRAY[TIMESTAMP '2024-01-01 10:00:00'])[1], a[NULL] FROM t WHERE id = 1
----
2024-01-02	4.50	true	2024-01-01 10:00:00	NULL

SELECT id, cardinality(a), array_length(a, 1), array_length(a, 2), len(s), length('four') FROM t ORDER BY id
----
1	3	3	NULL	3	4
2	0	NULL	NULL	0	4
3	NULL	NULL	NULL	NULL	4
4	2	2	NULL	1	4
5	3	3	NULL	4	4

# NULL in an array leaves = ANY open, as in PostgreSQL.
SELECT id, 2 = ANY(a), 5 = ANY(a), n = ANY(a), 'x' = ANY(s), 2 < ANY(a), 9 > ALL(a), 2 <> ALL(a), 1.5 = ANY(d) FROM t ORDER BY id
----
1	true	false	true	true	true	true	false	true
2	false	false	false	false	false	true	true	false
3	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL
4	NULL	true	NULL	false	true	NULL	NULL	false
5	true	false	true	NULL	true	true	false	false

SELECT id FROM t WHERE 2 = ANY(a) AND n <> ALL(a) ORDER BY id
----

SELECT id, array_contains(a, 2), contains(a, 5), array_position(a, 3), array_position(s, ''), array_contains(s, s[1]) FROM t ORDER BY id
----
1	true	false	3	NULL	true
2	false	false	NULL	NULL	NULL
3	NULL	NULL	NULL	NULL	NULL
4	false	true	NULL	NULL	true
5	true	false	3	2	true

SELECT contains('abc', 'b'), 3 = ANY(ARRAY[1, 3]), 'b' = ANY('{a,b}'::TEXT[]), 2.0 = ANY(ARRAY[1, 2]), DATE '2024-01-02' > ALL(ARRAY[DATE '2024-01-01'])
----
true	true	true	true	true

SELECT id, a || ARRAY[7], a || 8, 0 || a, s || s, array_append(a, NULL) FROM t ORDER BY id
----
1	[1, 2, 3, 7]	[1, 2, 3, 8]	[0, 1, 2, 3]	['x', 'y z', None, 'x', 'y z', None]	[1, 2, 3, None]
2	[7]	[8]	[0]	[]	[None]
3	[7]	[8]	[0]	NULL	[None]
4	[None, 5, 7]	[None, 5, 8]	[0, None, 5]	['é"q\\', 'é"q\\']	[None, 5, None]
5	[1, 2, 3, 7]	[1, 2, 3, 8]	[0, 1, 2, 3]	['NULL', '', None, '{a,b}', 'NULL', '', None, '{a,b}']	[1, 2, 3, None]

SELECT id, ARRAY[id, n], ARRAY[s[1], 'k,v'], ARRAY[d[1], 0e0] FROM t ORDER BY id
----
1	[1, 2]	['x', 'k,v']	[1.5, 0.0]
2	[2, 1]	[None, 'k,v']	[None, 0.0]
3	[3, None]	[None, 'k,v']	[None, 0.0]
4	[4, 3]	['é"q\\', 'k,v']	[0.0, 0.0]
5	[5, 1]	['NULL', 'k,v']	[nan, 0.0]

# Arrays are equal where their elements are.
SELECT a, count(*) FROM t GROUP BY a ORDER BY count(*) DESC, cardinality(a)
----
[1, 2, 3]	2
[]	1
[None, 5]	1
NULL	1

SELECT count(DISTINCT a), count(a) FROM t
----
3	4

SELECT x.id, y.id FROM t x JOIN t y ON x.a = y.a ORDER BY x.id, y.id
----
1	1
1	5
2	2
4	4
5	1
5	5

SELECT id FROM t WHERE a <> '{1,2,3}' ORDER BY id
----
2
4

SELECT ARRAY[0e0] = ARRAY[-0e0], ARRAY[1, NULL] = ARRAY[1, NULL], ARRAY[1] = ARRAY[1::BIGINT], '{}' = ARRAY[1]
----
true	true	true	false

SELECT a FROM t UNION SELECT ARRAY[4] EXCEPT SELECT ARRAY[1, 2, 3] ORDER BY 1
----
[]
[4]
[None, 5]
NULL

SELECT CASE WHEN id = 1 THEN a ELSE ARRAY[0] END, coalesce(a, ARRAY[9]) FROM t ORDER BY id
----
[1, 2, 3]	[1, 2, 3]
[0]	[]
[0]	[9]
[0]	[None, 5]
[0]	[1, 2, 3]

SELECT CAST(a AS BIGINT[]), CAST(a AS TEXT), CAST(CAST(a AS TEXT) AS DOUBLE[]) FROM t ORDER BY id
----
[1, 2, 3]	{1,2,3}	[1.0, 2.0, 3.0]
[]	{}	[]
NULL	NULL	NULL
[None, 5]	{NULL,5}	[None, 5.0]
[1, 2, 3]	{1,2,3}	[1.0, 2.0, 3.0]

# Each element a row.
SELECT id, x FROM t, unnest(t.a) AS u (x) ORDER BY id, x
----
1	1
1	2
1	3
4	5
4	NULL
5	1
5	2
5	3

SELECT id, x, nth FROM t LEFT JOIN LATERAL unnest(s) WITH ORDINALITY AS u (x, nth) ON TRUE ORDER BY id, nth
----
1	x	1
1	y z	2
1	NULL	3
2	NULL	NULL
3	NULL	NULL
4	é"q\	1
5	NULL	1
5	''	2
5	NULL	3
5	{a,b}	4

# Several arrays side by side: NULL behind the end of a shorter one.
SELECT id, x, y, nth FROM t, unnest(a, s) WITH ORDINALITY AS u (x, y, nth) ORDER BY id, nth
----
1	1	x	1
1	2	y z	2
1	3	NULL	3
4	NULL	é"q\	1
4	5	NULL	2
5	1	NULL	1
5	2	''	2
5	3	NULL	3
5	NULL	{a,b}	4

SELECT id, x, y, nth FROM t LEFT JOIN LATERAL unnest(d, ARRAY[id]) WITH ORDINALITY AS u (x, y, nth) ON TRUE WHERE id < 4 ORDER BY id, nth
----
1	1.5	1	1
1	NULL	NULL	2
2	NULL	2	1
3	NULL	3	1

SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b', 'c'], CAST(NULL AS DATE[])) AS u (n, s, d)
----
1	a	NULL
2	b	NULL
NULL	c	NULL

SELECT count(*), sum(x), count(x), max(y) FROM t, unnest(a, s) u (x, y) WHERE id <> 5
----
5	11	4	é"q\

SELECT id, x FROM t LEFT JOIN LATERAL unnest(a) u (x) ON TRUE WHERE id IN (2, 3)
----
2	NULL
3	NULL

SELECT t.id, x, o.id FROM t, unnest(t.a) u (x) JOIN t o ON o.n = x ORDER BY 1, 2, 3
----
1	1	2
1	1	5
1	2	1
1	3	4
5	1	2
5	1	5
5	2	1
5	3	4

SELECT x FROM unnest(ARRAY[3, 1, NULL]) AS u (x)
----
3
1
NULL

SELECT id, unnest(d) AS x FROM t ORDER BY id, x
----
1	1.5
1	NULL
4	0.0
5	1e+300
5	inf
5	nan

SELECT x, count(*) FROM t, unnest(a) u (x) GROUP BY x ORDER BY x
----
1	2
2	2
3	2
5	1
NULL	1

SELECT id, (SELECT max(x) FROM unnest(t.a) u (x)) FROM t ORDER BY id
----
1	3
2	NULL
3	NULL
4	5
5	3

SELECT id FROM t WHERE EXISTS (SELECT 1 FROM unnest(t.s) u (x) WHERE x = 'NULL')
----
5

WITH RECURSIVE r (n, path) AS (SELECT 1, ARRAY[1] UNION ALL SELECT n + 1, path || (n + 1) FROM r WHERE n < 3) SELECT path FROM r
----
[1]
[1, 2]
[1, 2, 3]

# All values of a group, NULL among them.
SELECT n, array_agg(id ORDER BY id DESC), array_agg(s[1] ORDER BY id), array_agg(d[1] ORDER BY id) FILTER (WHERE id < 5) FROM t GROUP BY n ORDER BY n
----
1	[5, 2]	[None, 'NULL']	[None]
2	[1]	['x']	[1.5]
3	[4]	['é"q\\']	[0.0]
NULL	[3]	[None]	[None]

SELECT array_agg(id), cardinality(array_agg(DISTINCT n)) FROM t WHERE id > 99
----
NULL	NULL

SELECT cardinality(array_agg(DISTINCT n)) FROM t
----
4

INSERT INTO t SELECT id + 10, a || 4, s, d, n FROM t WHERE id = 1

UPDATE t SET a = a || id WHERE id > 10

SELECT id, a FROM t WHERE id > 10
----
11	[1, 2, 3, 4, 11]

# What is refused, and where.
SELECT n[1] FROM t
----
error: [ ] takes an array, not INTEGER
line 1, column 8: SELECT n[1] FROM t
                         ^^^

SELECT ARRAY[1, 'x']
----
error: 'x' is not a valid INTEGER
line 1, column 17: SELECT ARRAY[1, 'x']
                                   ^^^

SELECT CAST('{1,x}' AS INTEGER[])
----
error: 'x' is not a valid INTEGER
line 1, column 13: SELECT CAST('{1,x}' AS INTEGER[])
                               ^^^^^^^

SELECT CAST('1,2' AS INTEGER[])
----
error: '1,2' is no array: it is written {1,2}
line 1, column 13: SELECT CAST('1,2' AS INTEGER[])
                               ^^^^^

SELECT ARRAY[]
----
error: the type of an empty ARRAY[] is not known: ARRAY[]::INTEGER[]

SELECT ARRAY[ARRAY[1]]
----
error: an array of INTEGER[] is not supported: keep inner arrays as rows, or as texts by array_to_string
line 1, column 20: SELECT ARRAY[ARRAY[1]]
                                      ^

SELECT unnest(a), count(*) FROM t GROUP BY 1
----
error: unnest in a SELECT list beside groups, aggregates or windows is not supported yet
line 1, column 8: SELECT unnest(a), count(*) FROM t GROUP BY 1
                         ^^^^^^^^^

SELECT * FROM unnest(n) FROM t
----
error: syntax error at FROM
line 1, column 25: SELECT * FROM unnest(n) FROM t
                                           ^^^^

SELECT * FROM t, unnest(a, s) AS u (x, y, z)
----
error: u has 2 columns, not 3
line 1, column 34: SELECT * FROM t, unnest(a, s) AS u (x, y, z)
                                                    ^^^^^^^^^^^

SELECT * FROM t, unnest(n)
----
error: unnest takes an array, not INTEGER
line 1, column 25: SELECT * FROM t, unnest(n)
                                           ^

SELECT a LIKE '%1%' FROM t
----
error: LIKE takes TEXT, not INTEGER[]
line 1, column 8: SELECT a LIKE '%1%' FROM t
                         ^^^^^^^^^^^^

CREATE TABLE bad (a INTEGER[][])
----
error: an array of INTEGER[] is not supported: keep inner arrays as rows, or as texts by array_to_string
line 1, column 21: CREATE TABLE bad (a INTEGER[][])
                                       ^^^^^^^^^^^
