# Subqueries in expressions; the rows of q have a NULL.
CREATE TABLE p (id INTEGER NOT NULL, k INTEGER)

CREATE TABLE q (k INTEGER, name TEXT)

INSERT INTO p VALUES (1, 10), (2, 20), (3, NULL), (4, 40)

INSERT INTO q VALUES (10, 'ten'), (10, 'zehn'), (NULL, 'none'), (30, 'thirty')

SELECT id FROM p WHERE k IN (SELECT k FROM q) ORDER BY id
----
1

# Unknown, since q has a NULL: no row.
SELECT id FROM p WHERE k NOT IN (SELECT k FROM q) ORDER BY id
----

SELECT id FROM p WHERE k NOT IN (SELECT k FROM q WHERE k IS NOT NULL) ORDER BY id
----
2
4

# Nothing is in an empty set, and NULL is not either.
SELECT id, k IN (SELECT k FROM q WHERE FALSE) FROM p ORDER BY id
----
1	false
2	false
3	false
4	false

SELECT id, k IN (SELECT k FROM q), k = ALL (SELECT k FROM q WHERE k = 10) FROM p ORDER BY id
----
1	true	true
2	NULL	false
3	NULL	NULL
4	NULL	false

SELECT id FROM p WHERE NOT EXISTS (SELECT 1 FROM q WHERE q.k = p.k) ORDER BY id
----
2
3
4

SELECT id, (SELECT count(*) FROM q WHERE q.k = p.k), (SELECT max(name) FROM q WHERE q.k = p.k)
FROM p ORDER BY id
----
1	2	zehn
2	0	NULL
3	0	NULL
4	0	NULL

SELECT id, (SELECT name FROM q WHERE q.k >= p.k ORDER BY name LIMIT 1) FROM p ORDER BY id
----
1	ten
2	thirty
3	NULL
4	NULL

SELECT id, (SELECT name FROM q WHERE q.k = p.k) FROM p ORDER BY id
----
error: more than one row returned by a subquery used as an expression
line 1, column 12: SELECT id, (SELECT name FROM q WHERE q.k = p.k) FROM p ORDER BY id
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT id, (SELECT k, name FROM q) FROM p
----
error: a subquery used as an expression has one column, not 2
line 1, column 12: SELECT id, (SELECT k, name FROM q) FROM p
                              ^^^^^^^^^^^^^^^^^^^^^^^

# EXISTS becomes a SEMI join, a scalar aggregate a group by what it compares.
EXPLAIN SELECT id FROM p WHERE EXISTS (SELECT 1 FROM q WHERE q.k = p.k AND name <> 'ten')
----
Project id
  Join semi on k = k
    Scan p (id, k)
    Project k
      Filter name <> 'ten'
        Scan q (k, name)

EXPLAIN SELECT id FROM p WHERE id > (SELECT count(*) FROM q WHERE q.k = p.k)
----
Project id
  Filter CAST(id AS BIGINT) > CASE WHEN count(*) IS NULL THEN 0 ELSE count(*) END
    Join left on k = key
      Scan p (id, k)
      Aggregate count(*) by k AS key
        Scan q (k)

# A subquery that stands twice in what an expression becomes is computed once.
EXPLAIN SELECT COALESCE((SELECT max(name) FROM q WHERE q.k = p.k), '-') BETWEEN 'a' AND 'b' FROM p
----
Project CASE WHEN max(name) IS NOT NULL THEN max(name) ELSE '-' END >= 'a' AND CASE WHEN max(name) IS NOT NULL THEN max(name) ELSE '-' END <= 'b' AS COALESCE((SELECT max(name) FROM q WHERE q.k = p.k), '-') BETWEEN 'a' AND 'b'
  Join left on k = key
    Scan p (k)
    Aggregate max(name) by k AS key
      Scan q (k, name)
