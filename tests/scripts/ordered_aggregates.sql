# First, last, the best and joined text: orders, NULLs, FILTER, DISTINCT, no rows.
CREATE TABLE o (g INTEGER, id INTEGER, t TEXT, x DOUBLE, b BOOLEAN, d DECIMAL(18,2), day DATE)

INSERT INTO o VALUES (1, 1, 'b', 2, TRUE, 1.5, DATE '2020-01-01'), (1, 2, 'é', 1, FALSE, 2.5, DATE '2020-01-02'), (1, 3, NULL, 0, NULL, NULL, NULL), (1, 4, 'a', NULL, TRUE, 0, DATE '1999-12-31'), (2, 5, '', -1, FALSE, -1, DATE '1900-01-01'), (2, 6, 'b', CAST('NaN' AS DOUBLE), TRUE, 9999999999999999.99, DATE '2100-01-01'), (3, NULL, NULL, NULL, NULL, NULL, NULL), (4, 7, 'b', 5, TRUE, 1, NULL), (4, 8, 'a', 5, FALSE, 2, NULL), (4, 9, 'b', 6, FALSE, 3, NULL)

SELECT g, string_agg(t, ',' ORDER BY id), string_agg(t, '' ORDER BY t DESC), string_agg(t, ' | ' ORDER BY x NULLS FIRST, id) FROM o GROUP BY g ORDER BY g
----
1	b,é,a	éba	a | é | b
2	,b	b	 | b
3	NULL	NULL	NULL
4	b,a,b	bba	b | a | b

SELECT g, string_agg(DISTINCT t, ','), string_agg(DISTINCT t, ',' ORDER BY t DESC), string_agg(DISTINCT t) FROM o GROUP BY g ORDER BY g
----
1	a,b,é	é,b,a	a,b,é
2	,b	b,	,b
3	NULL	NULL	NULL
4	a,b	b,a	a,b

SELECT string_agg(t, ',' ORDER BY id) FILTER (WHERE g = 1), string_agg(t, ',') FILTER (WHERE FALSE), string_agg(DISTINCT t, ',' ORDER BY t) FILTER (WHERE g > 1) FROM o
----
b,é,a	NULL	,a,b

SELECT string_agg(t, ',') FROM o WHERE FALSE
----
NULL

SELECT string_agg(id, '-' ORDER BY id DESC), string_agg(day, ',' ORDER BY day), string_agg(d, ' ' ORDER BY d) FROM o
----
9-8-7-6-5-4-3-2-1	1900-01-01,1999-12-31,2020-01-01,2020-01-02,2100-01-01	-1.00 0.00 1.00 1.50 2.00 2.50 3.00 9999999999999999.99

SELECT listagg(t) WITHIN GROUP (ORDER BY id DESC), listagg(t, '; ') WITHIN GROUP (ORDER BY x, id), group_concat(t ORDER BY id SEPARATOR ';'), group_concat(DISTINCT t ORDER BY t) FROM o WHERE g = 1
----
a,é,b	é; b; a	b;é;a	a,b,é

SELECT group_concat(t SEPARATOR '') FROM o WHERE g = 4
----
bab

SELECT string_agg(t, NULL ORDER BY id) FROM o WHERE g = 4
----
bab

SELECT upper(string_agg(t || g, ',' ORDER BY id)) FROM o
----
B1,É1,A1,2,B2,B4,A4,B4

SELECT g, first(t ORDER BY id), last(t ORDER BY id), first(id ORDER BY t DESC NULLS LAST), last(x ORDER BY id) FROM o GROUP BY g ORDER BY g
----
1	b	a	2	NULL
2	''	b	6	nan
3	NULL	NULL	NULL	NULL
4	b	b	7	6.0

SELECT g, first(t ORDER BY x), first(t IGNORE NULLS ORDER BY x), last(b ORDER BY x NULLS FIRST), last(day ORDER BY d DESC, id) FROM o GROUP BY g ORDER BY g
----
1	NULL	é	true	1999-12-31
2	''	''	true	1900-01-01
3	NULL	NULL	NULL	NULL
4	a	a	false	NULL

SELECT first(id), last(id), first(t), last(t), last_sample(t) FROM o WHERE g <> 2
----
1	9	b	b	b

SELECT first(t ORDER BY id) FILTER (WHERE g = 4), first(t) FILTER (WHERE FALSE), last(t ORDER BY id) FILTER (WHERE b), last(t) FILTER (WHERE TRUE) FROM o
----
b	NULL	b	b

SELECT first(id), last(id ORDER BY id), last_sample(id) FROM o WHERE FALSE
----
NULL	NULL	NULL

SELECT first(5), first(NULL), last('x') FROM o
----
5	NULL	x

SELECT g, arg_min(id, x), arg_max(id, x), arg_min(t, x), max_by(t, id), min_by(day, d) FROM o GROUP BY g ORDER BY g
----
1	3	1	é	a	1999-12-31
2	5	6	''	b	1900-01-01
3	NULL	NULL	NULL	NULL	NULL
4	7	9	a	b	NULL

SELECT g, arg_min(x, id), arg_max(x, id), arg_min(b, id), arg_max(d, t), arg_min(t, b) FROM o GROUP BY g ORDER BY g
----
1	2.0	0.0	true	2.50	é
2	-1.0	nan	false	9999999999999999.99	''
3	NULL	NULL	NULL	NULL	NULL
4	5.0	6.0	true	1.00	a

# Of rows that are equally good, the least value counts, however they are dealt out.
SELECT g, arg_min(t, x), arg_max(t, b), arg_max(id, b) FROM o GROUP BY g ORDER BY g
----
1	é	a	1
2	''	b	6
3	NULL	NULL	NULL
4	a	b	7

SELECT arg_min(t, d * 100000000000000000000), arg_max(d * 100000000000000000000, id) FROM o
----
''	300000000000000000000.00

SELECT arg_min(id, x) FILTER (WHERE g > 1), arg_max(DISTINCT id, x), arg_max(id, x) FILTER (WHERE FALSE) FROM o
----
5	6	NULL

SELECT arg_min(id, NULL), arg_max(NULL, id), arg_min(id, x) FROM o WHERE FALSE
----
NULL	NULL	NULL

SELECT g, string_agg(t, ',' ORDER BY id) FROM o WHERE g < 3 GROUP BY CUBE (g) ORDER BY g
----
1	b,é,a
2	,b
NULL	b,é,a,,b

SELECT g FROM o GROUP BY g HAVING string_agg(t, '' ORDER BY id) = 'bab'
----
4

SELECT g, max(joined) FROM (SELECT g, string_agg(t, ',' ORDER BY id) AS joined FROM o GROUP BY g, b) AS j GROUP BY g ORDER BY g
----
1	é
2	b
3	NULL
4	b

SELECT b, day, first(id ORDER BY id), count(*) FROM o GROUP BY b, day ORDER BY b, day
----
false	1900-01-01	5	1
false	2020-01-02	2	1
false	NULL	8	2
true	1999-12-31	4	1
true	2020-01-01	1	1
true	2100-01-01	6	1
true	NULL	7	1
NULL	NULL	3	2

SELECT string_agg(t, x) FROM o
----
error: string_agg takes a separator that is a constant
line 1, column 8: SELECT string_agg(t, x) FROM o
                         ^^^^^^^^^^^^^^^^

SELECT string_agg(t, t) FROM o
----
error: string_agg takes a separator that is a constant
line 1, column 8: SELECT string_agg(t, t) FROM o
                         ^^^^^^^^^^^^^^^^

SELECT string_agg(DISTINCT t, ',' ORDER BY id) FROM o
----
error: string_agg of DISTINCT values is ordered by what it joins; no other ORDER BY has a meaning
line 1, column 8: SELECT string_agg(DISTINCT t, ',' ORDER BY id) FROM o
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT string_agg(t, ',', 1) FROM o
----
error: string_agg takes 1 to 2 arguments, not 3
line 1, column 8: SELECT string_agg(t, ',', 1) FROM o
                         ^^^^^^^^^^^^^^^^^^^^^

SELECT string_agg(t, ',' ORDER BY id LIMIT 2) FROM o
----
error: LIMIT inside an aggregate is not supported yet
line 1, column 22: SELECT string_agg(t, ',' ORDER BY id LIMIT 2) FROM o
                                        ^^^^^^^^^^^^^^^^^^^^^^^

SELECT string_agg(t, ',' ORDER BY id) WITHIN GROUP (ORDER BY t) FROM o
----
error: string_agg takes ORDER BY inside or in WITHIN GROUP, not both
line 1, column 8: SELECT string_agg(t, ',' ORDER BY id) WITHIN GROUP (ORDER BY t) FROM o
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT string_agg(t SEPARATOR ';') FROM o
----
error: string_agg takes no SEPARATOR
line 1, column 21: SELECT string_agg(t SEPARATOR ';') FROM o
                                       ^^^^^^^^^^^^^

SELECT string_agg(t, ',' ORDER BY nothing) FROM o
----
error: column nothing does not exist; there are b, d, day, g, id, t, x
line 1, column 35: SELECT string_agg(t, ',' ORDER BY nothing) FROM o
                                                     ^^^^^^^

SELECT first(t, id) FROM o
----
error: first takes one argument, not 2
line 1, column 8: SELECT first(t, id) FROM o
                         ^^^^^^^^^^^^

SELECT first(t ORDER BY max(id)) FROM o
----
error: an aggregate cannot stand in the argument of first
line 1, column 25: SELECT first(t ORDER BY max(id)) FROM o
                                           ^^^^^^^

SELECT arg_min(id) FROM o
----
error: arg_min takes two arguments, not 1
line 1, column 8: SELECT arg_min(id) FROM o
                         ^^^^^^^^^^^

SELECT arg_min(id, x, t) FROM o
----
error: arg_min takes two arguments, not 3
line 1, column 8: SELECT arg_min(id, x, t) FROM o
                         ^^^^^^^^^^^^^^^^^

SELECT median(i) FROM o
----
error: column i does not exist; did you mean id?
line 1, column 15: SELECT median(i) FROM o
                                 ^

# FIRST and LAST by one key: NULLs of the key where the order puts them, NULL values kept.
CREATE TABLE picked (g INTEGER, x INTEGER, y DOUBLE, s TEXT, m DECIMAL(30,1), b BOOLEAN, d DATE)

INSERT INTO picked VALUES (1, 5, 1.5, 'a', 1.5, TRUE, DATE '2024-01-01'), (1, 7, NULL, 'é', NULL, FALSE, DATE '0001-01-01'), (1, NULL, CAST('NaN' AS DOUBLE), NULL, -2.5, NULL, NULL), (2, -2147483648, -0.0, '', 0, TRUE, DATE '9999-12-31'), (2, 2147483647, CAST('-Infinity' AS DOUBLE), 'z', 99999999999999999999999999999.9, FALSE, NULL), (NULL, NULL, NULL, NULL, NULL, NULL, NULL)

SELECT g, first(x ORDER BY y), last(x ORDER BY y), first(s ORDER BY y DESC), last(s ORDER BY y NULLS FIRST), first(y ORDER BY x), last(y ORDER BY x DESC NULLS LAST) FROM picked GROUP BY g ORDER BY g
----
1	5	7	é	NULL	1.5	nan
2	2147483647	-2147483648	''	''	0.0	0.0
NULL	NULL	NULL	NULL	NULL	NULL	NULL

SELECT g, first(d ORDER BY s), last(d ORDER BY s), first(b ORDER BY x), first(m ORDER BY x), first(x ORDER BY m), last(x ORDER BY b, s) FROM picked GROUP BY ROLLUP(g) ORDER BY g
----
1	2024-01-01	NULL	true	1.5	NULL	NULL
2	9999-12-31	NULL	true	0.0	-2147483648	-2147483648
NULL	NULL	NULL	NULL	NULL	NULL	NULL
NULL	9999-12-31	NULL	true	0.0	NULL	NULL

SELECT g, first(x ORDER BY y) FILTER (WHERE b), last(x ORDER BY y) FILTER (WHERE x > 9000000000), first(x IGNORE NULLS ORDER BY y DESC), count(DISTINCT x), mode(s), max(x) FROM picked GROUP BY g ORDER BY g
----
1	5	NULL	7	2	a	7
2	-2147483648	NULL	-2147483648	2	''	2147483647
NULL	NULL	NULL	NULL	0	NULL	NULL

SELECT first(x ORDER BY y), first(x ORDER BY y DESC), last(s ORDER BY s), median(x) FROM picked
----
2147483647	7	NULL	6.0

SELECT first(x ORDER BY y), last(s ORDER BY x) FROM picked WHERE x = 4
----
NULL	NULL

SELECT g, first(x ORDER BY y) OVER (PARTITION BY g), first(x ORDER BY y) FILTER (WHERE y > 100) OVER (PARTITION BY g) FROM picked ORDER BY g, y
----
1	5	NULL
1	5	NULL
1	5	NULL
2	2147483647	NULL
2	2147483647	NULL
NULL	NULL	NULL

# Nothing is left of a group by a FILTER.
SELECT first(v ORDER BY i) FILTER (WHERE i > 100) IS NULL, last(v) FILTER (WHERE i > 100) IS NULL FROM (VALUES (1, 2)) AS t(v, i) GROUP BY i
----
true	true

SELECT first(x, y ORDER BY y) FROM picked
----
error: first takes one argument, not 2
line 1, column 8: SELECT first(x, y ORDER BY y) FROM picked
                         ^^^^^^^^^^^^^^^^^^^^^^

SELECT first(x ORDER BY nothing) FROM picked
----
error: column nothing does not exist; there are b, d, g, m, s, x, y
line 1, column 25: SELECT first(x ORDER BY nothing) FROM picked
                                           ^^^^^^^
