# Table functions in FROM.
CREATE TABLE t (id INTEGER, n INTEGER, d DATE)

INSERT INTO t VALUES (1, 3, '2024-01-30'), (2, 0, '2024-02-28'), (3, NULL, NULL), (4, 1, '2023-12-31')

SELECT * FROM generate_series(1, 3)
----
1
2
3

SELECT g FROM generate_series(10, 1, -4) AS g
----
10
6
2

SELECT x FROM range(3) AS r (x)
----
0
1
2

SELECT x FROM range(1, 10, 4) AS r (x)
----
1
5
9

SELECT x FROM range(10, 2, -4) AS r (x)
----
10
6

SELECT count(*) FROM range(5, 5), generate_series(1, 0), range(1, NULL) AS r
----
0

SELECT x, x + 1 FROM generate_series(1.5, 3, 0.5) AS g (x)
----
1.5	2.5
2.0	3.0
2.5	3.5
3.0	4.0

# To the ends of 64 bits.
SELECT x FROM generate_series(9223372036854775805, 9223372036854775807) AS g (x)
----
9223372036854775805
9223372036854775806
9223372036854775807

SELECT x FROM generate_series(-9223372036854775807 - 1, 9223372036854775807, 9223372036854775807) AS g (x)
----
-9223372036854775808
-1
9223372036854775806

# Moments: DATEs make TIMESTAMPs, and a month is added to the moment before.
SELECT x FROM generate_series(DATE '2024-02-28', DATE '2024-03-01', INTERVAL '1' day) AS g (x)
----
2024-02-28 00:00:00
2024-02-29 00:00:00
2024-03-01 00:00:00

SELECT x FROM generate_series(TIMESTAMP '2024-01-31 10:00:00', TIMESTAMP '2024-04-30 10:00:00', INTERVAL '1' month) AS g (x)
----
2024-01-31 10:00:00
2024-02-29 10:00:00
2024-03-29 10:00:00
2024-04-29 10:00:00

SELECT x FROM range(TIMESTAMP '2024-01-02', TIMESTAMP '2024-01-01', INTERVAL '-12 hours') AS g (x)
----
2024-01-02 00:00:00
2024-01-01 12:00:00

SELECT x FROM generate_series(TIMESTAMP(9) '2024-01-01 00:00:00.000000001', '2024-01-01 00:00:02', INTERVAL '1 second') AS g (x)
----
2024-01-01 00:00:00
2024-01-01 00:00:01

# Arguments may be columns of what stands before.
SELECT id, x FROM t, generate_series(1, t.n) AS g (x) ORDER BY id, x
----
1	1
1	2
1	3
4	1

SELECT id, x, nth FROM t LEFT JOIN LATERAL range(n) WITH ORDINALITY AS r (x, nth) ON TRUE ORDER BY id, x
----
1	0	1
1	1	2
1	2	3
2	NULL	NULL
3	NULL	NULL
4	0	1

SELECT x, y FROM generate_series(1, 3) g (x) CROSS JOIN LATERAL generate_series(x, 3) h (y) WHERE x + y > 4 ORDER BY x, y
----
2	3
3	3

SELECT id, x FROM t JOIN generate_series(1, 2) g (x) ON x = id ORDER BY id
----
1	1
2	2

SELECT id, x FROM t, generate_series(d, d + INTERVAL '1' day, INTERVAL '1' day) g (x) WHERE id < 3 ORDER BY id, x
----
1	2024-01-30 00:00:00
1	2024-01-31 00:00:00
2	2024-02-28 00:00:00
2	2024-02-29 00:00:00

SELECT id, (SELECT sum(x) FROM generate_series(1, t.n) g (x)) FROM t ORDER BY id
----
1	6
2	NULL
3	NULL
4	1

SELECT id FROM t WHERE EXISTS (SELECT 1 FROM range(t.n) r (x) WHERE x = 2)
----
1

WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n * 2 + x FROM r, range(2) g (x) WHERE n < 4) SELECT n FROM r ORDER BY n
----
1
2
3
4
5
6
7

SELECT a.x, b.x FROM range(3) a (x) FULL JOIN range(1, 4) b (x) ON a.x = b.x ORDER BY a.x, b.x
----
0	NULL
1	1
2	2
NULL	3

SELECT extract(month FROM x), count(*) FROM generate_series(DATE '2024-01-01', DATE '2024-03-31', INTERVAL '1' day) g (x) GROUP BY 1 ORDER BY 1
----
1	31
2	29
3	31

EXPLAIN SELECT x FROM t, generate_series(1, n) g (x) WHERE id > 1 AND x < 3
----
Project x
  Filter x < 3
    Expand series(1, n, 1) AS x
      Filter id > 1
        Scan t (id, n) zones 2 <= id

# What is refused, and where.
SELECT * FROM generate_series(1, 3, 0)
----
error: the step of a series is 0
line 1, column 15: SELECT * FROM generate_series(1, 3, 0)
                                 ^^^^^^^^^^^^^^^^^^^^^^^^

SELECT * FROM t, generate_series(id, 5, n) g
----
error: the step of a series is 0
line 1, column 18: SELECT * FROM t, generate_series(id, 5, n) g
                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT * FROM generate_series(1e0, 3e0)
----
error: generate_series takes integers, DECIMALs, DATEs or TIMESTAMPs, not DOUBLE; cast to DECIMAL
line 1, column 15: SELECT * FROM generate_series(1e0, 3e0)
                                 ^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT * FROM generate_series(DATE '2024-01-01', DATE '2024-01-02')
----
error: generate_series of DATE needs a step, an INTERVAL
line 1, column 15: SELECT * FROM generate_series(DATE '2024-01-01', DATE '2024-01-02')
                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT * FROM generate_serie(1, 2)
----
error: table function generate_serie does not exist; did you mean generate_series?
line 1, column 15: SELECT * FROM generate_serie(1, 2)
                                 ^^^^^^^^^^^^^^^^^^^^

SELECT * FROM range(3) AS r (x, y)
----
error: r has 1 columns, not 2
line 1, column 27: SELECT * FROM range(3) AS r (x, y)
                                             ^^^^^^^^

SELECT * FROM range(1, 2, 3, 4)
----
error: range takes a first value, a last one and a step
line 1, column 15: SELECT * FROM range(1, 2, 3, 4)
                                 ^^^^^^^^^^^^^^^^^

SELECT * FROM t RIGHT JOIN range(n) ON TRUE
----
error: a table function behind other than JOIN or LEFT JOIN is not supported yet
line 1, column 28: SELECT * FROM t RIGHT JOIN range(n) ON TRUE
                                              ^^^^^^^^

SELECT * FROM t LEFT JOIN range(n) r (x) ON x = id
----
error: LEFT JOIN of a table function ON other than TRUE is not supported yet
line 1, column 45: SELECT * FROM t LEFT JOIN range(n) r (x) ON x = id
                                                               ^^^^^^

SELECT * FROM range((SELECT 3))
----
error: a subquery in a table function is not supported yet
line 1, column 21: SELECT * FROM range((SELECT 3))
                                       ^^^^^^^^^^

SET memory_limit = '64MB'

SELECT * FROM range(1000000000000000)
----
error: a table function gives 1000000000000000 values, which take more than memory_limit (64000000 bytes)
line 1, column 15: SELECT * FROM range(1000000000000000)
                                 ^^^^^^^^^^^^^^^^^^^^^^^
