# Statistics of pairs of numbers: rows where both are there; NULLs, one row, the same values.
CREATE TABLE r (g INTEGER, y DOUBLE, x INTEGER, d DECIMAL(6,2))

INSERT INTO r VALUES (1, 2, 1, 1.5), (1, 4, 2, 2.5), (1, 5, 3, -1), (1, 4, 4, 0.25), (1, 5, NULL, 1), (1, NULL, 7, 1), (2, 3, 3, 3), (3, 1, 5, 1), (3, 2, 5, 1), (4, 7, 1, 1), (4, 7, 2, 2), (5, NULL, 1, 1)

SELECT g, regr_count(y, x), regr_avgx(y, x), regr_avgy(y, x), regr_sxx(y, x), regr_syy(y, x), regr_sxy(y, x) FROM r GROUP BY g ORDER BY g
----
1	4	2.5	3.75	5.0	4.75	3.5
2	1	3.0	3.0	0.0	0.0	0.0
3	2	5.0	1.5	0.0	0.5	0.0
4	2	1.5	7.0	0.5	0.0	0.0
5	0	NULL	NULL	NULL	NULL	NULL

SELECT g, regr_slope(y, x), regr_intercept(y, x), regr_r2(y, x), corr(y, x) FROM r GROUP BY g ORDER BY g
----
1	0.7	2.0	0.5157894736842104	0.7181848464596078
2	NULL	NULL	NULL	NULL
3	NULL	NULL	NULL	NULL
4	0.0	7.0	1.0	NULL
5	NULL	NULL	NULL	NULL

SELECT g, covar_pop(y, x), covar_samp(y, x), covar_pop(d, x), corr(d, y) FROM r GROUP BY g ORDER BY g
----
1	0.875	1.1666666666666667	-0.5900000000000001	-0.4645722098118832
2	0.0	NULL	0.0	NULL
3	0.0	0.0	0.0	NULL
4	0.0	0.0	0.25	NULL
5	NULL	NULL	0.0	NULL

SELECT regr_count(y, x), regr_slope(y, x), corr(y, x), covar_pop(y, x) FROM r WHERE FALSE
----
0	NULL	NULL	NULL

SELECT corr(y, x) FILTER (WHERE g = 1), covar_samp(y, x) FILTER (WHERE g = 2), regr_count(y, x) FILTER (WHERE g = 9) FROM r
----
0.7181848464596078	NULL	0

SELECT corr(DISTINCT y, x), regr_count(DISTINCT y, x), count(DISTINCT y) FROM r
----
-0.5724603421840625	9	6

SELECT corr(y, 2 * y + 1), corr(y, -y) FROM r
----
1.0	-1.0

SELECT g, corr(y, x) FROM r GROUP BY g HAVING corr(y, x) IS NOT NULL
----
1	0.7181848464596078

SELECT corr(y, NULL), covar_pop(NULL, NULL) FROM r
----
NULL	NULL

SELECT corr(y) FROM r
----
error: corr takes two arguments, not 1
line 1, column 8: SELECT corr(y) FROM r
                         ^^^^^^^

SELECT corr(y, 'a') FROM r
----
error: corr does not take TEXT
line 1, column 8: SELECT corr(y, 'a') FROM r
                         ^^^^^^^^^^^^

SELECT regr_slope(y, x, d) FROM r
----
error: regr_slope takes two arguments, not 3
line 1, column 8: SELECT regr_slope(y, x, d) FROM r
                         ^^^^^^^^^^^^^^^^^^^
