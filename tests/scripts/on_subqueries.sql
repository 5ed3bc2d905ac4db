# Subqueries in ON of outer joins: each belongs to the side whose columns it reads.
CREATE TABLE a (x INTEGER, y TEXT)

INSERT INTO a VALUES (1, 'p'), (2, 'q'), (2, NULL), (NULL, 'p'), (3, 'r')

CREATE TABLE b (k INTEGER, w TEXT)

INSERT INTO b VALUES (1, 'p'), (2, 'z'), (NULL, 'p'), (2, NULL)

CREATE TABLE c (k INTEGER, w TEXT)

INSERT INTO c VALUES (1, 'one'), (2, 'two')

SELECT * FROM a LEFT JOIN b ON x = k AND EXISTS (SELECT 1 FROM c) ORDER BY ALL
----
1	p	1	p
2	q	2	z
2	q	2	NULL
2	NULL	2	z
2	NULL	2	NULL
3	r	NULL	NULL
NULL	p	NULL	NULL

SELECT * FROM a LEFT JOIN b ON x = k AND EXISTS (SELECT 1 FROM c WHERE c.k = b.k) ORDER BY ALL
----
1	p	1	p
2	q	2	z
2	q	2	NULL
2	NULL	2	z
2	NULL	2	NULL
3	r	NULL	NULL
NULL	p	NULL	NULL

SELECT * FROM a LEFT JOIN b ON x = k AND EXISTS (SELECT 1 FROM c WHERE c.k = a.x) ORDER BY ALL
----
1	p	1	p
2	q	2	z
2	q	2	NULL
2	NULL	2	z
2	NULL	2	NULL
3	r	NULL	NULL
NULL	p	NULL	NULL

SELECT * FROM a FULL JOIN b ON x = k AND x IN (SELECT k FROM c) ORDER BY ALL
----
1	p	1	p
2	q	2	z
2	q	2	NULL
2	NULL	2	z
2	NULL	2	NULL
3	r	NULL	NULL
NULL	p	NULL	NULL
NULL	NULL	NULL	p

SELECT * FROM a FULL JOIN b ON x = k AND k NOT IN (SELECT k FROM c) ORDER BY ALL
----
1	p	NULL	NULL
2	q	NULL	NULL
2	NULL	NULL	NULL
3	r	NULL	NULL
NULL	p	NULL	NULL
NULL	NULL	1	p
NULL	NULL	2	z
NULL	NULL	2	NULL
NULL	NULL	NULL	p

SELECT * FROM a RIGHT JOIN b ON x = k AND w = (SELECT max(w) FROM b AS b2 WHERE b2.k = b.k) ORDER BY ALL
----
1	p	1	p
2	q	2	z
2	NULL	2	z
NULL	NULL	2	NULL
NULL	NULL	NULL	p

SELECT * FROM a LEFT JOIN b ON x = k AND w > (SELECT min(w) FROM b) ORDER BY ALL
----
1	p	NULL	NULL
2	q	2	z
2	NULL	2	z
3	r	NULL	NULL
NULL	p	NULL	NULL

SELECT * FROM a LEFT JOIN b ON x IN (SELECT k FROM c) ORDER BY ALL
----
1	p	1	p
1	p	2	z
1	p	2	NULL
1	p	NULL	p
2	q	1	p
2	q	2	z
2	q	2	NULL
2	q	NULL	p
2	NULL	1	p
2	NULL	2	z
2	NULL	2	NULL
2	NULL	NULL	p
3	r	NULL	NULL
NULL	p	NULL	NULL

SELECT * FROM a LEFT JOIN b ON x = k OR x = (SELECT max(x) FROM a) ORDER BY ALL
----
1	p	1	p
2	q	2	z
2	q	2	NULL
2	NULL	2	z
2	NULL	2	NULL
3	r	1	p
3	r	2	z
3	r	2	NULL
3	r	NULL	p
NULL	p	NULL	NULL

SELECT * FROM a LEFT JOIN b ON EXISTS (SELECT 1 FROM c WHERE c.k = a.x + b.k) ORDER BY ALL
----
error: a subquery in ON of an outer join that reads both sides is not supported yet
line 1, column 40: SELECT * FROM a LEFT JOIN b ON EXISTS (SELECT 1 FROM c WHERE c.k = a.x + b.k) ORDER BY ALL
                                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT * FROM a LEFT JOIN b ON (x, y) IN (SELECT k, w FROM c) AND x = k ORDER BY ALL
----
1	p	NULL	NULL
2	q	NULL	NULL
2	NULL	NULL	NULL
3	r	NULL	NULL
NULL	p	NULL	NULL

SELECT * FROM a LEFT JOIN b ON x = k AND k IN (SELECT k FROM c WHERE false) ORDER BY ALL
----
1	p	NULL	NULL
2	q	NULL	NULL
2	NULL	NULL	NULL
3	r	NULL	NULL
NULL	p	NULL	NULL

SELECT * FROM a LEFT JOIN b ON x = k AND (SELECT count(*) FROM c WHERE c.k = b.k) > 0 WHERE x > 0 ORDER BY ALL
----
1	p	1	p
2	q	2	z
2	q	2	NULL
2	NULL	2	z
2	NULL	2	NULL
3	r	NULL	NULL

SELECT * FROM a LEFT JOIN c ON c.k = a.x AND a.x = (SELECT k FROM b) ORDER BY ALL
----
error: more than one row returned by a subquery used as an expression
line 1, column 52: SELECT * FROM a LEFT JOIN c ON c.k = a.x AND a.x = (SELECT k FROM b) ORDER BY ALL
                                                                      ^^^^^^^^^^^^^^^^^

SELECT a.x, c.k FROM a LEFT JOIN (SELECT * FROM c WHERE false) AS c ON EXISTS (SELECT 1 FROM b) ORDER BY ALL
----
1	NULL
2	NULL
2	NULL
3	NULL
NULL	NULL
