# Arrays in order, parts of them, and their functions.
CREATE TABLE t (id INTEGER, a INTEGER[], s TEXT[], d DOUBLE[], w DECIMAL(38,2)[], n INTEGER)

INSERT INTO t VALUES (1, ARRAY[1, 2, 3], ARRAY['b', NULL, 'é'], ARRAY[1.5, NULL], ARRAY[12345678901234567890123.45], 2), (2, '{}', '{}', '{}', '{}', 1), (3, NULL, NULL, NULL, NULL, NULL), (4, ARRAY[1, NULL], ARRAY['b'], ARRAY['NaN'::DOUBLE], ARRAY[-12345678901234567890123.45], 3), (5, ARRAY[1, 2], ARRAY['a', 'z'], ARRAY[-1e300], ARRAY[1.00, 2.00], 1), (6, ARRAY[-2147483648, 2147483647], ARRAY['b', 'a'], ARRAY['Infinity'::DOUBLE], ARRAY[1.00], 2)

# PostgreSQL's order: by elements, NULL the greatest, the shorter of two first.
SELECT id, a FROM t ORDER BY a
----
2	[]
6	[-2147483648, 2147483647]
5	[1, 2]
1	[1, 2, 3]
4	[1, None]
3	NULL

SELECT id FROM t ORDER BY a DESC NULLS LAST
----
4
1
5
6
2
3

SELECT id, s FROM t ORDER BY s
----
2	[]
5	['a', 'z']
4	['b']
6	['b', 'a']
1	['b', None, 'é']
3	NULL

SELECT id, d FROM t ORDER BY d
----
2	[]
5	[-1e+300]
1	[1.5, None]
6	[inf]
4	[nan]
3	NULL

SELECT id, w FROM t ORDER BY w
----
2	[]
4	[Decimal('-12345678901234567890123.45')]
6	[Decimal('1.00')]
5	[Decimal('1.00'), Decimal('2.00')]
1	[Decimal('12345678901234567890123.45')]
3	NULL

SELECT id FROM t ORDER BY a LIMIT 2
----
2
6

SELECT min(a), max(a), min(s), max(s), min(d), max(d), min(w), max(w) FROM t
----
[]	[1, None]	[]	['b', None, 'é']	[]	[nan]	[]	[Decimal('12345678901234567890123.45')]

SELECT n, max(a), min(s) FROM t GROUP BY n ORDER BY n
----
1	[1, 2]	[]
2	[1, 2, 3]	['b', 'a']
3	[1, None]	['b']
NULL	NULL	NULL

SELECT id, a < ARRAY[1, 2], a >= ARRAY[1, 2], a > '{1,NULL}', s <= ARRAY['b'], d < ARRAY['NaN'::DOUBLE] FROM t ORDER BY id
----
1	false	true	false	false	true
2	true	false	false	true	true
3	NULL	NULL	NULL	NULL	NULL
4	false	true	false	true	false
5	false	true	false	true	true
6	true	false	false	false	true

SELECT x.id, y.id FROM t x JOIN t y ON x.a < y.a ORDER BY 1, 2
----
1	4
2	1
2	4
2	5
2	6
5	1
5	4
6	1
6	4
6	5

SELECT ARRAY[1, 2] < ARRAY[1, 2, 0], ARRAY[1, NULL] > ARRAY[1, 5], ARRAY['a'] < ARRAY['b'], ARRAY[2] < ARRAY[1, 9], ARRAY[NULL::INTEGER] = ARRAY[NULL::INTEGER], '{}' < ARRAY[1]
----
true	true	true	false	true	true

SELECT id, row_number() OVER (ORDER BY a), rank() OVER (PARTITION BY s[1] ORDER BY a DESC) FROM t ORDER BY id
----
1	4	2
2	1	2
3	6	1
4	5	1
5	3	1
6	2	3

SELECT DISTINCT a FROM (SELECT a FROM t UNION ALL SELECT a || '{}' FROM t) u ORDER BY a
----
[]
[-2147483648, 2147483647]
[1, 2]
[1, 2, 3]
[1, None]
NULL

SELECT a FROM t WHERE a BETWEEN ARRAY[1] AND ARRAY[1, 2] ORDER BY a
----
[1, 2]

SELECT arg_min(id, a), arg_max(a, id), first(a ORDER BY id), last(s ORDER BY id) FROM t WHERE a IS NOT NULL
----
2	[-2147483648, 2147483647]	[1, 2, 3]	['b', 'a']

# A slice has what lies inside; NULL as a bound gives NULL.
SELECT id, a[2:3], a[:2], a[2:], a[n:n], a[3:n], a[3:2], a[-5:1], a[NULL:2] FROM t ORDER BY id
----
1	[2, 3]	[1, 2]	[2, 3]	[2]	[]	[]	[1]	NULL
2	[]	[]	[]	[]	[]	[]	[]	NULL
3	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL
4	[None]	[1, None]	[None]	[]	[]	[]	[1]	NULL
5	[2]	[1, 2]	[2]	[1]	[]	[]	[1]	NULL
6	[2147483647]	[-2147483648, 2147483647]	[2147483647]	[2147483647]	[]	[]	[-2147483648]	NULL

SELECT (ARRAY['a', 'b', 'c'])[2:], (ARRAY[1, 2, 3])[:], cardinality((ARRAY[1, 2, 3])[2:9223372036854775807])
----
['b', 'c']	[1, 2, 3]	2

SELECT id, array_prepend(0, a), array_append(s, 'ü'), list_append(d, id), a || NULL FROM t ORDER BY id
----
1	[0, 1, 2, 3]	['b', None, 'é', 'ü']	[1.5, None, 1.0]	[1, 2, 3]
2	[0]	['ü']	[2.0]	[]
3	[0]	['ü']	[3.0]	NULL
4	[0, 1, None]	['b', 'ü']	[nan, 4.0]	[1, None]
5	[0, 1, 2]	['a', 'z', 'ü']	[-1e+300, 5.0]	[1, 2]
6	[0, -2147483648, 2147483647]	['b', 'a', 'ü']	[inf, 6.0]	[-2147483648, 2147483647]

SELECT id, array_to_string(a, ','), array_to_string(s, '-', '?'), array_to_string(d, ' '), array_to_string(a, NULL) FROM t ORDER BY id
----
1	1,2,3	b-?-é	1.5	NULL
2	''	''	''	NULL
3	NULL	NULL	NULL	NULL
4	1	b	NaN	NULL
5	1,2	a-z	-1e+300	NULL
6	-2147483648,2147483647	b-a	Infinity	NULL

SELECT array_to_string(ARRAY[DATE '2024-01-01', NULL], '/'), array_to_string(ARRAY[TRUE, FALSE], ' '), array_to_string(ARRAY[1.50], ''), array_to_string(CAST(NULL AS TEXT[]), ','), array_to_string(ARRAY[TIMESTAMP '2024-01-01 10:00:00'], ',')
----
2024-01-01	true false	1.50	NULL	2024-01-01 10:00:00

SELECT string_to_array('a,b,,c', ','), string_to_array('', ','), string_to_array('é--ü', '--'), string_to_array('a,b', ',', 'b'), string_to_array('abc', ''), string_to_array(NULL, ',')
----
['a', 'b', '', 'c']	[]	['é', 'ü']	['a', None]	['abc']	NULL

SELECT id, string_to_array(array_to_string(s, '|', '*'), '|', '*') = s, (string_to_array(s[1], 'b'))[2] FROM t ORDER BY id
----
1	true	''
2	true	NULL
3	NULL	NULL
4	true	''
5	true	NULL
6	true	''

SELECT id, a && ARRAY[3, 9], a @> ARRAY[1, 2], ARRAY[1] <@ a, a @> '{}', a && '{}', s && ARRAY['é', 'q'], s @> s, a && ARRAY[NULL::INTEGER] FROM t ORDER BY id
----
1	true	true	true	true	false	true	false	false
2	false	false	false	true	false	false	true	false
3	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL
4	false	false	true	true	false	false	true	false
5	false	true	true	true	false	false	true	false
6	false	false	false	true	false	false	true	false

SELECT list_has_any(ARRAY[1], ARRAY[1.0]), list_has_all(ARRAY['a', 'b'], ARRAY['b', 'b']), array_has_all(ARRAY[1], ARRAY[1, 2])
----
true	true	false

SELECT n, list(id ORDER BY id DESC), array_agg(DISTINCT s[1]), array_agg(w[1] ORDER BY id) FROM t GROUP BY n ORDER BY n
----
1	[5, 2]	['a', None]	[None, Decimal('1.00')]
2	[6, 1]	['b']	[Decimal('12345678901234567890123.45'), Decimal('1.00')]
3	[4]	['b']	[Decimal('-12345678901234567890123.45')]
NULL	[3]	[None]	[None]

SELECT array_agg(d[1] ORDER BY id) FILTER (WHERE id > 2), array_agg(id) FILTER (WHERE FALSE), array_agg(DISTINCT n) FILTER (WHERE id <> 1) FROM t
----
[None, nan, -1e+300, inf]	NULL	[1, 2, 3, None]

SELECT id, array_agg(id) OVER (PARTITION BY n), array_agg(s[1]) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), list(a[1]) FILTER (WHERE id <> 2) OVER (ORDER BY id) FROM t ORDER BY id
----
1	[1, 6]	['b']	[1]
2	[2, 5]	['b', None]	[1]
3	[3]	[None, None]	[1, None]
4	[4]	[None, 'b']	[1, None, 1]
5	[2, 5]	['b', 'a']	[1, None, 1, 1]
6	[1, 6]	['a', 'b']	[1, None, 1, 1, -2147483648]

SELECT id, ARRAY[w[1], 1], ARRAY[id > 2, NULL], list_value(s[1], 'x') FROM t ORDER BY id
----
1	[Decimal('12345678901234567890123.45'), Decimal('1.00')]	[False, None]	['b', 'x']
2	[None, Decimal('1.00')]	[False, None]	[None, 'x']
3	[None, Decimal('1.00')]	[True, None]	[None, 'x']
4	[Decimal('-12345678901234567890123.45'), Decimal('1.00')]	[True, None]	['b', 'x']
5	[Decimal('1.00'), Decimal('1.00')]	[True, None]	['a', 'x']
6	[Decimal('1.00'), Decimal('1.00')]	[True, None]	['b', 'x']

SELECT id FROM t WHERE id = ANY(ARRAY[2, 4, NULL]) OR s[1] = ANY(string_to_array('a,q', ',')) ORDER BY id
----
2
4
5

# A cast turns each element; what fails does so in the rows that are read.
SELECT id, CAST(a AS DOUBLE[]), CAST(d AS TEXT[]), CAST(a AS DECIMAL(12,1)[]), CAST(w AS DOUBLE[]), CAST(s AS TEXT) FROM t ORDER BY id
----
1	[1.0, 2.0, 3.0]	['1.5', None]	[Decimal('1.0'), Decimal('2.0'), Decimal('3.0')]	[1.2345678901234568e+22]	{b,NULL,é}
2	[]	[]	[]	[]	{}
3	NULL	NULL	NULL	NULL	NULL
4	[1.0, None]	['NaN']	[Decimal('1.0'), None]	[-1.2345678901234568e+22]	{b}
5	[1.0, 2.0]	['-1e+300']	[Decimal('1.0'), Decimal('2.0')]	[1.0, 2.0]	{a,z}
6	[-2147483648.0, 2147483647.0]	['Infinity']	[Decimal('-2147483648.0'), Decimal('2147483647.0')]	[1.0]	{b,a}

SELECT CAST(ARRAY[2.5, -0.5, 3.5] AS INTEGER[]), CAST(ARRAY[DATE '2024-01-01'] AS TIMESTAMP[]), CAST('{1e3, " 2"}' AS DOUBLE[]), CAST(ARRAY[0, 1] AS BOOLEAN[])
----
[3, -1, 4]	[datetime.datetime(2024, 1, 1, 0, 0)]	[1000.0, 2.0]	[False, True]

SELECT id, CAST(d AS SMALLINT[]) FROM t WHERE id IN (1, 2, 3) ORDER BY id
----
1	[2, None]
2	[]
3	NULL

SELECT id, TRY_CAST(d AS SMALLINT[]), TRY_CAST(w AS BIGINT[]), TRY_CAST(s[1] || ',' AS TEXT[]), TRY_CAST('{' || id || '}' AS TINYINT[]) FROM t ORDER BY id
----
1	[2, None]	NULL	NULL	[1]
2	[]	[]	NULL	[2]
3	NULL	NULL	NULL	[3]
4	NULL	NULL	NULL	[4]
5	NULL	[1, 2]	NULL	[5]
6	NULL	[1]	NULL	[6]

SELECT CAST(d AS SMALLINT[]) FROM t
----
error: nan is out of range for SMALLINT
line 1, column 13: SELECT CAST(d AS SMALLINT[]) FROM t
                               ^

SELECT CAST(s[1] AS INTEGER[]) FROM t
----
error: 'b' is no array: it is written {1,2}
line 1, column 13: SELECT CAST(s[1] AS INTEGER[]) FROM t
                               ^^^

# A constant array is a list of values; NaN is one of them.
SELECT id, id = ANY('{2,4,NULL}'), id <> ALL(ARRAY[1, 2]), d[1] = ANY(ARRAY['NaN'::DOUBLE, 1.5]), n > ANY('{1,2}'), s[1] = ANY(ARRAY[]::TEXT[]) AS e, id = ANY(NULL::INTEGER[]) AS x FROM t ORDER BY id
----
1	NULL	false	true	true	false	NULL
2	true	false	NULL	false	false	NULL
3	NULL	true	NULL	NULL	false	NULL
4	true	true	true	true	false	NULL
5	NULL	true	false	false	false	NULL
6	NULL	true	false	true	false	NULL

SELECT id FROM t WHERE d[1] IN ('NaN'::DOUBLE, -1e300) ORDER BY id
----
4
5

# parameters ([1, 5, None], ['é', 'a'])
SELECT id FROM t WHERE id = ANY(?) OR s[3] = ANY(?) ORDER BY id
----
1
5

CREATE TABLE c (v INTEGER[] DEFAULT ARRAY[1, 2], CHECK (cardinality(v) < 4))

INSERT INTO c VALUES (DEFAULT), (ARRAY[3])

INSERT INTO c VALUES (ARRAY[1, 2, 3, 4])
----
error: constraint 'c_check' of table 'c', CHECK (cardinality(v) < 4), refuses the row v = [1, 2, 3, 4]
line 1, column 13: INSERT INTO c VALUES (ARRAY[1, 2, 3, 4])
                               ^

ALTER TABLE c ADD COLUMN t TEXT[] DEFAULT '{x,NULL}'

UPDATE c SET t = array_append(t, v[1]::TEXT), v = v[2:] WHERE v[1] = 1

SELECT * FROM c ORDER BY v
----
[2]	['x', None, '1']
[3]	['x', None]

ALTER TABLE c ALTER COLUMN v TYPE BIGINT[]

DELETE FROM c WHERE v = '{2}'

SELECT * FROM c
----
[3]	['x', None]

# What is refused.
SELECT a[1:'x'] FROM t
----
error: 'x' is not a valid BIGINT
line 1, column 12: SELECT a[1:'x'] FROM t
                              ^^^

SELECT array_to_string(n, ',') FROM t
----
error: array_to_string takes an array, not INTEGER
line 1, column 8: SELECT array_to_string(n, ',') FROM t
                         ^^^^^^^^^^^^^^^^^^^^^^^

SELECT string_to_array('a', s[1]) FROM t
----
error: string_to_array takes a separator that is a constant
line 1, column 8: SELECT string_to_array('a', s[1]) FROM t
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT a && s FROM t
----
error: operator && does not take INTEGER[] and TEXT[] together
line 1, column 8: SELECT a && s FROM t
                         ^^^^^^

SELECT a < 1 FROM t
----
error: operator < does not take INTEGER[] and INTEGER together
line 1, column 8: SELECT a < 1 FROM t
                         ^^^^^

SELECT a < s FROM t
----
error: operator < does not take INTEGER[] and TEXT[] together
line 1, column 8: SELECT a < s FROM t
                         ^^^^^

SELECT array_agg(a) FROM t
----
error: array_agg does not take INTEGER[]: keep inner arrays as rows, or as texts by array_to_string
line 1, column 8: SELECT array_agg(a) FROM t
                         ^^^^^^^^^^^^

SELECT a[1:2:3] FROM t
----
error: a step in a slice of an array is not supported yet
line 1, column 8: SELECT a[1:2:3] FROM t
                         ^^^^^^^

SELECT sum(a) FROM t
----
error: sum does not take INTEGER[]
line 1, column 8: SELECT sum(a) FROM t
                         ^^^^^^

SELECT * FROM unnest() AS u (x)
----
error: syntax error: the statement ends too early
line 1, column 32: SELECT * FROM unnest() AS u (x)
                                                  ^
