# What follows from one text without a dictionary: no codes are made for it. And texts of few rows.

CREATE TABLE pages (id INTEGER, url TEXT ENCODING NONE, title TEXT ENCODING NONE NOT NULL) WITH (chunk_rows = 3)

INSERT INTO pages VALUES (1, 'http://a.b/google', 'Google'), (2, 'http://c.d/?q=é', 'ein é'), (3, NULL, ''), (4, '', '50% of_it'), (5, 'http://c.d/GOOGLE', 'x'), (6, 'google', 'a	b'), (7, 'http://a.b/goo', 'gle')

SELECT id FROM pages WHERE url LIKE '%google%' ORDER BY id
----
1
6

SELECT id FROM pages WHERE url NOT LIKE '%google%' ORDER BY id
----
2
4
5
7

SELECT id, url ILIKE '%google', url LIKE '%goo%' IS NULL, length(url), url = '' FROM pages ORDER BY id
----
1	true	false	17	false
2	false	false	15	false
3	NULL	true	NULL	NULL
4	false	false	0	true
5	true	false	17	false
6	true	false	6	false
7	false	false	14	false

SELECT id FROM pages WHERE title LIKE '50\% of\__t' OR title LIKE '%!_%' ESCAPE '!'
----
4

SELECT url IS NULL, count(*), sum(length(title)), min(title) FROM pages GROUP BY 1 ORDER BY 1
----
false	6	27	50% of_it
true	1	0	''

SELECT id FROM pages WHERE 'http' < url AND url <> 'http://a.b/goo' AND starts_with(upper(title), 'E')
----
2

SELECT id, title FROM pages WHERE url IN ('google', '', 'nothing') ORDER BY title
----
4	50% of_it
6	a	b

SELECT max(url), min(title), count(DISTINCT title) FROM pages WHERE url LIKE '%oo%' AND id < 7
----
http://a.b/google	Google	2

SELECT id FROM pages WHERE regexp_like(url, '(')
----
error: '(' is not a regular expression: Invalid regular expression: missing ): (
line 1, column 28: SELECT id FROM pages WHERE regexp_like(url, '(')
                                              ^^^^^^^^^^^^^^^^^^^^^

SELECT id FROM pages WHERE title LIKE '%\'
----
error: the LIKE pattern '%\\' ends with its escape character
line 1, column 28: SELECT id FROM pages WHERE title LIKE '%\'
                                              ^^^^^^^^^^^^^^^

# parameters ('%c.d%',)
SELECT id, title FROM pages WHERE url LIKE ? ORDER BY id DESC LIMIT 1
----
5	x

DELETE FROM pages WHERE url LIKE '%c.d%'

UPDATE pages SET title = 'none' WHERE url IS NULL OR length(url) = 0

SELECT id, url, title FROM pages WHERE title <> 'x' ORDER BY id
----
1	http://a.b/google	Google
3	NULL	none
4	''	none
6	google	a	b
7	http://a.b/goo	gle

EXPLAIN CODE SELECT count(*) FROM pages WHERE url LIKE '%google%' AND length(title) > 2
----
# pipeline 0: pages -> Group
def rows(first, end, step, errors, keep, flags, selected, url_1_codes, url_1_limits, title_2_codes, title_2_limits, live_codes, live_null_code, states, float_states):
    rows = 0
    block = first
    while block < end:
        block_end = min(block + 2048, end)
        start = max(0, min(block, end - 2048))
        for place in range(0, 2048):
            row = start + place
            keep[place] = int((url_1_codes[row] >= url_1_limits[0] and url_1_codes[row] <= url_1_limits[1]) and (title_2_codes[row] >= title_2_limits[0] and title_2_codes[row] <= title_2_limits[1]))
        for place in range(block - start, block_end - start):
            row = start + place
            if keep[place] == 0:
                continue
            live = plain_at(live_codes, live_null_code, row)
            if not (live != 0):
                continue
            rows = rows + 1
        block = block_end
    add(states, 0, rows)
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are
