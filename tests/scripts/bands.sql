# Joins by inequalities: the right side lies in order, and a row looks at some of it only.
CREATE TABLE events (at INTEGER, name TEXT)

CREATE TABLE spans (low INTEGER, high INTEGER, label TEXT)

INSERT INTO events VALUES (1, 'a'), (5, 'b'), (10, 'c'), (NULL, 'd'), (99, 'e')

INSERT INTO spans VALUES (0, 4, 'first'), (5, 9, 'second'), (4, 50, 'long'), (NULL, 3, 'open'), (7, 6, 'empty')

SELECT name, label FROM events JOIN spans ON at BETWEEN low AND high ORDER BY name, label
----
a	first
b	long
b	second
c	long

SELECT name, label FROM events LEFT JOIN spans ON at > low AND at < high ORDER BY name, label
----
a	first
b	long
c	long
d	NULL
e	NULL

SELECT name FROM events WHERE NOT EXISTS (SELECT 1 FROM spans WHERE low <= at AND at <= high) ORDER BY name
----
d
e

SELECT x.label, y.label FROM spans x, spans y WHERE x.low < y.low AND x.high > y.high ORDER BY 1, 2
----
long	empty
long	second
second	empty

SELECT name, label FROM events FULL JOIN spans ON at < low ORDER BY name, label
----
a	empty
a	long
a	second
b	empty
c	NULL
d	NULL
e	NULL
NULL	first
NULL	open

EXPLAIN SELECT name, label FROM events, spans WHERE at BETWEEN low AND high AND at + low > 3
----
Project name, label
  Filter at + low > 3
    Join inner on at >= low AND at <= high
      Scan events (at, name)
      Scan spans (low, high, label)

EXPLAIN CODE SELECT count(*) FROM events, spans WHERE at BETWEEN low AND high
----
# pipeline 0: spans -> Build
def rows(first, end, step, errors, counts, capacity, low_codes, low_null_code, high_codes, high_null_code, out_0, out_0_null, out_1, out_2, out_2_null, out_3):
    count = counts[0]
    for row in range(first, end, step):
        low_null = plain_is_null_at(low_codes, low_null_code, row)
        low = plain_at(low_codes, low_null_code, row)
        if low_null:
            continue
        high = plain_at(high_codes, high_null_code, row)
        if count + 1 > capacity:
            counts[0] = count
            return row
        out_0[count] = low
        out_0_null[count] = int(low_null)
        out_1[count] = high
        out_2[count] = low
        out_2_null[count] = int(low_null)
        out_3[count] = high
        count += 1
    counts[0] = count
    return end
''
# pipeline 1: events -> Group
def rows(first, end, step, errors, match_rows, at_codes, at_null_code, band, band2, low_values, high_values, states, float_states):
    rows = 0
    for row in range(first, end, step):
        following = 0
        last = match_rows
        at_null = plain_is_null_at(at_codes, at_null_code, row)
        at = plain_at(at_codes, at_null_code, row)
        place2 = first_exceeding(band, match_rows, at)
        last = min(last, place2)
        if at_null:
            last = 0
        place3 = first_reaching(band2, match_rows, at)
        following = max(following, place3)
        if at_null:
            last = 0
        while following < last:
            match = following
            following = match + 1
            low = low_values[match]
            high = high_values[match]
            if not (((at >= low) and not at_null) and ((at <= high) and not at_null)):
                continue
            rows = rows + 1
    add(states, 0, rows)
    return end
''
# pipeline 2: pipeline 1 -> Collect
# no kernel: rows as they are
