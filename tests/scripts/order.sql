# ORDER BY, LIMIT, OFFSET and DISTINCT.
CREATE TABLE o (id INTEGER, k INTEGER, x DOUBLE, s TEXT)

INSERT INTO o VALUES (1, 2, CAST('NaN' AS DOUBLE), 'b'), (2, NULL, 1, 'a'), (3, 1, CAST('Infinity' AS DOUBLE), NULL), (4, 2, CAST('-Infinity' AS DOUBLE), 'é'), (5, 1, NULL, 'B'), (6, NULL, -0.0, ''), (7, 3, 0.0, 'z')

SELECT k, id FROM o ORDER BY k, id
----
1	3
1	5
2	1
2	4
3	7
NULL	2
NULL	6

SELECT k, id FROM o ORDER BY k DESC, id DESC
----
NULL	6
NULL	2
3	7
2	4
2	1
1	5
1	3

SELECT k, id FROM o ORDER BY k NULLS FIRST, id
----
NULL	2
NULL	6
1	3
1	5
2	1
2	4
3	7

SELECT k, id FROM o ORDER BY k DESC NULLS LAST, id
----
3	7
2	1
2	4
1	3
1	5
NULL	2
NULL	6

SELECT x, id FROM o ORDER BY x, id
----
-inf	4
0.0	6
0.0	7
1.0	2
inf	3
nan	1
NULL	5

SELECT x, id FROM o ORDER BY x DESC, id DESC
----
NULL	5
nan	1
inf	3
1.0	2
0.0	7
0.0	6
-inf	4

SELECT s FROM o ORDER BY s
----
''
B
a
b
z
é
NULL

SELECT s FROM o ORDER BY s DESC NULLS FIRST LIMIT 3
----
NULL
é
z

SELECT id FROM o ORDER BY k, x DESC LIMIT 2 OFFSET 3
----
4
7

SELECT id FROM o ORDER BY id OFFSET 5
----
6
7

SELECT id FROM o ORDER BY id LIMIT 0
----

SELECT count(*) FROM (SELECT id FROM o LIMIT 4) AS t
----
4

SELECT id FROM o ORDER BY -id LIMIT 2
----
7
6

SELECT k AS n FROM o GROUP BY k ORDER BY n DESC NULLS LAST LIMIT 2
----
3
2

SELECT DISTINCT k FROM o ORDER BY k
----
1
2
3
NULL

SELECT DISTINCT k, x IS NULL FROM o ORDER BY 1, 2
----
1	false
1	true
2	false
3	false
NULL	false

SELECT id FROM o ORDER BY 2
----
error: ORDER BY 2: the SELECT list has columns 1 to 1
line 1, column 27: SELECT id FROM o ORDER BY 2
                                             ^

SELECT id FROM o LIMIT -1
----
error: LIMIT takes a number of rows, not -1
line 1, column 24: SELECT id FROM o LIMIT -1
                                          ^^

SELECT DISTINCT k FROM o ORDER BY id
----
error: with DISTINCT, ORDER BY takes only what the SELECT list shows
line 1, column 35: SELECT DISTINCT k FROM o ORDER BY id
                                                     ^^
