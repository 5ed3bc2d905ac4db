# Estimates of distinct values: exact while they are few, NULLs left out, every type, merged states.
CREATE TABLE e (g INTEGER, i INTEGER, x DOUBLE, t TEXT, d DECIMAL(18,2), b BOOLEAN, day DATE)

INSERT INTO e VALUES (1, 1, 0.0, 'a', 1, TRUE, DATE '2020-01-01'), (1, 2, -0.0, 'b', 2, FALSE, DATE '2020-01-01'), (1, 2, CAST('NaN' AS DOUBLE), 'é', 9999999999999999.99, NULL, NULL), (2, NULL, NULL, NULL, NULL, NULL, NULL), (3, 5, 1, '', 0, TRUE, DATE '1900-01-01'), (3, 6, 1, '', 0, TRUE, DATE '1900-01-02')

SELECT g, approx_count_distinct(i), approx_count_distinct(x), approx_count_distinct(t), approx_count_distinct(d), approx_count_distinct(b), approx_count_distinct(day) FROM e GROUP BY g ORDER BY g
----
1	2	2	3	3	2	1
2	0	0	0	0	0	0
3	2	1	1	1	1	2

SELECT approx_count_distinct(i), approx_count_distinct(g), approx_count_distinct(t), count(DISTINCT t) FROM e
----
4	3	4	4

SELECT approx_count_distinct(i), approx_count_distinct(t) FROM e WHERE FALSE
----
0	0

SELECT g, approx_count_distinct(t) FROM e WHERE FALSE GROUP BY g
----

SELECT approx_count_distinct(DISTINCT i), approx_count_distinct(i) FILTER (WHERE g = 1), approx_count_distinct(i) FILTER (WHERE FALSE) FROM e
----
4	2	0

SELECT approx_count_distinct(d * 1000000000000000000), approx_count_distinct(NULL), approx_count_distinct(7) FROM e
----
4	0	1

SELECT g, approx_count_distinct(i) FROM e GROUP BY ROLLUP (g) ORDER BY g
----
1	2
2	0
3	2
NULL	4

SELECT g FROM e GROUP BY g HAVING approx_count_distinct(i) > 1 ORDER BY g
----
1
3

SELECT approx_count_distinct(i), median(i), count(DISTINCT b), sum(i) FROM e
----
4	2.0	2	16

SELECT g, (SELECT approx_count_distinct(o.t) FROM e AS o WHERE o.g = k.g AND o.i > 1) FROM (SELECT DISTINCT g FROM e) AS k ORDER BY g
----
1	2
2	0
3	1

SELECT approx_median(i), approx_quantile(i, 0.5), approx_percentile(x, 0) FROM e
----
2.0	2.0	0.0

SELECT i, width_bucket(i, 1, 6, 2), width_bucket(i, 6, 1, 5), width_bucket(x, 0, 1, 4) FROM e WHERE g <> 1 ORDER BY i
----
5	2	2	5
6	3	1	5
NULL	NULL	NULL	NULL

SELECT width_bucket(i, 0, 10, 5) AS bucket, count(*) FROM e GROUP BY bucket ORDER BY bucket
----
1	1
2	2
3	1
4	1
NULL	1

SELECT approx_count_distinct(*) FROM e
----
error: only count takes *, not approx_count_distinct
line 1, column 8: SELECT approx_count_distinct(*) FROM e
                         ^^^^^^^^^^^^^^^^^^^^^^^^

SELECT approx_count_distinct(i, g) FROM e
----
error: approx_count_distinct takes an error in whole percent, a constant
line 1, column 8: SELECT approx_count_distinct(i, g) FROM e
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT approx_quantile(i, 1.5) FROM e
----
error: approx_quantile takes a fraction between 0 and 1, not 1.5
line 1, column 8: SELECT approx_quantile(i, 1.5) FROM e
                         ^^^^^^^^^^^^^^^^^^^^^^^

SELECT approx_quantile(t, 0.5) FROM e
----
error: approx_quantile does not take TEXT; quantile_disc(x, 0.5) takes any type
line 1, column 8: SELECT approx_quantile(t, 0.5) FROM e
                         ^^^^^^^^^^^^^^^^^^^^^^^

SELECT width_bucket(i, 1, 1, 3) FROM e WHERE i = 1
----
error: width_bucket takes a number, two different bounds and a count of at least 1
line 1, column 8: SELECT width_bucket(i, 1, 1, 3) FROM e WHERE i = 1
                         ^^^^^^^^^^^^^^^^^^^^^^^^

SELECT width_bucket(i, 1, 2, 0) FROM e WHERE i = 1
----
error: width_bucket takes a number, two different bounds and a count of at least 1
line 1, column 8: SELECT width_bucket(i, 1, 2, 0) FROM e WHERE i = 1
                         ^^^^^^^^^^^^^^^^^^^^^^^^

SELECT width_bucket(x, 1, 2, 3) FROM e
----
error: width_bucket takes a number, two different bounds and a count of at least 1
line 1, column 8: SELECT width_bucket(x, 1, 2, 3) FROM e
                         ^^^^^^^^^^^^^^^^^^^^^^^^
