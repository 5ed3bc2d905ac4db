# The first rows of each partition: those that come too late are dropped before they are numbered.
CREATE TABLE t AS SELECT n AS id, n % 7 AS g, CASE WHEN n % 11 = 0 THEN NULL ELSE n % 3 END AS h, (n * 37) % 50 - 25 AS i, CASE WHEN n % 5 = 0 THEN NULL ELSE (n * 31) % 40 END AS j, CASE n % 20 WHEN 3 THEN 'nan'::DOUBLE WHEN 4 THEN NULL WHEN 5 THEN '-infinity'::DOUBLE WHEN 6 THEN -0.0 WHEN 7 THEN 0.0 ELSE (n * 29) % 64 / 8 END AS x, CASE WHEN n % 9 = 0 THEN NULL ELSE 'ä' || chr(97 + (n * 17) % 26) END AS s, DATE '2024-01-01' + CAST((n * 13) % 90 AS INTEGER) AS d, CAST((n * 41) % 100 AS DECIMAL(30, 2)) AS w, n % 2 = 0 AS b FROM generate_series(1, 400) AS v(n)

EXPLAIN SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY g ORDER BY i) AS place FROM t) AS v WHERE place <= 2
----
Project id
  Filter row_number <= 2
    Window row_number() AS row_number by g order i
      Project id, g, i
        Filter CASE WHEN (i <= bound) IS NULL THEN TRUE ELSE i <= bound END
          Join inner on CASE WHEN g IS NULL THEN 0 ELSE g END = CASE WHEN key IS NULL THEN 0 ELSE key END AND (g IS NULL) = (key IS NULL)
            Scan t (id, g, i)
            Aggregate nth_least(i, 2) AS bound by g AS key
              Scan t (g, i)

EXPLAIN SELECT id FROM t QUALIFY row_number() OVER (PARTITION BY h ORDER BY i DESC, id) = 1
----
Project id
  Filter row_number = 1
    Window row_number() AS row_number by h order i DESC, id
      Project id, h, i
        Filter CASE WHEN (i >= bound) IS NULL THEN TRUE ELSE i >= bound END
          Join inner on CASE WHEN h IS NULL THEN 0 ELSE h END = CASE WHEN key IS NULL THEN 0 ELSE key END AND (h IS NULL) = (key IS NULL)
            Scan t (id, h, i)
            Aggregate max(i) AS bound by h AS key
              Scan t (h, i)

SELECT g, i, id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY i, id) <= 2 ORDER BY g, i, id
----
0	-25	350
0	-24	273
1	-25	50
1	-25	400
2	-25	100
2	-24	23
3	-25	150
3	-24	73
4	-25	200
4	-24	123
5	-25	250
5	-24	173
6	-25	300
6	-24	223

SELECT g, i, id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY i DESC, id) < 4 ORDER BY g, i, id
----
0	22	231
0	23	154
0	24	77
1	22	281
1	23	204
1	24	127
2	22	331
2	23	254
2	24	177
3	22	31
3	23	304
3	24	227
4	23	4
4	23	354
4	24	277
5	22	131
5	23	54
5	24	327
6	23	104
6	24	27
6	24	377

# A key of NULL is a partition; two keys.
SELECT h, b, i, id FROM t QUALIFY row_number() OVER (PARTITION BY h, b ORDER BY i DESC, id) = 1 ORDER BY h, b
----
0	false	24	27
0	true	23	54
1	false	24	127
1	true	23	4
2	false	24	227
2	true	23	104
NULL	false	24	77
NULL	true	23	154

# Values of NULL come last, or first.
SELECT g, j, id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY j, id) = 2 ORDER BY g
----
0	2	182
1	1	351
2	2	142
3	1	311
4	2	102
5	2	222
6	1	391

SELECT g, j, id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY j DESC NULLS FIRST, id DESC) <= 3 ORDER BY g, j, id
----
0	NULL	315
0	NULL	350
0	NULL	385
1	NULL	330
1	NULL	365
1	NULL	400
2	NULL	310
2	NULL	345
2	NULL	380
3	NULL	325
3	NULL	360
3	NULL	395
4	NULL	305
4	NULL	340
4	NULL	375
5	NULL	320
5	NULL	355
5	NULL	390
6	NULL	300
6	NULL	335
6	NULL	370

# Partitions of too few values, or of none.
SELECT g, k, id FROM (SELECT *, CASE WHEN id < 15 AND g <> 3 THEN i END AS k FROM t) AS v QUALIFY row_number() OVER (PARTITION BY g ORDER BY k, id) <= 3 ORDER BY g, k, id
----
0	-16	7
0	-7	14
0	NULL	21
1	12	1
1	21	8
1	NULL	15
2	-1	2
2	8	9
2	NULL	16
3	NULL	3
3	NULL	10
3	NULL	17
4	-18	11
4	23	4
4	NULL	18
5	10	5
5	19	12
5	NULL	19
6	-3	6
6	6	13
6	NULL	20

# Ranks: all that are equal to the last one.
SELECT g, j, id FROM t QUALIFY rank() OVER (PARTITION BY g ORDER BY j DESC NULLS LAST) <= 2 ORDER BY g, j, id
----
0	39	49
0	39	329
1	38	218
1	39	169
2	39	9
2	39	289
3	38	178
3	39	129
4	38	18
4	38	298
4	39	249
5	39	89
5	39	369
6	38	258
6	39	209

SELECT g, j, id FROM t QUALIFY dense_rank() OVER (PARTITION BY g ORDER BY j DESC NULLS LAST) <= 1 ORDER BY g, j, id
----
0	39	49
0	39	329
1	39	169
2	39	9
2	39	289
3	39	129
4	39	249
5	39	89
5	39	369
6	39	209

# Floats, of which NaN is the greatest; text; dates; numbers of more than a word.
SELECT g, x, id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY x, id) <= 2 ORDER BY g, x, id
----
0	-inf	105
0	-inf	245
1	-inf	85
1	-inf	225
2	-inf	65
2	-inf	205
3	-inf	45
3	-inf	185
4	-inf	25
4	-inf	165
5	-inf	5
5	-inf	145
6	-inf	125
6	-inf	265

SELECT g, x, id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY x DESC NULLS LAST, id) <= 4 ORDER BY g, x, id
----
0	7.0	77
0	nan	63
0	nan	203
0	nan	343
1	7.0	22
1	nan	43
1	nan	183
1	nan	323
2	7.0	2
2	nan	23
2	nan	163
2	nan	303
3	7.0	108
3	nan	3
3	nan	143
3	nan	283
4	7.0	11
4	7.0	88
4	nan	123
4	nan	263
5	7.0	33
5	nan	103
5	nan	243
5	nan	383
6	7.0	13
6	nan	83
6	nan	223
6	nan	363

SELECT g, s, id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY s DESC NULLS LAST, id) <= 2 ORDER BY g, s, id
----
0	äy	84
0	äz	133
1	äz	29
1	äz	211
2	äz	107
2	äz	289
3	äz	3
3	äz	185
4	äy	32
4	äz	263
5	äz	159
5	äz	341
6	äz	55
6	äz	237

SELECT g, s, id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY s, id) = 1 ORDER BY g
----
0	äa	182
1	äa	78
2	äa	156
3	äa	52
4	äa	130
5	äa	26
6	äa	104

SELECT b, d, id FROM t QUALIFY row_number() OVER (PARTITION BY b ORDER BY d DESC, id) <= 3 ORDER BY b, d, id
----
false	2024-03-30	83
false	2024-03-30	173
false	2024-03-30	263
true	2024-03-29	76
true	2024-03-29	166
true	2024-03-29	256

SELECT s, d, id FROM t WHERE id > 200 QUALIFY row_number() OVER (PARTITION BY s ORDER BY d, id) = 1 ORDER BY s LIMIT 6
----
äa	2024-01-05	208
äb	2024-01-12	257
äc	2024-01-17	202
äd	2024-01-02	277
äe	2024-01-07	222
äf	2024-01-14	271

SELECT g, w, id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY w DESC, id) <= 2 ORDER BY g, w, id
----
0	97.00	217
0	98.00	378
1	98.00	78
1	99.00	239
2	96.00	156
2	97.00	317
3	98.00	178
3	99.00	339
4	96.00	256
4	99.00	39
5	97.00	117
5	98.00	278
6	96.00	356
6	99.00	139

SELECT g, w, id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY w, id) = 1 ORDER BY g
----
0	1.00	161
1	0.00	400
2	0.00	100
3	2.00	122
4	0.00	200
5	1.00	61
6	0.00	300

# Several conditions; numbers of which one is asked; a number that nothing reaches.
SELECT g, i, id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY i, id) BETWEEN 2 AND 3 AND id > 100 ORDER BY g, i, id
----
0	-24	273
0	-23	196
1	-25	400
1	-24	323
2	-24	373
3	-23	346
4	-24	123
5	-24	173
6	-24	223
6	-23	146

SELECT id, a, r FROM (SELECT id, row_number() OVER v AS a, rank() OVER v AS r FROM t WINDOW v AS (PARTITION BY g ORDER BY i, id)) AS n WHERE 2 > a AND r = 1 ORDER BY id
----
50	1	1
100	1	1
150	1	1
200	1	1
250	1	1
300	1	1
350	1	1

SELECT id FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY i) < 1
----

# What else is computed over the partition needs all its rows.
SELECT id, total FROM (SELECT id, row_number() OVER v AS a, count(*) OVER (PARTITION BY g ORDER BY i, id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS total FROM t WINDOW v AS (PARTITION BY g ORDER BY i, id)) AS n WHERE a = 1 ORDER BY id
----
50	58
100	57
150	57
200	57
250	57
300	57
350	57

# Over other rows than a table's.
WITH c AS (SELECT g, i, max(id) AS id FROM t GROUP BY g, i) SELECT g, i, id FROM c QUALIFY row_number() OVER (PARTITION BY g ORDER BY i DESC) = 1 ORDER BY g
----
0	24	77
1	24	127
2	24	177
3	24	227
4	24	277
5	24	327
6	24	377

SELECT g, i, n FROM (SELECT g, i + 1 AS i, upper(s) AS n, id FROM t WHERE i > 0) AS v QUALIFY row_number() OVER (PARTITION BY g ORDER BY i DESC, id) <= 2 ORDER BY g, i, n
----
0	24	ÄS
0	25	ÄJ
1	24	ÄK
1	25	ÄB
2	24	ÄC
2	25	ÄT
3	24	ÄU
3	25	ÄL
4	24	ÄQ
4	25	ÄD
5	24	NULL
5	25	ÄV
6	25	ÄN
6	25	NULL
