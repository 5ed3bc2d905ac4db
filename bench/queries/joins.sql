-- The join questions of the database-like ops benchmark, q1 to q5.
-- j1
SELECT x.*, small.id4 AS small_id4, v2 FROM x JOIN small USING (id1);

-- j2
SELECT x.*, medium.id1 AS medium_id1, medium.id4 AS medium_id4, medium.id5 AS medium_id5, v2
FROM x JOIN medium USING (id2);

-- j3
SELECT x.*, medium.id1 AS medium_id1, medium.id4 AS medium_id4, medium.id5 AS medium_id5, v2
FROM x LEFT JOIN medium USING (id2);

-- j4
SELECT x.*, medium.id1 AS medium_id1, medium.id2 AS medium_id2, medium.id4 AS medium_id4, v2
FROM x JOIN medium USING (id5);

-- j5
SELECT x.*, big.id1 AS big_id1, big.id2 AS big_id2, big.id4 AS big_id4, big.id5 AS big_id5,
       big.id6 AS big_id6, v2
FROM x JOIN big USING (id3);
