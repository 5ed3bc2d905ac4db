# Text that is not encoded, carried to the answer as it stands in the rows; and looked at on its way.

CREATE TABLE notes (id INTEGER, k INTEGER, note TEXT ENCODING NONE)

CREATE TABLE pairs (k INTEGER, word TEXT ENCODING NONE)

CREATE TABLE nothing (k INTEGER, word TEXT ENCODING NONE)

INSERT INTO notes VALUES (1, 1, 'one'), (2, 2, 'same'), (3, 2, 'same'), (4, NULL, NULL), (5, 9, ''), (6, 1, 'é, more than sixteen bytes'), (7, 3, 'same')

INSERT INTO notes VALUES (8, 3, 'one'), (9, 2, NULL)

INSERT INTO pairs VALUES (1, 'one'), (2, 'same'), (2, 'ß'), (4, NULL), (NULL, 'null key')

SELECT note FROM notes ORDER BY id
----
one
same
same
NULL
''
é, more than sixteen bytes
same
one
NULL

SELECT id, note FROM notes WHERE id > 3 ORDER BY id DESC LIMIT 4
----
9	NULL
8	one
7	same
6	é, more than sixteen bytes

SELECT note FROM notes WHERE id < 0
----

SELECT id, note, word FROM notes JOIN pairs ON notes.k = pairs.k ORDER BY id, word
----
1	one	one
2	same	same
2	same	ß
3	same	same
3	same	ß
6	é, more than sixteen bytes	one
9	NULL	same
9	NULL	ß

SELECT id, note, word FROM notes LEFT JOIN pairs ON notes.k = pairs.k ORDER BY id, word
----
1	one	one
2	same	same
2	same	ß
3	same	same
3	same	ß
4	NULL	NULL
5	''	NULL
6	é, more than sixteen bytes	one
7	same	NULL
8	one	NULL
9	NULL	same
9	NULL	ß

SELECT notes.id, note, pairs.word FROM notes LEFT JOIN (SELECT k, word FROM pairs WHERE word <> 'ß') AS pairs ON notes.k = pairs.k ORDER BY id
----
1	one	one
2	same	same
3	same	same
4	NULL	NULL
5	''	NULL
6	é, more than sixteen bytes	one
7	same	NULL
8	one	NULL
9	NULL	same

SELECT id, pairs.word FROM notes FULL JOIN pairs ON notes.k = pairs.k AND id < 3 ORDER BY id, pairs.word
----
1	one
2	same
2	ß
3	NULL
4	NULL
5	NULL
6	NULL
7	NULL
8	NULL
9	NULL
NULL	null key
NULL	NULL

SELECT id, word FROM notes LEFT JOIN nothing ON notes.k = nothing.k ORDER BY id
----
1	NULL
2	NULL
3	NULL
4	NULL
5	NULL
6	NULL
7	NULL
8	NULL
9	NULL

SELECT n.id, n.note, m.note AS other FROM notes n JOIN notes m ON n.id = m.id + 1 ORDER BY n.id
----
2	same	one
3	same	same
4	NULL	same
5	''	NULL
6	é, more than sixteen bytes	''
7	same	é, more than sixteen bytes
8	one	same
9	NULL	one

SELECT count(*) FROM notes n JOIN notes m ON n.note = m.note
----
15

SELECT note, count(*) FROM notes GROUP BY note ORDER BY note
----
''	1
one	2
same	3
é, more than sixteen bytes	1
NULL	2

SELECT DISTINCT note FROM notes ORDER BY note
----
''
one
same
é, more than sixteen bytes
NULL

SELECT note, upper(note) FROM notes ORDER BY note, id
----
''	''
one	ONE
one	ONE
same	SAME
same	SAME
same	SAME
é, more than sixteen bytes	É, MORE THAN SIXTEEN BYTES
NULL	NULL
NULL	NULL

SELECT note FROM notes WHERE note = 'same' ORDER BY id
----
same
same
same

SELECT note, count(*) FROM (SELECT id, note FROM notes ORDER BY id LIMIT 5) AS first GROUP BY note ORDER BY note
----
''	1
one	1
same	2
NULL	1

SELECT note FROM (SELECT id, note FROM notes ORDER BY id LIMIT 5) AS first ORDER BY id DESC
----
''
NULL
same
same
one

SELECT word, count(*) FROM notes JOIN pairs ON notes.k = pairs.k GROUP BY word ORDER BY word
----
one	2
same	3
ß	3

SELECT note AS text FROM notes UNION ALL SELECT word FROM pairs ORDER BY text
----
''
null key
one
one
one
same
same
same
same
ß
é, more than sixteen bytes
NULL
NULL
NULL

SELECT note FROM notes EXCEPT SELECT word FROM pairs ORDER BY note
----
''
é, more than sixteen bytes

SELECT id, note, row_number() OVER (PARTITION BY note ORDER BY id) FROM notes ORDER BY id
----
1	one	1
2	same	1
3	same	2
4	NULL	1
5	''	1
6	é, more than sixteen bytes	1
7	same	3
8	one	2
9	NULL	2

SELECT id, note, lag(note) OVER (ORDER BY id) FROM notes ORDER BY id
----
1	one	NULL
2	same	one
3	same	same
4	NULL	same
5	''	NULL
6	é, more than sixteen bytes	''
7	same	é, more than sixteen bytes
8	one	same
9	NULL	one

SELECT id, note FROM notes WHERE note IN (SELECT word FROM pairs) ORDER BY id
----
1	one
2	same
3	same
7	same
8	one

SELECT id, (SELECT max(word) FROM pairs WHERE pairs.k = notes.k) AS greatest, note FROM notes ORDER BY id
----
1	one	one
2	ß	same
3	ß	same
4	NULL	NULL
5	NULL	''
6	one	é, more than sixteen bytes
7	NULL	same
8	NULL	one
9	ß	NULL

WITH twice AS (SELECT id, note FROM notes WHERE id < 4) SELECT a.note, b.note AS again FROM twice a JOIN twice b ON a.id = b.id ORDER BY a.id
----
one	one
same	same
same	same

WITH twice AS (SELECT id, note FROM notes WHERE id < 4) SELECT a.id, b.id AS other FROM twice a JOIN twice b ON a.note = b.note ORDER BY 1, 2
----
1	1
2	2
2	3
3	2
3	3

SELECT note, note AS again FROM notes WHERE k = 2 ORDER BY id
----
same	same
same	same
NULL	NULL

UPDATE notes SET note = 'changed' WHERE id = 2

DELETE FROM notes WHERE id = 5

SELECT id, note FROM notes ORDER BY id
----
1	one
2	changed
3	same
4	NULL
6	é, more than sixteen bytes
7	same
8	one
9	NULL

SELECT note, count(*) FROM notes GROUP BY note ORDER BY note
----
changed	1
one	2
same	2
é, more than sixteen bytes	1
NULL	2
