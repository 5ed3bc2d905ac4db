# Functions of text: columns may be any of the arguments.
CREATE TABLE words (id INTEGER, s TEXT, u TEXT, n INTEGER, r TEXT ENCODING NONE)

INSERT INTO words VALUES (1, 'apple pie', 'p', 3, 'a'), (2, 'Größe', 'ö', -2, 'ß'), (3, '', '', 0, ''), (4, NULL, 'x', 1, NULL), (5, 'a,b,c', ',', 2, 'x'), (6, '日本語', '本', NULL, '日本')

SELECT left(s, n), right(s, n), repeat(u, n), lpad(s, n, u), rpad(s, 7, u), lpad(r, 3), rpad(u, n) FROM words
----
app	pie	ppp	app	apple p	  a	p  
Grö	öße	''	''	Größeöö	  ß	''
''	''	''	''	''	   	''
NULL	NULL	x	NULL	NULL	NULL	x
a,	,c	,,	a,	a,b,c,,	  x	, 
NULL	NULL	NULL	NULL	日本語本本本本	 日本	NULL

SELECT substring(s, n), substring(s, -1, 4), substring(s FROM 2), substring(s FOR 2), substr(s, 2, n) FROM words WHERE n >= 0
----
ple pie	ap	pple pie	ap	ppl
''	''	''	''	''
NULL	NULL	NULL	NULL	NULL
,b,c	a,	,b,c	a,	,b

SELECT substring(s, 2, n) FROM words
----
error: substring cannot take -2 characters
line 1, column 8: SELECT substring(s, 2, n) FROM words
                         ^^^^^^^^^^^^^^^^^^

SELECT CASE WHEN n >= 0 THEN substring(s, 2, n) ELSE 'none' END FROM words
----
ppl
none
''
NULL
,b
none

SELECT position(u IN s), strpos(s, ''), replace(s, u, '_'), starts_with(s, u), ends_with(s, r), contains(s, u), s ^@ u FROM words
----
2	1	a__le _ie	false	false	true	false
3	1	Gr_ße	false	false	true	false
1	1	''	true	true	true	true
NULL	NULL	NULL	NULL	NULL	NULL	NULL
2	1	a_b_c	false	false	true	false
2	1	日_語	false	false	true	false

SELECT trim(s, 'ae'), ltrim(s, u), trim(BOTH u FROM u || s || u), rtrim(s, ''), trim(LEADING 'a' FROM s), trim(TRAILING FROM s || '  ') FROM words
----
pple pi	apple pie	apple pie	apple pie	pple pie	apple pie
Größ	Größe	Größe	Größe	Größe	Größe
''	''	''	''	''	''
NULL	NULL	NULL	NULL	NULL	NULL
,b,c	a,b,c	a,b,c	a,b,c	,b,c	a,b,c
日本語	日本語	日本語	日本語	日本語	日本語

SELECT split_part(s, u, 1), split_part(s, ',', -1), split_part(s, ',', 9), split_part(s, '', 1) FROM words
----
a	apple pie	''	apple pie
Gr	Größe	''	Größe
''	''	''	''
NULL	NULL	NULL	NULL
a	c	''	a,b,c
日	日本語	''	日本語

SELECT split_part(s, ',', n) FROM words WHERE n <> 0
----
''
''
NULL
b

SELECT split_part(s, ',', n) FROM words
----
error: split_part counts its parts from 1, or from -1 at the end
line 1, column 8: SELECT split_part(s, ',', n) FROM words
                         ^^^^^^^^^^^^^^^^^^^^^

# What fails does so for the rows that ask for it, and for no other.
SELECT CASE WHEN n <> 0 THEN split_part(s, ',', n) END, CASE WHEN n > 0 THEN chr(n + 64) END FROM words
----
''	C
''	NULL
NULL	NULL
NULL	A
b	B
NULL	NULL

SELECT id FROM words WHERE n > 0 AND chr(n) <> 'x'
----
1
4
5

SELECT chr(n) FROM words
----
error: there is no character -2
line 1, column 8: SELECT chr(n) FROM words
                         ^^^^^^

SELECT base64_decode(s) FROM words WHERE s = ''
----
''

SELECT base64_decode(s) FROM words
----
error: 'apple pie' does not stand for a text in UTF-8
line 1, column 8: SELECT base64_decode(s) FROM words
                         ^^^^^^^^^^^^^^^^

SELECT CASE WHEN 1 = 2 THEN chr(0) ELSE 'fine' END
----
fine

SELECT chr(0)
----
error: there is no character 0
line 1, column 8: SELECT chr(0)
                         ^^^^^^

SELECT chr(55296)
----
error: there is no character 55296
line 1, column 8: SELECT chr(55296)
                         ^^^^^^^^^^

SELECT repeat(s, 2000000000) FROM words
----
error: a text 2000000000 times over is longer than 268435456 bytes
line 1, column 8: SELECT repeat(s, 2000000000) FROM words
                         ^^^^^^^^^^^^^^^^^^^^^

SELECT lpad('a', 2000000000)
----
error: a text of 2000000000 characters is longer than 268435456 bytes
line 1, column 8: SELECT lpad('a', 2000000000)
                         ^^^^^^^^^^^^^^^^^^^^^

SELECT repeat(u, -1), repeat('', 5), space(-1), space(2) || '|', lpad('abc', -1), rpad('abc', 0), lpad('a', 3, '') FROM words WHERE id = 1
----
''	''	''	  |	''	''	a

SELECT concat(s, NULL, n), concat_ws('-', s, u, n), concat_ws(u, s, r), concat_ws('-', NULL, NULL), concat_ws(NULL, s), concat_ws('-', r) FROM words
----
apple pie3	apple pie-p-3	apple piepa	''	NULL	a
Größe-2	Größe-ö--2	Größeöß	''	NULL	ß
0	--0	''	''	NULL	''
1	x-1	''	''	NULL	''
a,b,c2	a,b,c-,-2	a,b,c,x	''	NULL	x
日本語	日本語-本	日本語本日本	''	NULL	日本

SELECT s || n || u, upper(s || u), s || NULL, length(s || u) FROM words
----
apple pie3p	APPLE PIEP	NULL	10
Größe-2ö	GRÖẞEÖ	NULL	6
0	''	NULL	0
NULL	NULL	NULL	NULL
a,b,c2,	A,B,C,	NULL	6
NULL	日本語本	NULL	4

SELECT format('%s is %L, %I', s, n, u), format('%-4s|%4s|%%', u, u), format('%2$s%1$s', 1, 2), format('plain') FROM words
----
apple pie is '3', p	p   |   p|%	21	plain
Größe is '-2', "ö"	ö   |   ö|%	21	plain
 is '0', ""	    |    |%	21	plain
 is '1', x	x   |   x|%	21	plain
a,b,c is '2', ","	,   |   ,|%	21	plain
日本語 is NULL, "本"	本   |   本|%	21	plain

SELECT format('%s %s', 1)
----
error: format has no argument for %s
line 1, column 8: SELECT format('%s %s', 1)
                         ^^^^^^^^^^^^^^^^^^

SELECT format('%d', 1)
----
error: format knows %s, %I, %L and %%; a % alone is written %%
line 1, column 8: SELECT format('%d', 1)
                         ^^^^^^^^^^^^^^^

SELECT overlay(s PLACING 'XX' FROM 2 FOR 3), overlay(s PLACING u FROM 1), overlay(s, 'Z', 100), translate(s, 'pe', 'P'), translate(s, u, ''), initcap(s), reverse(s) FROM words
----
aXXe pie	ppple pie	apple pieZ	aPPl Pi	ale ie	Apple Pie	eip elppa
GXXe	öröße	GrößeZ	Größ	Grße	Größe	eßörG
XX	''	Z	''	''	''	''
NULL	NULL	NULL	NULL	NULL	NULL	NULL
aXXc	,,b,c	a,b,cZ	a,b,c	abc	A,B,C	c,b,a
日XX	本本語	日本語Z	日本語	日語	日本語	語本日

SELECT overlay(s PLACING 'x' FROM 0) FROM words
----
error: overlay begins at character 1 or later, not 0
line 1, column 16: SELECT overlay(s PLACING 'x' FROM 0) FROM words
                                  ^^^^^^^^^^^^^^^^^^^^

SELECT length(s), octet_length(s), bit_length(s), ascii(s), unicode(u), length(NULL) FROM words
----
9	9	72	97	112	NULL
5	7	56	71	246	NULL
0	0	0	0	0	NULL
NULL	NULL	NULL	NULL	120	NULL
5	5	40	97	44	NULL
3	9	72	26085	26412	NULL

SELECT upper(s), lower(s), quote_ident(s), quote_literal(u || '''') FROM words
----
APPLE PIE	apple pie	"apple pie"	'p'''
GRÖẞE	größe	"Größe"	'ö'''
''	''	""	''''
NULL	NULL	NULL	'x'''
A,B,C	a,b,c	"a,b,c"	','''
日本語	日本語	"日本語"	'本'''

SELECT md5(s), left(sha256(s), 8), left(sha1(s), 8), left(sha512(u), 8), to_hex(n), to_bin(n), to_oct(n) FROM words
----
b9fcf57e16fa23b2d81bc587ffde4788	10ef487e	c849c640	92987283	3	11	3
d248453369cf82a6a64617f1357089c5	aedc3f80	d9130ae8	db006f8b	fffffffe	11111111111111111111111111111110	37777777776
d41d8cd98f00b204e9800998ecf8427e	e3b0c442	da39a3ee	cf83e135	0	0	0
NULL	NULL	NULL	a4abd444	1	1	1
a44c56c8177e32d3613988f4dba7962e	205830ca	9caa9115	c2559deb	2	10	2
00110af8b4393ef3f72c50be5b332bec	77710aed	c12140a0	5525a232	NULL	NULL	NULL

SELECT to_hex(CAST(-1 AS BIGINT)), to_hex(CAST(-1 AS TINYINT)), hash('a') = hash('b'), hash(NULL)
----
ffffffffffffffff	ff	false	NULL

SELECT base64_encode(s), base64_decode(base64_encode(s)) = s, url_encode(s), url_decode(url_encode(s)) = s, encode(u, 'hex'), decode(encode(u, 'hex'), 'hex') = u FROM words
----
YXBwbGUgcGll	true	apple%20pie	true	70	true
R3LDtsOfZQ==	true	Gr%C3%B6%C3%9Fe	true	c3b6	true
''	true	''	true	''	true
NULL	NULL	NULL	NULL	78	true
YSxiLGM=	true	a%2Cb%2Cc	true	2c	true
5pel5pys6Kqe	true	%E6%97%A5%E6%9C%AC%E8%AA%9E	true	e69cac	true

SELECT decode('zz', 'hex')
----
error: 'zz' is not hexadecimal
line 1, column 8: SELECT decode('zz', 'hex')
                         ^^^^^^^^^^^^^^^^^^^

SELECT encode('a', 'base32')
----
error: encode knows 'base64' and 'hex', not 'base32'
line 1, column 8: SELECT encode('a', 'base32')
                         ^^^^^^^^^^^^^^^^^^^^^

SELECT url_decode('%ff')
----
error: '%ff' does not stand for a text in UTF-8
line 1, column 8: SELECT url_decode('%ff')
                         ^^^^^^^^^^^^^^^^^

# Patterns.
SELECT s LIKE 'a%', s LIKE u || '%', s LIKE '%' || u || '%', s NOT LIKE '_____', s ILIKE 'GR%', s LIKE '%!,%' ESCAPE '!', s LIKE 'a%' ESCAPE '' FROM words
----
true	false	true	true	false	false	true
false	false	true	false	true	false	false
false	true	true	true	false	false	false
NULL	NULL	NULL	NULL	NULL	NULL	NULL
true	false	true	false	false	true	true
false	false	true	true	false	false	false

SELECT s SIMILAR TO '%(p|r)%', s NOT SIMILAR TO '(a|G)%', s SIMILAR TO 'a([,b]*)c', s SIMILAR TO '_{3}', u SIMILAR TO '!p' ESCAPE '!' FROM words
----
true	false	false	false	true
true	false	false	false	false
false	true	false	false	false
NULL	NULL	NULL	NULL	false
false	false	true	false	false
false	true	false	true	false

SELECT 'a.c' SIMILAR TO 'a.c', 'abc' SIMILAR TO 'a.c', 'a\b' SIMILAR TO 'a\\b', 'ab' SIMILAR TO 'a', 'a^$' SIMILAR TO 'a^$', NULL SIMILAR TO 'a', 'a]' SIMILAR TO '[a-c]]'
----
true	false	true	false	true	NULL	true

SELECT 'a' SIMILAR TO '(a'
----
error: '(a' is not a pattern of SIMILAR TO: Invalid regular expression: missing ): (?s)\A(?:(?:a)\z
line 1, column 8: SELECT 'a' SIMILAR TO '(a'
                         ^^^^^^^^^^^^^^^^^^^

SELECT s LIKE 'a\' FROM words
----
error: the LIKE pattern 'a\\' ends with its escape character
line 1, column 8: SELECT s LIKE 'a\' FROM words
                         ^^^^^^^^^^^

SELECT s ~ 'p+', s ~* 'GRÖ', s !~ 'p', s !~* 'P', s ~ '^$', regexp_like(s, 'P', 'i'), s REGEXP '^a', regexp_full_match(s, 'a.*') FROM words
----
true	false	false	false	false	true	true	true
false	true	true	true	false	false	false	false
false	false	true	true	true	false	false	false
NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL
false	false	true	true	false	false	true	true
false	false	true	true	false	false	false	false

SELECT regexp_replace(s, 'p', 'X', 'g'), regexp_replace(s, '(p)(.)', '\2\1'), regexp_replace(s, 'P', '<\&>', 'gi'), regexp_replace(s, '[aeiou]', '', 'g'), regexp_replace(s, 'p', 'X', 3), regexp_replace(s, 'p', 'X', 1, 2), regexp_replace(s, 'P', 'X', 1, 0, 'i') FROM words
----
aXXle Xie	apple pie	a<p><p>le <p>ie	ppl p	apXle pie	apXle pie	aXXle Xie
Größe	Größe	Größe	Größ	Größe	Größe	Größe
''	''	''	''	''	''	''
NULL	NULL	NULL	NULL	NULL	NULL	NULL
a,b,c	a,b,c	a,b,c	,b,c	a,b,c	a,b,c	a,b,c
日本語	日本語	日本語	日本語	日本語	日本語	日本語

SELECT regexp_substr(s, '[a-z]+', 1, 2), regexp_substr(s, '[a-z]', 3), regexp_substr(s, '(.)(p)', 1, 1, '', 1), regexp_extract(s, '(.)e', 1), regexp_extract(s, 'zz'), substring(s FROM '(.)e'), substring(s FROM 'p+') FROM words
----
pie	p	a	l	''	l	pp
e	e	NULL	ß	''	ß	NULL
NULL	NULL	NULL	''	''	NULL	NULL
NULL	NULL	NULL	NULL	NULL	NULL	NULL
b	b	NULL	''	''	NULL	NULL
NULL	NULL	NULL	''	''	NULL	NULL

SELECT regexp_count(s, '[a-z]'), regexp_count(s, 'P', 1, 'i'), regexp_instr(s, 'e'), regexp_instr(s, 'p', 3, 2), regexp_instr(s, 'p+', 1, 1, 1), regexp_count(s, u) FROM words
----
8	3	5	7	4	3
2	0	5	0	0	1
0	0	0	0	0	1
NULL	NULL	NULL	NULL	NULL	NULL
3	0	0	0	0	2
0	0	0	0	0	1

SELECT regexp_like(s, '(') FROM words
----
error: '(' is not a regular expression: Invalid regular expression: missing ): (
line 1, column 8: SELECT regexp_like(s, '(') FROM words
                         ^^^^^^^^^^^^^^^^^^^

SELECT regexp_like(s, u || '(') FROM words
----
error: 'p(' is not a regular expression: Invalid regular expression: missing ): p(
line 1, column 8: SELECT regexp_like(s, u || '(') FROM words
                         ^^^^^^^^^^^^^^^^^^^^^^^^

SELECT regexp_replace('a', '[', 'x')
----
error: '[' is not a regular expression: Invalid regular expression: missing ]: [)
line 1, column 8: SELECT regexp_replace('a', '[', 'x')
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT regexp_like('a', 'a', 'q')
----
error: there is no flag 'q' of regular expressions; there are i c g s m n
line 1, column 8: SELECT regexp_like('a', 'a', 'q')
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT regexp_substr('a', 'a', 0)
----
error: a match begins at character 1 or later, not 0
line 1, column 8: SELECT regexp_substr('a', 'a', 0)
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT regexp_replace('a', '(a)', '\2')
----
error: '(a)' is not a regular expression: Invalid replacement string: Rewrite schema requests 2 matches, but the regexp only has 1 parenthesized subexpressions.
line 1, column 8: SELECT regexp_replace('a', '(a)', '\2')
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT levenshtein(s, u), levenshtein_distance('kitten', 'sitting'), damerau_levenshtein(s, 'palpe pie'), round(jaro_winkler_similarity(s, 'apple'), 3), jarowinkler_similarity(s, 'apple'), round(jaccard(s, u), 3) FROM words
----
8	3	2	0.911	91	0.167
4	3	8	0.467	47	0.2
0	3	9	0.0	0	1.0
NULL	3	NULL	NULL	NULL	NULL
4	3	8	0.467	47	0.25
2	3	9	0.0	0	0.333

SELECT hamming(s, 'apple pie') FROM words WHERE id = 1
----
0

SELECT hamming(s, 'apple') FROM words
----
error: hamming takes texts of one length, not of 9 and 5
line 1, column 8: SELECT hamming(s, 'apple') FROM words
                         ^^^^^^^^^^^^^^^^^^^

SELECT json_value('{"a": {"b": [1, 2.50, "x", true, null]}}', '$.a.b[1]'), json_value('{"a": 1}', '$.b'), json_value('no', '$.a'), json_value('{"x y": "é"}', 'lax $."x y"'), json_value('{"a": [1]}', '$.a'), json_value('[{"a": true}]', '$.a'), json_value('5', '$'), json_value(NULL, '$')
----
2.50	NULL	NULL	é	NULL	true	5	NULL

SELECT json_value('{}', 'a.b')
----
error: a JSON path begins with $, not as 'a.b'
line 1, column 8: SELECT json_value('{}', 'a.b')
                         ^^^^^^^^^^^^^^^^^^^^^^^

SELECT E'tab\there', E'a\'b', 'é' || E'\\', char(66), typeof(E'x')
----
tab	here	a'b	é\	B	TEXT

SELECT upper(s) AS big, count(*) FROM words WHERE length(coalesce(s, '')) > 1 GROUP BY upper(s) HAVING min(lower(s)) <> 'x' ORDER BY big
----
A,B,C	1
APPLE PIE	1
GRÖẞE	1
日本語	1

SELECT max(split_part(s, ',', n)) FROM words WHERE n > 0 GROUP BY u
----
''
NULL
b

SELECT lpad(s) FROM words
----
error: lpad(TEXT) does not exist; there is lpad(TEXT, INTEGER) or lpad(TEXT, INTEGER, TEXT)
line 1, column 8: SELECT lpad(s) FROM words
                         ^^^^^^^

SELECT leftt(s, 2) FROM words
----
error: function leftt does not exist; did you mean left?
line 1, column 8: SELECT leftt(s, 2) FROM words
                         ^^^^^^^^^^^

SELECT upper(n) FROM words
----
error: upper(INTEGER) does not exist; there is upper(TEXT)
line 1, column 8: SELECT upper(n) FROM words
                         ^^^^^^^^
