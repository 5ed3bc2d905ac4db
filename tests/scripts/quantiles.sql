# Quantiles and modes: NULLs, no rows, one row, every type, extremes, both orders, DISTINCT.
CREATE TABLE q (g INTEGER, i INTEGER, big BIGINT, x DOUBLE, d DECIMAL(10,2), t TEXT, day DATE, at TIMESTAMP(3), b BOOLEAN)

INSERT INTO q VALUES (1, 10, 9223372036854775807, 1.5, 1.25, 'b', DATE '2020-01-01', TIMESTAMP '2020-01-01 00:00:00', TRUE), (1, 20, -9223372036854775808, 2.5, 2.50, 'é', DATE '2020-01-03', TIMESTAMP '2020-01-01 00:00:01', FALSE), (1, 40, 0, CAST('NaN' AS DOUBLE), -9.99, 'a', DATE '2020-01-04', TIMESTAMP '2020-01-02 00:00:00', TRUE), (1, 20, 1, CAST('Infinity' AS DOUBLE), NULL, '', NULL, NULL, NULL), (2, 7, 7, -0.0, 7, 'z', DATE '1900-02-28', TIMESTAMP '1900-02-28 12:00:00', FALSE), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (4, 1, 1, CAST('-Infinity' AS DOUBLE), 1, 'x', NULL, NULL, TRUE), (4, 1, 1, CAST('Infinity' AS DOUBLE), 1, 'x', NULL, NULL, TRUE), (4, 2, 2, 3, 2, 'y', NULL, NULL, TRUE)

SELECT g, median(i), median(x), median(d), median(day), median(at) FROM q GROUP BY g ORDER BY g
----
1	20.0	inf	1.25	2020-01-03 00:00:00	2020-01-01 00:00:01
2	7.0	0.0	7.0	1900-02-28 00:00:00	1900-02-28 12:00:00
3	NULL	NULL	NULL	NULL	NULL
4	1.0	3.0	1.0	NULL	NULL

SELECT median(i), median(big), median(x), median(d), median(day) FROM q
----
8.5	1.0	2.75	1.25	2020-01-02 00:00:00

SELECT median(i), quantile_disc(t, 0.5), mode(i), count(*) FROM q WHERE FALSE
----
NULL	NULL	NULL	0

SELECT g, quantile_disc(i, 0.5), quantile_disc(t, 0.5), quantile_disc(day, 0.9), quantile_disc(b, 0), quantile_disc(big, 1), quantile(x, 0.3) FROM q GROUP BY g ORDER BY g
----
1	20	a	2020-01-04	false	9223372036854775807	2.5
2	7	z	1900-02-28	false	7	0.0
3	NULL	NULL	NULL	NULL	NULL	NULL
4	1	x	NULL	true	2	-inf

SELECT g, quantile_cont(i, 0), quantile_cont(i, 0.25), quantile_cont(i, 1), quantile_cont(x, 0.1) FROM q GROUP BY g ORDER BY g
----
1	10.0	17.5	40.0	1.8
2	7.0	7.0	7.0	0.0
3	NULL	NULL	NULL	NULL
4	1.0	1.0	2.0	nan

SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY i), percentile_cont(0.25) WITHIN GROUP (ORDER BY i DESC), percentile_disc(0.25) WITHIN GROUP (ORDER BY i), percentile_disc(0.25) WITHIN GROUP (ORDER BY i DESC) FROM q
----
1.75	20.0	1	20

SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY t), percentile_disc(0.5) WITHIN GROUP (ORDER BY t DESC) FROM q WHERE g = 1
----
a	b

SELECT median(i) FILTER (WHERE i > 10), percentile_cont(0.5) WITHIN GROUP (ORDER BY i) FILTER (WHERE i > 10), median(i) FILTER (WHERE FALSE) FROM q
----
20.0	20.0	NULL

SELECT median(DISTINCT i), quantile_disc(DISTINCT t, 0.5), median(i) FROM q
----
8.5	x	8.5

SELECT g, mode(i), mode(t), mode(day), mode(x), mode(b) FROM q GROUP BY g ORDER BY g
----
1	20	''	2020-01-01	1.5	true
2	7	z	1900-02-28	0.0	false
3	NULL	NULL	NULL	NULL	NULL
4	1	x	NULL	-inf	true

SELECT mode() WITHIN GROUP (ORDER BY i), mode() WITHIN GROUP (ORDER BY i DESC), mode() WITHIN GROUP (ORDER BY t DESC), mode(i) FILTER (WHERE i > 1) FROM q WHERE g IN (1, 4)
----
1	20	x	20

SELECT median(d * d * d), quantile_disc(d * 1000000000000000000, 0.5), mode(d * 1000000000000000000) FROM q WHERE g IN (1, 4)
----
1.4765625	1000000000000000000.00	1000000000000000000.00

SELECT g, count(*), sum(i), median(i), count(DISTINCT i), stddev_pop(i), count(DISTINCT t), string_agg(t, ',' ORDER BY t) FROM q GROUP BY g ORDER BY g
----
1	4	90	20.0	3	10.897247358851684	4	,a,b,é
2	1	7	7.0	1	0.0	1	z
3	1	NULL	NULL	0	NULL	0	NULL
4	3	4	1.0	2	0.4714045207910317	2	x,x,y

SELECT count(DISTINCT i), var_pop(i), avg(DISTINCT i), corr(i, d), count(DISTINCT i, b) FROM q
----
6	159.984375	13.333333333333334	-0.7653814228519735	6

SELECT count(DISTINCT i), var_pop(i), avg(DISTINCT i) FROM q WHERE FALSE
----
0	NULL	NULL

SELECT g, median(i) AS m FROM q GROUP BY g HAVING median(i) > 5 ORDER BY m DESC
----
1	20.0
2	7.0

SELECT g, b, median(i) FROM q WHERE g < 3 GROUP BY ROLLUP (g, b) ORDER BY g, b
----
1	false	20.0
1	true	25.0
1	NULL	20.0
1	NULL	20.0
2	false	7.0
2	NULL	7.0
NULL	NULL	20.0

SELECT i FROM q WHERE i > (SELECT median(i) FROM q) ORDER BY i
----
10
20
20
40

SELECT g, (SELECT median(p.i) FROM q AS p WHERE p.g = o.g) FROM (SELECT DISTINCT g FROM q) AS o ORDER BY g
----
1	20.0
2	7.0
3	NULL
4	1.0

SELECT median(m) FROM (SELECT median(i) AS m FROM q GROUP BY g) AS medians
----
7.0

SELECT median(i + 0.5), median(2 * x), median(5), median(NULL) FROM q WHERE g = 1
----
20.5	inf	5.0	NULL

SELECT x, median(i) FROM q WHERE g IN (2, 4) GROUP BY x ORDER BY x
----
-inf	1.0
0.0	7.0
3.0	2.0
inf	1.0

SELECT median(t) FROM q
----
error: median does not take TEXT; quantile_disc(x, 0.5) takes any type
line 1, column 8: SELECT median(t) FROM q
                         ^^^^^^^^^

SELECT median(b) FROM q
----
error: median does not take BOOLEAN; quantile_disc(x, 0.5) takes any type
line 1, column 8: SELECT median(b) FROM q
                         ^^^^^^^^^

SELECT median(TIME '12:00:00') FROM q
----
error: median does not take TIME; quantile_disc(x, 0.5) takes any type
line 1, column 8: SELECT median(TIME '12:00:00') FROM q
                         ^^^^^^^^^^^^^^^^^^^^^^^

SELECT quantile_cont(i, 2) FROM q
----
error: quantile_cont takes a fraction between 0 and 1, not 2
line 1, column 8: SELECT quantile_cont(i, 2) FROM q
                         ^^^^^^^^^^^^^^^^^^^

SELECT quantile_cont(i, -0.1) FROM q
----
error: quantile_cont takes a fraction between 0 and 1, not -0.1
line 1, column 8: SELECT quantile_cont(i, -0.1) FROM q
                         ^^^^^^^^^^^^^^^^^^^^^^

SELECT quantile_disc(i, x) FROM q
----
error: quantile_disc takes a fraction that is a constant, such as 0.5
line 1, column 8: SELECT quantile_disc(i, x) FROM q
                         ^^^^^^^^^^^^^^^^^^^

SELECT quantile_disc(i, NULL) FROM q
----
error: quantile_disc takes a fraction that is a constant, such as 0.5
line 1, column 8: SELECT quantile_disc(i, NULL) FROM q
                         ^^^^^^^^^^^^^^^^^^^^^^

SELECT quantile_cont(i) FROM q
----
error: quantile_cont takes two arguments, not 1
line 1, column 8: SELECT quantile_cont(i) FROM q
                         ^^^^^^^^^^^^^^^^

SELECT percentile_cont(0.5) FROM q
----
error: percentile_cont is written percentile_cont(0.5) WITHIN GROUP (ORDER BY x)
line 1, column 8: SELECT percentile_cont(0.5) FROM q
                         ^^^^^^^^^^^^^^^^^^^^

SELECT percentile_cont(i, 0.5) FROM q
----
error: percentile_cont is written percentile_cont(0.5) WITHIN GROUP (ORDER BY x)
line 1, column 8: SELECT percentile_cont(i, 0.5) FROM q
                         ^^^^^^^^^^^^^^^^^^^^^^^

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i, t) FROM q
----
error: percentile_cont takes one value in WITHIN GROUP (ORDER BY ...)
line 1, column 8: SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i, t) FROM q
                         ^^^^^^^^^^^^^^^^^^^^

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM q
----
error: percentile_cont does not take TEXT; quantile_disc(x, 0.5) takes any type
line 1, column 8: SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM q
                         ^^^^^^^^^^^^^^^^^^^^

SELECT mode() FROM q
----
error: mode takes one argument, not 0
line 1, column 8: SELECT mode() FROM q
                         ^^^^^^

SELECT mode(i) WITHIN GROUP (ORDER BY i) FROM q
----
error: mode takes no argument, not 1
line 1, column 8: SELECT mode(i) WITHIN GROUP (ORDER BY i) FROM q
                         ^^^^^^^

SELECT median(i) WITHIN GROUP (ORDER BY i) FROM q
----
error: median takes no WITHIN GROUP
line 1, column 8: SELECT median(i) WITHIN GROUP (ORDER BY i) FROM q
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT median(max(i)) FROM q
----
error: an aggregate cannot stand in the argument of median
line 1, column 15: SELECT median(max(i)) FROM q
                                 ^^^^^^

SELECT abs(i) WITHIN GROUP (ORDER BY i) FROM q
----
error: WITHIN GROUP follows an aggregate
line 1, column 8: SELECT abs(i) WITHIN GROUP (ORDER BY i) FROM q
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
