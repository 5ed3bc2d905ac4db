# CAST raises where TRY_CAST gives NULL.
CREATE TABLE c (id INTEGER, s TEXT, r TEXT ENCODING NONE, f DOUBLE, n INTEGER)

INSERT INTO c VALUES (1, '12', '3.5', 2.5, 300), (2, ' 7 ', 'x', -2.5, 1), (3, 'abc', '2020-02-29', 1e300, -200), (4, '1e2', 'true', CAST('NaN' AS DOUBLE), 0), (5, NULL, NULL, NULL, NULL)

SELECT TRY_CAST(s AS INTEGER), TRY_CAST(s AS DOUBLE), TRY_CAST(s AS DECIMAL(5,2)), TRY_CAST(r AS DATE), TRY_CAST(r AS BOOLEAN) FROM c ORDER BY id
----
12	12.0	12.00	NULL	NULL
7	7.0	7.00	NULL	NULL
NULL	NULL	NULL	2020-02-29	NULL
NULL	100.0	100.00	NULL	true
NULL	NULL	NULL	NULL	NULL

SELECT CAST(s AS INTEGER) FROM c
----
error: cannot cast 'abc' to INTEGER; TRY_CAST gives NULL instead
line 1, column 8: SELECT CAST(s AS INTEGER) FROM c
                         ^^^^^^^^^^^^^^^^^^

SELECT CAST(r AS DOUBLE) FROM c
----
error: cannot cast 'x' to DOUBLE; TRY_CAST gives NULL instead
line 1, column 8: SELECT CAST(r AS DOUBLE) FROM c
                         ^^^^^^^^^^^^^^^^^

SELECT CAST(s AS INTEGER) FROM c WHERE id < 3 ORDER BY id
----
12
7

SELECT TRY_CAST(f AS INTEGER), TRY_CAST(f AS TINYINT), TRY_CAST(n AS TINYINT), TRY_CAST(f AS DECIMAL(4,1)), TRY_CAST(f AS REAL) FROM c ORDER BY id
----
2	2	NULL	2.5	2.5
-2	-2	1	-2.5	-2.5
NULL	NULL	NULL	NULL	NULL
NULL	NULL	0	NULL	nan
NULL	NULL	NULL	NULL	NULL

SELECT CAST(f AS BIGINT) FROM c WHERE id = 3
----
error: 1e+300 is out of the range of BIGINT
line 1, column 8: SELECT CAST(f AS BIGINT) FROM c WHERE id = 3
                         ^^^^^^^^^^^^^^^^^

SELECT CAST(f AS INTEGER) FROM c WHERE id = 4
----
error: nan is out of the range of INTEGER
line 1, column 8: SELECT CAST(f AS INTEGER) FROM c WHERE id = 4
                         ^^^^^^^^^^^^^^^^^^

SELECT CAST(n AS TINYINT) FROM c WHERE id = 1
----
error: 300 is out of the range of TINYINT
line 1, column 8: SELECT CAST(n AS TINYINT) FROM c WHERE id = 1
                         ^^^^^^^^^^^^^^^^^^

SELECT CAST(n * 1.5 AS TINYINT) FROM c
----
error: 450 is out of the range of TINYINT
line 1, column 8: SELECT CAST(n * 1.5 AS TINYINT) FROM c
                         ^^^^^^^^^^^^^^^^^^^^^^^^

SELECT CAST(n AS TEXT) || '!', CAST(f AS TEXT), CAST(n > 0 AS TEXT) FROM c ORDER BY id
----
300!	2.5	true
1!	-2.5	true
-200!	1e+300	false
0!	NaN	false
NULL	NULL	NULL

SELECT CAST(TRUE AS INTEGER), CAST(0 AS BOOLEAN), CAST('yes' AS BOOLEAN), CAST(1.5 AS INTEGER), CAST(2.5 AS INTEGER), CAST(CAST(2.5 AS DOUBLE) AS INTEGER)
----
1	false	true	2	3	2

SELECT CAST('abc' AS INTEGER)
----
error: 'abc' is not a valid INTEGER
line 1, column 13: SELECT CAST('abc' AS INTEGER)
                               ^^^^^

SELECT CAST(300 AS TINYINT)
----
error: 300 is out of range for TINYINT
line 1, column 13: SELECT CAST(300 AS TINYINT)
                               ^^^

SELECT CAST('2020-02-30' AS DATE)
----
error: '2020-02-30' is not a valid DATE
line 1, column 13: SELECT CAST('2020-02-30' AS DATE)
                               ^^^^^^^^^^^^

SELECT CAST(TRUE AS DATE)
----
error: a BOOLEAN cannot be cast to DATE

SELECT CAST('z' LIKE '_' AS TEXT), CAST(1.50 AS TEXT), CAST(CAST(1 AS DOUBLE) AS TEXT), CAST(CAST(0.1 AS REAL) AS TEXT) FROM c LIMIT 1
----
true	1.50	1	0.1
