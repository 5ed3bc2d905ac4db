# Filters by NaN, which is the greatest and equals itself: no zone's ends tell of it.

CREATE TABLE t (x DOUBLE)

INSERT INTO t VALUES (1), (2), ('Infinity'), ('-Infinity'), ('NaN'), (NULL)

SELECT count(*) FROM t WHERE x < 'NaN'
----
4

SELECT count(*) FROM t WHERE x <= 'NaN'
----
5

SELECT count(*) FROM t WHERE x = 'NaN'
----
1

SELECT count(*) FROM t WHERE x >= 'NaN'
----
1

SELECT count(*) FROM t WHERE x > 'NaN'
----
0

SELECT count(*) FROM t WHERE x <> 'NaN'
----
4

SELECT count(*) FROM t WHERE x < 'NaN' AND x > 1
----
2

SELECT count(*) FROM t WHERE x IN ('NaN', 7)
----
1

SELECT count(*) FROM t WHERE x > 5 AND x <= 'Infinity'
----
1

SELECT count(*) FROM t WHERE x > 5 OR x < 'NaN'
----
5

SELECT count(*) FROM t WHERE x < 'Infinity'
----
3

EXPLAIN SELECT count(*) FROM t WHERE x < 'NaN'
----
Project count(*)
  Aggregate count(*)
    Filter x < nan
      Scan t (x)
