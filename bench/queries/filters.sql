-- Selective filters with a count or a sum, over the rows of the scan.
-- f1
SELECT count(*) AS found FROM readings WHERE day = 500;

-- f2
SELECT count(*) AS found FROM readings WHERE day < 10 AND kind = 3;

-- f3
SELECT sum(amount) AS amount FROM readings WHERE day BETWEEN 100 AND 109;

-- f4
SELECT sum(amount) AS amount FROM readings WHERE amount < 10000000;

-- f5
SELECT sum(amount) AS amount FROM readings WHERE kind = 3 AND day BETWEEN 200 AND 299;

-- f6
SELECT count(*) AS found FROM readings WHERE kind IN (1, 5);

-- f7
SELECT sum(amount) AS amount FROM readings WHERE kind <> 3 AND day >= 500;
