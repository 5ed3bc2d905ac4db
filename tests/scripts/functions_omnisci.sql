# OmniSci's functions and units, and everyday names of PostgreSQL and DuckDB.
SELECT key_for_string('a') = key_for_string('a'), key_for_string('a') = key_for_string('b'), key_for_string(NULL)
----
true	false	NULL

SELECT dateadd('weekday', 2, DATE '2024-02-28'), dateadd('dayofyear', -1, TIMESTAMP '2024-03-01 10:00'), datediff('weekday', DATE '2024-01-01', DATE '2024-01-09'), timestampdiff('dayofyear', TIMESTAMP '2024-01-01 12:00', TIMESTAMP '2024-01-03 11:00')
----
2024-03-01	2024-02-29 10:00:00	8	1

SELECT weekofyear(DATE '2005-01-01'), weekday(DATE '1995-03-19'), date_subtract(TIMESTAMP '2024-03-31 10:00', INTERVAL '1' month), CAST(to_quarters(2) AS TEXT), CAST(to_decades(1) AS TEXT), CAST(to_centuries(1) AS TEXT), CAST(to_millennia(1) AS TEXT)
----
53	0	2024-02-29 10:00:00	6 mons	10 years	100 years	1000 years

SELECT asind(x), acosd(x), atand(x), atan2d(x, 1) FROM (VALUES (-1.0), (-0.5), (0), (0.5), (1), (NULL)) AS v(x)
----
-90.0	180.0	-45.0	-45.0
-30.0	120.0	-26.565051177077986	-26.565051177077986
0.0	90.0	0.0	0.0
30.0	60.0	26.565051177077986	26.565051177077986
90.0	0.0	45.0	45.0
NULL	NULL	NULL	NULL

SELECT round(asind(0.3), 12), round(acosd(-0.9), 12), atand(CAST('Infinity' AS DOUBLE)), atan2d(0, -1), asind(CAST('NaN' AS DOUBLE))
----
17.457603123722	154.158067236833	90.0	180.0	nan

SELECT strip_accents(s), casefold(s), normalize(s) = s, quote_nullable(s) FROM (VALUES ('Ärger'), ('ẞ'), (''), (NULL), (E'u\u0308'), ('it''s')) AS v(s)
----
Arger	ärger	true	'Ärger'
ẞ	ss	true	'ẞ'
''	''	true	''
NULL	NULL	NULL	NULL
u	ü	false	'ü'
it's	it's	true	'it''s'

# Mistakes.
SELECT asind(2)
----
error: asind takes -1 to 1
line 1, column 8: SELECT asind(2)
                         ^^^^^^^^

SELECT acosd(CAST('-Infinity' AS DOUBLE))
----
error: acosd takes -1 to 1
line 1, column 8: SELECT acosd(CAST('-Infinity' AS DOUBLE))
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT offset_in_fragment() FROM range(3)
----
error: offset_in_fragment is not supported: rows lie in no fragments; row_number() OVER () numbers those of an answer
line 1, column 8: SELECT offset_in_fragment() FROM range(3)
                         ^^^^^^^^^^^^^^^^^^^^

SELECT rowid FROM range(3)
----
error: rows have no rowid here: row_number() OVER () numbers those of an answer
line 1, column 8: SELECT rowid FROM range(3)
                         ^^^^^

SELECT llm_transform('a', 'b')
----
error: llm_transform is not supported: no language model is built in; a function of your own may call one
line 1, column 8: SELECT llm_transform('a', 'b')
                         ^^^^^^^^^^^^^^^^^^^^^^^

SELECT strip_accents(1)
----
error: strip_accents(INTEGER) does not exist; there is strip_accents(TEXT)
line 1, column 8: SELECT strip_accents(1)
                         ^^^^^^^^^^^^^^^^

# Settings.
SET chunk_rows = 1000

SELECT current_setting('chunk_rows'), current_setting('CHUNK_ROWS', FALSE), current_setting('nothing', TRUE), current_setting('search_path')
----
1000	1000	NULL	main

RESET chunk_rows

SELECT current_setting('chunk_rows') = '1000'
----
false

SELECT current_setting('chunk_row')
----
error: there is no setting chunk_row; did you mean chunk_rows?
line 1, column 24: SELECT current_setting('chunk_row')
                                          ^^^^^^^^^^^

SELECT current_setting(CAST(1 AS TEXT) || x) FROM (VALUES ('a')) AS v(x)
----
error: current_setting takes a constant text
line 1, column 24: SELECT current_setting(CAST(1 AS TEXT) || x) FROM (VALUES ('a')) AS v(x)
                                          ^^^^^^^^^^^^^^^^^^^^

SELECT current_setting()
----
error: current_setting takes 1 to 2 arguments
line 1, column 8: SELECT current_setting()
                         ^^^^^^^^^^^^^^^^^
