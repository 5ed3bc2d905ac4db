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

# Quantiles by digests: exact of fewer than 256 values, with infinities and NaN in their order.
SELECT approx_quantile(i, 0.25), approx_median(i), approx_percentile(x, 1), approx_quantile(d, 0.5), approx_quantile(x, 0) FROM e
----
2.0	2.0	nan	1.0	0.0

SELECT approx_quantile(x, 0), approx_quantile(x, 0.25), approx_quantile(x, 0.5), approx_quantile(x, 0.75), approx_quantile(x, 1) FROM (VALUES (CAST('-Infinity' AS DOUBLE)), (1.5), (NULL), (2.5), (CAST('Infinity' AS DOUBLE)), (CAST('NaN' AS DOUBLE))) AS t(x)
----
-inf	1.5	2.5	inf	nan

SELECT approx_quantile(x, 0.5), approx_quantile(m, 0.5), approx_median(t), typeof(approx_quantile(CAST(t AS DATE), 0.5)), approx_quantile(DISTINCT x, 0.5), approx_percentile(0.1) WITHIN GROUP (ORDER BY x DESC), approx_median(x) FILTER (WHERE x > 1) FROM (VALUES (1, 0.25, TIMESTAMP '2024-01-01'), (1, 1.5, NULL), (4, 2.75, TIMESTAMP '2024-01-03'), (10, NULL, TIMESTAMP '2024-03-01')) AS t(x, m, t)
----
2.5	1.5	2024-01-03 00:00:00	TIMESTAMP(6)	4.0	8.200000000000001	7.0

SELECT approx_quantile(x, 0.5) FROM (VALUES (1)) AS t(x) WHERE x > 1
----
NULL

SELECT g, approx_quantile(x, 0.5), approx_median(-x), count(*) FROM (SELECT x, x % 2 AS g FROM range(400) AS t(x)) AS q GROUP BY ROLLUP(g) ORDER BY g
----
0	199.0	-199.0	200
1	200.0	-200.0	200
NULL	199.5	-199.5	400

# About: cells of a digest hold 1.2% of the values at most.
SELECT g, abs(approx_quantile(x, 0.5) - 1000) < 25, abs(approx_quantile(x, 0.99) - 1980) < 10, approx_quantile(x, 0) - g, approx_quantile(x, 1) - g FROM (SELECT x, x % 2 AS g FROM range(2000) AS t(x)) AS q GROUP BY g ORDER BY g
----
0	true	true	0.0	1998.0
1	true	true	0.0	1998.0

SELECT approx_median(x) OVER (PARTITION BY x % 2), approx_quantile(x, 0.5) OVER (ORDER BY x ROWS 2 PRECEDING) FROM range(4) AS t(x) ORDER BY x
----
1.0	0.0
2.0	0.5
1.0	1.0
2.0	2.0

SELECT approx_quantile(t, 0.5) FROM e
----
error: approx_quantile does not take TEXT; quantile_disc(x, 0.5) takes any type
line 1, column 8: SELECT approx_quantile(t, 0.5) FROM e
                         ^^^^^^^^^^^^^^^^^^^^^^^

SELECT approx_quantile(i, 1.5) FROM e
----
error: approx_quantile takes a fraction between 0 and 1, not 1.5
line 1, column 8: SELECT approx_quantile(i, 1.5) FROM e
                         ^^^^^^^^^^^^^^^^^^^^^^^

SELECT approx_quantile(i, x) FROM e
----
error: approx_quantile takes a fraction that is a constant, such as 0.5
line 1, column 8: SELECT approx_quantile(i, x) FROM e
                         ^^^^^^^^^^^^^^^^^^^^^
