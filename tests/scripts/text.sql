# Text: in a dictionary (s, u) and raw (r).
CREATE TABLE w (id INTEGER, s TEXT, u TEXT ENCODING DICT(8), r TEXT ENCODING NONE)

INSERT INTO w VALUES (1, 'apple', 'b', 'apple'), (2, 'Banana', 'b', 'berry'), (3, 'éclair', 'a', 'éclair'), (4, '', '', 'x'), (5, NULL, 'a', NULL), (6, '日本語', NULL, '日本'), (7, 'a%c', 'c', 'a_c')

SELECT s = r, s < r, u < s, u = 'b', r >= 'b' FROM w ORDER BY id
----
true	false	false	true	false
false	true	false	true	true
true	false	true	false	true
false	true	false	false	true
NULL	NULL	NULL	false	NULL
false	false	NULL	NULL	true
false	true	false	false	false

SELECT id FROM w WHERE s = 'apple' OR r = '日本' ORDER BY id
----
1
6

SELECT s LIKE 'a%', r LIKE '%r%', s LIKE '_____', s ILIKE 'B%', s LIKE 'a\%c', r NOT LIKE '%e%' FROM w ORDER BY id
----
true	false	true	false	false	false
false	true	false	true	false	false
false	true	false	false	false	true
false	false	false	false	false	true
NULL	NULL	NULL	NULL	NULL	NULL
false	false	false	false	false	true
true	false	false	false	true	true

SELECT s || u, s || '-' || r, u || id FROM w ORDER BY id
----
appleb	apple-apple	b1
Bananab	Banana-berry	b2
éclaira	éclair-éclair	a3
''	-x	4
NULL	NULL	a5
NULL	日本語-日本	NULL
a%cc	a%c-a_c	c7

SELECT upper(s), lower(s), length(s), length(r), substring(s FROM 2 FOR 2), trim(s || ' ') FROM w ORDER BY id
----
APPLE	apple	5	5	pp	apple
BANANA	banana	6	5	an	Banana
ÉCLAIR	éclair	6	6	cl	éclair
''	''	0	1	''	''
NULL	NULL	NULL	NULL	NULL	NULL
日本語	日本語	3	2	本語	日本語
A%C	a%c	3	3	%c	a%c

SELECT replace(r, 'r', 'R'), position('a' IN s), left(s, 2), right(s, 2), reverse(s), concat(s, u) FROM w ORDER BY id
----
apple	1	ap	le	elppa	appleb
beRRy	2	Ba	na	ananaB	Bananab
éclaiR	4	éc	ir	rialcé	éclaira
x	0	''	''	''	''
NULL	NULL	NULL	NULL	NULL	a
日本	0	日本	本語	語本日	日本語
a_c	1	a%	%c	c%a	a%cc

SELECT CASE WHEN id < 3 THEN s WHEN id < 5 THEN r ELSE 'other' END, coalesce(s, r, 'none'), nullif(s, r) FROM w ORDER BY id
----
apple	apple	NULL
Banana	Banana	Banana
éclair	éclair	NULL
x	''	''
other	none	NULL
other	日本語	日本語
other	a%c	a%c

SELECT s IN ('apple', 'éclair', 'zzz'), r NOT IN ('x'), s BETWEEN 'a' AND 'b' FROM w ORDER BY id
----
true	true	true
false	true	false
true	true	false
false	false	false
NULL	NULL	NULL
false	true	false
false	true	true

SELECT u, count(*), min(s), max(r), count(DISTINCT s) FROM w GROUP BY u ORDER BY u
----
''	1	''	x	1
a	2	éclair	éclair	1
b	2	Banana	berry	2
c	1	a%c	a_c	1
NULL	1	日本語	日本	1

SELECT upper(u), count(*) FROM w GROUP BY upper(u) ORDER BY 1 NULLS FIRST
----
NULL	1
''	1
A	2
B	2
C	1

SELECT r FROM w ORDER BY r DESC NULLS LAST
----
日本
éclair
x
berry
apple
a_c
NULL

SELECT s FROM w ORDER BY s
----
''
Banana
a%c
apple
éclair
日本語
NULL

SELECT a.id, b.id FROM w a JOIN w b ON a.s = b.r ORDER BY 1, 2
----
1	1
3	3

SELECT a.id, b.id FROM w a LEFT JOIN w b ON a.r = b.s AND b.id < 3 ORDER BY 1, 2
----
1	1
2	NULL
3	NULL
4	NULL
5	NULL
6	NULL
7	NULL

SELECT DISTINCT u FROM w ORDER BY u NULLS FIRST
----
NULL
''
a
b
c

SELECT s + 1 FROM w
----
error: operator + does not take TEXT and INTEGER; texts are joined by ||
line 1, column 8: SELECT s + 1 FROM w
                         ^^^^^

SELECT upper(id) FROM w
----
error: upper(INTEGER) does not exist; there is upper(TEXT)
line 1, column 8: SELECT upper(id) FROM w
                         ^^^^^^^^^
