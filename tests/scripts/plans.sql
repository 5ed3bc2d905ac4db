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
