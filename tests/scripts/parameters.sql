# Parameters by place and by name.
CREATE TABLE t (a INTEGER, b DOUBLE, c TEXT, d DECIMAL(10,2), e DATE)

INSERT INTO t VALUES (1, 1.5, 'x', 1.25, DATE '2020-01-01'), (2, NULL, NULL, NULL, NULL), (3, -1, 'é', -3.5, DATE '1995-02-28')

# parameters (1,)
SELECT a, c FROM t WHERE a = ?
----
1	x

# parameters (3,)
SELECT a, c FROM t WHERE a = ?
----
3	é

# parameters (None,)
SELECT a, c FROM t WHERE a = ?
----

# parameters {'low': 0, 'name': 'x'}
SELECT a FROM t WHERE b > :low AND c = :name OR b < :low
----
1
3

# parameters ('2020-01-01',)
SELECT a FROM t WHERE e = ?
----
1

# parameters ('%', 1)
SELECT a FROM t WHERE c LIKE ? ORDER BY a LIMIT ?
----
1

# parameters (1, 3, 9)
SELECT a FROM t WHERE a IN (?, ?, ?) ORDER BY a
----
1
3

# parameters (True, 1.5, 'a', None, 12345678901)
SELECT ?, ?, ?, ?, ?
----
true	1.5	a	NULL	12345678901

# parameters ('q', None)
SELECT CASE WHEN a = 1 THEN ? ELSE ? END FROM t ORDER BY a
----
q
NULL
NULL

# parameters (9, 'neun')
INSERT INTO t (a, c) VALUES (?, ?)

# parameters ('neun',)
SELECT a FROM t WHERE c = ?
----
9

# parameters ()
SELECT ?
----
error: the statement has 1 parameter, but 0 values are given
line 1, column 8: SELECT ?
                         ^

# parameters (1, 2)
SELECT ?
----
error: the statement has 1 parameter, but 2 values are given

# parameters {'x': 1}
SELECT :y
----
error: no value is given for parameter :y
line 1, column 8: SELECT :y
                         ^^

# parameters {'x': 1, 'y': 2}
SELECT :x
----
error: the statement has no parameter :y

# parameters (1,)
SELECT ? + :x
----
error: a statement has ?, :name or $1 parameters, of one kind
line 1, column 8: SELECT ? + :x
                         ^

# parameters ('x',)
SELECT a + ? FROM t
----
error: 'x' is not a valid INTEGER
line 1, column 12: SELECT a + ? FROM t
                              ^
