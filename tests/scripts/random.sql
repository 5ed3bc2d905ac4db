# Random numbers: another one in each row, the same wherever it is read, and again after SETSEED.
CREATE TABLE t (id INTEGER, g INTEGER)

INSERT INTO t VALUES (1, 1), (2, 1), (3, NULL), (4, 2)

CREATE TABLE none (id INTEGER)

SELECT setseed(0.25)
----
NULL

SELECT id, round(random(), 9), round(rand(), 9) FROM t ORDER BY id
----
1	0.126747446	0.015283668
2	0.496216352	0.136517009
3	0.71937278	0.682852753
4	0.620048062	0.063627235

SELECT setseed(0.25)
----
NULL

SELECT id, round(random(), 9), round(rand(), 9) FROM t ORDER BY id
----
1	0.126747446	0.015283668
2	0.496216352	0.136517009
3	0.71937278	0.682852753
4	0.620048062	0.063627235

SELECT count(DISTINCT r), min(r) >= 0, max(r) < 1, count(*) FROM (SELECT random() AS r FROM range(300)) AS q
----
300	true	true	300

# One evaluation of what a subquery gives.
SELECT r = s, r < 0.5 OR r >= 0.5 FROM (SELECT r, r AS s FROM (SELECT random() AS r FROM t) AS a WHERE r >= 0 AND r < 1) AS b
----
true	true
true	true
true	true
true	true

SELECT count(*) FROM range(300) WHERE random() < 0
----
0

SELECT count(*) BETWEEN 60 AND 240 FROM range(300) WHERE random() < 0.5
----
true

SELECT count(*) FROM t WHERE sample_ratio(1) AND id > (SELECT 1)
----
3

SELECT count(*) FROM t WHERE NOT sample_ratio(0)
----
4

# In groups, aggregates, HAVING and ORDER BY.
SELECT g, sum(random()) < count(*), random() < 1 FROM t GROUP BY g HAVING random() >= 0 ORDER BY g, random()
----
1	true	true
2	true	true
NULL	true	true

SELECT floor(random()) AS zero, count(*) FROM t GROUP BY 1
----
0.0	4

SELECT count(random()), max(random()) FROM none
----
0	NULL

SELECT random() >= 0 FROM (VALUES (1), (2)) AS v(x) ORDER BY random() LIMIT 1
----
true

SELECT a BETWEEN 0 AND 1 FROM (VALUES (random()), (random())) AS v(a)
----
true
true

INSERT INTO t SELECT 10 + floor(random() * 2), 3 FROM t WHERE id = 1

SELECT id IN (10, 11) FROM t WHERE g = 3
----
true

# Errors.
SELECT random(1)
----
error: random takes no argument
line 1, column 8: SELECT random(1)
                         ^^^^^^^^^

SELECT setseed(2)
----
error: setseed takes a constant from -1 to 1
line 1, column 16: SELECT setseed(2)
                                  ^

SELECT setseed(id) FROM t
----
error: setseed takes a constant from -1 to 1
line 1, column 16: SELECT setseed(id) FROM t
                                  ^^

SELECT sample_ratio('half') FROM t
----
error: sample_ratio takes a constant from 0 to 1
line 1, column 21: SELECT sample_ratio('half') FROM t
                                       ^^^^^^

SELECT sum(random()) OVER () FROM t
----
error: random numbers cannot stand in the argument of sum
line 1, column 12: SELECT sum(random()) OVER () FROM t
                              ^^^^^^^^

SELECT 1 FROM t JOIN t AS u ON random() < 0.5
----
error: random numbers cannot stand in ON
line 1, column 32: SELECT 1 FROM t JOIN t AS u ON random() < 0.5
                                                  ^^^^^^^^

UPDATE t SET id = random()
----
error: random numbers cannot stand in SET
line 1, column 19: UPDATE t SET id = random()
                                     ^^^^^^^^
