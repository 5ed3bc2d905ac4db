# Window functions: numbers, values of other rows, aggregates; where they may stand.
CREATE TABLE w (id INTEGER NOT NULL, g TEXT, k INTEGER, x INTEGER, s TEXT, d DATE)

INSERT INTO w VALUES (1, 'a', 1, 10, 'p', DATE '2024-01-01'), (2, 'a', 2, NULL, 'q', DATE '2024-01-31'), (3, 'a', 2, 30, NULL, DATE '2024-02-01'), (4, 'a', NULL, 5, 'r', NULL), (5, 'b', 7, -1, 'Ä', DATE '2024-02-29'), (6, 'b', 7, NULL, 'ä', DATE '2024-03-31'), (7, NULL, 1, 2147483647, '', DATE '2023-12-31')

CREATE TABLE none (a INTEGER, b TEXT)

CREATE TABLE one (a INTEGER, b TEXT)

INSERT INTO one VALUES (NULL, 'x')

# Ranking: ties, NULLs last, a partition of NULL.
SELECT id, row_number() OVER (PARTITION BY g ORDER BY k, id), rank() OVER v, dense_rank() OVER v, percent_rank() OVER v, cume_dist() OVER v FROM w WINDOW v AS (PARTITION BY g ORDER BY k) ORDER BY id
----
1	1	1	1	0.0	0.25
2	2	2	2	0.3333333333333333	0.75
3	3	2	2	0.3333333333333333	0.75
4	4	4	3	1.0	1.0
5	1	1	1	0.0	1.0
6	2	1	1	0.0	1.0
7	1	1	1	0.0	1.0

SELECT id, ntile(2) OVER (ORDER BY id), ntile(3) OVER (ORDER BY id), ntile(100) OVER (ORDER BY id), ntile(1) OVER () FROM w ORDER BY id
----
1	1	1	1	1
2	1	1	2	1
3	1	1	3	1
4	1	2	4	1
5	2	2	5	1
6	2	3	6	1
7	2	3	7	1

SELECT id, ntile(k) OVER (PARTITION BY g ORDER BY k, id), ntile(NULL) OVER (ORDER BY id) FROM w ORDER BY id
----
1	1	NULL
2	1	NULL
3	1	NULL
4	1	NULL
5	1	NULL
6	2	NULL
7	1	NULL

# Without ORDER BY all rows are equal.
SELECT id, rank() OVER (), dense_rank() OVER (PARTITION BY g), cume_dist() OVER (), count(*) OVER (PARTITION BY g) FROM w ORDER BY id
----
1	1	1	1.0	4
2	1	1	1.0	4
3	1	1	1.0	4
4	1	1	1.0	4
5	1	1	1.0	2
6	1	1	1.0	2
7	1	1	1.0	1

# LAG and LEAD: offsets, defaults, NULLs skipped, a column as the offset.
SELECT id, lag(x) OVER v, lead(x) OVER v, lag(x, 2) OVER v, lag(x, 0) OVER v, lag(x, -1) OVER v, lag(x, 100) OVER v FROM w WINDOW v AS (ORDER BY id) ORDER BY id
----
1	NULL	NULL	NULL	10	NULL	NULL
2	10	30	NULL	NULL	30	NULL
3	NULL	5	10	30	5	NULL
4	30	-1	NULL	5	-1	NULL
5	5	NULL	30	-1	NULL	NULL
6	-1	2147483647	5	NULL	2147483647	NULL
7	NULL	NULL	-1	2147483647	NULL	NULL

SELECT id, lag(x, 1, 0) OVER v, lead(s, 1, 'none') OVER v, lag(x, 1, id) OVER v, lag(x, 1, 0.5) OVER v, lag(d, 1, DATE '1970-01-01') OVER v FROM w WINDOW v AS (PARTITION BY g ORDER BY id) ORDER BY id
----
1	0	q	1	0.5	1970-01-01
2	10	NULL	10	10.0	2024-01-01
3	NULL	r	NULL	NULL	2024-01-31
4	30	none	30	30.0	2024-02-01
5	0	ä	5	0.5	1970-01-01
6	-1	none	-1	-1.0	2024-02-29
7	0	none	7	0.5	1970-01-01

SELECT id, lag(x) IGNORE NULLS OVER v, lead(x IGNORE NULLS) OVER v, lag(x, 2) IGNORE NULLS OVER v, lag(x, 1, -9) IGNORE NULLS OVER v, lag(x) RESPECT NULLS OVER v FROM w WINDOW v AS (ORDER BY id) ORDER BY id
----
1	NULL	30	NULL	-9	NULL
2	10	30	NULL	10	10
3	10	5	NULL	10	NULL
4	30	-1	10	30	30
5	5	2147483647	30	5	5
6	-1	2147483647	5	-1	-1
7	-1	NULL	5	-1	NULL

SELECT id, lag(id, k) OVER v, lead(id, k, 0) OVER v, lag(1) OVER v, lag(NULL) OVER v FROM w WINDOW v AS (ORDER BY id) ORDER BY id
----
1	NULL	2	NULL	NULL
2	NULL	4	1	NULL
3	1	5	1	NULL
4	NULL	NULL	1	NULL
5	NULL	0	1	NULL
6	NULL	0	1	NULL
7	6	0	1	NULL

# Values of rows of the frame.
SELECT id, first_value(s) OVER v, last_value(s) OVER v, nth_value(s, 2) OVER v, nth_value(s, k) OVER v, first_value('c') OVER v FROM w WINDOW v AS (PARTITION BY g ORDER BY id) ORDER BY id
----
1	p	p	NULL	p	c
2	p	q	q	q	c
3	p	NULL	q	q	c
4	p	r	q	NULL	c
5	Ä	Ä	NULL	NULL	c
6	Ä	ä	ä	NULL	c
7	''	''	NULL	''	c

SELECT id, first_value(s) IGNORE NULLS OVER v, last_value(s) IGNORE NULLS OVER v, nth_value(x, 2) IGNORE NULLS OVER v FROM w WINDOW v AS (ORDER BY id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY id
----
1	''	p	-1
2	''	p	-1
3	''	p	-1
4	''	p	-1
5	''	p	-1
6	''	p	-1
7	''	p	-1

# OmniSci's: what is in the frame.
SELECT id, lag_in_frame(x) OVER v, lead_in_frame(id, 2, -1) OVER v, lag_in_frame(x) IGNORE NULLS OVER v, first_value_in_frame(id) OVER v, last_value_in_frame(id) OVER v, nth_value_in_frame(id, 2) OVER v, lag_in_frame(id, 0) OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) ORDER BY id
----
1	NULL	-1	NULL	1	2	2	1
2	10	-1	10	1	3	2	2
3	NULL	-1	NULL	2	4	3	3
4	30	-1	30	3	5	4	4
5	5	-1	5	4	6	5	5
6	-1	-1	-1	5	7	6	6
7	NULL	-1	NULL	6	7	7	7

SELECT id, lag_in_frame(id) OVER v, lead_in_frame(id, 2) OVER v, lag_in_frame(id, 0) OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) ORDER BY id
----
1	NULL	3	NULL
2	NULL	4	NULL
3	NULL	5	NULL
4	NULL	6	NULL
5	NULL	7	NULL
6	NULL	NULL	NULL
7	NULL	NULL	NULL

# OmniSci's: NULLs filled from the rows before and behind, and a count of changes.
SELECT id, x, forward_fill(x) OVER (ORDER BY id), backward_fill(x) OVER (ORDER BY id), forward_fill(s) OVER (PARTITION BY g ORDER BY id), backward_fill(x) OVER (PARTITION BY g ORDER BY id DESC) FROM w ORDER BY id
----
1	10	10	10	p	10
2	NULL	10	30	q	10
3	30	30	30	q	30
4	5	5	5	r	5
5	-1	-1	-1	Ä	-1
6	NULL	-1	2147483647	ä	-1
7	2147483647	2147483647	2147483647	''	2147483647

SELECT id, conditional_change_event(g) OVER (ORDER BY id), conditional_change_event(x) OVER (PARTITION BY g ORDER BY id), conditional_change_event(x > 5) OVER (ORDER BY id), conditional_change_event(1) OVER (ORDER BY id) FROM w ORDER BY id
----
1	0	0	0	0
2	0	1	1	0
3	0	2	2	0
4	0	3	3	0
5	1	0	3	0
6	1	1	4	0
7	2	0	5	0

# Aggregates: whole partitions, up to the row, FILTER, texts and dates.
SELECT id, sum(x) OVER (PARTITION BY g), avg(x) OVER (PARTITION BY g ORDER BY id), count(x) OVER (), min(s) OVER (ORDER BY id), max(d) OVER (PARTITION BY g ORDER BY id) FROM w ORDER BY id
----
1	45	10.0	5	p	2024-01-01
2	45	10.0	5	p	2024-01-31
3	45	20.0	5	p	2024-02-01
4	45	15.0	5	p	2024-02-01
5	-1	-1.0	5	p	2024-02-29
6	-1	-1.0	5	p	2024-03-31
7	2147483647	2147483647.0	5	''	2023-12-31

SELECT id, sum(k) OVER (ORDER BY k), count(*) OVER (ORDER BY k), sum(x) FILTER (WHERE k > 1) OVER (ORDER BY id), count(*) FILTER (WHERE x IS NULL) OVER (PARTITION BY g) FROM w ORDER BY id
----
1	2	2	NULL	1
2	6	4	NULL	1
3	6	4	30	1
4	20	7	30	1
5	20	6	29	1
6	20	6	29	1
7	2	2	29	0

SELECT id, sum(x * 1.5) OVER (ORDER BY id), sum(x / 4e0) OVER (ORDER BY id), avg(x * 0.01) OVER (ORDER BY id), sum(1) OVER (ORDER BY id) FROM w ORDER BY id
----
1	15.0	2.5	0.1	1
2	15.0	2.5	0.1	2
3	60.0	10.0	0.2	3
4	67.5	11.25	0.15	4
5	66.0	11.0	0.11	5
6	66.0	11.0	0.11	6
7	3221225536.5	536870922.75	4294967.382	7

SELECT id, stddev_samp(k) OVER v, var_pop(k) OVER v, bool_and(k > 1) OVER v, bit_or(k) OVER v, count_if(x > 0) OVER v, corr(k, id) OVER v, product(k) OVER v FROM w WINDOW v AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) ORDER BY id
----
1	NULL	0.0	true	2	0	NULL	2.0
2	0.7071067811865476	0.25	false	3	2	0.9999999999999998	2.0
3	0.7071067811865476	0.25	false	3	2	0.9999999999999998	2.0
4	2.8867513459481287	5.5555555555555545	true	7	1	0.9449111825230679	28.0
5	3.5355339059327378	6.25	true	7	2	1.0	14.0
6	4.242640687119285	9.0	false	7	2	-1.0	7.0
7	0.0	0.0	true	7	0	NULL	49.0

# Of distinct values, over whole partitions.
SELECT id, count(DISTINCT k) OVER (PARTITION BY g), sum(DISTINCT k) OVER (), count(DISTINCT k) OVER (), avg(DISTINCT k) OVER (PARTITION BY k > 1), count(DISTINCT s) FILTER (WHERE x > 5) OVER (PARTITION BY g), row_number() OVER (PARTITION BY g ORDER BY id) FROM w ORDER BY id
----
1	2	10	3	1.0	1	1
2	2	10	3	4.5	1	2
3	2	10	3	4.5	1	3
4	2	10	3	NULL	1	4
5	1	10	3	4.5	0	1
6	1	10	3	4.5	0	2
7	1	10	3	1.0	1	1

SELECT g, count(*), count(DISTINCT count(*)) OVER () FROM w GROUP BY g ORDER BY g
----
a	4	3
b	2	3
NULL	1	3

SELECT count(DISTINCT a) OVER (PARTITION BY b), sum(DISTINCT a) OVER () FROM one UNION ALL SELECT count(DISTINCT a) OVER (), 1 FROM none
----
0	NULL

# BIGINT sums do not leave 64 bits unseen, DECIMALs carry 128.
SELECT id, sum(CAST(x AS BIGINT) * 4294967298) OVER (ORDER BY x DESC NULLS LAST ROWS BETWEEN CURRENT ROW AND CURRENT ROW) FROM w ORDER BY id
----
1	42949672980
2	NULL
3	128849018940
4	21474836490
5	-4294967298
6	NULL
7	9223372036854775806

SELECT sum(b) OVER (ORDER BY b) FROM (VALUES (9223372036854775807), (1)) AS v (b)
----
error: BIGINT overflow: SUM is 9223372036854775808; cast the argument to DECIMAL(18,0)
line 1, column 8: SELECT sum(b) OVER (ORDER BY b) FROM (VALUES (9223372036854775807), (1)) AS v (b)
                         ^^^^^^

SELECT sum(b) OVER (ORDER BY b ROWS 1 PRECEDING) FROM (VALUES (9223372036854775807), (-9223372036854775807), (-3)) AS v (b) ORDER BY 1
----
error: BIGINT overflow: SUM is -9223372036854775810; cast the argument to DECIMAL(18,0)
line 1, column 8: SELECT sum(b) OVER (ORDER BY b ROWS 1 PRECEDING) FROM (VALUES (9223372036854775807), (-9223372036854775807), (-3)) AS v (b) ORDER BY 1
                         ^^^^^^

SELECT sum(CAST(b AS DECIMAL(38, 0))) OVER (ORDER BY b) FROM (VALUES (9223372036854775807), (9223372036854775806)) AS v (b) ORDER BY 1
----
9223372036854775806
18446744073709551613

# No rows, and one row of NULL.
SELECT row_number() OVER (ORDER BY a), sum(a) OVER (), lag(b, 1, 'x') OVER (ORDER BY a), first_value(b) OVER (), ntile(3) OVER (), cume_dist() OVER (ORDER BY b) FROM none
----

SELECT row_number() OVER (ORDER BY a), sum(a) OVER (), lag(b, 1, 'y') OVER (ORDER BY a), lead(a, 1, 3) OVER (), first_value(a) OVER (), percent_rank() OVER (ORDER BY a), cume_dist() OVER (ORDER BY b), nth_value(b, 2) OVER (), forward_fill(a) OVER (ORDER BY b) FROM one
----
1	NULL	y	3	NULL	0.0	1.0	NULL	NULL

SELECT row_number() OVER (), count(*) OVER (), rank() OVER (ORDER BY 1)
----
1	1	1

# Named windows: one builds on another.
SELECT id, sum(x) OVER v, sum(x) OVER (v ORDER BY id), sum(x) OVER u, sum(x) OVER (v ORDER BY id ROWS 1 PRECEDING) FROM w WINDOW v AS (PARTITION BY g), u AS (v ORDER BY id DESC) ORDER BY id
----
1	45	10	45	10
2	45	10	35	10
3	45	40	35	30
4	45	45	5	35
5	-1	-1	-1	-1
6	-1	-1	NULL	-1
7	2147483647	2147483647	2147483647	2147483647

# In expressions, in ORDER BY, beside *, under an alias.
SELECT id, 10 * rank() OVER (ORDER BY k) + id AS r, CASE WHEN x > avg(x) OVER () THEN 'above' ELSE 'below' END FROM w ORDER BY r DESC
----
4	74	below
6	56	below
5	55	below
3	33	below
2	32	below
7	17	above
1	11	below

SELECT id FROM w ORDER BY row_number() OVER (ORDER BY k DESC, id DESC)
----
4
6
5
3
2
7
1

SELECT *, count(*) OVER (PARTITION BY k) AS n FROM w WHERE g = 'a' ORDER BY id
----
1	a	1	10	p	2024-01-01	1
2	a	2	NULL	q	2024-01-31	2
3	a	2	30	NULL	2024-02-01	2
4	a	NULL	5	r	NULL	1

SELECT DISTINCT g, count(*) OVER (PARTITION BY g) FROM w ORDER BY 1
----
a	4
b	2
NULL	1

SELECT DISTINCT ON (g) g, id, rank() OVER (PARTITION BY g ORDER BY id DESC) FROM w ORDER BY g, id
----
a	1	4
b	5	2
NULL	7	1

# QUALIFY filters by windows, before DISTINCT, ORDER BY and LIMIT.
SELECT g, id FROM w QUALIFY row_number() OVER (PARTITION BY g ORDER BY id DESC) = 1 ORDER BY id
----
a	4
b	6
NULL	7

SELECT g, id, rank() OVER (PARTITION BY g ORDER BY x DESC NULLS LAST) AS r FROM w WHERE x IS NOT NULL QUALIFY r <= 2 AND g IS NOT NULL ORDER BY g, r LIMIT 3
----
a	3	1
a	1	2
b	5	1

SELECT DISTINCT g FROM w QUALIFY count(*) OVER (PARTITION BY g) > 1 ORDER BY g
----
a
b

SELECT id FROM w WINDOW v AS (ORDER BY id) QUALIFY lag(id) OVER v IN (SELECT max(k) FROM w GROUP BY g) ORDER BY id
----
2
3

# Over groups: the windows see one row for each.
SELECT g, sum(x), sum(sum(x)) OVER (ORDER BY g), rank() OVER (ORDER BY count(*) DESC), sum(x) * 100.0 / sum(sum(x)) OVER () FROM w GROUP BY g ORDER BY g
----
a	45	45	1	2.0954757509262034e-06
b	-1	44	2	-4.656612779836008e-08
NULL	2147483647	2147483691	3	99.99999795109038

SELECT g, k, count(*), max(count(*)) OVER (PARTITION BY g) FROM w GROUP BY g, k HAVING count(*) > 0 QUALIFY row_number() OVER (PARTITION BY g ORDER BY k) < 3 ORDER BY g, k
----
a	1	1	2
a	2	2	2
b	7	2	2
NULL	1	1	1

SELECT sum(count(*)) OVER (), row_number() OVER () FROM w
----
7	1

SELECT g, k, sum(x), rank() OVER (PARTITION BY GROUPING(k) ORDER BY sum(x)) FROM w GROUP BY ROLLUP (g, k) ORDER BY g, k, 4
----
a	1	10	3
a	2	30	4
a	NULL	5	2
a	NULL	45	2
b	7	-1	1
b	NULL	-1	1
NULL	1	2147483647	5
NULL	NULL	2147483647	3
NULL	NULL	2147483691	4

SELECT g, count(*), row_number() OVER (ORDER BY g) FROM w GROUP BY ALL ORDER BY g
----
a	4	1
b	2	2
NULL	1	3

# In subqueries, correlated ones too, and in set operations.
SELECT * FROM (SELECT id, row_number() OVER (PARTITION BY g ORDER BY id) AS r FROM w) AS q WHERE r = 2 ORDER BY id
----
2	2
6	2

SELECT o.id, (SELECT max(r) FROM (SELECT rank() OVER (ORDER BY i.id) AS r FROM w AS i WHERE i.g = o.g) AS q) FROM w AS o ORDER BY o.id
----
1	4
2	4
3	4
4	4
5	2
6	2
7	NULL

SELECT o.id, (SELECT sum(r) FROM (SELECT row_number() OVER (ORDER BY i.id) AS r FROM w AS i WHERE i.id < o.id) AS q) FROM w AS o ORDER BY o.id
----
1	NULL
2	1
3	3
4	6
5	10
6	15
7	21

SELECT o.id, q.id, q.before FROM w AS o, LATERAL (SELECT i.id, lag(i.id) OVER (ORDER BY i.id) AS before FROM w AS i WHERE i.g = o.g) AS q WHERE o.id IN (2, 5) ORDER BY 1, 2
----
2	1	NULL
2	2	1
2	3	2
2	4	3
5	5	NULL
5	6	5

SELECT id FROM w AS o WHERE EXISTS (SELECT 1 FROM w AS i WHERE i.g = o.g QUALIFY row_number() OVER (ORDER BY i.id) = 3) ORDER BY id
----
1
2
3
4

SELECT id, sum((SELECT count(*) FROM w AS i WHERE i.g = o.g)) OVER (ORDER BY id) FROM w AS o ORDER BY id
----
1	4
2	8
3	12
4	16
5	18
6	20
7	20

SELECT count(*) OVER () FROM w WHERE id < 3 UNION ALL SELECT row_number() OVER () FROM one ORDER BY 1
----
1
2
2

WITH q AS (SELECT id, g, lead(id) OVER (PARTITION BY g ORDER BY id) AS next FROM w) SELECT a.id, b.id FROM q AS a LEFT JOIN q AS b ON a.next = b.id ORDER BY 1
----
1	2
2	3
3	4
4	NULL
5	6
6	NULL
7	NULL

# parameters (1, 2)
SELECT id, lag(id, ?) OVER (ORDER BY id), sum(id) OVER (ORDER BY id ROWS ? PRECEDING) FROM w ORDER BY id
----
1	NULL	1
2	1	3
3	2	6
4	3	9
5	4	12
6	5	15
7	6	18

# What cannot be.
SELECT id FROM w WHERE row_number() OVER () = 1
----
error: a window function cannot stand in WHERE
line 1, column 24: SELECT id FROM w WHERE row_number() OVER () = 1
                                          ^^^^^^^^^^^^^^^^^^^^

SELECT row_number() OVER () AS r FROM w WHERE r = 1
----
error: a window function cannot stand in WHERE; QUALIFY filters by it
line 1, column 47: SELECT row_number() OVER () AS r FROM w WHERE r = 1
                                                                 ^^^^^

SELECT count(*) FROM w GROUP BY row_number() OVER ()
----
error: a window function cannot stand in GROUP BY
line 1, column 33: SELECT count(*) FROM w GROUP BY row_number() OVER ()
                                                   ^^^^^^^^^^^^^^^^^^^^

SELECT rank() OVER (ORDER BY id) AS r FROM w GROUP BY r
----
error: a window function cannot stand in GROUP BY
line 1, column 55: SELECT rank() OVER (ORDER BY id) AS r FROM w GROUP BY r
                                                                         ^

SELECT g FROM w GROUP BY g HAVING rank() OVER (ORDER BY g) = 1
----
error: a window function cannot stand in HAVING
line 1, column 35: SELECT g FROM w GROUP BY g HAVING rank() OVER (ORDER BY g) = 1
                                                     ^^^^^^^^^^^^^^^^^^^^^^^^

SELECT sum(row_number() OVER ()) FROM w
----
error: a window function cannot stand in the argument of sum
line 1, column 12: SELECT sum(row_number() OVER ()) FROM w
                              ^^^^^^^^^^^^^^^^^^^^

SELECT sum(rank() OVER (ORDER BY id)) OVER (ORDER BY id) FROM w
----
error: a window function cannot stand in the argument of sum
line 1, column 12: SELECT sum(rank() OVER (ORDER BY id)) OVER (ORDER BY id) FROM w
                              ^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT sum(x) OVER (ORDER BY rank() OVER (ORDER BY id)) FROM w
----
error: a window function cannot stand in a window
line 1, column 30: SELECT sum(x) OVER (ORDER BY rank() OVER (ORDER BY id)) FROM w
                                                ^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT g, x, sum(sum(x)) OVER () FROM w GROUP BY g
----
error: column x is neither in GROUP BY nor inside an aggregate; add it to GROUP BY or take min(x)
line 1, column 11: SELECT g, x, sum(sum(x)) OVER () FROM w GROUP BY g
                             ^

SELECT a.id FROM w AS a JOIN w AS b ON rank() OVER (ORDER BY a.id) = 1
----
error: a window function cannot stand in ON
line 1, column 40: SELECT a.id FROM w AS a JOIN w AS b ON rank() OVER (ORDER BY a.id) = 1
                                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT row_number() FROM w
----
error: row_number needs OVER (...)
line 1, column 8: SELECT row_number() FROM w
                         ^^^^^^^^^^^^

SELECT rank(x) OVER (ORDER BY x) FROM w
----
error: rank takes 0 arguments, not 1
line 1, column 8: SELECT rank(x) OVER (ORDER BY x) FROM w
                         ^^^^^^^

SELECT lag() OVER (ORDER BY x) FROM w
----
error: lag takes 1 to 3 arguments, not 0
line 1, column 8: SELECT lag() OVER (ORDER BY x) FROM w
                         ^^^^^

SELECT lag(x, 'a') OVER (ORDER BY x) FROM w
----
error: lag takes a whole number of rows, not TEXT
line 1, column 15: SELECT lag(x, 'a') OVER (ORDER BY x) FROM w
                                 ^^^

SELECT lag(x, 1, 'a') OVER (ORDER BY x) FROM w
----
error: 'a' is not a valid INTEGER
line 1, column 18: SELECT lag(x, 1, 'a') OVER (ORDER BY x) FROM w
                                    ^^^

SELECT ntile(0) OVER (ORDER BY x) FROM w
----
error: ntile takes a number from 1 on, not 0
line 1, column 14: SELECT ntile(0) OVER (ORDER BY x) FROM w
                                ^

SELECT ntile(k - 1) OVER (PARTITION BY g ORDER BY k, id) FROM w
----
error: ntile takes a number from 1 on, not 0
line 1, column 8: SELECT ntile(k - 1) OVER (PARTITION BY g ORDER BY k, id) FROM w
                         ^^^^^^^^^^^^

SELECT nth_value(x, 0) OVER (ORDER BY id) FROM w
----
error: nth_value takes a number from 1 on, not 0
line 1, column 21: SELECT nth_value(x, 0) OVER (ORDER BY id) FROM w
                                       ^

SELECT nth_value(x, k - 2) OVER (ORDER BY id) FROM w
----
error: nth_value takes a number from 1 on, not -1
line 1, column 8: SELECT nth_value(x, k - 2) OVER (ORDER BY id) FROM w
                         ^^^^^^^^^^^^^^^^^^^

SELECT abs(x) OVER (ORDER BY x) FROM w
----
error: OVER stands behind an aggregate or a window function
line 1, column 8: SELECT abs(x) OVER (ORDER BY x) FROM w
                         ^^^^^^

SELECT rank() IGNORE NULLS OVER (ORDER BY x) FROM w
----
error: rank takes no IGNORE or RESPECT NULLS
line 1, column 8: SELECT rank() IGNORE NULLS OVER (ORDER BY x) FROM w
                         ^^^^^^

SELECT sum(x) IGNORE NULLS OVER (ORDER BY x) FROM w
----
error: IGNORE or RESPECT NULLS behind an aggregate is not supported yet
line 1, column 8: SELECT sum(x) IGNORE NULLS OVER (ORDER BY x) FROM w
                         ^^^^^^

SELECT lag(x) IGNORE NULLS FROM w
----
error: IGNORE NULLS without OVER is not supported yet
line 1, column 8: SELECT lag(x) IGNORE NULLS FROM w
                         ^^^^^^

SELECT forward_fill(x) OVER (PARTITION BY g) FROM w
----
error: forward_fill needs ORDER BY in its window
line 1, column 8: SELECT forward_fill(x) OVER (PARTITION BY g) FROM w
                         ^^^^^^^^^^^^^^^

SELECT sum(x) OVER nowhere FROM w WINDOW there AS (ORDER BY id)
----
error: window nowhere does not exist; did you mean there?
line 1, column 20: SELECT sum(x) OVER nowhere FROM w WINDOW there AS (ORDER BY id)
                                      ^^^^^^^

SELECT sum(x) OVER v FROM w WINDOW v AS (ORDER BY id), V AS (ORDER BY k)
----
error: WINDOW defines V twice
line 1, column 56: SELECT sum(x) OVER v FROM w WINDOW v AS (ORDER BY id), V AS (ORDER BY k)
                                                                          ^

SELECT sum(x) OVER (v PARTITION BY k) FROM w WINDOW v AS (PARTITION BY g)
----
error: the PARTITION BY of window v cannot be overridden
line 1, column 21: SELECT sum(x) OVER (v PARTITION BY k) FROM w WINDOW v AS (PARTITION BY g)
                                       ^

SELECT sum(x) OVER (v ORDER BY k) FROM w WINDOW v AS (ORDER BY id)
----
error: the ORDER BY of window v cannot be overridden
line 1, column 21: SELECT sum(x) OVER (v ORDER BY k) FROM w WINDOW v AS (ORDER BY id)
                                       ^

SELECT sum(x) OVER (v ORDER BY k) FROM w WINDOW v AS (ROWS 1 PRECEDING)
----
error: window v has a frame: nothing can build on it
line 1, column 21: SELECT sum(x) OVER (v ORDER BY k) FROM w WINDOW v AS (ROWS 1 PRECEDING)
                                       ^

SELECT sum(x) OVER v FROM w WINDOW v AS (v ORDER BY id)
----
error: window v does not exist
line 1, column 42: SELECT sum(x) OVER v FROM w WINDOW v AS (v ORDER BY id)
                                                            ^

SELECT id FROM w QUALIFY id > 1
----
error: QUALIFY needs a window function, in itself or in the SELECT list
line 1, column 26: SELECT id FROM w QUALIFY id > 1
                                            ^^^^^^

SELECT id FROM w QUALIFY rank() OVER (ORDER BY id)
----
error: QUALIFY takes a BOOLEAN, not BIGINT
line 1, column 26: SELECT id FROM w QUALIFY rank() OVER (ORDER BY id)
                                            ^^^^^^^^^^^^^^^^^^^^^^^^^
