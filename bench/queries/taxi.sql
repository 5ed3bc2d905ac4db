-- The four questions of the taxi rides.
-- t1
SELECT cab_type, count(*) AS rides FROM trips GROUP BY cab_type;

-- t2
SELECT passenger_count, avg(total_amount) AS amount FROM trips GROUP BY passenger_count;

-- t3
SELECT passenger_count, extract(year FROM pickup_datetime) AS pickup_year, count(*) AS rides
FROM trips GROUP BY passenger_count, extract(year FROM pickup_datetime);

-- t4
SELECT passenger_count, extract(year FROM pickup_datetime) AS pickup_year,
       round(trip_distance) AS distance, count(*) AS rides
FROM trips
GROUP BY passenger_count, extract(year FROM pickup_datetime), round(trip_distance)
ORDER BY pickup_year, rides DESC;
