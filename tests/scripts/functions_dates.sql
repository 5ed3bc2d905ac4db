# Functions of dates, times and intervals.
CREATE TABLE moments (d DATE, t TIMESTAMP, s TIMESTAMP(0), n TIMESTAMP(9), c TIME, k INTEGER)

INSERT INTO moments VALUES (DATE '2024-01-31', TIMESTAMP '2024-01-31 23:59:59.5', '2024-03-10 06:30:00', '1969-12-31 23:59:59.999999999', '12:30:15.25', 3), (NULL, NULL, NULL, NULL, NULL, NULL), (DATE '1000-01-01', '1582-10-15 00:00:00', '9999-12-31 23:59:59', '2024-11-03 05:30:00', '00:00:00', -14)

SELECT extract(century FROM d), extract(decade FROM t), extract(millennium FROM d), extract(julian FROM d), extract(week_sunday FROM d), extract(week_saturday FROM d), extract(quarterday FROM t), extract(nanosecond FROM n), extract(nanosecond FROM c), extract(dateepoch FROM t), extract(epoch FROM n), extract(isoyear FROM s) FROM moments
----
21	202	3	2460341	5	5	4	59999999999	15250000000	1706659200	-0.000000001	2024
NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL
10	158	1	2086303	1	1	1	0	0	-12219292800	1730611800.000000000	9999

SELECT date_part('dayofweek', d), datepart(year, t), date_part('ms', c), dayofyear(d), extract('month' FROM t), second(t), millennium(d) FROM moments
----
3	2024	15250.000	31	1	59.500000	3
NULL	NULL	NULL	NULL	NULL	NULL	NULL
3	1582	0.000	1	10	0.000000	1

SELECT extract(century FROM DATE '2000-12-31'), extract(century FROM DATE '2001-01-01'), extract(millennium FROM DATE '2001-01-01'), extract(decade FROM DATE '1999-12-31'), extract(century FROM DATE '0001-01-01')
----
20	21	3	199	1

SELECT extract(fortnight FROM d) FROM moments
----
error: EXTRACT has no field FORTNIGHT
line 1, column 8: SELECT extract(fortnight FROM d) FROM moments
                         ^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT extract(year FROM c) FROM moments
----
error: EXTRACT(year) does not take TIME
line 1, column 8: SELECT extract(year FROM c) FROM moments
                         ^^^^^^^^^^^^^^^^^^^^

SELECT extract(timezone FROM now()), extract(timezone FROM t) FROM moments
----
error: EXTRACT(timezone) takes a TIMESTAMP WITH TIME ZONE
line 1, column 38: SELECT extract(timezone FROM now()), extract(timezone FROM t) FROM moments
                                                        ^^^^^^^^^^^^^^^^^^^^^^^^

SELECT date_trunc('decade', d), date_trunc(century, t), date_trunc('millennium', d), date_trunc('quarterday', t), date_trunc('millisecond', n), date_trunc('week_sunday', d), date_trunc('microsecond', s), date_trunc('quarter', s) FROM moments
----
2020-01-01	2001-01-01 00:00:00	2001-01-01	2024-01-31 18:00:00	1969-12-31 23:59:59.999000	2024-01-28	2024-03-10 06:30:00	2024-01-01 00:00:00
NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL
1000-01-01	1501-01-01 00:00:00	0001-01-01	1582-10-15 00:00:00	2024-11-03 05:30:00	0999-12-29	9999-12-31 23:59:59	9999-10-01 00:00:00

SELECT date_trunc('minutes', c) FROM moments
----
error: DATE_TRUNC does not take TIME
line 1, column 8: SELECT date_trunc('minutes', c) FROM moments
                         ^^^^^^^^^^^^^^^^^^^^^^^^

SELECT date_trunc(d, t) FROM moments
----
error: the first argument of date_trunc is a unit in quotes, such as 'month'
line 1, column 8: SELECT date_trunc(d, t) FROM moments
                         ^^^^^^^^^^^^^^^^

SELECT dateadd('month', k, d), dateadd(day, k, t), dateadd('hour', 1, d), timestampadd(nanosecond, 1, n), dateadd('week', 2, d), dateadd('quarter', k, t), dateadd('millisecond', 5, t), add_months(d, k), date_add(d, INTERVAL '1' day) FROM moments
----
2024-04-30	2024-02-03 23:59:59.500000	2024-01-31 01:00:00	1970-01-01 00:00:00	2024-02-14	2024-10-31 23:59:59.500000	2024-01-31 23:59:59.505000	2024-04-30	2024-02-01 00:00:00
NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL
0998-11-01	1582-10-01 00:00:00	1000-01-01 01:00:00	2024-11-03 05:30:00	1000-01-15	1579-04-15 00:00:00	1582-10-15 00:00:00.005000	0998-11-01	1000-01-02 00:00:00

SELECT dateadd('day', 2000000000, d) FROM moments
----
error: INTERVAL DAY TO SECOND overflow: 86400000000 * 2000000000 is out of range; cast to a wider type
line 1, column 8: SELECT dateadd('day', 2000000000, d) FROM moments
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT dateadd('fortnight', 1, d) FROM moments
----
error: dateadd has no unit fortnight
line 1, column 8: SELECT dateadd('fortnight', 1, d) FROM moments
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT dateadd('day', 1.5, d) FROM moments
----
error: dateadd takes a whole number of units, not DECIMAL(2,1)
line 1, column 8: SELECT dateadd('day', 1.5, d) FROM moments
                         ^^^^^^^^^^^^^^^^^^^^^^

# DATEDIFF counts the begins of units that are crossed, TIMESTAMPDIFF whole units.
SELECT datediff('month', d, DATE '2024-03-01'), timestampdiff('month', d, DATE '2024-03-01'), datediff('week', d, DATE '2024-03-04'), timestampdiff('week', d, DATE '2024-03-04'), datediff('day', t, d), timestampdiff('day', t, d), datediff('hour', t, s), timestampdiff('hour', t, s), datediff('year', d, t), datediff(century, d, t), timestampdiff(year, d, t) FROM moments
----
2	1	5	4	0	0	919	918	0	0	0
NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL
12290	12290	53439	53438	-212858	-212858	73783775	73783775	582	6	582

SELECT datediff('year', DATE '2023-12-31', DATE '2024-01-01'), timestampdiff('year', DATE '2023-12-31', DATE '2024-01-01'), timestampdiff('month', DATE '2024-01-31', DATE '2024-02-29'), timestampdiff('month', DATE '2024-02-29', DATE '2024-01-31'), timestampdiff('second', TIMESTAMP '2024-01-01 00:00:00.9', TIMESTAMP '2024-01-01 00:00:00'), datediff('second', TIMESTAMP '2024-01-01 00:00:00.9', TIMESTAMP '2024-01-01 00:00:00'), datediff('quarter', DATE '2024-03-31', DATE '2024-04-01'), datediff('week', DATE '2024-01-07', DATE '2024-01-08')
----
1	0	0	0	0	0	1	1

SELECT datediff('day', d, c) FROM moments
----
error: datediff takes a DATE or a TIMESTAMP, not TIME
line 1, column 8: SELECT datediff('day', d, c) FROM moments
                         ^^^^^^^^^^^^^^^^^^^^^

SELECT CAST(age(t, d) AS TEXT), CAST(age(d, t) AS TEXT), extract(year FROM age(t, d)), extract(month FROM age(t, d)), extract(day FROM age(t, d)), extract(hour FROM age(t, d)), d + age(t, d) = t FROM moments
----
23:59:59.5	-23:59:59.5	0	0	0	23	true
NULL	NULL	NULL	NULL	NULL	NULL	NULL
582 years 9 mons 14 days	-582 years -9 mons -14 days	582	9	14	0	true

SELECT CAST(age(TIMESTAMP '2001-04-10', TIMESTAMP '1957-06-13') AS TEXT), CAST(age(DATE '2024-03-01', DATE '2024-01-31') AS TEXT), CAST(age(DATE '2024-03-01', DATE '2024-02-29') AS TEXT), CAST(age(DATE '2024-02-29', DATE '2024-03-31') AS TEXT), CAST(age(TIMESTAMP '2024-03-01 01:00', TIMESTAMP '2024-02-01 02:00') AS TEXT), CAST(age(d, d) AS TEXT) FROM moments WHERE k = 3
----
43 years 9 mons 27 days	1 mon 1 day	1 day	-1 mons -2 days	28 days 23:00:00	00:00:00

SELECT make_date(2024, 2, 29), make_time(8, 15, 23.5), make_timestamp(2024, 2, 29, 8, 15, 23.123456), last_day(d), dayname(d), monthname(t), epoch_ms(t), epoch_ms(1000), epoch_us(t), epoch(d), epoch_ns(n) FROM moments
----
2024-02-29	08:15:23.500000	2024-02-29 08:15:23.123456	2024-01-31	Wednesday	January	1706745599500	1970-01-01 00:00:01	1706745599500000	1706659200	-1
2024-02-29	08:15:23.500000	2024-02-29 08:15:23.123456	NULL	NULL	NULL	NULL	1970-01-01 00:00:01	NULL	NULL	NULL
2024-02-29	08:15:23.500000	2024-02-29 08:15:23.123456	1000-01-31	Wednesday	October	-12219292800000	1970-01-01 00:00:01	-12219292800000000	-30610224000	1730611800000000000

SELECT make_date(2023, 2, 29)
----
error: there is no such date
line 1, column 8: SELECT make_date(2023, 2, 29)
                         ^^^^^^^^^^^^^^^^^^^^^^

SELECT make_time(24, 0, 0)
----
error: there is no such time
line 1, column 8: SELECT make_time(24, 0, 0)
                         ^^^^^^^^^^^^^^^^^^^

SELECT make_timestamp(2024, 13, 1, 0, 0, 0)
----
error: there is no such moment
line 1, column 8: SELECT make_timestamp(2024, 13, 1, 0, 0, 0)
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT make_date(k, 1, 1) FROM moments
----
error: there is no such date
line 1, column 8: SELECT make_date(k, 1, 1) FROM moments
                         ^^^^^^^^^^^^^^^^^^

SELECT time_bucket(INTERVAL '15' minute, t), time_bucket('1 week', d), time_bucket(INTERVAL '3 months', d), time_bucket(INTERVAL '1 day', d, DATE '2000-01-01'), time_bucket(INTERVAL '90' second, s), date_bin(INTERVAL '7 days', t, TIMESTAMP '2024-01-01'), time_bucket(INTERVAL '1' year, t, TIMESTAMP '2000-04-01') FROM moments
----
2024-01-31 23:45:00	2024-01-29	2024-01-01	2024-01-31	2024-03-10 06:30:00	2024-01-29 00:00:00	2023-04-01 00:00:00
NULL	NULL	NULL	NULL	NULL	NULL	NULL
1582-10-15 00:00:00	0999-12-30	1000-01-01	1000-01-01	9999-12-31 23:58:30	1582-10-11 00:00:00	1582-04-01 00:00:00

SELECT time_bucket(INTERVAL '0' day, t) FROM moments
----
error: the buckets of time_bucket are wider than nothing
line 1, column 8: SELECT time_bucket(INTERVAL '0' day, t) FROM moments
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT time_bucket(INTERVAL '1 month 1 day', t) FROM moments
----
error: time_bucket takes an interval of months or of time, not of both
line 1, column 8: SELECT time_bucket(INTERVAL '1 month 1 day', t) FROM moments
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

# Time zones: a TIMESTAMP is what clocks show, one WITH TIME ZONE is an instant.
SELECT t AT TIME ZONE 'America/New_York', t AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin', s AT TIME ZONE 'UTC' AT TIME ZONE 'america/new_york', n AT TIME ZONE 'America/New_York', d AT TIME ZONE 'Asia/Tokyo', timezone('Asia/Kolkata', t) FROM moments
----
2024-02-01 04:59:59.500000+00:00	2024-02-01 00:59:59.500000	2024-03-10 01:30:00	1970-01-01 04:59:59.999999+00:00	2024-01-31 09:00:00	2024-01-31 18:29:59.500000+00:00
NULL	NULL	NULL	NULL	NULL	NULL
1582-10-15 04:56:02+00:00	1582-10-15 00:53:28	9999-12-31 18:59:59	2024-11-03 10:30:00+00:00	1000-01-01 09:18:59	1582-10-14 18:06:32+00:00

# Clocks skip an hour (read as before the change), and show one twice (read as behind it).
SELECT TIMESTAMP '2024-03-10 01:59:59' AT TIME ZONE 'America/New_York', TIMESTAMP '2024-03-10 02:30:00' AT TIME ZONE 'America/New_York', TIMESTAMP '2024-03-10 03:00:00' AT TIME ZONE 'America/New_York', TIMESTAMP '2024-11-03 00:59:59' AT TIME ZONE 'America/New_York', TIMESTAMP '2024-11-03 01:30:00' AT TIME ZONE 'America/New_York', TIMESTAMP '2024-11-03 02:00:00' AT TIME ZONE 'America/New_York'
----
2024-03-10 06:59:59+00:00	2024-03-10 07:30:00+00:00	2024-03-10 07:00:00+00:00	2024-11-03 04:59:59+00:00	2024-11-03 06:30:00+00:00	2024-11-03 07:00:00+00:00

SELECT x AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin' FROM (VALUES (TIMESTAMP '2024-03-31 00:59:59'), (TIMESTAMP '2024-03-31 01:00:00'), (TIMESTAMP '2024-10-27 00:59:59'), (TIMESTAMP '2024-10-27 01:00:00'), (TIMESTAMP '1893-03-31 23:06:31'), (TIMESTAMP '1893-03-31 23:06:32'), (TIMESTAMP '2500-07-01 00:00:00'), (TIMESTAMP '9999-12-30 00:00:00'), (TIMESTAMP '1600-01-01 00:00:00')) v(x)
----
2024-03-31 01:59:59
2024-03-31 03:00:00
2024-10-27 02:59:59
2024-10-27 02:00:00
1893-03-31 23:59:59
1893-04-01 00:06:32
2500-07-01 02:00:00
9999-12-30 01:00:00
1600-01-01 00:53:28

SELECT TIMESTAMPTZ '2024-07-01 00:00:00+02' AT TIME ZONE 'Asia/Kolkata', '2024-07-01 12:00' AT TIME ZONE 'UTC', TIMESTAMP '2024-01-01' AT TIME ZONE INTERVAL '2' hour, date_trunc('day', TIMESTAMPTZ '2024-07-01 23:00:00+00', 'Europe/Berlin'), CAST(TIMESTAMPTZ '2024-07-01 00:00:00+02' AS TEXT)
----
2024-07-01 03:30:00	2024-07-01 12:00:00	2023-12-31 22:00:00+00:00	2024-07-01 22:00:00+00:00	2024-06-30 22:00:00+00

SELECT t AT TIME ZONE 'Europe/Berln' FROM moments
----
error: there is no time zone 'Europe/Berln'; did you mean Europe/Berlin?
line 1, column 23: SELECT t AT TIME ZONE 'Europe/Berln' FROM moments
                                         ^^^^^^^^^^^^^^

SELECT t AT TIME ZONE 'Nowhere' FROM moments
----
error: there is no time zone 'Nowhere'; names are as Europe/Berlin or UTC
line 1, column 23: SELECT t AT TIME ZONE 'Nowhere' FROM moments
                                         ^^^^^^^^^

SELECT c AT TIME ZONE 'UTC' FROM moments
----
error: AT TIME ZONE does not take TIME
line 1, column 8: SELECT c AT TIME ZONE 'UTC' FROM moments
                         ^^^^^^^^^^^^^^^^^^^^

SELECT t AT TIME ZONE dayname(d) FROM moments
----
error: AT TIME ZONE by a zone that is not a constant is not supported yet
line 1, column 8: SELECT t AT TIME ZONE dayname(d) FROM moments
                         ^^^^^^^^^^^^^^^^^^^^^^^^^

CREATE TABLE zoned (x TIMESTAMP WITH TIME ZONE)
----
error: a column holds no TIMESTAMP WITH TIME ZONE; write TIMESTAMP, in UTC, and ask for c AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'
line 1, column 23: CREATE TABLE zoned (x TIMESTAMP WITH TIME ZONE)
                                         ^^^^^^^^^^^^^^^^^^^^^^^^

# Intervals.
SELECT CAST(INTERVAL '1 month 2 days' AS TEXT), CAST(INTERVAL '1 month' * 2.5 AS TEXT), CAST(INTERVAL '1 day' / 4 AS TEXT), CAST(INTERVAL '1-2' YEAR TO MONTH AS TEXT), CAST(INTERVAL '1 12:30' DAY TO MINUTE AS TEXT), CAST(INTERVAL '1 month' + INTERVAL '3 days' AS TEXT), CAST(-INTERVAL '1 month 1 day' AS TEXT), CAST(INTERVAL '1.5 months' AS TEXT), CAST(INTERVAL '0' day AS TEXT), CAST(INTERVAL '-90.5' second AS TEXT)
----
1 mon 2 days	2 mons 15 days	06:00:00	1 year 2 mons	1 day 12:30:00	1 mon 3 days	-1 mons -1 days	1 mon 15 days	00:00:00	-00:01:30.5

SELECT INTERVAL '1 month' < INTERVAL '31 days', INTERVAL '1 month' = INTERVAL '30 days', INTERVAL '1 month 1 day' > INTERVAL '1 month', INTERVAL '1 year' = INTERVAL '12 months', INTERVAL '1' day IS DISTINCT FROM INTERVAL '24' hour
----
true	true	true	true	false

SELECT CAST(INTERVAL k DAY AS TEXT), CAST(k * INTERVAL '1 month 1 day' AS TEXT), CAST(k * INTERVAL '1' hour AS TEXT), CAST(INTERVAL '1' hour * (k / 8.0) AS TEXT), CAST(to_months(k) AS TEXT) FROM moments
----
3 days	3 mons 3 days	03:00:00	00:22:30	3 mons
NULL	NULL	NULL	NULL	NULL
-14 days	-1 years -2 mons -14 days	-14:00:00	-01:45:00	-1 years -2 mons

SELECT d + INTERVAL '1 month 1 day', t - (INTERVAL '1 month' + INTERVAL '1 day'), d + c, c + INTERVAL '1' hour, INTERVAL '1' hour + c, c - INTERVAL '13' hour, t - t, t - d FROM moments
----
2024-03-01 00:00:00	2023-12-30 23:59:59.500000	2024-01-31 12:30:15.250000	13:30:15.250000	13:30:15.250000	23:30:15.250000	0:00:00	23:59:59.500000
NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL
1000-02-02 00:00:00	1582-09-14 00:00:00	1000-01-01 00:00:00	01:00:00	01:00:00	11:00:00	0:00:00	212858 days, 0:00:00

SELECT extract(day FROM INTERVAL '36 hours'), extract(hour FROM INTERVAL '36 hours'), extract(month FROM INTERVAL '14 months'), extract(year FROM INTERVAL '14 months'), extract(epoch FROM INTERVAL '1 month'), extract(epoch FROM INTERVAL '1 year 1 day'), extract(second FROM INTERVAL '90.5 seconds'), extract(minute FROM -INTERVAL '90' minute), date_trunc('hour', INTERVAL '90' minute), extract(quarter FROM INTERVAL '4 months'), extract(month FROM INTERVAL '1 day'), extract(microsecond FROM INTERVAL '1.25 seconds')
----
1	12	2	1	2592000.000000	31644000.000000	30.500000	-30	1:00:00	2	0	1250000

SELECT extract(dow FROM INTERVAL '1' day)
----
error: EXTRACT(dow) does not take INTERVAL DAY TO SECOND
line 1, column 8: SELECT extract(dow FROM INTERVAL '1' day)
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT CAST(make_interval(1, 2, 1, 3, 4, 5, 6.5) AS TEXT), to_days(3), to_hours(1.5), CAST('3 days 4 hours' AS INTERVAL), sum(t - s), max(t - s) FROM moments
----
1 year 2 mons 10 days 04:05:06.5	3 days, 0:00:00	1:30:00	3 days, 4:00:00	-3074363 days, 17:30:00.500000	-39 days, 17:29:59.500000

SELECT INTERVAL '1 month 200 days'
----
error: an INTERVAL of months and time holds less than 101 days beside its months
line 1, column 8: SELECT INTERVAL '1 month 200 days'
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT INTERVAL '1 month' * 1000000.5
----
error: interval out of range
line 1, column 8: SELECT INTERVAL '1 month' * 1000000.5
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT INTERVAL '1' day / 0
----
error: division by zero
line 1, column 8: SELECT INTERVAL '1' day / 0
                         ^^^^^^^^^^^^^^^^^^^^

SELECT k FROM moments ORDER BY age(t, d) DESC
----
NULL
-14
3

SELECT min(age(t, d)) FROM moments
----
error: min does not take INTERVAL
line 1, column 8: SELECT min(age(t, d)) FROM moments
                         ^^^^^^^^^^^^^^

SELECT typeof(now()), typeof(current_date), typeof(localtimestamp), typeof(current_time), now() = current_timestamp, current_timestamp(0) <= now(), today() = current_date, CAST(now() AS DATE) = current_date, typeof(age(t, t)) FROM moments LIMIT 1
----
TIMESTAMP(6) WITH TIME ZONE	DATE	TIMESTAMP(6)	TIME	true	true	true	true	INTERVAL

SELECT CAST('12/31/2020' AS DATE), CAST('20201231' AS DATE), CAST('12/31/2020 10:00' AS TIMESTAMP), date('2020-01-02'), timestamp('2020-01-02 03:04:05'), CAST(' 2020-1-2 ' AS DATE)
----
2020-12-31	2020-12-31	2020-12-31 10:00:00	2020-01-02	2020-01-02 03:04:05	2020-01-02

SELECT CAST('31/12/2020' AS DATE)
----
error: '31/12/2020' is not a valid DATE
line 1, column 13: SELECT CAST('31/12/2020' AS DATE)
                               ^^^^^^^^^^^^

SELECT 5 BETWEEN SYMMETRIC 7 AND 3, 5 NOT BETWEEN SYMMETRIC 7 AND 3, NULL BETWEEN SYMMETRIC 1 AND 2, (DATE '2020-01-01', DATE '2020-01-05') OVERLAPS (DATE '2020-01-04', INTERVAL '3' day), (DATE '2020-01-05', DATE '2020-01-01') OVERLAPS (DATE '2020-01-05', DATE '2020-01-06'), (d, d) OVERLAPS (d, d) FROM moments
----
true	false	NULL	true	false	true
true	false	NULL	true	false	NULL
true	false	NULL	true	false	true

# Patterns.
SELECT to_char(t, 'YYYY-MM-DD HH24:MI:SS.MS US'), to_char(d, 'FMDay DDth Mon YYYY, Q IW IYYY J DDD CC'), to_char(n, 'HH12:MI:SS PM FF3'), to_char(c, 'HH24:MI:SS.US') FROM moments
----
2024-01-31 23:59:59.500 500000	Wednesday 31st Jan 2024, 1 05 2024 2460341 031 21	11:59:59 PM 999	12:30:15.250000
NULL	NULL	NULL	NULL
1582-10-15 00:00:00.000 000000	Wednesday 01st Jan 1000, 1 01 1000 2086303 001 10	05:30:00 AM 000	00:00:00.000000

SELECT to_char(t, 'Day|MONTH|mon|DY|Dy|dy|RM|Y,YYY|W|WW|D|ID|SSSS|"quoted YYYY"|FMMM|FMDDth|YY'), to_char(t, dayname(d)) FROM moments
----
Wednesday|JANUARY  |jan|WED|Wed|wed|I   |2,024|5|05|4|3|86399|quoted YYYY|1|31st|24	5e4neswednesday
NULL	NULL
Friday   |OCTOBER  |oct|FRI|Fri|fri|X   |1,582|3|42|6|5|0|quoted YYYY|10|15th|82	3e6nesfriday   

SELECT strftime(t, '%Y-%m-%d %H:%M:%S.%f %j %U %W %V %G %u %w %a %A %b %B %p %I %-d %e %D %F %T %%'), strftime('%Y', d), strftime(c, '%H') FROM moments
----
2024-01-31 23:59:59.500000 031 04 05 05 2024 3 3 Wed Wednesday Jan January PM 11 31 31 01/31/24 2024-01-31 23:59:59 %	2024	12
NULL	NULL	NULL
1582-10-15 00:00:00.000000 288 41 41 41 1582 5 5 Fri Friday Oct October AM 12 15 15 10/15/82 1582-10-15 00:00:00 %	1000	00

SELECT strftime(t, '%Q') FROM moments
----
error: strftime has no directive %Q
line 1, column 8: SELECT strftime(t, '%Q') FROM moments
                         ^^^^^^^^^^^^^^^^^

SELECT to_char(k, '9999'), to_char(k, '0000'), to_char(k, 'FM999'), to_char(k, '999S'), to_char(k, '999PR'), to_char(k, 'MI999'), to_char(k, 'S999'), to_char(k * 1.5, '99.99'), to_char(k * 1e20, '9.9'), to_char(k / 4e0, 'FM0.999') FROM moments
----
    3	 0003	3	  3+	   3 	   3	  +3	  4.50	 #.#	0.75
NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL	NULL
  -14	-0014	-14	 14-	 <14>	- 14	 -14	-21.00	-#.#	-3.5

SELECT to_char(12345, '999'), to_char(0, '99'), to_char(0.1, '9.99'), to_char(0.1, 'FM9.99'), to_char(-0.1, '99.99'), to_char(485, '"Good number:"999'), to_char(148.5, 'FM999.999'), to_char(148.5, 'FM999.990'), to_char(1485, '9,999'), to_char(1234567, '9G999G999'), to_char(12, 'L999'), to_char(0.5, '0'), to_char(-0.004, '0.00')
----
 ###	  0	  .10	.1	  -.10	Good number: 485	148.5	148.500	 1,485	 1,234,567	$  12	 1	 0.00

SELECT to_char(1, '9.9.9')
----
error: the pattern '9.9.9' has more than one point or sign
line 1, column 8: SELECT to_char(1, '9.9.9')
                         ^^^^^^^^^^^^^^^^^^^

SELECT to_date('05 Dec 2000', 'DD Mon YYYY'), to_timestamp('05 Dec 2000 3:04:05.678 pm', 'DD Mon YYYY HH:MI:SS.MS AM'), to_date('2000-060', 'YYYY-DDD'), to_timestamp(1284352323.5), to_timestamp(-1), to_date('12/31/99', 'MM/DD/YY'), to_date('20240131', 'YYYYMMDD'), to_date(NULL, 'YYYY'), to_date('2451545', 'J')
----
2000-12-05	2000-12-05 15:04:05.678000+00:00	2000-02-29	2010-09-13 04:32:03.500000+00:00	1969-12-31 23:59:59+00:00	1999-12-31	2024-01-31	NULL	2000-01-01

SELECT strptime('5/2/2024 16:07', '%d/%m/%Y %H:%M'), strptime('2024-02-05T01:00:00+0200', '%Y-%m-%dT%H:%M:%S%z'), try_strptime('x', '%Y'), try_strptime(to_char(t, 'YYYYMMDD'), '%Y%m%d') FROM moments
----
2024-02-05 16:07:00	2024-02-04 23:00:00	NULL	2024-01-31 00:00:00
2024-02-05 16:07:00	2024-02-04 23:00:00	NULL	NULL
2024-02-05 16:07:00	2024-02-04 23:00:00	NULL	1582-10-15 00:00:00

SELECT to_date('2000-13-01', 'YYYY-MM-DD')
----
error: '2000-13-01' is no moment by the pattern 'YYYY-MM-DD'
line 1, column 8: SELECT to_date('2000-13-01', 'YYYY-MM-DD')
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT to_date('hello', 'YYYY')
----
error: 'hello' does not fit the pattern 'YYYY'
line 1, column 8: SELECT to_date('hello', 'YYYY')
                         ^^^^^^^^^^^^^^^^^^^^^^^^

SELECT to_date('hello', 'XYZ')
----
error: the pattern 'XYZ' has an unknown word at 'X'
line 1, column 8: SELECT to_date('hello', 'XYZ')
                         ^^^^^^^^^^^^^^^^^^^^^^^

SELECT CASE WHEN k > 100 THEN to_date('soon', 'YYYY') END FROM moments
----
NULL
NULL
NULL

SELECT to_date(dayname(d), 'YYYY') FROM moments
----
error: 'Wednesday' does not fit the pattern 'YYYY'
line 1, column 8: SELECT to_date(dayname(d), 'YYYY') FROM moments
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^
