# Elements in order, without some, one of them, sums of them; texts split in parts.
CREATE TABLE t (id INTEGER, a INTEGER[], x DOUBLE[], s TEXT[], m DECIMAL(6,2)[], t TEXT) WITH (chunk_rows = 3)

INSERT INTO t VALUES (1, '{3,1,2}', '{1.5,NaN,-2}', '{b,a,é,a}', '{1.25,-1}', 'a, b;c'), (2, '{}', '{}', '{}', '{}', ''), (3, NULL, NULL, NULL, NULL, NULL), (4, '{NULL,5,NULL,5}', '{0,-0.0}', '{NULL,"","x y"}', '{NULL}', '  two  words '), (5, '{2147483647,-2147483648}', '{Infinity}', '{a}', '{9999.99,0.01}', 'a1b22c')

SELECT id, array_sort(a), list_sort(x), array_sort(s), array_sort(m) FROM t ORDER BY id
----
1	[1, 2, 3]	[-2.0, 1.5, nan]	['a', 'a', 'b', 'é']	[Decimal('-1.00'), Decimal('1.25')]
2	[]	[]	[]	[]
3	NULL	NULL	NULL	NULL
4	[5, 5, None, None]	[0.0, 0.0]	['', 'x y', None]	[None]
5	[-2147483648, 2147483647]	[inf]	['a']	[Decimal('0.01'), Decimal('9999.99')]

SELECT id, array_reverse(a), list_reverse(x), array_reverse(s), array_reverse(m) FROM t ORDER BY id
----
1	[2, 1, 3]	[-2.0, nan, 1.5]	['a', 'é', 'a', 'b']	[Decimal('-1.00'), Decimal('1.25')]
2	[]	[]	[]	[]
3	NULL	NULL	NULL	NULL
4	[5, None, 5, None]	[0.0, 0.0]	['x y', '', None]	[None]
5	[-2147483648, 2147483647]	[inf]	['a']	[Decimal('0.01'), Decimal('9999.99')]

SELECT id, array_distinct(a), list_distinct(x), array_distinct(s), array_distinct(m) FROM t ORDER BY id
----
1	[3, 1, 2]	[1.5, nan, -2.0]	['b', 'a', 'é']	[Decimal('1.25'), Decimal('-1.00')]
2	[]	[]	[]	[]
3	NULL	NULL	NULL	NULL
4	[5]	[0.0]	['', 'x y']	[]
5	[2147483647, -2147483648]	[inf]	['a']	[Decimal('9999.99'), Decimal('0.01')]

SELECT id, array_remove(a, 5), array_remove(a, NULL), array_remove(x, CAST('NaN' AS DOUBLE)), array_remove(s, 'a'), array_remove(s, t), array_remove(m, CAST(1.25 AS DECIMAL(6,2))) FROM t ORDER BY id
----
1	[3, 1, 2]	[3, 1, 2]	[1.5, -2.0]	['b', 'é']	['b', 'a', 'é', 'a']	[Decimal('-1.00')]
2	[]	[]	[]	[]	[]	[]
3	NULL	NULL	NULL	NULL	NULL	NULL
4	[None, None]	[5, 5]	[0.0, 0.0]	[None, '', 'x y']	[None, '', 'x y']	[None]
5	[2147483647, -2147483648]	[2147483647, -2147483648]	[inf]	[]	['a']	[Decimal('9999.99'), Decimal('0.01')]

SELECT id, list_sum(a), list_sum(x), list_sum(m), list_avg(a), list_avg(m) FROM t ORDER BY id
----
1	6	nan	0.25	2.0	0.125
2	NULL	NULL	NULL	NULL	NULL
3	NULL	NULL	NULL	NULL	NULL
4	10	0.0	NULL	5.0	NULL
5	-1	inf	10000.00	-0.5	5000.0

SELECT id, list_min(a), list_max(a), list_min(x), list_max(x), list_min(s), list_max(s), list_max(m) FROM t ORDER BY id
----
1	1	3	-2.0	nan	a	é	1.25
2	NULL	NULL	NULL	NULL	NULL	NULL	NULL
3	NULL	NULL	NULL	NULL	NULL	NULL	NULL
4	5	5	0.0	0.0	''	x y	NULL
5	-2147483648	2147483647	inf	inf	a	a	9999.99

SELECT id, dot_product(a, a), list_inner_product(x, x), dot_product(m, m) FROM t ORDER BY id
----
1	14.0	nan	2.5625
2	0.0	0.0	0.0
3	NULL	NULL	NULL
4	NULL	0.0	NULL
5	9.223372032559809e+18	inf	99999800.0002

SELECT typeof(list_sum(a)), typeof(list_sum(x)), typeof(list_sum(m)), typeof(list_avg(a)), typeof(dot_product(a, m)), typeof(list_max(s)) FROM t LIMIT 1
----
BIGINT	DOUBLE	DECIMAL(18,2)	DOUBLE	DOUBLE	TEXT

SELECT id, array_extract(a, 2), array_extract(a, -1), list_element(s, id), array_slice(a, 2, -1), list_slice(a, -2, 9), array_slice(s, id, id) FROM t ORDER BY id
----
1	1	2	b	[1, 2]	[1, 2]	['b']
2	NULL	NULL	NULL	[]	[]	[]
3	NULL	NULL	NULL	NULL	NULL	NULL
4	5	5	NULL	[5, None, 5]	[None, 5]	[]
5	-2147483648	-2147483648	NULL	[-2147483648]	[2147483647, -2147483648]	[]

SELECT id, array_lower(a, 1), array_upper(a, 1), array_ndims(s) FROM t ORDER BY id
----
1	1	3	1
2	NULL	NULL	NULL
3	NULL	NULL	NULL
4	1	4	1
5	1	2	1

SELECT id, strtok_to_array(t), strtok_to_array(t, ' ,;'), regexp_split_to_array(t, '[0-9]+'), string_split_regex(t, ' ') FROM t ORDER BY id
----
1	['a,', 'b;c']	['a', 'b', 'c']	['a, b;c']	['a,', 'b;c']
2	[]	[]	['']	['']
3	NULL	NULL	NULL	NULL
4	['two', 'words']	['two', 'words']	['  two  words ']	['', '', 'two', '', 'words', '']
5	['a1b22c']	['a1b22c']	['a', 'b', 'c']	['a1b22c']

SELECT strtok_to_array('a-b]c^d\e', '-]^\'), strtok_to_array('abc', ''), regexp_split_to_array('abc', 'b'), strtok_to_array('é漢é', '漢')
----
['a', 'b', 'c', 'd', 'e']	['abc']	['a', 'c']	['é', 'é']

# Grouped by, filtered by, and guarded.
SELECT array_sort(a) AS sorted, count(*) FROM t GROUP BY 1 ORDER BY 1
----
[]	1
[-2147483648, 2147483647]	1
[1, 2, 3]	1
[5, 5, None, None]	1
NULL	1

SELECT id FROM t WHERE list_max(a) > 4 ORDER BY id
----
4
5

SELECT id, CASE WHEN cardinality(a) = 2 THEN dot_product(a, ARRAY[1, 1]) END FROM t ORDER BY id
----
1	NULL
2	NULL
3	NULL
4	NULL
5	-1.0

SELECT array_sort(ARRAY[3, NULL, 1]), list_sum(ARRAY[1.5, 2]), dot_product(ARRAY[1], ARRAY[2]), list_sum(NULL::INTEGER[]), array_remove(NULL::TEXT[], 'a'), list_max(ARRAY[NULL]::INTEGER[])
----
[1, 3, None]	3.5	2.0	NULL	NULL	NULL

SELECT array_sort(a), list_sum(a) FROM t WHERE false
----

SELECT list_sum(ARRAY[9000000000000000000, id]) FROM t WHERE id < 3 ORDER BY id
----
9000000000000000001
9000000000000000002

# Mistakes.
SELECT list_sum(ARRAY[9223372036854775807, id]) FROM t
----
error: BIGINT overflow: the sum of an array's elements is out of range
line 1, column 8: SELECT list_sum(ARRAY[9223372036854775807, id]) FROM t
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT dot_product(a, ARRAY[1, 2, 3]) FROM t
----
error: arrays of 0 and of 3 elements have no product
line 1, column 8: SELECT dot_product(a, ARRAY[1, 2, 3]) FROM t
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT list_sum(s) FROM t
----
error: list_sum takes an array of numbers, not TEXT[]
line 1, column 8: SELECT list_sum(s) FROM t
                         ^^^^^^^^^^^

SELECT list_avg(id) FROM t
----
error: list_avg takes an array, not INTEGER
line 1, column 8: SELECT list_avg(id) FROM t
                         ^^^^^^^^^^^^

SELECT array_sort(id) FROM t
----
error: array_sort takes an array, not INTEGER
line 1, column 8: SELECT array_sort(id) FROM t
                         ^^^^^^^^^^^^^^

SELECT list_sum(ARRAY[12345678901234567890.5]) FROM t
----
error: list_sum of DECIMAL(21,1)[] is not supported: CAST its elements to DOUBLE[]
line 1, column 8: SELECT list_sum(ARRAY[12345678901234567890.5]) FROM t
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT array_remove(a, 'x') FROM t
----
error: 'x' is not a valid INTEGER
line 1, column 24: SELECT array_remove(a, 'x') FROM t
                                          ^^^

SELECT array_remove(a, 1.5) FROM t
----
error: array_remove takes a value of INTEGER, not DECIMAL(2,1); write CAST(... AS INTEGER)
line 1, column 8: SELECT array_remove(a, 1.5) FROM t
                         ^^^^^^^^^^^^^^^^^^^^

SELECT array_upper(a, 2) FROM t
----
error: an array has one dimension: it is 1
line 1, column 8: SELECT array_upper(a, 2) FROM t
                         ^^^^^^^^^^^^^^^^^

SELECT regexp_split_to_array(t, 'x*') FROM t
----
error: 'x*' matches an empty text, so there is nothing to split at
line 1, column 8: SELECT regexp_split_to_array(t, 'x*') FROM t
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT regexp_split_to_array(t, '(') FROM t
----
error: '(' is not a regular expression: Invalid regular expression: missing ): (()
line 1, column 8: SELECT regexp_split_to_array(t, '(') FROM t
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT strtok_to_array(t, t) FROM t
----
error: strtok_to_array takes a second argument that is a constant
line 1, column 8: SELECT strtok_to_array(t, t) FROM t
                         ^^^^^^^^^^^^^^^^^^^^^

SELECT array_slice(a, 'x', 2) FROM t
----
error: 'x' is not a valid BIGINT
line 1, column 23: SELECT array_slice(a, 'x', 2) FROM t
                                         ^^^
