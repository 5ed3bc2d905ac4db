# SET and RESET; PREPARE, EXECUTE and DEALLOCATE.
SET morsel_rows = 1000

SHOW morsel_rows
----
1000

RESET morsel_rows

SHOW morsel_rows
----
524288

SET chunk_rows TO 500

SET chunk_rows = DEFAULT

SHOW chunk_rows
----
1048576

SET replacement_scans = off

RESET ALL

SHOW replacement_scans
----
on

RESET nothing
----
error: there is no setting nothing; the settings are device, threads, memory_limit, temp_directory, chunk_rows, morsel_rows, compiler, quick_start, gpu_memory_limit, cpu_retry, gpus, launch_grid, launch_block, cache_directory, cache_limit, optimizer, search_path, progress, replacement_scans
line 1, column 7: RESET nothing
                        ^^^^^^^

SET chunk_rows = 'x'
----
error: setting chunk_rows takes a whole number from 1 on, not 'x'
line 1, column 5: SET chunk_rows = 'x'
                      ^^^^^^^^^^

CREATE TABLE t (k INTEGER, s TEXT, d DATE)

INSERT INTO t VALUES (1, 'a', DATE '2024-01-01'), (2, 'b', DATE '2024-06-01'), (3, NULL, NULL)

PREPARE plain AS SELECT k, $2 FROM t WHERE k >= $1 ORDER BY k

EXECUTE plain (2, 'x')
----
2	x
3	x

EXECUTE plain (1 + 2, NULL)
----
3	NULL

PREPARE typed (bigint, date, text) AS SELECT k, $3 || s FROM t WHERE d > $2 AND k < $1

EXECUTE typed (10, '2024-02-01', 'text ')
----
2	text b

PREPARE insertion AS INSERT INTO t VALUES (?, ?, ?)

EXECUTE insertion (4, 'it''s', DATE '2024-07-01')

BEGIN

EXECUTE insertion (5, NULL, NULL)

ROLLBACK

SELECT * FROM t WHERE k > 3
----
4	it's	2024-07-01

PREPARE bare AS SELECT count(*) FROM t

EXECUTE bare
----
4

DEALLOCATE bare

EXECUTE bare
----
error: no statement bare is prepared
line 1, column 9: EXECUTE bare
                          ^^^^

EXECUTE plain (1)
----
error: no value is given for parameter $2
line 1, column 11: SELECT k, $2 FROM t WHERE k >= $1 ORDER BY k
                             ^^

EXECUTE plain (1, 2, 3)
----
error: the statement has no parameter $3
line 1, column 9: EXECUTE plain (1, 2, 3)
                          ^^^^^

EXECUTE typed (1)
----
error: typed takes 3 values, not 1
line 1, column 9: EXECUTE typed (1)
                          ^^^^^

EXECUTE typed ('x', '2024-02-01', 'text')
----
error: 'x' is not a valid BIGINT
line 1, column 9: EXECUTE typed ('x', '2024-02-01', 'text')
                          ^^^^^

EXECUTE plain (k, 1)
----
error: column k does not exist
line 1, column 9: EXECUTE plain (k, 1)
                          ^^^^^

EXECUTE plain (1,)
----
error: syntax error: the statement ends too early; expected a value
line 1, column 18: EXECUTE plain (1,)
                                    ^

EXECUTE plan (1)
----
error: no statement plan is prepared; did you mean plain?
line 1, column 9: EXECUTE plan (1)
                          ^^^^

PREPARE plain AS SELECT 1
----
error: plain is prepared already: DEALLOCATE forgets it
line 1, column 9: PREPARE plain AS SELECT 1
                          ^^^^^

PREPARE wrong AS SELECT FROM WHERE
----
error: syntax error: the statement ends too early
line 1, column 35: PREPARE wrong AS SELECT FROM WHERE
                                                     ^

PREPARE wrong AS SELECT :name
----
error: parameters of PREPARE are written $1 or ?
line 1, column 25: PREPARE wrong AS SELECT :name
                                           ^^^^^

PREPARE wrong AS EXECUTE plain
----
error: EXECUTE cannot be prepared
line 1, column 18: PREPARE wrong AS EXECUTE plain
                                    ^^^^^^^

PREPARE wrong (nothing) AS SELECT 1
----
error: type nothing is not known
line 1, column 16: PREPARE wrong (nothing) AS SELECT 1
                                  ^^^^^^^

DEALLOCATE nothing
----
error: no statement nothing is prepared
line 1, column 12: DEALLOCATE nothing
                              ^^^^^^^

DEALLOCATE ALL

EXECUTE plain (1, 2)
----
error: no statement plain is prepared
line 1, column 9: EXECUTE plain (1, 2)
                          ^^^^^

# parameters (7, 8)
SELECT $2 - $1, $1
----
1	7

# parameters (7,)
SELECT $2
----
error: no value is given for parameter $2
line 1, column 8: SELECT $2
                         ^^

# parameters (7, 8, 9)
SELECT $1 + $3
----
error: the statement has no parameter $2

# The time zone is UTC.
SET TimeZone = 'UTC'

SET timezone TO DEFAULT

SET SESSION timezone = 'Europe/Berlin'
----
error: timestamps are in UTC; AT TIME ZONE 'Europe/Berlin' shows another time zone
line 1, column 24: SET SESSION timezone = 'Europe/Berlin'
                                          ^^^^^^^^^^^^^^^

RESET timezone

SHOW TimeZone
----
UTC
