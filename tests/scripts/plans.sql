# What EXPLAIN prints: filters at their scans, columns pruned, joins ordered, sorts limited.
CREATE TABLE sales (id INTEGER, shop INTEGER, day DATE, amount DECIMAL(10,2), note TEXT)

CREATE TABLE shops (shop INTEGER, region TEXT)

INSERT INTO sales VALUES (1, 1, DATE '2020-01-01', 10, 'a'), (2, 1, DATE '2020-01-02', 20, NULL), (3, 2, DATE '2020-01-02', 5.5, 'b'), (4, 3, DATE '2020-01-03', 7, 'c')

INSERT INTO shops VALUES (1, 'north'), (2, 'south')

EXPLAIN SELECT id FROM sales WHERE 1 + 1 = 2 AND day = DATE '2020-01-01' + 1
----
Project id
  Filter day = DATE '2020-01-02'
    Scan sales (id, day) zones day = 18263

EXPLAIN SELECT region, sum(amount) FROM sales JOIN shops ON sales.shop = shops.shop WHERE region = 'north' AND amount > 5 GROUP BY region ORDER BY 2 DESC LIMIT 3
----
Sort sum(amount) DESC first 3
  Project region, sum(amount)
    Aggregate sum(amount) by region
      Join inner on shop = shop
        Filter amount > 5.00
          Scan sales (shop, amount) zones 501 <= amount
        Filter region = 'north'
          Scan shops (shop, region)

EXPLAIN SELECT s.id, t.region FROM sales s LEFT JOIN shops t ON s.shop = t.shop WHERE s.amount > 6
----
Project id, region
  Join left on shop = shop
    Filter amount > 6.00
      Scan sales (id, shop, amount) zones 601 <= amount
    Scan shops (shop, region)

EXPLAIN SELECT count(DISTINCT shop) FROM sales
----
Project count(shop) AS count(DISTINCT shop)
  Aggregate count(value) AS count(shop)
    Aggregate by shop AS value
      Scan sales (shop)

SELECT region, sum(amount) FROM sales JOIN shops ON sales.shop = shops.shop WHERE region = 'north' AND amount > 5 GROUP BY region ORDER BY 2 DESC LIMIT 3
----
north	30.00

# What stands in several places of a plan is computed once: the outer rows of a subquery that no
# condition can be pulled out of, the sides of a FULL JOIN, the rows of grouping sets.
EXPLAIN SELECT s.id, (SELECT max(i.amount) FROM sales i WHERE i.amount < s.amount) FROM sales s JOIN shops t ON s.shop = t.shop
----
Project id, max(amount) AS (SELECT max(i.amount) FROM sales i WHERE i.amount < s.amount)
  Join left on CASE WHEN amount IS NULL THEN 0.00 ELSE amount END = CASE WHEN amount IS NULL THEN 0.00 ELSE amount END AND (amount IS NULL) = (amount IS NULL)
    Project id, amount
      Shared outer rows (id, amount)
        Project id, amount
          Join inner on shop = shop
            Scan sales (id, shop, amount)
            Scan shops (shop)
    Aggregate max(amount) by amount
      Join inner on amount < amount
        Scan sales (amount)
        Project amount
          Aggregate by amount
            Shared outer rows (amount)

EXPLAIN SELECT a.shop, t.region FROM (SELECT shop, count(*) FROM sales GROUP BY shop) a FULL JOIN shops t ON a.shop = t.shop
----
Project shop, region
  Union all (shop, region)
    Project shop, region
      Join left on shop = shop
        Project shop
          Shared left rows (shop)
            Project shop
              Aggregate by shop
                Scan sales (shop)
        Project shop, region
          Scan shops (shop, region)
    Project NULL AS shop, region
      Join anti on shop = shop
        Project shop, region
          Scan shops (shop, region)
        Shared left rows (shop)

EXPLAIN SELECT amount, count(*) FROM (SELECT shop, sum(amount) AS amount FROM sales GROUP BY shop) s GROUP BY ROLLUP (amount)
----
Project amount, count(*)
  Union all (amount, count(*))
    Project amount, count(*)
      Aggregate count(*) by amount
        Shared rows to group (amount)
          Project sum(amount) AS amount
            Aggregate sum(amount) by shop
              Scan sales (shop, amount)
    Project NULL AS amount, count(*)
      Aggregate count(*)
        Shared rows to group ()
