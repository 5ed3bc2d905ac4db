# Statistics of one number: deviations, powers, products; NULLs, no rows, one row, types.
CREATE TABLE s (g INTEGER, i INTEGER, big BIGINT, x DOUBLE, f FLOAT, d DECIMAL(8,2), b BOOLEAN, t TEXT)

INSERT INTO s VALUES (1, 1, 9000000000000000001, 1, 1.5, 1.25, TRUE, 'a'), (1, 2, 9000000000000000002, 2, 2.5, 2.25, FALSE, 'b'), (1, 4, 9000000000000000004, 6, 0.5, -3.5, NULL, NULL), (1, 9, 9000000000000000009, 11, 4, 0, TRUE, 'a'), (2, 7, 5, 7, NULL, 7.5, NULL, ''), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (4, 3, 3, 3, 3, 3, TRUE, 'é'), (4, 3, 3, 3, 3, 3, TRUE, 'é'), (5, -2147483648, -9223372036854775808, CAST('Infinity' AS DOUBLE), 0, -999999.99, FALSE, 'z'), (5, 2147483647, 9223372036854775807, 0, 0, 999999.99, FALSE, 'z')

SELECT g, var_pop(i), var_samp(i), stddev_pop(i), stddev_samp(i), variance(i), stddev(i) FROM s GROUP BY g ORDER BY g
----
1	9.5	12.666666666666666	3.082207001484488	3.559026084010437	12.666666666666666	3.559026084010437
2	0.0	NULL	0.0	NULL	NULL	NULL
3	NULL	NULL	NULL	NULL	NULL	NULL
4	0.0	0.0	0.0	0.0	0.0	0.0
5	4.611686016279904e+18	9.223372032559809e+18	2147483647.5	3037000499.268943	9.223372032559809e+18	3037000499.268943

SELECT g, var_samp(x), var_pop(d), stddev(d), stddev(f) FROM s GROUP BY g ORDER BY g
----
1	20.666666666666668	4.71875	2.508319490548735	1.4930394055974097
2	NULL	0.0	NULL	NULL
3	NULL	NULL	NULL	NULL
4	0.0	0.0	0.0	0.0
5	nan	999999980000.0	1414213.5482309593	0.0

SELECT var_pop(i), var_samp(i), stddev_pop(x), count(*) FROM s WHERE g > 9
----
NULL	NULL	NULL	0

SELECT var_pop(i), var_samp(i), stddev_pop(x), stddev_samp(x) FROM s WHERE g = 2
----
0.0	NULL	0.0	NULL

SELECT var_pop(i) FILTER (WHERE i < 9), stddev(i) FILTER (WHERE FALSE) FROM s WHERE g IN (1, 4)
----
1.04	NULL

SELECT var_pop(DISTINCT d), stddev(DISTINCT i) FROM s WHERE g IN (1, 4)
----
5.215	3.1144823004794873

SELECT g, skewness(i), kurtosis(i), kurtosis_pop(i), skewness(x) FROM s WHERE g < 5 GROUP BY g ORDER BY g
----
1	1.3309377322476703	1.5	-1.0	0.8940743464205088
2	NULL	NULL	NULL	NULL
3	NULL	NULL	NULL	NULL
4	NULL	NULL	NULL	NULL

SELECT g, product(i), product(d) FROM s WHERE g < 5 GROUP BY g ORDER BY g
----
1	72.0	-0.0
2	7.0	7.5
3	NULL	NULL
4	9.0	9.0

SELECT product(i), skewness(i), kurtosis(i) FROM s WHERE FALSE
----
NULL	NULL	NULL

# A large mean and small deviations, which sums of squares would not show.
SELECT var_samp(1000000000e0 + i), var_samp(1e15 + i / 8e0), var_samp(CAST(i AS BIGINT) + 9000000000000000) FROM s WHERE g = 1
----
12.666666666666666	0.19791666666666666	12.666666666666666

SELECT mean(i), avg(i), var_pop(i + 0.5) FROM s WHERE g = 1
----
4.0	4.0	9.5

SELECT g FROM s GROUP BY g HAVING stddev(i) > 3 ORDER BY g
----
1
5

SELECT count(*) FROM s WHERE i > (SELECT stddev_pop(i) FROM s WHERE g = 1)
----
4

SELECT g, var_pop(i) FROM s WHERE g < 3 GROUP BY ROLLUP (g) ORDER BY g
----
1	9.5
2	0.0
NULL	9.040000000000001

SELECT var_pop(t) FROM s
----
error: var_pop does not take TEXT
line 1, column 8: SELECT var_pop(t) FROM s
                         ^^^^^^^^^^

SELECT stddev(b) FROM s
----
error: stddev does not take BOOLEAN
line 1, column 8: SELECT stddev(b) FROM s
                         ^^^^^^^^^

SELECT stddev(i, i) FROM s
----
error: stddev takes one argument, not 2
line 1, column 8: SELECT stddev(i, i) FROM s
                         ^^^^^^^^^^^^

SELECT stddev(*) FROM s
----
error: only count takes *, not stddev
line 1, column 8: SELECT stddev(*) FROM s
                         ^^^^^^^^^

SELECT stddev(i) WITHIN GROUP (ORDER BY i) FROM s
----
error: stddev takes no WITHIN GROUP
line 1, column 8: SELECT stddev(i) WITHIN GROUP (ORDER BY i) FROM s
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT stddev(i ORDER BY x) FROM s WHERE g = 1
----
3.559026084010437

SELECT stddev(NULL), var_pop(NULL) FROM s
----
NULL	NULL

SELECT skewness(t) FROM s
----
error: skewness does not take TEXT
line 1, column 8: SELECT skewness(t) FROM s
                         ^^^^^^^^^^^

SELECT product(t) FROM s
----
error: product does not take TEXT
line 1, column 8: SELECT product(t) FROM s
                         ^^^^^^^^^^
