# Values of a column become columns, and columns become values of one.
CREATE TABLE sales (id INTEGER, country TEXT, status TEXT, amount DECIMAL(10,2), qty INTEGER)

INSERT INTO sales VALUES (1, 'DE', 'paid', 10.5, 1), (2, 'FR', 'paid', 20, 2), (3, 'DE', 'open', 5.25, NULL), (4, NULL, 'void', NULL, 9), (5, 'FR', NULL, 7, 3)

SELECT * FROM (SELECT country, status, amount FROM sales) PIVOT (sum(amount) FOR status IN ('paid', 'open')) ORDER BY country
----
DE	10.50	5.25
FR	20.00	NULL
NULL	NULL	NULL

SELECT * FROM (SELECT country, status, amount FROM sales) PIVOT (sum(amount) AS s, count(*) FOR status IN ('paid' AS p, NULL)) ORDER BY country
----
DE	10.50	1	NULL	0
FR	20.00	1	7.00	1
NULL	NULL	0	NULL	0

DESCRIBE SELECT * FROM (SELECT country, status, amount FROM sales) PIVOT (sum(amount) AS s, count(*) FOR status IN ('paid' AS p, NULL)) ORDER BY country
----
country	TEXT	YES	NULL	NULL	NULL
p_s	DECIMAL(38,2)	YES	NULL	NULL	NULL
p_count(*)	BIGINT	NO	NULL	NULL	NULL
NULL_s	DECIMAL(38,2)	YES	NULL	NULL	NULL
NULL_count(*)	BIGINT	NO	NULL	NULL	NULL

# By GROUP BY only its keys are kept; without rows of a combination a sum is NULL, a count 0.
SELECT * FROM sales PIVOT (count(*) FOR status IN ('paid', 'open') country IN ('DE', 'FR') GROUP BY qty) AS p ORDER BY qty
----
1	1	0	0	0
2	0	1	0	0
3	0	0	0	0
9	0	0	0	0
NULL	0	0	1	0

SELECT p.country, s.id, p.paid FROM sales PIVOT (max(qty) FOR status IN ('paid') GROUP BY country) AS p JOIN sales AS s USING (country) ORDER BY id
----
DE	1	1
FR	2	2
DE	3	1
FR	5	2

SELECT * FROM (SELECT status, qty FROM sales) PIVOT (sum(qty) FOR status IN ('paid', 'nobody'))
----
3	NULL

SELECT * FROM (SELECT status, qty FROM sales WHERE FALSE) PIVOT (sum(qty) FOR status IN ('paid'))
----
NULL

SELECT * FROM sales PIVOT (sum(amount) FOR status IN ('paid') GROUP BY country) AS a PIVOT (sum(paid) FOR country IN ('DE', 'FR'))
----
10.50	20.00

PIVOT sales ON status IN ('paid', 'open') USING sum(amount) GROUP BY country
----
DE	10.50	5.25
FR	20.00	NULL
NULL	NULL	NULL

PIVOT sales ON qty IN (1, 2) GROUP BY country
----
DE	1	0
FR	0	1
NULL	0	0

PIVOT (SELECT country, qty FROM sales) ON country IN ('DE', 'FR') USING min(qty) AS least, max(qty) AS most
----
1	1	2	3

SELECT DE FROM (PIVOT sales ON country IN ('DE') USING sum(qty) GROUP BY status) AS p WHERE DE IS NOT NULL
----
1

# What cannot be.
PIVOT sales ON status USING sum(amount)
----
error: PIVOT needs the values whose columns it makes: column IN (value, ...)
line 1, column 16: PIVOT sales ON status USING sum(amount)
                                  ^^^^^^

SELECT * FROM sales PIVOT (sum(amount) FOR nothing IN (1))
----
error: PIVOT: what stands before it has no column nothing; there are amount, country, id, qty, status
line 1, column 44: SELECT * FROM sales PIVOT (sum(amount) FOR nothing IN (1))
                                                              ^^^^^^^

SELECT * FROM sales PIVOT (sum(amount) FOR status IN (7) GROUP BY country)
----
error: operator = does not take TEXT and INTEGER together
line 1, column 44: SELECT * FROM sales PIVOT (sum(amount) FOR status IN (7) GROUP BY country)
                                                              ^^^^^^^^^^^^^

SELECT * FROM sales PIVOT (upper(status) FOR status IN ('paid') GROUP BY country)
----
error: FILTER without an aggregate is not supported yet
line 1, column 28: SELECT * FROM sales PIVOT (upper(status) FOR status IN ('paid') GROUP BY country)
                                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT * FROM sales UNPIVOT (v FOR k IN (id, qty)) AS u WHERE country = 'DE' ORDER BY 1, 2, k
----
DE	open	5.25	id	3
DE	paid	10.50	id	1
DE	paid	10.50	qty	1

# A row whose value is NULL is left out unless it is asked for.
SELECT k, v, country FROM sales UNPIVOT INCLUDE NULLS (v FOR k IN (amount, qty AS 'pieces')) WHERE country = 'DE' ORDER BY 1, 2
----
amount	5.25	DE
amount	10.50	DE
pieces	1.00	DE
pieces	NULL	DE

SELECT id, k, a, b FROM (SELECT id, qty, amount, qty + 1 AS more, amount * 2 AS twice FROM sales) UNPIVOT ((a, b) FOR k IN ((qty, amount) AS 'once', (more, twice) AS 'twice')) WHERE id > 2 ORDER BY id, k
----
3	once	NULL	5.25
3	twice	NULL	10.50
4	once	9	NULL
4	twice	10	NULL
5	once	3	7.00
5	twice	4	14.00

UNPIVOT (SELECT country, id, qty FROM sales WHERE id < 3) ON id, qty INTO NAME which VALUE n
----
DE	id	1
DE	qty	1
FR	id	2
FR	qty	2

UNPIVOT (SELECT qty FROM sales) ON qty
----
qty	1
qty	2
qty	9
qty	3

SELECT * FROM sales UNPIVOT (v FOR k IN (id, nothing))
----
error: UNPIVOT: what stands before it has no column nothing; there are amount, country, id, qty, status
line 1, column 46: SELECT * FROM sales UNPIVOT (v FOR k IN (id, nothing))
                                                                ^^^^^^^

SELECT * FROM sales UNPIVOT (v FOR k IN (id, country))
----
error: CASE does not take INTEGER and TEXT together
line 1, column 1: SELECT * FROM sales UNPIVOT (v FOR k IN (id, country))
                  ^^^^^^

SELECT * FROM sales UNPIVOT ((v, w) FOR k IN (id, qty))
----
error: UNPIVOT gives 2 values a row, not 1
line 1, column 47: SELECT * FROM sales UNPIVOT ((v, w) FOR k IN (id, qty))
                                                                 ^^

# FROM may stand first.
FROM sales WHERE id < 3
----
1	DE	paid	10.50	1
2	FR	paid	20.00	2

FROM sales SELECT country, count(*) GROUP BY country ORDER BY 1
----
DE	2
FR	2
NULL	1

WITH few AS (FROM sales SELECT id LIMIT 1) FROM few
----
1

INSERT INTO sales FROM (SELECT 6, 'US', 'paid', 1, 1)

SELECT count(*) FROM sales
----
6

# A row for each column: what lies in it.
SUMMARIZE SELECT qty, status FROM sales
----
qty	INTEGER	1	9	4	3.2	3.3466401061363023	1	2	3	6	16.67
status	TEXT	open	void	3	NULL	NULL	NULL	NULL	NULL	6	16.67

SUMMARIZE SELECT country = 'DE' AS is_german, DATE '2024-01-01' + id AS day FROM sales WHERE id < 4
----
is_german	BOOLEAN	false	true	2	NULL	NULL	NULL	NULL	NULL	3	0.00
day	DATE	2024-01-02	2024-01-04	3	NULL	NULL	2024-01-02 12:00:00	2024-01-03 00:00:00	2024-01-03 12:00:00	3	0.00

SUMMARIZE nothing
----
error: table nothing does not exist
line 1, column 11: SUMMARIZE nothing
                             ^^^^^^^

DROP TABLE sales
