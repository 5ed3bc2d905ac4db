# Aggregates of conditions, bits and single values, and DISTINCT of several columns.
CREATE TABLE a (g INTEGER, i INTEGER, tiny TINYINT, big BIGINT, b BOOLEAN, t TEXT, d DATE, m DECIMAL(18,2))

INSERT INTO a VALUES (1, 12, 1, -1, TRUE, 'x', DATE '2020-01-01', 1.25), (1, 10, 3, 9223372036854775807, FALSE, 'x', DATE '2020-01-02', 2), (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (2, 6, -128, -9223372036854775808, TRUE, 'é', DATE '1900-01-01', -9999999999999999.99), (2, 6, 127, 0, TRUE, 'é', DATE '1900-01-01', 9999999999999999.99), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL)

SELECT g, count_if(b), count_if(i > 6), sum_if(i, b), sum_if(m, i > 6), bool_and(b), bool_or(b), every(i > 5) FROM a GROUP BY g ORDER BY g
----
1	1	2	12	3.25	false	true	true
2	2	0	12	NULL	true	true	true
3	0	0	NULL	NULL	NULL	NULL	NULL

SELECT count_if(b), sum_if(i, b), bool_and(b), bool_or(b), every(b) FROM a WHERE FALSE
----
0	NULL	NULL	NULL	NULL

SELECT g, bit_and(i), bit_or(i), bit_xor(i), bit_and(tiny), bit_or(big), bit_xor(big) FROM a GROUP BY g ORDER BY g
----
1	8	14	6	1	-1	-9223372036854775808
2	6	6	0	0	-9223372036854775808	-9223372036854775808
3	NULL	NULL	NULL	NULL	NULL	NULL

SELECT bit_and(i), bit_or(i), bit_xor(i), bit_xor(DISTINCT i) FROM a
----
0	14	6	0

SELECT bit_and(i), bit_or(i), bit_xor(i) FROM a WHERE FALSE
----
NULL	NULL	NULL

SELECT g, any_value(i), any_value(b), any_value(t), any_value(d), sample(m) FROM a GROUP BY g ORDER BY g
----
1	10	false	x	2020-01-01	1.25
2	6	true	é	1900-01-01	-9999999999999999.99
3	NULL	NULL	NULL	NULL	NULL

SELECT single_value(t), single_value(i), single_value(b), single_value(d) FROM a WHERE g = 2
----
é	6	true	1900-01-01

SELECT single_value(t), single_value(b) FROM a WHERE g = 3
----
NULL	NULL

SELECT g, single_value(t) FROM a GROUP BY g ORDER BY g
----
1	x
2	é
3	NULL

SELECT 1 + single_value(i) FROM a
----
error: single_value: the rows have several values
line 1, column 12: SELECT 1 + single_value(i) FROM a
                              ^^^^^^^^^^^^^^^

SELECT single_value(b) FROM a
----
error: single_value: the rows have several values
line 1, column 8: SELECT single_value(b) FROM a
                         ^^^^^^^^^^^^^^^

SELECT count(DISTINCT g, t), count(DISTINCT g), count(DISTINCT t, d, i) FROM a
----
2	3	3

SELECT g, count(DISTINCT i, b), sum(DISTINCT i), count(*) FROM a GROUP BY g ORDER BY g
----
1	2	22	3
2	1	6	2
3	0	NULL	1

SELECT count(DISTINCT g, t) FILTER (WHERE g < 2) FROM a
----
1

SELECT min(sum), max(sum), sum(sum) FROM (SELECT g, sum(m) * 1000000000000000000 AS sum FROM a GROUP BY g) AS sums
----
0.00	3250000000000000000.00	3250000000000000000.00

SELECT g, min(wide), max(wide) FROM (SELECT g, m * 1000000000000000000 AS wide FROM a) AS w GROUP BY g ORDER BY g
----
1	1250000000000000000.00	2000000000000000000.00
2	-9999999999999999990000000000000000.00	9999999999999999990000000000000000.00
3	NULL	NULL

SELECT max(m * 1000000000000000000) FILTER (WHERE g = 3) FROM a
----
NULL

SELECT bool_and(b) FILTER (WHERE g = 1), count_if(b) FILTER (WHERE g = 2), any_value(t) FILTER (WHERE g = 3) FROM a
----
false	2	NULL

SELECT g, bool_or(b) FROM a WHERE g < 3 GROUP BY GROUPING SETS ((g), ()) ORDER BY g
----
1	true
2	true
NULL	true

SELECT g FROM a GROUP BY g HAVING bool_and(b) ORDER BY g
----
2

SELECT sum(i ORDER BY g DESC), count(i ORDER BY i), sum(ALL i) FROM a
----
34	4	34

SELECT count(i, g) FROM a
----
error: count takes one argument, not 2; or count(DISTINCT a, b)
line 1, column 8: SELECT count(i, g) FROM a
                         ^^^^^^^^^^^

SELECT count_if(i) FROM a
----
error: count_if takes a BOOLEAN, not INTEGER
line 1, column 8: SELECT count_if(i) FROM a
                         ^^^^^^^^^^^

SELECT sum_if(i) FROM a
----
error: sum_if takes two arguments, not 1
line 1, column 8: SELECT sum_if(i) FROM a
                         ^^^^^^^^^

SELECT sum_if(t, b) FROM a
----
error: sum_if does not take TEXT
line 1, column 8: SELECT sum_if(t, b) FROM a
                         ^^^^^^^^^^^^

SELECT bool_and(t) FROM a
----
error: bool_and takes a BOOLEAN, not TEXT
line 1, column 8: SELECT bool_and(t) FROM a
                         ^^^^^^^^^^^

SELECT bit_and(m) FROM a
----
error: bit_and does not take DECIMAL(18,2)
line 1, column 8: SELECT bit_and(m) FROM a
                         ^^^^^^^^^^

SELECT bit_or(t) FROM a
----
error: bit_or does not take TEXT
line 1, column 8: SELECT bit_or(t) FROM a
                         ^^^^^^^^^

SELECT any_value(*) FROM a
----
error: only count takes *, not any_value
line 1, column 8: SELECT any_value(*) FROM a
                         ^^^^^^^^^^^^

SELECT bool_or(max(b)) FROM a
----
error: an aggregate cannot stand in the argument of bool_or
line 1, column 16: SELECT bool_or(max(b)) FROM a
                                  ^^^^^^

SELECT g FROM a WHERE bool_and(b)
----
error: an aggregate cannot stand in WHERE
line 1, column 23: SELECT g FROM a WHERE bool_and(b)
                                         ^^^^^^^^^^^

SELECT sum(i LIMIT 1) FROM a
----
error: LIMIT inside an aggregate is not supported yet
line 1, column 12: SELECT sum(i LIMIT 1) FROM a
                              ^^^^^^^^^

SELECT sum(i IGNORE NULLS) FROM a
----
error: sum takes neither IGNORE NULLS nor RESPECT NULLS
line 1, column 8: SELECT sum(i IGNORE NULLS) FROM a
                         ^^^^^^^^^^^^^^^^^^^

SELECT i FILTER (WHERE b) FROM a
----
error: syntax error at (
line 1, column 17: SELECT i FILTER (WHERE b) FROM a
                                   ^
