-- The first rows of an order, and all of them; what is shown is what is sorted by, so that ties are
-- the same rows.
-- s1
SELECT id6, v3 FROM x ORDER BY v3 DESC LIMIT 10;

-- s2
SELECT id3, v3 FROM x ORDER BY id3, v3 DESC LIMIT 10;

-- s3
SELECT id6, v3 FROM x ORDER BY v3, id6;

-- s4
SELECT id3, id6 FROM x ORDER BY id3, id6;

-- s5
SELECT id4, id5, v1, v2, v3 FROM x ORDER BY id4, id5, v1, v2, v3;
