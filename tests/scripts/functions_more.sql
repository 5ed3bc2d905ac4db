# Functions of OmniSci's and PostgreSQL's lists: numbers from text, parts by SIMILAR TO, aliases.
SELECT to_number('12,454.8-', '99G999D9S'), to_number('-12.5', '99.9'), to_number('<5>', '9PR'), to_number('$1,234.50', 'L9,999.99'), to_number('+7', 'S9'), to_number('12th', '99TH'), to_number(NULL, '9'), to_number('1', NULL)
----
-12454.8	-12.5	-5	1234.50	7	12	NULL	NULL

SELECT x, to_number(x, '999999999.99') FROM (VALUES ('1.5'), (NULL), ('  42'), ('-0.07'), ('123456789.99')) AS t(x)
----
1.5	1.50
NULL	NULL
  42	42.00
-0.07	-0.07
123456789.99	123456789.99

SELECT to_number('', '99')
----
error: to_number finds no number in '' by '99'
line 1, column 8: SELECT to_number('', '99')
                         ^^^^^^^^^^^^^^^^^^^

SELECT to_number('ä', '99')
----
error: to_number finds no number in 'ä' by '99'
line 1, column 8: SELECT to_number('ä', '99')
                         ^^^^^^^^^^^^^^^^^^^^

SELECT to_number('1', '')
----
error: to_number takes a pattern of 1 to 38 digits, not 0
line 1, column 8: SELECT to_number('1', '')
                         ^^^^^^^^^^^^^^^^^^

SELECT to_number(x, x) FROM (VALUES ('1')) AS t(x)
----
error: to_number takes a pattern that is a constant, such as '999D99'
line 1, column 8: SELECT to_number(x, x) FROM (VALUES ('1')) AS t(x)
                         ^^^^^^^^^^^^^^^

SELECT substring('foobar' SIMILAR '%#"o_b#"%' ESCAPE '#'), substring('foobar' FROM '%#"o_b#"%' FOR '#'), substring('Größe' SIMILAR 'Gr#"(ö|ß)+#"%' ESCAPE '#'), substring('a.b' SIMILAR '_\"\.\"_' ESCAPE '\')
----
oob	oob	öß	.

SELECT x, substring(x SIMILAR '%!"[0-9]+!"%' ESCAPE '!') FROM (VALUES ('ab12cd'), (''), (NULL), ('none'), ('7')) AS t(x)
----
ab12cd	12
''	NULL
NULL	NULL
none	NULL
7	7

SELECT substring('abc' SIMILAR 'a%' ESCAPE '#'), substring('abc' SIMILAR 'x%' ESCAPE '#'), substring('abc' SIMILAR 'a%' ESCAPE '')
----
abc	NULL	abc

SELECT substring('foobar' SIMILAR '#"o_b' ESCAPE '#')
----
error: the pattern '#"o_b' has 1 marks #", not two
line 1, column 8: SELECT substring('foobar' SIMILAR '#"o_b' ESCAPE '#')
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT substring('foobar' SIMILAR '%' ESCAPE 'ab')
----
error: ESCAPE takes one character
line 1, column 8: SELECT substring('foobar' SIMILAR '%' ESCAPE 'ab')
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT substring('foobar' SIMILAR '%#"(#"%' ESCAPE '#')
----
error: '(?s)\\A(?U:.*)((?:)(?:.*)\\z' is not a regular expression: Invalid regular expression: missing ): ((?s)\A(?U:.*)((?:)(?:.*)\z)
line 1, column 8: SELECT substring('foobar' SIMILAR '%#"(#"%' ESCAPE '#')
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT truncate(1.2345, 2), truncate(-1.5), round_to_digit(1.2355, 3), encode_text('a'), regexp_match('abc', 'B', 'i'), ustimestamp('2024-02-29 08:15:23.123456'), nstimestamp(DATE '2024-02-29')
----
1.23	-1	1.236	a	true	2024-02-29 08:15:23.123456	2024-02-29 00:00:00

SELECT age(CURRENT_DATE) = INTERVAL '0' day, age(NULL), datetime('now') = localtimestamp, datetime('2024-02-29 08:00:00')
----
true	NULL	true	2024-02-29 08:00:00

SELECT datetime('soon')
----
error: 'soon' is not a valid TIMESTAMP(6)
line 1, column 17: SELECT datetime('soon')
                                   ^^^^^^

SELECT correlation(x, y), round(correlation(y, x), 6), stddev_float(x), var_pop_float(x), typeof(covar_samp_float(x, y)), approx_count_distinct(x, 3), approx_count_distinct(x, 1), approx_percentile(0.25) WITHIN GROUP (ORDER BY x) FROM (VALUES (1, 2), (2, 4), (4, 7), (NULL, 1)) AS t(x, y)
----
0.997176464952738	0.997176	1.5275251865386963	1.5555555820465088	FLOAT	3	3	1.5

SELECT approx_count_distinct(x, 0) FROM (VALUES (1)) AS t(x)
----
error: approx_count_distinct takes an error of 1 to 100, not 0
line 1, column 8: SELECT approx_count_distinct(x, 0) FROM (VALUES (1)) AS t(x)
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT approx_count_distinct(x, x) FROM (VALUES (1)) AS t(x)
----
error: approx_count_distinct takes an error in whole percent, a constant
line 1, column 8: SELECT approx_count_distinct(x, x) FROM (VALUES (1)) AS t(x)
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT corr_float(x) FROM (VALUES (1)) AS t(x)
----
error: corr_float takes two arguments, not 1
line 1, column 8: SELECT corr_float(x) FROM (VALUES (1)) AS t(x)
                         ^^^^^^^^^^^^^
